// Hedged requests, try by try: Envoy's on the per-try timeout, and by delay.
#include <doctest/doctest.h>

#include "tests/models/traffic/limits.h"

using limits::calls_that;
using limits::run;
using models::Outcome;
using models::Results;
using models::ScenarioSpec;
using sim::kMillisecond;

namespace {

constexpr std::uint32_t bit(models::RetryOn condition) { return static_cast<std::uint32_t>(condition); }

// web calls api once every 10 ms for 10 s. api's replicas answer in turn, by version: each takes its own time, or fails
// after it. Round robin, so that with one version a replica the tries of a call go to the versions in turn.
struct Replica {
  double ms = 1;
  std::uint16_t fails = 0;  // status, or 0
};
ScenarioSpec replicas(const std::vector<Replica>& list) {
  auto api = support::service("api", {support::work(sim::Distribution::constant(kMillisecond))});
  const models::VersionSpec plain = api.versions[0];
  api.versions.assign(list.size(), plain);
  for (std::size_t i = 0; i < list.size(); ++i) {
    api.versions[i].name = std::string(1, static_cast<char>('a' + i));
    models::EndpointSpec& endpoint = api.versions[i].endpoints[0];
    endpoint.steps = {support::work(sim::Distribution::constant(list[i].ms * kMillisecond))};
    if (list[i].fails != 0) endpoint.errors = {.rate = 1.0, .status = list[i].fails};
  }
  auto spec = support::scenario({support::service("web", {support::call("api")}), api}, "web", 1, 10 * sim::kSecond);
  spec.traffic[0].users = 1;
  spec.traffic[0].think_time = sim::Distribution::constant(500.0 * kMillisecond);
  spec.candidates = {support::candidate(models::EnforcedBy::Library)};
  spec.policy.destinations["api"].load_balancer = models::LoadBalancer::RoundRobin;
  return spec;
}

// As many tries as replicas, so that every call begins with the same one: which, the client's start decides.
ScenarioSpec by_delay(const std::vector<Replica>& list, sim::Duration delay, std::uint32_t attempts) {
  ScenarioSpec spec = replicas(list);
  models::HedgingSpec hedging;
  hedging.delay = delay;
  hedging.max_attempts = attempts;
  spec.policy.destinations["api"].hedging = hedging;
  return spec;
}

ScenarioSpec on_timeout(const std::vector<Replica>& list, sim::Duration per_try, std::uint32_t retries) {
  ScenarioSpec spec = replicas(list);
  spec.candidates = {support::candidate(models::EnforcedBy::Sidecar)};
  spec.candidates[0].product = "envoy";
  models::DestinationPolicySpec& policy = spec.policy.destinations["api"];
  policy.timeout = 10 * sim::kSecond;
  policy.retries = limits::retries_on_5xx(retries);
  policy.retries->retry_on = bit(models::RetryOn::GatewayError);
  policy.retries->per_try_timeout = per_try;
  policy.hedging = models::HedgingSpec{};
  policy.hedging->on_per_try_timeout = true;
  return spec;
}

double tries(const Results& r) {
  return static_cast<double>(r.edges[0].attempts) / static_cast<double>(r.edges[0].calls);
}

double longest_ms(const Results& r) { return static_cast<double>(r.edges[0].ok.max()) / 1e6; }

std::uint64_t attempts_that(const Results& r, Outcome outcome) {
  return r.edges[0].attempt_outcomes[static_cast<std::size_t>(outcome)];
}

}  // namespace

TEST_CASE("without hedging a per-try timeout resets its try; with it the late try may still win") {
  ScenarioSpec spec = on_timeout({{80}, {80}}, 50 * kMillisecond, 1);
  const Results soft = run(spec);
  CHECK(tries(soft) == 2);
  CHECK(soft.edges[0].hedges == soft.edges[0].calls);
  CHECK(calls_that(soft, Outcome::Ok) == soft.edges[0].calls);
  CHECK(longest_ms(soft) == doctest::Approx(80).epsilon(0.01));           // the first try's answer
  CHECK(attempts_that(soft, Outcome::Withdrawn) == soft.edges[0].calls);  // the second one is given up
  CHECK(attempts_that(soft, Outcome::PerTryTimeout) == 0);
  spec.policy.destinations["api"].hedging.reset();
  const Results hard = run(spec);
  CHECK(calls_that(hard, Outcome::Ok) == 0);
  CHECK(attempts_that(hard, Outcome::PerTryTimeout) == hard.edges[0].attempts);
}

