// What a client keeps of a pooled cluster: counts that limits are compared with, pools of connections, the health of
// replicas as this client sees it. Rows only; who acts on them is pooled.cpp, pool.cpp and health.cpp.
// Owner of all of it: the client pod (its proxy, or its library). Nothing here exists for other clusters.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/plan/plan.h"
#include "models/policy/left_zones.h"
#include "models/results.h"
#include "sim/random/keyed.h"
#include "sim/time.h"

namespace models {

// What a pooled call holds, by call slot.
struct Ticket {
  enum class State : std::uint8_t {
    None,
    Waiting,  // in Linkerd's queue: no replica is available
    Pending,  // in a pool's queue
    Doomed,   // taken out of it to fail: an event at this instant says so
    Sent,     // on a connection
  };
  std::uint32_t view = kNone;
  std::uint32_t pool = kNone;
  std::uint32_t connection = kNone;
  std::uint32_t host = kNone;  // index into Mesh::hosts_
  std::uint32_t health = kNone;
  std::uint32_t pod = kNone;  // server
  std::uint32_t next = kNone, previous = kNone;
  std::uint32_t retry_view = kNone;  // where it counts as a retry in progress
  State state = State::None;
  Outcome fate = Outcome::Ok;
  bool probe = false;      // failure accrual: the one request that a shut replica is tried with
  LeftZones left;          // of the call's tries so far, where retries leave zones
  sim::Time since = 0;     // waiting, then on the connection
  sim::Duration held = 0;  // in Linkerd's queue, before that
};

// Calls that wait, first come first served: their slots, linked by their tickets.
struct TicketQueue {
  std::uint32_t head = kNone, tail = kNone;
  std::uint32_t size = 0;
  void append(std::vector<Ticket>& tickets, std::uint32_t slot) {
    Ticket& ticket = tickets[slot];
    ticket.next = kNone;
    ticket.previous = tail;
    (tail == kNone ? head : tickets[tail].next) = slot;
    tail = slot;
    ++size;
  }
  void remove(std::vector<Ticket>& tickets, std::uint32_t slot) {
    Ticket& ticket = tickets[slot];
    (ticket.previous == kNone ? head : tickets[ticket.previous].next) = ticket.next;
    (ticket.next == kNone ? tail : tickets[ticket.next].previous) = ticket.previous;
    ticket.next = ticket.previous = kNone;
    --size;
  }
};

// A cluster in Envoy's sense, of one client: a destination, or one version of it that a split has chosen. Limits,
// ejections and budgets are per such cluster, shared by the proxy's workers.
struct ClusterView {
  sim::Key key = 0;
  std::uint32_t pod = 0;         // the client
  std::uint32_t cluster = 0;     // index into Plan::clusters
  std::uint32_t hosts = 0;       // replicas
  std::uint32_t first_host = 0;  // index into Mesh::hosts_
  std::uint32_t first_health = 0;
  std::uint32_t requests = 0;     // on connections
  std::uint32_t pending = 0;      // waiting for one
  std::uint32_t connections = 0;  // being opened, open or draining
  std::uint32_t retries = 0;      // in progress, their back-off included
  std::uint32_t ejected = 0;
  std::uint32_t unready = 0;     // without a connection, of clients that pick among connected replicas only
  std::uint32_t first_pick = 0;  // PICK_FIRST: the replica in use
  std::uint32_t connected = 0;   // connections opened so far
  bool tick_armed = false;
  bool fails_fast = false;    // Linkerd: no replica is available, and the queue has given up
  sim::Duration phase = 0;    // of its interval ticks
  TicketQueue waiting;        // Linkerd's queue
  std::uint32_t alarm = 0;    // number of its last event, 24 bits: earlier ones are stale
  sim::Time gives_up_at = 0;  // while something waits
  RetryBudgetState budget;
  std::vector<std::uint32_t> available;  // replicas that may be picked; empty if all may
};

// A view's replicas by priority: the client's own zone, and all others. Ascending.
struct Priorities {
  std::array<std::vector<std::uint32_t>, 2> all, healthy;
};

// The connections of one worker of a client's proxy to one replica, and what waits for one of them.
struct Pool {
  TicketQueue pending;
  std::uint32_t ready = kNone;  // connections with room, the one used last first (PoolConnection::next)
  std::uint32_t connections = 0;
  std::uint64_t connecting_capacity = 0;  // requests that connections being opened will take
};

enum class ConnectionState : std::uint8_t {
  Connecting,
  Ready,     // has room: in its pool's list
  Busy,      // no room
  Draining,  // has served as many requests as it may
  Gone,      // closed; the row stays until its last request has ended
};

struct PoolConnection {
  std::uint32_t pool = kNone;
  std::uint32_t generation : 24 = 0;  // sim::SlotTable
  std::uint32_t state : 8 = 0;        // ConnectionState
  std::uint32_t view = kNone;
  std::uint32_t host = kNone;
  std::uint32_t pod = kNone;  // server
  std::uint32_t next = kNone, previous = kNone;
  std::uint32_t streams = 0, served = 0;
  std::uint32_t capacity = 1;  // streams at once
  std::uint32_t worker = 0;    // of the client's proxy
  std::uint32_t number = 0;    // of its cluster, from 0
  bool tls = false;
  bool fails = false;  // the connect timeout is shorter than connecting takes
  sim::Key key = 0;
  sim::Time idle_since = 0;
};

}  // namespace models
