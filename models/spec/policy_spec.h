// What a scenario says about communication policy: plain values, no behaviour.
// Every field is optional, because what a policy leaves open each candidate's product decides.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/time.h"

namespace models {

// Envoy's names (x-envoy-retry-on), as bits of RetrySpec::retry_on.
enum class RetryOn : std::uint32_t {
  FiveXx = 1u << 0,
  GatewayError = 1u << 1,
  Reset = 1u << 2,
  ResetBeforeRequest = 1u << 3,
  ConnectFailure = 1u << 4,
  RefusedStream = 1u << 5,
  Retriable4xx = 1u << 6,
  Cancelled = 1u << 7,
  DeadlineExceeded = 1u << 8,
  ResourceExhausted = 1u << 9,
  Unavailable = 1u << 10,
  Internal = 1u << 11,
};

// Back-off laws. EnvoyCurrent is what the code does today (mesh semantics 3.3): U{0..b-1} ms, b doubles.
enum class BackoffLaw : std::uint8_t {
  EnvoyCurrent,
  EnvoyLegacy,            // U[0, min((2^k - 1) base, cap))
  EnvoyLegacyAtom,        // min(U[0, (2^k - 1) base), cap): an atom at the cap
  FullJitter,             // U[0, min(cap, base 2^(k-1)))
  Exponential,            // min(cap, base 2^(k-1)), no jitter; base = cap gives a constant
  Decorrelated,           // U[base, 3 previous), capped
  Linkerd,                // b + U(0,1) b capped at max, b = min(max, base 2^(k-1))
  Grpc,                   // min(base mult^(k-1), max) U(0.8, 1.2)
  ExponentialHalfJitter,  // base 2^(k-1) U(0.5, 1.5)
};

struct BackoffSpec {
  BackoffLaw law = BackoffLaw::EnvoyCurrent;
  sim::Duration base = 25 * sim::kMillisecond;
  sim::Duration max = 250 * sim::kMillisecond;
  bool operator==(const BackoffSpec&) const = default;
};

struct RetrySpec {
  std::uint32_t max = 0;                              // tries after the first
  std::optional<std::uint32_t> retry_on;              // bits of RetryOn; absent: filled by the reader and printed
  std::vector<std::uint16_t> retriable_status_codes;  // exact HTTP codes, e.g. 503
  std::optional<sim::Duration> per_try_timeout;
  std::optional<BackoffSpec> backoff;  // absent: the product's
  bool operator==(const RetrySpec&) const = default;
};

enum class LoadBalancer : std::uint8_t {
  ConnectionRandom,  // kube-proxy: a random replica per connection, so HTTP/2 pins
  Random,
  RoundRobin,
  LeastRequest,  // power of two choices with replacement on the client's own in-flight counts
};

enum class MtlsMode : std::uint8_t { Disable, Permissive, Strict };

// Policy towards one destination, or the defaults for all.
struct DestinationPolicySpec {
  std::optional<sim::Duration> timeout;  // overall, covers retries and back-off; 0 = none
  std::optional<RetrySpec> retries;
  std::optional<LoadBalancer> load_balancer;
  std::optional<std::uint32_t> least_request_choices;  // default 2
  std::optional<MtlsMode> mtls;
  std::map<std::string, double> split;  // version -> weight (any positive scale); empty: by replica count
  bool operator==(const DestinationPolicySpec&) const = default;
};

struct PolicySpec {
  DestinationPolicySpec defaults;
  std::map<std::string, DestinationPolicySpec> destinations;  // by service name
  bool operator==(const PolicySpec&) const = default;
};

}  // namespace models
