// What each product does where the policy is silent: the rows of product.cpp, and that they reach a run.
#include "models/policy/product.h"

#include <doctest/doctest.h>

#include "models/policy/retry.h"
#include "tests/support/fleet_builder.h"

using models::EnforcedBy;
using models::LoadBalancer;
using models::Outcome;
using models::Results;
using models::RetryOn;
using models::ScenarioSpec;
using sim::Distribution;

namespace {

// web calls api through sidecars of the product; the policy is silent.
ScenarioSpec behind(const char* product, sim::Duration service_time, double error_rate) {
  auto api = support::service("api", {support::work(Distribution::constant(static_cast<double>(service_time)))});
  api.versions[0].endpoints[0].errors = {.rate = error_rate, .status = 503};
  auto spec = support::scenario({support::service("web", {support::call("api")}), api}, "web", 10, 30 * sim::kSecond);
  spec.traffic[0].rate.kind = models::RateShape::Kind::Steps;  // five seconds of requests, and time to see their ends
  spec.traffic[0].rate.points = {{0, 10}, {5 * sim::kSecond, 0}};
  spec.candidates = {support::candidate(EnforcedBy::Sidecar)};
  spec.candidates[0].product = product;
  return spec;
}

Results run(const ScenarioSpec& spec) { return models::run(models::compile(spec, 0), {}); }

std::uint64_t calls_that(const Results& r, Outcome outcome) {
  return r.edges[0].outcomes[static_cast<std::size_t>(outcome)];
}

}  // namespace

TEST_CASE("Istio of any version: no timeout, two retries to other replicas, least request") {
  for (const char* product : {"istio-1.20", "istio-1.24", "istio"}) {
    const models::ProductDefaults& istio = models::product_defaults(product);
    CHECK(istio.family == "istio");
    CHECK(istio.load_balancer == LoadBalancer::LeastRequest);
    CHECK(istio.timeout == 0);
    CHECK(istio.retries == 2);
    CHECK(istio.avoid_tried_hosts);
    CHECK(istio.repicks == 5);
    std::uint32_t expected = 0;
    for (const RetryOn on : {RetryOn::ConnectFailure, RetryOn::RefusedStream, RetryOn::Unavailable, RetryOn::Cancelled})
      expected |= static_cast<std::uint32_t>(on);
    CHECK(istio.retry_on == expected);
  }
}

TEST_CASE("Envoy: 15 s, no retries, round robin") {
  const models::ProductDefaults& envoy = models::product_defaults("envoy");
  CHECK(envoy.family == "envoy");
  CHECK(envoy.load_balancer == LoadBalancer::RoundRobin);
  CHECK(envoy.timeout == 15 * sim::kSecond);
  CHECK(envoy.retries == 0);
  CHECK(envoy.retry_on == 0);
  CHECK_FALSE(envoy.avoid_tried_hosts);
}

TEST_CASE("a library, and a product nobody knows: no timeout, no retries, round robin") {
  for (const char* product : {"", "ist", "something-else-2.0"}) {
    CAPTURE(product);
    const models::ProductDefaults& library = models::product_defaults(product);
    CHECK(library.family.empty());
    CHECK(library.load_balancer == LoadBalancer::RoundRobin);
    CHECK(library.timeout == 0);
    CHECK(library.retries == 0);
    CHECK_FALSE(library.avoid_tried_hosts);
  }
}

TEST_CASE("every product waits Envoy's back-off, 25 ms to 250 ms, and has a clause for the report") {
  for (const char* product : {"istio-1.24", "envoy", ""}) {
    CAPTURE(product);
    const models::ProductDefaults& row = models::product_defaults(product);
    CHECK(row.backoff ==
          models::BackoffSpec{.law = models::BackoffLaw::EnvoyCurrent, .base = 25'000'000, .max = 250'000'000});
    CHECK_FALSE(row.note.empty());
  }
}

TEST_CASE("where the policy is silent, Envoy gives up after 15 s and Istio waits") {
  const Results envoy = run(behind("envoy", 20 * sim::kSecond, 0));
  REQUIRE(envoy.edges[0].calls > 20);
  CHECK(calls_that(envoy, Outcome::Timeout) == envoy.edges[0].calls);
  CHECK(envoy.entries[0].total.failed.max() == 15 * sim::kSecond);
  const Results istio = run(behind("istio-1.24", 20 * sim::kSecond, 0));
  CHECK(istio.edges[0].calls == envoy.edges[0].calls);
  CHECK(calls_that(istio, Outcome::Ok) == istio.edges[0].calls);
}

TEST_CASE("a policy that speaks wins over the product") {
  ScenarioSpec spec = behind("envoy", 20 * sim::kSecond, 0);
  spec.policy.defaults.timeout = 0;
  Results r = run(spec);
  CHECK(calls_that(r, Outcome::Ok) == r.edges[0].calls);
  spec.policy.defaults.timeout = 2 * sim::kSecond;
  r = run(spec);
  CHECK(r.entries[0].total.failed.max() == 2 * sim::kSecond);
}

TEST_CASE("Istio's defaults retry a gRPC UNAVAILABLE and no HTTP 503, Envoy's neither") {
  for (const char* product : {"istio-1.24", "envoy"}) {
    for (const models::Protocol protocol : {models::Protocol::Http2, models::Protocol::Grpc}) {
      CAPTURE(product);
      CAPTURE(static_cast<int>(protocol));
      ScenarioSpec spec = behind(product, sim::kMillisecond, 1.0);
      spec.services[1].protocol = protocol;
      const Results r = run(spec);
      const bool retried = protocol == models::Protocol::Grpc && models::product_defaults(product).retries > 0;
      REQUIRE(r.edges[0].calls > 20);
      CHECK(r.edges[0].attempts == (retried ? 3 : 1) * r.edges[0].calls);
    }
  }
}
