// Where a series has forgotten its start: MSER-5. Use it on the average of all replications, pooled (one cut per
// replication gives intervals that are far too short). Not for transient studies.
// The cut is at most half of the series. `settled` is false when the best cut lies at the end of that range (beyond
// 45 % of the series): the series is too short or has no steady state.
// Source: K. P. White, Simulation 69(6), 1997; S. C. Spratt, thesis, 1998 (batches of 5).
#pragma once

#include <cstddef>
#include <vector>

namespace sim {

struct WarmUp {
  std::size_t cut = 0;  // values to delete at the start
  bool settled = false;
};

[[nodiscard]] WarmUp mser(const std::vector<double>& series, std::size_t batch = 5);

}  // namespace sim
