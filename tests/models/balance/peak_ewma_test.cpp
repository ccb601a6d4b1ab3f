#include "models/balance/peak_ewma.h"

#include <doctest/doctest.h>

#include <array>

TEST_CASE("peak EWMA jumps to a peak at once and decays towards smaller samples over ten seconds") {
  const double estimate = 100e6;
  CHECK(models::peak_ewma(estimate, 0, 20e6, 10 * sim::kSecond) == doctest::Approx(49.43e6).epsilon(0.001));
  CHECK(models::peak_ewma(estimate, 0, 200e6, 10 * sim::kSecond) == 200e6);
  CHECK(models::peak_ewma(-1.0, 0, 0.0, 0) == models::kEwmaInitial);  // nothing known: 30 ms
}

TEST_CASE("trap 25: peak EWMA compares two distinct replicas: of two the better one always wins") {
  for (std::uint64_t key = 0; key < 200; ++key) {
    CHECK(models::pick_peak_ewma(2, sim::mix(key), 0, [](std::uint32_t i) { return i == 1 ? 1.0 : 2.0; }) == 1);
  }
  std::array<int, 4> picks{};  // the worst of four never wins, the best wins half of all pairs
  for (std::uint64_t key = 0; key < 6000; ++key) {
    ++picks[models::pick_peak_ewma(4, sim::mix(key), 0, [](std::uint32_t i) { return static_cast<double>(i); })];
  }
  CHECK(picks[0] == doctest::Approx(3000).epsilon(0.05));
  CHECK(picks[1] == doctest::Approx(2000).epsilon(0.05));
  CHECK(picks[3] == 0);
  CHECK(models::pick_peak_ewma(1, 7, 0, [](std::uint32_t) { return 0.0; }) == 0);
}
