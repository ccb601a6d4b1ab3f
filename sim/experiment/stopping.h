// When to stop replicating: the numbers of replications at which to look, and whether an interval is narrow enough.
// Looks are at complete prefixes in index order, so the answer depends on neither threads nor speed.
// Not the statistics of what is looked at. Units: those of the estimate; `relative` is a fraction.
// Source: relative precision g needs a half-width of at most g / (1 + g) of the estimate to hold for the true value:
// A. M. Law, "Simulation Modeling and Analysis", 5th ed., 9.4.1.
#pragma once

#include <cstdint>
#include <vector>

namespace sim {

// Waves grow by half: min, 1.5 min, ... and max at last. REQUIRES: 1 <= min <= max.
[[nodiscard]] std::vector<std::uint32_t> waves(std::uint32_t min, std::uint32_t max);

struct Precision {
  double relative = 0.0;  // 0: not asked for
  double absolute = 0.0;  // 0: not asked for
  bool operator==(const Precision&) const = default;
};

// Either is enough where both are asked for.
[[nodiscard]] bool precise_enough(double value, double half_width, const Precision& wanted);

// What each of `looks` may spend of the error that all of them together may make (Bonferroni): 0.95 and 5 give 0.99.
[[nodiscard]] double level_of_each(double level, std::size_t looks);

}  // namespace sim
