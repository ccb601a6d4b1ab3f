// Pools of connections as Envoy has them: per worker of the client's proxy and replica; first come, first served while
// none has room; a pool without any connection may always open one. A connection that cannot be made fails everything
// that waits in its pool. HTTP/1.1: one request per connection; HTTP/2: as many streams as both ends allow.
// Calls that fail while they wait do so by an event at the same instant, so that no caller goes on inside a loop here.
// Source: mesh semantics 6.
#include "models/traffic/mesh.h"
#include "sim/check.h"

namespace models {
namespace {

constexpr std::uint64_t kPoolLoss = 62;

}  // namespace

void Mesh::enter_pool(std::uint32_t slot, const ConnectionPool& limits) {
  Ticket& ticket = tickets_[slot];
  ticket.state = Ticket::State::Pending;
  ticket.since = now_;
  pools_[ticket.pool].pending.append(tickets_, slot);
  ++cluster_views_[ticket.view].pending;
  open_connections(ticket.pool, ticket.view, slot, limits);
}

void Mesh::leave_queue(std::uint32_t slot) {
  Ticket& ticket = tickets_[slot];
  ticket.state = Ticket::State::None;
  pools_[ticket.pool].pending.remove(tickets_, slot);
  --cluster_views_[ticket.view].pending;
}

void Mesh::list_ready(std::uint32_t c) {
  PoolConnection& connection = pool_connections_[c];
  Pool& pool = pools_[connection.pool];
  connection.state = static_cast<std::uint32_t>(ConnectionState::Ready);
  connection.previous = kNone;
  connection.next = pool.ready;
  if (pool.ready != kNone) pool_connections_[pool.ready].previous = c;
  pool.ready = c;
}

void Mesh::unlist_ready(std::uint32_t c) {
  const PoolConnection& connection = pool_connections_[c];
  if (connection.previous == kNone) {
    pools_[connection.pool].ready = connection.next;
  } else {
    pool_connections_[connection.previous].next = connection.next;
  }
  if (connection.next != kNone) pool_connections_[connection.next].previous = connection.previous;
}

// The one used last; those that have been idle for too long are closed when they would be used.
std::uint32_t Mesh::ready_connection(std::uint32_t p, const ConnectionPool& limits) {
  for (;;) {
    const std::uint32_t c = pools_[p].ready;
    if (c == kNone || limits.idle_timeout == 0) return c;
    const PoolConnection& connection = pool_connections_[c];
    if (connection.streams > 0 || now_ - connection.idle_since < limits.idle_timeout) return c;
    close_connection(c);
  }
}

void Mesh::close_connection(std::uint32_t c) {
  PoolConnection& connection = pool_connections_[c];
  const auto state = static_cast<ConnectionState>(connection.state);
  if (state == ConnectionState::Ready) unlist_ready(c);
  if (state == ConnectionState::Connecting) pools_[connection.pool].connecting_capacity -= connection.capacity;
  if (state != ConnectionState::Gone) {
    --pools_[connection.pool].connections;
    --cluster_views_[connection.view].connections;
  }
  connection.state = static_cast<std::uint32_t>(ConnectionState::Gone);
  if (connection.streams == 0) pool_connections_.release(c);
}

// Idle connections count against the limit until they time out.
void Mesh::close_idle(std::uint32_t v, const ConnectionPool& limits) {
  if (limits.idle_timeout == 0) return;
  const ClusterView& view = cluster_views_[v];
  const std::size_t first = std::size_t{view.first_health} * pool_workers_;
  for (std::size_t p = first; p < first + std::size_t{view.hosts} * pool_workers_; ++p) {
    for (std::uint32_t c = pools_[p].ready; c != kNone;) {
      const PoolConnection& connection = pool_connections_[c];
      const std::uint32_t next = connection.next;
      if (connection.streams == 0 && now_ - connection.idle_since >= limits.idle_timeout) close_connection(c);
      c = next;
    }
  }
}

// `slot` is a call that waits in the pool.
void Mesh::open_connections(std::uint32_t p, std::uint32_t v, std::uint32_t slot, const ConnectionPool& limits) {
  const Call& call = calls_[slot];
  const CallPlan& plan = plan_of(call);
  const Routing& routing = routing_of(call.config, plan);
  const std::uint32_t server = tickets_[slot].pod;
  const std::uint32_t host = tickets_[slot].host;
  for (int i = 0; i < kConnectionsAtOnce; ++i) {
    Pool& pool = pools_[p];
    ClusterView& view = cluster_views_[v];
    if (!wants_connection(pool.pending.size, pool.connecting_capacity)) return;
    if (view.connections >= limits.connections) close_idle(v, limits);
    if (!may_connect(limits, view.connections, pool.connections)) return;
    ++pool.connections;
    ++view.connections;
    const std::uint32_t c = pool_connections_.acquire();
    PoolConnection& connection = pool_connections_.renew(c);
    connection.pool = p;
    connection.view = v;
    connection.host = host;
    connection.pod = server;
    connection.worker = p % pool_workers_;
    connection.capacity = capacity_of(limits, plan.http1);
    connection.number = view.connected++;
    connection.key = sim::child_key(view.key ^ plan_.pods[server].key, connection.number);
    pool.connecting_capacity += connection.capacity;
    const ProxyPlan& proxy = plan_.proxy;
    connection.tls = routing.mtls && proxy.present && proxies_[call.pod].present && proxies_[server].present;
    if (measuring_) {
      ++recorder_.results.resources.handshakes;
      ++recorder_.results.edges[plan.edge].handshakes;
    }
    const double trips = plan_.network.connect_round_trips + (connection.tls ? proxy.handshake_round_trips : 0.0);
    sim::Duration takes = 0;
    if (trips > 0.0) {
      const sim::Duration trip =
          network(call.pod, server, connection.key, 3) + network(server, call.pod, connection.key, 4);
      takes = static_cast<sim::Duration>(trips * static_cast<double>(trip));
      if (plan_.network.loss > 0.0 && sim::bernoulli(sim::bits(connection.key, kPoolLoss), plan_.network.loss)) {
        takes += kSynRetransmission;
      }
    }
    if (limits.connect_timeout > 0 && takes >= limits.connect_timeout) {
      takes = limits.connect_timeout;
      connection.fails = true;
    }
    if (takes == 0) {
      on_connected(c);
      continue;
    }
    push(now_ + takes, EventKind::Connected, c, pool_connections_.generation(c), connection.key);
  }
}

// Whether a connection can be made shows when its handshake ends.
void Mesh::on_connected(std::uint32_t c) {
  PoolConnection& connection = pool_connections_[c];
  const std::uint32_t p = connection.pool;
  if (connection.fails || (pods_[connection.pod].flags & pod_flag::kCrashed) != 0) {
    close_connection(c);
    while (pools_[p].pending.head != kNone) doom(pools_[p].pending.head, Outcome::ConnectFailure);
    return;
  }
  pools_[p].connecting_capacity -= connection.capacity;
  connection.idle_since = now_;
  list_ready(c);
  serve_pending(p);
}

// First come, first served; the limit of active requests is looked at when one leaves the queue.
void Mesh::serve_pending(std::uint32_t p) {
  while (pools_[p].pending.head != kNone) {
    const std::uint32_t slot = pools_[p].pending.head;
    const ConnectionPool& limits = limits_of(calls_[slot]);
    const std::uint32_t c = ready_connection(p, limits);
    if (c == kNone) {
      open_connections(p, tickets_[slot].view, slot, limits);
      return;
    }
    if (cluster_views_[tickets_[slot].view].requests >= limits.requests) {
      doom(slot, Outcome::PoolOverflow);
      continue;
    }
    leave_queue(slot);
    attach(slot, c, true);
  }
}

void Mesh::doom(std::uint32_t slot, Outcome outcome) {
  leave_queue(slot);
  fail_soon(slot, outcome);
}

void Mesh::fail_soon(std::uint32_t slot, Outcome outcome) {
  tickets_[slot].state = Ticket::State::Doomed;
  tickets_[slot].fate = outcome;
  push(now_, EventKind::PoolFailed, slot, calls_.generation(slot), calls_[slot].key);
}

void Mesh::on_pool_failed(std::uint32_t slot) {
  Ticket& ticket = tickets_[slot];
  if (ticket.state != Ticket::State::Doomed) return;  // its caller has gone at the same instant
  ticket.state = Ticket::State::None;
  if (ticket.fate == Outcome::ConnectFailure) {
    note_health(slot, 503, true);
    note_budget(slot, ticket.fate, 503);
  } else if (ticket.probe) {
    health_[ticket.health].probing = false;
  }
  fail_locally(slot, ticket.fate);
}

// The call gets the connection, and its message leaves.
void Mesh::attach(std::uint32_t slot, std::uint32_t c, bool waited) {
  Call& call = calls_[slot];
  const CallPlan& plan = plan_of(call);
  const Routing& routing = routing_of(call.config, plan);
  const ConnectionPool& limits = plan_.connection_pools[routing.pool];
  Ticket& ticket = tickets_[slot];
  PoolConnection& connection = pool_connections_[c];
  ++cluster_views_[ticket.view].requests;
  ++hosts_[ticket.host].active;
  ++connection.streams;
  ++connection.served;
  if (limits.per_connection > 0 && connection.served >= limits.per_connection) {
    unlist_ready(c);
    connection.state = static_cast<std::uint32_t>(ConnectionState::Draining);
  } else if (connection.streams >= connection.capacity) {
    unlist_ready(c);
    connection.state = static_cast<std::uint32_t>(ConnectionState::Busy);
  }
  ticket.connection = c;
  ticket.state = Ticket::State::Sent;
  call.connection = static_cast<std::uint8_t>(plan.http1 ? connection.number % 64 : connection.worker % kConnections);

  const sim::Key key = key_of_try(call);
  const std::uint32_t w = new_message(slot, call, plan, key, connection.pod);
  Work& work = works_[w];
  if (connection.tls && connection.served == 1) {
    work.handshakes = 1;
    work.parts.handshakes += static_cast<float>(plan_.proxy.handshake_client_cpu);
  }
  if (waited) {
    const sim::Duration wait = now_ - ticket.since;
    (connection.idle_since == now_ && connection.served == 1 ? work.parts.handshakes : work.parts.queueing) +=
        static_cast<float>(wait);
    if ((call.flags & call_flag::kMeasured) != 0) {
      ++recorder_.results.edges[plan.edge].waited;
      recorder_.results.edges[plan.edge].waiting_time += wait;
    }
  }
  if (SIM_UNLIKELY(ticket.held > 0)) {
    work.parts.queueing += static_cast<float>(ticket.held);
    if ((call.flags & call_flag::kMeasured) != 0) {
      recorder_.results.edges[plan.edge].waited += waited ? 0 : 1;
      recorder_.results.edges[plan.edge].waiting_time += ticket.held;
    }
    ticket.held = 0;
  }
  recorder_.fact(Fact::AttemptSent, now_, key, plan_.pods[connection.pod].key);
  if (SIM_UNLIKELY(options_.trace != nullptr)) {
    if (options_.trace_links) link_try(call, key, connection.pod);
    add_trace("attempt-sent", key, connection.pod, call.attempt);
  }
  ticket.since = now_;
  // The per-try timer starts now: time in the queue is not covered.
  if (call.policy != kNone && plan_.policies[call.policy].per_try > 0) {
    const CallPolicy& policy = plan_.policies[call.policy];
    if (waited || call.attempt_started != now_) {  // the lane counts from where the try began
      push(now_ + policy.per_try, EventKind::TryTimer, w, works_.generation(w), key);
    } else {
      arm(policy.per_try_lane, slot);
    }
  }
  depart(w, call, plan, routing, connection.pod, ticket.host, connection.worker);
}

// A request has left its connection; `close`: the connection cannot be used again.
void Mesh::end_stream(std::uint32_t c, bool close) {
  PoolConnection& connection = pool_connections_[c];
  --connection.streams;
  const auto state = static_cast<ConnectionState>(connection.state);
  if (close || state == ConnectionState::Gone || (state == ConnectionState::Draining && connection.streams == 0)) {
    return close_connection(c);
  }
  connection.idle_since = now_;
  if (state == ConnectionState::Busy) list_ready(c);
}

}  // namespace models
