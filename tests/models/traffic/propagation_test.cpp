// A change of the policy on its way to those who act by it, and fleets in which not everybody does the same.
#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "models/plan/arrangement.h"
#include "models/plan/compile.h"
#include "models/run.h"
#include "tests/support/fleet_builder.h"

namespace {

using namespace models;
using sim::Distribution;
using support::call;
using support::service;
using support::work;

constexpr sim::Duration kSecond = sim::kSecond;
constexpr sim::Duration kMs = sim::kMillisecond;

Results run_candidate(const ScenarioSpec& spec, std::size_t index = 0) {
  return models::run(compile(spec, index), {.seed = spec.seed, .replication = 0});
}

DestinationPolicySpec timeout_of(sim::Duration timeout) {
  DestinationPolicySpec said;
  said.timeout = timeout;
  return said;
}

// a and b call api, which takes 100 ms; at 10 s the timeout of 1 s becomes 50 ms, so that calls start to fail where the
// change is acted by.
ScenarioSpec two_teams(EnforcedBy by) {
  auto api = service("api", {work(Distribution::constant(100e6))});
  api.workers = kUnlimited;
  auto spec =
      support::scenario({service("a", {call("api")}), service("b", {call("api")}), api}, "a", 100, 30 * kSecond);
  spec.traffic.push_back(spec.traffic[0]);
  spec.traffic[1].name = "more";
  spec.traffic[1].service = "b";
  for (ServiceSpec& s : spec.services) s.workers = kUnlimited;
  spec.candidates = {support::candidate(by)};
  spec.policy.destinations["api"] = timeout_of(1 * kSecond);
  spec.policy.destinations["api"].retries = RetrySpec{};
  TimelineEntrySpec change;
  change.name = "tighter";
  change.at = 10 * kSecond;
  change.verb = TimelineVerb::Change;
  change.change.destinations["api"] = timeout_of(50 * kMs);
  spec.timeline = {change};
  spec.teams = {{.name = "fast", .services = {"a"}, .redeploy = Distribution::constant(5e9)},
                {.name = "slow", .services = {"b"}, .redeploy = Distribution::constant(3600e9)}};
  return spec;
}

double failed_share(const EdgeResults& edge) {
  return 1.0 - static_cast<double>(edge.outcomes[0]) / static_cast<double>(edge.calls);
}

}  // namespace

TEST_CASE("a release that comes late takes nothing back that a later change has brought") {
  // At 5 s the timeout becomes too short, at 6 s it is corrected, each with a release of its own pace. Where the
  // correction comes first, nothing ever fails: its release carries the earlier change, and the late one finds it done.
  ScenarioSpec spec = two_teams(EnforcedBy::Library);
  spec.teams[0].redeploy = spec.teams[1].redeploy = Distribution::uniform(1e9, 20e9);
  TimelineEntrySpec fix = spec.timeline[0];
  spec.timeline[0].at = 5 * kSecond;
  fix.name = "fix";
  fix.at = 6 * kSecond;
  fix.change.destinations["api"] = timeout_of(1 * kSecond);
  spec.timeline.push_back(fix);
  std::uint32_t unharmed = 0;
  const Plan plan = compile(spec, 0);
  for (std::uint32_t replication = 0; replication < 20; ++replication) {
    for (const EdgeResults& edge : models::run(plan, {.seed = spec.seed, .replication = replication}).edges) {
      unharmed += edge.outcomes[0] == edge.calls ? 1U : 0U;
    }
  }
  CHECK(unharmed > 10);  // of 40; about 18 corrections come first
  CHECK(unharmed < 28);
}

TEST_CASE("a library's change arrives with its team's release, or not within the run") {
  const ScenarioSpec spec = two_teams(EnforcedBy::Library);
  const Plan plan = compile(spec, 0);
  REQUIRE(plan.catalog.changes.size() == 1);
  CHECK(plan.catalog.changes[0].carriers == std::vector<std::string>{"timeout by redeploy"});
  const Results r = run_candidate(spec);
  REQUIRE(r.edges.size() == 2);
  CHECK(failed_share(r.edges[0]) == doctest::Approx(0.5).epsilon(0.04));  // a: from 15 s of 30 s on
  CHECK(failed_share(r.edges[1]) == 0.0);                                 // b: in an hour
  REQUIRE(r.changes.size() == 1);
  const ChangeResults& change = r.changes[0];
  CHECK(change.holders == 2);
  CHECK(change.arrived == 1);
  CHECK(change.delay.max() == 5 * kSecond);
  CHECK(change.complete.empty());
  // Calls opened by those who lack it: a for 5 s, b for 20 s, at 100/s each. None of them fails.
  CHECK(static_cast<double>(change.stale_calls) == doctest::Approx(2500).epsilon(0.06));
  CHECK(change.stale_failed == 0);
}

