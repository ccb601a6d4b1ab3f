// An application that is down in a pod that is not: what its proxy does then, and what clients make of it.
#include <doctest/doctest.h>

#include "tests/models/traffic/limits.h"

using limits::calls_that;
using limits::run;
using models::Outcome;
using models::Results;
using models::ScenarioSpec;
using sim::kMillisecond;

namespace {

// 1000/s for 10 s to one replica; its application, or all of the pod, is gone for `length` every second.
ScenarioSpec restarts(const char* product, sim::Duration length, bool application = true) {
  ScenarioSpec spec = limits::open(1, 1000, 10 * sim::kSecond, 0.0);
  spec.network.same_zone = sim::Distribution::constant(0.1 * kMillisecond);
  spec.candidates = {support::candidate(models::EnforcedBy::Sidecar)};
  spec.candidates[0].product = product;
  for (int i = 1; i < 10; ++i) {
    spec.timeline.push_back(support::fault(models::TimelineVerb::Crash, "api", i * sim::kSecond, length));
    spec.timeline.back().name += std::to_string(i);
    spec.timeline.back().application = application;
  }
  return spec;
}

double share_that(const Results& r, Outcome outcome) {
  return static_cast<double>(calls_that(r, outcome)) / static_cast<double>(r.edges[0].calls);
}

std::uint64_t inbound_retries(const Results& r) {
  std::uint64_t sum = 0;
  for (const models::EndpointResults& endpoint : r.endpoints) sum += endpoint.inbound_retries;
  return sum;
}

}  // namespace

TEST_CASE("a proxy without its application answers 503, and its client's connections stay") {
  const Results r = run(restarts("envoy", 100 * kMillisecond));
  CHECK(share_that(r, Outcome::Error) == doctest::Approx(0.09).epsilon(0.1));  // 100 ms of every second but the first
  CHECK(calls_that(r, Outcome::ConnectFailure) + calls_that(r, Outcome::ConnectionTermination) == 0);
  CHECK(r.edges[0].handshakes <= 4);
  CHECK(inbound_retries(r) == 0);
  models::Plan queueing = models::compile(restarts("envoy", 100 * kMillisecond), 0);
  queueing.proxy.visits = true;
  CHECK(models::run(queueing, {}).edges[0].outcomes == r.edges[0].outcomes);
  const Results pod = run(restarts("envoy", 100 * kMillisecond, false));
  CHECK(calls_that(pod, Outcome::Error) == 0);
  CHECK(calls_that(pod, Outcome::ConnectFailure) + calls_that(pod, Outcome::ConnectionTermination) > 800);
}

TEST_CASE("Istio's inbound proxy tries twice more, within 75 ms, and then answers 503") {
  // Two back-offs, U{0..24} and U{0..49} ms. A request that comes x before the end of an outage of 20 ms is saved by a
  // retry if their sum, or the first of them, reaches x: nearly all are.
  const Results shorter = run(restarts("istio-1.24", 20 * kMillisecond));
  const Results none = run(restarts("envoy", 20 * kMillisecond));
  CHECK(calls_that(none, Outcome::Error) > 150);
  CHECK(calls_that(shorter, Outcome::Error) < calls_that(none, Outcome::Error) / 4);
  CHECK(static_cast<double>(shorter.edges[0].ok.max()) / 1e6 < 75.0);
  CHECK(inbound_retries(shorter) > 150);
  // Of a long one only those that come in its last 73 ms are saved; each of the others is tried three times.
  const Results longer = run(restarts("istio-1.24", 500 * kMillisecond));
  CHECK(share_that(longer, Outcome::Error) > 0.9 * 0.45 * (500.0 - 73.0) / 500.0);
  CHECK(static_cast<double>(inbound_retries(longer)) ==
        doctest::Approx(2.0 * static_cast<double>(calls_that(longer, Outcome::Error))).epsilon(0.08));
  ScenarioSpec off = restarts("istio-1.24", 20 * kMillisecond);
  off.candidates[0].inbound_retries = 0;
  CHECK(inbound_retries(run(off)) == 0);
  ScenarioSpec told = restarts("envoy", 20 * kMillisecond);
  told.candidates[0].inbound_retries = 2;
  CHECK(run(told).edges[0].outcomes == shorter.edges[0].outcomes);
}

TEST_CASE("inbound retries are for HTTP; gRPC's callers are told UNAVAILABLE at once") {
  ScenarioSpec spec = restarts("istio-1.24", 100 * kMillisecond);
  for (auto& s : spec.services) s.protocol = models::Protocol::Grpc;
  spec.policy.destinations["api"].retries = models::RetrySpec{};
  const Results r = run(spec);
  CHECK(inbound_retries(r) == 0);
  CHECK(calls_that(r, Outcome::Error) > 800);
  // UNAVAILABLE is among the conditions of Istio's own two retries.
  spec.policy.destinations["api"].retries.reset();
  CHECK(static_cast<double>(run(spec).edges[0].attempts) > 1.15 * static_cast<double>(r.edges[0].attempts));
}

TEST_CASE("Istio's own retries do not see that 503; those of releases before it was left out do, as do 5xx and 503") {
  const auto attempts = [](ScenarioSpec spec) { return run(spec).edges[0].attempts - run(spec).edges[0].calls; };
  CHECK(attempts(restarts("istio-1.24", 200 * kMillisecond)) == 0);
  CHECK(attempts(restarts("istio-legacy-503", 200 * kMillisecond)) > 1000);
  ScenarioSpec linkerd = restarts("linkerd", 200 * kMillisecond);
  CHECK(share_that(run(linkerd), Outcome::Error) == doctest::Approx(0.18).epsilon(0.1));
  models::RetrySpec retries;
  retries.max = 1;
  retries.retry_on = 0;
  retries.retriable_status_codes = {502};
  linkerd.policy.destinations["api"].retries = retries;
  CHECK(attempts(linkerd) > 1000);
}

TEST_CASE("without a proxy in the pod a crash of the application is a crash of the pod") {
  for (const models::EnforcedBy by : {models::EnforcedBy::None, models::EnforcedBy::Library}) {
    ScenarioSpec spec = restarts("", 100 * kMillisecond);
    spec.candidates = {support::candidate(by)};
    ScenarioSpec pod = restarts("", 100 * kMillisecond, false);
    pod.candidates = spec.candidates;
    CHECK(run(spec).fingerprint == run(pod).fingerprint);
  }
}

TEST_CASE("crashes of application and pod may overlap, in any order of equal events") {
  ScenarioSpec spec = restarts("istio-1.24", 600 * kMillisecond);
  const ScenarioSpec pods = restarts("istio-1.24", 300 * kMillisecond, false);
  for (models::TimelineEntrySpec entry : pods.timeline) {
    entry.name += "-pod";
    entry.at += 400 * kMillisecond;
    spec.timeline.push_back(entry);
  }
  for (auto& s : spec.services) s.queue.when_caller_gone = models::WhenCallerGone::Cancel;
  spec.policy.destinations["api"].timeout = 15 * kMillisecond;
  const Results r = run(spec);
  CHECK(calls_that(r, Outcome::Error) > 250);
  CHECK(calls_that(r, Outcome::ConnectFailure) + calls_that(r, Outcome::ConnectionTermination) > 250);
  CHECK(calls_that(r, Outcome::Timeout) > 100);  // while the proxy waits to try again
  CHECK(run(spec, {.shuffle = 3}).fingerprint == r.fingerprint);
  CHECK(run(spec, {.reference_queue = true}).fingerprint == r.fingerprint);
}
