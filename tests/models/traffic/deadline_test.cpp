// What a callee is told of its caller's time, and what it does about it.
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "tests/support/fleet_builder.h"

namespace {

using namespace models;
using sim::Distribution;
using support::call;
using support::service;
using support::work;

constexpr sim::Duration kMs = sim::kMillisecond;

// web -> mid (8 ms, then its call) -> db (100 ms); web waits for mid no longer than 20 ms. In name order: db, mid, web;
// the edges by caller: mid's, web's.
ScenarioSpec chain(DeadlinePropagation to_mid, DeadlinePropagation to_db) {
  auto spec =
      support::scenario({service("web", {call("mid")}), service("mid", {work(Distribution::constant(8e6)), call("db")}),
                         service("db", {work(Distribution::constant(100e6))})},
                        "web", 50, 20 * sim::kSecond);
  spec.candidates = {support::candidate(EnforcedBy::Library)};
  spec.policy.destinations["mid"].timeout = 20 * kMs;
  spec.policy.destinations["mid"].deadline_propagation = to_mid;
  spec.policy.destinations["db"].deadline_propagation = to_db;
  return spec;
}

Results run_it(const ScenarioSpec& spec, RunOptions options = {}) { return models::run(compile(spec, 0), options); }

double ms_per_call(const Results& r, std::size_t of_service, std::size_t of_edge) {
  return static_cast<double>(r.services[of_service].cpu_time) / static_cast<double>(r.edges[of_edge].calls) / 1e6;
}

std::uint64_t count(const EdgeResults& edge, Outcome outcome) {
  return edge.outcomes[static_cast<std::size_t>(outcome)];
}

constexpr auto kNo = DeadlinePropagation::None;
constexpr auto kGrpcLike = DeadlinePropagation::Grpc;
constexpr auto kEnvoyLike = DeadlinePropagation::EnvoyExpected;

}  // namespace

TEST_CASE("trap 10: timed-out work goes on, unless the server is told when the time is up") {
  const Results told_nothing = run_it(chain(kNo, kNo));
  CHECK(count(told_nothing.edges[1], Outcome::Timeout) == told_nothing.edges[1].calls);
  CHECK(ms_per_call(told_nothing, 0, 0) == doctest::Approx(100).epsilon(0.02));
  CHECK(told_nothing.edges[0].outcomes[0] + 10 > told_nothing.edges[0].calls);  // nobody needs it, but it is done

  const Results told = run_it(chain(kGrpcLike, kGrpcLike));
  CHECK(count(told.edges[1], Outcome::Timeout) == told.edges[1].calls);
  CHECK(ms_per_call(told, 1, 1) == doctest::Approx(8).epsilon(0.01));
  CHECK(ms_per_call(told, 0, 0) == doctest::Approx(12).epsilon(0.02));  // 20 without the 8 of mid
}

TEST_CASE("a deadline ends where the next call does not carry it") {
  const Results r = run_it(chain(kGrpcLike, kNo));
  CHECK(ms_per_call(r, 0, 0) == doctest::Approx(100).epsilon(0.02));
  CHECK(count(r.edges[0], Outcome::Timeout) == 0);
}

TEST_CASE("what is left is what the callee's calls have, and their own timeout may be shorter") {
  ScenarioSpec spec = chain(kGrpcLike, kGrpcLike);
  Results r = run_it(spec);
  CHECK(count(r.edges[0], Outcome::Timeout) + 10 > r.edges[0].calls);
  CHECK(r.edges[0].failed.max() == 12 * kMs + 1);  // from its opening at 8 ms; a server's clock starts 1 ns later
  spec.policy.destinations["db"].timeout = 5 * kMs;
  r = run_it(spec);
  CHECK(r.edges[0].failed.max() == 5 * kMs);
  CHECK(r.edges[1].failed.max() == 13 * kMs);
}

TEST_CASE("the application's own timeout is a deadline, too, and all its tries share it") {
  ScenarioSpec spec = chain(kGrpcLike, kGrpcLike);
  spec.policy.destinations["mid"].timeout.reset();
  CallSpec& own = *spec.services[0].versions[0].endpoints[0].steps[0].call;
  own.timeout = 20 * kMs;
  const Results r = run_it(spec);
  CHECK(count(r.edges[1], Outcome::AppTimeout) == r.edges[1].calls);
  CHECK(ms_per_call(r, 0, 0) == doctest::Approx(12).epsilon(0.02));
}

TEST_CASE("a handler that looks at its deadline before it begins, or never, works on") {
  // db takes 100 ms and has one worker: of what web waits for 20 ms all is late; what is queued is dropped, or served.
  const auto work_of = [](WhenDeadlinePassed then) {
    ScenarioSpec spec = chain(kGrpcLike, kGrpcLike);
    for (ServiceSpec& s : spec.services) {
      if (s.name != "db") continue;
      s.workers = 1;
      s.queue.when_deadline_passed = then;
    }
    const ServiceResults db = run_it(spec).services[0];
    return static_cast<double>(db.busy_worker_time) / static_cast<double>(db.worker_time);
  };
  // 50 calls a second, five times what the worker can do. What came in the last 12 ms of a request is still wanted;
  // else the worker waits 20 ms for the next.
  CHECK(work_of(WhenDeadlinePassed::Serve) > 0.995);
  CHECK(work_of(WhenDeadlinePassed::Drop) == doctest::Approx(100 / (100 + 20 * std::exp(-12.0 / 20))).epsilon(0.02));
  CHECK(work_of(WhenDeadlinePassed::Stop) < 0.5);
}