TEST_CASE("the same change is pushed to proxies, and to proxyless libraries, at once") {
  for (const EnforcedBy by : {EnforcedBy::Sidecar, EnforcedBy::Proxyless}) {
    const ScenarioSpec spec = two_teams(by);
    const Results r = run_candidate(spec);
    for (const EdgeResults& edge : r.edges) CHECK(failed_share(edge) == doctest::Approx(2.0 / 3).epsilon(0.05));
    CHECK(r.changes[0].arrived == 2);
    CHECK(r.changes[0].complete.count() == 1);
    CHECK(r.changes[0].delay.max() < 2 * kSecond);
    CHECK(r.changes[0].delay.min() > 100 * kMs);  // the debounce at least
  }
}

TEST_CASE("a control plane that is down changes nothing, until it is back") {
  ScenarioSpec spec = two_teams(EnforcedBy::Sidecar);
  TimelineEntrySpec down;
  down.name = "no-istiod";
  down.at = 9 * kSecond;
  down.duration = 11 * kSecond;
  down.verb = TimelineVerb::Down;
  spec.timeline.push_back(down);
  spec.run.duration = 100 * kSecond;
  const Results r = run_candidate(spec);
  CHECK(r.changes[0].delay.min() > 10 * kSecond);  // it is back at 20 s; then proxies connect again, after up to 30 s
  CHECK(r.changes[0].delay.max() < 45 * kSecond);
  CHECK(r.changes[0].arrived == 2);
  for (const EdgeResults& edge : r.edges) {
    CHECK(failed_share(edge) > 0.44);
    CHECK(failed_share(edge) < 0.81);
  }
  CHECK(r.changes[0].stale_calls > 2000);
}

TEST_CASE("knobs travel by carriers of their own: a timeout at run time, retries with the next release") {
  ScenarioSpec spec = two_teams(EnforcedBy::Library);
  spec.services[2].versions[0].endpoints[0].errors.rate = 1.0;
  RetrySpec retries;
  retries.max = 3;
  retries.retry_on = static_cast<std::uint32_t>(RetryOn::FiveXx);
  spec.timeline[0].change.destinations["api"].timeout = 2 * kSecond;  // never reached
  spec.timeline[0].change.destinations["api"].retries = retries;
  spec.candidates[0].has_runtime_config = true;
  spec.candidates[0].runtime_config = Distribution::constant(1e9);
  spec.candidates[0].carriers[Knob::Retries] = Carrier::Redeploy;
  const Plan plan = compile(spec, 0);
  CHECK(plan.catalog.changes[0].carriers ==
        std::vector<std::string>{"retries by redeploy", "timeout by runtimeConfig"});
  const Results r = run_candidate(spec);
  // a retries from 15 s on, b never does.
  const EdgeResults& a = r.edges[0];
  CHECK(static_cast<double>(a.attempts) == doctest::Approx(2.5 * static_cast<double>(a.calls)).epsilon(0.04));
  CHECK(r.edges[1].attempts == r.edges[1].calls);
  CHECK(r.changes[0].arrived == 1);  // all of its knobs
}

TEST_CASE("what a library does not support is not enforced") {
  ScenarioSpec spec = two_teams(EnforcedBy::Library);
  spec.timeline.clear();
  spec.policy.destinations["api"] = timeout_of(50 * kMs);
  spec.services[0].language = "go";
  spec.services[1].language = "node";
  spec.libraries = {{.language = "node", .supports = kSupportsAll & ~bit(Knob::Timeout)}};
  const Results r = run_candidate(spec);
  CHECK(failed_share(r.edges[0]) == 1.0);
  CHECK(failed_share(r.edges[1]) == 0.0);
}

