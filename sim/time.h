// Simulated time: signed 64-bit nanoseconds. Not wall time; nothing here reads a clock.
// Invariant: durations are rounded once, when they are drawn or parsed; they are never accumulated as
// floating point. Range: +-292 years; the event queue narrows it to kHorizonMax (52 bits of nanoseconds).
#pragma once

#include <cstdint>

namespace sim {

using Time = std::int64_t;      // nanoseconds since the start of the run (the start of warm-up)
using Duration = std::int64_t;  // nanoseconds

inline constexpr Duration kNanosecond = 1;
inline constexpr Duration kMicrosecond = 1'000;
inline constexpr Duration kMillisecond = 1'000'000;
inline constexpr Duration kSecond = 1'000'000'000;

// The queue packs a time into 52 bits beside 12 bits of identity: 2^52 ns = 52.1 days.
inline constexpr Time kHorizonMax = (Time{1} << 52) - 1;

[[nodiscard]] constexpr double to_seconds(Duration d) { return static_cast<double>(d) * 1e-9; }

}  // namespace sim
