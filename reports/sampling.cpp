#include "reports/sampling.h"

#include <algorithm>

#include "sim/statistics/comparison.h"
#include "sim/statistics/confidence.h"
#include "sim/statistics/quantile.h"

namespace reports {
namespace {

constexpr double kSecondsPerNanosecond = 1e-9;

// Runs are counted above the percentile of the first n replications together: one threshold for all of them.
std::vector<sim::QuantileSource> sources_of(const Latencies& replications, std::size_t n, double q) {
  std::vector<const sim::Histogram*> histograms;
  for (std::size_t r = 0; r < n; ++r) {
    histograms.push_back(replications[r].histogram);
  }
  const double threshold = sim::pooled_quantile(histograms, q);
  std::vector<sim::QuantileSource> sources;
  for (std::size_t r = 0; r < n; ++r) {
    sim::QuantileSource& source = sources.emplace_back();
    source.histogram = replications[r].histogram;
    if (replications[r].runs != nullptr) {
      source.runs = replications[r].runs->above(threshold);
    }
  }
  return sources;
}

bool empty(const Latencies& replications) {
  return std::all_of(replications.begin(), replications.end(),
                     [](const Latency& one) { return one.histogram->empty(); });
}

Estimate from_quantile(const sim::QuantileEstimate& quantile) {
  const double value = quantile.value * kSecondsPerNanosecond;
  return quantile.valid ? interval(value, quantile.half_width * kSecondsPerNanosecond)
                        : no_interval(value, quantile.needed);
}

sim::Histogram pooled(const Latencies& replications) {
  sim::Histogram all;
  for (const Latency& replication : replications) all.merge(*replication.histogram);
  return all;
}

// The histogram's own part of the half-width, seconds.
double resolution(const sim::Histogram& histogram, double q) {
  return histogram.quantile_resolution(q) * kSecondsPerNanosecond;
}

Ratio sums(const std::vector<Ratio>& replications, std::size_t n) {
  Ratio sum;
  for (std::size_t r = 0; r < n; ++r) {
    sum.part += replications[r].part;
    sum.whole += replications[r].whole;
  }
  return sum;
}

// What each replication adds to the error of the ratio of sums (the ratio estimator, linearised).
std::vector<double> influences(const std::vector<Ratio>& replications, std::size_t n, const Ratio& sum) {
  const double ratio = sum.part / sum.whole;
  const double whole = sum.whole / static_cast<double>(n);
  std::vector<double> values;
  for (std::size_t r = 0; r < n; ++r) {
    values.push_back((replications[r].part - ratio * replications[r].whole) / whole);
  }
  return values;
}

}  // namespace

Estimate mean_of(const std::vector<double>& values, double confidence) {
  if (values.empty()) {
    return missing();
  }
  if (std::all_of(values.begin(), values.end(), [](double value) { return value == 0.0; })) {
    return exact(0.0);  // it never happened: a count, not an estimate with a width of zero
  }
  const sim::MeanInterval mean = sim::mean_interval(values, confidence);
  return mean.valid ? interval(mean.mean, mean.half_width) : no_interval(mean.mean, 2);
}

Estimate ratio_of(const std::vector<Ratio>& replications, double confidence) {
  const Ratio sum = sums(replications, replications.size());
  if (!(sum.whole > 0.0)) {
    return missing();
  }
  if (sum.part == 0.0) {
    return exact(0.0);
  }
  const double value = sum.part / sum.whole;
  if (replications.size() < 2) {
    return no_interval(value, 2);
  }
  return interval(value, sim::mean_interval(influences(replications, replications.size(), sum), confidence).half_width);
}

Estimate proportion_of(const std::vector<Ratio>& replications, double confidence) {
  const Ratio sum = sums(replications, replications.size());
  if (sum.whole > 0.0 && sum.part == 0.0) {
    // One-sided: both tails of the two-sided interval would be spent on the upper one.
    const double two_sided = std::max(2.0 * confidence - 1.0, 1e-9);
    return upper_bound(sim::clopper_pearson(0, static_cast<std::uint64_t>(sum.whole), two_sided).hi);
  }
  return ratio_of(replications, confidence);
}

Estimate percentile_of(const Latencies& replications, double q, double confidence) {
  if (empty(replications)) {
    return missing();
  }
  Estimate estimate =
      from_quantile(sim::estimate_quantile(sources_of(replications, replications.size(), q), q, confidence));
  if (estimate.certainty == Certainty::Interval) estimate.half_width += resolution(pooled(replications), q);
  return estimate;
}

Difference difference_of(const std::vector<double>& baseline, const std::vector<double>& candidate, double confidence) {
  const std::size_t n = std::min(baseline.size(), candidate.size());
  if (n == 0) {
    return {};
  }
  const auto cut = [n](const std::vector<double>& values) {
    return std::vector<double>(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(n));
  };
  const sim::PairedDifference paired = sim::paired_difference(cut(baseline), cut(candidate), confidence);
  return {paired.valid ? interval(paired.mean, paired.half_width) : no_interval(paired.mean, 2),
          paired.variance_reduction};
}

Difference ratio_difference(const std::vector<Ratio>& baseline, const std::vector<Ratio>& candidate,
                            double confidence) {
  const std::size_t n = std::min(baseline.size(), candidate.size());
  const Ratio a = sums(baseline, n);
  const Ratio b = sums(candidate, n);
  if (!(a.whole > 0.0) || !(b.whole > 0.0)) {
    return {};
  }
  const double value = b.part / b.whole - a.part / a.whole;
  const Difference spread = difference_of(influences(baseline, n, a), influences(candidate, n, b), confidence);
  return {n < 2 ? no_interval(value, 2) : interval(value, spread.estimate.half_width), spread.variance_reduction};
}

Difference percentile_difference(const Latencies& baseline, const Latencies& candidate, double q, double confidence) {
  const std::size_t n = std::min(baseline.size(), candidate.size());
  if (n == 0 || empty(baseline) || empty(candidate)) {
    return {};
  }
  const sim::QuantileDifference difference =
      sim::paired_quantile_difference(sources_of(baseline, n, q), sources_of(candidate, n, q), q, confidence);
  Estimate estimate = from_quantile(difference.difference);
  const sim::Histogram a = pooled(baseline);
  const sim::Histogram b = pooled(candidate);
  if (estimate.certainty == Certainty::Interval && !(a == b))
    estimate.half_width += resolution(a, q) + resolution(b, q);
  return {estimate, difference.variance_reduction};
}

}  // namespace reports
