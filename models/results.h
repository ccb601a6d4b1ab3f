// What one run measured: plain data that merges exactly. No statistics are computed here (reports do).
// Integers throughout, so that a merge does not depend on order; times are nanoseconds.
// Measured part: root requests that arrive in [0, duration); service columns are integrals over it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/fingerprint.h"
#include "sim/statistics/exceedance_runs.h"
#include "sim/statistics/histogram.h"
#include "sim/time.h"

namespace models {

// How a call or a root request ended. Envoy's response flags where one exists; flag_of() gives the letters.
enum class Outcome : std::uint8_t {
  Ok,
  Error,                  // an HTTP 5xx made by the application (or its gRPC twin); no flag
  Overflow,               // 503 at once: the server's queue was full; no flag (a response like any other)
  NoHealthy,              // UH: no endpoint to send to
  Timeout,                // UT: the policy's overall timeout, 504
  PerTryTimeout,          // UT: the last try ran into the per-try timeout, 504
  AppTimeout,             // the application's own timeout ended the call
  ConnectFailure,         // UF
  ConnectionTermination,  // UC: the connection broke with the request on it
  Withdrawn,              // the caller had gone and the queue dropped the work (never seen by a live caller)
  PoolOverflow,           // UO: a limit of the client's connection pool was reached; nothing was sent
  FaultAbort,             // FI: answered by fault injection; nothing was sent
  RateLimited,            // RL: 429 by the callee's rate limit
  Denied,                 // 403 by the callee's authorization; no flag
};
inline constexpr std::size_t kOutcomes = 14;
[[nodiscard]] const char* name_of(Outcome);  // "ok", "error", ...
[[nodiscard]] const char* flag_of(Outcome);  // "-", "UH", "UT", "UF", "UC", ...

// Where time went on the critical path of a request.
enum class Part : std::uint8_t { Application, Queueing, Sidecars, Network, Retries, Handshakes };
inline constexpr std::size_t kParts = 6;
[[nodiscard]] const char* name_of(Part);

using OutcomeCounts = std::array<std::uint64_t, kOutcomes>;

// Sums of the parts over successful requests whose latency falls into a coarse bucket (8 per octave), so
// that "where does the p99 go" can be answered for any percentile.
struct AttributionBucket {
  std::uint64_t count = 0;
  std::array<std::int64_t, kParts> nanoseconds{};
};
struct Attribution {
  static constexpr std::size_t kPerOctave = 8;
  static constexpr std::size_t kBuckets = 48 * kPerOctave;
  std::vector<AttributionBucket> buckets;  // empty, or kBuckets long
  [[nodiscard]] static std::size_t bucket_of(sim::Duration latency);
  void observe(sim::Duration latency, const std::array<std::int64_t, kParts>& parts);
  void merge(const Attribution& other);
};

struct EntryWindow {  // requests that arrived in one window
  std::uint64_t arrivals = 0;
  std::uint64_t unfinished = 0;
  OutcomeCounts outcomes{};
  std::uint64_t degraded = 0;
  sim::Histogram ok;            // latency of successes, degraded ones included
  sim::Histogram failed;        // latency of failures
  sim::ExceedanceRuns ok_runs;  // of successes in order of completion; not kept for timeline buckets
  void merge(const EntryWindow& other);
};

struct EntryResults {  // one per entry endpoint, in plan order
  EntryWindow total;
  std::vector<EntryWindow> windows;   // Plan::windows order; empty without a timeline
  std::vector<EntryWindow> timeline;  // Plan::timeline_bucket wide, from t = 0
  Attribution attribution;
  double ok_sum_of_squares = 0.0;  // seconds^2, for variances within a replication
};

struct EndpointResults {       // server side, one per (service, endpoint), in plan order
  std::uint64_t requests = 0;  // arrived at a replica
  std::uint64_t rejected = 0;  // queue full
  std::uint64_t waited = 0;    // had to wait for a worker
  std::uint64_t errors = 0;
  std::uint64_t denied = 0;  // by authorization
  std::uint64_t rate_limited = 0;
  std::uint64_t inbound_retries = 0;  // of the server's proxy, while its application was down
  std::uint64_t duplicates = 0;       // extra executions of a non-idempotent endpoint for one call
  sim::Histogram wait;                // time from arrival to the first worker, served requests
  sim::Histogram sojourn;             // time from arrival to the reply, served requests
};

struct ServiceResults {                         // one per service, in plan order; integrals over the measured part
  std::int64_t busy_worker_time = 0;            // worker nanoseconds held
  std::int64_t worker_time = 0;                 // worker nanoseconds available (0: unlimited)
  std::int64_t cpu_time = 0;                    // CPU nanoseconds spent by the application
  std::int64_t cpu_capacity = 0;                // core nanoseconds available (0: unlimited)
  std::int64_t in_system_time = 0;              // request nanoseconds at the service
  sim::Int128 partial_time = 0;                 // of that: in no sojourn, less what sojourns have beyond the end
  std::int64_t queue_time = 0;                  // request nanoseconds waiting
  std::vector<std::uint64_t> version_requests;  // arrivals by version
  std::vector<std::int64_t> level_time;        // pod nanoseconds with exactly k requests; only with Plan::record_levels
  std::vector<std::int64_t> total_level_time;  // nanoseconds with exactly k requests at the whole service; likewise
};

// A call through a waypoint is two edges: the caller's to the waypoint, and the waypoint's to the callee.
enum class Leg : std::uint8_t {
  Whole,         // no waypoint between
  ToWaypoint,    // the call, as its caller sees it; its tries reach the callee by the other leg
  FromWaypoint,  // the same call, passed on: not one more call, but all the tries
};

struct EdgeResults {           // one per (caller service, callee endpoint), in plan order; client side
  std::uint64_t calls = 0;     // logical calls opened by the caller's application
  std::uint64_t attempts = 0;  // sent (or refused locally) by the outermost acting layer and below
  Leg leg = Leg::Whole;
  std::uint64_t unfinished = 0;
  std::uint64_t retry_limit_exceeded = 0;  // URX
  std::uint64_t retries_refused = 0;       // by a budget, or by the limit of retries in progress
  std::uint64_t waited = 0;                // tries that waited for a connection of a pool
  std::int64_t waiting_time = 0;           // of those that got one, nanoseconds
  std::uint64_t hedges = 0;                // tries sent while an earlier one was under way
  std::uint64_t late_responses = 0;        // answers that nobody waited for any more
  std::uint64_t handshakes = 0;            // connections opened, with TLS or without
  std::uint64_t mirrored = 0;              // copies sent; nothing else of them counts here
  std::uint64_t cross_zone = 0;            // tries sent to a replica in another zone than the client's
  OutcomeCounts outcomes{};                // of calls
  OutcomeCounts attempt_outcomes{};        // of attempts
  std::uint64_t ignored_failures = 0;      // calls that failed and were ignored or replaced by a fallback
  sim::Histogram ok;                       // latency of calls by outcome, seen by the application
  sim::Histogram failed;

