// Turns what the policy says, and what the product does where it is silent, into flat rows: one CallPolicy
// and one Routing per (snapshot, cluster). A timeline's `change` makes the next snapshot.
#pragma once

#include "models/plan/plan.h"
#include "models/spec/scenario_spec.h"

namespace models {

// REQUIRES: services, versions and clusters are filled. Appends to policies, routings, splits, lanes, changes.
void compile_policies(Plan& plan, const ScenarioSpec& spec, const CandidateSpec& candidate);

// Field by field: what `over` says replaces what `base` says.
[[nodiscard]] DestinationPolicySpec overlay(const DestinationPolicySpec& base, const DestinationPolicySpec& over);
[[nodiscard]] PolicySpec overlay(const PolicySpec& base, const PolicySpec& over);

}  // namespace models
