#include "models/policy/backoff.h"

#include <algorithm>

namespace models {
namespace {

constexpr std::uint64_t kPurpose = 0x42'41'43'4b;  // "BACK"

sim::Duration doubled(sim::Duration base, std::uint32_t times, sim::Duration cap) {
  sim::Duration value = std::min(base, cap);
  for (std::uint32_t i = 0; i < times && value < cap; ++i) value = value > cap / 2 ? cap : value * 2;
  return value;
}

sim::Duration scaled(double u, sim::Duration range) {
  return static_cast<sim::Duration>(u * static_cast<double>(range));
}

// U{0 .. milliseconds - 1}, in whole milliseconds; a window under one millisecond is drawn in nanoseconds.
sim::Duration whole_milliseconds(std::uint64_t bits, sim::Duration window) {
  const auto milliseconds = static_cast<std::uint32_t>(window / sim::kMillisecond);
  if (milliseconds == 0) return scaled(sim::uniform(bits), window);
  return static_cast<sim::Duration>(sim::below(bits, milliseconds)) * sim::kMillisecond;
}

}  // namespace

sim::Duration backoff_delay(const BackoffSpec& policy, std::uint32_t k, sim::Duration previous, sim::Key key) {
  if (policy.base <= 0) return 0;
  const std::uint64_t bits = sim::bits(key, kPurpose);
  const double u = sim::uniform(bits);
  const sim::Duration cap = std::max(policy.max, policy.base);
  switch (policy.law) {
    case BackoffLaw::OfProduct:
    case BackoffLaw::EnvoyCurrent: {
      sim::Duration window = policy.base;  // doubles while below half the cap, then is the cap
      for (std::uint32_t i = 1; i < k; ++i) window = window < cap / 2 ? 2 * window : cap;
      return whole_milliseconds(bits, window);
    }
    case BackoffLaw::EnvoyLegacy: {
      const sim::Duration window = std::min(cap, doubled(policy.base, k, sim::kHorizonMax) - policy.base);
      return scaled(u, window);
    }
    case BackoffLaw::EnvoyLegacyAtom: {
      sim::Duration window = policy.base;  // (2^k - 1) base; that code stopped counting tries once it exceeded the cap
      for (std::uint32_t i = 1; i < k && window <= cap; ++i) window = 2 * window + policy.base;
      return std::min(cap, scaled(u, window));
    }
    case BackoffLaw::FullJitter: return scaled(u, doubled(policy.base, k - 1, cap));
    case BackoffLaw::Exponential: return doubled(policy.base, k - 1, cap);
    case BackoffLaw::Decorrelated: {
      const sim::Duration high = std::max(policy.base, 3 * (k <= 1 ? policy.base : previous));
      return std::min(cap, policy.base + scaled(u, high - policy.base));
    }
    case BackoffLaw::Linkerd: {
      const sim::Duration b = doubled(policy.base, k - 1, cap);
      return std::min(cap, b + scaled(u, b));
    }
    case BackoffLaw::Grpc: return scaled(0.8 + 0.4 * u, doubled(policy.base, k - 1, cap));
    case BackoffLaw::ExponentialHalfJitter: return scaled(0.5 + u, doubled(policy.base, k - 1, cap));
  }
  return 0;
}

}  // namespace models
