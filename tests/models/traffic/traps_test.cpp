// Traps of docs/policies.md that need a whole run to be seen: each case builds the smallest fleet in which the mistake
// would show, with constant times, so that most figures are exact.
#include <doctest/doctest.h>

#include "tests/support/fleet_builder.h"

using models::EnforcedBy;
using models::LoadBalancer;
using models::Outcome;
using models::Results;
using models::ScenarioSpec;
using sim::Distribution;
using support::call;
using support::kMs;
using support::service;
using support::work;

namespace {

Results run(const ScenarioSpec& spec) { return models::run(models::compile(spec, 0), {}); }

std::uint64_t calls_that(const Results& r, Outcome outcome) {
  return r.edges[0].outcomes[static_cast<std::size_t>(outcome)];
}

models::RetrySpec retries_on_5xx(std::uint32_t max) {
  models::RetrySpec retries;
  retries.max = max;
  retries.retry_on = static_cast<std::uint32_t>(models::RetryOn::FiveXx);
  retries.backoff = models::BackoffSpec{.law = models::BackoffLaw::Exponential, .base = 0, .max = 0};
  return retries;
}

// web calls api, whose two versions do the same work unless the case says otherwise; a library enforces the policy.
ScenarioSpec two_versions(Distribution duration, double rate, sim::Duration length) {
  auto api = service("api", {work(std::move(duration))});
  api.versions.push_back(api.versions[0]);
  api.versions[1].name = "v2";
  auto spec = support::scenario({service("web", {call("api")}), api}, "web", rate, length);
  spec.candidates = {support::candidate(EnforcedBy::Library)};
  return spec;
}

const models::ServiceResults& api_of(const Results& r) { return r.services[0]; }  // by name: api, web

}  // namespace

