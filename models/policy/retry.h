// Retry policy as a value, and the pure decision Envoy takes on it (truth table of retry_on, then the limit).
// Linkerd's differences are a style of it.
// Not here: when the retry is sent (traffic stages) and how long it waits (backoff.h).
// Source: Envoy's router behaviour, mesh semantics 3.1, 3.2, 3.6.
#pragma once

#include <array>
#include <cstdint>

#include "models/results.h"
#include "models/spec/policy_spec.h"

namespace models {

// Whose rules decide. Linkerd retries answers and its own per-try timeouts, but no connection failures, and lets each
// retry draw the split anew, among versions that can serve.
enum class RetryStyle : std::uint8_t { Envoy, Linkerd };

struct RetryPolicy {
  std::uint32_t max = 0;                        // tries after the first
  std::uint32_t retry_on = 0;                   // bits of RetryOn
  std::array<std::uint16_t, 6> status_codes{};  // exact codes; 0 ends the list
  bool grpc = false;                            // the callee speaks gRPC: errors are gRPC codes, not HTTP ones
  bool avoid_tried_hosts = false;               // Envoy's previous_hosts predicate
  std::uint8_t repicks = 0;                     // extra picks before a tried host is accepted
  bool leave_tried_zones = false;               // Envoy's previous_priorities, with an update frequency of 2
  RetryStyle style = RetryStyle::Envoy;
  bool heeds_ratelimited = false;  // an Envoy towards Envoys: x-envoy-ratelimited stands above every other condition
  bool operator==(const RetryPolicy&) const = default;
};

enum class RetryVerdict : std::uint8_t { No, Retry, LimitExceeded };

[[nodiscard]] constexpr bool has(std::uint32_t bits, RetryOn condition) {
  return (bits & static_cast<std::uint32_t>(condition)) != 0;
}

// Would this result be retried at all? `status` is the HTTP code a response carried (0: no response).
[[nodiscard]] constexpr bool retriable(const RetryPolicy& policy, Outcome outcome, std::uint16_t status) {
  const std::uint32_t on = policy.retry_on;
  switch (outcome) {
    case Outcome::Ok:
    case Outcome::NoHealthy:     // answered locally, never retried
    case Outcome::PoolOverflow:  // likewise
    case Outcome::FaultAbort:    // made before the router that would retry
    case Outcome::Timeout:       // the overall timeout ends everything
    case Outcome::AppTimeout:
    case Outcome::Withdrawn: return false;
    case Outcome::RateLimited:
      if (policy.heeds_ratelimited) return has(on, RetryOn::EnvoyRatelimited);
      [[fallthrough]];
    case Outcome::Error:
    case Outcome::Denied:
    case Outcome::Overflow: {
      if (policy
              .grpc) {  // travels with HTTP 200: only gRPC conditions see it (503 as UNAVAILABLE, 500 as INTERNAL, ...)
        return (has(on, RetryOn::Unavailable) && status == 503) || (has(on, RetryOn::Internal) && status == 500) ||
               (has(on, RetryOn::DeadlineExceeded) && status == 504) ||
               (has(on, RetryOn::ResourceExhausted) && status == 429) || (has(on, RetryOn::Cancelled) && status == 499);
      }
      if (has(on, RetryOn::FiveXx) && status >= 500 && status <= 599) return true;
      if (has(on, RetryOn::GatewayError) && status >= 502 && status <= 504) return true;
      if (has(on, RetryOn::Retriable4xx) && status == 409) return true;
      for (const std::uint16_t code : policy.status_codes) {
        if (code == 0) break;
        if (code == status) return true;
      }
      return false;
    }
    case Outcome::PerTryTimeout:
      if (policy.style == RetryStyle::Linkerd) return true;
      // Handled as a local reset: connect-failure and 503 lists do not match (mesh semantics 2.1, trap 9).
      return has(on, RetryOn::FiveXx) || has(on, RetryOn::GatewayError) || has(on, RetryOn::Reset);
    case Outcome::ConnectFailure:
      if (policy.style == RetryStyle::Linkerd) return false;
      return has(on, RetryOn::ConnectFailure) || has(on, RetryOn::ResetBeforeRequest) || has(on, RetryOn::Reset) ||
             has(on, RetryOn::FiveXx) || has(on, RetryOn::GatewayError);
    case Outcome::ConnectionTermination:
      if (policy.style == RetryStyle::Linkerd) return false;
      return has(on, RetryOn::Reset) || has(on, RetryOn::FiveXx) || has(on, RetryOn::GatewayError);
  }
  return false;
}

[[nodiscard]] constexpr RetryVerdict decide(const RetryPolicy& policy, Outcome outcome, std::uint16_t status,
                                            std::uint32_t retries_done) {
  if (!retriable(policy, outcome, status)) return RetryVerdict::No;
  return retries_done >= policy.max ? (policy.max > 0 ? RetryVerdict::LimitExceeded : RetryVerdict::No)
                                    : RetryVerdict::Retry;
}

}  // namespace models
