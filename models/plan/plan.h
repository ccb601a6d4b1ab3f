// The compiled scenario of one candidate: flat, immutable arrays that the event loop reads by index.
// Produced by compile(); shared by all replications and threads. Nothing here changes during a run.
// Order of every array is by name, so the order of keys in a file never reaches a result.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/control/control_plane.h"
#include "models/plan/catalog.h"
#include "models/policy/connection_pool.h"
#include "models/policy/outlier_detection.h"
#include "models/policy/reconnect.h"
#include "models/policy/retry.h"
#include "models/policy/retry_budget.h"
#include "models/spec/scenario_spec.h"
#include "sim/distributions/distribution.h"
#include "sim/random/keyed.h"
#include "sim/time.h"

namespace models {

inline constexpr std::uint32_t kNone = 0xffffffffu;
inline constexpr std::uint16_t kNoExtra = 0xffff;
inline constexpr std::uint32_t kProxyWorkersMost = 63;  // bits of Work::proxy_worker

enum class OpKind : std::uint8_t {
  Work,       // CPU time: `index` = distribution
  Wait,       // off-CPU time: `index` = distribution
  Call,       // one downstream call: `index` = call plan; the frame waits for the answer
  CallMaybe,  // the same with a probability (`below`), else the next op: most calls of real endpoints are one of these
  Detach,     // fire and forget: `index` = call plan
  Skip,       // with a probability (`below`) the next op, else jump to `jump`
  Choose,     // exactly one alternative: `index` = first of `count` alternatives
  Parallel,   // start branches: `index` = first of `count` branches; continue at `jump` when all are done
  Jump,       // continue at `jump`
  Skipped,    // a fallback: skipped unless the call before it failed (then control enters behind it)
  EndBranch,  // a branch of a Parallel is done
  Reply,      // the endpoint is done
};

struct alignas(32) Op {
  OpKind kind = OpKind::Reply;
  std::uint16_t count = 0;
  std::uint32_t index = 0;
  std::uint32_t jump = 0;
  std::uint32_t endpoint = 0;   // global endpoint id this op belongs to
  std::uint32_t salt = 0;       // identity of the step: hash of (step, repeat, branch) along its path
  std::uint32_t error = kNone;  // index of what the endpoint draws errors by here, or kNone: it draws none here
  std::uint64_t below = 0;      // a probability in units of 2^-52: of the 2^52 equal draws, how many are below
};
static_assert(sizeof(Op) == 32);

struct Alternative {
  double cumulative = 0.0;
  std::uint32_t start = 0;
};

// A branch of a Parallel: either a single call (call != kNone), or a sequence with its own frame.
struct Branch {
  std::uint32_t start = 0;
  std::uint32_t call = kNone;
  std::uint32_t salt = 0;
};

// One call step: who is called, what the caller's own code does about it, and what every send of it needs to know of
// caller and callee, on one cache line.
struct alignas(64) CallPlan {
  std::uint32_t edge = 0;            // results index
  std::uint32_t cluster = 0;         // global (caller service, callee service) pair: policy and view index
  std::uint32_t view = 0;            // index of that cluster among the caller's clusters
  std::uint32_t service = 0;         // callee
  std::uint32_t endpoint = 0;        // callee, global endpoint id
  std::uint32_t app_policy = kNone;  // index into policies, or kNone
  std::uint32_t fallback = kNone;    // op behind the call that does the fallback work, or kNone
  std::uint32_t first_pod = 0;       // of the callee
  std::uint32_t pods = 0;
  std::uint32_t hosts = 0;        // of the caller's hosts, the first of this cluster
  std::uint32_t lanes = 0;        // of the caller (ServicePlan::lanes)
  sim::Duration request_cpu = 0;  // of the caller's proxy
  OnFailure on_failure = OnFailure::Fail;
  WhenCallerGone when_caller_gone = WhenCallerGone::Serve;  // of the callee
  bool http1 = false;                                       // of the callee
  bool cancels = false;                                     // the caller's running work can be cancelled
  bool enforced = false;                                    // somebody applies the candidate's policy at the caller
  bool pooled = false;                                      // with limits, outlier detection or budgets (pooled.cpp)
  Leg leg = Leg::Whole;                                     // of a call through a waypoint (relay.cpp)
};
static_assert(sizeof(CallPlan) == 64);

enum class Hedging : std::uint8_t { None, OnPerTryTimeout, ByDelay };

// What one layer does for one call. Compiled from spec plus product defaults.
struct CallPolicy {
  sim::Duration timeout = 0;  // overall; 0: none
  sim::Duration per_try = 0;  // 0: none
  std::uint32_t timeout_lane = kNone;
  std::uint32_t per_try_lane = kNone;
  RetryPolicy retry;
  BackoffSpec backoff;
  RetryBudget budget;
  Hedging hedging = Hedging::None;
  sim::Duration hedging_delay = 0;  // ByDelay: `retry` then says how many tries follow and what is not fatal
  bool operator==(const CallPolicy&) const = default;
};

// How the client of a cluster chooses a replica, under one snapshot.
struct Routing {
  LoadBalancer balancer = LoadBalancer::ConnectionRandom;
  std::uint8_t choices = 2;
  bool mtls = true;             // both ends can, and nobody says DISABLE
  bool weighted = false;        // replicas are of unequal weight, and the client looks at that
  std::uint32_t split = kNone;  // first row in `splits`, or kNone: all replicas alike
  std::uint16_t split_count = 0;
  bool own_zone_first = false;      // replicas of the client's zone, as long as enough of them are healthy
  bool prepares = false;            // it does more than send the first try: `fault`, `mirror`, hedging
  std::uint32_t policy = kNone;     // index into policies: what is done about timeouts and failures
  std::uint16_t fault = kNoExtra;   // index into faults_injected
  std::uint16_t mirror = kNoExtra;  // index into mirrors
  std::uint32_t pool = kNone;       // index into connection_pools; only of pooled clusters
  std::uint32_t outlier = kNone;    // index into outliers, or kNone: nobody is left out
  DeadlinePropagation deadline = DeadlinePropagation::None;
  std::uint16_t warmup = kNoExtra;  // index into warmups, or kNoExtra: no replica's age matters
  bool operator==(const Routing&) const = default;
};
static_assert(sizeof(Routing) == 32);

// Where copies of a cluster's requests go.
struct MirrorPlan {
  double share = 0.0;
  std::uint32_t version = 0;  // global version id
  std::uint32_t policy = 0;   // index into policies: the main request's timeout, no retries
  bool operator==(const MirrorPlan&) const = default;
};
struct SplitRow {
  double cumulative = 0.0;
  std::uint32_t version = 0;  // global version id
  bool operator==(const SplitRow&) const = default;
};

struct VersionPlan {
  std::uint32_t service = 0;
  std::uint32_t first_pod = 0;
  std::uint32_t pods = 0;
  std::uint32_t program_base = 0;  // programs[program_base + local endpoint] = first op
};

// First line: what calls read.
struct alignas(64) ServicePlan {
  std::uint32_t first_pod = 0;
  std::uint32_t pods = 0;
  std::uint32_t first_version = 0;
  std::uint32_t first_endpoint = 0;
  std::uint32_t workers = 4;  // kUnlimited: no limit
  std::uint32_t queue_capacity = 1024;
  std::uint32_t lanes = 4;  // client connections the application keeps per callee (one per worker)
  Discipline discipline = Discipline::Fifo;
  WhenCallerGone when_caller_gone = WhenCallerGone::Serve;
  WhenDeadlinePassed when_deadline_passed = WhenDeadlinePassed::Stop;
  bool blocking = false;
  bool http1 = false;
  bool grpc = false;
  bool gateway = false;   // synthetic: no inbound proxy
  bool waypoint = false;  // likewise: it ends its clients' tunnels itself
  // CPU of its sidecar's stages at the expected rate, nanoseconds; all zero without proxies
  sim::Duration request_cpu = 0, response_cpu = 0, post_cpu = 0;
  sim::Key key = 0;  // hash of the name
  std::uint32_t versions = 0;
  std::uint32_t endpoints = 0;
  double cpu = 0.0;                 // cores per pod; 0: no contention
  std::uint32_t first_cluster = 0;  // its outgoing clusters are contiguous
  std::uint32_t clusters = 0;
};

struct ClusterPlan {
  std::uint32_t caller = 0;
  std::uint32_t callee = 0;
};

// Cost of the candidate's proxies that does not depend on the service.
struct ProxyPlan {
  bool present = false;
  bool queueing = false;  // workers hold work; false: every cost is a fused delay
  bool visits = false;    // a request's arrival at the server's proxy is an event: it queues there, or may be refused
  std::uint32_t workers = 2;  // the most that any of them has
  std::uint32_t own_workers = 2;
  sim::Distribution request_latency, response_latency;
  bool has_latency = false;
  double handshake_round_trips = 0.0;
  sim::Duration handshake_client_cpu = 0, handshake_server_cpu = 0;
  bool shared = false;   // pods of a node have one proxy (PodPlan::station)
  bool tunnels = false;  // layer 4: connections of applications share one between proxies
  // Of a server's proxy whose application is down: it tries again, and then answers.
  std::uint32_t inbound_retries = 0;
  std::uint16_t without_application = 503;
  // Of waypoints, and of an ambient mesh's gateway.
  std::uint32_t waypoint_workers = 2;
  sim::Distribution waypoint_request_latency, waypoint_response_latency;
};

struct alignas(32) PodPlan {
  sim::Key key = 0;  // hash of (service, version, replica)
  std::uint32_t service = 0;
  std::uint32_t version = 0;   // global version id
  std::uint32_t programs = 0;  // programs[programs + global endpoint id] = first op (modulo 2^32)
  std::uint32_t zone = 0;
  std::uint32_t node = kNone;  // cpu group with NodeSpec
  std::uint32_t station = 0;   // the pod whose row holds the workers of its proxy: itself, or the first of its node
};
static_assert(sizeof(PodPlan) == 32);

struct WorkloadPlan {
  TrafficSpec spec;
  sim::Key key = 0;
  std::uint32_t entry = 0;  // results index
  std::uint32_t call = 0;   // call plan for the gateway; else unused
  std::uint32_t service = 0;
  std::uint32_t endpoint = 0;  // global endpoint id
  double peak_rate = 0.0;      // for thinning
};

enum class FaultVerb : std::uint8_t { Slow, Stall, Crash };
struct FaultPlan {
  sim::Time at = 0;     // internal clock (0 = start of warm-up)
  sim::Time until = 0;  // kHorizonMax: for good
  FaultVerb verb = FaultVerb::Slow;
  std::uint32_t first_pod = 0, pods = 0;
  double factor = 1.0;
  bool application = false;  // Crash: of the application alone, where a proxy of its own stands before it
};
// A change of the intended policy makes snapshot 1 + its index.
struct ChangePlan {
  sim::Time at = 0;
  sim::Key key = 0;  // hash of its name
};

// What the callee's authorization says to a caller.
inline constexpr std::uint8_t kDeniedPlain = 1;   // that does not prove who it is
inline constexpr std::uint8_t kDeniedProven = 2;  // that does, by mTLS

// Who holds the policy at one service, and how a change of it gets there.
struct HolderPlan {
  // None, Library, Proxyless, Ambient, or Sidecar (the proxy of a gateway, of a waypoint, of a node is one, too)
  EnforcedBy by = EnforcedBy::None;
  bool behind_waypoint = false;                   // requests are judged there
  std::uint32_t supports = kSupportsAll;          // of what acts
  std::uint32_t library_supports = kSupportsAll;  // of its language's library, whether that acts or not
  bool always_mtls = false;                       // with others like it, whatever the policy says
  bool has_library = false;                       // in the process: alone, or below the application and above a proxy
  std::array<Carrier, kKnobs> carriers{};
  sim::Distribution redeploy;              // lead time of a release
  bool redeploy_assumed = false;           // nobody said it: the default law
  std::vector<std::uint16_t> alters;       // by change: knobs (bits) that it alters for this service's calls
  std::vector<std::uint8_t> strict;        // by snapshot: its proxy takes mTLS only
  std::vector<RateLimitSpec> rate_limits;  // by snapshot; empty: it limits nobody at any time
  bool authorizes = false;                 // under some snapshot it asks who may call (Plan::denied)
  bool restricted = false;                 // at the start it is meant to, whether it can or not
};

struct Plan {
  Catalog catalog;

