// Proxies of nodes and waypoints: who is on the way, who does what, whose state is shared.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/invariants.h"
#include "models/plan/reachability.h"
#include "tests/support/fleet_builder.h"

namespace {

using namespace models;
using sim::Distribution;
using support::call;
using support::service;
using support::work;

constexpr sim::Duration kMs = sim::kMillisecond;

ProxyProfileSpec free_proxy() {
  ProxyProfileSpec profile;
  profile.name = "free";
  profile.workers = kUnlimited;
  return profile;
}

ProxyProfileSpec slow_proxy(double each_way) {
  ProxyProfileSpec profile = free_proxy();
  profile.request_latency = Distribution::constant(each_way);
  profile.response_latency = Distribution::constant(each_way);
  return profile;
}

CandidateSpec ambient(std::vector<std::string> waypoints = {}) {
  CandidateSpec c;
  c.enforced_by = EnforcedBy::Ambient;
  c.name = "ambient";
  c.product = "istio-1.24";
  c.waypoints = std::move(waypoints);
  c.profile = free_proxy();
  c.waypoint_profile = free_proxy();
  return c;
}

CandidateSpec sidecar() {
  CandidateSpec c = support::candidate(EnforcedBy::Sidecar);
  c.product = "istio-1.24";
  c.profile = free_proxy();
  return c;
}

// web calls api (10 ms).
ScenarioSpec two_services(CandidateSpec candidate, Distribution time = Distribution::constant(10e6), double rate = 50) {
  auto spec = support::scenario({service("web", {call("api")}), service("api", {work(std::move(time))})}, "web", rate,
                                20 * sim::kSecond);
  spec.candidates = {std::move(candidate)};
  return spec;
}

ServiceSpec& of(ScenarioSpec& spec, const std::string& name) {
  return *std::find_if(spec.services.begin(), spec.services.end(), [&](const auto& s) { return s.name == name; });
}

Results run_it(const ScenarioSpec& spec, RunOptions options = {}) {
  const Plan plan = compile(spec, 0);
  options.seed = 3;
  Results r = models::run(plan, options);
  CHECK(broken_invariant(plan, r) == "");
  return r;
}

const EdgeResults& leg(const ScenarioSpec& spec, const Results& r, Leg leg, const std::string& callee) {
  const Plan plan = compile(spec, 0);
  for (std::size_t e = 0; e < r.edges.size(); ++e) {
    if (plan.catalog.edges[e].leg == leg && plan.catalog.edges[e].callee == callee) return r.edges[e];
  }
  FAIL("no such edge");
  return r.edges[0];
}

std::uint64_t count(const EdgeResults& edge, Outcome outcome) {
  return edge.outcomes[static_cast<std::size_t>(outcome)];
}

RetrySpec on_5xx(std::uint32_t max) {
  RetrySpec retries;
  retries.max = max;
  retries.retry_on = static_cast<std::uint32_t>(RetryOn::FiveXx);
  return retries;
}

}  // namespace

TEST_CASE("trap 32: two light proxies between nodes, and one more with a waypoint") {
  CandidateSpec candidate = ambient();
  candidate.profile = slow_proxy(1e6);
  candidate.waypoint_profile = slow_proxy(10e6);
  ScenarioSpec spec = two_services(candidate);
  CHECK(run_it(spec).edges[0].ok.min() == 14 * kMs);  // 10, and four traversals
  spec.candidates[0].waypoints = {"api"};
  const Results r = run_it(spec);
  CHECK(leg(spec, r, Leg::ToWaypoint, "api/default").ok.min() == 34 * kMs);
  CHECK(leg(spec, r, Leg::FromWaypoint, "api/default").ok.min() == 32 * kMs);  // not the client's node
}

TEST_CASE("proxies that cost nothing change nothing: not of nodes, not with waypoints") {
  const auto sum = [](CandidateSpec candidate) {
    return run_it(two_services(std::move(candidate), Distribution::exponential(10e6))).entries[0].total.ok.sum();
  };
  const auto none = sum(support::candidate(EnforcedBy::None));
  CHECK(sum(ambient()) == none);
  CHECK(sum(ambient({"api"})) == none);
  CHECK(sum(sidecar()) == none);
}

