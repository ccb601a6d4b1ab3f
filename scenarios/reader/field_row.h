// What the parts of the field table are written with: see fields.h. Not the table, and no meaning of any key.
#pragma once

#include <array>
#include <cstddef>

#include "scenarios/reader/fields.h"

namespace reader::rows {

inline constexpr double kNone = -1;                 // no bound of its own beyond the type's
inline constexpr double kMax = 4503599627370495.0;  // sim::kHorizonMax: 52 days in nanoseconds
inline constexpr double kHuge = 1e18;

// Belongs to the language, not built yet.
constexpr Field later(const char* type, const char* key, const char* doc) {
  return {type, key, "Any", nullptr, kNone, kNone, false, true, doc};
}

template <std::size_t... N>
constexpr auto join(const Field (&... lists)[N]) {
  std::array<Field, (N + ...)> all{};
  std::size_t next = 0;
  const auto add = [&](const auto& list) {
    for (const Field& f : list) all[next++] = f;
  };
  (add(lists), ...);
  return all;
}

}  // namespace reader::rows
