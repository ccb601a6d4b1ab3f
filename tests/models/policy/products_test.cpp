// Products beside Istio and Envoy: what each does where the policy is silent, what it makes of one, what it cannot.
#include <doctest/doctest.h>

#include <tuple>

#include "models/plan/arrangement.h"
#include "models/policy/product.h"
#include "models/policy/retry.h"
#include "tests/support/fleet_builder.h"

using models::BackoffLaw;
using models::EnforcedBy;
using models::LoadBalancer;
using models::Outcome;
using models::Plan;
using models::Results;
using models::RetryOn;
using models::ScenarioSpec;
using sim::Distribution;

namespace {

constexpr std::uint32_t bit(RetryOn on) { return static_cast<std::uint32_t>(on); }

// web calls api, which answers 503 with this probability, by this product.
ScenarioSpec by(const char* product, EnforcedBy enforcer, double error_rate = 0.0) {
  auto api = support::service("api", {support::work(Distribution::constant(1e6))});
  api.versions[0].replicas = 3;
  api.versions[0].endpoints[0].errors = {.rate = error_rate, .status = 503};
  auto spec = support::scenario({support::service("web", {support::call("api")}), api}, "web", 20, 20 * sim::kSecond);
  spec.candidates = {support::candidate(enforcer)};
  spec.candidates[0].product = product;
  return spec;
}

models::RetrySpec retries(std::uint32_t max, std::uint32_t on, std::vector<std::uint16_t> codes = {}) {
  models::RetrySpec out;
  out.max = max;
  out.retry_on = on;
  out.retriable_status_codes = std::move(codes);
  return out;
}

const models::CallPolicy& policy_of(const Plan& plan) { return plan.policies[plan.routings[0].policy]; }

Results run(const ScenarioSpec& spec) { return models::run(models::compile(spec, 0), {}); }

}  // namespace

TEST_CASE("Linkerd: no timeout, no retries, peak EWMA, its own back-off, 1 s to connect") {
  const Plan plan = models::compile(by("linkerd", EnforcedBy::Sidecar), 0);
  CHECK(plan.routings[0].balancer == LoadBalancer::PeakEwma);
  CHECK(policy_of(plan).timeout == 0);
  CHECK(policy_of(plan).retry.max == 0);
  CHECK(policy_of(plan).backoff.law == BackoffLaw::Linkerd);
  REQUIRE(plan.routings[0].pool != models::kNone);
  CHECK(plan.connection_pools[plan.routings[0].pool].connect_timeout == sim::kSecond);
  CHECK(plan.connection_pools[plan.routings[0].pool].connections == models::kNoLimit);
  CHECK(plan.routings[0].outlier == models::kNone);
}

TEST_CASE("a back-off without a law is the product's, whose figures may be the policy's") {
  for (const auto& [product, enforcer, law] : {std::tuple{"linkerd", EnforcedBy::Sidecar, BackoffLaw::Linkerd},
                                               std::tuple{"istio-1.24", EnforcedBy::Sidecar, BackoffLaw::EnvoyCurrent},
                                               std::tuple{"grpc", EnforcedBy::Proxyless, BackoffLaw::Grpc}}) {
    ScenarioSpec spec = by(product, enforcer);
    spec.policy.defaults.retries = retries(1, bit(RetryOn::FiveXx));
    spec.policy.defaults.retries->backoff = models::BackoffSpec{.law = BackoffLaw::OfProduct, .base = 7, .max = 70};
    const Plan plan = models::compile(spec, 0);
    CHECK(policy_of(plan).backoff.law == law);
    CHECK(policy_of(plan).backoff.base == 7);
  }
}

TEST_CASE("an ambient mesh's tunnels are mTLS, whatever the policy says") {
  ScenarioSpec spec = by("istio-1.24", EnforcedBy::Ambient);
  spec.policy.defaults.mtls = models::MtlsMode::Disable;
  CHECK(models::compile(spec, 0).routings[0].mtls);
}