TEST_CASE("a hedge that is faster than the late try wins, and the late one is given up") {
  const Results r = run(on_timeout({{300}, {300}, {20}}, 50 * kMillisecond, 2));
  // Slow, slow, fast in turn: three calls begin with each. 50 + 20, 50 + 50 + 20, or 20.
  CHECK(calls_that(r, Outcome::Ok) == r.edges[0].calls);
  CHECK(longest_ms(r) <= 120.01);
  CHECK(r.edges[0].hedges > 0);
  CHECK(attempts_that(r, Outcome::Withdrawn) == r.edges[0].hedges);
}

TEST_CASE("the per-try timeout hedges whatever retryOn says, but only as often as there are retries") {
  ScenarioSpec spec = on_timeout({{400}, {400}}, 50 * kMillisecond, 3);
  spec.policy.destinations["api"].retries->retry_on = bit(models::RetryOn::ConnectFailure);
  const Results r = run(spec);
  CHECK(tries(r) == 4);
  CHECK(r.edges[0].retry_limit_exceeded == r.edges[0].calls);  // the fourth is late, too
  CHECK(longest_ms(r) == doctest::Approx(400).epsilon(0.01));
  spec.policy.destinations["api"].retries->max = 0;
  CHECK(tries(run(spec)) == 1);
  spec.policy.destinations["api"].retries->max = 3;
  spec.policy.destinations["api"].retries->per_try_timeout.reset();
  CHECK(tries(run(spec)) == 1);
}

TEST_CASE("a bad answer is dropped while another try goes on, and told when none does") {
  // The hedge fails at once, 10 ms after it is sent; the first try answers at 200 ms.
  const Results saved = run(on_timeout({{200}, {10, 503}}, 50 * kMillisecond, 1));
  const std::uint64_t calls = saved.edges[0].calls;
  CHECK(calls_that(saved, Outcome::Ok) == calls);
  CHECK(attempts_that(saved, Outcome::Error) > 0);
  const Results lost = run(on_timeout({{200, 503}, {210, 503}}, 50 * kMillisecond, 1));
  CHECK(calls_that(lost, Outcome::Error) == lost.edges[0].calls);
  CHECK(static_cast<double>(lost.edges[0].failed.min()) / 1e6 > 199);  // not before the other one has failed, too
}

TEST_CASE("an answer that would not be retried is final, good or not") {
  const Results r = run(on_timeout({{200}, {10, 404}}, 50 * kMillisecond, 1));
  CHECK(calls_that(r, Outcome::Error) > 0);
  CHECK(r.edges[0].failed.max() < 61 * kMillisecond);
}

TEST_CASE("the overall timeout ends all tries, each of them a timeout") {
  ScenarioSpec spec = on_timeout({{400}, {400}}, 50 * kMillisecond, 3);
  spec.policy.destinations["api"].timeout = 300 * kMillisecond;
  const Results r = run(spec);
  CHECK(calls_that(r, Outcome::Timeout) == r.edges[0].calls);
  CHECK(attempts_that(r, Outcome::Timeout) == 4 * r.edges[0].calls);
}

TEST_CASE("a per-try timeout that hedges counts once for outlier detection") {
  // Two tries a call, both late, then answered: two local failures and one success a call, never two of a try.
  ScenarioSpec spec = on_timeout({{80}, {80}}, 50 * kMillisecond, 1);
  models::OutlierDetectionSpec outlier;
  outlier.consecutive_5xx = 2;
  outlier.max_ejection = 1.0;
  outlier.base_ejection_time = 60 * sim::kSecond;
  spec.policy.destinations["api"].outlier_detection = outlier;
  spec.policy.destinations["api"].timeout = 70 * kMillisecond;  // before any answer
  const Results r = run(spec);
  // A timeout at 50 ms, and one at 70 ms for the hedge: noted once each, so a replica needs two calls to be ejected.
  REQUIRE(!r.clusters.empty());
  std::uint64_t ejections = 0;
  for (const models::ClusterResults& cluster : r.clusters) ejections += cluster.ejections;
  CHECK(ejections == 2);
  CHECK(attempts_that(r, Outcome::Timeout) >= 4);
}

TEST_CASE("by delay: a try every so often until one answers") {
  const Results r = run(by_delay({{100}, {100}, {100}}, 20 * kMillisecond, 3));
  CHECK(tries(r) == 3);
  CHECK(r.edges[0].hedges == 2 * r.edges[0].calls);
  CHECK(longest_ms(r) == doctest::Approx(100).epsilon(0.01));
  CHECK(tries(run(by_delay({{100}}, 100 * kMillisecond + 1, 3))) == 1);
  CHECK(tries(run(by_delay({{100}}, 60 * kMillisecond, 3))) == 2);
  CHECK(tries(run(by_delay({{100}}, 0, 5))) == 5);
}

