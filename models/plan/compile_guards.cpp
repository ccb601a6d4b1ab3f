#include "models/plan/compile_guards.h"

#include <algorithm>
#include <string>
#include <vector>

#include "models/plan/gateway.h"
#include "models/policy/authorization.h"

namespace models {
namespace {

bool restricts(const DestinationPolicySpec& intent) { return intent.allow.has_value() || intent.deny.has_value(); }

std::uint8_t denial(const DestinationPolicySpec& intent, const std::string& caller, const std::string& endpoint) {
  std::uint32_t bits = 0;
  if (decide(intent, {}, endpoint) == Verdict::Deny) bits |= kDeniedPlain;
  if (decide(intent, caller, endpoint) == Verdict::Deny) bits |= kDeniedProven;
  return static_cast<std::uint8_t>(bits);
}

}  // namespace

DestinationPolicySpec at_layer_4(DestinationPolicySpec intent) {
  if (intent.allow) {
    auto& rules = *intent.allow;
    rules.erase(
        std::remove_if(rules.begin(), rules.end(), [](const AuthorizationRule& rule) { return !rule.to.empty(); }),
        rules.end());
  }
  if (intent.deny) {
    for (AuthorizationRule& rule : *intent.deny) rule.to.clear();
  }
  return intent;
}

bool guards(const HolderPlan& holder, Knob knob) {
  if (holder.by == EnforcedBy::Sidecar) return true;
  if (holder.by == EnforcedBy::Ambient) return knob == Knob::Authorization && !holder.behind_waypoint;
  return holder.by != EnforcedBy::None && (holder.supports & bit(knob)) != 0;
}

void compile_guards(Plan& plan, const Intents& intents) {
  bool authorizes = false;
  for (std::size_t s = 0; s < plan.services.size(); ++s) {
    HolderPlan& holder = plan.holders[s];
    if (plan.services[s].gateway) continue;
    std::vector<RateLimitSpec> limits;
    bool limited = false;
    for (std::uint32_t snapshot = 0; snapshot < plan.snapshots; ++snapshot) {
      const DestinationPolicySpec intent = intents.at(snapshot, plan.catalog.services[s].name);
      holder.authorizes = holder.authorizes || (restricts(intent) && guards(holder, Knob::Authorization));
      holder.restricted = holder.restricted || (snapshot == 0 && restricts(intent));
      limits.push_back(intent.rate_limit.value_or(RateLimitSpec{}));
      limited = limited || limits.back().max_tokens > 0;
      if (snapshot > 0 && guards(holder, Knob::RateLimit) && !(limits[snapshot] == limits[snapshot - 1])) {
        holder.alters[snapshot - 1] |= static_cast<std::uint16_t>(bit(Knob::RateLimit));
      }
    }
    if (limited && guards(holder, Knob::RateLimit)) holder.rate_limits = std::move(limits);
    authorizes = authorizes || holder.authorizes;
  }
  if (!authorizes) return;
  plan.denied.assign(plan.snapshots * plan.calls.size(), 0);
  for (std::uint32_t snapshot = 0; snapshot < plan.snapshots; ++snapshot) {
    std::vector<DestinationPolicySpec> told;
    for (std::size_t s = 0; s < plan.services.size(); ++s) {
      DestinationPolicySpec intent = intents.at(snapshot, plan.catalog.services[s].name);
      const bool layer_4 = plan.holders[s].by == EnforcedBy::Ambient;
      told.push_back(layer_4 ? at_layer_4(std::move(intent)) : std::move(intent));
    }
    for (std::size_t c = 0; c < plan.calls.size(); ++c) {
      const CallPlan& call = plan.calls[c];
      HolderPlan& holder = plan.holders[call.service];
      if (!holder.authorizes) continue;
      const std::string& caller = plan.catalog.services[plan.clusters[call.cluster].caller].name;
      std::uint8_t& denied = plan.denied[snapshot * plan.calls.size() + c];
      denied = denial(told[call.service], caller, plan.catalog.endpoints[call.endpoint].name);
      if (snapshot == 0 || denied == plan.denied[(snapshot - 1) * plan.calls.size() + c]) continue;
      holder.alters[snapshot - 1] |= static_cast<std::uint16_t>(bit(Knob::Authorization));
    }
  }
}

}  // namespace models