TEST_CASE("a cancellation that is faster than its request stops it on arrival") {
  // Every call times out after 1 ms; request and cancellation travel for independent exponential times of mean 20 ms. A
  // cancelled step of 100 ms has then run for (C + 1 - R) between 0 and 100. C - R has the Laplace law of scale 20, so
  // the mean is 1 + 10 e^(-1/20) - 10 e^(-99/20) = 10.441 ms; were overtaken requests done in full, it would be 58 ms.
  auto api = service("api", {work(Distribution::constant(100e6))});
  api.workers = models::kUnlimited;
  api.queue.when_caller_gone = models::WhenCallerGone::Cancel;
  ScenarioSpec spec = support::scenario({service("web", {call("api")}), api}, "web", 500, 40 * sim::kSecond);
  spec.services[0].workers = models::kUnlimited;
  spec.network.same_zone = Distribution::exponential(20e6);
  spec.candidates = {support::candidate(EnforcedBy::Library)};
  spec.policy.defaults.timeout = 1 * sim::kMillisecond;
  spec.policy.defaults.retries = retries_on_5xx(0);
  const Results r = run(spec);
  const std::uint64_t calls = calls_that(r, Outcome::Timeout);
  REQUIRE(calls > 15'000);
  const double ms_per_call = static_cast<double>(api_of(r).cpu_time) / static_cast<double>(calls) / 1e6;
  CHECK(ms_per_call == doctest::Approx(10.441).epsilon(0.04));
}

TEST_CASE(
    "trap 14: retries stay on the version that the split drew, those of the policy and those of the application") {
  ScenarioSpec spec = two_versions(Distribution::constant(0), 400, 10 * sim::kSecond);
  spec.services[1].versions[0].endpoints[0].errors.rate = 1.0;  // v1 always fails, v2 never
  spec.policy.destinations["api"].split = {{"v1", 30.0}, {"v2", 70.0}};
  spec.policy.defaults.retries = retries_on_5xx(3);
  for (const std::uint32_t of_application : {0u, 1u}) {
    CAPTURE(of_application);
    if (of_application > 0) {
      spec.services[0].versions[0].endpoints[0].steps[0].call->retries = retries_on_5xx(of_application);
    }
    const Results r = run(spec);
    const std::uint64_t failed = calls_that(r, Outcome::Error);
    const std::uint64_t ok = calls_that(r, Outcome::Ok);
    REQUIRE(r.edges[0].calls == failed + ok);
    CHECK(static_cast<double>(failed) == doctest::Approx(0.3 * static_cast<double>(r.edges[0].calls)).epsilon(0.1));
    CHECK(api_of(r).version_requests[0] == 4 * (1 + of_application) * failed);  // no try of theirs went to v2 ...
    CHECK(api_of(r).version_requests[1] == ok);                                 // ... where it would have succeeded
  }
}

TEST_CASE("trap 15: a version without replicas keeps its share: just those calls fail with UH, none is retried") {
  ScenarioSpec spec = two_versions(Distribution::constant(0), 400, 10 * sim::kSecond);
  spec.policy.destinations["api"].split = {{"v1", 80.0}, {"v2", 20.0}};
  spec.policy.defaults.retries = retries_on_5xx(2);
  const Results full = run(spec);
  REQUIRE(api_of(full).version_requests[1] > 500);
  REQUIRE(calls_that(full, Outcome::Ok) == full.edges[0].calls);
  spec.services[1].versions[1].replicas = 0;
  const Results empty = run(spec);
  CHECK(empty.edges[0].calls == full.edges[0].calls);
  CHECK(calls_that(empty, Outcome::NoHealthy) == api_of(full).version_requests[1]);
  CHECK(api_of(empty).version_requests[0] == api_of(full).version_requests[0]);
  CHECK(empty.retries == 0);
}

TEST_CASE("trap 8: a per-try timeout at or above the overall one is ignored, one nanosecond below it is not") {
  ScenarioSpec spec =
      support::scenario({service("web", {call("slow")}), service("slow", {work(Distribution::constant(180 * kMs))})},
                        "web", 50, 5 * sim::kSecond);
  spec.candidates = {support::candidate(EnforcedBy::Library)};
  spec.policy.defaults.timeout = 100 * sim::kMillisecond;
  spec.policy.defaults.retries = retries_on_5xx(2);
  const Results plain = run(spec);
  REQUIRE(plain.edges[0].calls > 100);
  for (const sim::Duration per_try : {100 * sim::kMillisecond, 150 * sim::kMillisecond}) {
    CAPTURE(per_try);
    spec.policy.defaults.retries->per_try_timeout = per_try;
    const Results r = run(spec);
    CHECK(r.fingerprint == plain.fingerprint);
    CHECK(r.retries == 0);
    CHECK(calls_that(r, Outcome::Timeout) == r.edges[0].calls);
  }
  spec.policy.defaults.retries->per_try_timeout = 100 * sim::kMillisecond - 1;
  const Results below = run(spec);
  CHECK(below.retries == below.edges[0].calls);  // one more try each, which has one nanosecond
  CHECK(calls_that(below, Outcome::Timeout) == below.edges[0].calls);
}

TEST_CASE("trap 27: a replica that fails fast attracts a least-request balancer, and not a random one") {
  // v2 fails at once and so never has a request in flight; v1 nearly always has some. With two draws with replacement
  // least request sends to v1 only when both draws say so: three quarters of the calls fail instead of half.
  ScenarioSpec spec = two_versions(Distribution::constant(10 * kMs), 2000, 10 * sim::kSecond);
  spec.services[1].versions[1].endpoints[0].errors.rate = 1.0;
  spec.services[1].versions[1].endpoints[0].errors.when = models::ErrorWhen::Before;
  const auto failing = [&spec](LoadBalancer balancer, std::uint32_t choices) {
    spec.policy.defaults.load_balancer = balancer;
    spec.policy.defaults.least_request_choices = choices;
    const Results r = run(spec);
    return static_cast<double>(calls_that(r, Outcome::Error)) / static_cast<double>(r.edges[0].calls);
  };
  CHECK(failing(LoadBalancer::Random, 2) == doctest::Approx(0.50).epsilon(0.03));
  CHECK(failing(LoadBalancer::LeastRequest, 2) == doctest::Approx(0.75).epsilon(0.03));
  CHECK(failing(LoadBalancer::LeastRequest, 5) > 0.90);  // more choices, more harm
}

TEST_CASE("trap 28: HTTP/1.1 opens a connection per request in flight, HTTP/2 one per lane whatever the load") {
  auto api = service("api", {work(Distribution::constant(95 * kMs))});
  auto spec = support::scenario({service("web", {call("api")}, 1, 4), api}, "web", 100, 5 * sim::kSecond);
  spec.traffic[0].arrivals = models::ArrivalKind::Paced;
  const auto connections = [&spec](models::Protocol protocol, double rate) {
    spec.services[1].protocol = protocol;
    spec.traffic[0].rate.rate = rate;
    return run(spec).edges[0].handshakes;
  };
  CHECK(connections(models::Protocol::Http1, 100) == 10);  // 9.5 in flight on average
  CHECK(connections(models::Protocol::Http1, 300) == 29);  // 28.5
  CHECK(connections(models::Protocol::Http2, 100) == 4);   // as many as web has workers
  CHECK(connections(models::Protocol::Http2, 300) == 4);
}
