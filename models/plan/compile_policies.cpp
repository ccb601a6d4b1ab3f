#include "models/plan/compile_policies.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "models/plan/arrangement.h"
#include "models/plan/compile_guards.h"
#include "models/plan/compile_layers.h"
#include "models/plan/compile_limits.h"
#include "models/plan/intents.h"
#include "models/policy/product.h"

namespace models {
namespace {

void add_split(Plan& plan, Routing& routing, const DestinationPolicySpec& said, const ServicePlan& callee,
               const Catalog::Service& names) {
  if (said.split.empty()) return;
  double total = 0.0;
  for (const auto& [version, weight] : said.split) total += weight;
  if (total <= 0.0) return;
  std::vector<SplitRow> rows;
  double cumulative = 0.0;
  for (std::uint32_t v = 0; v < names.versions.size(); ++v) {
    const auto weight = said.split.find(names.versions[v]);
    if (weight == said.split.end() || weight->second <= 0.0) continue;
    cumulative += weight->second / total;
    rows.push_back({cumulative, callee.first_version + v});
  }
  // Equal splits share their rows, so that equal routings are equal.
  const auto known = std::search(plan.splits.begin(), plan.splits.end(), rows.begin(), rows.end());
  routing.split = static_cast<std::uint32_t>(known - plan.splits.begin());
  routing.split_count = static_cast<std::uint16_t>(rows.size());
  if (known == plan.splits.end()) plan.splits.insert(plan.splits.end(), rows.begin(), rows.end());
  // One version takes everything and there is no other: the same as no split, to the bit.
  if (routing.split_count == 1 && names.versions.size() == 1) routing.split = kNone;
}

template <class T>
std::uint16_t row_of(std::vector<T>& rows, const T& row) {
  const auto known = std::find(rows.begin(), rows.end(), row);
  const auto index = static_cast<std::size_t>(known - rows.begin());
  if (known == rows.end()) rows.push_back(row);
  if (index >= kNoExtra) throw std::length_error("more than 65,534 different faults, mirrors or warm-ups");
  return static_cast<std::uint16_t>(index);
}

// What a client's balancer makes of weights and of a warm-up: only Envoy's two that schedule look at either.
void weigh(Plan& plan, Routing& routing, std::uint32_t callee, const ProductDefaults& product,
           const std::optional<WarmupSpec>& warmup) {
  if (routing.balancer != LoadBalancer::RoundRobin && routing.balancer != LoadBalancer::LeastRequest) return;
  routing.weighted = product.weighs && unequal_weights(plan, callee);
  if (product.warms_up && warmup && warmup->duration > 0) routing.warmup = row_of(plan.warmups, *warmup);
}

// REQUIRES: the routing's outlier detection is known.
bool keeps_to_zone(const Plan& plan, const Routing& routing, const ProductDefaults& product,
                   const std::optional<LocalitySpec>& said) {
  const bool picks = routing.balancer == LoadBalancer::Random || routing.balancer == LoadBalancer::RoundRobin ||
                     routing.balancer == LoadBalancer::LeastRequest;
  if (plan.zones < 2 || !picks || (said && !said->enabled)) return false;
  switch (product.zones) {
    case Zones::Ignored: return false;
    case Zones::IfAsked: return said.has_value();
    case Zones::WithOutlierDetection: return routing.outlier != kNone;
  }
  return false;
}

void add_fault(Plan& plan, Routing& routing, const FaultSpec& fault) {
  const bool delays = fault.delay_share > 0.0 && fault.delay > 0;
  if (delays || fault.abort_share > 0.0) routing.fault = row_of(plan.faults_injected, fault);
}

void add_mirror(Plan& plan, Routing& routing, const MirrorSpec& mirror, std::uint32_t callee, std::uint32_t policy) {
  const std::vector<std::string>& versions = plan.catalog.services[callee].versions;
  const auto found = std::find(versions.begin(), versions.end(), mirror.version);
  if (found == versions.end() || mirror.share <= 0.0) return;
  const auto version = plan.services[callee].first_version + static_cast<std::uint32_t>(found - versions.begin());
  routing.mirror = row_of(plan.mirrors, MirrorPlan{mirror.share, version, policy});
}

// Whose balancers pick among connected replicas only, where the timeline crashes a callee.
void find_reconnects(Plan& plan, const ScenarioSpec& spec, const CandidateSpec& candidate) {
  for (std::size_t c = 0; c < plan.clusters.size(); ++c) {
    const ClusterPlan& cluster = plan.clusters[c];
    const HolderPlan& holder = plan.holders[cluster.caller];
    if (!sees_requests(holder)) continue;
    const Maker maker = product_of(candidate, holder.by).maker;
    const bool library = maker == Maker::Grpc || holder.by == EnforcedBy::Proxyless;  // of gRPC, named or not
    const bool grpc = library && plan.services[cluster.callee].grpc;
    if (maker != Maker::Linkerd && !grpc) continue;
    const bool crashes = std::any_of(spec.timeline.begin(), spec.timeline.end(), [&](const TimelineEntrySpec& entry) {
      return entry.verb == TimelineVerb::Crash && entry.service == plan.catalog.services[cluster.callee].name;
    });
    if (!crashes) continue;
    plan.reconnects.resize(plan.clusters.size(), Reconnects::None);
    plan.reconnects[c] = grpc ? Reconnects::Grpc : Reconnects::Linkerd;
  }
}

// What the client's library, or product, cannot do is not said to it.
DestinationPolicySpec supported(DestinationPolicySpec said, std::uint32_t supports, const ProductDefaults& product) {
  const bool accrues = product.maker == Maker::Linkerd && (supports & bit(Knob::OutlierDetection)) != 0;
  supports &= ~product.lacks;
  if ((supports & bit(Knob::Timeout)) == 0) said.timeout.reset();
  if ((supports & bit(Knob::Retries)) == 0) {
    said.retries.reset();
    said.retry_budget.reset();
    said.hedging.reset();
  }
  if ((supports & bit(Knob::ConnectionPool)) == 0) said.connection_pool.reset();
  if ((supports & bit(Knob::OutlierDetection)) == 0) {
    said.outlier_detection.reset();
    if (!accrues) said.failure_accrual.reset();
  }
  if ((supports & bit(Knob::Split)) == 0) said.split.clear();
  if ((supports & bit(Knob::Fault)) == 0) said.fault.reset();
  if ((supports & bit(Knob::Mirror)) == 0) said.mirror.reset();
  return said;
}

// By replicas, weights are what whole replicas make of them.
void round_to_replicas(std::map<std::string, double>& split, std::uint32_t replicas) {
  double total = 0.0;
  for (const auto& [version, weight] : split) total += weight;
  if (total <= 0.0 || replicas == 0) return;
  for (auto& [version, weight] : split) {
    const double whole = weight / total * replicas;
    const double rounded = (whole + 0x1p52) - 0x1p52;
    weight = weight > 0.0 && rounded == 0.0 ? 1.0 : rounded;  // who gets any traffic has a replica
  }
}

std::uint16_t altered(const Plan& plan, const Routing& a, const Routing& b) {
  const CallPolicy& before = plan.policies[a.policy];
  const CallPolicy& after = plan.policies[b.policy];
  std::uint32_t knobs = 0;
  if (before.timeout != after.timeout || a.deadline != b.deadline) knobs |= bit(Knob::Timeout);
  CallPolicy same = before;
  same.timeout = after.timeout;
  same.timeout_lane = after.timeout_lane;
  if (!(same == after)) knobs |= bit(Knob::Retries);
  if (a.balancer != b.balancer || a.choices != b.choices || a.warmup != b.warmup ||
      a.own_zone_first != b.own_zone_first)
    knobs |= bit(Knob::LoadBalancer);
  if (a.split != b.split || a.split_count != b.split_count) knobs |= bit(Knob::Split);
  if (a.mtls != b.mtls) knobs |= bit(Knob::Mtls);
  if (a.pool != b.pool) knobs |= bit(Knob::ConnectionPool);
  if (a.outlier != b.outlier) knobs |= bit(Knob::OutlierDetection);
  if (a.fault != b.fault) knobs |= bit(Knob::Fault);
  const auto mirror = [&](const Routing& r) { return r.mirror == kNoExtra ? MirrorPlan{} : plan.mirrors[r.mirror]; };
  if (mirror(a).share != mirror(b).share || mirror(a).version != mirror(b).version) knobs |= bit(Knob::Mirror);
  return static_cast<std::uint16_t>(knobs);
}

}  // namespace

namespace {

bool can_mtls(const HolderPlan& holder) {
  if (is_proxied(holder)) return true;
  return holder.by != EnforcedBy::None && (holder.supports & bit(Knob::Mtls)) != 0;
}

// Both ends can, and trust the same root: the mesh's, or the one that the libraries are given.
bool can_mtls(const HolderPlan& client, const HolderPlan& server) {
  const bool of_mesh = is_proxied(client) || client.by == EnforcedBy::Proxyless;
  const bool to_mesh = is_proxied(server) || server.by == EnforcedBy::Proxyless;
  return of_mesh == to_mesh && can_mtls(client) && can_mtls(server);
}

}  // namespace

bool mtls_between(const HolderPlan& client, const HolderPlan& server, std::optional<MtlsMode> said) {
  if (client.always_mtls && server.always_mtls) return true;
  const bool automatic = is_proxied(client) && is_proxied(server);
  return can_mtls(client, server) && said != MtlsMode::Disable && (automatic || said.has_value());
}

std::vector<const TimelineEntrySpec*> changes_of(const ScenarioSpec& spec) {
  std::vector<const TimelineEntrySpec*> changes;
  for (const TimelineEntrySpec& entry : spec.timeline) {
    if (entry.verb == TimelineVerb::Change) changes.push_back(&entry);
  }
  std::stable_sort(changes.begin(), changes.end(), [](const TimelineEntrySpec* a, const TimelineEntrySpec* b) {
    return a->at != b->at ? a->at < b->at : a->name < b->name;
  });
  return changes;
}

void compile_policies(Plan& plan, const ScenarioSpec& spec, const CandidateSpec& candidate) {
  const std::vector<const TimelineEntrySpec*> changes = changes_of(spec);
  for (const TimelineEntrySpec* change : changes) {
    plan.changes.push_back({plan.warmup + change->at, sim::name_key(change->name)});
  }
  plan.snapshots = static_cast<std::uint32_t>(changes.size() + 1);

  std::vector<std::string> names;
  for (const Catalog::Service& service : plan.catalog.services) names.push_back(service.name);
  plan.holders = arrange(spec, candidate, names);
  const Intents intents(plan, spec, candidate, changes);
  const auto product_at = [&](const HolderPlan& holder) -> const ProductDefaults& {
    return product_of(candidate, holder.by);
  };
  const auto policy_of = [&](const ClusterPlan& cluster, DestinationPolicySpec said) {
    const HolderPlan& holder = plan.holders[cluster.caller];
    const ProductDefaults& product = product_at(holder);
    said = supported(std::move(said), holder.supports, product);
    return policy_row(plan, call_policy(plan, said, product, plan.services[cluster.callee].grpc));
  };

  bool apart = false;  // timeouts and retries
  for (const HolderPlan& holder : plan.holders) {
    apart = apart || holder.carriers[static_cast<std::size_t>(Knob::Timeout)] !=
                         holder.carriers[static_cast<std::size_t>(Knob::Retries)];
  }
  for (std::uint32_t s = 0; s < plan.snapshots; ++s) {
    for (const ClusterPlan& cluster : plan.clusters) {
      const HolderPlan& holder = plan.holders[cluster.caller];
      const HolderPlan& server = plan.holders[cluster.callee];
      const DestinationPolicySpec intent = intents.at(s, cluster);
      DestinationPolicySpec said = supported(intent, holder.supports, product_at(holder));
      const bool by_replicas = holder.carriers[static_cast<std::size_t>(Knob::Split)] == Carrier::ReplicaRatio;
      if (by_replicas) said.split = intent.split;  // needs no library, only replicas
      Routing routing;
      routing.mtls = mtls_between(holder, server, said.mtls);
      if (sees_requests(holder)) {
        const ProductDefaults& product = product_at(holder);
        routing.policy = policy_of(cluster, intent);
        const bool grpc = product.maker == Maker::Grpc && plan.services[cluster.callee].grpc;
        routing.deadline =
            said.deadline_propagation.value_or(grpc ? DeadlinePropagation::Grpc : DeadlinePropagation::None);
        plan.carries_deadlines = plan.carries_deadlines || routing.deadline != DeadlinePropagation::None;
        const bool balances = (holder.supports & bit(Knob::LoadBalancer)) != 0;
        routing.balancer = candidate.load_balancer.value_or(
            balances ? said.load_balancer.value_or(product.load_balancer) : LoadBalancer::ConnectionRandom);
        routing.choices =
            static_cast<std::uint8_t>(std::min<std::uint32_t>(said.least_request_choices.value_or(2), 255));
        weigh(plan, routing, cluster.callee, product, balances ? said.warmup : std::nullopt);
        if (by_replicas && (holder.supports & bit(Knob::Split)) == 0) {
          round_to_replicas(said.split, plan.services[cluster.callee].pods);
        }
        routing.pool = pool_row(plan, said, product, plan.services[cluster.callee].http1);
        routing.outlier = outlier_row(plan, said, product, holder.by);
        routing.own_zone_first = keeps_to_zone(plan, routing, product, balances ? said.locality : std::nullopt);
        add_split(plan, routing, said, plan.services[cluster.callee], plan.catalog.services[cluster.callee]);
        if (said.fault) add_fault(plan, routing, *said.fault);
        if (said.mirror) {
          DestinationPolicySpec copy = said;
          copy.retries = RetrySpec{};
          copy.retries->retry_on = 0;
          copy.hedging.reset();
          add_mirror(plan, routing, *said.mirror, cluster.callee, policy_of(cluster, copy));
        }
      } else {
        const bool layer_4 = holder.by == EnforcedBy::Ambient;  // the candidate's balancer is that of its waypoints
        routing.balancer =
            layer_4 ? LoadBalancer::ConnectionRandom : candidate.load_balancer.value_or(LoadBalancer::ConnectionRandom);
        routing.weighted = layer_4 && unequal_weights(plan, cluster.callee);
      }
      routing.prepares = prepares(plan, routing);
      plan.routings.push_back(routing);
      if (intent.mtls == MtlsMode::Strict && is_proxied(server)) {
        std::vector<std::uint8_t>& strict = plan.holders[cluster.callee].strict;
        strict.resize(plan.snapshots);
        strict[s] = 1;
        plan.may_refuse = plan.may_refuse || !routing.mtls;
      }
    }
  }
  for (std::uint32_t a = 0; apart && a < plan.snapshots; ++a) {
    for (std::uint32_t b = 0; b < plan.snapshots; ++b) {
      for (const ClusterPlan& cluster : plan.clusters) {
        DestinationPolicySpec said = intents.at(a, cluster);
        said.retries = intents.at(b, cluster).retries;
        said.retry_budget = intents.at(b, cluster).retry_budget;
        said.hedging = intents.at(b, cluster).hedging;
        plan.mixed_policies.push_back(sees_requests(plan.holders[cluster.caller]) ? policy_of(cluster, said) : kNone);
      }
    }
  }
  find_reconnects(plan, spec, candidate);
  mark_pooled(plan);
  for (HolderPlan& holder : plan.holders) holder.alters.assign(plan.changes.size(), 0);
  for (std::size_t k = 0; k < plan.changes.size(); ++k) {
    for (std::size_t c = 0; c < plan.clusters.size(); ++c) {
      HolderPlan& holder = plan.holders[plan.clusters[c].caller];
      if (holder.by == EnforcedBy::None) continue;
      const Routing& before = plan.routings[k * plan.clusters.size() + c];
      const Routing& after = plan.routings[(k + 1) * plan.clusters.size() + c];
      if (sees_requests(holder)) {
        holder.alters[k] |= altered(plan, before, after);
      } else if (before.mtls != after.mtls) {
        holder.alters[k] |= static_cast<std::uint16_t>(bit(Knob::Mtls));
      }
    }
  }
  compile_guards(plan, intents);
  // The library that a half-migrated service keeps acts above its proxy, like the application's own layer.
  for (CallPlan& call : plan.calls) {
    const ClusterPlan& cluster = plan.clusters[call.cluster];
    const HolderPlan& holder = plan.holders[cluster.caller];
    call.enforced = sees_requests(holder);
    if (!candidate.keeps_library || holder.by != EnforcedBy::Sidecar || call.app_policy != kNone) continue;
    if (plan.services[cluster.caller].gateway) continue;
    const bool grpc = plan.services[cluster.callee].grpc;
    const ProductDefaults& library = product_defaults("");
    const DestinationPolicySpec kept = supported(intents.at(0, cluster, true), holder.library_supports, library);
    const CallPolicy policy = call_policy(plan, kept, library, grpc);
    if (policy.timeout > 0 || policy.per_try > 0 || policy.retry.max > 0) call.app_policy = policy_row(plan, policy);
  }
}

}  // namespace models
