#include "bench/mesh_fleet.h"

#include <algorithm>

#include "sim/random/keyed.h"

namespace bench {
namespace {

using models::StepKind;
using models::StepSpec;

constexpr double kMicro = 1e3;

StepSpec call_to(const std::string& service) {
  StepSpec step;
  step.kind = StepKind::Call;
  step.call = models::CallSpec{};
  step.call->service = service;
  step.call->endpoint = "default";
  return step;
}

models::ProxyProfileSpec profile(bool queueing) {
  models::ProxyProfileSpec p;
  p.name = "bench";
  p.workers = queueing ? 2 : models::kUnlimited;
  p.cpu_per_request = {{0.0, 50'000}};  // 20 us each way and 10 us after the reply
  p.request_share = 0.4;
  p.response_share = 0.4;
  p.request_latency = sim::Distribution::exponential(10 * kMicro);
  p.response_latency = sim::Distribution::exponential(10 * kMicro);
  p.handshake_round_trips = 1;
  p.handshake_client_cpu = 100'000;
  p.handshake_server_cpu = 300'000;
  return p;
}

// Limits that are looked at and rarely reached, as in production.
void add_everything(models::ScenarioSpec& spec) {
  models::DestinationPolicySpec& all = spec.policy.defaults;
  all.deadline_propagation = models::DeadlinePropagation::EnvoyExpected;
  all.mtls = models::MtlsMode::Strict;
  all.connection_pool =
      models::ConnectionPoolSpec{.max_connections = 1024, .max_pending = 1024, .max_requests = 1024, .max_retries = 64};
  all.outlier_detection = models::OutlierDetectionSpec{};
  all.retry_budget = models::RetryBudgetSpec{.kind = models::RetryBudgetSpec::Kind::Concurrency};
  all.rate_limit = models::RateLimitSpec{.max_tokens = 1'000'000, .tokens_per_fill = 1'000'000};
  all.fault =
      models::FaultSpec{.delay_share = 0.001, .delay = sim::kMillisecond, .abort_share = 0.001, .abort_status = 503};
  models::AuthorizationRule everybody;
  for (const models::ServiceSpec& s : spec.services) everybody.from.push_back(s.name);
  std::sort(everybody.from.begin(), everybody.from.end());
  for (models::ServiceSpec& s : spec.services) {
    models::VersionSpec canary = s.versions[0];
    canary.name = "v2";
    canary.replicas = 1;
    s.versions[0].replicas = 3;
    s.versions.push_back(canary);
    models::DestinationPolicySpec& own = spec.policy.destinations[s.name];
    own.split = {{"v1", 75}, {"v2", 25}};
    own.mirror = models::MirrorSpec{.version = "v2", .share = 0.02};
    if (spec.services.size() < 100) own.allow = {everybody};
  }
}

}  // namespace

models::ScenarioSpec mesh_fleet(std::uint32_t services, Cost cost, double calls) {
  models::ScenarioSpec spec;
  spec.network.same_zone = sim::Distribution::shifted(50 * kMicro, sim::Distribution::exponential(20 * kMicro));
  spec.network.cross_zone = spec.network.same_zone;
  const std::uint32_t gateways = services / 4;  // quarter entries, the rest in two layers below
  const auto name = [](std::uint32_t i) { return "s" + std::to_string(i); };
  std::vector<double> rate(services, 0.0);
  for (std::uint32_t i = 0; i < gateways; ++i) rate[i] = 8000.0;  // 2 per ms and gateway pod
  std::vector<std::vector<std::uint32_t>> callees(services);
  for (std::uint32_t i = 0; i < services; ++i) {
    const std::uint32_t layer = i < gateways ? 0 : i < services / 2 ? 1 : 2;
    if (layer == 2) continue;
    const std::uint32_t first = layer == 0 ? gateways : services / 2;
    const std::uint32_t count = layer == 0 ? services / 2 - gateways : services - services / 2;
    const std::uint32_t fan = 1 + (i & 1u);
    for (std::uint32_t k = 0; k < fan; ++k) {
      callees[i].push_back(first + (i * 2 + k) % count);
      rate[callees[i].back()] += rate[i];
    }
  }
  double calls_per_second = 0.0;
  for (const double r : rate) calls_per_second += r;
  for (std::uint32_t i = 0; i < services; ++i) {
    models::ServiceSpec s;
    s.name = name(i);
    s.workers = 4;
    models::VersionSpec v;
    v.name = "v1";
    v.replicas = 4;
    models::EndpointSpec e;
    e.name = "default";
    e.errors.rate = 0.005;
    StepSpec work;
    work.kind = StepKind::Work;
    const double per_request = rate[i] > 0 ? 16 * 0.6 / rate[i] * 1e9 : 1e6;
    work.duration = sim::Distribution::exponential(per_request);
    e.steps.push_back(work);
    StepSpec parallel;
    parallel.kind = StepKind::Parallel;
    for (const std::uint32_t callee : callees[i]) {
      if ((i & 1u) != 0) {
        parallel.children.push_back(call_to(name(callee)));
      } else {
        e.steps.push_back(call_to(name(callee)));
      }
    }
    if (!parallel.children.empty()) e.steps.push_back(parallel);
    v.endpoints.push_back(e);
    s.versions.push_back(v);
    spec.services.push_back(s);
    if (i >= gateways) continue;
    models::TrafficSpec t;
    t.name = "t" + std::to_string(i);
    t.service = s.name;
    t.endpoint = "default";
    t.rate.rate = rate[i];
    spec.traffic.push_back(t);
  }
  models::CandidateSpec c;
  c.name = "candidate";
  c.enforced_by = cost == Cost::None      ? models::EnforcedBy::None
                  : cost == Cost::Library ? models::EnforcedBy::Library
                                          : models::EnforcedBy::Sidecar;
  c.load_balancer = models::LoadBalancer::LeastRequest;
  if (c.enforced_by == models::EnforcedBy::Sidecar) c.profile = profile(cost != Cost::Fused);
  spec.candidates.push_back(c);
  spec.baseline = c.name;
  models::RetrySpec retries;
  retries.max = 1;
  retries.retry_on = static_cast<std::uint32_t>(models::RetryOn::FiveXx);
  spec.policy.defaults.timeout = 30 * sim::kMillisecond;
  spec.policy.defaults.retries = retries;
  if (cost == Cost::Everything) add_everything(spec);
  spec.run.duration = static_cast<sim::Duration>(calls / calls_per_second * 1e9);
  spec.run.warmup = spec.run.duration / 20;
  return spec;
}

}  // namespace bench
