#include "sim/statistics/comparison.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "sim/statistics/confidence.h"
#include "sim/statistics/moments.h"

namespace sim {

namespace {

double variance_of(const std::vector<double>& values) {
  Moments moments;
  for (const double value : values) moments.observe(value);
  return moments.variance();
}

double reduction(double independent, double paired) { return paired > 0 ? independent / paired : 0; }

}  // namespace

PairedDifference paired_difference(const std::vector<double>& baseline, const std::vector<double>& candidate,
                                   double level) {
  if (baseline.size() != candidate.size()) {
    throw std::invalid_argument(
        fmt::format("{} replications against {} cannot be paired", baseline.size(), candidate.size()));
  }
  std::vector<double> differences(baseline.size());
  for (std::size_t i = 0; i < differences.size(); ++i) differences[i] = candidate[i] - baseline[i];
  const MeanInterval interval = mean_interval(differences, level);
  return {interval.mean,       interval.sd,
          interval.half_width, reduction(variance_of(baseline) + variance_of(candidate), interval.sd * interval.sd),
          interval.n,          interval.valid};
}

QuantileDifference paired_quantile_difference(const std::vector<QuantileSource>& baseline,
                                              const std::vector<QuantileSource>& candidate, double q, double level,
                                              UnknownRuns unknown) {
  // Each side is estimated for its pooled value; the sections must be good enough on both sides.
  const double base = estimate_quantile(baseline, q, level, unknown).value;
  const double other = estimate_quantile(candidate, q, level, unknown).value;
  QuantileDifference result;
  result.difference = plan_sections({&baseline, &candidate}, q, unknown);
  result.difference.value = other - base;
  if (!result.difference.valid) return result;
  const Sections sections = group_replications(baseline.size(), result.difference.group);
  const std::vector<double> a = section_quantiles(baseline, sections, q);
  const std::vector<double> b = section_quantiles(candidate, sections, q);
  std::vector<double> differences(a.size());
  for (std::size_t s = 0; s < a.size(); ++s) differences[s] = b[s] - a[s] - result.difference.value;
  result.difference.half_width = symmetric_half_width(differences, level);
  result.variance_reduction = reduction(variance_of(a) + variance_of(b), variance_of(differences));
  return result;
}

}  // namespace sim
