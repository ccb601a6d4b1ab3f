// May a request pass? Istio's order (mesh semantics 16): a matching `deny` refuses; without any `allow` everybody may;
// a matching `allow` admits; else nobody. A rule that names callers matches only those who prove who they are.
// Not here: who evaluates it, and when (models/plan/compile_guards, models/traffic/guard).
#pragma once

#include <string_view>
#include <vector>

#include "models/spec/policy_spec.h"

namespace models {

// `caller`: proven by mTLS; empty: nobody knows.
[[nodiscard]] bool matches(const AuthorizationRule& rule, std::string_view caller, std::string_view endpoint);

enum class Verdict : std::uint8_t { Allow, Deny };
[[nodiscard]] Verdict decide(const DestinationPolicySpec& policy, std::string_view caller, std::string_view endpoint);

}  // namespace models
