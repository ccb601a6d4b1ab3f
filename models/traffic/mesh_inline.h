// The small steps of a call that stages share: rows, workers, keys, connections' fast paths. Inline, because a mesh
// call takes a few hundred nanoseconds and each of these runs several times in it. Included by mesh.h only.
#pragma once

namespace models {

inline constexpr std::uint32_t kConnections = 64;  // that a client tracks per host: bits of HostView::open

inline constexpr sim::Duration kSynRetransmission = 1 * sim::kSecond;  // RFC 6298: initial timeout

namespace traffic_purpose {
inline constexpr std::uint64_t kNetwork = 20;  // + direction
}  // namespace traffic_purpose

inline void Mesh::push(sim::Time at, EventKind kind, std::uint32_t subject, std::uint32_t generation, sim::Key key) {
  if (SIM_UNLIKELY(at > sim::kHorizonMax)) at = sim::kHorizonMax;  // heavy tails: a time that no run reaches
  queue_.push(sim::make_event(at, static_cast<std::uint32_t>(key & sim::kTieMask), static_cast<std::uint8_t>(kind),
                              subject, generation));
}

// A message is never withdrawn from under its event, so the event needs no generation.
inline void Mesh::push_message(sim::Time at, EventKind kind, std::uint32_t w, sim::Key key) {
  push(at, kind, w, 0, key);
}

inline std::uint32_t Mesh::new_call() {
  const std::uint32_t slot = calls_.acquire();
  if (SIM_UNLIKELY(slot >= calls_used_)) calls_used_ = slot + 1;
  ++recorder_.results.calls_opened;
  if (SIM_UNLIKELY(calls_.size() > recorder_.results.peak_in_flight)) note_peak();
  return slot;
}

inline void Mesh::close_row(std::uint32_t slot) {
  ++recorder_.results.calls_closed;
  calls_[slot].state = CallState::Free;
  calls_[slot].work = kNone;  // an answer on its way finds out (is_late())
  calls_.release(slot);
}

inline std::uint32_t Mesh::new_work() {
  const std::uint32_t w = works_.acquire();
  if (SIM_UNLIKELY(w >= works_used_)) works_used_ = w + 1;
  return w;
}

inline void Mesh::free_work(std::uint32_t w) {
  SIM_CHECK(works_[w].pod != kNone, "a work row is released twice");
  works_[w].pod = kNone;  // how a walk over the rows tells free ones
  works_.release(w);
}

// Whoever holds the call's row now waits for this very message, or for none or another: a message's row is not reused
// while it travels, so no generation is asked. An outer row waits for a call, which may have the same number.
inline bool Mesh::is_late(std::uint32_t w) const {
  const Call& call = calls_[works_[w].call];
  return call.work != w || (call.flags & call_flag::kOuter) != 0;
}

// A request from outside: no client of the model waits for it.
inline bool Mesh::is_root(std::uint32_t w) const {
  return !is_late(w) && (calls_[works_[w].call].flags & call_flag::kRoot) != 0;
}

inline void Mesh::enter(Pod& pod) {
  if (SIM_UNLIKELY(plan_.record_levels)) {
    note_level(pod, pod.in_system);
    ++service_in_system_[pod.service];
  }
  ++pod.in_system;
  pod.system_sum -= now_;
}

inline void Mesh::leave(Pod& pod) {
  if (SIM_UNLIKELY(plan_.record_levels)) {
    note_level(pod, pod.in_system);
    --service_in_system_[pod.service];
  }
  --pod.in_system;
  pod.system_sum += now_;
}

inline void Mesh::take_worker(Pod& pod, Work& work) {
  --pod.free_workers;
  pod.busy_sum -= now_;
  work.flags |= work_flag::kHasWorker;
}

inline void Mesh::give_worker(Pod& pod, Work& work) {
  ++pod.free_workers;
  pod.busy_sum += now_;
  work.flags = static_cast<std::uint8_t>(work.flags & ~work_flag::kHasWorker);
}

inline void Mesh::begin(std::uint32_t w) {
  Work& work = works_[w];
  work.flags |= work_flag::kBegun;
  const sim::Duration wait = now_ - work.mark;
  work.parts.queueing += static_cast<float>(wait);
  if ((work.flags & work_flag::kMeasured) != 0) recorder_.work_began(plan_.ops[work.pc].endpoint, wait);
  recorder_.fact(Fact::WorkStarted, now_, work.key, static_cast<std::uint64_t>(wait));
  if (SIM_UNLIKELY(options_.trace != nullptr)) {
    add_trace("work-started", work.key, work.pod, static_cast<std::uint64_t>(wait));
    if (options_.trace_links) link_parts(work);
  }
  take_worker(pods_[work.pod], work);
  run_frame(w);
}

inline std::uint32_t Mesh::busy_workers(const Pod& pod) const {
  return plan_.services[pod.service].workers - pod.free_workers;
}

inline void Mesh::drain_queue(std::uint32_t p) {
  if (pods_[p].queue_head != kNone) drain(p);
}

inline void Mesh::start_attempt(std::uint32_t slot) {
  Call& call = calls_[slot];
  call.state = CallState::Waiting;
  call.attempt_started = now_;
  if (SIM_UNLIKELY((call.flags & call_flag::kOuter) != 0)) return start_layer(slot);
  send(slot);
}

inline sim::Key Mesh::key_of_try(const Call& call) const {
  if (SIM_UNLIKELY((call.flags & call_flag::kLeg) != 0)) return key_of_leg(call);
  if ((call.flags & call_flag::kAppLayer) != 0) return sim::try_key(call.key, call.attempt, 0);
  return sim::try_key(call.key, call.outer_attempt, call.attempt);
}

inline std::uint32_t Mesh::client_lane(const Call& call) const {
  return sim::below(call.key, plan_of(call).lanes);  // its upper bits are as good as a draw
}

// HTTP/2 connections are numbered by the worker that owns them (reserve_connection()).
inline std::uint32_t Mesh::worker_in_use(const Call& call) const {
  if (SIM_UNLIKELY(plan_of(call).http1 || plan_.proxy.workers > kConnections)) {
    return client_worker(call, client_lane(call));
  }
  return call.connection;
}

inline std::uint32_t Mesh::host_index(const Call& call, const CallPlan& plan, std::uint32_t server_pod) const {
  return pods_[call.pod].first_host + plan.hosts + server_pod - plan.first_pod;
}

inline sim::Duration Mesh::network(std::uint32_t from, std::uint32_t to, sim::Key key, std::uint64_t direction) const {
  const NetworkSpec& network = plan_.network;
  const bool near = plan_.zones == 1 || plan_.pods[from].zone == plan_.pods[to].zone;
  const sim::Duration delay =
      (near ? network.same_zone : network.cross_zone).sample(key, traffic_purpose::kNetwork + direction);
  return SIM_UNLIKELY(network.loss > 0.0) ? delay + retransmissions(key, direction) : delay;
}

inline void Mesh::count_proxy_cpu(bool client, sim::Duration cpu) {
  ResourceResults& r = recorder_.results.resources;
  (client ? r.proxy_client_cpu : r.proxy_server_cpu) += cpu;
}

// When a message that reaches a proxy now leaves it, by recursion. REQUIRES: proxies, not the reference mode.
inline sim::Time Mesh::through(std::uint32_t pod, std::uint32_t worker, sim::Duration cpu, sim::Duration post,
                               bool client) {
  if (measuring_) count_proxy_cpu(client, cpu + post);
  if (!plan_.proxy.queueing) return now_ + cpu;
  const std::uint32_t station = proxies_[pod].station;
  sim::Time& free_at = worker < Proxy::kWorkers ? proxies_[station].free_at[worker]
                                                : more_free_at_[std::size_t{station} * plan_.proxy.workers + worker];
  const sim::Time departed = (free_at > now_ ? free_at : now_) + cpu;
  free_at = departed + post;
  return departed;
}

// Fills the message of a try; how it gets to its connection is the caller's business.
inline std::uint32_t Mesh::new_message(std::uint32_t slot, Call& call, const CallPlan& plan, sim::Key key,
                                       std::uint32_t pod) {
  const std::uint32_t w = new_work();
  call.work = w;
  Work& work = works_.renew(w);
  work.key = key;
  work.mark = now_;
  work.call = slot;
  work.pod = pod;
  work.pc = plan_.programs[plan_.pods[pod].programs + plan.endpoint];
  if (SIM_UNLIKELY(plan_.zones > 1) && (call.flags & call_flag::kMeasured) != 0 &&
      plan_.pods[pod].zone != plan_.pods[call.pod].zone) {
    ++recorder_.results.edges[plan.edge].cross_zone;
  }
  return w;
}

// The message leaves the client. REQUIRES: Call::connection, and the work's handshake.
[[gnu::always_inline]] inline void Mesh::depart(std::uint32_t w, const Call& call, const CallPlan& plan,
                                                const Routing& routing, std::uint32_t pod, std::uint32_t host,
                                                std::uint32_t worker) {
  Work& work = works_[w];
  const ProxyPlan& proxy = plan_.proxy;
  work.plaintext = routing.mtls ? 0 : 1;
  if (SIM_UNLIKELY(!callers_.empty())) note_caller(w, call.plan);
  if (SIM_UNLIKELY(plan_.carries_deadlines)) tell_deadline(w, call, routing);
  if (!proxy.present) return client_out(w, call.pod, host, call.connection, now_);
  if (proxy.queueing) {
    const sim::Key pair =
        proxies_[call.pod].key ^ (plan_.pods[pod].key + (call.connection + 1u) * sim::detail::kAppStep);
    work.proxy_worker = sim::below(sim::mix(pair), proxies_[pod].workers) & kProxyWorkersMost;
  }
  const sim::Duration cpu = plan.request_cpu + (work.handshakes != 0 ? proxy.handshake_client_cpu : 0);
  if (stations_.empty()) {
    return client_out(w, call.pod, host, call.connection, through(call.pod, worker, cpu, 0, true));
  }
  visit({.work = w,
         .pod = call.pod,
         .worker = worker,
         .host = host,
         .connection = call.connection,
         .stage = Stage::ClientOut,
         .cpu = cpu,
         .post = 0});
}

// The try is over for the client: its view forgets it, the connection is free again or gone.
inline void Mesh::release_connection(const Call& call, const CallPlan& plan, std::uint32_t server_pod, bool reusable,
                                     bool broken) {
  const std::uint32_t host = host_index(call, plan, server_pod);
  --hosts_[host].active;
  if (SIM_UNLIKELY(plan.http1 || broken)) free_connection(call, plan, host, server_pod, reusable, broken);
}

}  // namespace models