TEST_CASE("Linkerd's connections idle 3 s over HTTP/1.1 and for ever over HTTP/2") {
  ScenarioSpec spec = by("linkerd", EnforcedBy::Sidecar);
  for (const auto& [protocol, idle] :
       {std::pair{models::Protocol::Http1, 3 * sim::kSecond}, std::pair{models::Protocol::Http2, sim::Duration{0}}}) {
    spec.services[1].protocol = protocol;
    const Plan plan = models::compile(spec, 0);
    CHECK(plan.connection_pools[plan.routings[0].pool].idle_timeout == idle);
  }
}

TEST_CASE("Linkerd's proxies speak mTLS with each other whatever the policy says, and with nobody else") {
  ScenarioSpec spec = by("linkerd", EnforcedBy::Sidecar);
  spec.policy.defaults.mtls = models::MtlsMode::Disable;
  CHECK(models::compile(spec, 0).routings[0].mtls);
  spec.candidates[0].enrolled = std::vector<std::string>{"web"};
  CHECK_FALSE(models::compile(spec, 0).routings[0].mtls);
  ScenarioSpec istio = by("istio-1.24", EnforcedBy::Sidecar);
  istio.policy.defaults.mtls = models::MtlsMode::Disable;
  CHECK_FALSE(models::compile(istio, 0).routings[0].mtls);
}

TEST_CASE("Linkerd retries answers and its own per-try timeouts, no connection failures") {
  models::RetryPolicy policy{.max = 2, .retry_on = bit(RetryOn::FiveXx) | bit(RetryOn::ConnectFailure)};
  policy = models::as_done_by(models::product_defaults("linkerd"), policy);
  CHECK(models::retriable(policy, Outcome::Error, 503));
  CHECK(models::retriable(policy, Outcome::PerTryTimeout, 0));
  CHECK_FALSE(models::retriable(policy, Outcome::ConnectFailure, 0));
  CHECK_FALSE(models::retriable(policy, Outcome::ConnectionTermination, 0));
  policy.retry_on = bit(RetryOn::ConnectFailure);
  CHECK(models::retriable(policy, Outcome::PerTryTimeout, 0));  // Envoy: only with 5xx, gateway-error or reset
}

TEST_CASE("what Linkerd cannot do is not done: faults, mirrors, outlier detection; failure accrual is") {
  ScenarioSpec spec = by("linkerd", EnforcedBy::Sidecar);
  spec.services[1].versions.push_back(spec.services[1].versions[0]);
  spec.services[1].versions[0].name = "v1";
  spec.services[1].versions[1].name = "v2";
  spec.policy.defaults.fault = models::FaultSpec{.abort_share = 1.0};
  spec.policy.defaults.mirror = models::MirrorSpec{"v2", 1.0};
  spec.policy.defaults.outlier_detection = models::OutlierDetectionSpec{};
  Plan plan = models::compile(spec, 0);
  CHECK(plan.routings[0].fault == models::kNoExtra);
  CHECK(plan.routings[0].mirror == models::kNoExtra);
  CHECK(plan.routings[0].outlier == models::kNone);
  spec.policy.defaults.outlier_detection.reset();
  spec.policy.defaults.failure_accrual = models::FailureAccrualSpec{};
  plan = models::compile(spec, 0);
  REQUIRE(plan.routings[0].outlier != models::kNone);
  CHECK(plan.outliers[plan.routings[0].outlier].accrual);
}

