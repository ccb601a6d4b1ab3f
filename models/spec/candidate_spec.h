// Who holds the policy in one arrangement, on which services, with which inconsistencies, and how a change travels.
// Plain values. `policy` is one intent for all candidates; nothing here changes it for one of them alone, but for the
// deviations, which are the inconsistency itself.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/spec/policy_spec.h"
#include "sim/distributions/distribution.h"
#include "sim/time.h"

namespace models {

// One dated cost profile of a proxy. Sources and assumed parts are carried as text for the report.
struct ProxyProfileSpec {
  std::string name;
  std::string source;
  std::string date;
  std::vector<std::string> assumed;  // names of the parts that are assumptions
  std::uint32_t workers = 2;         // kUnlimited: costs never queue (a fused delay)
  struct CpuPoint {
    double rps;
    sim::Duration cpu;
  };
  std::vector<CpuPoint>
      cpu_per_request;                // CPU of one exchange through one proxy, by rate; linear between, flat outside
  double request_share = 0.0;         // of that CPU: before the request leaves
  double response_share = 0.0;        // before the response leaves; the rest runs after the reply
  sim::Distribution request_latency;  // off-worker latency of one traversal
  sim::Distribution response_latency;
  double handshake_round_trips = 0.0;  // TLS, on top of TCP's
  sim::Duration handshake_client_cpu = 0;
  sim::Duration handshake_server_cpu = 0;
  double telemetry_share = 0.0;     // of that CPU, after the reply: metrics
  double memory_mb = 0.0;           // of one proxy
  sim::Duration reporting_cpu = 0;  // of logs and traces of one request, after the reply: of a candidate's telemetry
};

// What proxies report of requests, and what it costs each of them, after the reply. Metrics are what a profile has
// for them (telemetry_share); the cost of logs and traces is the scenario's figure.
struct TelemetrySpec {
  bool metrics = true;
  sim::Duration access_log = 0;  // CPU of one request
  double tracing = 0.0;          // share of requests with spans
  sim::Duration span_cpu = 0;    // CPU of one span
  [[nodiscard]] bool reports() const { return metrics || access_log > 0 || tracing > 0.0; }
  bool operator==(const TelemetrySpec&) const = default;
};

// A part of a destination's policy that is changed, and travels, as a whole.
enum class Knob : std::uint8_t {
  Timeout,
  Retries,
  LoadBalancer,
  Split,
  Mtls,
  ConnectionPool,
  OutlierDetection,
  Fault,
  Mirror,
  RateLimit,      // applied by the callee
  Authorization,  // likewise: allow and deny
};
inline constexpr std::size_t kKnobs = 11;
[[nodiscard]] const char* name_of(Knob);  // the key of the policy: "timeout", "loadBalancer", "mtls", ...

// How a change reaches those who apply it.
enum class Carrier : std::uint8_t {
  Push,           // a control plane pushes configuration to proxies (or to proxyless libraries)
  RuntimeConfig,  // the library reads its configuration while it runs
  ReplicaRatio,   // `kubectl scale` or `rollout undo`: a split by the numbers of replicas
  Redeploy,       // compiled in: the service's next release, after its team's lead time
};
[[nodiscard]] const char* name_of(Carrier);  // "push", "runtimeConfig", "replicaRatio", "redeploy"

// What a language's library can do, as bits: a Knob's, and telemetry.
inline constexpr std::uint32_t kTelemetryBit = 1u << kKnobs;
inline constexpr std::uint32_t kSupportsAll = (1u << (kKnobs + 1)) - 1;
[[nodiscard]] constexpr std::uint32_t bit(Knob knob) { return 1u << static_cast<unsigned>(knob); }

struct LibrarySpec {
  std::string language;
  std::uint32_t supports = kSupportsAll;  // what is not supported is not enforced
  bool operator==(const LibrarySpec&) const = default;
};

struct TeamSpec {
  std::string name;
  std::vector<std::string> services;
  std::optional<sim::Distribution> redeploy;  // lead time of a change that needs a release; absent: the default law
};

// Callers whose policy towards some destination is not the intended one.
enum class DeviationBy : std::uint8_t { Service, Team, Language };
struct DeviationSpec {
  std::string service, team, language;  // whose calls; empty: anybody's
  std::string to;                       // destination service; empty: every one
  DestinationPolicySpec policy;         // fields present replace the intended ones
  struct Found {
    std::uint64_t count = 0;
    DestinationPolicySpec policy;
    bool operator==(const Found&) const = default;
  };
  std::vector<Found> survey;  // instead of `policy`: each group drawn has one of these, with probability by count
  double share = 1.0;         // of the groups (`by`) that match, drawn by name from the scenario's seed
  DeviationBy by = DeviationBy::Service;
};

// istiod and its like. Defaults: mesh semantics 20 and what is published of control planes; assumed stages say so.
struct ControlPlaneSpec {
  sim::Distribution watch_delay = sim::Distribution::constant(20e6);   // API server to control plane; assumed
  sim::Duration debounce_quiet = 100 * sim::kMillisecond;              // PILOT_DEBOUNCE_AFTER
  sim::Duration debounce_max = 10 * sim::kSecond;                      // PILOT_DEBOUNCE_MAX
  sim::Distribution push_context = sim::Distribution::constant(50e6);  // computing the snapshot; assumed
  std::uint32_t throttle = 25;                                    // pushes at once: min(15 + 5 cores, 100), 2 cores
  sim::Distribution generate = sim::Distribution::constant(5e6);  // of one proxy's configuration; assumed
  sim::Distribution network = sim::Distribution::constant(1e6);   // control plane to proxy, one way; assumed
  sim::Distribution apply = sim::Distribution::constant(10e6);    // in the proxy, until new requests see it; assumed
  std::uint32_t instances = 1;                                    // each with its share of the proxies
};

enum class EnforcedBy : std::uint8_t {
  None,
  Library,    // in the process: no hop
  Sidecar,    // a proxy at both ends of a call
  Proxyless,  // in the process, configured by a control plane
  Gateway,    // proxies of the gateway alone; behind it nobody
  Ambient,    // a layer-4 proxy on every node; policy of requests only in waypoints
  Node,       // a proxy on every node, shared by its pods
};

struct CandidateSpec {
  std::string name;
  EnforcedBy enforced_by = EnforcedBy::None;
  std::string product;                        // "istio-1.24", ...; empty for none
  std::optional<ProxyProfileSpec> profile;    // sidecars and gateways only
  std::optional<LoadBalancer> load_balancer;  // overrides what the product and the policy say

