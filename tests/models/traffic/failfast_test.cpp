// Linkerd's queue in whole runs: what waits while no replica is available, what is shed, what fails fast.
#include <doctest/doctest.h>

#include "models/policy/failfast.h"
#include "tests/models/traffic/limits.h"

using limits::calls_that;
using limits::run;
using models::Outcome;
using models::Results;
using models::ScenarioSpec;

namespace {

// `rate` calls a second for 30 s to two replicas, both down from 10 s for `outage`. Linkerd's proxies connect again
// after 0.1 s, 0.3 s, 0.7 s, 1.5 s, ... from the crash (up to a tenth more).
ScenarioSpec outage(double rate, sim::Duration length) {
  ScenarioSpec spec = limits::open(2, rate, 30 * sim::kSecond, 0.0);
  for (auto& s : spec.services) s.protocol = models::Protocol::Grpc;
  auto candidate = support::candidate(models::EnforcedBy::Sidecar);
  candidate.product = "linkerd";
  spec.candidates = {candidate};
  spec.timeline = {support::fault(models::TimelineVerb::Crash, "api", 10 * sim::kSecond, length, 2)};
  return spec;
}

std::uint64_t failed(const Results& r) { return r.edges[0].calls - calls_that(r, Outcome::Ok); }

}  // namespace

TEST_CASE("calls wait for a replica to come back within three seconds, and are then answered") {
  const Results r = run(outage(40, 1 * sim::kSecond));
  CHECK(failed(r) <= 2);  // what was in flight
  CHECK(r.edges[0].waited > 45);
  CHECK(r.edges[0].waited < 85);
  CHECK(r.edges[0].ok.max() > 1'400 * sim::kMillisecond);
  CHECK(r.edges[0].ok.max() < 1'800 * sim::kMillisecond);
  // They came over 1.5 s to 1.65 s and waited half of that each on average.
  const double mean = static_cast<double>(r.edges[0].waiting_time) / static_cast<double>(r.edges[0].waited) / 1e9;
  CHECK(mean == doctest::Approx(0.78).epsilon(0.15));
}

TEST_CASE("after three seconds everything that waits fails, and what comes then fails at once") {
  const Results r = run(outage(20, 12 * sim::kSecond));
  CHECK(calls_that(r, Outcome::PoolOverflow) == 0);
  CHECK(calls_that(r, Outcome::NoHealthy) > 200);
  CHECK(r.edges[0].failed.max() >= models::kFailFastTimeout);
  CHECK(r.edges[0].failed.max() < models::kFailFastTimeout + sim::kMillisecond);
  const double waited = (1 - r.edges[0].failed.fraction_below(1e8)) * static_cast<double>(r.edges[0].failed.count());
  CHECK(waited == doctest::Approx(58).epsilon(0.25));  // 2.9 s of calls
  CHECK(r.edges[0].ok.max() < sim::kSecond);
}

TEST_CASE("of more than a hundred that wait the rest is shed at once") {
  const Results r = run(outage(300, 1 * sim::kSecond));
  const std::uint64_t shed = calls_that(r, Outcome::PoolOverflow);
  CHECK(shed > 300);  // 1.5 s to 1.65 s of calls, but for a hundred
  CHECK(shed < 450);
  CHECK(r.edges[0].waited >= models::kFailFastQueue);
  CHECK(r.edges[0].waited <= models::kFailFastQueue + 10);  // the first ones after it, for a new connection
  CHECK(failed(r) - shed <= 4);
}

TEST_CASE("a call that waits for a replica gives up with its own timeout") {
  ScenarioSpec spec = outage(40, 1 * sim::kSecond);
  spec.policy.defaults.timeout = 500 * sim::kMillisecond;
  const Results r = run(spec);
  CHECK(calls_that(r, Outcome::Timeout) > 25);  // those of the first second to 1.15 s
  CHECK(calls_that(r, Outcome::NoHealthy) == 0);
  CHECK(r.edges[0].failed.max() == 500 * sim::kMillisecond);
}

TEST_CASE("a client that crashes while its calls wait leaves nothing behind") {
  ScenarioSpec spec = outage(40, 6 * sim::kSecond);
  models::TimelineEntrySpec entry = spec.timeline[0];
  entry.name = "client";
  entry.service = "web";
  entry.replicas = 1;
  entry.at = 11 * sim::kSecond;
  entry.duration = 3 * sim::kSecond;
  spec.timeline.push_back(entry);
  const Results r = run(spec);
  CHECK(r.calls_opened == r.calls_closed + r.unfinished_calls);
  CHECK(calls_that(r, Outcome::Withdrawn) > 20);
}

TEST_CASE("a per-try timeout does not cover the wait for a replica") {
  ScenarioSpec spec = outage(40, 1 * sim::kSecond);
  models::RetrySpec retries;
  retries.max = 0;
  retries.per_try_timeout = 50 * sim::kMillisecond;  // less than the wait
  spec.policy.destinations["api"].retries = retries;
  const Results r = run(spec);
  CHECK(failed(r) <= 2);
  CHECK(r.edges[0].waited > 45);
}
