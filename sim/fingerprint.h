// 128 bits that say whether two runs told the same facts. Not cryptographic, not a hash of engine events: callers add
// model facts (kind, time, id, detail), so a fused and an unfused engine can agree.
// Invariants: within a run add() commutes (sums of two well mixed words, so owners may be visited in any order at equal
// times, and facts that occur twice count twice); append() does not (replications are merged in index order).
// Mixing: folded 128-bit products (as in wyhash, Wang Yi) for facts; the finaliser of MurmurHash3 (Appleby, Stafford's
// "mix 13" constants) where runs are chained.
#pragma once

#include <cstdint>
#include <string>

#include "sim/time.h"

namespace sim {

class Fingerprint {
 public:
  void add(std::uint64_t fact_kind, Time at, std::uint64_t id, std::uint64_t detail) {
    // Two folded 64x64 -> 128 bit products: half the work of two finalisers, and every input bit reaches both sums.
    const std::uint64_t a = fold(static_cast<std::uint64_t>(at) ^ kOdd1,
                                 id ^ (fact_kind * kOdd2 + kOdd3));  // + kOdd3: else kind 0, id 0 would lose the time
    const std::uint64_t b = fold(a ^ kOdd3, (detail + kOdd2) ^ (id << 32 | id >> 32));
    low_ += a ^ b;
    high_ += b;
    ++facts_;
  }

  // Order-dependent: fingerprint of this followed by `next`.
  void append(const Fingerprint& next) {
    low_ = mix(low_ * kOdd1 + next.low_ + next.facts_);
    high_ = mix((high_ + kOdd2) ^ (next.high_ + low_));
    facts_ += next.facts_;
  }

  [[nodiscard]] std::uint64_t facts() const { return facts_; }
  [[nodiscard]] std::string hex() const;  // 32 lower-case digits

  friend bool operator==(const Fingerprint& a, const Fingerprint& b) {
    return a.low_ == b.low_ && a.high_ == b.high_ && a.facts_ == b.facts_;
  }
  friend bool operator!=(const Fingerprint& a, const Fingerprint& b) { return !(a == b); }

 private:
  static constexpr std::uint64_t kOdd1 = 0x9e37'79b9'7f4a'7c15U;  // 2^64 / golden ratio, odd
  static constexpr std::uint64_t kOdd2 = 0xd1b5'4a32'd192'ed03U;

  static constexpr std::uint64_t kOdd3 = 0x8ebc'6af0'9c88'c6e3U;

  static std::uint64_t fold(std::uint64_t x, std::uint64_t y) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(x) * y;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }

  static constexpr std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58'476d'1ce4'e5b9U;
    x = (x ^ (x >> 27)) * 0x94d0'49bb'1331'11ebU;
    return x ^ (x >> 31);
  }

  std::uint64_t low_ = 0;
  std::uint64_t high_ = 0;
  std::uint64_t facts_ = 0;
};

}  // namespace sim