TEST_CASE("by delay: any failure ends the call, unless it is said not to be fatal") {
  // Replicas in turn, so that calls begin with any of them.
  ScenarioSpec spec = by_delay({{10, 503}, {100}, {100}}, 50 * kMillisecond, 2);
  const Results fatal = run(spec);
  CHECK(calls_that(fatal, Outcome::Error) > 0);
  CHECK(calls_that(fatal, Outcome::Ok) > 0);
  spec.policy.destinations["api"].hedging->non_fatal_status_codes = {503};
  const Results goes_on = run(spec);
  CHECK(calls_that(goes_on, Outcome::Ok) == goes_on.edges[0].calls);
  // Who begins with the failing replica: 10 ms, and at once the next, which takes 100 ms.
  CHECK(longest_ms(goes_on) == doctest::Approx(110).epsilon(0.01));
  CHECK(goes_on.edges[0].hedges < goes_on.edges[0].calls);
}

TEST_CASE("by delay: a fatal failure gives the others up") {
  const Results r = run(by_delay({{30, 500}, {30, 500}}, 20 * kMillisecond, 2));
  CHECK(calls_that(r, Outcome::Error) == r.edges[0].calls);
  CHECK(attempts_that(r, Outcome::Withdrawn) == r.edges[0].calls);
  CHECK(r.edges[0].failed.max() < 31 * kMillisecond);
}

TEST_CASE("gRPC makes at most five tries, and none more while its tokens are out") {
  ScenarioSpec spec = by_delay({{100}}, 5 * kMillisecond, 9);
  spec.candidates[0].product = "grpc";
  for (auto& s : spec.services) s.protocol = models::Protocol::Grpc;
  CHECK(tries(run(spec)) == 5);
  // Every try fails with a status that is not fatal: of ten tokens five go within the first call.
  ScenarioSpec failing = by_delay({{100, 503}}, 5 * kMillisecond, 9);
  failing.candidates[0].product = "grpc";
  for (auto& s : failing.services) s.protocol = models::Protocol::Grpc;
  failing.policy.destinations["api"].hedging->non_fatal = bit(models::RetryOn::Unavailable);
  failing.policy.destinations["api"].retry_budget = models::RetryBudgetSpec{};
  failing.policy.destinations["api"].retry_budget->kind = models::RetryBudgetSpec::Kind::Tokens;
  const Results r = run(failing);
  CHECK(tries(r) < 2);
  CHECK(r.edges[0].retries_refused > r.edges[0].calls / 2);
}

TEST_CASE("who cannot hedge sends one try") {
  for (const char* product : {"linkerd", "envoy", "istio-1.24"}) {
    CAPTURE(product);
    ScenarioSpec spec = by_delay({{100}}, 20 * kMillisecond, 3);
    spec.candidates = {support::candidate(models::EnforcedBy::Sidecar)};
    spec.candidates[0].product = product;
    CHECK(tries(run(spec)) == 1);
  }
  ScenarioSpec spec = on_timeout({{80}}, 50 * kMillisecond, 1);
  spec.candidates[0].product = "linkerd";
  CHECK(run(spec).edges[0].hedges == 0);
}

TEST_CASE(
    "hedged calls end whole: crashes of either end, cancellation, the same results in any order of equal events") {
  ScenarioSpec spec = by_delay({{30}, {60}, {90}}, 20 * kMillisecond, 3);
  for (auto& s : spec.services) s.queue.when_caller_gone = models::WhenCallerGone::Cancel;
  spec.traffic[0].users = 20;
  spec.services[0].versions[0].replicas = 2;
  // On a network that takes no time an answer would begin and end its way between two events of its client.
  spec.network.same_zone = sim::Distribution::constant(0.1 * kMillisecond);
  for (const char* service : {"web", "api"}) {
    models::TimelineEntrySpec entry =
        support::fault(models::TimelineVerb::Crash, service, 3 * sim::kSecond, 2 * sim::kSecond, 1);
    entry.name = std::string("crash-") + service;
    spec.timeline.push_back(entry);
  }
  models::RunOptions shuffled;
  shuffled.shuffle = 7;
  CHECK(run(spec).fingerprint == run(spec, shuffled).fingerprint);
  ScenarioSpec soft = on_timeout({{80}, {200}}, 50 * kMillisecond, 2);
  soft.timeline = spec.timeline;
  soft.network = spec.network;
  soft.traffic[0].users = 20;
  soft.services[0].versions[0].replicas = 2;
  CHECK(run(soft).fingerprint == run(soft, shuffled).fingerprint);
}

TEST_CASE("copies of a request that is not idempotent are counted as duplicates") {
  ScenarioSpec spec = by_delay({{100}}, 20 * kMillisecond, 2);
  for (auto& version : spec.services[1].versions) version.endpoints[0].idempotent = false;
  const Results r = run(spec);
  std::uint64_t duplicates = 0;
  for (const models::EndpointResults& endpoint : r.endpoints) duplicates += endpoint.duplicates;
  CHECK(duplicates == r.edges[0].hedges);
}
