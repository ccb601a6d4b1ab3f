// What a policy says about limits of a client towards one destination: its connection pool and circuit breakers, which
// replicas it leaves out after failures, and what bounds its retries. Plain values, no behaviour.
// Absent fields are the product's; units: nanoseconds, shares of 1.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/time.h"

namespace models {

inline constexpr std::uint32_t kNoLimit = 0xffffffffu;  // Istio's "not set": 2^32 - 1

// Istio's connectionPool and Envoy's circuit breakers of one cluster.
struct ConnectionPoolSpec {
  std::optional<std::uint32_t> max_connections = {};              // to all replicas together
  std::optional<std::uint32_t> max_pending = {};                  // requests that wait for a connection
  std::optional<std::uint32_t> max_requests = {};                 // in progress
  std::optional<std::uint32_t> max_retries = {};                  // retries in progress, their back-off included
  std::optional<std::uint32_t> max_requests_per_connection = {};  // then it is drained; 0: no limit
  std::optional<std::uint32_t> max_concurrent_streams = {};       // of one HTTP/2 connection
  std::optional<sim::Duration> connect_timeout = {};              // TCP and TLS; 0: none
  std::optional<sim::Duration> idle_timeout = {};                 // 0: none
  bool operator==(const ConnectionPoolSpec&) const = default;
};

// Envoy's and Istio's outlier detection, and gRPC's (A50). Shares are of 1.
struct OutlierDetectionSpec {
  std::optional<std::uint32_t> consecutive_5xx = {};      // 0: off
  std::optional<std::uint32_t> consecutive_gateway = {};  // 0: off
  std::optional<std::uint32_t> consecutive_local_origin = {};
  std::optional<bool> split_local_origin = {};
  std::optional<sim::Duration> interval = {}, base_ejection_time = {}, max_ejection_time = {}, max_ejection_jitter = {};
  std::optional<double> max_ejection = {}, min_health = {};
  std::optional<bool> always_eject_one = {};
  std::optional<double> enforcing_5xx = {}, enforcing_gateway = {};
  struct SuccessRate {
    std::optional<std::uint32_t> minimum_hosts = {}, request_volume = {};
    std::optional<double> stdev_factor = {}, enforcing = {};
    bool operator==(const SuccessRate&) const = default;
  };
  struct FailurePercentage {
    std::optional<double> threshold = {}, enforcing = {};
    std::optional<std::uint32_t> minimum_hosts = {}, request_volume = {};
    bool operator==(const FailurePercentage&) const = default;
  };
  std::optional<SuccessRate> success_rate = {};
  std::optional<FailurePercentage> failure_percentage = {};
  bool operator==(const OutlierDetectionSpec&) const = default;
};

// Linkerd's: a replica is shut after consecutive failures and let in again by one request at a time.
struct FailureAccrualSpec {
  std::uint32_t max_failures = 7;
  sim::Duration min_penalty = 1 * sim::kSecond;
  sim::Duration max_penalty = 60 * sim::kSecond;
  double jitter = 0.5;
  bool operator==(const FailureAccrualSpec&) const = default;
};

// A budget of one client process towards one destination.
struct RetryBudgetSpec {
  enum class Kind : std::uint8_t {
    None,
    Concurrency,  // Envoy: retries in progress, as a share of requests in progress
    Window,       // Linkerd: retries per request over a sliding window
    Tokens,       // gRPC: a bucket that failures empty
    OfProduct,    // the product's own kind and figures; not in a plan
  };
  enum class Deposits : std::uint8_t {
    Completions,  // what ends and would not be retried pays in (Linkerd, tower)
    Requests,     // every first try pays in when it is sent
  };
  Kind kind = Kind::None;
  Deposits deposits = Deposits::Completions;
  double share = 0.2;                     // Concurrency: percent; Window: retry ratio; Tokens: token ratio
  std::uint32_t min_concurrency = 3;      // Concurrency
  double min_per_second = 10.0;           // Window
  sim::Duration ttl = 10 * sim::kSecond;  // Window
  double max_tokens = 10.0;               // Tokens
  bool operator==(const RetryBudgetSpec&) const = default;
};

}  // namespace models
