// What one layer does for one call, as a row of the plan: timeouts, retries, hedging, their budget. A layer is the
// application's own code, or who enforces the policy: a library, a proxy.
// Not here: where a call goes (compile_policies.h).
#pragma once

#include <cstdint>

#include "models/plan/plan.h"
#include "models/policy/product.h"
#include "models/spec/scenario_spec.h"

namespace models {

// Of a layer of the product that is told the policy; `grpc`: the callee speaks it. Appends lanes.
[[nodiscard]] CallPolicy call_policy(Plan& plan, const DestinationPolicySpec& said, const ProductDefaults& product,
                                     bool grpc);

// Index in plan.policies. Equal policies share one row: what a fleet's calls read most stays in the nearest cache.
[[nodiscard]] std::uint32_t policy_row(Plan& plan, const CallPolicy& policy);

// Of what the application itself does about a call, or kNone: nothing.
[[nodiscard]] std::uint32_t app_policy(Plan& plan, const CallSpec& call, bool grpc);

}  // namespace models
