// What an arrangement means before the first request: mTLS, telemetry and layers of retries by edge, distinct policies,
// how each change travels. Written into the plan's Catalog; nothing in a run reads it.
#pragma once

#include "models/plan/plan.h"
#include "models/spec/scenario_spec.h"

namespace models {

// REQUIRES: policies are compiled (holders, routings, strictness).
void describe_consequences(Plan& plan, const ScenarioSpec& spec, const CandidateSpec& candidate);

}  // namespace models
