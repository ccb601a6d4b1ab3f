// What timers cost and when they fire: timers of one length are one lane with one event, however many are started at
// one instant. That they fire in the right order is asked of the reference engine (tests/reference).
#include <doctest/doctest.h>

#include "tests/models/traffic/limits.h"

using limits::calls_that;
using limits::run;
using models::EnforcedBy;
using models::Outcome;
using models::Results;
using models::ScenarioSpec;
using sim::Distribution;

namespace {

// web calls api four times at once; each call takes `time`.
ScenarioSpec fan_out(Distribution time, double rate, sim::Duration timeout) {
  models::StepSpec parallel;
  parallel.kind = models::StepKind::Parallel;
  for (int i = 0; i < 4; ++i) parallel.children.push_back(support::call("api"));
  auto api = support::service("api", {support::work(std::move(time))});
  api.workers = models::kUnlimited;
  auto spec = support::scenario({support::service("web", {parallel}), api}, "web", rate, 20 * sim::kSecond);
  spec.candidates = {support::candidate(EnforcedBy::Library)};
  spec.policy.defaults.timeout = timeout;
  return spec;
}

}  // namespace

TEST_CASE("timers that are started at one instant and do not fire cost next to no events") {
  const Results without = run(fan_out(Distribution::exponential(2e6), 100, 0));
  const Results with = run(fan_out(Distribution::exponential(2e6), 100, 1 * sim::kSecond));
  REQUIRE(calls_that(with, Outcome::Ok) > 7'500);
  CHECK(calls_that(with, Outcome::Ok) == calls_that(without, Outcome::Ok));
  // The lane looks at its head about once per timeout; a head that lives on is one of a group of four at most.
  CHECK(with.events - without.events < 150);
}

TEST_CASE("timers that are started at one instant all fire, each at its time") {
  const Results r = run(fan_out(Distribution::constant(40e6), 50, 10 * sim::kMillisecond));
  REQUIRE(r.edges[0].calls > 3'000);
  CHECK(calls_that(r, Outcome::Timeout) == r.edges[0].calls);
  CHECK(r.edges[0].failed.min() == 10 * sim::kMillisecond);
  CHECK(r.edges[0].failed.max() == 10 * sim::kMillisecond);
}
