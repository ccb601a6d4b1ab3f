// Ids instead of pointers: a row is named by its index in a column, and by a generation where rows are reused.
// Invariant: kNone names nothing. A Handle is stale when its generation differs from the slot's current one.
#pragma once

#include <cstdint>

namespace sim {

inline constexpr std::uint32_t kNone = 0xffff'ffffU;            // "no row" in any 32-bit id
inline constexpr std::uint32_t kGenerationMask = 0x00ff'ffffU;  // generations have 24 bits and wrap around

struct Handle {
  std::uint32_t slot = kNone;
  std::uint32_t generation = 0;  // 24 bits used

  [[nodiscard]] constexpr bool is_none() const { return slot == kNone; }
  friend constexpr bool operator==(const Handle& a, const Handle& b) {
    return a.slot == b.slot && a.generation == b.generation;
  }
  friend constexpr bool operator!=(const Handle& a, const Handle& b) { return !(a == b); }
};

}  // namespace sim