  // For sums over edges: every call once, every try at the callee once.
  [[nodiscard]] std::uint64_t whole_calls() const { return leg == Leg::FromWaypoint ? 0 : calls; }
  [[nodiscard]] std::uint64_t whole_attempts() const { return leg == Leg::ToWaypoint ? 0 : attempts; }
};

// One per (caller service, callee service), in plan order; what all its clients saw together. Empty where no replica is
// ever left out.
struct ClusterResults {
  std::uint64_t ejections = 0;
  std::uint64_t refused = 0;                   // replicas that should have been ejected, but for the share that may be
  std::uint64_t panics = 0;                    // picks among all replicas, because too few were healthy
  std::int64_t ejected_time = 0;               // client and replica nanoseconds, measured part
  std::int64_t time = 0;                       // the same, ejected or not
  std::array<std::uint64_t, 7> by_detector{};  // of the ejections (Detector)
  void merge(const ClusterResults& other);
};

struct ChangeResults {             // one per policy change of the timeline, in plan order
  std::uint64_t holders = 0;       // client pods whose calls it alters
  std::uint64_t arrived = 0;       // of them: act by it before the measured part ends
  sim::Histogram delay;            // from the change until such a client acts by it
  sim::Histogram complete;         // until the last one does; one per replication in which all do
  std::uint64_t stale_calls = 0;   // measured calls opened without it, though it alters what is done for them
  std::uint64_t stale_failed = 0;  // of them: failed
  void merge(const ChangeResults& other);
};

struct ResourceResults {
  std::int64_t app_cpu = 0;           // CPU nanoseconds, measured part
  std::int64_t useful_cpu = 0;        // of that: went into requests that succeeded and calls nobody waits for
  std::int64_t proxy_client_cpu = 0;  // CPU nanoseconds of outbound proxies
  std::int64_t proxy_server_cpu = 0;  // of inbound proxies
  std::int64_t handshake_cpu = 0;     // both sides
  std::uint64_t handshakes = 0;
};

// Why a run ended early. Complete means it did not.
enum class Stopped : std::uint8_t { Complete, Events, InFlight, Instant, Depth, Memory, Interrupted };
[[nodiscard]] const char* name_of(Stopped);

// Of all entries together, in one timeline bucket.
struct Served {
  std::uint64_t arrivals = 0;
  std::uint64_t ok = 0;  // of those that arrived in it
};

struct Results {
  std::vector<EntryResults> entries;
  std::vector<EndpointResults> endpoints;
  std::vector<ServiceResults> services;
  std::vector<EdgeResults> edges;
  std::vector<ClusterResults> clusters;
  std::vector<ChangeResults> changes;
  ResourceResults resources;
  sim::Fingerprint fingerprint;    // of the trajectory; merged in replication order
  std::uint64_t events = 0;        // dispatched
  std::uint64_t calls_opened = 0;  // whole run, warm-up and drain included
  std::uint64_t calls_closed = 0;
  std::uint64_t attempts = 0;
  std::uint64_t retries = 0;
  std::uint64_t roots_opened = 0;
  std::uint64_t roots_closed = 0;
  std::uint64_t unfinished_calls = 0;
  std::uint64_t peak_in_flight = 0;  // open calls
  std::uint64_t peak_bytes = 0;      // tables, queue and lanes at their largest
  Stopped stopped = Stopped::Complete;
  sim::Time stopped_at = 0;          // t on the timeline's clock, when not complete
  std::string stopped_detail;        // one sentence: the limit and what was going on
  void merge(const Results& other);  // exact; REQUIRES: same plan
  void drop_details();               // frees what only the merged result needs (histograms of edges, buckets, ...)
  std::vector<Served> served;        // what drop_details() leaves of the buckets
  [[nodiscard]] std::vector<Served> served_by_bucket() const;
};

}  // namespace models
