#include <doctest/doctest.h>

#include "sim/experiment/stopping.h"

TEST_CASE("waves grow by half and end at the budget") {
  CHECK(sim::waves(10, 100) == std::vector<std::uint32_t>{10, 15, 23, 35, 53, 80, 100});
  CHECK(sim::waves(1, 4) == std::vector<std::uint32_t>{1, 2, 3, 4});
  CHECK(sim::waves(7, 7) == std::vector<std::uint32_t>{7});
  CHECK(sim::waves(4'000'000'000u, 4'294'967'295u) == std::vector<std::uint32_t>{4'000'000'000u, 4'294'967'295u});
}

TEST_CASE("a relative precision g asks for g / (1 + g), and either precision is enough") {
  CHECK(sim::precise_enough(1.0, 0.05 / 1.05, {.relative = 0.05, .absolute = 0}));
  CHECK(!sim::precise_enough(1.0, 0.05, {.relative = 0.05, .absolute = 0}));
  CHECK(sim::precise_enough(-1.0, 0.04, {.relative = 0.05, .absolute = 0}));
  CHECK(sim::precise_enough(1.0, 0.5, {.relative = 0.05, .absolute = 0.5}));
  CHECK(!sim::precise_enough(1.0, 0.0, {}));
}

TEST_CASE("looks share the error they may make") {
  CHECK(sim::level_of_each(0.95, 1) == 0.95);
  CHECK(sim::level_of_each(0.95, 5) == doctest::Approx(0.99));
}