TEST_CASE("trap 34: without a waypoint nobody sees requests: no timeout, no retries, no split") {
  ScenarioSpec spec = two_services(ambient());
  spec.policy.defaults.timeout = 5 * kMs;
  spec.policy.defaults.retries = on_5xx(2);
  CHECK(count(run_it(spec).edges[0], Outcome::Timeout) == 0);
  spec.candidates[0].waypoints = {"api"};
  const Results r = run_it(spec);
  const EdgeResults& seen = leg(spec, r, Leg::ToWaypoint, "api/default");
  const EdgeResults& passed = leg(spec, r, Leg::FromWaypoint, "api/default");
  CHECK(count(passed, Outcome::Timeout) == passed.calls);
  CHECK(count(seen, Outcome::Error) == seen.calls);  // an answer of 504
}

TEST_CASE("a waypoint retries for its clients, and its own clients see what is left") {
  ScenarioSpec spec = two_services(ambient({"api"}), Distribution::constant(0), 2000);
  of(spec, "api").versions[0].endpoints[0].errors.rate = 0.5;
  spec.policy.defaults.retries = on_5xx(2);
  const Results r = run_it(spec);
  const EdgeResults& seen = leg(spec, r, Leg::ToWaypoint, "api/default");
  const EdgeResults& passed = leg(spec, r, Leg::FromWaypoint, "api/default");
  CHECK(seen.attempts == seen.calls);
  CHECK(passed.calls == seen.calls);
  CHECK(static_cast<double>(passed.attempts) / static_cast<double>(passed.calls) ==
        doctest::Approx(1.75).epsilon(0.01));
  CHECK(static_cast<double>(count(seen, Outcome::Error)) / static_cast<double>(seen.calls) ==
        doctest::Approx(0.125).epsilon(0.05));
  CHECK(seen.whole_calls() + passed.whole_calls() == seen.calls);
  CHECK(seen.whole_attempts() + passed.whole_attempts() == passed.attempts);
}

TEST_CASE("trap 2: limits are one per sidecar, and one for all clients of a waypoint") {
  const auto refused = [](CandidateSpec candidate) {
    ScenarioSpec spec = two_services(std::move(candidate), Distribution::constant(10e6), 400);
    of(spec, "web").versions[0].replicas = 20;
    ConnectionPoolSpec pool;
    pool.max_requests = 1;
    pool.max_pending = 1;
    spec.policy.defaults.connection_pool = pool;
    spec.policy.defaults.retries = on_5xx(0);
    const Results r = run_it(spec);
    std::uint64_t calls = 0, overflows = 0;
    for (const EdgeResults& edge : r.edges) {
      calls += edge.whole_calls();
      overflows += count(edge, Outcome::PoolOverflow);
    }
    return static_cast<double>(overflows) / static_cast<double>(calls);
  };
  CHECK(refused(sidecar()) < 0.25);        // 20 requests at once, one for each client: 4 on average
  CHECK(refused(ambient({"api"})) > 0.7);  // one at once
  CandidateSpec more = ambient({"api"});
  more.waypoint_replicas = 4;
  CHECK(refused(more) < refused(ambient({"api"})) - 0.2);
}

TEST_CASE("trap 47: nodes balance connections, waypoints and sidecars balance requests") {
  const auto busiest = [](CandidateSpec candidate) {
    ScenarioSpec spec = two_services(std::move(candidate), Distribution::constant(1e6), 500);
    ServiceSpec& api = of(spec, "api");
    for (const char* name : {"v2", "v3", "v4"}) {
      api.versions.push_back(api.versions[0]);
      api.versions.back().name = name;
    }
    of(spec, "web").workers = 1;  // one connection
    of(spec, "web").blocking = false;
    const Results r = run_it(spec);
    const std::vector<std::uint64_t>& requests =
        r.services[compile(spec, 0).catalog.services.size() - 2].version_requests;
    std::uint64_t all = 0;
    for (const std::uint64_t n : requests) all += n;
    return static_cast<double>(*std::max_element(requests.begin(), requests.end())) / static_cast<double>(all);
  };
  CHECK(busiest(ambient()) == 1.0);
  CHECK(busiest(sidecar()) < 0.3);
  CHECK(busiest(ambient({"api"})) < 0.3);
}

