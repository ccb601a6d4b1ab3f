// Compiles one candidate of a validated scenario into a Plan. A pure function: same spec, same plan.
// REQUIRES: models::validate(spec) reported no error. Not here: validation, graph algorithms, statistics.
#pragma once

#include <cstddef>

#include "models/plan/plan.h"
#include "models/spec/scenario_spec.h"

namespace models {

[[nodiscard]] Plan compile(const ScenarioSpec& spec, std::size_t candidate);

}  // namespace models
