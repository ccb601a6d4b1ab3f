// How a change of configuration reaches the proxies: watched, debounced, computed once, then sent to one proxy after
// another. A small computation of its own, without requests: it runs once, before the traffic that reads its result.
// Not the meaning of a change (the caller knows what change 3 is), not filtered by what a proxy can see: every push
// goes to every connected proxy (mesh semantics 20.3 without Sidecar scopes), and none is refused (NACK).
// Stages and where their draws come from (key, what, who):
//   watch     per change; events arrive in the order of the changes, as on one watch
//   debounce  one loop (debounce.h); `push_context` per push makes it busy, then every connected proxy gets an entry
//   queue     FIFO per instance of the control plane, proxies dealt to the instances in the order of their keys; the
//             entries of one push come in an order drawn per push (Istio walks a Go map). A proxy with an entry keeps
//             its place and gets the newer push; one that is being served gets a new entry at the tail afterwards
//   slot      `throttle` per instance; one is held while a configuration is generated and until it is sent, which is
//             `generate` + `network`. Istio holds its semaphore until Send returns, which for configurations above the
//             flow-control window is when they are nearly across; it does not wait for the ACK
//   apply     one after the other in a proxy. It acts on the snapshot that was current when generation began
// Outage (mesh semantics 20.5, 20.6): from its first instant nothing is watched, debounced, generated or sent and the
// queues are lost; what was on the network still applies. Afterwards the control plane lists everything (one watch
// delay) and computes it (one push context); until then connections are refused. Proxies try again after Envoy's
// jittered back-off (U{0..b-1} ms, b from 500 ms doubling to 30 s). New connections are admitted at `throttle` per
// second and instance, which is Istio's formula for both; one that would have to wait more than a second is refused and
// backs off again. A connected proxy gets the whole current state through the queue (Istio answers it outside of the
// semaphore; the admission keeps the two nearly alike).
// Invariants: deliveries to a proxy ascend in time and in `change`; those that bring nothing new are left out. All
// instances see the same events at the same time. No draw depends on the number or the order of the proxies.
// Units: nanoseconds. Errors: none.
// Source: istio/istio pilot/pkg/xds/{discovery,pushqueue,ads}.go; envoyproxy source/common/common/backoff_strategy.cc.
#pragma once

#include <cstdint>
#include <vector>

#include "models/spec/candidate_spec.h"
#include "sim/random/keyed.h"
#include "sim/time.h"

namespace models {

// [from, until): the control plane is down.
struct Outage {
  sim::Time from = 0;
  sim::Time until = 0;
  bool operator==(const Outage&) const = default;
};

// From `at` on the proxy acts by all changes up to index `change`. Before its first delivery: by none.
struct Delivery {
  sim::Time at = 0;
  std::uint32_t proxy = 0;
  std::uint32_t change = 0;
  bool operator==(const Delivery&) const = default;
};

struct PropagationInput {
  const ControlPlaneSpec& spec;
  std::vector<sim::Time> changes;  // ascending
  std::vector<sim::Key> proxies;   // who they are; equal keys draw alike
  std::vector<Outage> outages;     // may overlap and touch
  sim::Time until = 0;             // deliveries after that are left out
  sim::Key key = 0;                // of the replication and control plane
};

// What the control plane did: one push to all who are connected.
struct Push {
  sim::Time first = 0;       // its first event reached the control plane (a recovery: when it was up again)
  sim::Time decided = 0;     // the debounce was over (a recovery: everything was listed)
  sim::Time enqueued = 0;    // the push context was ready
  std::int64_t change = -1;  // the snapshot has all changes up to this index; -1: none
  bool recovery = false;
};

[[nodiscard]] std::vector<Push> pushes(const PropagationInput& input);

// Sorted by time, proxy, change.
[[nodiscard]] std::vector<Delivery> propagate(const PropagationInput& input);

// Sorted, without overlaps, touching ones joined, empty ones dropped.
[[nodiscard]] std::vector<Outage> merged(std::vector<Outage> outages);

}  // namespace models
