// The rows the event loop touches. One call is two rows: what the caller waits for (Call) and what the
// callee does (Work), which refer to each other by slot and generation, because a caller may give up while
// the server works on. A Work row is also the network message in both directions: filled by the sender, it
// is all the server ever reads of a call. Layout: one cache line each (asserted).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/plan/plan.h"
#include "models/policy/rate_limit.h"
#include "models/results.h"
#include "sim/random/keyed.h"
#include "sim/time.h"
#include "sim/timer_lane.h"

namespace models {

// Time on the critical path by part, nanoseconds. Application time is the rest, so it needs no cell.
// float: 24 bits are plenty for shares, and the row stays on one line.
struct Parts {
  float queueing = 0, sidecars = 0, network = 0, retries = 0, handshakes = 0;
  void add(const Parts& other) {
    queueing += other.queueing;
    sidecars += other.sidecars;
    network += other.network;
    retries += other.retries;
    handshakes += other.handshakes;
  }
};

enum class CallState : std::uint8_t {
  Waiting,
  BackingOff,
  Injected,  // held by an injected delay: the policy has not begun
  Free,
};

inline constexpr std::uint8_t kNoVersion = 255;
inline constexpr std::uint8_t kMirrorAttempt = 255;  // number of a mirrored copy's only try: none of the request's own

namespace call_flag {
inline constexpr std::uint8_t kRoot = 1;       // parent = connection or user; call_plan = workload
inline constexpr std::uint8_t kOuter = 2;      // the application's layer above an inner policy call
inline constexpr std::uint8_t kInner = 4;      // parent is the outer call
inline constexpr std::uint8_t kDetached = 8;   // nobody waits
inline constexpr std::uint8_t kMeasured = 16;  // opened inside the measured part
inline constexpr std::uint8_t kAppLayer = 32;  // this row's attempts are the application's
inline constexpr std::uint8_t kStale = 64;     // its client lacks a change that concerns it
inline constexpr std::uint8_t kLeg = 128;      // to or from a waypoint: CallPlan::leg says which
// Both, and no other row has both: one more try of its parent, which hedges.
inline constexpr std::uint8_t kHedge = kInner | kDetached;
}  // namespace call_flag

struct alignas(64) Call {
  sim::Key key = 0;
  sim::Time opened = 0;
  sim::Time attempt_started = 0;
  std::uint32_t parent = kNone;  // frame (Work slot) or outer call
  std::uint32_t parent_generation = 0;
  std::uint32_t pod = kNone;          // client pod
  std::uint32_t plan = 0;             // index into Plan::calls, or the workload of a root
  std::uint32_t policy = kNone;       // index into Plan::policies, latched when opened
  std::uint32_t work = kNone;         // current attempt's message
  std::uint32_t sibling = kNone;      // next child of the same frame (only where work can be cancelled)
  std::uint32_t tried = 0;            // bit (replica mod 32) of every replica tried
  std::uint16_t config = 0;           // configuration the client acts by, as latched when opened (Mesh::configs_)
  std::uint8_t version = kNoVersion;  // local version drawn by the split, once per call
  std::uint8_t attempt = 0;           // of this layer, 0 = first
  std::uint8_t outer_attempt = 0;     // of the application's layer above
  CallState state = CallState::Waiting;
  std::uint8_t flags = 0;
  std::uint8_t connection = 0;
};
static_assert(sizeof(Call) == 64);

namespace work_flag {
inline constexpr std::uint8_t kBranch = 1;  // a branch of a parallel step: call = parent frame
inline constexpr std::uint8_t kHasWorker = 2;
inline constexpr std::uint8_t kDegraded = 4;
inline constexpr std::uint8_t kMeasured = 8;  // arrived inside the measured part
inline constexpr std::uint8_t kQueued = 16;
inline constexpr std::uint8_t kArrived = 32;        // counted in the pod's in-system number
inline constexpr std::uint8_t kNewConnection = 64;  // carries the handshake
inline constexpr std::uint8_t kBegun = 64;          // the same bit, once the work has arrived
inline constexpr std::uint8_t kReplied = 128;       // travelling back: late answers of children are dropped
}  // namespace work_flag

struct alignas(64) Work {
  sim::Key key = 0;    // identity of the try
  sim::Time mark = 0;  // arrival at the server; start of a sojourn; of a branch: generation of its parent
  std::uint32_t call = kNone;
  std::uint32_t generation : 24 = 0;   // the slot's (sim::SlotTable)
  std::uint32_t proxy_worker : 6 = 0;  // of the server's proxy
  std::uint32_t plaintext : 1 = 0;     // a strict server's proxy refuses it
  std::uint32_t handshakes : 1 = 0;    // opens a connection with TLS
  std::uint32_t pod = 0;
  std::uint32_t pc = 0;        // next op
  std::uint32_t link = kNone;  // queue link while queued; first child call while running; kGone on the way
  std::uint16_t pending = 0;   // children awaited; HTTP status once replied
  std::uint8_t flags = 0;
  Outcome outcome = Outcome::Ok;
  Parts parts;
  float cpu = 0;  // CPU of this frame and of the children it used, in the measured part, nanoseconds
};
static_assert(sizeof(Work) == 64);

// Work::link of a request that a cancellation has overtaken: it is cancelled as soon as it arrives.
inline constexpr std::uint32_t kGone = kNone - 1;

// What the client of a cluster knows of one replica. Owned by the client pod.
struct HostView {
  std::uint64_t open = 0;        // bit = connection (HTTP/2: the client worker's; HTTP/1.1: a pool slot)
  std::uint32_t active = 0;      // requests in flight from this client
  std::uint32_t connecting = 0;  // number of connections being opened (see Mesh::connecting_)
};

// A connection that is being opened, where there are no pools.
struct Connecting {
  std::uint32_t host;
  std::uint8_t id;
  sim::Time opened;  // when its first request was sent
  sim::Time ready;   // kHorizonMax: that request is still on its way through the client's proxy
};

// A change of policy that reaches a client.
struct Arrival {
  sim::Time at;
  std::uint32_t pod;
  std::uint8_t snapshot;
  std::uint16_t knobs;  // bits of Knob: what arrives
};

struct User {  // closed, or a paced connection
  std::uint32_t workload;
  std::uint32_t index;
  std::uint64_t ordinal;
  sim::Time due;
  bool busy;
};

// What a message that asks for work says of its sender's time.
struct Told {
  sim::Key key = 0;            // of that message: rows are reused
  sim::Time until = 0;         // gRPC: what is left, and from its arrival on when it is over; 0: nothing was said
  sim::Duration expected = 0;  // Envoy: likewise a length of time
};

// Of a call with hedged requests, and of its tries, by their rows. The call's own row makes the first try.
struct Hedges {
  // Of the call.
  std::uint32_t first = kNone;  // rows of further tries (Call::sibling)
  std::uint8_t sent = 0;        // tries after the first, retries among them
  std::uint8_t spent = 0;       // retries that are used up, refused ones among them
  std::uint8_t most = 0;        // tries after the first that may be sent
  bool idle = false;            // its own try has failed, others go on
  sim::Time due = 0;            // by delay: when the next try is sent
  // Of a try.
  bool counted = false;        // among the hedges
  bool followed = false;       // by another one, since it took too long: its failure is not retried
  bool timeout_noted = false;  // by outlier detection
};

// Timers of equal length.
struct Lane {
  sim::TimerLane entries;
  sim::Time fires_at = 0;  // while armed
  bool armed = false;
  bool shared = false;  // what is due at `fires_at` has events of its own
  bool per_try = false;
};

struct LimitState {
  TokenBucket bucket;
  std::uint8_t snapshot = 0;  // whose limit it is
};

// A message at a proxy.
enum class Stage : std::uint8_t { ClientOut, ServerIn, ServerOut, ClientIn };
struct Visit {
  std::uint32_t work, pod, worker, host;  // host: ClientOut: the client's HostView; ServerOut: the client's pod
  std::uint8_t connection;
  Stage stage;
  sim::Duration cpu, post;
  std::uint32_t generation = 0;  // of the work, when the visit began
};

// A worker of a proxy in the reference mode.
struct Station {
  std::vector<Visit> queue;
  std::size_t head = 0;
  bool busy = false;
  bool in_post = false;
};

struct WorkloadState {
  std::uint64_t ordinal = 0;
  sim::Time next = 0;
  std::uint32_t first_user = 0;
};

// A pod's proxy (or its share of a node's), where the candidate has any: its workers and what a traversal takes of
// them. One cache line, because every call visits four.
struct alignas(64) Proxy {
  static constexpr std::uint32_t kWorkers = 3;  // of more workers the rest stands in Mesh::more_free_at_
  sim::Key key = 0;                             // the pod's
  sim::Duration request_cpu = 0, response_cpu = 0, post_cpu = 0;
  sim::Time free_at[kWorkers] = {0, 0, 0};  // when a worker is done with all it has been given
  bool present = false;                     // the pod is enrolled; else all costs are zero
  bool has_latency = false;
  bool is_waypoint = false;  // or an ambient mesh's gateway: its own laws; towards its clients it costs nothing
  std::uint8_t workers = 1;
  std::uint32_t station = 0;  // the row whose `free_at` counts: proxies of nodes are shared
};
static_assert(sizeof(Proxy) == 64);

// One client pod's view of one cluster, where the balancer keeps any.
struct View {
  std::uint32_t pins = 0;                       // first pin (connection-random): replica by lane, or kNone
  std::uint32_t round_robin[4] = {0, 0, 0, 0};  // next index, per worker (mod 4); starts at random
  std::uint32_t limited = kNone;                // first of its ClusterViews: all replicas, then one per version
};

namespace pod_flag {
inline constexpr std::uint32_t kStalled = 1;
inline constexpr std::uint32_t kCrashed = 2;
inline constexpr std::uint32_t kSlowed = 4;
inline constexpr std::uint32_t kDraining = 8;   // queued work is being started further up the stack
inline constexpr std::uint32_t kBlocking = 16;  // its server keeps the worker during calls
inline constexpr std::uint32_t kCancels = 32;   // its running work stops when the caller goes
inline constexpr std::uint32_t kLifo = 64;      // its queue
inline constexpr std::uint32_t kShares = 128;   // its CPU is shared (cpu_group)
inline constexpr std::uint32_t kGuarded = 256;  // requests pass authorization or a rate limit first
inline constexpr std::uint32_t kStops = 512;    // running work may be stopped: by its caller, by a deadline
inline constexpr std::uint32_t kAlone = 1024;   // its proxy, without the application
inline constexpr std::uint32_t kDown = kCrashed | kAlone;
inline constexpr std::uint32_t kIdle = kStalled | kDown;  // no work starts
}  // namespace pod_flag

// First line: what every call reads and writes. Second line: what few do.
struct alignas(64) Pod {
  std::uint32_t queue_head = kNone, queue_tail = kNone, queue_length = 0;
  std::uint32_t free_workers = 0;
  std::uint32_t in_system = 0;
  std::uint32_t service = 0;
  std::uint32_t first_host = 0;  // of its hosts, one after another by cluster and replica
  std::uint16_t flags = 0;
  std::uint16_t config = 0;                   // what it acts by (Mesh::configs_)
  std::int64_t busy_sum = 0, system_sum = 0;  // integrals: += now on leave, -= now on enter
  std::int64_t cpu_time = 0;                  // measured CPU nanoseconds
  std::uint64_t requests = 0;                 // measured arrivals
  std::uint32_t first_view = 0;
  std::uint32_t cpu_group = kNone;
  std::uint32_t cpu_member = 0;
  std::uint16_t stalls = 0;        // overlapping stalls
  std::uint16_t crashes = 0;       // overlapping crashes: down while > 0
  std::uint16_t applications = 0;  // likewise, of the application alone
  std::int64_t queue_sum = 0;
  double slow = 1.0;
  sim::Time level_since = 0;

