#include "models/plan/compile_proxies.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "models/plan/arrangement.h"
#include "models/policy/product.h"

namespace models {
namespace {

// Of each pod; gateways and waypoints stand apart. Without stated nodes every zone has as many as its pods fill, and
// pods go round robin over them.
std::vector<std::uint32_t> nodes_of(const Plan& plan) {
  std::vector<std::uint32_t> pods(plan.zones, 0), next(plan.zones, 0);
  std::vector<std::uint32_t> result(plan.pods.size(), kNone);
  const auto stands = [&](const PodPlan& pod) {
    const ServicePlan& service = plan.services[pod.service];
    return !service.gateway && !service.waypoint;
  };
  std::uint32_t most = 1;
  for (const PodPlan& pod : plan.pods) pods[pod.zone] += stands(pod) ? 1U : 0U;
  for (const std::uint32_t count : pods) most = std::max(most, (count + kPodsPerNode - 1) / kPodsPerNode);
  for (std::size_t p = 0; p < plan.pods.size(); ++p) {
    const PodPlan& pod = plan.pods[p];
    if (!stands(pod)) continue;
    const std::uint32_t here = std::max(1U, (pods[pod.zone] + kPodsPerNode - 1) / kPodsPerNode);
    result[p] = pod.node != kNone ? pod.node : pod.zone * most + next[pod.zone]++ % here;
  }
  return result;
}

// The first of the proxied pods of a node holds the workers of its proxy.
void share_stations(Plan& plan) {
  const std::vector<std::uint32_t> nodes = nodes_of(plan);
  std::vector<std::uint32_t> first;
  for (std::uint32_t p = 0; p < plan.pods.size(); ++p) {
    if (nodes[p] == kNone || !is_proxied(plan.holders[plan.pods[p].service])) continue;
    if (nodes[p] >= first.size()) first.resize(nodes[p] + 1, kNone);
    if (first[nodes[p]] == kNone) first[nodes[p]] = p;
    plan.pods[p].station = first[nodes[p]];
  }
}

void set_cpu(ServicePlan& service, const ProxyProfileSpec& profile, double rate, bool& costs_cpu) {
  const double cpu = proxy_cpu(profile, rate) * 1e9;
  const auto part = [&](double share) { return static_cast<sim::Duration>((cpu * share + 0x1p52) - 0x1p52); };
  service.request_cpu = part(profile.request_share);
  service.response_cpu = part(profile.response_share);
  service.post_cpu = part(std::max(0.0, 1.0 - profile.request_share - profile.response_share)) + profile.reporting_cpu;
  costs_cpu = costs_cpu || cpu > 0.0 || profile.reporting_cpu > 0;
}

std::uint32_t workers_of(const ProxyProfileSpec& profile) {
  return profile.workers == kUnlimited ? 1 : std::clamp(profile.workers, 1u, kProxyWorkersMost);
}

bool has_latency(const ProxyProfileSpec& profile) {
  return profile.request_latency.mean() > 0.0 || profile.response_latency.mean() > 0.0;
}

void describe(Catalog& catalog, const ProxyProfileSpec& profile, const ProxyProfileSpec& other, std::uint32_t others) {
  catalog.profile = profile.name;
  catalog.profile_source = profile.source;
  catalog.profile_date = profile.date;
  catalog.profile_assumed = profile.assumed;
  if (others == 0) return;
  catalog.profile += " and " + other.name;
  if (other.source != profile.source) catalog.profile_source += "; " + other.source;
  for (const std::string& part : other.assumed) catalog.profile_assumed.push_back("waypoint's " + part);
}

void describe(Catalog& catalog, const TelemetrySpec& telemetry) {
  if (!telemetry.metrics) catalog.profile += " without metrics";
  if (telemetry.access_log > 0) catalog.profile += " with access logs";
  if (telemetry.tracing > 0.0) catalog.profile += " with traces";
  if (!telemetry.metrics) catalog.profile_assumed.emplace_back("what metrics cost");
  if (telemetry.access_log > 0 || telemetry.tracing > 0.0)
    catalog.profile_assumed.emplace_back("what logs and traces cost");
}

}  // namespace

void compile_proxies(Plan& plan, const CandidateSpec& candidate, const Flow& flow) {
  const auto apart = [&](const ServicePlan& service) {  // with the other profile
    return candidate.enforced_by == EnforcedBy::Ambient && (service.waypoint || service.gateway);
  };
  std::uint32_t pods = 0, others = 0;
  for (std::size_t id = 0; id < plan.services.size(); ++id) {
    if (!is_proxied(plan.holders[id])) continue;
    (apart(plan.services[id]) ? others : pods) += plan.services[id].pods;
  }
  if (pods + others == 0 || !candidate.profile) return;
  const ProxyProfileSpec profile = with_telemetry(*candidate.profile, candidate.telemetry);
  const ProxyProfileSpec other =
      candidate.waypoint_profile ? with_telemetry(*candidate.waypoint_profile, candidate.telemetry) : profile;
  ProxyPlan& proxy = plan.proxy;
  proxy.present = true;
  proxy.shared = candidate.enforced_by == EnforcedBy::Ambient || candidate.enforced_by == EnforcedBy::Node;
  proxy.tunnels = candidate.enforced_by == EnforcedBy::Ambient;
  const ProductDefaults& product = product_of(candidate, candidate.enforced_by);
  proxy.inbound_retries =
      product.maker == Maker::Linkerd ? 0 : candidate.inbound_retries.value_or(product.inbound_retries);
  proxy.without_application = product.without_application;
  proxy.own_workers = workers_of(profile);
  proxy.waypoint_workers = workers_of(other);
  proxy.workers = others == 0 ? proxy.own_workers : std::max(proxy.own_workers, proxy.waypoint_workers);
  proxy.request_latency = profile.request_latency;
  proxy.response_latency = profile.response_latency;
  proxy.waypoint_request_latency = other.request_latency;
  proxy.waypoint_response_latency = other.response_latency;
  proxy.has_latency = has_latency(profile) || (others > 0 && has_latency(other));
  proxy.handshake_round_trips = profile.handshake_round_trips;
  proxy.handshake_client_cpu = profile.handshake_client_cpu;
  proxy.handshake_server_cpu = profile.handshake_server_cpu;
  double node_rate = 0.0;
  std::uint32_t proxies = pods;
  if (proxy.shared) {
    share_stations(plan);
    std::set<std::uint32_t> stations;
    for (std::uint32_t p = 0; p < plan.pods.size(); ++p) {
      const std::uint32_t id = plan.pods[p].service;
      if (!is_proxied(plan.holders[id]) || apart(plan.services[id])) continue;
      stations.insert(plan.pods[p].station);
      node_rate += flow.pod_exchange_rate(id);
    }
    proxies = static_cast<std::uint32_t>(stations.size());
    node_rate /= std::max(1U, proxies);
  }
  bool costs_cpu = false;
  for (std::uint32_t id = 0; id < plan.services.size(); ++id) {
    ServicePlan& service = plan.services[id];
    if (!is_proxied(plan.holders[id])) continue;
    if (apart(service)) {
      set_cpu(service, other, flow.pod_call_rate(id), costs_cpu);  // a request passes it once: in, and on
    } else {
      set_cpu(service, profile, proxy.shared ? node_rate : flow.pod_exchange_rate(id), costs_cpu);
    }
  }
  for (CallPlan& call : plan.calls) call.request_cpu = plan.services[plan.clusters[call.cluster].caller].request_cpu;
  costs_cpu = costs_cpu || proxy.handshake_client_cpu > 0 || proxy.handshake_server_cpu > 0;
  // A stage that cannot queue is a delay: no stations, no extra events.
  proxy.queueing = costs_cpu && profile.workers != kUnlimited;
  proxy.visits = proxy.queueing || plan.may_refuse;
  plan.catalog.proxies = proxies + others;
  plan.catalog.proxy_memory_mb = profile.memory_mb * proxies + other.memory_mb * others;
  describe(plan.catalog, profile, other, others);
  describe(plan.catalog, candidate.telemetry);
}

}  // namespace models
