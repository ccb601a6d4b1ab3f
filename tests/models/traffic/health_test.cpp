// Outlier detection, panic and failure accrual in whole runs, as each client sees them.
#include <doctest/doctest.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "sim/trace.h"
#include "tests/models/traffic/limits.h"

using limits::calls_that;
using limits::open;
using limits::run;
using models::EnforcedBy;
using models::Outcome;
using models::OutlierDetectionSpec;
using models::Results;
using models::ScenarioSpec;
using sim::Distribution;
using support::call;
using support::kMs;
using support::service;
using support::work;

TEST_CASE("trap 18: 10% of fewer than ten replicas ejects nothing, gRPC's ejects one") {
  // One version of one replica of nine fails always.
  const auto fleet = [](std::uint32_t good) {
    auto api = service("api", {work(Distribution::constant(1 * kMs))}, good);
    api.versions.push_back(api.versions[0]);
    api.versions[1].name = "v2";
    api.versions[1].replicas = 1;
    api.versions[1].endpoints[0].errors.rate = 1.0;
    auto spec = support::scenario({service("web", {call("api")}), api}, "web", 900, 60 * sim::kSecond);
    spec.candidates = {support::candidate(EnforcedBy::Library)};
    spec.policy.defaults.outlier_detection = OutlierDetectionSpec{};
    return spec;
  };
  const Results nine = run(fleet(8));
  CHECK(nine.clusters[0].ejections == 0);
  CHECK(nine.clusters[0].refused > 10);
  const Results ten = run(fleet(9));
  CHECK(ten.clusters[0].ejections > 0);
  CHECK(calls_that(ten, Outcome::Error) < calls_that(nine, Outcome::Error) / 5);
  ScenarioSpec grpc = fleet(8);
  grpc.candidates = {support::candidate(EnforcedBy::Proxyless)};
  grpc.policy.defaults.outlier_detection->failure_percentage = OutlierDetectionSpec::FailurePercentage{};
  const Results one = run(grpc);
  CHECK(one.clusters[0].ejections > 0);
  CHECK(one.clusters[0].by_detector[static_cast<std::size_t>(models::Detector::FailurePercentage)] ==
        one.clusters[0].ejections);
}

TEST_CASE("trap 20: a replica returns at a tick only, and is out longer with every ejection") {
  ScenarioSpec spec = open(2, 2000, 400 * sim::kSecond, 0.0);
  spec.services[1].versions.push_back(spec.services[1].versions[0]);
  spec.services[1].versions[0].replicas = 1;
  spec.services[1].versions[1].name = "v2";
  spec.services[1].versions[1].replicas = 1;
  spec.services[1].versions[1].endpoints[0].errors.rate = 1.0;
  spec.traffic[0].rate.rate = 100;
  spec.policy.defaults.outlier_detection = OutlierDetectionSpec{.max_ejection = 0.5, .min_health = 0.0};
  sim::Trace trace(1 << 20);
  models::RunOptions options;
  options.trace = &trace;
  (void)run(spec, options);
  std::vector<sim::Time> out, back;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const sim::TraceRecord& record = trace.at(i);
    if (std::string_view(record.what) == "ejected") out.push_back(record.at);
    if (std::string_view(record.what) == "returned") back.push_back(record.at);
  }
  REQUIRE(back.size() >= 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const sim::Duration time = back[i] - out[i];
    const sim::Duration least = static_cast<sim::Duration>(i + 1) * 30 * sim::kSecond;
    CAPTURE(i);
    CHECK(time >= least);
    CHECK(time <= least + 10 * sim::kSecond);
    if (i > 0) CHECK((back[i] - back[i - 1]) % (10 * sim::kSecond) == 0);  // on the client's own grid
  }
}

TEST_CASE("trap 19: ejection is the view of one client: those with little traffic take longer to see it") {
  const auto failed = [](std::uint32_t clients) {
    ScenarioSpec spec = open(2, 200, 25 * sim::kSecond, 0.0);
    spec.services[0].versions[0].replicas = clients;
    spec.services[1].versions.push_back(spec.services[1].versions[0]);
    spec.services[1].versions[0].replicas = 1;
    spec.services[1].versions[1].name = "v2";
    spec.services[1].versions[1].replicas = 1;
    spec.services[1].versions[1].endpoints[0].errors.rate = 1.0;
    spec.policy.defaults.outlier_detection = OutlierDetectionSpec{.max_ejection = 0.5, .min_health = 0.0};
    const Results r = run(spec);
    CHECK(r.clusters[0].ejections == clients);  // each finds out by itself, once in 25 s
    return calls_that(r, Outcome::Error);
  };
  CHECK(failed(1) == 5);
  CHECK(failed(20) == 100);
}