TEST_CASE("a queued request is dropped when its deadline passes") {
  ScenarioSpec spec = chain(kGrpcLike, kGrpcLike);
  for (ServiceSpec& s : spec.services) {
    if (s.name == "db") s.workers = 1;
  }
  spec.traffic[0].rate.rate = 400;
  const Results r = run_it(spec);
  CHECK(r.services[0].cpu_time <= 20 * sim::kSecond + 100 * kMs);
  CHECK(count(r.edges[1], Outcome::Timeout) == r.edges[1].calls);
}

TEST_CASE("an expected timeout takes the place of the next route's, shorter or longer") {
  ScenarioSpec spec = chain(kEnvoyLike, kEnvoyLike);
  for (ServiceSpec& s : spec.services) {
    if (s.name == "db") s.versions[0].endpoints[0].steps = {work(Distribution::constant(30e6))};
  }
  spec.policy.destinations["mid"].timeout = 50 * kMs;
  spec.policy.destinations["db"].timeout = 5 * kMs;
  CHECK(run_it(spec).edges[1].outcomes[0] > 900);  // db has 50 ms
  spec.policy.destinations["db"].deadline_propagation = kNo;
  CHECK(run_it(spec).edges[1].outcomes[0] == 0);  // db has 5 ms
  spec.policy.destinations["db"].deadline_propagation = kEnvoyLike;
  spec.policy.destinations["mid"].retries = RetrySpec{};
  spec.policy.destinations["mid"].retries->per_try_timeout = 20 * kMs;
  spec.policy.destinations["db"].timeout.reset();
  const Results r = run_it(spec);  // db has 20 ms
  CHECK(r.edges[0].outcomes[0] == 0);
  CHECK(r.edges[0].failed.max() == 20 * kMs);
}

TEST_CASE("product grpc carries deadlines by itself between gRPC services") {
  ScenarioSpec spec = chain(kNo, kNo);
  for (auto& [name, said] : spec.policy.destinations) said.deadline_propagation.reset();
  spec.candidates[0].product = "grpc";
  spec.candidates[0].enforced_by = EnforcedBy::Proxyless;
  CHECK_FALSE(compile(spec, 0).carries_deadlines);
  for (ServiceSpec& s : spec.services) s.protocol = Protocol::Grpc;
  CHECK(compile(spec, 0).carries_deadlines);
  CHECK(ms_per_call(run_it(spec), 0, 0) == doctest::Approx(12).epsilon(0.02));
}

TEST_CASE("deadlines fall alike for any order of ties") {
  ScenarioSpec spec = chain(kGrpcLike, kGrpcLike);
  spec.network.same_zone = Distribution::exponential(1e6);
  for (ServiceSpec& s : spec.services) {
    if (s.name == "db") s.versions[0].endpoints[0].steps = {work(Distribution::exponential(10e6))};
  }
  spec.policy.defaults.retries = RetrySpec{};
  spec.policy.defaults.retries->max = 2;
  spec.policy.defaults.retries->retry_on = static_cast<std::uint32_t>(RetryOn::FiveXx);
  const Results r = run_it(spec);
  CHECK(count(r.edges[1], Outcome::Timeout) > 100);
  CHECK(r.edges[1].outcomes[0] > 100);
  CHECK(run_it(spec, {.reference_queue = true}).fingerprint == r.fingerprint);
  CHECK(run_it(spec, {.shuffle = 5}).fingerprint == r.fingerprint);
}

TEST_CASE("an injected delay comes before the timeout, and the callee is told what is left of that") {
  ScenarioSpec spec = chain(kGrpcLike, kGrpcLike);
  spec.policy.destinations["mid"].fault = FaultSpec{};
  spec.policy.destinations["mid"].fault->delay_share = 1.0;
  spec.policy.destinations["mid"].fault->delay = 15 * kMs;
  for (ServiceSpec& s : spec.services) s.queue.when_caller_gone = WhenCallerGone::Cancel;
  const Results r = run_it(spec);
  CHECK(count(r.edges[1], Outcome::Timeout) == r.edges[1].calls);
  CHECK(r.edges[1].failed.min() == 35 * kMs);
  CHECK(ms_per_call(r, 1, 1) == doctest::Approx(8).epsilon(0.01));
  CHECK(ms_per_call(r, 0, 0) == doctest::Approx(12).epsilon(0.02));
  // The caller's own deadline goes on meanwhile: what mid has left ends the delay of its call of db.
  spec.policy.destinations["db"].fault = spec.policy.destinations["mid"].fault;
  spec.policy.destinations["mid"].fault.reset();
  const Results held = run_it(spec);
  CHECK(count(held.edges[0], Outcome::Timeout) + count(held.edges[0], Outcome::Withdrawn) + 10 > held.edges[0].calls);
  CHECK(held.services[0].cpu_time == 0);  // 20 ms, less 8 of work, less 15 of delay
}
