// Limits, health, panic and budgets as values: the closed-form vectors that are published for them, and the edges of
// every comparison.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "models/policy/connection_pool.h"
#include "models/policy/outlier_detection.h"
#include "models/policy/panic.h"
#include "models/policy/product.h"
#include "models/policy/retry_budget.h"
#include "sim/random/keyed.h"

using models::Detector;
using models::HostHealth;
using models::OutlierDetection;
using models::RetryBudget;
using models::RetryBudgetState;

TEST_CASE("Envoy limits every client to 1,024 connections, waiting and active requests and 3 retries, Istio to none") {
  const models::ConnectionPool& envoy = models::product_defaults("envoy").pool;
  CHECK(envoy.connections == 1024);
  CHECK(envoy.pending == 1024);
  CHECK(envoy.requests == 1024);
  CHECK(envoy.retries == 3);
  CHECK(envoy.connect_timeout == 5 * sim::kSecond);
  const models::ConnectionPool& istio = models::product_defaults("istio-1.24").pool;
  CHECK(istio.connections == models::kNoLimit);
  CHECK(istio.retries == models::kNoLimit);
  CHECK(istio.connect_timeout == 10 * sim::kSecond);
  CHECK(istio.idle_timeout == 3600 * sim::kSecond);
}

TEST_CASE("max_connections never blocks the first connection of a pool, and a request opens no more than it needs") {
  models::ConnectionPool limits;
  limits.connections = 1;
  CHECK(models::may_connect(limits, 0, 0));
  CHECK_FALSE(models::may_connect(limits, 1, 1));
  CHECK(models::may_connect(limits, 7, 0));  // seven of other replicas and workers
  CHECK(models::wants_connection(2, 1));
  CHECK_FALSE(models::wants_connection(1, 1));
  CHECK(models::capacity_of(limits, true) == 1);
  limits.streams = 100;
  limits.per_connection = 10;
  CHECK(models::capacity_of(limits, false) == 10);
}

TEST_CASE("a retry budget of 20% with a floor of 3: 100 requests in progress allow 20 retries, 10 and 16 allow 3") {
  RetryBudget budget;
  budget.kind = RetryBudget::Kind::Concurrency;
  CHECK(models::concurrent_retries(budget, 100) == 20);
  CHECK(models::concurrent_retries(budget, 10) == 3);
  CHECK(models::concurrent_retries(budget, 15) == 3);
  CHECK(models::concurrent_retries(budget, 16) == 3);
  CHECK(models::concurrent_retries(budget, 20) == 4);
  RetryBudgetState state;
  CHECK(models::take_retry(budget, state, 19, 100, 0));
  CHECK_FALSE(models::take_retry(budget, state, 20, 100, 0));
}

