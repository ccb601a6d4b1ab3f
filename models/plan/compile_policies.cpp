#include "models/plan/compile_policies.h"

#include <algorithm>

#include "models/plan/compile_programs.h"
#include "models/policy/product.h"

namespace models {
namespace {

constexpr std::uint32_t bit(RetryOn condition) { return static_cast<std::uint32_t>(condition); }

// Application code that retries does so on whatever failed: an answer of 5xx or none at all.
constexpr std::uint32_t kAnyFailure =
    bit(RetryOn::FiveXx) | bit(RetryOn::GatewayError) | bit(RetryOn::Reset) | bit(RetryOn::ConnectFailure) |
    bit(RetryOn::RefusedStream) | bit(RetryOn::Unavailable) | bit(RetryOn::Internal) | bit(RetryOn::DeadlineExceeded) |
    bit(RetryOn::ResourceExhausted) | bit(RetryOn::Cancelled);

void apply_retries(CallPolicy& policy, const RetrySpec& retries) {
  policy.retry.max = retries.max;
  policy.retry.status_codes = {};
  const std::size_t codes = std::min(retries.retriable_status_codes.size(), policy.retry.status_codes.size());
  std::copy_n(retries.retriable_status_codes.begin(), codes, policy.retry.status_codes.begin());
  if (retries.retry_on) policy.retry.retry_on = *retries.retry_on;
  if (retries.backoff) policy.backoff = *retries.backoff;
  if (retries.per_try_timeout) policy.per_try = *retries.per_try_timeout;
  // Envoy: a per-try timeout at or above the overall one is ignored (mesh semantics 2.1).
  if (policy.timeout > 0 && policy.per_try >= policy.timeout) policy.per_try = 0;
}

void take_lanes(Plan& plan, CallPolicy& policy) {
  if (policy.timeout > 0) policy.timeout_lane = lane_of(plan, policy.timeout, false);
  if (policy.per_try > 0) policy.per_try_lane = lane_of(plan, policy.per_try, true);
}

CallPolicy call_policy(Plan& plan, const DestinationPolicySpec& said, const ProductDefaults& product, bool grpc) {
  CallPolicy policy;
  policy.retry.grpc = grpc;
  policy.timeout = said.timeout.value_or(product.timeout);
  policy.backoff = product.backoff;
  policy.retry.avoid_tried_hosts = product.avoid_tried_hosts;
  policy.retry.repicks = product.repicks;
  policy.retry.retry_on = product.retry_on;
  if (said.retries) {
    apply_retries(policy, *said.retries);
  } else {
    policy.retry.max = product.retries;
  }
  take_lanes(plan, policy);
  return policy;
}

// Equal policies share one row: what a fleet's calls read most stays in the nearest cache.
std::uint32_t policy_row(Plan& plan, const CallPolicy& policy) {
  const auto found = std::find(plan.policies.begin(), plan.policies.end(), policy);
  if (found != plan.policies.end()) return static_cast<std::uint32_t>(found - plan.policies.begin());
  plan.policies.push_back(policy);
  return static_cast<std::uint32_t>(plan.policies.size() - 1);
}

void add_split(Plan& plan, Routing& routing, const DestinationPolicySpec& said, const ServicePlan& callee,
               const Catalog::Service& names) {
  if (said.split.empty()) return;
  double total = 0.0;
  for (const auto& [version, weight] : said.split) total += weight;
  if (total <= 0.0) return;
  routing.split = static_cast<std::uint32_t>(plan.splits.size());
  double cumulative = 0.0;
  for (std::uint32_t v = 0; v < names.versions.size(); ++v) {
    const auto weight = said.split.find(names.versions[v]);
    if (weight == said.split.end() || weight->second <= 0.0) continue;
    cumulative += weight->second / total;
    plan.splits.push_back({cumulative, callee.first_version + v});
  }
  routing.split_count = static_cast<std::uint32_t>(plan.splits.size()) - routing.split;
  // One version takes everything and there is no other: the same as no split, to the bit.
  if (routing.split_count == 1 && names.versions.size() == 1) routing.split = kNone;
}

}  // namespace

std::uint32_t lane_of(Plan& plan, sim::Duration duration, bool per_try) {
  for (std::uint32_t i = 0; i < plan.lanes.size(); ++i) {
    if (plan.lanes[i] == duration && plan.lane_per_try[i] == static_cast<std::uint8_t>(per_try)) return i;
  }
  plan.lanes.push_back(duration);
  plan.lane_per_try.push_back(static_cast<std::uint8_t>(per_try));
  return static_cast<std::uint32_t>(plan.lanes.size() - 1);
}

std::uint32_t app_policy(Plan& plan, const CallSpec& call, bool grpc) {
  if (!call.timeout && !call.retries) return kNone;
  CallPolicy policy;
  policy.timeout = call.timeout.value_or(0);
  policy.retry.retry_on = kAnyFailure;
  policy.retry.grpc = grpc;
  policy.backoff.base = 0;  // code that says nothing about back-off retries at once
  if (call.retries) apply_retries(policy, *call.retries);
  if (policy.timeout == 0 && policy.per_try == 0 && policy.retry.max == 0) return kNone;
  take_lanes(plan, policy);
  return policy_row(plan, policy);
}

DestinationPolicySpec overlay(const DestinationPolicySpec& base, const DestinationPolicySpec& over) {
  DestinationPolicySpec result = base;
  if (over.timeout) result.timeout = over.timeout;
  if (over.retries) result.retries = over.retries;
  if (over.load_balancer) result.load_balancer = over.load_balancer;
  if (over.least_request_choices) result.least_request_choices = over.least_request_choices;
  if (over.mtls) result.mtls = over.mtls;
  if (!over.split.empty()) result.split = over.split;
  return result;
}

PolicySpec overlay(const PolicySpec& base, const PolicySpec& over) {
  PolicySpec result = base;
  result.defaults = overlay(base.defaults, over.defaults);
  for (const auto& [name, policy] : over.destinations)
    result.destinations[name] = overlay(result.destinations[name], policy);
  return result;
}

void compile_policies(Plan& plan, const ScenarioSpec& spec, const CandidateSpec& candidate) {
  const ProductDefaults& product =
      product_defaults(candidate.enforced_by == EnforcedBy::Sidecar ? candidate.product : "");
  plan.enforces_policy = candidate.enforced_by != EnforcedBy::None;

  std::vector<const TimelineEntrySpec*> changes;
  for (const TimelineEntrySpec& entry : spec.timeline) {
    if (entry.verb == TimelineVerb::Change) changes.push_back(&entry);
  }
  std::stable_sort(changes.begin(), changes.end(), [](const TimelineEntrySpec* a, const TimelineEntrySpec* b) {
    return a->at != b->at ? a->at < b->at : a->name < b->name;
  });
  std::vector<PolicySpec> snapshots{spec.policy};
  for (const TimelineEntrySpec* change : changes) {
    snapshots.push_back(overlay(snapshots.back(), change->change));
    plan.changes.push_back({plan.warmup + change->at, static_cast<std::uint32_t>(snapshots.size() - 1)});
  }
  plan.snapshots = static_cast<std::uint32_t>(snapshots.size());
  for (const PolicySpec& policy : snapshots) {
    for (const ClusterPlan& cluster : plan.clusters) {
      const Catalog::Service& names = plan.catalog.services[cluster.callee];
      const auto found = policy.destinations.find(names.name);
      const DestinationPolicySpec said =
          found == policy.destinations.end() ? policy.defaults : overlay(policy.defaults, found->second);
      Routing routing;
      routing.policy = policy_row(plan, call_policy(plan, said, product, plan.services[cluster.callee].grpc));
      routing.mtls = said.mtls.value_or(MtlsMode::Strict) != MtlsMode::Disable;
      if (plan.enforces_policy) {
        routing.balancer = candidate.load_balancer.value_or(said.load_balancer.value_or(product.load_balancer));
        routing.choices =
            static_cast<std::uint8_t>(std::min<std::uint32_t>(said.least_request_choices.value_or(2), 255));
        add_split(plan, routing, said, plan.services[cluster.callee], names);
      } else {
        routing.balancer = candidate.load_balancer.value_or(LoadBalancer::ConnectionRandom);
      }
      plan.routings.push_back(routing);
    }
  }
}

}  // namespace models
