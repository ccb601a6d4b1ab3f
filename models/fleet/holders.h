// Checks of what says who holds the policy: teams, enrolment, deviations, carriers.
// Part of validate(): for scenarios made in code. A file's have been checked by the reader, with places and hints.
// Not here: who acts in the end (models/plan/arrangement.h). Errors: none thrown; order: teams, then candidates.
#pragma once

#include <vector>

#include "models/fleet/validate.h"
#include "models/spec/scenario_spec.h"

namespace models {

[[nodiscard]] std::vector<Finding> check_holders(const ScenarioSpec& spec);

}  // namespace models