TEST_CASE("a layer-4 proxy resets what it denies, and knows nothing of endpoints") {
  ScenarioSpec spec = two_services(ambient());
  auto& said = spec.policy.destinations["api"];
  said.deny = std::vector<AuthorizationRule>{{.from = {"web"}, .to = {}}};
  Results r = run_it(spec);
  CHECK(count(r.edges[0], Outcome::ConnectionTermination) == r.edges[0].calls);
  CHECK(r.endpoints[0].denied == r.edges[0].calls);
  said.deny = std::vector<AuthorizationRule>{{.from = {"web"}, .to = {"admin"}}};  // read as: whatever web wants
  CHECK(run_it(spec).endpoints[0].denied == r.edges[0].calls);
  said.deny.reset();
  said.allow = std::vector<AuthorizationRule>{{.from = {"web"}, .to = {"default"}}};  // admits nobody
  CHECK(run_it(spec).endpoints[0].denied == r.edges[0].calls);
  said.allow = std::vector<AuthorizationRule>{{.from = {"web"}, .to = {}}};
  r = run_it(spec);
  CHECK(r.edges[0].outcomes[0] == r.edges[0].calls);
}

TEST_CASE("a waypoint denies with a status, and knows who calls") {
  ScenarioSpec spec = two_services(ambient({"api"}));
  auto& said = spec.policy.destinations["api"];
  said.deny = std::vector<AuthorizationRule>{{.from = {"web"}, .to = {"admin"}}};
  Results r = run_it(spec);
  CHECK(leg(spec, r, Leg::ToWaypoint, "api/default").outcomes[0] > 900);
  said.deny = std::vector<AuthorizationRule>{{.from = {"web"}, .to = {"default"}}};
  r = run_it(spec);
  const EdgeResults& seen = leg(spec, r, Leg::ToWaypoint, "api/default");
  CHECK(count(seen, Outcome::Denied) == seen.calls);
  CHECK(leg(spec, r, Leg::FromWaypoint, "api/default").calls == 0);
  const std::vector<ReachRow> rows = reachability(spec, 0, 0);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].callee == "api/default");
  CHECK(rows[0].callers == std::vector<std::string>{"web", kOutsider});
  CHECK(rows[0].reach[0] == Reach::Denied);
  CHECK(rows[0].reach[1] == Reach::Plaintext);  // it calls past the waypoint, and the node does not judge
}

TEST_CASE("pods of one node share its proxy and queue there; pods of others do not") {
  CandidateSpec candidate = ambient();
  candidate.profile->workers = 1;
  candidate.profile->cpu_per_request = {{0.0, 1 * kMs}};
  candidate.profile->request_share = 1.0;
  candidate.profile->memory_mb = 12;
  ScenarioSpec spec = two_services(candidate, Distribution::constant(0), 300);
  of(spec, "web").versions[0].replicas = 40;
  Plan plan = compile(spec, 0);
  CHECK(plan.catalog.proxies == 2);  // 41 pods, 30 on a node
  CHECK(plan.catalog.proxy_memory_mb == 24);
  const auto sharing = run_it(spec).entries[0].total.ok.quantile(0.99);
  spec.node = NodeSpec{.cores = 1000, .count = 41};
  plan = compile(spec, 0);
  CHECK(plan.catalog.proxies == 41);
  CHECK(run_it(spec).entries[0].total.ok.quantile(0.99) < sharing);
  const Results r = run_it(spec);
  CHECK(r.resources.proxy_client_cpu + r.resources.proxy_server_cpu ==
        static_cast<std::int64_t>(2 * r.edges[0].attempts) * kMs);
}

TEST_CASE("a proxy of a node has one view for the pods of a service that stand there") {
  CandidateSpec candidate = sidecar();
  const auto connections = [&](EnforcedBy by) {
    candidate.enforced_by = by;
    ScenarioSpec spec = two_services(candidate, Distribution::constant(0), 500);
    of(spec, "web").versions[0].replicas = 20;
    of(spec, "web").workers = 1;
    return run_it(spec).resources.handshakes;
  };
  CHECK(connections(EnforcedBy::Sidecar) == 20);
  CHECK(connections(EnforcedBy::Node) == 1);
}