  std::vector<ServicePlan> services;
  std::vector<VersionPlan> versions;
  std::vector<PodPlan> pods;
  std::vector<ClusterPlan> clusters;
  std::vector<std::uint32_t> programs;
  std::vector<ErrorSpec> errors;  // of endpoints that have any
  std::vector<Op> ops;
  std::vector<Alternative> alternatives;
  std::vector<Branch> branches;
  std::vector<CallPlan> calls;
  std::vector<sim::Distribution> durations;
  std::vector<std::uint8_t> endpoint_idempotent;  // by global endpoint id
  std::vector<sim::Key> endpoint_keys;            // ... hash of (service, endpoint)
  std::vector<std::uint32_t> endpoint_service;
  std::vector<std::uint32_t> behind;  // by endpoint of a waypoint: the one it passes on to; empty without waypoints

  std::vector<CallPolicy> policies;  // distinct ones
  std::vector<Routing> routings;     // [snapshot * clusters + cluster]
  std::vector<ConnectionPool> connection_pools;
  std::vector<OutlierDetection> outliers;
  std::vector<bool> pooled;            // by cluster: CallPlan::pooled
  std::vector<Reconnects> reconnects;  // by cluster, how its client comes back; empty: no such client's callee crashes
  std::vector<SplitRow> splits;
  std::vector<FaultSpec> faults_injected;  // distinct ones
  std::vector<MirrorPlan> mirrors;         // distinct ones
  std::vector<WarmupSpec> warmups;         // distinct ones
  std::vector<std::uint32_t> weights;      // by pod; empty where all replicas of every service are alike
  // [snapshot * calls + call]: kDeniedPlain, kDeniedProven; empty where nobody authorizes
  std::vector<std::uint8_t> denied;
  std::vector<HolderPlan> holders;  // by service
  // Policies by (snapshot of the timeouts, snapshot of the retries, cluster), where these travel apart; else empty.
  std::vector<std::uint32_t> mixed_policies;
  std::uint32_t snapshots = 1;
  bool hedges = false;             // under some snapshot, on some edge
  bool carries_deadlines = false;  // under some snapshot, on some edge
  bool may_refuse = false;         // somebody strict is called by somebody without mTLS
  ControlPlaneSpec control_plane;
  std::vector<Outage> control_plane_outages;  // engine's clock
  sim::Distribution runtime_config, replica_ratio;
  std::optional<double> adoption;  // RunSpec::adoption

  ProxyPlan proxy;
  NetworkSpec network;
  std::uint32_t zones = 1;
  double node_cores = 0.0;
  std::uint32_t nodes = 0;

  std::vector<WorkloadPlan> workloads;
  std::vector<FaultPlan> faults;
  std::vector<ChangePlan> changes;
  std::vector<sim::Duration> lanes;        // distinct timers: duration ...
  std::vector<std::uint8_t> lane_per_try;  // ... and what it covers
  struct Segment {
    sim::Time until;
    std::uint32_t first;
    std::uint32_t count;
  };  // arrival time -> windows
  std::vector<Segment> segments;
  std::vector<std::uint32_t> segment_windows;

  LimitSpec limits;
  sim::Duration warmup = 0, duration = 0, drain = 0;
  bool record_levels = false;  // time-weighted counts of requests in system (docs: detail)
};

[[nodiscard]] inline bool prepares(const Plan& plan, const Routing& routing) {
  const bool hedges = routing.policy != kNone && plan.policies[routing.policy].hedging != Hedging::None;
  return hedges || (routing.fault & routing.mirror) != kNoExtra;
}

}  // namespace models