  // Ambient only: services with a proxy of their own in front of them, which all their clients share.
  std::vector<std::string> waypoints;                // sorted
  std::uint32_t waypoint_replicas = 1;               // of each
  std::optional<ProxyProfileSpec> waypoint_profile;  // of waypoints, and of the gateway

  // Partial fleets: names of services; empty optional: all. The rest keeps `others`.
  std::optional<std::vector<std::string>> enrolled;  // teams are resolved by the reader
  EnforcedBy others = EnforcedBy::Library;           // None or Library: who acts where the candidate is not enrolled
  bool keeps_library = false;  // half-migrated: enrolled services keep their library's timeouts and retries as well

  std::vector<DeviationSpec> deviations;      // of libraries (and of what stands in for them)
  std::map<Knob, Carrier> carriers;           // instead of the default carrier
  std::optional<sim::Distribution> redeploy;  // of every team: fleet automation
  sim::Distribution runtime_config = sim::Distribution::constant(10e9);  // delay of that carrier; assumed
  sim::Distribution replica_ratio = sim::Distribution::constant(60e9);   // likewise: pods scheduled, started, ready
  bool has_runtime_config = false;               // timeouts, retries and balancers are read at run time
  sim::Duration library_cpu = 0;                 // of one call in the caller's process; counted, no latency
  TelemetrySpec telemetry;                       // of proxies
  std::optional<std::uint32_t> inbound_retries;  // of a server's proxy towards its application; absent: the product's
  ControlPlaneSpec control_plane;
};

}  // namespace models
