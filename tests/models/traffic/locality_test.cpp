// The client's own zone first: by whose default, how much of the load leaves it, and what panic does.
#include <doctest/doctest.h>

#include <array>

#include "tests/models/traffic/limits.h"

using limits::calls_that;
using limits::run;
using models::LoadBalancer;
using models::Outcome;
using models::Results;
using models::ScenarioSpec;

namespace {

// Versions of api, in name order: `broken` (zone a, answers 503), `far` (zone b), `own` (zone a). web is in zone a.
ScenarioSpec zones(std::uint32_t own, std::uint32_t broken, std::uint32_t far, const char* product) {
  ScenarioSpec spec = limits::open(1, 500, 40 * sim::kSecond, 0.0);
  spec.zones = {"a", "b"};
  spec.services[0].versions[0].zones = {{"a", 1}};
  const models::VersionSpec plain = spec.services[1].versions[0];
  spec.services[1].versions.clear();
  const auto add = [&](const char* name, const char* zone, std::uint32_t replicas) {
    if (replicas == 0) return;
    models::VersionSpec version = plain;
    version.name = name;
    version.replicas = replicas;
    version.zones = {{zone, replicas}};
    spec.services[1].versions.push_back(version);
  };
  add("broken", "a", broken);
  if (broken > 0) spec.services[1].versions[0].endpoints[0].errors = {.rate = 1.0, .status = 503};
  add("far", "b", far);
  add("own", "a", own);
  auto candidate = support::candidate(models::EnforcedBy::Sidecar);
  candidate.product = product;
  spec.candidates = {candidate};
  models::OutlierDetectionSpec outlier;
  outlier.max_ejection = 1.0;
  outlier.base_ejection_time = outlier.max_ejection_time = 3600 * sim::kSecond;
  spec.policy.defaults.outlier_detection = outlier;
  spec.policy.defaults.retries = limits::retries_on_5xx(0);
  spec.run.warmup = 10 * sim::kSecond;
  return spec;
}

double share_of_far(const Results& r, std::size_t far) {
  double all = 0;
  for (const std::uint64_t n : r.services[0].version_requests) all += static_cast<double>(n);
  return static_cast<double>(r.services[0].version_requests[far]) / all;
}

}  // namespace

TEST_CASE("Istio keeps to the client's zone where there is outlier detection, Envoy where it is asked to") {
  ScenarioSpec istio = zones(4, 0, 4, "istio-1.24");
  CHECK(share_of_far(run(istio), 0) == 0.0);
  istio.policy.defaults.outlier_detection.reset();
  CHECK(share_of_far(run(istio), 0) == doctest::Approx(0.5).epsilon(0.05));
  istio.policy.defaults.locality = models::LocalitySpec{};  // asked for, and of no effect without outlier detection
  CHECK(share_of_far(run(istio), 0) == doctest::Approx(0.5).epsilon(0.05));
  ScenarioSpec off = zones(4, 0, 4, "istio-1.24");
  off.policy.defaults.locality = models::LocalitySpec{.enabled = false};
  CHECK(share_of_far(run(off), 0) == doctest::Approx(0.5).epsilon(0.05));
  ScenarioSpec envoy = zones(4, 0, 4, "envoy");
  CHECK(share_of_far(run(envoy), 0) == doctest::Approx(0.5).epsilon(0.05));
  envoy.policy.defaults.locality = models::LocalitySpec{};
  CHECK(share_of_far(run(envoy), 0) == 0.0);
  for (const char* other : {"linkerd", "grpc"}) {
    ScenarioSpec spec = zones(4, 0, 4, other);
    spec.policy.defaults.locality = models::LocalitySpec{};
    CAPTURE(other);
    CHECK(share_of_far(run(spec), 0) > 0.1);
  }
}

TEST_CASE("load leaves a zone from 71.4% of its replicas down, by 1.4 times what is missing, with every balancer") {
  for (const auto balancer : {LoadBalancer::RoundRobin, LoadBalancer::LeastRequest, LoadBalancer::Random}) {
    CAPTURE(static_cast<int>(balancer));
    for (const auto& [kept, lost, per_cent] :
         {std::array<std::uint32_t, 3>{8, 2, 0}, {6, 4, 16}, {5, 5, 30}, {2, 8, 72}}) {
      const std::uint32_t own = kept;  // a name of its own: what CAPTURE takes may be no structured binding
      ScenarioSpec spec = zones(own, lost, 10, "istio-1.24");
      spec.policy.defaults.load_balancer = balancer;
      const Results r = run(spec);
      CAPTURE(own);
      CHECK(share_of_far(r, 1) == doctest::Approx(per_cent / 100.0).epsilon(0.06));
      CHECK(r.services[0].version_requests[0] == 0);  // who is out gets nothing
      const double crossed = static_cast<double>(r.edges[0].cross_zone) / static_cast<double>(r.edges[0].attempts);
      CHECK(crossed == doctest::Approx(share_of_far(r, 1)).epsilon(0.001));
    }
  }
}