TEST_CASE("trap 14: retries stay on the drawn version with Envoy and gRPC, and may move with Linkerd") {
  for (const auto& [product, enforcer, moves] :
       {std::tuple{"envoy", EnforcedBy::Sidecar, false}, std::tuple{"grpc", EnforcedBy::Proxyless, false},
        std::tuple{"linkerd", EnforcedBy::Sidecar, true}}) {
    CAPTURE(product);
    ScenarioSpec spec = by(product, enforcer);
    auto& versions = spec.services[1].versions;
    versions.push_back(versions[0]);
    versions[0].name = "v1";
    versions[1].name = "v2";
    versions[1].endpoints[0].errors = {.rate = 1.0, .status = 503};  // a canary that always fails
    spec.policy.defaults.split = {{"v1", 0.5}, {"v2", 0.5}};
    spec.policy.defaults.retries = retries(4, bit(RetryOn::FiveXx) | bit(RetryOn::Unavailable));
    const Results r = run(spec);
    const auto failed = static_cast<double>(r.edges[0].outcomes[static_cast<std::size_t>(Outcome::Error)]);
    REQUIRE(r.edges[0].calls > 300);
    const double share = failed / static_cast<double>(r.edges[0].calls);
    // Stays: half of the calls have drawn the canary and fail. Moves: five draws of a half.
    if (moves)
      CHECK(share < 0.08);
    else
      CHECK(share == doctest::Approx(0.5).epsilon(0.15));
  }
}

TEST_CASE("trap 15: a version without replicas keeps its share with Envoy; Linkerd skips it") {
  for (const auto& [product, skips] : {std::pair{"envoy", false}, std::pair{"linkerd", true}}) {
    CAPTURE(product);
    ScenarioSpec spec = by(product, EnforcedBy::Sidecar);
    auto& versions = spec.services[1].versions;
    versions.push_back(versions[0]);
    versions[0].name = "v1";
    versions[1].name = "v2";
    versions[1].replicas = 0;
    spec.policy.defaults.split = {{"v1", 0.7}, {"v2", 0.3}};
    const Results r = run(spec);
    const auto failed = static_cast<double>(r.edges[0].outcomes[static_cast<std::size_t>(Outcome::NoHealthy)]);
    REQUIRE(r.edges[0].calls > 300);
    const double share = failed / static_cast<double>(r.edges[0].calls);
    if (skips)
      CHECK(failed == 0.0);
    else
      CHECK(share == doctest::Approx(0.3).epsilon(0.25));
  }
}

TEST_CASE("trap 15: Linkerd skips a version all of whose replicas are shut") {
  ScenarioSpec spec = by("linkerd", EnforcedBy::Sidecar);
  auto& versions = spec.services[1].versions;
  versions.push_back(versions[0]);
  versions[0].name = "v1";
  versions[1].name = "v2";
  versions[1].replicas = 1;
  versions[1].endpoints[0].errors = {.rate = 1.0, .status = 503};
  spec.policy.defaults.split = {{"v1", 0.5}, {"v2", 0.5}};
  const auto share = [](const Results& r) {
    return static_cast<double>(r.edges[0].outcomes[static_cast<std::size_t>(Outcome::Error)] +
                               r.edges[0].outcomes[static_cast<std::size_t>(Outcome::NoHealthy)]) /
           static_cast<double>(r.edges[0].calls);
  };
  CHECK(share(run(spec)) == doctest::Approx(0.5).epsilon(0.15));
  spec.policy.defaults.failure_accrual = models::FailureAccrualSpec{};
  CHECK(share(run(spec)) < 0.15);  // until it is shut, and the probes
}

TEST_CASE("gRPC over xDS: round robin, 1,024 requests; alone it picks first and has no limits") {
  Plan plan = models::compile(by("grpc", EnforcedBy::Proxyless), 0);
  CHECK(plan.routings[0].balancer == LoadBalancer::RoundRobin);
  REQUIRE(plan.routings[0].pool != models::kNone);
  CHECK(plan.connection_pools[plan.routings[0].pool].requests == 1024);
  CHECK(plan.connection_pools[plan.routings[0].pool].pending == models::kNoLimit);
  CHECK(policy_of(plan).backoff.law == BackoffLaw::Grpc);
  CHECK(policy_of(plan).retry.max == 0);
  plan = models::compile(by("grpc", EnforcedBy::Library), 0);
  CHECK(plan.routings[0].balancer == LoadBalancer::PickFirst);
  CHECK(plan.routings[0].pool == models::kNone);
  plan = models::compile(by("", EnforcedBy::Proxyless), 0);  // a library that nobody has named
  CHECK(plan.routings[0].balancer == LoadBalancer::RoundRobin);
  CHECK(plan.routings[0].pool == models::kNone);
  CHECK(policy_of(plan).backoff.law == BackoffLaw::EnvoyCurrent);
}

