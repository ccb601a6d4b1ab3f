// Interval for the mean of one correlated series by non-overlapping batch means. Not for short series: with fewer
// than two values per batch, or fewer than two batches, the result is not valid.
// The first values that do not fill a batch are left out (they are the ones nearest to the start).
#pragma once

#include <cstddef>
#include <vector>

#include "sim/statistics/confidence.h"

namespace sim {

[[nodiscard]] MeanInterval batch_means(const std::vector<double>& series, std::size_t batches = 30,
                                       double level = 0.95);

}  // namespace sim
