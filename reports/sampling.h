// From replications to estimates, exactly as the execution model says. Nothing here knows services or formats;
// the arithmetic itself (Student's t, sections of replications) is sim/statistics.
// Replications are independent; those of two candidates with the same index share their random numbers.
// Refusals: an interval needs two replications; a percentile's needs enough sections with enough tail (quantile.h).
// Nothing seen in a count of rare things is a bound, never 0 +- 0.
#pragma once

#include <cstdint>
#include <vector>

#include "reports/estimate.h"
#include "sim/statistics/exceedance_runs.h"
#include "sim/statistics/histogram.h"

namespace reports {

// The latencies of one replication. Nothing is owned. Without runs (nobody counted them) there is no interval.
struct Latency {
  const sim::Histogram* histogram = nullptr;
  const sim::ExceedanceRuns* runs = nullptr;
};
using Latencies = std::vector<Latency>;  // one per replication, in index order

// One value per replication: its mean with Student's t.
[[nodiscard]] Estimate mean_of(const std::vector<double>& values, double confidence);

// part_r / whole_r per replication: the ratio of the sums, its interval from the residuals part_r - ratio whole_r
// (the ratio estimator). A whole of zero gives nothing.
struct Ratio {
  double part = 0.0;
  double whole = 0.0;
};
[[nodiscard]] Estimate ratio_of(const std::vector<Ratio>& replications, double confidence);

// The same for "how many of them": no part at all gives the upper bound on the proportion 1 - alpha^(1/n), n trials.
[[nodiscard]] Estimate proportion_of(const std::vector<Ratio>& replications, double confidence);

// A percentile in seconds: the estimate is the merged histogram's, the interval by sections of replications that have
// enough requests beyond the estimate in enough separate runs.
[[nodiscard]] Estimate percentile_of(const Latencies& replications, double q, double confidence);

struct Difference {
  Estimate estimate;                // candidate - baseline
  double variance_reduction = 0.0;  // variance of unpaired over paired difference; 0: not known
};
// Paired by replication index; the longer list is cut. Equal candidates give exactly zero.
[[nodiscard]] Difference difference_of(const std::vector<double>& baseline, const std::vector<double>& candidate,
                                       double confidence);
[[nodiscard]] Difference ratio_difference(const std::vector<Ratio>& baseline, const std::vector<Ratio>& candidate,
                                          double confidence);
[[nodiscard]] Difference percentile_difference(const Latencies& baseline, const Latencies& candidate, double q,
                                               double confidence);

}  // namespace reports