TEST_CASE("deviations replace the intended policy of those whom they name, and a change reaches them, too") {
  ScenarioSpec spec = two_teams(EnforcedBy::Library);
  spec.teams[1].redeploy = Distribution::constant(5e9);
  DeviationSpec deviation;
  deviation.team = "slow";
  deviation.to = "api";
  deviation.policy = timeout_of(20 * kMs);
  spec.candidates[0].deviations = {deviation};
  spec.timeline[0].change.destinations["api"] = timeout_of(2 * kSecond);
  const Results r = run_candidate(spec);
  CHECK(failed_share(r.edges[0]) == 0.0);
  CHECK(failed_share(r.edges[1]) == doctest::Approx(0.5).epsilon(0.04));
}

TEST_CASE("a greater share of deviating callers contains a smaller one, whatever the order of the file") {
  std::vector<ServiceSpec> services{service("db", {work(Distribution::constant(100e6))})};
  services[0].workers = kUnlimited;
  for (int i = 0; i < 10; ++i) services.push_back(service("s" + std::to_string(i), {call("db")}));
  ScenarioSpec spec = support::scenario(services, "s0", 10, 10 * kSecond);
  spec.candidates = {support::candidate(EnforcedBy::Library)};
  DeviationSpec deviation;
  deviation.to = "db";
  deviation.policy = timeout_of(50 * kMs);
  std::vector<std::string> before;
  for (const double share : {0.0, 0.1, 0.5, 1.0}) {
    deviation.share = share;
    spec.candidates[0].deviations = {deviation};
    std::vector<std::string> callers;
    for (const Catalog::Edge& edge : compile(spec, 0).catalog.edges) {
      if (edge.timeout == 50 * kMs) callers.push_back(edge.caller);
    }
    CHECK(callers.size() == static_cast<std::size_t>(share * 10 + 0.5));
    for (const std::string& caller : before) CHECK(std::count(callers.begin(), callers.end(), caller) == 1);
    before = callers;
    std::swap(spec.services[3], spec.services[7]);
  }
}

TEST_CASE("a strict server refuses those who are not enrolled, from the moment its own proxy knows") {
  ScenarioSpec spec = two_teams(EnforcedBy::Sidecar);
  spec.timeline[0].change.destinations["api"] = DestinationPolicySpec{};
  spec.timeline[0].change.destinations["api"].mtls = MtlsMode::Strict;
  spec.candidates[0].enrolled = std::vector<std::string>{"a", "api"};
  const Plan plan = compile(spec, 0);
  CHECK(plan.catalog.enrolled == 2);
  CHECK(plan.catalog.proxies == 2);
  CHECK(plan.catalog.edges[0].mtls);
  CHECK_FALSE(plan.catalog.edges[1].mtls);
  const Results r = run_candidate(spec);
  CHECK(failed_share(r.edges[0]) == 0.0);
  CHECK(failed_share(r.edges[1]) == doctest::Approx(2.0 / 3).epsilon(0.05));
  CHECK(r.edges[1].outcomes[static_cast<std::size_t>(Outcome::ConnectionTermination)] > 1000);
}

TEST_CASE("a half-migrated service retries in its library and in its proxy: (1 + 2)(1 + 2) tries") {
  ScenarioSpec spec = two_teams(EnforcedBy::Sidecar);
  spec.timeline.clear();
  spec.services[2].versions[0].endpoints[0].errors.rate = 1.0;
  RetrySpec retries;
  retries.max = 2;
  retries.retry_on = static_cast<std::uint32_t>(RetryOn::FiveXx);
  spec.policy.destinations["api"].retries = retries;
  spec.policy.destinations["api"].timeout = 0;
  CHECK(run_candidate(spec).edges[0].attempts == 3 * run_candidate(spec).edges[0].calls);
  spec.candidates[0].keeps_library = true;
  const Plan plan = compile(spec, 0);
  CHECK(plan.catalog.edges[0].retry_layers == 2);
  CHECK(plan.catalog.edges[0].attempts == 9);
  const Results r = run_candidate(spec);
  CHECK(r.edges[0].attempts == 9 * r.edges[0].calls);
}

