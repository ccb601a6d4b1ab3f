// Turns what the policy says, and what the product does where it is silent, into flat rows: one CallPolicy
// and one Routing per (snapshot, cluster). A timeline's `change` makes the next snapshot.
#pragma once

#include <optional>
#include <vector>

#include "models/plan/plan.h"
#include "models/spec/scenario_spec.h"

namespace models {

// REQUIRES: services, versions and clusters are filled. Appends to policies, routings, splits, lanes, changes.
void compile_policies(Plan& plan, const ScenarioSpec& spec, const CandidateSpec& candidate);

// True if calls between these two are over mTLS: both can, the policy does not say DISABLE, and either it says
// something or both ends are sidecars, which do it by themselves.
[[nodiscard]] bool mtls_between(const HolderPlan& client, const HolderPlan& server, std::optional<MtlsMode> said);

// The timeline's changes in order of time, then name.
[[nodiscard]] std::vector<const TimelineEntrySpec*> changes_of(const ScenarioSpec& spec);

}  // namespace models
