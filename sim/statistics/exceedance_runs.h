// How many separate runs of consecutive observations lie above a threshold, for every threshold at once. A tail
// that was seen in one long burst says less than the same number of samples in many bursts.
// How: a run above t begins with an ascent from x <= t to y > t, so its count is (ascents from at most t) minus
// (ascents to at most t): two histograms of the ends of ascents, two increments for about half of the observations.
// Not a measure of correlation. Invariants: merging adds (the seam between two recorders starts a new run); exact
// for thresholds at bucket edges, else interpolated as the histogram is.
// The order is that in which the caller observes: completion order of requests is meant.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "sim/statistics/histogram.h"

namespace sim {

class ExceedanceRuns {
 public:
  void observe(std::int64_t ns) {
    if (ns > last_) {
      if (last_ >= 0) {
        from_.observe(last_);
      } else {
        ++starts_;
      }
      to_.observe(ns);
    }
    last_ = ns < 0 ? 0 : ns;
  }
  void merge(const ExceedanceRuns& other) {
    from_.merge(other.from_);
    to_.merge(other.to_);
    starts_ += other.starts_;
  }
  [[nodiscard]] std::uint64_t above(double ns) const {
    const double from = static_cast<double>(starts_) + from_.fraction_below(ns) * static_cast<double>(from_.count());
    const double to = to_.fraction_below(ns) * static_cast<double>(to_.count());
    return from > to ? static_cast<std::uint64_t>(std::floor(from - to + 0.5)) : 0;
  }
  [[nodiscard]] std::size_t bytes() const { return sizeof *this - 2 * sizeof(Histogram) + from_.bytes() + to_.bytes(); }

 private:
  std::int64_t last_ = -1;    // nothing observed yet
  std::uint64_t starts_ = 0;  // recorders that began (their first observation ascends from nothing)
  Histogram from_;
  Histogram to_;
};

}  // namespace sim
