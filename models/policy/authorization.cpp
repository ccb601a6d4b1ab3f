#include "models/policy/authorization.h"

#include <algorithm>

namespace models {
namespace {

bool any_matches(const std::vector<AuthorizationRule>& rules, std::string_view caller, std::string_view endpoint) {
  return std::any_of(rules.begin(), rules.end(),
                     [&](const AuthorizationRule& rule) { return matches(rule, caller, endpoint); });
}

}  // namespace

bool matches(const AuthorizationRule& rule, std::string_view caller, std::string_view endpoint) {
  const auto has = [](const std::vector<std::string>& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  if (!rule.from.empty() && (caller.empty() || !has(rule.from, caller))) return false;
  return rule.to.empty() || has(rule.to, endpoint);
}

Verdict decide(const DestinationPolicySpec& policy, std::string_view caller, std::string_view endpoint) {
  if (policy.deny && any_matches(*policy.deny, caller, endpoint)) return Verdict::Deny;
  if (!policy.allow || any_matches(*policy.allow, caller, endpoint)) return Verdict::Allow;
  return Verdict::Deny;
}

}  // namespace models
