// The objects of the reference engine: pods with queues, clients with connections, calls and requests. One object per
// thing, never reused, so nothing needs a generation. Who owns what: reference::Engine, in deques that only grow.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "models/plan/plan.h"

namespace reference {

struct Request;

// One proxy worker: what waits for it, and what it does when a visitor is through.
struct Visitor {
  sim::Duration cpu, post;
  sim::Key key;
  std::function<void()> then;
};
struct ProxyWorker {
  std::deque<Visitor> waiting;
  bool busy = false;
};

struct Connection {
  std::uint32_t id = 0;
  bool pooled = true;
  sim::Time ready = 0;  // until then it is being opened
};

// What a client pod knows of one replica of a service it calls.
struct Host {
  std::uint32_t active = 0;
  std::map<std::uint32_t, Connection*> connections;
  std::set<std::uint32_t> idle;  // HTTP/1.1: those without a request
};

struct Pod {
  std::uint32_t index = 0;
  sim::Key key = 0;
  const models::ServicePlan* service = nullptr;
  const models::VersionSpec* version = nullptr;
  bool proxied = false;
  std::uint32_t free_workers = 0;
  std::deque<Request*> queue;
  bool draining = false;
  std::uint32_t stalls = 0, crashes = 0;
  double slow = 1.0;
  std::vector<ProxyWorker> proxy;
  std::map<std::uint32_t, Host> hosts;                                           // by callee pod
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> pins;         // (callee, lane) -> replica
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> round_robin;  // (callee, worker) -> next
};

// What one layer does about one call.
struct Layer {
  sim::Duration timeout = 0, per_try = 0;
  models::RetryPolicy retry;
  models::BackoffSpec backoff;
};

struct Call {
  sim::Key key = 0;
  std::uint32_t callee = 0;    // service
  std::uint32_t endpoint = 0;  // results index of the callee's
  const models::CallSpec* spec = nullptr;
  Pod* client = nullptr;      // none: a root request
  Request* caller = nullptr;  // none: a root request, or nobody waits
  Call* outer = nullptr;      // the application's layer above
  Call* inner = nullptr;      // the policy's layer below that acts now
  bool has_inner = false;     // the application's layer, above an enforced policy
  bool app_layer = false;
  std::optional<Layer> layer;
  std::uint32_t attempt = 0, outer_attempt = 0;
  std::optional<std::uint32_t> version;
  std::uint32_t tried = 0;
  bool open = true, backing_off = false;
  Request* current = nullptr;
  std::uint32_t workload = 0;       // of a root request
  std::optional<std::size_t> user;  // of a root request
};

// Where a request stands in a list of steps: [at, end) are left, `round` of the first of them is next.
struct Place {
  const std::vector<models::StepSpec>* steps = nullptr;
  std::uint32_t at = 0, end = 0, round = 0;
  std::uint32_t salt = 0;
  bool drawn = false;  // a probability has chosen already
  // A single step with its identity, or the fallback of a call.
  const models::StepSpec* single = nullptr;
  const sim::Distribution* fallback = nullptr;
};

// One try at a server, from sending to answer; or a branch of a parallel step that has steps of its own.
struct Request {
  sim::Key key = 0;
  Pod* pod = nullptr;
  Call* call = nullptr;      // none: a branch
  Request* whole = nullptr;  // of a branch: the request it is part of
  Connection* connection = nullptr;
  bool opens = false, handshakes = false;
  std::uint32_t proxy_worker = 0;
  std::vector<Place> places;  // innermost last
  bool arrived = false, begun = false, has_worker = false, queued = false;
  bool done = false;  // answered, failed, or gone
  std::uint32_t awaited = 0;
  std::optional<Place> otherwise;  // the fallback of the call that is awaited
  sim::Time since = 0;             // arrival at the application
  models::Outcome outcome = models::Outcome::Ok;
  std::uint16_t status = 200;
};

}  // namespace reference