TEST_CASE("frozen adoption: so many services as said have the change at once, those with the shortest lead times") {
  ScenarioSpec spec = two_teams(EnforcedBy::Library);
  const double expected[] = {0.0, 2.0 / 3, 2.0 / 3};
  const double other[] = {0.0, 0.0, 2.0 / 3};
  for (int i = 0; i < 3; ++i) {
    CAPTURE(i);
    spec.run.adoption = 0.5 * i;
    const Results r = run_candidate(spec);
    CHECK(failed_share(r.edges[0]) == doctest::Approx(expected[i]).epsilon(0.05));
    CHECK(failed_share(r.edges[1]) == doctest::Approx(other[i]).epsilon(0.05));
    CHECK(r.changes[0].arrived == static_cast<std::uint64_t>(i));
  }
}

TEST_CASE("the labels of two equal candidates make no difference; one team without lag equals a mesh without costs") {
  ScenarioSpec spec = two_teams(EnforcedBy::Library);
  spec.candidates.push_back(spec.candidates[0]);
  spec.candidates[1].name = "another";
  CHECK(run_candidate(spec, 0).fingerprint == run_candidate(spec, 1).fingerprint);

  spec.timeline.clear();
  spec.policy.destinations["api"].load_balancer = LoadBalancer::Random;
  spec.policy.destinations["api"].mtls = MtlsMode::Disable;
  spec.candidates = {support::candidate(EnforcedBy::Library), support::candidate(EnforcedBy::Sidecar),
                     support::candidate(EnforcedBy::Proxyless)};
  const Results library = run_candidate(spec, 0);
  const Results mesh = run_candidate(spec, 1);
  CHECK(library.fingerprint == run_candidate(spec, 2).fingerprint);
  CHECK(library.edges[0].ok == mesh.edges[0].ok);
  CHECK(library.edges[0].attempts == mesh.edges[0].attempts);
}

TEST_CASE("a survey's rows are dealt to the groups as often as they were found, and to nobody else") {
  ScenarioSpec spec = support::scenario({service("hub", {work(Distribution::constant(1e6))})}, "hub", 10, kSecond);
  for (int i = 0; i < 400; ++i) spec.services.push_back(service("s" + std::to_string(1000 + i), {call("hub")}));
  CandidateSpec library = support::candidate(EnforcedBy::Library);
  DeviationSpec deviation;
  deviation.share = 0.5;
  deviation.survey = {{6, timeout_of(1 * kMs)}, {3, timeout_of(2 * kMs)}, {1, {}}};
  library.deviations = {deviation};
  const Deviations deviations(spec, library);
  std::size_t one = 0;
  std::size_t two = 0;
  for (const ServiceSpec& s : spec.services) {
    const auto timeout = deviations.of(s.name, "hub").timeout;
    one += timeout == 1 * kMs;
    two += timeout == 2 * kMs;
  }
  CHECK(one > 100);  // 120 expected of 200, standard deviation 7
  CHECK(one < 140);
  CHECK(two > 40);  // 60, 6.5
  CHECK(two < 80);
  CHECK(one + two < 200);
}

TEST_CASE("a library that is kept above the proxy does what its language can, and its CPU is counted") {
  ScenarioSpec spec = two_teams(EnforcedBy::Sidecar);
  spec.candidates[0].keeps_library = true;
  spec.candidates[0].enrolled = std::vector<std::string>{"a", "api"};
  spec.candidates[0].others = EnforcedBy::None;
  spec.policy.destinations["api"].retries->max = 2;
  spec.services[0].language = "go";
  const auto edge = [&] {
    for (const Catalog::Edge& e : compile(spec, 0).catalog.edges)
      if (e.caller == "a") return e;
    return Catalog::Edge{};
  };
  CHECK(edge().attempts == 9);
  CHECK(edge().library);
  spec.libraries = {{"go", bit(Knob::Timeout)}};
  CHECK(edge().attempts == 3);
  for (const Catalog::Edge& e : compile(spec, 0).catalog.edges) CHECK(e.library == (e.caller == "a"));
  spec.candidates[0].keeps_library = false;
  CHECK_FALSE(edge().library);
}

TEST_CASE("a lead time that nobody said is called assumed") {
  ScenarioSpec spec = two_teams(EnforcedBy::Library);
  const auto carriers = [&] { return compile(spec, 0).catalog.changes[0].carriers; };
  CHECK(carriers() == std::vector<std::string>{"timeout by redeploy"});
  spec.teams[1].redeploy.reset();
  CHECK(carriers() == std::vector<std::string>{"timeout by redeploy", "timeout by redeploy (assumed lead time)"});
}
