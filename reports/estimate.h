// A reported number and how sure it is. Plain data; how one is computed from replications is in sampling.h.
// Invariant: an estimate never pretends. It has an interval, or an upper bound, or says why it has neither.
// Units: those of the column or fact that shows it (seconds, fractions, requests per second, ...).
#pragma once

#include <cstdint>

namespace reports {

enum class Certainty : std::uint8_t {
  Exact,       // a count of what happened, or a constant of the scenario: nothing to be sure about
  Interval,    // value +- half_width at the report's confidence
  NoInterval,  // an estimate whose interval was refused; `needs` replications would give one (0: not known)
  UpperBound,  // nothing was seen; `value` is the upper bound at the report's confidence
  LowerBound,  // nothing else was seen (every request succeeded); `value` is the lower bound
  Missing,     // there is no value at all (the percentile of no requests)
};

struct Estimate {
  double value = 0.0;
  Certainty certainty = Certainty::Missing;
  double half_width = 0.0;  // Interval only, >= 0
  std::uint64_t needs = 0;  // NoInterval only
  bool operator==(const Estimate&) const = default;
};

[[nodiscard]] inline Estimate exact(double value) { return {value, Certainty::Exact, 0.0, 0}; }
[[nodiscard]] inline Estimate interval(double value, double half_width) {
  return {value, Certainty::Interval, half_width, 0};
}
[[nodiscard]] inline Estimate no_interval(double value, std::uint64_t needs) {
  return {value, Certainty::NoInterval, 0.0, needs};
}
[[nodiscard]] inline Estimate upper_bound(double value) { return {value, Certainty::UpperBound, 0.0, 0}; }
[[nodiscard]] inline Estimate lower_bound(double value) { return {value, Certainty::LowerBound, 0.0, 0}; }
[[nodiscard]] inline Estimate missing() { return {}; }
[[nodiscard]] inline bool has_value(const Estimate& estimate) { return estimate.certainty != Certainty::Missing; }

// Estimates in other units: the value and the half-width times `factor` (> 0).
[[nodiscard]] inline Estimate scaled(Estimate estimate, double factor) {
  estimate.value *= factor;
  estimate.half_width *= factor;
  return estimate;
}

}  // namespace reports
