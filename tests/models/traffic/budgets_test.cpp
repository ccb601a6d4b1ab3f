// Retry budgets and the multiplication of retries in whole runs.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/models/traffic/limits.h"

using limits::open;
using limits::retries_on_5xx;
using limits::run;
using models::ConnectionPoolSpec;
using models::EnforcedBy;
using models::Results;
using models::RetryBudgetSpec;
using models::ScenarioSpec;
using sim::Distribution;
using support::call;
using support::kMs;
using support::service;
using support::work;

TEST_CASE("trap 4: a retry slot is held during the back-off, so long pauses starve other retries") {
  ScenarioSpec spec = open(1, 100, 20 * sim::kSecond, 0.5);
  models::RetrySpec retries = retries_on_5xx(1);
  retries.backoff =
      models::BackoffSpec{.law = models::BackoffLaw::Exponential, .base = 1 * sim::kSecond, .max = 1 * sim::kSecond};
  spec.policy.defaults.retries = retries;
  spec.policy.defaults.connection_pool = ConnectionPoolSpec{.max_retries = 3};
  const Results r = run(spec);
  CHECK(static_cast<double>(r.retries) == doctest::Approx(60).epsilon(0.1));  // three at a time, a second each
  CHECK(r.edges[0].retries_refused > 800);
  spec.policy.defaults.retries->backoff->base = spec.policy.defaults.retries->backoff->max = 0;
  CHECK(run(spec).edges[0].retries_refused == 0);
}

TEST_CASE("trap 3: Envoy's budget bounds retries in progress: failures that are slow hit it, fast ones do not") {
  ScenarioSpec spec = open(1, 400, 20 * sim::kSecond, 1.0, 1 * sim::kMillisecond);
  spec.policy.defaults.retries = retries_on_5xx(1);
  spec.policy.defaults.retry_budget =
      RetryBudgetSpec{.kind = RetryBudgetSpec::Kind::Concurrency, .share = 0.2, .min_concurrency = 3};
  const Results fast = run(spec);
  CHECK(static_cast<double>(fast.retries) > 0.95 * static_cast<double>(fast.edges[0].calls));
  spec.services[1].versions[0].endpoints[0].steps = {work(Distribution::constant(100 * kMs))};
  const Results slow = run(spec);
  CHECK(static_cast<double>(slow.retries) < 0.3 * static_cast<double>(slow.edges[0].calls));
  CHECK(slow.edges[0].retries_refused > 1000);
}

TEST_CASE("a budget of 10% of requests without a floor holds amplification at 1.1 when everything fails") {
  ScenarioSpec spec = open(1, 500, 60 * sim::kSecond, 1.0);
  spec.policy.defaults.retries = retries_on_5xx(3);
  spec.policy.defaults.retry_budget = RetryBudgetSpec{.kind = RetryBudgetSpec::Kind::Window,
                                                      .deposits = RetryBudgetSpec::Deposits::Requests,
                                                      .share = 0.1,
                                                      .min_per_second = 0.0};
  const auto amplification = [](const Results& r) {
    return static_cast<double>(r.edges[0].attempts) / static_cast<double>(r.edges[0].calls);
  };
  CHECK(amplification(run(spec)) == doctest::Approx(1.1).epsilon(0.005));
  spec.policy.defaults.retry_budget->deposits = RetryBudgetSpec::Deposits::Completions;
  CHECK(amplification(run(spec)) == 1.0);  // Linkerd: nothing succeeds, so nothing is paid in
  spec.services[1].versions[0].endpoints[0].errors.rate = 0.5;
  const double half = amplification(run(spec));
  // Deposits come from successes alone: r = 0.1 (1 - p) / (1 - 0.1 (1 - p)) with p = 0.5.
  CHECK(half == doctest::Approx(1.0 + 0.05 / 0.95).epsilon(0.005));
  spec.policy.defaults.retry_budget.reset();
  spec.services[1].versions[0].endpoints[0].errors.rate = 1.0;
  CHECK(amplification(run(spec)) == 4.0);
}

TEST_CASE("gRPC's throttle stops retries while failures outweigh successes") {
  ScenarioSpec spec = open(1, 500, 20 * sim::kSecond, 1.0);
  spec.policy.defaults.retries = retries_on_5xx(3);
  spec.policy.defaults.retry_budget =
      RetryBudgetSpec{.kind = RetryBudgetSpec::Kind::Tokens, .share = 0.1, .max_tokens = 10};
  const Results dead = run(spec);
  CHECK(dead.retries == 4);  // four failures leave six tokens, the fifth leaves five: not more than half
  spec.services[1].versions[0].endpoints[0].errors.rate = 0.05;
  const Results fine = run(spec);
  CHECK(static_cast<double>(fine.retries) > 0.03 * static_cast<double>(fine.edges[0].calls));
}

TEST_CASE(
    "trap 1: retries multiply: three layers of four tries make 64 calls of a dead database, five of three make 243") {
  const auto leaf_calls = [](std::uint32_t layers, std::uint32_t tries) {
    std::vector<models::ServiceSpec> services;
    auto leaf = service("db", {work(Distribution::constant(0))});
    leaf.versions[0].endpoints[0].errors.rate = 1.0;
    std::string below = "db";
    services.push_back(leaf);
    for (std::uint32_t i = 0; i < layers; ++i) {
      const std::string name = "layer" + std::to_string(i);
      services.push_back(service(name, {call(below)}));
      below = name;
    }
    auto spec = support::scenario(services, below, 10, 5 * sim::kSecond);
    spec.candidates = {support::candidate(EnforcedBy::Library)};
    spec.policy.defaults.retries = retries_on_5xx(tries - 1);
    const Results r = run(spec);
    REQUIRE(r.roots_closed > 20);
    std::uint64_t requests = 0;
    const models::Plan plan = models::compile(spec, 0);
    for (std::size_t e = 0; e < r.endpoints.size(); ++e) {
      if (plan.catalog.endpoints[e].service == "db") requests += r.endpoints[e].requests;
    }
    return static_cast<double>(requests) / static_cast<double>(r.roots_closed);
  };
  CHECK(leaf_calls(3, 4) == 64.0);
  CHECK(leaf_calls(5, 3) == 243.0);
}
