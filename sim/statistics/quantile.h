// Percentiles with intervals by sectioning. A section is a group of whole replications, all groups (nearly) equal;
// the estimate comes from everything pooled, the interval from the spread of the sections around it.
// An interval is given only with at least 10 sections that each hold at least 100 samples beyond the percentile in
// at least 8 separate exceedance runs; else `valid` is false and the estimate says why and what would help.
// Runs are counted by sim/statistics/exceedance_runs.h at the pooled percentile: r.above(pooled_quantile(...)).
// A caller that has only histograms leaves `runs` empty and decides with UnknownRuns what that means.
// Units: those of the histograms (ns). Errors: std::invalid_argument for q or level outside (0, 1).
// Source: sectioning as in S. Asmussen, P. W. Glynn, "Stochastic Simulation", 2007, III.5a.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/statistics/histogram.h"

namespace sim {

inline constexpr std::size_t kMinSections = 10;         // fewer: t with few degrees of freedom, coverage not measured
inline constexpr std::uint64_t kMinTailSamples = 100;   // per section; below, section percentiles are biased
inline constexpr std::uint64_t kMinExceedanceRuns = 8;  // per section; below, one burst decides

// One replication. The histogram is not owned and must outlive the call.
struct QuantileSource {
  const Histogram* histogram = nullptr;
  std::optional<std::uint64_t> runs = std::nullopt;  // separate runs above the pooled percentile; empty: unknown
};

enum class UnknownRuns { Refuse, Accept };

struct QuantileEstimate {
  double q = 0;
  double value = 0;       // pooled, ns
  double half_width = 0;  // 0 and meaningless unless valid
  bool valid = false;
  bool runs_checked = false;  // every section is known to have enough exceedance runs
  std::size_t sections = 0;   // used for the interval, or possible if refused
  std::size_t group = 0;      // replications per section (the last sections may hold one more)
  std::uint64_t needed = 0;   // replications that would give an interval, if refused; 0: cannot be said
  std::string refusal;        // a sentence, empty when valid
};

// How replications are grouped into sections: section s is replications [first[s], first[s + 1]).
struct Sections {
  std::vector<std::size_t> first;
  [[nodiscard]] std::size_t count() const { return first.empty() ? 0 : first.size() - 1; }
};

[[nodiscard]] double pooled_quantile(const std::vector<const Histogram*>& histograms, double q);
[[nodiscard]] Sections group_replications(std::size_t replications, std::size_t group);
[[nodiscard]] std::vector<double> section_quantiles(const std::vector<QuantileSource>& sources,
                                                    const Sections& sections, double q);

// The smallest group size with which every section of all candidates is good enough, as an estimate without value
// and half width: group, sections, needed and refusal. Candidates must have equally many replications.
[[nodiscard]] QuantileEstimate plan_sections(const std::vector<const std::vector<QuantileSource>*>& candidates,
                                             double q, UnknownRuns unknown);

[[nodiscard]] QuantileEstimate estimate_quantile(const std::vector<QuantileSource>& sources, double q,
                                                 double level = 0.95, UnknownRuns unknown = UnknownRuns::Refuse);

}  // namespace sim
