// Which replicas a client leaves out after failures: values, what it remembers of one replica, and pure decisions, as
// Envoy takes them (and gRPC, by A50, where `grpc` says so). Linkerd's failure accrual stands below. Every client has
// its own view. Not here: when ticks happen (models/traffic/health.cpp), panic (panic.h).
// Units: nanoseconds, shares of 1. Source: mesh semantics 7 and 23.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "models/spec/limits_spec.h"
#include "sim/time.h"

namespace models {

struct OutlierDetection {
  bool on = false;                    // Envoy's or gRPC's
  bool grpc = false;                  // A50: only by rates, one replica can always be ejected
  bool accrual = false;               // Linkerd's instead: fields of `shut`
  std::uint32_t consecutive_5xx = 5;  // 0: off
  std::uint32_t consecutive_gateway = 5;
  std::uint32_t consecutive_local = 5;
  bool split_local = false;  // failures without an answer are counted apart
  double enforcing_5xx = 1.0, enforcing_gateway = 0.0;
  sim::Duration interval = 10 * sim::kSecond;
  sim::Duration base_time = 30 * sim::kSecond;
  sim::Duration max_time = 300 * sim::kSecond;
  sim::Duration max_jitter = 0;
  double max_ejection = 0.1;  // of the cluster's replicas
  bool always_one = false;
  bool success_rate = true;  // the detector exists
  std::uint32_t sr_hosts = 5, sr_volume = 100;
  double sr_factor = 1.9, sr_enforcing = 1.0;
  bool failure_percentage = true;
  double fp_threshold = 0.85;
  std::uint32_t fp_hosts = 5, fp_volume = 50;
  double fp_enforcing = 0.0;
  double panic_threshold = 0.5;  // all replicas are used if fewer than this share is healthy; 0: never
  FailureAccrualSpec shut;
  bool operator==(const OutlierDetection&) const = default;

  [[nodiscard]] bool by_rates() const {
    return (success_rate && sr_enforcing > 0.0) || (failure_percentage && fp_enforcing > 0.0);
  }
};

enum class Detector : std::uint8_t {
  None,
  Consecutive5xx,
  ConsecutiveGateway,
  ConsecutiveLocal,
  SuccessRate,
  FailurePercentage,
  Accrual
};
inline constexpr std::size_t kDetectors = 7;

// What one client remembers of one replica.
struct HostHealth {
  std::uint32_t run_5xx = 0, run_gateway = 0, run_local = 0;
  std::uint32_t ok = 0, total = 0;  // of the interval with this number
  std::int64_t interval = -1;
  bool ejected = false;
  bool probing = false;     // accrual: the one request that may bring it back is under way
  std::uint32_t times = 0;  // Envoy's ejection multiplier; accrual: penalties so far
  sim::Time ejected_at = 0, returned_at = 0;
  sim::Time until = 0;  // accrual: shut until then; Envoy: the jitter of this ejection
  // Peak EWMA (models/balance/peak_ewma.h)
  double estimate = -1.0;
  sim::Time estimated_at = 0;
  // Of clients that pick among connected replicas only (models/traffic/ready.cpp)
  bool unready = false;
  std::uint32_t failed_connects = 0, connects = 0;  // in a row; so far
};

// One answer, as the status it counts as (200 for anything below 500); `local`: there was none, the client made it up.
// Says which counter of consecutive failures has just reached its threshold; it starts again from zero.
[[nodiscard]] constexpr Detector note_sample(const OutlierDetection& policy, HostHealth& host, std::uint32_t status,
                                             bool local) {
  if (policy.split_local && local) {
    if (++host.run_local != policy.consecutive_local) return Detector::None;
    host.run_local = 0;
    return Detector::ConsecutiveLocal;
  }
  host.run_local = 0;
  if (status < 500) {
    host.run_5xx = host.run_gateway = 0;
    return Detector::None;
  }
  Detector found = Detector::None;
  if (status >= 502 && status <= 504) {
    if (++host.run_gateway == policy.consecutive_gateway && policy.consecutive_gateway != 0) {
      host.run_gateway = 0;
      found = policy.enforcing_gateway > 0.0 ? Detector::ConsecutiveGateway : Detector::None;
    }
  } else {
    host.run_gateway = 0;
  }
  if (++host.run_5xx == policy.consecutive_5xx && policy.consecutive_5xx != 0) {
    host.run_5xx = 0;
    if (found == Detector::None) found = Detector::Consecutive5xx;
  }
  return found;
}

// May one more of `hosts` be ejected while `ejected` are out?
[[nodiscard]] constexpr bool may_eject(const OutlierDetection& policy, std::uint32_t ejected, std::uint32_t hosts) {
  const double limit = policy.max_ejection * 100.0;
  if (policy.grpc) return 100.0 * ejected / hosts < limit;
  if (policy.always_one && ejected == 0) return true;
  return 100.0 * (ejected + 1) / hosts <= limit;
}

// Of the ejection whose multiplier is `times` (1 = first), without jitter.
[[nodiscard]] constexpr sim::Duration ejection_time(const OutlierDetection& policy, std::uint32_t times) {
  const sim::Duration most = std::max(policy.max_time, policy.base_time);
  return policy.base_time > most / std::max(times, 1u) ? most : policy.base_time * static_cast<sim::Duration>(times);
}

// The multiplier grows until it would exceed the longest time.
[[nodiscard]] constexpr std::uint32_t next_multiplier(const OutlierDetection& policy, std::uint32_t times) {
  const sim::Duration most = std::max(policy.max_time, policy.base_time);
  return static_cast<sim::Duration>(times) * policy.base_time < most + policy.base_time ? times + 1 : times;
}

// Success rates in per cent -> the threshold below which a replica is out; nothing with too few replicas.
[[nodiscard]] std::optional<double> success_rate_threshold(const OutlierDetection& policy,
                                                           const std::vector<double>& rates);

[[nodiscard]] constexpr bool fails_too_often(const OutlierDetection& policy, double success_rate) {
  const double failures = 100.0 - success_rate;
  const double threshold = policy.fp_threshold * 100.0;
  return policy.grpc ? failures > threshold : failures >= threshold;
}

// Failure accrual: how long a replica is shut for the n-th time in a row (n = 0 first); u is uniform in (0, 1).
[[nodiscard]] sim::Duration penalty(const FailureAccrualSpec& policy, std::uint32_t n, double u);

}  // namespace models
