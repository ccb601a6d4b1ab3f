// Stations of the proxies. A traversal occupies the worker that owns the connection for its CPU; latency
// does not; the part after the reply keeps the worker busy for whoever comes next. As service is known on
// arrival and nothing is withdrawn, a worker is one number, the time it is free (departure recursion, exact
// and 45 % fewer events); reference mode runs the same stations by queue and events and must agree to the bit.
#include <algorithm>

#include "models/traffic/mesh.h"
#include "sim/check.h"

namespace models {
namespace {

constexpr std::uint64_t kLatency = 70;  // + stage

}  // namespace

// Reference mode: a visit joins its station's queue.
void Mesh::visit(const Visit& v) {
  if (measuring_) count_proxy_cpu(v.stage == Stage::ClientOut || v.stage == Stage::ClientIn, v.cpu + v.post);
  const std::size_t station = std::size_t{proxies_[v.pod].station} * plan_.proxy.workers + v.worker;
  Station& s = stations_[station];
  s.queue.push_back(v);
  if (!s.busy) start_station(static_cast<std::uint32_t>(station));
}

// Reference mode: serves the head of the queue; free visits pass at once, as in the recursion.
void Mesh::start_station(std::uint32_t station) {
  Station& s = stations_[station];
  while (!s.busy && s.head < s.queue.size()) {
    const Visit v = s.queue[s.head];
    if (v.cpu > 0) {
      s.busy = true;
      s.in_post = false;
      push(now_ + v.cpu, EventKind::StationDone, station, 0, works_[v.work].key);
      return;
    }
    ++s.head;
    if (v.post > 0) {
      s.busy = s.in_post = true;
      push(now_ + v.post, EventKind::StationDone, station, 0, works_[v.work].key);
    }
    passed(v);
  }
  if (s.head == s.queue.size()) {
    s.queue.clear();
    s.head = 0;
  }
}

void Mesh::on_station_done(std::uint32_t station) {
  Station& s = stations_[station];
  s.busy = false;
  if (!s.in_post) {
    const Visit v = s.queue[s.head++];
    if (v.post > 0) {
      s.busy = s.in_post = true;
      push(now_ + v.post, EventKind::StationDone, station, 0, works_[v.work].key);
    }
    passed(v);
  }
  start_station(station);
}

void Mesh::passed(const Visit& v) {
  switch (v.stage) {
    case Stage::ClientOut: return client_out(v.work, v.pod, v.host, v.connection, now_);
    case Stage::ServerIn: return server_in(v.work, now_);
    case Stage::ServerOut: return v.host == kNone ? drop_late(v.work) : server_out(v.work, v.pod, v.host, now_);
    case Stage::ClientIn:  // while it queued its call may have closed, and the row may be another's
      return is_late(v.work) ? drop_late(v.work) : client_in(v.work, now_);
  }
  SIM_UNREACHABLE();
}

// A request has left the server's proxy at `at`.
void Mesh::server_in(std::uint32_t w, sim::Time at) {
  Work& work = works_[w];
  const sim::Duration extra = work.handshakes != 0 ? plan_.proxy.handshake_server_cpu : 0;
  at += latency(work.pod, work.key, Stage::ServerIn);
  work.parts.handshakes += static_cast<float>(extra);
  work.parts.sidecars += static_cast<float>(at - work.mark - extra);
  if (at == now_) return at_server(w);
  push_message(at, EventKind::AtServer, w, work.key);
}

// A response has left the client's proxy at `at`.
void Mesh::client_in(std::uint32_t w, sim::Time at) {
  Work& work = works_[w];
  at += latency(calls_[work.call].pod, work.key, Stage::ClientIn);
  work.parts.sidecars += static_cast<float>(at - work.mark);
  if (at == now_) return deliver(w);
  push_message(at, EventKind::Deliver, w, work.key);
}

sim::Duration Mesh::latency(std::uint32_t pod, sim::Key key, Stage stage) const {
  if (!proxies_[pod].has_latency) return 0;
  const bool request = stage == Stage::ClientOut || stage == Stage::ServerIn;
  const ProxyPlan& proxy = plan_.proxy;
  const sim::Distribution* law = request ? &proxy.request_latency : &proxy.response_latency;
  if (SIM_UNLIKELY(proxies_[pod].is_waypoint)) {
    if (stage == Stage::ServerIn || stage == Stage::ServerOut) return 0;
    law = request ? &proxy.waypoint_request_latency : &proxy.waypoint_response_latency;
  }
  return law->sample(key, kLatency + static_cast<std::uint64_t>(stage));
}

// A request leaves its client (its proxy, where there is one) at `at`: connection, wire, server's side.
void Mesh::client_out(std::uint32_t w, std::uint32_t pod, std::uint32_t host, std::uint32_t connection, sim::Time at) {
  Work& work = works_[w];
  const ProxyPlan& proxy = plan_.proxy;
  const sim::Duration handshake = work.handshakes != 0 ? proxy.handshake_client_cpu : 0;
  if (proxy.present) {
    at += latency(pod, work.key, Stage::ClientOut);
    work.parts.sidecars += static_cast<float>(at - work.mark - handshake);
  }
  const bool fresh = (work.flags & work_flag::kNewConnection) != 0;
  if (SIM_UNLIKELY(fresh || hosts_[host].connecting > 0)) {
    const sim::Time ready = connection_ready(host, connection, fresh, work.handshakes != 0, at, pod, work);
    work.parts.handshakes += static_cast<float>(handshake + ready - at);
    at = ready;
    if (fresh && !is_late(w)) {
      const Call& call = calls_[work.call];
      const sim::Duration per_try = call.policy != kNone ? plan_.policies[call.policy].per_try : 0;
      if (per_try > 0) push(at + per_try, EventKind::TryTimer, w, works_.generation(w), work.key);
    }
  }
  const sim::Duration wire = network(pod, work.pod, work.key, 0);
  work.parts.network += static_cast<float>(wire);
  at += wire;
  if (proxy.visits) return push_message(at, EventKind::AtServerProxy, w, work.key);
  if (proxy.present) {  // fused: nothing queues, so the server's proxy is a delay too
    const Proxy& server = proxies_[work.pod];
    const sim::Duration extra = work.handshakes != 0 ? proxy.handshake_server_cpu : 0;
    const sim::Time arrived = at;
    const sim::Duration cpu = server.is_waypoint ? 0 : server.request_cpu;
    at += cpu + extra + latency(work.pod, work.key, Stage::ServerIn);
    work.parts.handshakes += static_cast<float>(extra);
    work.parts.sidecars += static_cast<float>(at - arrived - extra);
    if (measuring_) {
      recorder_.results.resources.proxy_server_cpu += cpu + extra;
      if (work.handshakes != 0) recorder_.results.resources.handshake_cpu += proxy.handshake_client_cpu + extra;
    }
  }
  push_message(at, EventKind::AtServer, w, work.key);
}

// A response leaves the server (its proxy, where there is one) at `at`: wire, client's side.
void Mesh::server_out(std::uint32_t w, std::uint32_t pod, std::uint32_t client, sim::Time at) {
  Work& work = works_[w];
  const ProxyPlan& proxy = plan_.proxy;
  if (proxy.present) {
    at += latency(pod, work.key, Stage::ServerOut);
    work.parts.sidecars += static_cast<float>(at - work.mark);
  }
  const sim::Duration wire = network(pod, client, work.key, 1);
  work.parts.network += static_cast<float>(wire);
  at += wire;
  if (proxy.queueing) return push_message(at, EventKind::AtClientProxy, w, work.key);
  if (proxy.present) {
    const Proxy& caller = proxies_[client];
    const sim::Time arrived = at;
    at += caller.response_cpu + latency(client, work.key, Stage::ClientIn);
    work.parts.sidecars += static_cast<float>(at - arrived);
    if (measuring_) recorder_.results.resources.proxy_client_cpu += caller.response_cpu + caller.post_cpu;
  }
  push_message(at, EventKind::Deliver, w, work.key);
}

void Mesh::on_at_server_proxy(std::uint32_t w) {
  Work& work = works_[w];
  if (SIM_UNLIKELY((pods_[work.pod].flags & pod_flag::kCrashed) != 0)) return refuse(w);
  if (SIM_UNLIKELY(work.plaintext != 0) && is_strict(work.pod)) return hang_up(w);
  work.mark = now_;
  const ProxyPlan& proxy = plan_.proxy;
  const sim::Duration handshake = work.handshakes != 0 ? proxy.handshake_server_cpu : 0;
  if (work.handshakes != 0 && measuring_) {
    recorder_.results.resources.handshake_cpu += proxy.handshake_client_cpu + proxy.handshake_server_cpu;
  }
  const sim::Duration cpu = (proxies_[work.pod].is_waypoint ? 0 : proxies_[work.pod].request_cpu) + handshake;
  if (stations_.empty()) return server_in(w, through(work.pod, work.proxy_worker, cpu, 0, false));
  visit({.work = w,
         .pod = work.pod,
         .worker = work.proxy_worker,
         .host = kNone,
         .connection = 0,
         .stage = Stage::ServerIn,
         .cpu = cpu,
         .post = 0});
}

void Mesh::on_at_client_proxy(std::uint32_t w) {
  if (SIM_UNLIKELY(is_late(w))) return drop_late(w);
  Work& work = works_[w];
  const Call& call = calls_[work.call];
  work.mark = now_;
  const Proxy& caller = proxies_[call.pod];
  const std::uint32_t worker = worker_in_use(call);
  if (stations_.empty()) return client_in(w, through(call.pod, worker, caller.response_cpu, caller.post_cpu, true));
  visit({.work = w,
         .pod = call.pod,
         .worker = worker,
         .host = kNone,
         .connection = 0,
         .stage = Stage::ClientIn,
         .cpu = caller.response_cpu,
         .post = caller.post_cpu});
}

}  // namespace models
