// When the releases that carry one change reach their services, in one replication. Public because a report dates the
// columns of a frozen adoption by it.
#pragma once

#include <cstddef>
#include <vector>

#include "models/plan/plan.h"
#include "sim/random/keyed.h"
#include "sim/time.h"

namespace models {

// By service, from the change on; kHorizonMax: never, or nothing to release. `seed`: of the replication
// (replication_key). With frozen adoption 0 or never.
[[nodiscard]] std::vector<sim::Duration> releases_of(const Plan& plan, std::size_t change, sim::Key seed);
[[nodiscard]] sim::Key replication_key(std::uint64_t seed, std::uint32_t replication);

}  // namespace models
