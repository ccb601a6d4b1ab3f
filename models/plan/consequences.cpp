#include "models/plan/consequences.h"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

#include "models/plan/arrangement.h"

namespace models {
namespace {

bool reports(const HolderPlan& holder, const CandidateSpec& candidate) {
  if (is_proxied(holder) && !candidate.telemetry.reports()) return false;
  if (holder.by == EnforcedBy::Sidecar) return true;
  return sees_requests(holder) && (holder.supports & kTelemetryBit) != 0;
}

// What the waypoint does for the calls that it passes on is done for its clients.
void add_waypoint(const Plan& plan, const CallPlan& call, Catalog::Edge& edge) {
  for (const CallPlan& onward : plan.calls) {
    if (onward.leg != Leg::FromWaypoint || onward.endpoint != plan.behind[call.endpoint]) continue;
    const CallPolicy& layer = plan.policies[plan.routings[onward.cluster].policy];
    edge.mtls = edge.mtls && plan.routings[onward.cluster].mtls;
    edge.retry_layers += layer.retry.max > 0 ? 1U : 0U;
    edge.attempts *= layer.retry.max + 1;
    if (layer.timeout > 0 && (edge.timeout == 0 || layer.timeout < edge.timeout)) edge.timeout = layer.timeout;
  }
}

}  // namespace

void describe_consequences(Plan& plan, const ScenarioSpec& spec, const CandidateSpec& candidate) {
  Catalog& catalog = plan.catalog;
  std::vector<char> known(plan.policies.size(), 0);
  const auto count = [&](std::uint32_t policy) {
    if (policy == kNone || known[policy] != 0) return;
    known[policy] = 1;
    ++catalog.distinct_policies;
  };
  for (const CallPlan& call : plan.calls) {
    Catalog::Edge& edge = catalog.edges[call.edge];
    const ClusterPlan& cluster = plan.clusters[call.cluster];
    const HolderPlan& client = plan.holders[cluster.caller];
    const HolderPlan& server = plan.holders[cluster.callee];
    const Routing& routing = plan.routings[call.cluster];
    edge.mtls = routing.mtls && client.by != EnforcedBy::None;
    edge.refused = !edge.mtls && !server.strict.empty() && server.strict[0] != 0;
    edge.restricted = server.restricted;
    edge.authorized = server.restricted && server.authorizes;
    edge.denied = edge.authorized && (plan.denied[static_cast<std::size_t>(&call - plan.calls.data())] &
                                      (edge.mtls ? kDeniedProven : kDeniedPlain)) != 0;
    edge.library = client.has_library;
    edge.telemetry = reports(client, candidate) || reports(server, candidate);
    edge.idempotent = plan.endpoint_idempotent[call.endpoint] != 0;
    edge.retry_layers = 0;
    edge.attempts = 1;
    edge.timeout = 0;
    for (const std::uint32_t policy : {call.app_policy, call.enforced ? routing.policy : kNone}) {
      count(policy);
      if (policy == kNone) continue;
      const CallPolicy& layer = plan.policies[policy];
      edge.retry_layers += layer.retry.max > 0 ? 1U : 0U;
      edge.attempts *= layer.retry.max + 1;
      if (layer.timeout > 0 && (edge.timeout == 0 || layer.timeout < edge.timeout)) edge.timeout = layer.timeout;
    }
    if (call.leg == Leg::ToWaypoint) add_waypoint(plan, call, edge);
  }
  for (std::size_t s = 0; s < plan.holders.size(); ++s) {
    const bool acts = plan.holders[s].by == candidate.enforced_by || is_proxied(plan.holders[s]);
    catalog.enrolled += acts && !plan.services[s].waypoint ? 1U : 0U;
  }
  if (candidate.enforced_by == EnforcedBy::None) catalog.enrolled = 0;
  catalog.library_cpu = sim::to_seconds(candidate.library_cpu);
  for (const TimelineEntrySpec& entry : spec.timeline) {
    if (entry.verb == TimelineVerb::Change) catalog.changes.push_back({entry.name, entry.at, {}});
  }
  std::stable_sort(catalog.changes.begin(), catalog.changes.end(),
                   [](const Catalog::Change& a, const Catalog::Change& b) {
                     return std::tie(a.at, a.name) < std::tie(b.at, b.name);
                   });
  for (std::size_t k = 0; k < catalog.changes.size(); ++k) {
    std::set<std::string> carriers;
    for (const HolderPlan& holder : plan.holders) {
      for (std::size_t knob = 0; knob < kKnobs; ++knob) {
        if ((holder.alters[k] >> knob & 1) == 0) continue;
        const bool assumed = holder.carriers[knob] == Carrier::Redeploy && holder.redeploy_assumed;
        carriers.insert(std::string(name_of(static_cast<Knob>(knob))) + " by " + name_of(holder.carriers[knob]) +
                        (assumed ? " (assumed lead time)" : ""));
      }
    }
    catalog.changes[k].carriers.assign(carriers.begin(), carriers.end());
  }
}

}  // namespace models
