// One event: 16 bytes, trivially copyable, understood by the queue without following a pointer.
// key     = time << 12 | tie        tie: low 12 bits of the root request's identity (or 0)
// payload = subject << 32 | generation << 8 | kind
// Invariants: 0 <= time <= kHorizonMax; comparing keys compares (time, tie). The queue never reads the payload.
// What the kinds mean is the business of the model that runs the loop.
#pragma once

#include <cstdint>
#include <type_traits>

#include "sim/check.h"
#include "sim/ids.h"
#include "sim/time.h"

namespace sim {

inline constexpr int kTieBits = 12;
inline constexpr std::uint32_t kTieMask = (1U << kTieBits) - 1;

inline constexpr std::uint64_t kNoKey = ~std::uint64_t{0};  // "no event": greater than the key of any event

struct Event {
  std::uint64_t key = 0;
  std::uint64_t payload = 0;

  friend constexpr bool operator==(const Event& a, const Event& b) { return a.key == b.key && a.payload == b.payload; }
  friend constexpr bool operator!=(const Event& a, const Event& b) { return !(a == b); }
};
static_assert(sizeof(Event) == 16 && std::is_trivially_copyable_v<Event>);

[[nodiscard]] constexpr std::uint64_t key_of(Time at, std::uint32_t tie) {
  return static_cast<std::uint64_t>(at) << kTieBits | (tie & kTieMask);
}

// `at` beyond the horizon is the caller's error: it is checked where times are computed from input, and here in
// unoptimised builds.
[[nodiscard]] constexpr Event make_event(Time at, std::uint32_t tie, std::uint8_t kind, std::uint32_t subject,
                                         std::uint32_t generation) {
  SIM_DCHECK(at >= 0 && at <= kHorizonMax, "event time outside the queue's 52 bits");
  return Event{key_of(at, tie), static_cast<std::uint64_t>(subject) << 32 |
                                    static_cast<std::uint64_t>(generation & kGenerationMask) << 8 | kind};
}

[[nodiscard]] constexpr Time time_of(const Event& e) { return static_cast<Time>(e.key >> kTieBits); }
[[nodiscard]] constexpr std::uint32_t tie_of(const Event& e) { return static_cast<std::uint32_t>(e.key) & kTieMask; }
[[nodiscard]] constexpr std::uint8_t kind_of(const Event& e) { return static_cast<std::uint8_t>(e.payload); }
[[nodiscard]] constexpr std::uint32_t subject_of(const Event& e) { return static_cast<std::uint32_t>(e.payload >> 32); }
[[nodiscard]] constexpr std::uint32_t generation_of(const Event& e) {
  return static_cast<std::uint32_t>(e.payload >> 8) & kGenerationMask;
}

}  // namespace sim