  void set(std::uint32_t flag, bool on) { flags = static_cast<std::uint16_t>(on ? flags | flag : flags & ~flag); }
};
static_assert(sizeof(Pod) == 128);

enum class EventKind : std::uint8_t {
  Stop,          // end of the drain
  MeasureBegin,  // t = 0
  MeasureEnd,    // t = duration
  Change,        // the intended policy changes (subject: change)
  Apply,         // a client starts to act by it (subject: index into Mesh::applies_)
  FaultBegin,    // subject: fault
  FaultEnd,
  Arrive,          // next request of an open workload (subject: workload)
  UserSend,        // a user or a paced connection sends (subject: global user index)
  AtServerProxy,   // a request reaches the server's proxy (subject: work)
  AtServer,        // a request reaches the application (subject: work)
  ServiceDone,     // work or wait step ends (subject: work)
  CpuDone,         // earliest completion of a processor-sharing group (subject: group)
  AtClientProxy,   // a response reaches the client's proxy, where it may queue (subject: work)
  Deliver,         // a response reaches the client, or leaves its proxy (subject: work)
  LaneFire,        // head of a timer lane is due (subject: lane)
  TryTimer,        // per-try timeout of a try that had to connect first (subject: work)
  RetryFire,       // back-off, or an injected delay, is over (subject: call)
  CallTimer,       // overall timeout that is in no lane (subject: call)
  CallTryTimer,    // per-try timeout that is in no lane (subject: call)
  CancelWork,      // the caller has gone; reaches the server (subject: work)
  StationDone,     // reference mode: a proxy worker finished a visit (subject: station)
  Connected,       // a pool's connection has been made, or not (subject: connection)
  PoolFailed,      // a call that waited in a pool fails (subject: call)
  OutlierTick,     // a client looks at the health of a cluster's replicas (subject: cluster view)
  ConnectionLost,  // a client notices that a replica is down (subject: cluster view; generation: replica)
  Reconnect,       // a client tries to connect again (likewise)
  InboundRetry,    // a proxy tries its application again (subject: work)
  HedgeDue,        // one more try is sent beside those under way (subject: call)
  WaitingDue,      // what waits for a replica may go on, or gives up (subject: cluster view; generation: its alarm)
};

}  // namespace models
