// Nothing is lost and nothing appears: in every run, under faults, retries and early ends.
#include <doctest/doctest.h>

#include <numeric>

#include "models/invariants.h"
#include "tests/support/fleet_builder.h"

using models::EnforcedBy;
using models::Results;
using models::ScenarioSpec;
using models::TimelineVerb;
using sim::Distribution;
using support::call;
using support::kMs;
using support::service;
using support::work;

namespace {

std::uint64_t sum(const models::OutcomeCounts& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

void check_conserved(const Results& r) {
  CHECK(r.calls_opened == r.calls_closed + r.unfinished_calls);
  for (const models::EntryResults& entry : r.entries) {
    CHECK(entry.total.arrivals == sum(entry.total.outcomes) + entry.total.unfinished);
    CHECK(entry.total.ok.count() == entry.total.outcomes[0]);
    std::uint64_t in_timeline = 0;
    for (const models::EntryWindow& bucket : entry.timeline) in_timeline += bucket.arrivals;
    CHECK(in_timeline == entry.total.arrivals);
  }
  for (const models::EdgeResults& edge : r.edges) {
    CHECK(edge.calls == sum(edge.outcomes) + edge.unfinished);
    CHECK(edge.attempts >= sum(edge.attempt_outcomes));
  }
  CHECK(r.resources.useful_cpu >= 0);
  CHECK(r.resources.useful_cpu <= r.resources.app_cpu);
  for (const models::ServiceResults& s : r.services) {
    CHECK(s.busy_worker_time >= 0);
    if (s.worker_time > 0) CHECK(s.busy_worker_time <= s.worker_time);
    CHECK(s.queue_time >= 0);
    CHECK(s.in_system_time >= s.queue_time);
  }
}

ScenarioSpec troubled_fleet(models::WhenCallerGone gone) {
  auto spec = support::scenario({service("web", {call("mid")}, 2, 8),
                                 service("mid", {work(Distribution::exponential(1 * kMs)), call("db")}, 2, 4),
                                 service("db", {work(Distribution::exponential(3 * kMs))}, 2, 2)},
                                "web", 700, 12 * sim::kSecond, 1 * sim::kSecond);
  spec.network.same_zone = Distribution::exponential(100e3);
  spec.services[2].queue.capacity = 20;
  spec.services[2].queue.when_caller_gone = gone;
  spec.services[1].queue.when_caller_gone = gone;
  spec.services[2].versions[0].endpoints[0].errors.rate = 0.05;
  spec.policy.defaults.timeout = 40 * sim::kMillisecond;
  models::RetrySpec retries;
  retries.max = 2;
  retries.retry_on = static_cast<std::uint32_t>(models::RetryOn::FiveXx);
  retries.per_try_timeout = 15 * sim::kMillisecond;
  spec.policy.defaults.retries = retries;
  spec.services[0].versions[0].endpoints[0].steps[0].call->timeout = 70 * sim::kMillisecond;
  spec.services[0].versions[0].endpoints[0].steps[0].call->retries =
      models::RetrySpec{.max = 1, .retry_on = {}, .retriable_status_codes = {}, .per_try_timeout = {}, .backoff = {}};
  const auto fault = [&](const char* name, sim::Time at, TimelineVerb verb, const char* target) {
    spec.timeline.push_back({.name = name,
                             .at = at,
                             .duration = 1 * sim::kSecond,
                             .verb = verb,
                             .service = target,
                             .version = "",
                             .replicas = verb == TimelineVerb::Crash ? std::optional<std::uint32_t>(1) : std::nullopt,
                             .factor = 5.0,
                             .change = {}});
  };
  fault("slow", 2 * sim::kSecond, TimelineVerb::Slow, "db");
  fault("stall", 5 * sim::kSecond, TimelineVerb::Stall, "mid");
  fault("crash", 8 * sim::kSecond, TimelineVerb::Crash, "mid");
  spec.candidates = {support::candidate(EnforcedBy::None), support::candidate(EnforcedBy::Library),
                     support::candidate(EnforcedBy::Sidecar)};
  return spec;
}

}  // namespace

TEST_CASE("requests, calls and tries are conserved under slow, stalled and crashed replicas") {
  for (const auto gone :
       {models::WhenCallerGone::Serve, models::WhenCallerGone::Withdraw, models::WhenCallerGone::Cancel}) {
    for (std::size_t candidate = 0; candidate < 3; ++candidate) {
      const ScenarioSpec spec = troubled_fleet(gone);
      const Results r = models::run(models::compile(spec, candidate), {});
      CAPTURE(candidate);
      CHECK(r.stopped == models::Stopped::Complete);
      CHECK(r.unfinished_calls == 0);
      CHECK(r.entries[0].total.failed.count() > 100);
      check_conserved(r);
    }
  }
}

TEST_CASE("trap 10: who gives up wastes less where its work is withdrawn, and least where it is cancelled") {
  std::int64_t cpu[3];
  int i = 0;
  for (const auto gone :
       {models::WhenCallerGone::Serve, models::WhenCallerGone::Withdraw, models::WhenCallerGone::Cancel}) {
    cpu[i++] = models::run(models::compile(troubled_fleet(gone), 1), {}).resources.app_cpu;
  }
  CHECK(cpu[1] < cpu[0]);
  CHECK(cpu[2] < cpu[1]);
}

TEST_CASE("Little's law holds in every service over the measured part") {
  auto spec = support::scenario({service("web", {work(Distribution::exponential(2 * kMs)), call("db")}, 2, 4),
                                 service("db", {work(Distribution::exponential(3 * kMs))}, 2, 2)},
                                "web", 900, 60 * sim::kSecond, 5 * sim::kSecond);
  spec.candidates[0].load_balancer = models::LoadBalancer::LeastRequest;  // pinned, one replica would be overloaded
  const Results r = models::run(models::compile(spec, 0), {});
  for (std::size_t s = 0; s < r.services.size(); ++s) {
    // sojourn is measured per request, in-system time per instant: they differ only at the two edges of the window.
    const double area = static_cast<double>(r.services[s].in_system_time);
    const double sojourns = r.endpoints[s].sojourn.mean() * static_cast<double>(r.endpoints[s].sojourn.count());
    CHECK(area == doctest::Approx(sojourns).epsilon(0.001));
  }
}

TEST_CASE(
    "a request whose branches wait for workers at once is longer in queues than it is there, and no book is broken") {
  const auto branch = [] {
    return support::group(models::StepKind::Sequence, {work(Distribution::constant(10 * kMs))});
  };
  auto spec = support::scenario(
      {service("web", {support::group(models::StepKind::Parallel, {branch(), branch(), branch(), branch()})}, 1, 1)},
      "web", 20, 20 * sim::kSecond);
  const models::Plan plan = models::compile(spec, 0);
  const Results r = models::run(plan, {});
  CHECK(r.services[0].queue_time > r.services[0].in_system_time);
  CHECK(models::broken_invariant(plan, r).empty());
}

TEST_CASE("work that outlives the clock is work that never ends") {
  for (const Distribution& law : {Distribution::pareto(1 * kMs, 0.3), Distribution::constant(4e15)}) {
    ScenarioSpec spec = support::scenario({service("web", {work(law)})}, "web", 1000, 10 * sim::kSecond);
    models::TimelineEntrySpec slow;
    slow.name = "slow";
    slow.service = "web";
    slow.factor = 1e6;
    slow.at = 5 * sim::kSecond;
    slow.duration = sim::kSecond;
    spec.timeline = {slow};
    const models::Plan plan = models::compile(spec, 0);
    const Results r = models::run(plan, {});
    CHECK(r.stopped == models::Stopped::Complete);
    CHECK(r.unfinished_calls > 100);
    CHECK(models::broken_invariant(plan, r).empty());
  }
}

TEST_CASE("a guard ends a run with what is complete and says which one") {
  ScenarioSpec spec = troubled_fleet(models::WhenCallerGone::Serve);
  spec.limits.events = 20'000;
  Results r = models::run(models::compile(spec, 1), {});
  CHECK(r.stopped == models::Stopped::Events);
  CHECK(r.events < 22'000);
  check_conserved(r);
  spec.limits.events = 0;
  spec.limits.in_flight = 40;
  r = models::run(models::compile(spec, 1), {});
  CHECK(r.stopped == models::Stopped::InFlight);
  check_conserved(r);
}

TEST_CASE("a run whose sums would overflow ends by a guard before they do") {
  // A million requests a second of 52 days each, over 28 hours: 23,000 in flight make 2^61 nanoseconds.
  ScenarioSpec spec =
      support::scenario({service("web", {call("db")}), service("db", {work(Distribution::constant(52.0 * 86'400e9))})},
                        "web", 1e6, 100'000 * sim::kSecond);
  for (auto& s : spec.services) s.workers = models::kUnlimited;
  const models::Plan plan = models::compile(spec, 0);
  const Results r = models::run(plan, {});
  CHECK(r.stopped == models::Stopped::InFlight);
  CHECK(r.peak_in_flight > 20'000);
  CHECK(r.peak_in_flight < 30'000);
  CHECK(models::broken_invariant(plan, r).empty());
}

TEST_CASE("a loop without delay ends by the guard of events at one instant") {
  ScenarioSpec spec = support::scenario({service("web", {call("dead")}), service("dead", {})}, "web", 10, sim::kSecond);
  spec.services[1].versions[0].endpoints[0].errors.rate = 1.0;
  spec.candidates = {support::candidate(EnforcedBy::Library)};
  models::RetrySpec retries;
  retries.max = 0xffffffff;
  retries.retry_on = static_cast<std::uint32_t>(models::RetryOn::FiveXx);
  retries.backoff = models::BackoffSpec{.law = models::BackoffLaw::Exponential, .base = 0, .max = 0};
  spec.policy.defaults.retries = retries;
  spec.limits.events_at_one_instant = 10'000;
  CHECK(models::run(models::compile(spec, 0), {}).stopped == models::Stopped::Instant);
}

TEST_CASE("no CPU is wasted at the ends of the measured part, nor by calls that nobody awaits") {
  auto spec = support::scenario({service("web", {work(Distribution::constant(20 * kMs)), call("log"), call("db")}),
                                 service("log", {work(Distribution::constant(100 * kMs))}),
                                 service("db", {work(Distribution::constant(300 * kMs))})},
                                "web", 40, 2 * sim::kSecond, 1 * sim::kSecond);
  spec.services[0].versions[0].endpoints[0].steps[1].call->fire_and_forget = true;
  spec.candidates = {support::candidate(EnforcedBy::None)};
  const Results r = models::run(models::compile(spec, 0), {});
  CHECK(r.resources.app_cpu > 30 * sim::kSecond);              // about 40/s x 0.42 s x 2 s
  CHECK(r.resources.app_cpu - r.resources.useful_cpu < 1000);  // the rounding of floats alone
}
