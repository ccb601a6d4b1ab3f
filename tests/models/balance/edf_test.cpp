// Envoy's scheduler for unequal weights, and the two weights that change while it runs: requests in flight, slow start.
#include "models/balance/edf.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <vector>

namespace {

using Sequence = std::vector<std::uint32_t>;

template <class WeightOf>
models::EdfScheduler scheduler(std::uint32_t replicas, WeightOf&& weight_of) {
  models::EdfScheduler edf;
  edf.reserve(replicas);
  for (std::uint32_t r = 0; r < replicas; ++r) edf.add(r, weight_of(r));
  return edf;
}

template <class WeightOf>
Sequence picks(models::EdfScheduler& edf, int count, WeightOf&& weight_of) {
  Sequence out;
  out.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) out.push_back(edf.pick(weight_of));
  return out;
}

}  // namespace

TEST_CASE("replicas of equal weight take turns in the order they were put in") {
  const auto weight_of = [](std::uint32_t) { return 3.0; };
  models::EdfScheduler edf = scheduler(3, weight_of);
  CHECK(picks(edf, 7, weight_of) == Sequence{0, 1, 2, 0, 1, 2, 0});
}

TEST_CASE("a start of n picks rotates the sequence by n") {
  constexpr std::array<double, 3> kWeights{5, 1, 1};
  const auto weight_of = [&](std::uint32_t r) { return kWeights[r]; };
  for (const std::uint32_t n : {0U, 1U, 2U, 5U, 6U}) {
    CAPTURE(n);
    models::EdfScheduler whole = scheduler(3, weight_of);
    const Sequence all = picks(whole, 21, weight_of);
    models::EdfScheduler edf = scheduler(3, weight_of);
    edf.start(n, weight_of);
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(n);
    CHECK(picks(edf, 14, weight_of) == Sequence(begin, begin + 14));
  }
}

TEST_CASE("a weight that changes counts from the next pick of its replica on") {
  std::array<double, 2> weights{1, 1};
  const auto weight_of = [&](std::uint32_t r) { return weights[r]; };
  models::EdfScheduler edf = scheduler(2, weight_of);
  weights[1] = 4;  // both are due at 1 as they were put in; replica 1 is due at 1.25, 1.5, 1.75 and 2 afterwards
  CHECK(picks(edf, 7, weight_of) == Sequence{0, 1, 1, 1, 1, 0, 1});
}

TEST_CASE("weighted least request: weight 2 with 4 requests in flight weighs 0.4, and its replica falls back") {
  CHECK(models::least_request_weight(2, 4) == 0.4);
  CHECK(models::least_request_weight(2, 0) == 2);
  // Replica 0 holds on to four requests: it gets a fifth of the picks of its equal.
  const auto weight_of = [](std::uint32_t r) { return models::least_request_weight(1, r == 0 ? 4 : 0); };
  models::EdfScheduler edf = scheduler(2, weight_of);
  std::array<int, 2> count{};
  for (const std::uint32_t r : picks(edf, 600, weight_of)) ++count[r];
  CHECK(count[0] == 100);
  CHECK(count[1] == 500);
}

TEST_CASE("slow start over 60 s: a quarter of the weight after 15 s, a tenth after 1 s, all of it at the end") {
  CHECK(models::slow_start(15 * sim::kSecond, 60 * sim::kSecond) == 0.25);
  CHECK(models::slow_start(sim::kSecond, 60 * sim::kSecond) == 0.10);
  CHECK(models::slow_start(0, 60 * sim::kSecond) == 0.10);
  CHECK(models::slow_start(6 * sim::kSecond, 60 * sim::kSecond) == 0.10);
  CHECK(models::slow_start(59 * sim::kSecond, 60 * sim::kSecond) < 1.0);
  CHECK(models::slow_start(60 * sim::kSecond, 60 * sim::kSecond) == 1.0);
  CHECK(models::slow_start(0, 0) == 1.0);
  CHECK(models::slow_start(sim::kSecond, 60 * sim::kSecond, 0.02) == 0.02);
}

TEST_CASE("slow start knows ages in whole milliseconds, one at least, and aggression bends it") {
  constexpr sim::Duration kWindow = 1000 * sim::kMillisecond;
  CHECK(models::slow_start(0, kWindow, 0.0) == 0.001);
  CHECK(models::slow_start(500 * sim::kMillisecond + 999'999, kWindow, 0.0) == 0.5);
  CHECK(models::slow_start(250 * sim::kMillisecond, kWindow, 0.0, 2.0) == doctest::Approx(0.5));     // a root
  CHECK(models::slow_start(250 * sim::kMillisecond, kWindow, 0.0, 0.5) == doctest::Approx(0.0625));  // a square
  CHECK(models::slow_start(250 * sim::kMillisecond, kWindow, 0.1, 0.5) == 0.1);
}
