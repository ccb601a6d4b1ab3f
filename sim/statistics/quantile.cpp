#include "sim/statistics/quantile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "sim/statistics/confidence.h"

namespace sim {

namespace {

Histogram pooled(const std::vector<QuantileSource>& sources, std::size_t first, std::size_t last) {
  Histogram all;
  for (std::size_t i = first; i < last; ++i) all.merge(*sources[i].histogram);
  return all;
}

// What one group of replications holds of the tail.
struct Tail {
  std::uint64_t count = 0;  // of all samples
  std::uint64_t runs = 0;
  bool runs_known = true;

  void add(const QuantileSource& source) {
    count += source.histogram->count();
    runs += source.runs.value_or(0);
    runs_known = runs_known && source.runs.has_value();
  }
  [[nodiscard]] double samples(double q) const { return static_cast<double>(count) * (1 - q); }
  // 1 - 0.99 is a little more or less than 0.01: exactly 10,000 samples must be enough.
  [[nodiscard]] bool enough_samples(double q) const {
    return samples(q) * (1 + 1e-12) >= static_cast<double>(kMinTailSamples);
  }
  [[nodiscard]] bool enough_runs() const { return runs >= kMinExceedanceRuns; }
};

// Of the first n replications, for n from 0 on: any group's tail is a difference, and all groupings together take
// n log n.
std::vector<Tail> running_tails(const std::vector<QuantileSource>& sources) {
  std::vector<Tail> tails(1);
  tails.reserve(sources.size() + 1);
  for (const QuantileSource& source : sources) {
    tails.push_back(tails.back());
    tails.back().add(source);
  }
  return tails;
}

bool good_sections(const std::vector<Tail>& tails, const Sections& sections, double q, bool check_runs) {
  for (std::size_t s = 0; s < sections.count(); ++s) {
    const Tail &from = tails[sections.first[s]], &to = tails[sections.first[s + 1]];
    const Tail tail{to.count - from.count, to.runs - from.runs, true};
    if (!tail.enough_samples(q) || (check_runs && !tail.enough_runs())) return false;
  }
  return true;
}

// Replications with which ten sections would be good enough, if further ones are like those seen; 0: no tail seen.
std::uint64_t replications_needed(const Tail& all, std::size_t replications, double q, bool check_runs) {
  const double n = static_cast<double>(replications);
  if (!(all.samples(q) > 0) || (check_runs && all.runs == 0)) return 0;
  double group = static_cast<double>(kMinTailSamples) * n / all.samples(q);
  if (check_runs) group = std::max(group, static_cast<double>(kMinExceedanceRuns) * n / static_cast<double>(all.runs));
  const double needed = static_cast<double>(kMinSections) * std::ceil(group * (1 - 1e-12));
  // Sections differ, so the average may satisfy what one section misses: then at least one more per section.
  if (needed > n) return static_cast<std::uint64_t>(std::min(needed, 1e18));
  return kMinSections * (replications / kMinSections + 1);
}

}  // namespace

double pooled_quantile(const std::vector<const Histogram*>& histograms, double q) {
  Histogram all;
  for (const Histogram* histogram : histograms) all.merge(*histogram);
  return all.quantile(q);
}

Sections group_replications(std::size_t replications, std::size_t group) {
  const std::size_t count = group == 0 ? 0 : replications / group;
  Sections sections;
  if (count == 0) return sections;
  // Left-over replications go to the last sections, one each as far as possible.
  for (std::size_t s = 0; s <= count; ++s) {
    const std::size_t extra = replications - count * group;
    const std::size_t from_end = count - s;
    sections.first.push_back(replications - from_end * group - std::min(from_end, extra % count) -
                             from_end * (extra / count));
  }
  return sections;
}

std::vector<double> section_quantiles(const std::vector<QuantileSource>& sources, const Sections& sections, double q) {
  std::vector<double> values;
  for (std::size_t s = 0; s < sections.count(); ++s) {
    values.push_back(pooled(sources, sections.first[s], sections.first[s + 1]).quantile(q));
  }
  return values;
}

QuantileEstimate plan_sections(const std::vector<const std::vector<QuantileSource>*>& candidates, double q,
                               UnknownRuns unknown) {
  QuantileEstimate plan;
  plan.q = q;
  const std::size_t n = candidates.front()->size();
  std::vector<std::vector<Tail>> tails;
  bool runs_known = true;
  for (const auto* sources : candidates) {
    if (sources->size() != n) throw std::invalid_argument("candidates have different numbers of replications");
    tails.push_back(running_tails(*sources));
    runs_known = runs_known && tails.back().back().runs_known;
  }
  plan.runs_checked = runs_known && n > 0;
  for (std::size_t group = 1; group <= n; ++group) {
    const Sections sections = group_replications(n, group);
    bool good = true;
    for (const std::vector<Tail>& of_one : tails) good = good && good_sections(of_one, sections, q, runs_known);
    if (!good) continue;
    plan.group = group;
    plan.sections = sections.count();
    break;
  }
  plan.valid = plan.sections >= kMinSections && (runs_known || unknown == UnknownRuns::Accept);
  if (plan.valid) return plan;
  if (plan.sections >= kMinSections) {
    plan.refusal = "separate exceedance runs were not counted";
    return plan;
  }
  for (const std::vector<Tail>& of_one : tails) {
    const std::uint64_t needed = replications_needed(of_one.back(), n, q, runs_known);
    if (needed == 0) {
      plan.needed = 0;
      plan.refusal = "no samples beyond this percentile";
      return plan;
    }
    plan.needed = std::max(plan.needed, needed);
  }
  plan.refusal = fmt::format(
      "{} of the {} sections needed ({} tail samples in {} separate runs each); about {} replications would give an "
      "interval",
      plan.sections, kMinSections, kMinTailSamples, kMinExceedanceRuns, plan.needed);
  return plan;
}

QuantileEstimate estimate_quantile(const std::vector<QuantileSource>& sources, double q, double level,
                                   UnknownRuns unknown) {
  if (!(q > 0 && q < 1)) throw std::invalid_argument(fmt::format("a quantile must lie between 0 and 1, got {}", q));
  if (!(level > 0 && level < 1))
    throw std::invalid_argument(fmt::format("the confidence level must lie between 0 and 1, got {}", level));
  QuantileEstimate estimate = plan_sections({&sources}, q, unknown);
  estimate.value = pooled(sources, 0, sources.size()).quantile(q);
  if (!estimate.valid) return estimate;
  std::vector<double> deviations = section_quantiles(sources, group_replications(sources.size(), estimate.group), q);
  for (double& d : deviations) d -= estimate.value;
  estimate.half_width = symmetric_half_width(deviations, level);
  return estimate;
}

}  // namespace sim
