// Keyed, counter-based random numbers: every draw is a pure function of an identity (Key) and a purpose.
// Not a stream: nothing is consumed, so the order of events, the number of threads and unrelated draws
// never change a value. Not cryptographic.
// Invariants: all arithmetic is modulo 2^64; the low 12 bits of a key (the tie of the root request) are
// inherited by every child and try. Uniform numbers lie strictly between 0 and 1.
// Algorithm: the 64-bit finaliser "moremur" (P. Evensen, 2019, an improvement of the SplitMix64 finaliser
// of Stafford's Mix13); structure as SplitMix (Steele, Lea, Flood, OOPSLA 2014): finaliser of key + i * odd.
#pragma once

#include <cstdint>
#include <string_view>

namespace sim {

using Key = std::uint64_t;

namespace detail {
__extension__ using Wide = unsigned __int128;
inline constexpr std::uint64_t kTieMask = 0xfff;
inline constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;       // 2^64 / golden ratio
inline constexpr std::uint64_t kPurposeStep = 0xd1342543de82ef95;  // odd, random-looking; one for each use
inline constexpr std::uint64_t kChildStep = 0xaf251af3b0f025b5;
inline constexpr std::uint64_t kAppStep = 0xda942042e4dd58b5;
inline constexpr std::uint64_t kPolicyStep = 0x8cb92ba72f3d8dd7;
inline constexpr std::uint64_t kTryOffset = 0x2545f4914f6cdd1d;
}  // namespace detail

// A bijection in which every input bit reaches every output bit (avalanche test).
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 27;
  x *= 0x3c79ac492ba7b653;
  x ^= x >> 33;
  x *= 0x1c69b3f74ac4ae35;
  x ^= x >> 27;
  return x;
}

[[nodiscard]] constexpr Key child_key(Key parent, std::uint64_t salt) {
  return (mix(parent + salt * detail::kChildStep) & ~detail::kTieMask) | (parent & detail::kTieMask);
}

// The identity of one try. A layer that does not exist counts as a layer on its first attempt (0).
[[nodiscard]] constexpr Key try_key(Key call, std::uint32_t app_attempt, std::uint32_t policy_attempt) {
  const std::uint64_t offset =
      app_attempt * detail::kAppStep + policy_attempt * detail::kPolicyStep + detail::kTryOffset;
  return (mix(call + offset) & ~detail::kTieMask) | (call & detail::kTieMask);
}

// The one number of (key, purpose); also the first number of Draws(key, purpose).
[[nodiscard]] constexpr std::uint64_t bits(Key key, std::uint64_t purpose) {
  return mix(key + purpose * detail::kPurposeStep + detail::kGolden);
}

// The sequence of numbers of (key, purpose), for samplers that may need more than one.
class Draws {
 public:
  constexpr explicit Draws(Key key, std::uint64_t purpose)
      : state_(key + purpose * detail::kPurposeStep + detail::kGolden) {}
  constexpr std::uint64_t next() {
    const std::uint64_t result = mix(state_);
    state_ += detail::kGolden;
    return result;
  }

 private:
  std::uint64_t state_;
};

// (k + 0.5) 2^-52 with k the upper 52 bits: exact, never 0 and never 1. With 53 bits the sum k + 0.5 would
// itself round, and k = 2^53 - 1 would give 1.
[[nodiscard]] constexpr double uniform(std::uint64_t bits) {
  return (static_cast<double>(static_cast<std::int64_t>(bits >> 12)) + 0.5) * 0x1p-52;
}

// An index in [0, n) by multiply-shift; n = 0 gives 0. Bias at most n 2^-64.
[[nodiscard]] constexpr std::uint32_t below(std::uint64_t bits, std::uint32_t n) {
  return static_cast<std::uint32_t>((static_cast<detail::Wide>(bits) * n) >> 64);
}

// True with probability p: never for p <= 0 (or NaN), always for p >= 1.
[[nodiscard]] constexpr bool bernoulli(std::uint64_t bits, double p) { return uniform(bits) < p; }

// bernoulli(bits, p) by one comparison of integers: bits >> 12 < draws_below(p). Exact: (k + 0.5) 2^-52 < p for k below
// p 2^52 - 0.5, and both products are exact for k < 2^52.
[[nodiscard]] constexpr std::uint64_t draws_below(double p) {
  if (!(p > 0.0)) return 0;
  if (p >= 1.0) return std::uint64_t{1} << 52;
  const double scaled = p * 0x1p52;  // exact: a power of two
  const auto whole = static_cast<std::uint64_t>(scaled);
  return scaled - static_cast<double>(whole) > 0.5 ? whole + 1 : whole;
}

// Names enter draws by this hash (FNV-1a over the bytes, then mix): the order of a file never matters.
[[nodiscard]] constexpr Key name_key(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : name) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return mix(hash);
}

}  // namespace sim

#include "sim/random/ziggurat.h"  // exponential(Draws&), normal(Draws&): part of the same interface
