// Faults injected and copies sent by the client's end, before its policy begins.
#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

#include "models/plan/compile.h"
#include "models/run.h"
#include "tests/support/fleet_builder.h"

namespace {

using namespace models;
using sim::Distribution;
using support::call;
using support::service;
using support::work;

constexpr sim::Duration kMs = sim::kMillisecond;

// web calls api, which takes 10 ms; 100/s for 20 s.
ScenarioSpec two_services(EnforcedBy by = EnforcedBy::Sidecar) {
  auto spec = support::scenario({service("web", {call("api")}), service("api", {work(Distribution::constant(10e6))})},
                                "web", 100, 20 * sim::kSecond);
  for (ServiceSpec& s : spec.services) s.workers = kUnlimited;
  spec.candidates = {support::candidate(by)};
  spec.policy.destinations["api"].retries = RetrySpec{};
  return spec;
}

RetrySpec retries(std::uint32_t max, std::uint32_t on, std::vector<std::uint16_t> codes = {}) {
  RetrySpec spec;
  spec.max = max;
  spec.retry_on = on;
  spec.retriable_status_codes = std::move(codes);
  return spec;
}

constexpr auto kFiveXx = static_cast<std::uint32_t>(RetryOn::FiveXx);

Results run_it(const ScenarioSpec& spec) { return models::run(compile(spec, 0), {.seed = 3, .replication = 0}); }

std::uint64_t count(const OutcomeCounts& outcomes, Outcome outcome) {
  return outcomes[static_cast<std::size_t>(outcome)];
}

}  // namespace

TEST_CASE("trap 35: an injected delay is not covered by the timeout of the same proxy") {
  ScenarioSpec spec = two_services();
  spec.policy.destinations["api"].timeout = 50 * kMs;
  spec.policy.destinations["api"].fault = FaultSpec{.delay_share = 1.0, .delay = 200 * kMs};
  const Results r = run_it(spec);
  CHECK(r.edges[0].outcomes[0] == r.edges[0].calls);
  CHECK(r.edges[0].ok.min() >= 210 * kMs);
  CHECK(r.edges[0].ok.max() < 250 * kMs);
}

TEST_CASE("trap 35: an injected abort is not retried by the same proxy") {
  ScenarioSpec spec = two_services();
  spec.policy.destinations["api"].retries = retries(5, kFiveXx, {503});
  spec.policy.destinations["api"].fault = FaultSpec{.abort_share = 0.25, .abort_status = 503};
  const Results r = run_it(spec);
  const EdgeResults& edge = r.edges[0];
  CHECK(edge.attempts == edge.calls);
  CHECK(static_cast<double>(count(edge.outcomes, Outcome::FaultAbort)) ==
        doctest::Approx(0.25 * static_cast<double>(edge.calls)).epsilon(0.1));
  CHECK(count(edge.outcomes, Outcome::FaultAbort) + edge.outcomes[0] == edge.calls);
  CHECK(r.endpoints[0].requests + count(edge.attempt_outcomes, Outcome::FaultAbort) == edge.calls);
}

TEST_CASE("an injected abort is a response to the application, which may try again") {
  ScenarioSpec spec = two_services();
  auto& step = spec.services[0].versions[0].endpoints[0].steps[0];
  step.call->retries = retries(3, kFiveXx);
  spec.policy.destinations["api"].fault = FaultSpec{.abort_share = 0.5, .abort_status = 503};
  const Results r = run_it(spec);
  const auto calls = static_cast<double>(r.edges[0].calls);
  CHECK(static_cast<double>(r.edges[0].outcomes[0]) == doctest::Approx(calls * (1 - 0.0625)).epsilon(0.02));
  CHECK(static_cast<double>(r.edges[0].attempts) == doctest::Approx(calls * 1.875).epsilon(0.03));
}

TEST_CASE("trap 52: delay and abort are drawn apart: the abort comes after the delay") {
  ScenarioSpec spec = two_services();
  spec.policy.destinations["api"].fault =
      FaultSpec{.delay_share = 0.5, .delay = 100 * kMs, .abort_share = 0.5, .abort_status = 500};
  const Results r = run_it(spec);
  const EdgeResults& edge = r.edges[0];
  const auto calls = static_cast<double>(edge.calls);
  CHECK(static_cast<double>(count(edge.outcomes, Outcome::FaultAbort)) == doctest::Approx(calls / 2).epsilon(0.08));
  CHECK(edge.failed.quantile(0.25) == 0);
  CHECK(edge.failed.quantile(0.75) == doctest::Approx(100e6).epsilon(0.01));
  CHECK(edge.ok.quantile(0.25) < 20 * kMs);
  CHECK(edge.ok.quantile(0.75) > 100 * kMs);
}

