// Shared by the parts of the field table. Internal to it.
#pragma once

#include <span>

#include "scenarios/reader/fields.h"

namespace reader::rows {

inline constexpr double kNone = -1;                 // no bound of its own beyond the type's
inline constexpr double kMax = 4503599627370495.0;  // sim::kHorizonMax: 52 days in nanoseconds
inline constexpr double kHuge = 1e18;
inline constexpr double kTail = 3.2e17;  // ten years: a percentile may lie beyond the clock, draws are cut there
#define LATER(type, key, doc) \
  { type, key, "Any", nullptr, kNone, kNone, false, true, doc }

[[nodiscard]] std::span<const Field> of_candidates();  // and of the timeline and the limits

}  // namespace reader::rows
