#include "models/traffic/mesh.h"

#include <algorithm>

#include "models/plan/arrangement.h"
#include "models/traffic/releases.h"
#include "sim/check.h"

namespace models {
namespace {

constexpr std::uint64_t kSeedSalt = 0x6d'65'73'68;  // "mesh"

constexpr std::uint32_t kLooksAhead = 4096;  // rows of works: half a megabyte with their calls

sim::QueueKind queue_kind(const RunOptions& options) {
  if (options.shuffle != 0) return sim::QueueKind::Shuffled;
  return options.reference_queue ? sim::QueueKind::Heap : sim::QueueKind::Ladder;
}

}  // namespace

sim::Key replication_key(std::uint64_t seed, std::uint32_t replication) {
  return sim::mix(sim::mix(seed + kSeedSalt) + replication);
}

Mesh::Mesh(const Plan& plan, const RunOptions& options)
    : plan_(plan),
      options_(options),
      seed_key_(replication_key(options.seed, options.replication)),
      queue_(queue_kind(options), options.shuffle),
      longest_(plan.warmup + plan.duration + plan.drain + 1),
      measure_begin_(plan.warmup),
      measure_end_(plan.warmup + plan.duration),
      extras_(!plan.faults_injected.empty() || plan.hedges),
      breaks_(plan.may_refuse),
      recorder_(plan) {
  pods_.resize(plan.pods.size());
  for (std::size_t p = 0; p < pods_.size(); ++p) {
    Pod& pod = pods_[p];
    pod.service = plan.pods[p].service;
    const ServicePlan& service = plan.services[pod.service];
    pod.free_workers = service.workers;
    pod.set(pod_flag::kBlocking, service.blocking);
    const bool cancels = service.when_caller_gone == WhenCallerGone::Cancel;
    pod.set(pod_flag::kCancels, cancels);
    pod.set(pod_flag::kStops, cancels || plan.carries_deadlines);
    pod.set(pod_flag::kLifo, service.discipline == Discipline::Lifo);
  }
  service_in_system_.assign(plan.services.size(), 0);
  service_level_since_.assign(plan.services.size(), 0);
  build_views();
  build_pools();
  build_cpu_groups();
  lanes_.resize(plan.lanes.size());
  for (std::size_t i = 0; i < lanes_.size(); ++i) lanes_[i].per_try = plan.lane_per_try[i] != 0;
  if (plan.proxy.present) {
    proxies_.resize(pods_.size());
    for (std::size_t p = 0; p < pods_.size(); ++p) {
      const ServicePlan& service = plan.services[pods_[p].service];
      proxies_[p].key = plan.pods[shares_views(static_cast<std::uint32_t>(p))].key;
      proxies_[p].station = plan.pods[p].station;
      proxies_[p].is_waypoint = plan.proxy.tunnels && (service.waypoint || service.gateway);
      proxies_[p].workers =
          static_cast<std::uint8_t>(proxies_[p].is_waypoint ? plan.proxy.waypoint_workers : plan.proxy.own_workers);
      if (!is_proxied(plan.holders[pods_[p].service])) continue;
      proxies_[p].present = true;
      proxies_[p].has_latency = plan.proxy.has_latency;
      proxies_[p].request_cpu = service.request_cpu;
      proxies_[p].response_cpu = service.response_cpu;
      proxies_[p].post_cpu = service.post_cpu;
    }
    const std::size_t workers = pods_.size() * plan.proxy.workers;
    if (plan.proxy.queueing && plan.proxy.workers > Proxy::kWorkers) more_free_at_.assign(workers, 0);
    if (plan.proxy.queueing && options.reference_stations) stations_.resize(workers);
  }
  push_control(measure_begin_, EventKind::MeasureBegin, 0);
  push_control(measure_end_, EventKind::MeasureEnd, 0);
  push_control(measure_end_ + plan.drain, EventKind::Stop, 0);
  start_propagation();
  build_guards();
  for (std::uint32_t i = 0; i < plan.faults.size(); ++i) {
    push_control(plan.faults[i].at, EventKind::FaultBegin, i);
    if (plan.faults[i].until <= measure_end_ + plan.drain) push_control(plan.faults[i].until, EventKind::FaultEnd, i);
  }
  start_workloads();
}

// The pod whose views this one uses: its own, or with proxies of nodes the first of its service on its node.
std::uint32_t Mesh::shares_views(std::uint32_t p) const {
  if (!plan_.proxy.shared || plan_.proxy.tunnels) return p;
  for (std::uint32_t other = plan_.services[pods_[p].service].first_pod; other < p; ++other) {
    if (plan_.pods[other].station == plan_.pods[p].station) return other;
  }
  return p;
}

void Mesh::build_views() {
  for (std::uint32_t p = 0; p < pods_.size(); ++p) {
    const ServicePlan& service = plan_.services[pods_[p].service];
    if (const std::uint32_t other = shares_views(p); other != p) {
      pods_[p].first_view = pods_[other].first_view;
      pods_[p].first_host = pods_[other].first_host;
      continue;
    }
    pods_[p].first_view = static_cast<std::uint32_t>(views_.size());
    pods_[p].first_host = static_cast<std::uint32_t>(hosts_.size());
    for (std::uint32_t c = 0; c < service.clusters; ++c) {
      const ClusterPlan& cluster = plan_.clusters[service.first_cluster + c];
      const ServicePlan& callee = plan_.services[cluster.callee];
      View view;
      hosts_.resize(hosts_.size() + callee.pods);
      if (callee.http1) idle_.resize(hosts_.size());
      view.pins = static_cast<std::uint32_t>(pins_.size());
      pins_.resize(pins_.size() + service.lanes, kNone);
      const sim::Key start = sim::child_key(seed_key_ ^ plan_.pods[p].key, callee.key);
      for (std::uint32_t w = 0; w < 4; ++w) view.round_robin[w] = static_cast<std::uint32_t>(sim::bits(start, w) >> 36);
      views_.push_back(view);
    }
  }
}

// Pods that share a node are one group; a pod with a CPU limit below its workers is a group of its own.
void Mesh::build_cpu_groups() {
  std::vector<std::vector<std::uint32_t>> members(plan_.nodes);
  for (std::uint32_t p = 0; p < pods_.size(); ++p) {
    const ServicePlan& service = plan_.services[pods_[p].service];
    const std::uint32_t node = plan_.pods[p].node;
    if (node != kNone) {
      members[node].push_back(p);
    } else if (service.cpu > 0.0) {
      pods_[p].cpu_group = static_cast<std::uint32_t>(cpu_groups_.size());
      pods_[p].cpu_member = 0;
      cpu_groups_.emplace_back(0.0, std::vector<double>{service.cpu});
    }
  }
  for (const std::vector<std::uint32_t>& pods : members) {
    if (pods.empty()) continue;
    std::vector<double> cpus;
    for (const std::uint32_t p : pods) {
      const ServicePlan& service = plan_.services[pods_[p].service];
      pods_[p].cpu_group = static_cast<std::uint32_t>(cpu_groups_.size());
      pods_[p].cpu_member = static_cast<std::uint32_t>(cpus.size());
      cpus.push_back(service.cpu > 0.0 ? service.cpu : plan_.node_cores);
    }
    cpu_groups_.emplace_back(plan_.node_cores, std::move(cpus));
  }
  for (Pod& pod : pods_) pod.set(pod_flag::kShares, pod.cpu_group != kNone);
}

void Mesh::push_control(sim::Time at, EventKind kind, std::uint32_t subject) {
  queue_.push(sim::make_event(at, 0, static_cast<std::uint8_t>(kind), subject, 0));
}

// The simulator's table of contents.
void Mesh::dispatch(const sim::Event& event) {
  const std::uint32_t subject = sim::subject_of(event);
  const std::uint32_t generation = sim::generation_of(event);
  switch (static_cast<EventKind>(sim::kind_of(event))) {
    case EventKind::AtServer: return at_server(subject);
    case EventKind::ServiceDone:
      if (works_.generation(subject) == generation) on_service_done(subject);
      return;
    case EventKind::AtClientProxy: return on_at_client_proxy(subject);
    case EventKind::AtServerProxy: return on_at_server_proxy(subject);
    case EventKind::Deliver: return deliver(subject);
    case EventKind::Arrive: return on_arrive(subject);
    case EventKind::UserSend: return on_user_send(subject);
    case EventKind::LaneFire: return on_lane(subject);
    case EventKind::TryTimer:
      if (works_.generation(subject) == generation) on_try_timer(subject);
      return;
    case EventKind::RetryFire:
      if (calls_.generation(subject) == generation) on_retry(subject);
      return;
    case EventKind::CallTryTimer:
      if (calls_.generation(subject) == generation) on_call_try_timer(subject);
      return;
    case EventKind::CallTimer:
      if (calls_.generation(subject) == generation) on_call_timer(subject);
      return;
    case EventKind::CancelWork:
      if (works_.generation(subject) == generation) on_cancel(subject);
      return;
    case EventKind::CpuDone: return on_cpu_done(subject, generation);
    case EventKind::StationDone: return on_station_done(subject);
    case EventKind::Connected:
      if (pool_connections_.generation(subject) == generation) on_connected(subject);
      return;
    case EventKind::PoolFailed:
      if (calls_.generation(subject) == generation) on_pool_failed(subject);
      return;
    case EventKind::OutlierTick: return on_outlier_tick(subject);
    case EventKind::ConnectionLost: return on_connection_lost(subject, generation);
    case EventKind::Reconnect: return on_reconnect(subject, generation);
    case EventKind::InboundRetry: return on_inbound_retry(subject);
    case EventKind::HedgeDue:
      if (calls_.generation(subject) == generation) on_hedge_due(subject);
      return;
    case EventKind::WaitingDue: return on_waiting_due(subject, generation);
    case EventKind::FaultBegin: return on_fault(subject, true);
    case EventKind::FaultEnd: return on_fault(subject, false);
    case EventKind::Change: return on_change(subject);
    case EventKind::Apply: return on_apply(subject);
    case EventKind::MeasureBegin:
      measuring_ = true;
      for (Pod& pod : pods_) {  // restart the integrals: sum + n * now is zero from here
        pod.busy_sum = -static_cast<std::int64_t>(busy_workers(pod)) * now_;
        pod.system_sum = -static_cast<std::int64_t>(pod.in_system) * now_;
        pod.queue_sum = -static_cast<std::int64_t>(pod.queue_length) * now_;
        pod.level_since = now_;
      }
      std::fill(service_level_since_.begin(), service_level_since_.end(), now_);
      return;
    case EventKind::MeasureEnd: return end_measuring();
    case EventKind::Stop: stopped_ = true; return;
  }
  SIM_UNREACHABLE();
}

Results Mesh::run() {
  while (!stopped_) {
    const sim::Event event = queue_.pop([this](const sim::Event& e) { return order_key(e); });
    now_ = sim::time_of(event);
    if (SIM_UNLIKELY((++events_ & 0x3ff) == 0)) periodic_checks();
    if (now_ == last_event_time_) {
      if (SIM_UNLIKELY(++events_at_instant_ > plan_.limits.events_at_one_instant)) {
        stop_early(Stopped::Instant, "more than " + std::to_string(plan_.limits.events_at_one_instant) +
                                         " events at one instant: a loop without delay");
      }
    } else {
      last_event_time_ = now_;
      events_at_instant_ = 0;
    }
    if (SIM_UNLIKELY(looks_ahead_)) look_ahead();
    dispatch(event);
  }
  collect(recorder_.results);
  return std::move(recorder_.results);
}

// Beyond the second-level cache most of an event's time is waiting for rows: those of events to come are asked for.
void Mesh::look_ahead() const {
  const auto work_at = [this](std::ptrdiff_t ahead) {
    return static_cast<std::uint32_t>(queue_.payload_ahead(ahead) >> 32);
  };
  works_.prefetch(work_at(8));
  if (const std::uint32_t w = work_at(5); w < works_used_) {
    const Work& work = works_[w];
    calls_.prefetch(work.call);
    if (work.pod < pods_.size()) {
      __builtin_prefetch(&pods_[work.pod], 1);
      if (plan_.proxy.present) __builtin_prefetch(&proxies_[work.pod], 1);
    }
  }
  if (const std::uint32_t w = work_at(2); w < works_used_) {
    const Work& work = works_[w];
    if (work.call < calls_used_) {
      const Call& call = calls_[work.call];
      works_.prefetch(call.parent);
      if (call.pod < pods_.size()) {
        __builtin_prefetch(&pods_[call.pod], 1);
        if (plan_.proxy.present) __builtin_prefetch(&proxies_[call.pod], 1);
      }
    }
  }
}

// Closes the integrals of the measured part.
void Mesh::end_measuring() {
  end_propagation();
  end_health();
  for (std::uint32_t p = 0; p < pods_.size(); ++p) {
    Pod& pod = pods_[p];
    if (plan_.record_levels) note_level(pod, pod.in_system);
    ServiceResults& service = recorder_.results.services[pod.service];
    service.busy_worker_time += pod.busy_sum + static_cast<std::int64_t>(busy_workers(pod)) * now_;
    service.in_system_time += pod.system_sum + static_cast<std::int64_t>(pod.in_system) * now_;
    service.queue_time += pod.queue_sum + static_cast<std::int64_t>(pod.queue_length) * now_;
    service.cpu_time += pod.cpu_time;
    recorder_.results.resources.app_cpu += pod.cpu_time;
    service.version_requests[plan_.pods[p].version - plan_.services[pod.service].first_version] += pod.requests;
    const ServicePlan& sp = plan_.services[pod.service];
    const sim::Duration measured = now_ - measure_begin_;
    if (sp.workers != kUnlimited) service.worker_time += static_cast<std::int64_t>(sp.workers) * measured;
    const double cores = sp.cpu > 0.0 ? sp.cpu : (sp.workers != kUnlimited ? static_cast<double>(sp.workers) : 0.0);
    service.cpu_capacity += static_cast<std::int64_t>(cores * static_cast<double>(measured));
  }
  for (std::uint32_t w = 0; w < works_used_; ++w) {
    const Work& work = works_[w];
    if (work.pod != kNone && (work.flags & work_flag::kArrived) != 0) note_partial(work);
  }
  measuring_ = false;
}

void Mesh::add_trace(const char* what, sim::Key key, std::uint32_t owner, std::uint64_t detail) {
  options_.trace->add({now_ - plan_.warmup, what, key & 0xfff, key, owner, detail});
}

void Mesh::periodic_checks() {
  looks_ahead_ = works_used_ > kLooksAhead;
  if (options_.interrupt != nullptr && options_.interrupt->load(std::memory_order_relaxed) != 0) {
    stop_early(Stopped::Interrupted, "interrupted");
  }
  if (plan_.limits.events != 0 && events_ >= plan_.limits.events) {
    stop_early(Stopped::Events, "reached " + std::to_string(plan_.limits.events) + " events");
  }
  if ((events_ & 0xffff) == 0 && plan_.limits.memory_mb != 0 &&
      bytes() > plan_.limits.memory_mb * 1'000'000 / options_.at_once) {
    stop_early(Stopped::Memory,
               "tables, queue and timers exceed " + std::to_string(plan_.limits.memory_mb) + " MB" +
                   (options_.at_once > 1 ? " (" + std::to_string(options_.at_once) + " replications at once)" : ""));
  }
}

void Mesh::stop_early(Stopped why, std::string detail) {
  if (stopped_) return;
  stopped_ = true;
  recorder_.results.stopped = why;
  recorder_.results.stopped_at = now_ - plan_.warmup;
  recorder_.results.stopped_detail = std::move(detail);
}

std::uint64_t Mesh::bytes() const {
  const auto of = [](const auto& rows) { return std::uint64_t{rows.capacity() * sizeof(rows[0])}; };
  std::uint64_t total = calls_.bytes() + works_.bytes() + queue_.bytes() + of(pods_) + of(views_) + of(hosts_) +
                        of(idle_) + of(pins_) + of(cluster_views_) + of(health_) + of(pools_) +
                        pool_connections_.bytes() + of(tickets_) + of(hedges_) + of(proxies_) + of(more_free_at_) +
                        of(routings_) + of(applies_);
  for (const Lane& lane : lanes_) total += lane.entries.bytes();
  return total;
}

void Mesh::collect(Results& results) {
  if (measuring_) end_measuring();  // stopped early: integrals up to here
  recorder_.finish();
  results.events = events_;
  // Rows add CPU up in floats: what was useful can come out above what was spent by their rounding, and by no more.
  results.resources.useful_cpu = std::min(results.resources.useful_cpu, results.resources.app_cpu);
  results.peak_bytes = bytes();
  // What is still open. Slots are handed out lowest first, so all rows below calls_used_ have been written.
  for (std::uint32_t slot = 0; slot < calls_used_; ++slot) {
    const Call& call = calls_[slot];
    if (call.state == CallState::Free) continue;
    ++results.unfinished_calls;  // counted, not computed: opened = closed + unfinished is an invariant
    if ((call.flags & call_flag::kMeasured) == 0) continue;
    if ((call.flags & call_flag::kRoot) != 0) {
      recorder_.root_unfinished(plan_.workloads[call.plan].entry, call.opened);
    } else if ((call.flags & call_flag::kInner) == 0) {
      ++results.edges[plan_of(call).edge].unfinished;
    }
  }
}

}  // namespace models
