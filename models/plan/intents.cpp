#include "models/plan/intents.h"

#include "models/spec/waypoint.h"

namespace models {

DestinationPolicySpec overlay(const DestinationPolicySpec& base, const DestinationPolicySpec& over) {
  DestinationPolicySpec result = base;
  if (over.timeout) result.timeout = over.timeout;
  if (over.deadline_propagation) result.deadline_propagation = over.deadline_propagation;
  if (over.retries) result.retries = over.retries;
  if (over.load_balancer) result.load_balancer = over.load_balancer;
  if (over.least_request_choices) result.least_request_choices = over.least_request_choices;
  if (over.warmup) result.warmup = over.warmup;
  if (over.locality) result.locality = over.locality;
  if (over.mtls) result.mtls = over.mtls;
  if (over.connection_pool) result.connection_pool = over.connection_pool;
  if (over.outlier_detection) result.outlier_detection = over.outlier_detection;
  if (over.failure_accrual) result.failure_accrual = over.failure_accrual;
  if (over.retry_budget) result.retry_budget = over.retry_budget;
  if (over.hedging) result.hedging = over.hedging;
  if (!over.split.empty()) result.split = over.split;
  if (over.fault) result.fault = over.fault;
  if (over.mirror) result.mirror = over.mirror;
  if (over.rate_limit) result.rate_limit = over.rate_limit;
  if (over.allow) result.allow = over.allow;
  if (over.deny) result.deny = over.deny;
  return result;
}

PolicySpec overlay(const PolicySpec& base, const PolicySpec& over) {
  PolicySpec result = base;
  result.defaults = overlay(base.defaults, over.defaults);
  for (const auto& [name, policy] : over.destinations)
    result.destinations[name] = overlay(result.destinations[name], policy);
  return result;
}

namespace {

DestinationPolicySpec resolve(const PolicySpec& policy, const std::string& callee) {
  const auto found = policy.destinations.find(callee);
  return found == policy.destinations.end() ? policy.defaults : overlay(policy.defaults, found->second);
}

// Leaves of what a change says for all only what the destination does not say for itself.
void yield_to(DestinationPolicySpec& more, const DestinationPolicySpec& own) {
  if (own.timeout) more.timeout.reset();
  if (own.deadline_propagation) more.deadline_propagation.reset();
  if (own.retries) more.retries.reset();
  if (own.load_balancer) more.load_balancer.reset();
  if (own.least_request_choices) more.least_request_choices.reset();
  if (own.warmup) more.warmup.reset();
  if (own.locality) more.locality.reset();
  if (own.mtls) more.mtls.reset();
  if (own.connection_pool) more.connection_pool.reset();
  if (own.outlier_detection) more.outlier_detection.reset();
  if (own.failure_accrual) more.failure_accrual.reset();
  if (own.retry_budget) more.retry_budget.reset();
  if (own.hedging) more.hedging.reset();
  if (!own.split.empty()) more.split.clear();
  if (own.fault) more.fault.reset();
  if (own.mirror) more.mirror.reset();
  if (own.rate_limit) more.rate_limit.reset();
  if (own.allow) more.allow.reset();
  if (own.deny) more.deny.reset();
}

}  // namespace

Intents::Intents(const Plan& plan, const ScenarioSpec& spec, const CandidateSpec& candidate,
                 const std::vector<const TimelineEntrySpec*>& changes)
    : plan_(plan), base_(spec.policy), deviations_(spec, candidate) {
  PolicySpec changed;
  for (const TimelineEntrySpec* change : changes) changed_.push_back(changed = overlay(changed, change->change));
}

DestinationPolicySpec Intents::at(std::uint32_t snapshot, const ClusterPlan& cluster) const {
  const EnforcedBy by = plan_.holders[cluster.caller].by;
  return at(snapshot, cluster, by == EnforcedBy::Library || by == EnforcedBy::Proxyless);
}

DestinationPolicySpec Intents::at(std::uint32_t snapshot, const ClusterPlan& cluster, bool of_library) const {
  const std::string callee = behind(plan_.catalog.services[cluster.callee].name);
  DestinationPolicySpec said = resolve(base_, callee);
  if (!deviations_.empty() && of_library) {
    said = overlay(said, deviations_.of(plan_.catalog.services[cluster.caller].name, callee));
  }
  return after(snapshot, callee, said);
}

DestinationPolicySpec Intents::at(std::uint32_t snapshot, const std::string& service) const {
  const std::string callee = behind(service);
  return after(snapshot, callee, resolve(base_, callee));
}

// A change is made by those who deviate, too. What it says for all does not reach what is said for the destination.
DestinationPolicySpec Intents::after(std::uint32_t snapshot, const std::string& callee,
                                     DestinationPolicySpec said) const {
  if (snapshot == 0) return said;
  const PolicySpec& changed = changed_[snapshot - 1];
  DestinationPolicySpec more = changed.defaults;
  const auto own = base_.destinations.find(callee);
  if (own != base_.destinations.end()) yield_to(more, own->second);
  const auto now = changed.destinations.find(callee);
  if (now != changed.destinations.end()) more = overlay(more, now->second);
  return overlay(said, more);
}

}  // namespace models