TEST_CASE("gRPC tries five times at most, on its own codes, without a per-try timeout") {
  ScenarioSpec spec = by("grpc", EnforcedBy::Proxyless, 1.0);
  spec.services[1].protocol = models::Protocol::Grpc;
  spec.policy.defaults.retries = retries(9, bit(RetryOn::Unavailable) | bit(RetryOn::FiveXx), {503});
  spec.policy.defaults.retries->per_try_timeout = 10 * sim::kMillisecond;
  const Plan plan = models::compile(spec, 0);
  CHECK(policy_of(plan).retry.max == 4);
  CHECK(policy_of(plan).per_try == 0);
  CHECK_FALSE(models::has(policy_of(plan).retry.retry_on, RetryOn::FiveXx));
  // A connection that cannot be made is UNAVAILABLE to the caller.
  CHECK(models::retriable(policy_of(plan).retry, Outcome::ConnectFailure, 0));
  const Results r = run(spec);
  REQUIRE(r.edges[0].calls > 300);
  CHECK(r.edges[0].attempts == 5 * r.edges[0].calls);
  spec.policy.defaults.retries->retry_on = bit(RetryOn::Cancelled) | bit(RetryOn::ConnectFailure);
  CHECK_FALSE(models::retriable(policy_of(models::compile(spec, 0)).retry, Outcome::ConnectFailure, 0));
}

TEST_CASE("gRPC mirrors nothing") {
  ScenarioSpec spec = by("grpc", EnforcedBy::Proxyless);
  spec.policy.defaults.mirror = models::MirrorSpec{spec.services[1].versions[0].name, 1.0};
  CHECK(models::compile(spec, 0).routings[0].mirror == models::kNoExtra);
  spec.candidates[0].product.clear();
  CHECK(models::compile(spec, 0).routings[0].mirror != models::kNoExtra);
}

TEST_CASE("Consul ejects by Envoy's defaults without being asked, and has Envoy's timeout and limits") {
  const Plan consul = models::compile(by("consul", EnforcedBy::Sidecar), 0);
  const Plan envoy = models::compile(by("envoy", EnforcedBy::Sidecar), 0);
  CHECK(policy_of(consul).timeout == 15 * sim::kSecond);
  CHECK(consul.connection_pools[consul.routings[0].pool] == envoy.connection_pools[envoy.routings[0].pool]);
  CHECK(envoy.routings[0].outlier == models::kNone);
  REQUIRE(consul.routings[0].outlier != models::kNone);
  const models::OutlierDetection& row = consul.outliers[consul.routings[0].outlier];
  CHECK(row.consecutive_5xx == 5);
  CHECK(row.max_ejection == 0.1);
  CHECK(row.panic_threshold == 0.5);
  CHECK(row.enforcing_gateway == 0.0);
  CHECK(row.success_rate);
}

TEST_CASE("trap 11: Istio no longer retries a 503 by itself, older releases do; Envoy and Linkerd retry nothing") {
  for (const auto& [product, tries] : {std::pair{"istio-1.24", 1U}, std::pair{"istio-legacy-503", 3U},
                                       std::pair{"envoy", 1U}, std::pair{"consul", 1U}, std::pair{"linkerd", 1U}}) {
    CAPTURE(product);
    const Results r = run(by(product, EnforcedBy::Sidecar, 1.0));
    REQUIRE(r.edges[0].calls > 300);
    CHECK(r.edges[0].attempts == tries * r.edges[0].calls);
  }
}

