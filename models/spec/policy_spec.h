// What a scenario says about communication policy: plain values, no behaviour.
// Every field is optional, because what a policy leaves open each candidate's product decides.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/spec/limits_spec.h"
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
  EnvoyRatelimited = 1u << 12,
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
  OfProduct,              // not said: of a policy the product's, of application code Envoy's; not in a plan
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
  // Where retries go; absent: as the product does.
  std::optional<bool> ignore_previous_hosts = {};             // Envoy's previous_hosts predicate
  std::optional<std::uint32_t> host_selection_attempts = {};  // further picks before a tried replica is taken after all
  std::optional<bool> remote_localities = {};                 // Envoy's previous_priorities, every second try
  bool operator==(const RetrySpec&) const = default;
};

enum class LoadBalancer : std::uint8_t {
  ConnectionRandom,  // kube-proxy: a random replica per connection, so HTTP/2 pins
  Random,
  RoundRobin,
  LeastRequest,  // power of two choices with replacement on the client's own in-flight counts
  PeakEwma,      // Linkerd: power of two distinct choices on latency times requests in flight
  PickFirst,     // gRPC: one replica until its connection breaks
};

// How much of a caller's time its callee, and the callee's calls, are told of.
enum class DeadlinePropagation : std::uint8_t {
  None,           // nothing: work goes on when nobody waits any more
  Grpc,           // grpc-timeout: what is left; the server stops when it is over, and so do its own calls
  EnvoyExpected,  // x-envoy-expected-rq-timeout-ms: the next proxy takes it for its route's timeout
};

enum class MtlsMode : std::uint8_t { Disable, Permissive, Strict };

// Faults injected by the client's proxy before its router (mesh semantics 14): what the router does about timeouts and
// failures does not see them.
struct FaultSpec {
  double delay_share = 0.0;  // of requests
  sim::Duration delay = 0;
  double abort_share = 0.0;  // drawn apart from the delay, after it
  std::uint16_t abort_status = 500;
  bool operator==(const FaultSpec&) const = default;
};

// A copy of a request to another version of the same service; the answer is dropped.
struct MirrorSpec {
  std::string version;
  double share = 1.0;
  bool operator==(const MirrorSpec&) const = default;
};

// Envoy's local rate limit: a token bucket in every pod of the callee, full at the start, refilled continuously.
struct RateLimitSpec {
  std::uint32_t max_tokens = 0;
  std::uint32_t tokens_per_fill = 1;
  sim::Duration fill_interval = sim::kSecond;
  bool operator==(const RateLimitSpec&) const = default;
};

// One rule of `allow` or `deny`: who (service accounts are services' names here), and which endpoints. Empty: any; who
// is named must prove it, that is, call over mTLS.
struct AuthorizationRule {
  std::vector<std::string> from;  // sorted
  std::vector<std::string> to;    // sorted
  bool operator==(const AuthorizationRule&) const = default;
};

// Envoy's slow start, Istio's warmup: a replica that joins gets a part of its weight that grows with its age.
struct WarmupSpec {
  sim::Duration duration = 0;  // 0: none
  double minimum = 0.10;       // of its weight, at least
  double aggression = 1.0;     // 1: linear; above: fast first
  bool operator==(const WarmupSpec&) const = default;
};

// Hedged requests: a further try while earlier ones still run; the first good answer wins. Two products' ways of it.
struct HedgingSpec {
  bool on_per_try_timeout = false;     // Envoy: a per-try timeout starts the next try and leaves the last one running
  std::optional<sim::Duration> delay;  // gRPC, libraries: the next try follows after so long, in place of retries
  std::uint32_t max_attempts = 2;      // with a delay: tries in all
  std::uint32_t non_fatal = 0;         // likewise: bits of RetryOn; any other failure ends the call
  std::vector<std::uint16_t> non_fatal_status_codes;
  bool operator==(const HedgingSpec&) const = default;
};

// Istio's localityLbSetting, of which zones are all there is here: the client's own zone comes first.
struct LocalitySpec {
  bool enabled = true;
  bool operator==(const LocalitySpec&) const = default;
};

// Policy towards one destination, or the defaults for all.
struct DestinationPolicySpec {
  std::optional<sim::Duration> timeout;                     // overall, covers retries and back-off; 0 = none
  std::optional<DeadlinePropagation> deadline_propagation;  // absent: the product's
  std::optional<RetrySpec> retries;
  std::optional<LoadBalancer> load_balancer;
  std::optional<std::uint32_t> least_request_choices;  // default 2
  std::optional<WarmupSpec> warmup;                    // absent: a replica that joins has its full weight at once
  std::optional<LocalitySpec> locality;                // absent: the product's
  std::optional<MtlsMode> mtls;
  std::optional<ConnectionPoolSpec> connection_pool;
  std::optional<OutlierDetectionSpec> outlier_detection;
  std::optional<FailureAccrualSpec> failure_accrual;
  std::optional<RetryBudgetSpec> retry_budget;
  std::optional<HedgingSpec> hedging;
  std::map<std::string, double> split;  // version -> weight (any positive scale); empty: by replica count
  std::optional<FaultSpec> fault;
  std::optional<MirrorSpec> mirror;
  std::optional<RateLimitSpec> rate_limit;              // by the callee; max_tokens 0: none
  std::optional<std::vector<AuthorizationRule>> allow;  // by the callee; an empty list allows nobody
  std::optional<std::vector<AuthorizationRule>> deny;   // likewise; stands above allow
  bool operator==(const DestinationPolicySpec&) const = default;
};

struct PolicySpec {
  DestinationPolicySpec defaults;
  std::map<std::string, DestinationPolicySpec> destinations;  // by service name
  bool operator==(const PolicySpec&) const = default;
};

}  // namespace models
