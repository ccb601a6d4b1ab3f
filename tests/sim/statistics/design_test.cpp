#include <doctest/doctest.h>

#include <algorithm>

#include "sim/statistics/design.h"

TEST_CASE("every part of every coordinate of a Latin hypercube holds exactly one point") {
  for (const std::uint32_t n : {1u, 2u, 7u, 100u}) {
    const auto design = sim::latin_hypercube(n, {sim::name_key("a"), sim::name_key("b"), sim::name_key("c")});
    REQUIRE(design.size() == n);
    for (std::size_t c = 0; c < 3; ++c) {
      std::vector<int> seen(n, 0);
      for (const auto& point : design) {
        REQUIRE(point[c] >= 0.0);
        REQUIRE(point[c] < 1.0);
        ++seen[static_cast<std::size_t>(point[c] * n)];
      }
      CHECK(std::all_of(seen.begin(), seen.end(), [](int k) { return k == 1; }));
    }
  }
}

TEST_CASE("coordinates of a Latin hypercube are drawn apart and do not move when one is added") {
  const auto two = sim::latin_hypercube(50, {1, 2});
  const auto three = sim::latin_hypercube(50, {1, 2, 3});
  double correlation = 0.0;
  for (std::size_t p = 0; p < 50; ++p) {
    CHECK(two[p][0] == three[p][0]);
    CHECK(two[p][1] == three[p][1]);
    correlation += (two[p][0] - 0.5) * (two[p][1] - 0.5) * 12 / 50;
  }
  CHECK(correlation > -0.45);  // three standard deviations of 1 / sqrt(50)
  CHECK(correlation < 0.45);
}
