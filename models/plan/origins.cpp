#include "models/plan/origins.h"

#include <vector>

#include "models/plan/compile_policies.h"
#include "sim/check.h"

namespace models {

bool says(const DestinationPolicySpec& policy, PolicyPart part) {
  switch (part) {
    case PolicyPart::Timeout: return policy.timeout.has_value();
    case PolicyPart::Deadline: return policy.deadline_propagation.has_value();
    case PolicyPart::Retries:
    case PolicyPart::Backoff: return policy.retries.has_value();
    case PolicyPart::Budget: return policy.retry_budget.has_value();
    case PolicyPart::Hedging: return policy.hedging.has_value();
    case PolicyPart::Balancer: return policy.load_balancer.has_value();
    case PolicyPart::Warmup: return policy.warmup.has_value();
    case PolicyPart::Locality: return policy.locality.has_value();
    case PolicyPart::Split: return !policy.split.empty();
    case PolicyPart::Mtls: return policy.mtls.has_value();
    case PolicyPart::Pool: return policy.connection_pool.has_value();
    case PolicyPart::Outliers: return policy.outlier_detection.has_value();
    case PolicyPart::Accrual: return policy.failure_accrual.has_value();
    case PolicyPart::Fault: return policy.fault.has_value();
    case PolicyPart::Mirror: return policy.mirror.has_value();
    case PolicyPart::RateLimit: return policy.rate_limit.has_value();
    case PolicyPart::Authorization: return policy.allow.has_value() || policy.deny.has_value();
  }
  SIM_UNREACHABLE();
}

Knob knob_of(PolicyPart part) {
  switch (part) {
    case PolicyPart::Timeout:
    case PolicyPart::Deadline: return Knob::Timeout;
    case PolicyPart::Retries:
    case PolicyPart::Backoff:
    case PolicyPart::Budget:
    case PolicyPart::Hedging: return Knob::Retries;
    case PolicyPart::Balancer:
    case PolicyPart::Warmup:
    case PolicyPart::Locality: return Knob::LoadBalancer;
    case PolicyPart::Split: return Knob::Split;
    case PolicyPart::Mtls: return Knob::Mtls;
    case PolicyPart::Pool: return Knob::ConnectionPool;
    case PolicyPart::Outliers:
    case PolicyPart::Accrual: return Knob::OutlierDetection;
    case PolicyPart::Fault: return Knob::Fault;
    case PolicyPart::Mirror: return Knob::Mirror;
    case PolicyPart::RateLimit: return Knob::RateLimit;
    case PolicyPart::Authorization: return Knob::Authorization;
  }
  SIM_UNREACHABLE();
}

namespace {

struct Layer {
  Origin origin;
  const DestinationPolicySpec* policy;
};

// The uppermost layer that says the part.
Origin topmost(const std::vector<Layer>& layers, PolicyPart part) {
  for (const Layer& layer : layers) {
    if (!says(*layer.policy, part)) continue;
    // Retries are replaced as a whole: without a back-off of their own they have the product's.
    if (part == PolicyPart::Backoff && !layer.policy->retries->backoff) return {};
    return layer.origin;
  }
  return {};
}

}  // namespace

Origin origin_of(const ScenarioSpec& spec, const Deviations& deviations, const std::string& caller,
                 const std::string& callee, bool deviates, std::uint32_t after, PolicyPart part) {
  const std::vector<const TimelineEntrySpec*> changes = changes_of(spec);
  const auto destination = [&](const PolicySpec& policy) {
    const auto found = policy.destinations.find(callee);
    return found == policy.destinations.end() ? nullptr : &found->second;
  };
  const DestinationPolicySpec* const own = destination(spec.policy);
  std::vector<Layer> layers;
  layers.reserve(2 * changes.size() + 3);
  for (std::uint32_t k = after; k-- > 0;) {
    if (const DestinationPolicySpec* const now = destination(changes[k]->change)) {
      layers.push_back({{SaidBy::Change, changes[k]->name}, now});
    }
  }
  // What a change says for all does not reach what is said for the destination.
  for (std::uint32_t k = after; k-- > 0 && !(own != nullptr && says(*own, part));) {
    layers.push_back({{SaidBy::Change, changes[k]->name}, &changes[k]->change.defaults});
  }
  const DestinationPolicySpec deviation = deviates ? deviations.of(caller, callee) : DestinationPolicySpec{};
  layers.push_back({{SaidBy::Deviation, {}}, &deviation});
  if (own != nullptr) layers.push_back({{SaidBy::Destination, {}}, own});
  layers.push_back({{SaidBy::Defaults, {}}, &spec.policy.defaults});
  return topmost(layers, part);
}

}  // namespace models
