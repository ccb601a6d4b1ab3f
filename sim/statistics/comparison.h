// Paired differences between two candidates that ran the same replications with the same random numbers.
// Not a test of raw latencies. Differences are candidate minus baseline; the interval is Student's t over pairs
// (means) or over sections (percentiles, where the sections of both sides are the same replications).
// variance_reduction = (S_A^2 + S_B^2) / S_D^2 says what pairing gained: 1 nothing, 0 if it cannot be computed
// (no spread in the differences). Errors: std::invalid_argument for unequal sizes.
#pragma once

#include <cstddef>
#include <vector>

#include "sim/statistics/quantile.h"

namespace sim {

struct PairedDifference {
  double mean = 0;
  double sd = 0;
  double half_width = 0;  // 0 and meaningless unless valid
  double variance_reduction = 0;
  std::size_t n = 0;
  bool valid = false;
};

[[nodiscard]] PairedDifference paired_difference(const std::vector<double>& baseline,
                                                 const std::vector<double>& candidate, double level = 0.95);

struct QuantileDifference {
  QuantileEstimate difference;  // value: difference of the pooled percentiles
  double variance_reduction = 0;
};

[[nodiscard]] QuantileDifference paired_quantile_difference(const std::vector<QuantileSource>& baseline,
                                                            const std::vector<QuantileSource>& candidate, double q,
                                                            double level = 0.95,
                                                            UnknownRuns unknown = UnknownRuns::Refuse);

}  // namespace sim