TEST_CASE(
    "tower's budget of 0.2, 10/s over 10 s: 100 retries at the start, 2,100 in 10 s with 1,000 successes a second") {
  RetryBudget budget;
  budget.kind = RetryBudget::Kind::Window;
  CHECK(models::window_units(budget).withdraw == 5);
  CHECK(models::window_units(budget).reserve == 500);
  RetryBudgetState cold;
  int first = 0;
  while (models::take_retry(budget, cold, 0, 0, 0)) ++first;
  CHECK(first == 100);

  RetryBudgetState busy;
  for (int i = 0; i < 10'000; ++i) models::pay_in(budget, busy, i * sim::kMillisecond);
  const sim::Time now = 9'999 * sim::kMillisecond;
  CHECK(busy.sum == 10'000);
  int retries = 0;
  while (models::take_retry(budget, busy, 0, 0, now)) ++retries;
  CHECK(retries == 2'100);
  models::advance(budget, busy, now + 11 * sim::kSecond);
  CHECK(busy.sum == 0);  // deposits and withdrawals have left the window
}

TEST_CASE("gRPC's bucket of 10 with ratio 0.1 stops after five failures in a row and goes on after one success") {
  RetryBudget budget;
  budget.kind = RetryBudget::Kind::Tokens;
  budget.share = 0.1;
  RetryBudgetState state;
  for (int i = 0; i < 4; ++i) {
    models::note_result(budget, state, false, true);
    CHECK(models::take_retry(budget, state, 0, 0, 0));
  }
  models::note_result(budget, state, false, true);
  CHECK(state.tokens == doctest::Approx(5.0));
  CHECK_FALSE(models::take_retry(budget, state, 0, 0, 0));  // needs more than half
  models::note_result(budget, state, true, false);
  CHECK(models::take_retry(budget, state, 0, 0, 0));
  for (int i = 0; i < 1000; ++i) models::note_result(budget, state, true, false);
  CHECK(state.tokens == 10.0);
  models::note_result(budget, state, false, false);  // a failure that nobody would retry changes nothing
  CHECK(state.tokens == 10.0);
}

TEST_CASE("max_ejection_percent of 10% ejects none of nine replicas, one of ten, two of 25; gRPC always one") {
  OutlierDetection policy;
  const auto most = [&](std::uint32_t hosts) {
    std::uint32_t ejected = 0;
    while (ejected < hosts && models::may_eject(policy, ejected, hosts)) ++ejected;
    return ejected;
  };
  CHECK(most(9) == 0);
  CHECK(most(10) == 1);
  CHECK(most(25) == 2);
  policy.max_ejection = 0.5;
  CHECK(most(3) == 1);
  CHECK(most(4) == 2);
  policy.max_ejection = 0.1;
  policy.always_one = true;
  CHECK(most(3) == 1);
  policy.always_one = false;
  policy.grpc = true;
  CHECK(most(3) == 1);
  CHECK(most(9) == 1);
}

TEST_CASE("ejections last 30 s, 60 s, ... and 300 s from the tenth on") {
  const OutlierDetection policy;
  std::uint32_t times = 0;
  for (int n = 1; n <= 12; ++n) {
    times = models::next_multiplier(policy, times);
    CHECK(models::ejection_time(policy, times) == std::min(n * 30, 300) * sim::kSecond);
  }
}

TEST_CASE("success rates 50, 100, 100, 100, 100: mean 90, deviation 20, threshold 52 at a factor of 1.9") {
  const OutlierDetection policy;
  const auto threshold = models::success_rate_threshold(policy, {50, 100, 100, 100, 100});
  REQUIRE(threshold.has_value());
  CHECK(*threshold == doctest::Approx(52.0));
  CHECK_FALSE(models::success_rate_threshold(policy, {50, 100, 100, 100}).has_value());  // four replicas are too few
}

TEST_CASE("a failure percentage at the threshold ejects in Envoy and not in gRPC") {
  OutlierDetection policy;
  CHECK(models::fails_too_often(policy, 15.0));
  policy.grpc = true;
  CHECK_FALSE(models::fails_too_often(policy, 15.0));
  CHECK(models::fails_too_often(policy, 14.9));
}

TEST_CASE("trap 22: the gateway detector is not enforced; five failures in a row are found once, success starts anew") {
  const OutlierDetection policy;
  HostHealth host;
  const auto feed = [&](std::uint32_t status) { return models::note_sample(policy, host, status, false); };
  for (int i = 0; i < 4; ++i) CHECK(feed(503) == Detector::None);
  CHECK(feed(404) == Detector::None);  // below 500: resets
  for (int i = 0; i < 4; ++i) CHECK(feed(503) == Detector::None);
  CHECK(feed(503) == Detector::Consecutive5xx);
  for (int i = 0; i < 4; ++i) CHECK(feed(500) == Detector::None);
  CHECK(feed(500) == Detector::Consecutive5xx);

  OutlierDetection gateway;
  gateway.enforcing_gateway = 1.0;
  gateway.consecutive_5xx = 0;
  HostHealth other;
  for (int i = 0; i < 4; ++i) CHECK(models::note_sample(gateway, other, 502, false) == Detector::None);
  CHECK(models::note_sample(gateway, other, 500, false) == Detector::None);  // no gateway error: starts anew
  for (int i = 0; i < 4; ++i) CHECK(models::note_sample(gateway, other, 504, false) == Detector::None);
  CHECK(models::note_sample(gateway, other, 504, false) == Detector::ConsecutiveGateway);
}

TEST_CASE("trap 21: five failures in a row take 62 requests at half the rate, 3,905 at a fifth") {
  const OutlierDetection policy;
  const auto mean_requests = [&](double p, std::uint64_t requests) {
    HostHealth host;
    std::uint64_t found = 0;
    for (std::uint64_t i = 0; i < requests; ++i) {
      const bool fails = sim::bernoulli(sim::bits(sim::mix(i), 1), p);
      found += models::note_sample(policy, host, fails ? 500 : 200, false) == Detector::Consecutive5xx ? 1U : 0U;
    }
    return static_cast<double>(requests) / static_cast<double>(found);
  };
  CHECK(mean_requests(0.5, 620'000) == doctest::Approx(62).epsilon(0.05));
  CHECK(mean_requests(0.2, 4'000'000) == doctest::Approx(3'905).epsilon(0.1));
}

TEST_CASE("local failures count apart only where that is said") {
  OutlierDetection policy;
  policy.split_local = true;
  HostHealth host;
  for (int i = 0; i < 4; ++i) CHECK(models::note_sample(policy, host, 504, true) == Detector::None);
  CHECK(host.run_5xx == 0);
  CHECK(models::note_sample(policy, host, 504, true) == Detector::ConsecutiveLocal);
}

TEST_CASE("failure accrual shuts for 1 s, 2 s, 4 s ... 60 s, and up to half as long again") {
  const models::FailureAccrualSpec policy;
  CHECK(models::penalty(policy, 0, 0.0) == 1 * sim::kSecond);
  CHECK(models::penalty(policy, 3, 0.0) == 8 * sim::kSecond);
  CHECK(models::penalty(policy, 20, 0.0) == 60 * sim::kSecond);
  CHECK(models::penalty(policy, 0, 1.0) == 1'500 * sim::kMillisecond);
}

TEST_CASE("panic: five of ten healthy is none, four is; above 71.4% the threshold is not even looked at; 0 is never") {
  CHECK_FALSE(models::panics(5, 10, 0.5));
  CHECK(models::panics(4, 10, 0.5));
  CHECK_FALSE(models::panics(72, 100, 0.9));
  CHECK(models::panics(71, 100, 0.9));
  CHECK_FALSE(models::panics(0, 10, 0.0));
}

TEST_CASE("priorities: load leaves the first one at 71.4% of its replicas, not before") {
  const auto loads = [](std::uint32_t first, std::uint32_t second) {
    return models::priority_loads<2>({models::health_of(first, 100), models::health_of(second, 100)});
  };
  CHECK(loads(50, 100) == std::array<std::uint32_t, 2>{70, 30});
  CHECK(loads(72, 100) == std::array<std::uint32_t, 2>{100, 0});
  CHECK(loads(71, 100) == std::array<std::uint32_t, 2>{99, 1});
  CHECK(loads(25, 25) == std::array<std::uint32_t, 2>{50, 50});
}