TEST_CASE("a zone without a replica sends everything to the others, and one whose replicas are all out, too") {
  CHECK(share_of_far(run(zones(0, 0, 4, "istio-1.24")), 0) == 1.0);
  const Results all_out = run(zones(0, 4, 4, "istio-1.24"));
  CHECK(share_of_far(all_out, 1) == 1.0);
  CHECK(calls_that(all_out, Outcome::Ok) == all_out.edges[0].calls);
}

TEST_CASE("Envoy panics by priority, once what is healthy is not enough for all") {
  // The own zone has 1 of 10 (health 14), the other none in trouble: 114 is enough for all, so nobody panics.
  ScenarioSpec enough = zones(1, 9, 10, "envoy");
  enough.policy.defaults.locality = models::LocalitySpec{};
  const Results calm = run(enough);
  CHECK(calm.clusters[0].panics == 0);
  CHECK(share_of_far(calm, 1) == doctest::Approx(0.86).epsilon(0.03));
  // Without the other zone 14 is not: the own zone panics, and all of its replicas are used.
  ScenarioSpec alone = zones(1, 9, 0, "envoy");
  alone.policy.defaults.locality = models::LocalitySpec{};
  const Results panic = run(alone);
  CHECK(panic.clusters[0].panics == panic.edges[0].calls);
  CHECK(panic.services[0].version_requests[0] > 0.85 * static_cast<double>(panic.edges[0].calls));
}

TEST_CASE("retryRemoteLocalities: the third try leaves the zone that two have tried in vain, with Istio and Envoy") {
  for (const char* product : {"istio-1.24", "envoy"}) {
    CAPTURE(product);
    ScenarioSpec spec = zones(0, 4, 4, product);  // the client's own zone answers 503, and nobody is ejected for it
    spec.policy.defaults.locality = models::LocalitySpec{};
    spec.policy.defaults.outlier_detection->max_ejection = 0.0;
    spec.policy.defaults.outlier_detection->min_health = 0.0;
    spec.policy.defaults.retries = limits::retries_on_5xx(4);
    spec.policy.defaults.connection_pool.emplace();
    spec.policy.defaults.connection_pool->max_retries = 1'000;  // Envoy's 3 would refuse some
    const Results stays = run(spec);
    CHECK(calls_that(stays, Outcome::Ok) == 0);
    CHECK(stays.edges[0].attempts == 5 * stays.edges[0].calls);

    spec.policy.defaults.retries->remote_localities = true;
    const Results leaves = run(spec);
    CHECK(calls_that(leaves, Outcome::Ok) == leaves.edges[0].calls);
    CHECK(leaves.edges[0].attempts == 3 * leaves.edges[0].calls);
    CHECK(share_of_far(leaves, 1) == doctest::Approx(1.0 / 3.0));

    spec.policy.defaults.retries->max = 1;  // too few to get there
    CHECK(calls_that(run(spec), Outcome::Ok) == 0);
  }
  ScenarioSpec library = zones(0, 4, 4, "istio-1.24");
  library.candidates = {support::candidate(models::EnforcedBy::Library)};
  library.policy.defaults.locality = models::LocalitySpec{};
  library.policy.defaults.outlier_detection->max_ejection = 0.0;
  library.policy.defaults.outlier_detection->min_health = 0.0;
  library.policy.defaults.retries = limits::retries_on_5xx(4);
  library.policy.defaults.retries->remote_localities = true;
  CHECK(calls_that(run(library), Outcome::Ok) == 0);
}

TEST_CASE("retryRemoteLocalities: hedged requests count as tries of their call") {
  ScenarioSpec spec = zones(0, 4, 4, "istio-1.24");
  for (models::VersionSpec& version : spec.services[1].versions) version.endpoints[0].errors = {};
  spec.services[1].versions[0].endpoints[0].steps = {
      support::work(sim::Distribution::constant(400.0 * sim::kMillisecond))};
  spec.services[1].workers = models::kUnlimited;
  spec.policy.defaults.outlier_detection->max_ejection = 0.0;
  spec.policy.defaults.outlier_detection->min_health = 0.0;
  spec.policy.defaults.retries = limits::retries_on_5xx(3);
  spec.policy.defaults.retries->per_try_timeout = 50 * sim::kMillisecond;
  spec.policy.defaults.hedging.emplace();
  spec.policy.defaults.hedging->on_per_try_timeout = true;
  spec.policy.defaults.retries->remote_localities = true;
  const Results r = run(spec);
  CHECK(r.edges[0].hedges == 2 * r.edges[0].calls);  // the third try answers within a few milliseconds
  CHECK(share_of_far(r, 1) == doctest::Approx(1.0 / 3.0).epsilon(0.001));  // some calls began before the measured part
}