TEST_CASE("trap 23: panic sends to all replicas when fewer than half are healthy; without it calls fail with UH") {
  ScenarioSpec spec = open(4, 400, 20 * sim::kSecond, 1.0);
  spec.policy.defaults.outlier_detection = OutlierDetectionSpec{.max_ejection = 1.0, .min_health = 0.5};
  const Results panic = run(spec);
  CHECK(panic.clusters[0].panics > 1000);
  CHECK(calls_that(panic, Outcome::NoHealthy) == 0);
  spec.policy.defaults.outlier_detection->min_health = 0.0;
  const Results none = run(spec);
  CHECK(none.clusters[0].panics == 0);
  CHECK(calls_that(none, Outcome::NoHealthy) > 7000);
  CHECK(none.clusters[0].ejections == 4);
}

TEST_CASE("trap 21: failures in a row hardly see partial failure, the success rate does") {
  const auto ejections = [](bool by_rate) {
    ScenarioSpec spec = open(5, 2000, 60 * sim::kSecond, 0.0);
    spec.services[1].versions[0].replicas = 9;
    spec.services[1].versions.push_back(spec.services[1].versions[0]);
    spec.services[1].versions[1].name = "v2";
    spec.services[1].versions[1].replicas = 1;
    spec.services[1].versions[1].endpoints[0].errors.rate = 0.05;  // five in a row: once in 3.4 million requests
    OutlierDetectionSpec outlier;
    if (!by_rate) outlier.success_rate = OutlierDetectionSpec::SuccessRate{.enforcing = 0.0};
    spec.policy.defaults.outlier_detection = outlier;
    return run(spec).clusters[0].ejections;
  };
  CHECK(ejections(false) == 0);
  CHECK(ejections(true) > 0);
}

TEST_CASE("failure accrual shuts after seven failures in a row, tries again with one request, and can shut all") {
  ScenarioSpec spec = open(3, 300, 30 * sim::kSecond, 1.0);
  spec.policy.defaults.failure_accrual = models::FailureAccrualSpec{.jitter = 0.0};
  const Results r = run(spec);
  CHECK(r.clusters[0].ejections > 3);
  // Each replica: seven failures, then one after 1, 2, 4, 8 s; 30 s hold four penalties that end.
  CHECK(r.endpoints[0].requests == 3 * (7 + 4));
  // The others find the queue full, or the destination failing fast.
  CHECK(calls_that(r, Outcome::NoHealthy) + calls_that(r, Outcome::PoolOverflow) ==
        r.edges[0].calls - r.endpoints[0].requests);
}

TEST_CASE("a replica that answers slowly gets less from peak EWMA, one that is shut nothing from any balancer") {
  auto api = service("api", {work(Distribution::constant(1 * kMs))}, 1);
  api.versions.push_back(api.versions[0]);
  api.versions[1].name = "v2";
  api.versions[1].endpoints[0].steps = {work(Distribution::constant(50 * kMs))};
  auto spec = support::scenario({service("web", {call("api")}), api}, "web", 200, 30 * sim::kSecond);
  spec.candidates = {support::candidate(EnforcedBy::Library)};
  spec.policy.defaults.load_balancer = models::LoadBalancer::PeakEwma;
  const Results r = run(spec);
  const auto& requests = r.services[0].version_requests;
  CHECK(static_cast<double>(requests[1]) < 0.15 * static_cast<double>(requests[0]));
  for (const auto balancer :
       {models::LoadBalancer::Random, models::LoadBalancer::RoundRobin, models::LoadBalancer::LeastRequest,
        models::LoadBalancer::PeakEwma, models::LoadBalancer::PickFirst, models::LoadBalancer::ConnectionRandom}) {
    ScenarioSpec failing = spec;
    failing.services[1].versions[1].endpoints[0].errors.rate = 1.0;
    failing.policy.defaults.load_balancer = balancer;
    failing.policy.defaults.outlier_detection = OutlierDetectionSpec{.max_ejection = 0.5, .min_health = 0.0};
    CAPTURE(static_cast<int>(balancer));
    CHECK(run(failing).edges[0].attempt_outcomes[static_cast<std::size_t>(Outcome::Error)] <= 30);
  }
}

TEST_CASE("PICK_FIRST sends everything to one replica until its connection breaks") {
  ScenarioSpec spec = open(3, 300, 30 * sim::kSecond, 0.0);
  spec.services[1].versions[0].replicas = 1;
  spec.services[1].versions.push_back(spec.services[1].versions[0]);
  spec.services[1].versions[1].name = "v2";
  spec.policy.defaults.load_balancer = models::LoadBalancer::PickFirst;
  const Results calm = run(spec);
  const auto& requests = calm.services[0].version_requests;
  CHECK(std::min(requests[0], requests[1]) == 0);
  models::TimelineEntrySpec crash;
  crash.name = "crash";
  crash.verb = models::TimelineVerb::Crash;
  crash.service = "api";
  crash.version = requests[0] > 0 ? "v1" : "v2";
  crash.at = 15 * sim::kSecond;
  spec.timeline = {crash};
  const Results moved = run(spec);
  CHECK(moved.services[0].version_requests[0] > 4000);
  CHECK(moved.services[0].version_requests[1] > 4000);
  CHECK(calls_that(moved, Outcome::Ok) + 5 > moved.edges[0].calls);
}