TEST_CASE("a change of a timeout is pushed to waypoints, one of mTLS to nodes") {
  CandidateSpec candidate = ambient({"api"});
  candidate.waypoint_replicas = 3;
  ScenarioSpec spec = two_services(candidate);
  TimelineEntrySpec change;
  change.name = "shorter";
  change.at = 5 * sim::kSecond;
  change.verb = TimelineVerb::Change;
  change.change.defaults.timeout = 5 * kMs;
  spec.timeline.push_back(change);
  Results r = run_it(spec);
  CHECK(r.changes[0].holders == 3);
  CHECK(r.changes[0].arrived == 3);
  const EdgeResults& passed = leg(spec, r, Leg::FromWaypoint, "api/default");
  CHECK(count(passed, Outcome::Timeout) > passed.calls / 2);
  CHECK(count(passed, Outcome::Timeout) < passed.calls);
  spec.timeline[0].change.defaults = {};
  spec.timeline[0].change.defaults.mtls = MtlsMode::Disable;
  of(spec, "web").versions[0].replicas = 10;
  r = run_it(spec);
  CHECK(r.changes[0].arrived == 10 + 3);
}

TEST_CASE("who is not enrolled calls past the waypoint") {
  ScenarioSpec spec = two_services(ambient({"api"}));
  spec.services.push_back(service("batch", {call("api")}));
  spec.traffic.push_back(spec.traffic[0]);
  spec.traffic[1].name = "nightly";
  spec.traffic[1].service = "batch";
  spec.candidates[0].enrolled = std::vector<std::string>{"api", "web"};
  const Results r = run_it(spec);
  CHECK(leg(spec, r, Leg::ToWaypoint, "api/default").calls > 900);
  const EdgeResults& past = leg(spec, r, Leg::Whole, "api/default");
  CHECK(past.outcomes[0] == past.calls);
  CHECK(leg(spec, r, Leg::FromWaypoint, "api/default").calls == leg(spec, r, Leg::ToWaypoint, "api/default").calls);
}

TEST_CASE("a client that gives up stops its waypoint") {
  ScenarioSpec spec = two_services(ambient({"api"}), Distribution::constant(100e6));
  of(spec, "api").queue.when_caller_gone = WhenCallerGone::Cancel;
  of(spec, "web").versions[0].endpoints[0].steps[0].call->timeout = 10 * kMs;
  const Results r = run_it(spec);
  const EdgeResults& seen = leg(spec, r, Leg::ToWaypoint, "api/default");
  CHECK(count(seen, Outcome::AppTimeout) == seen.calls);
  CHECK(r.services[1].cpu_time < static_cast<std::int64_t>(seen.calls) * 15 * kMs);  // not 100
}

TEST_CASE("an ambient run is the same by queues and by recursion, and for any order of ties") {
  CandidateSpec candidate = ambient({"api"});
  for (ProxyProfileSpec* profile : {&*candidate.profile, &*candidate.waypoint_profile}) {
    profile->workers = 2;
    profile->cpu_per_request = {{0.0, 300'000}};
    profile->request_share = profile->response_share = 0.3;
    profile->handshake_client_cpu = profile->handshake_server_cpu = 100'000;
  }
  candidate.waypoint_profile->workers = 4;
  ScenarioSpec spec = two_services(candidate, Distribution::exponential(3e6), 600);
  spec.network.same_zone = Distribution::exponential(0.2e6);
  of(spec, "web").versions[0].replicas = 5;
  of(spec, "api").versions[0].replicas = 3;
  of(spec, "api").versions[0].endpoints[0].errors.rate = 0.05;
  spec.policy.defaults.retries = on_5xx(2);
  spec.policy.defaults.timeout = 20 * kMs;
  for (const EnforcedBy by : {EnforcedBy::Ambient, EnforcedBy::Node}) {
    spec.candidates[0].enforced_by = by;
    const Results fast = run_it(spec);
    CHECK(run_it(spec, {.reference_queue = true}).fingerprint == fast.fingerprint);
    CHECK(run_it(spec, {.reference_stations = true}).fingerprint == fast.fingerprint);
    CHECK(run_it(spec, {.shuffle = 7}).fingerprint == fast.fingerprint);
  }
}
