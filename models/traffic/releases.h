// When the releases that carry one change reach their services, in one replication. Public because a report dates the
// columns of a frozen adoption by it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "models/plan/plan.h"
#include "sim/random/keyed.h"
#include "sim/time.h"

namespace models {

// By service, from the change on; kHorizonMax: never, or nothing to release. `seed`: of the replication
// (replication_key). With frozen adoption 0 or never.
[[nodiscard]] std::vector<sim::Duration> releases_of(const Plan& plan, std::size_t change, sim::Key seed);
[[nodiscard]] sim::Key replication_key(std::uint64_t seed, std::uint32_t replication);

// When so large a share of the services that a release has to change has been released: the median over a thousand
// draws. Nothing: no release is needed.
[[nodiscard]] std::optional<sim::Duration> adoption_date(const Plan& plan, std::size_t change, double share,
                                                         std::uint64_t seed);

// The knobs (bits) that this carrier brings to these clients.
[[nodiscard]] constexpr std::uint16_t knobs_by(const HolderPlan& holder, Carrier carrier) {
  std::uint32_t knobs = 0;
  for (std::size_t k = 0; k < kKnobs; ++k) knobs |= holder.carriers[k] == carrier ? 1U << k : 0U;
  return static_cast<std::uint16_t>(knobs);
}

}  // namespace models
