// What must not matter does not: costs of zero, splits that split nothing, retries that never happen, engines,
// order of equal times, threads, order in the file. Every check is equality to the bit.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/fleet_builder.h"

using models::EnforcedBy;
using models::LoadBalancer;
using models::Outcome;
using models::Results;
using models::RetryOn;
using models::RunOptions;
using models::ScenarioSpec;
using sim::Distribution;
using support::call;
using support::group;
using support::kMs;
using support::service;
using support::work;

namespace {

Results run(const ScenarioSpec& spec, RunOptions options = {}, std::size_t candidate = 0) {
  return models::run(models::compile(spec, candidate), options);
}

// A fleet with a bit of everything: sequence, parallel with a nested sequence, probability, repeats, contention,
// bounded queues, errors, several replicas.
ScenarioSpec busy_fleet() {
  auto web = service("web",
                     {work(Distribution::gamma(1 * kMs, 0.7)), call("cart"),
                      group(models::StepKind::Parallel,
                            {call("ads"), group(models::StepKind::Sequence,
                                                {call("cart"), work(Distribution::exponential(0.2 * kMs))})})},
                     3, 4);
  auto cart = service("cart", {work(Distribution::exponential(2 * kMs)), call("store")}, 2, 3);
  cart.blocking = true;
  cart.queue.capacity = 50;
  auto ads = service("ads", {work(Distribution::lognormal(1 * kMs, 1.5))}, 2, 8);
  ads.cpu = 1.0;
  ads.versions[0].endpoints[0].errors.rate = 0.02;
  auto store = service("store", {work(Distribution::exponential(1.5 * kMs))}, 3, 2);
  store.versions[0].endpoints[0].errors.rate = 0.01;
  auto spec = support::scenario({web, cart, ads, store}, "web", 600, 20 * sim::kSecond, 2 * sim::kSecond);
  spec.services[0].versions[0].endpoints[0].steps[1].repeat = 2;
  spec.services[0].versions[0].endpoints[0].steps[2].children[0].call->on_failure = models::OnFailure::Ignore;
  spec.network.same_zone = Distribution::shifted(50e3, Distribution::exponential(30e3));
  return spec;
}

void add_policy(ScenarioSpec& spec) {
  models::RetrySpec retries;
  retries.max = 2;
  retries.retry_on = static_cast<std::uint32_t>(RetryOn::FiveXx);
  retries.per_try_timeout = 12 * sim::kMillisecond;
  spec.policy.defaults.timeout = 30 * sim::kMillisecond;
  spec.policy.defaults.retries = retries;
}

models::CandidateSpec costly_sidecar() {
  auto c = support::candidate(EnforcedBy::Sidecar);
  c.profile->cpu_per_request = {{0.0, 150'000}};
  c.profile->request_share = 0.3;
  c.profile->response_share = 0.3;
  c.profile->request_latency = Distribution::lognormal(0.1 * kMs, 0.5);
  c.profile->response_latency = Distribution::exponential(0.05 * kMs);
  c.profile->handshake_round_trips = 1;
  c.profile->handshake_client_cpu = 200'000;
  c.profile->handshake_server_cpu = 700'000;
  return c;
}

}  // namespace

TEST_CASE("a sidecar whose costs are all zero gives every request the latency it has without one") {
  for (const LoadBalancer balancer : {LoadBalancer::LeastRequest, LoadBalancer::Random, LoadBalancer::RoundRobin}) {
    ScenarioSpec spec = busy_fleet();
    spec.candidates = {support::candidate(EnforcedBy::None), support::candidate(EnforcedBy::Library),
                       support::candidate(EnforcedBy::Sidecar)};
    // The same balancing everywhere, and no retries: an Istio sidecar would retry connect failures by default.
    for (auto& c : spec.candidates) c.load_balancer = balancer;
    spec.policy.defaults.retries = models::RetrySpec{};
    const Results none = run(spec, {}, 0);
    const Results library = run(spec, {}, 1);
    const Results sidecar = run(spec, {}, 2);
    REQUIRE(none.entries[0].total.ok.count() > 1000);
    CHECK(none.fingerprint == library.fingerprint);
    CHECK(none.fingerprint == sidecar.fingerprint);
    CHECK(none.entries[0].total.ok == sidecar.entries[0].total.ok);
  }
}

TEST_CASE("free stations that may queue change nothing either") {
  ScenarioSpec spec = busy_fleet();
  spec.candidates = {support::candidate(EnforcedBy::Library), support::candidate(EnforcedBy::Sidecar)};
  for (auto& c : spec.candidates) c.load_balancer = LoadBalancer::Random;
  spec.candidates[1].profile->handshake_server_cpu = 1;  // one nanosecond, once per connection: the stations are real
  spec.policy.defaults.retries = models::RetrySpec{};
  spec.run.warmup = 10 * sim::kSecond;
  const Results library = run(spec, {}, 0);
  const Results sidecar = run(spec, {}, 1);
  CHECK(sidecar.events > library.events);
  CHECK(sidecar.entries[0].total.ok == library.entries[0].total.ok);  // all connections were opened in the warm-up
}

TEST_CASE("mtls: DISABLE costs no handshake: as a sidecar whose handshakes are free") {
  ScenarioSpec spec = busy_fleet();
  spec.policy.defaults.retries = models::RetrySpec{};
  spec.run.warmup = 0;  // connections open inside the measured part
  spec.candidates = {costly_sidecar(), costly_sidecar()};
  spec.candidates[1].profile->handshake_round_trips = 0;
  spec.candidates[1].profile->handshake_client_cpu = 0;
  spec.candidates[1].profile->handshake_server_cpu = 0;
  const Results strict = run(spec, {}, 0);
  const Results free = run(spec, {}, 1);
  spec.policy.defaults.mtls = models::MtlsMode::Disable;
  const Results plain = run(spec, {}, 0);
  CHECK(plain.fingerprint == free.fingerprint);
  CHECK(plain.fingerprint != strict.fingerprint);
  CHECK(strict.resources.handshake_cpu > 0);
  CHECK(plain.resources.handshake_cpu == 0);
}

TEST_CASE("a split of 100 % to the only version and 0 % to another equals no split") {
  ScenarioSpec spec = busy_fleet();
  spec.candidates = {support::candidate(EnforcedBy::Library)};
  const Results plain = run(spec);
  ScenarioSpec split = spec;
  models::VersionSpec v2 = split.services[3].versions[0];
  v2.name = "v2";
  v2.endpoints[0].steps[0].duration = Distribution::constant(80 * kMs);
  split.services[3].versions.push_back(v2);
  split.policy.destinations["store"].split = {{"v1", 100.0}, {"v2", 0.0}};
  const Results with_split = run(split);
  CHECK(plain.fingerprint == with_split.fingerprint);
  CHECK(plain.entries[0].total.ok == with_split.entries[0].total.ok);
  CHECK(with_split.services[2].version_requests.size() == 2);  // services by name: ads, cart, store, web
  CHECK(with_split.services[2].version_requests[1] == 0);
  split.policy.destinations["store"].split = {{"v1", 50.0}, {"v2", 50.0}};
  CHECK(run(split).fingerprint != plain.fingerprint);
}

TEST_CASE("zero retries equal no retries, and a timeout beyond the run equals none") {
  ScenarioSpec spec = busy_fleet();
  spec.candidates = {support::candidate(EnforcedBy::Library)};
  const Results plain = run(spec);
  ScenarioSpec zero = spec;
  zero.policy.defaults.retries = models::RetrySpec{.max = 0,
                                                   .retry_on = static_cast<std::uint32_t>(RetryOn::FiveXx),
                                                   .retriable_status_codes = {},
                                                   .per_try_timeout = {},
                                                   .backoff = {}};
  CHECK(run(zero).fingerprint == plain.fingerprint);
  ScenarioSpec late = spec;
  late.policy.defaults.timeout = 5000 * sim::kSecond;
  CHECK(run(late).entries[0].total.ok == plain.entries[0].total.ok);
  ScenarioSpec one = spec;
  one.policy.defaults.retries = models::RetrySpec{.max = 1,
                                                  .retry_on = static_cast<std::uint32_t>(RetryOn::FiveXx),
                                                  .retriable_status_codes = {},
                                                  .per_try_timeout = {},
                                                  .backoff = {}};
  CHECK(run(one).fingerprint != plain.fingerprint);
}

TEST_CASE("trap 8: a timeout covers the whole call: a constant 180 ms server behind 100 ms gives no success") {
  for (const bool app : {false, true}) {
    ScenarioSpec spec =
        support::scenario({service("web", {call("slow")}), service("slow", {work(Distribution::constant(180 * kMs))})},
                          "web", 50, 20 * sim::kSecond);
    spec.candidates = {support::candidate(app ? EnforcedBy::None : EnforcedBy::Library)};
    if (app) {
      spec.services[0].versions[0].endpoints[0].steps[0].call->timeout = 100 * sim::kMillisecond;
    } else {
      spec.policy.defaults.timeout = 100 * sim::kMillisecond;
    }
    const Results r = run(spec);
    CHECK(r.entries[0].total.ok.count() == 0);
    CHECK(r.entries[0].total.failed.count() == r.entries[0].total.arrivals);
    CHECK(r.entries[0].total.failed.max() == 100 * sim::kMillisecond);
    const auto flag = static_cast<std::size_t>(app ? Outcome::AppTimeout : Outcome::Timeout);
    CHECK(r.edges[0].outcomes[flag] == r.edges[0].calls);
    CHECK(r.edges[0].late_responses == r.edges[0].calls);  // the server worked on: wasted, not wished away
    CHECK(r.resources.app_cpu > 0);
    CHECK(r.resources.useful_cpu == 0);
  }
}

TEST_CASE("a response that arrives in the very nanosecond of its timeout wins") {
  ScenarioSpec spec =
      support::scenario({service("web", {call("even")}), service("even", {work(Distribution::constant(100 * kMs))})},
                        "web", 20, 10 * sim::kSecond);
  spec.candidates = {support::candidate(EnforcedBy::Library)};
  spec.policy.defaults.timeout = 100 * sim::kMillisecond;
  CHECK(run(spec).entries[0].total.failed.count() == 0);
  spec.policy.defaults.timeout = 100 * sim::kMillisecond - 1;
  CHECK(run(spec).entries[0].total.ok.count() == 0);
}

TEST_CASE("a try that is due in the nanosecond in which the call's time is up is not sent") {
  ScenarioSpec spec =
      support::scenario({service("web", {call("slow")}), service("slow", {work(Distribution::constant(180 * kMs))})},
                        "web", 20, 5 * sim::kSecond);
  spec.candidates = {support::candidate(EnforcedBy::Library)};
  spec.policy.defaults.timeout = 30 * sim::kMillisecond;
  models::RetrySpec retries;
  retries.max = 5;
  retries.retry_on = static_cast<std::uint32_t>(RetryOn::FiveXx);
  retries.per_try_timeout = 10 * sim::kMillisecond;
  retries.backoff = models::BackoffSpec{
      .law = models::BackoffLaw::Exponential, .base = 5 * sim::kMillisecond, .max = 5 * sim::kMillisecond};
  spec.policy.defaults.retries = retries;  // tries at 0 and 15 ms, and one would be due at 30 ms
  Results r = run(spec);
  CHECK(r.edges[0].attempts == 2 * r.edges[0].calls);
  CHECK(r.edges[0].outcomes[static_cast<std::size_t>(Outcome::Timeout)] == r.edges[0].calls);
  // A try that times out in that nanosecond: the call's timeout says it, and asks for no other.
  spec.policy.defaults.timeout = 25 * sim::kMillisecond;
  r = run(spec);
  CHECK(r.edges[0].attempts == 2 * r.edges[0].calls);
  CHECK(r.edges[0].outcomes[static_cast<std::size_t>(Outcome::Timeout)] == r.edges[0].calls);
}

TEST_CASE("the application's shorter timeout ends the call first, and the outcome says which") {
  ScenarioSpec spec =
      support::scenario({service("web", {call("slow")}), service("slow", {work(Distribution::constant(180 * kMs))})},
                        "web", 50, 5 * sim::kSecond);
  spec.candidates = {support::candidate(EnforcedBy::Library)};
  spec.policy.defaults.timeout = 100 * sim::kMillisecond;
  spec.services[0].versions[0].endpoints[0].steps[0].call->timeout = 60 * sim::kMillisecond;
  const Results app_first = run(spec);
  CHECK(app_first.edges[0].outcomes[static_cast<std::size_t>(Outcome::AppTimeout)] == app_first.edges[0].calls);
  spec.services[0].versions[0].endpoints[0].steps[0].call->timeout = 150 * sim::kMillisecond;
  const Results policy_first = run(spec);
  CHECK(policy_first.edges[0].outcomes[static_cast<std::size_t>(Outcome::Timeout)] == policy_first.edges[0].calls);
}

TEST_CASE("the ladder and the heap, recursion and event stations, and any order of equal-time events agree") {
  ScenarioSpec spec = busy_fleet();
  add_policy(spec);
  spec.network.connect_round_trips = 1;
  spec.candidates = {costly_sidecar(), support::candidate(EnforcedBy::Library)};
  spec.timeline.push_back({.name = "slow",
                           .at = 5 * sim::kSecond,
                           .duration = 3 * sim::kSecond,
                           .verb = models::TimelineVerb::Slow,
                           .service = "store",
                           .version = "",
                           .replicas = {},
                           .factor = 4.0,
                           .change = {}});
  spec.timeline.push_back({.name = "crash",
                           .at = 10 * sim::kSecond,
                           .duration = 2 * sim::kSecond,
                           .verb = models::TimelineVerb::Crash,
                           .service = "cart",
                           .version = "",
                           .replicas = 1,
                           .factor = 1.0,
                           .change = {}});
  for (std::size_t candidate = 0; candidate < 2; ++candidate) {
    const Results fast = run(spec, {}, candidate);
    REQUIRE(fast.retries > 100);
    CHECK(fast.fingerprint == run(spec, {.reference_queue = true}, candidate).fingerprint);
    const Results stations = run(spec, {.reference_queue = true, .reference_stations = true}, candidate);
    CHECK(fast.fingerprint == stations.fingerprint);
    if (candidate == 0) CHECK(stations.events > fast.events);
    for (const std::uint64_t seed : {1u, 2u, 3u})
      CHECK(fast.fingerprint == run(spec, {.shuffle = seed}, candidate).fingerprint);
  }
}

TEST_CASE("shuffling equal-time events of different owners changes nothing where times tie all the time") {
  // Everything constant and on a grid of one millisecond: thousands of ties.
  ScenarioSpec spec = support::scenario({service("web",
                                                 {work(Distribution::constant(1 * kMs)),
                                                  group(models::StepKind::Parallel, {call("a"), call("b"), call("a")})},
                                                 2, 4),
                                         service("a", {work(Distribution::constant(2 * kMs))}, 2, 2),
                                         service("b", {work(Distribution::constant(2 * kMs))}, 2, 2)},
                                        "web", 500, 4 * sim::kSecond);
  spec.traffic[0].arrivals = models::ArrivalKind::Paced;
  spec.network.same_zone = Distribution::constant(1 * kMs);
  spec.policy.defaults.timeout = 5 * sim::kMillisecond;
  spec.candidates = {support::candidate(EnforcedBy::Library)};
  const Results plain = run(spec);
  REQUIRE(plain.entries[0].total.arrivals > 1000);
  CHECK(plain.fingerprint == run(spec, {.reference_queue = true}).fingerprint);
  for (const std::uint64_t seed : {1u, 7u, 42u}) CHECK(plain.fingerprint == run(spec, {.shuffle = seed}).fingerprint);
}

TEST_CASE("the order of services, traffic and timeline in the file changes nothing") {
  ScenarioSpec spec = busy_fleet();
  add_policy(spec);
  models::TrafficSpec more = spec.traffic[0];
  more.name = "another";
  more.rate.rate = 50;
  spec.traffic.push_back(more);
  spec.candidates = {costly_sidecar()};
  ScenarioSpec reversed = spec;
  std::reverse(reversed.services.begin(), reversed.services.end());
  std::reverse(reversed.traffic.begin(), reversed.traffic.end());
  const Results a = run(spec);
  const Results b = run(reversed);
  CHECK(a.fingerprint == b.fingerprint);
  CHECK(a.entries[0].total.ok == b.entries[0].total.ok);
}

TEST_CASE("any number of threads gives the same merged results") {
  ScenarioSpec spec = busy_fleet();
  add_policy(spec);
  spec.run.duration = 3 * sim::kSecond;
  spec.candidates = {support::candidate(EnforcedBy::None), costly_sidecar()};
  const std::vector<models::Plan> plans{models::compile(spec, 0), models::compile(spec, 1)};
  models::ExperimentOptions options;
  options.replications = 5;
  options.threads = 1;
  const auto one = models::run_experiment(plans, options);
  for (const unsigned threads : {2u, 4u}) {
    options.threads = threads;
    const auto many = models::run_experiment(plans, options);
    for (std::size_t c = 0; c < 2; ++c) {
      CHECK(one[c].merged.fingerprint == many[c].merged.fingerprint);
      CHECK(one[c].merged.edges[0].ok == many[c].merged.edges[0].ok);
      for (std::size_t r = 0; r < 5; ++r)
        CHECK(one[c].replications[r].fingerprint == many[c].replications[r].fingerprint);
    }
  }
}