TEST_CASE("a retry budget without figures is the product's own") {
  using Kind = models::RetryBudget::Kind;
  for (const auto& [product, enforcer, kind] : {std::tuple{"istio-1.24", EnforcedBy::Sidecar, Kind::Concurrency},
                                                std::tuple{"envoy", EnforcedBy::Sidecar, Kind::Concurrency},
                                                std::tuple{"linkerd", EnforcedBy::Sidecar, Kind::Window},
                                                std::tuple{"grpc", EnforcedBy::Proxyless, Kind::Tokens},
                                                std::tuple{"", EnforcedBy::Library, Kind::Concurrency}}) {
    CAPTURE(product);
    ScenarioSpec spec = by(product, enforcer);
    CHECK(policy_of(models::compile(spec, 0)).budget.kind == Kind::None);
    spec.policy.defaults.retry_budget = models::RetryBudgetSpec{.kind = Kind::OfProduct};
    CHECK(policy_of(models::compile(spec, 0)).budget.kind == kind);
  }
  CHECK(models::product_defaults("grpc").budget.share == 0.1);
  CHECK(models::product_defaults("linkerd").budget.share == 0.2);
}

TEST_CASE("every knob that a product decides can be said otherwise") {
  for (const auto& [product, enforcer] :
       {std::pair{"linkerd", EnforcedBy::Sidecar}, std::pair{"consul", EnforcedBy::Sidecar},
        std::pair{"grpc", EnforcedBy::Proxyless}, std::pair{"istio-legacy-503", EnforcedBy::Sidecar}}) {
    CAPTURE(product);
    ScenarioSpec spec = by(product, enforcer);
    auto& said = spec.policy.defaults;
    said.timeout = 3 * sim::kSecond;
    said.retries = retries(3, bit(RetryOn::Unavailable));
    said.retries->backoff = models::BackoffSpec{BackoffLaw::Exponential, 1, 2};
    said.load_balancer = LoadBalancer::Random;
    said.connection_pool = models::ConnectionPoolSpec{.max_requests = 7};
    const Plan plan = models::compile(spec, 0);
    CHECK(policy_of(plan).timeout == 3 * sim::kSecond);
    CHECK(policy_of(plan).retry.max == 3);
    CHECK(policy_of(plan).retry.status_codes[0] == 0);
    CHECK(policy_of(plan).backoff.law == BackoffLaw::Exponential);
    CHECK(plan.routings[0].balancer == LoadBalancer::Random);
    CHECK(plan.connection_pools[plan.routings[0].pool].requests == 7);
  }
}

TEST_CASE("services that are not enrolled have a plain library, not the product") {
  ScenarioSpec spec = by("grpc", EnforcedBy::Proxyless);
  spec.candidates[0].enrolled = std::vector<std::string>{"api"};
  const Plan plan = models::compile(spec, 0);
  CHECK(policy_of(plan).backoff.law == BackoffLaw::EnvoyCurrent);
  CHECK(plan.routings[0].pool == models::kNone);
}

TEST_CASE("telemetry is a cost and a signal: without it proxies spend less, and nobody sees the calls") {
  ScenarioSpec spec = by("istio-1.24", EnforcedBy::Sidecar);
  models::ProxyProfileSpec& profile = *spec.candidates[0].profile;
  profile.cpu_per_request = {{0.0, 200'000}};
  profile.request_share = profile.response_share = 0.1;
  profile.telemetry_share = 0.25;
  const auto cpu_per_call = [](const Results& r) {
    const auto cpu = static_cast<double>(r.resources.proxy_client_cpu + r.resources.proxy_server_cpu);
    return cpu / static_cast<double>(r.edges[0].calls) / 1e3;
  };
  const Plan seen = models::compile(spec, 0);
  CHECK(seen.catalog.edges[0].telemetry);
  // The entry's proxy has half an exchange of its own: what comes in from outside.
  const double all = cpu_per_call(run(spec));

  spec.candidates[0].telemetry = {.metrics = false};
  const Plan blind = models::compile(spec, 0);
  CHECK_FALSE(blind.catalog.edges[0].telemetry);
  CHECK(cpu_per_call(run(spec)) == doctest::Approx(0.75 * all).epsilon(0.001));

  spec.candidates[0].telemetry = {.access_log = 50'000};
  CHECK(models::compile(spec, 0).catalog.edges[0].telemetry);
  CHECK(cpu_per_call(run(spec)) > all + 99);  // 50 us at either end, at least
}
