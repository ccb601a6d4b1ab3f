// Whether a fleet's tables fit into memory at all, before anything is allocated. Part of validate().
// Errors: none thrown.
#pragma once

#include <vector>

#include "models/fleet/validate.h"
#include "models/spec/scenario_spec.h"

namespace models {

// Every client pod keeps a row for every replica that it may call: at most 2^28 rows (4 GiB in one replication).
[[nodiscard]] std::vector<Finding> check_size(const ScenarioSpec& spec);

}  // namespace models
