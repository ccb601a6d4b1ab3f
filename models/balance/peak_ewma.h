// Linkerd's balancer: power of two distinct choices on the product of a replica's latency estimate and its requests in
// flight. The estimate jumps to every peak and decays with time; reading it decays it too, so idle replicas become
// attractive again. Not here: which replicas are eligible.
// Units: nanoseconds. Source: mesh semantics 9.3 (tower's PeakEwma, Linkerd's 30 ms and 10 s).
#pragma once

#include <cstdint>

#include "sim/random/keyed.h"
#include "sim/random/portable_math.h"
#include "sim/time.h"

namespace models {

inline constexpr double kEwmaDecay = 10e9;    // ns
inline constexpr double kEwmaInitial = 30e6;  // ns

namespace balance_purpose {
inline constexpr std::uint64_t kPeakEwma = 103;
}

// The estimate after an observation `rtt` at `now`; `last` is when it was last touched. Negative: none yet.
[[nodiscard]] inline double peak_ewma(double estimate, sim::Time last, double rtt, sim::Time now) {
  if (estimate < 0.0) estimate = kEwmaInitial;
  if (rtt > estimate) return rtt;
  const double keep = sim::portable::exp(-static_cast<double>(now - last) / kEwmaDecay);
  return estimate * keep + rtt * (1.0 - keep);
}

// `load(i)` of `count` eligible replicas; two distinct draws, the first wins ties.
template <class Load>
[[nodiscard]] std::uint32_t pick_peak_ewma(std::uint32_t count, sim::Key key, std::uint64_t repick, Load&& load) {
  if (count == 1) return 0;
  sim::Draws draws(key, balance_purpose::kPeakEwma + (repick << 8));
  const std::uint32_t a = sim::below(draws.next(), count);
  std::uint32_t b = sim::below(draws.next(), count - 1);
  if (b >= a) ++b;
  return load(a) <= load(b) ? a : b;
}

}  // namespace models