TEST_CASE("the application's own timeout does cover an injected delay, and hangs up on it") {
  ScenarioSpec spec = two_services();
  spec.services[0].versions[0].endpoints[0].steps[0].call->timeout = 50 * kMs;
  spec.policy.destinations["api"].fault = FaultSpec{.delay_share = 1.0, .delay = 200 * kMs};
  const Results r = run_it(spec);
  CHECK(count(r.edges[0].outcomes, Outcome::AppTimeout) == r.edges[0].calls);
  CHECK(r.endpoints[0].requests == 0);  // nothing was ever sent
  CHECK(r.calls_opened == r.calls_closed);
}

TEST_CASE("nobody injects anything where nobody enforces") {
  ScenarioSpec spec = two_services(EnforcedBy::None);
  const Results before = run_it(spec);
  spec.policy.destinations["api"].fault = FaultSpec{.delay_share = 1.0, .delay = 200 * kMs, .abort_share = 1.0};
  CHECK(run_it(spec).fingerprint == before.fingerprint);
}

TEST_CASE("the time of an injected delay is the proxy's, not that of retries") {
  ScenarioSpec spec = two_services();
  spec.policy.destinations["api"].fault = FaultSpec{.delay_share = 1.0, .delay = 200 * kMs};
  const Results r = run_it(spec);
  std::int64_t sidecars = 0, retries = 0;
  std::uint64_t requests = 0;
  for (const AttributionBucket& bucket : r.entries[0].attribution.buckets) {
    requests += bucket.count;
    sidecars += bucket.nanoseconds[static_cast<std::size_t>(Part::Sidecars)];
    retries += bucket.nanoseconds[static_cast<std::size_t>(Part::Retries)];
  }
  REQUIRE(requests > 0);
  CHECK(static_cast<double>(sidecars) / static_cast<double>(requests) >= 200e6 * 0.999);
  CHECK(std::abs(static_cast<double>(retries)) < 1e-3 * static_cast<double>(sidecars));
}

namespace {

ScenarioSpec mirrored(double share) {
  ScenarioSpec spec = two_services();
  ServiceSpec& api = spec.services[1];
  api.versions.push_back(api.versions[0]);
  api.versions[1].name = "v2";
  auto& said = spec.policy.destinations["api"];
  said.split = {{"v1", 1.0}};
  said.mirror = MirrorSpec{.version = "v2", .share = share};
  return spec;
}

}  // namespace

TEST_CASE("trap 36: mirrored traffic loads its target and is invisible in the result") {
  ScenarioSpec spec = mirrored(1.0);
  ScenarioSpec alone = spec;
  alone.policy.destinations["api"].mirror.reset();
  const Results with = run_it(spec);
  const Results without = run_it(alone);
  const std::vector<std::uint64_t>& versions = with.services[0].version_requests;
  REQUIRE(versions.size() == 2);
  CHECK(versions[0] == with.edges[0].calls);
  CHECK(versions[1] == with.edges[0].mirrored);
  CHECK(with.edges[0].mirrored == with.edges[0].calls);
  CHECK(without.services[0].version_requests[1] == 0);
  CHECK(with.edges[0].attempts == without.edges[0].attempts);
  CHECK(with.edges[0].outcomes == without.edges[0].outcomes);
}

TEST_CASE("copies leave the main requests' connections where they are pinned, and never miss their version") {
  ScenarioSpec spec = mirrored(0.5);
  spec.services[1].versions[0].replicas = 4;
  spec.policy.destinations["api"].split.clear();
  spec.policy.destinations["api"].load_balancer = LoadBalancer::ConnectionRandom;
  ScenarioSpec alone = spec;
  alone.policy.destinations["api"].mirror.reset();
  const Results with = run_it(spec);
  const Results without = run_it(alone);
  REQUIRE(with.edges[0].mirrored > 100);
  const std::vector<std::uint64_t>& versions = with.services[0].version_requests;
  CHECK(versions[0] == without.services[0].version_requests[0]);
  CHECK(versions[1] == without.services[0].version_requests[1] + with.edges[0].mirrored);
}

TEST_CASE("a mirrored version that fails or is slow hurts nobody") {
  ScenarioSpec spec = mirrored(1.0);
  ScenarioSpec broken = spec;
  broken.services[1].versions[1].endpoints[0].errors.rate = 1.0;
  broken.services[1].versions[1].endpoints[0].steps = {work(Distribution::constant(900e6))};
  const Results good = run_it(spec);
  const Results bad = run_it(broken);
  CHECK(bad.edges[0].outcomes[0] == bad.edges[0].calls);
  CHECK(bad.entries[0].total.ok.mean() == doctest::Approx(good.entries[0].total.ok.mean()).epsilon(1e-9));
}

TEST_CASE("mirroring happens once for each request, not for each try, and by its own draw") {
  ScenarioSpec spec = mirrored(0.3);
  spec.services[1].versions[0].endpoints[0].errors.rate = 0.5;
  spec.policy.destinations["api"].retries = retries(4, kFiveXx);
  const Results r = run_it(spec);
  CHECK(r.edges[0].attempts > r.edges[0].calls * 3 / 2);
  CHECK(static_cast<double>(r.edges[0].mirrored) ==
        doctest::Approx(0.3 * static_cast<double>(r.edges[0].calls)).epsilon(0.1));
}
