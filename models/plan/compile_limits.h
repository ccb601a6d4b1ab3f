// Turns what a policy says about pools, outlier detection and budgets, and what the product does where it is silent,
// into rows of the plan, and marks the clusters whose calls take the pooled way (models/traffic/pooled.cpp).
// Not here: timeouts, retries, splits (compile_policies.h).
#pragma once

#include <cstdint>

#include "models/plan/plan.h"
#include "models/policy/product.h"
#include "models/spec/scenario_spec.h"

namespace models {

// Row of plan.connection_pools, or kNone: neither policy nor product limits anything.
[[nodiscard]] std::uint32_t pool_row(Plan& plan, const DestinationPolicySpec& said, const ProductDefaults& product,
                                     bool http1);

// Row of plan.outliers, or kNone: all replicas are used whatever they answer.
[[nodiscard]] std::uint32_t outlier_row(Plan& plan, const DestinationPolicySpec& said, const ProductDefaults& product,
                                        EnforcedBy by);

// Whether replicas of a service, of whatever version, differ in weight.
[[nodiscard]] bool unequal_weights(const Plan& plan, std::uint32_t service);

// A cluster with any of these under any snapshot is pooled under all of them. REQUIRES: routings and policies.
void mark_pooled(Plan& plan);

}  // namespace models
