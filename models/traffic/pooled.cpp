// The pooled way of a try: towards clusters with a connection pool, outlier detection or a retry budget. What the
// plain way (send.cpp) decides by a bit or two is decided here as a proxy does it: replicas that are left out, panic,
// limits, budgets, a pool of connections per worker and replica. All state is the client's own.
// Order of decisions: mesh semantics 1: replica (none: UH), connection or queue (full: UO), then the message.
#include "models/balance/peak_ewma.h"
#include "models/balance/pick.h"
#include "models/policy/panic.h"
#include "models/traffic/mesh.h"

namespace models {
namespace {

constexpr std::uint64_t kPoolSalt = 0x70'6f'6f'6c;  // "pool"
constexpr std::uint64_t kTickPhase = 1;
constexpr std::uint64_t kFirstPick = 2;

}  // namespace

void Mesh::build_pools() {
  recorder_.results.clusters.resize(plan_.outliers.empty() ? 0 : plan_.clusters.size());
  pool_workers_ = plan_.proxy.present ? plan_.proxy.workers : 1;
  for (std::size_t p = 0; p < pods_.size(); ++p) {
    if (shares_views(static_cast<std::uint32_t>(p)) != p) continue;
    const ServicePlan& service = plan_.services[pods_[p].service];
    std::uint32_t hosts = pods_[p].first_host;
    for (std::uint32_t c = 0; c < service.clusters; ++c) {
      const std::uint32_t cluster = service.first_cluster + c;
      const ServicePlan& callee = plan_.services[plan_.clusters[cluster].callee];
      if (plan_.pooled[cluster]) {
        views_[pods_[p].first_view + c].limited = static_cast<std::uint32_t>(cluster_views_.size());
        const auto first_health = static_cast<std::uint32_t>(health_.size());
        health_.resize(health_.size() + callee.pods);
        const std::uint32_t versions = callee.versions > 1 ? callee.versions : 0;
        for (std::uint32_t v = 0; v <= versions; ++v) {
          const VersionPlan* const version = v == 0 ? nullptr : &plan_.versions[callee.first_version + v - 1];
          const std::uint32_t offset = version == nullptr ? 0 : version->first_pod - callee.first_pod;
          ClusterView view;
          view.key = sim::child_key(sim::child_key(seed_key_ ^ plan_.pods[p].key, callee.key), kPoolSalt + v);
          view.pod = static_cast<std::uint32_t>(p);
          view.cluster = cluster;
          view.hosts = version == nullptr ? callee.pods : version->pods;
          view.first_host = hosts + offset;
          view.first_health = first_health + offset;
          view.first_pick = sim::below(sim::bits(view.key, kFirstPick), view.hosts);
          cluster_views_.push_back(std::move(view));
        }
      }
      hosts += callee.pods;
    }
  }
  pools_.resize(health_.size() * pool_workers_);
  weighted_.build(plan_, cluster_views_, pool_workers_);
  build_localities();
  for (ClusterView& view : cluster_views_) {
    const Routing& routing = plan_.routings[view.cluster];
    const sim::Duration interval = routing.outlier == kNone ? sim::kSecond : plan_.outliers[routing.outlier].interval;
    view.phase =
        static_cast<sim::Duration>(sim::uniform(sim::bits(view.key, kTickPhase)) * static_cast<double>(interval));
  }
}

// A split's versions are clusters of their own: limits and ejections of one do not count for another.
std::uint32_t Mesh::cluster_view(const Call& call, const CallPlan& plan) const {
  const std::uint32_t first = views_[pods_[call.pod].first_view + plan.view].limited;
  return call.version == kNoVersion ? first : first + 1 + call.version;
}

const ConnectionPool& Mesh::limits_of(const Call& call) const {
  return plan_.connection_pools[routing_of(call.config, plan_of(call)).pool];
}

void Mesh::send_pooled(std::uint32_t slot, std::uint32_t count) {
  if (SIM_UNLIKELY(tickets_.size() <= slot)) tickets_.resize(calls_.capacity());
  Call& call = calls_[slot];
  const CallPlan& plan = plan_of(call);
  const Routing& routing = routing_of(call.config, plan);
  const sim::Key key = key_of_try(call);
  const std::uint32_t v = cluster_view(call, plan);
  ClusterView& view = cluster_views_[v];
  if ((call.flags & call_flag::kMeasured) != 0) recorder_.attempt_sent(plan.edge, false);
  if (call.attempt == 0 && call.policy != kNone) {
    tickets_[slot].left = {};
    const RetryBudget& budget = plan_.policies[call.policy].budget;
    if (budget.kind == RetryBudget::Kind::Window && budget.deposits == RetryBudget::Deposits::Requests) {
      pay_in(budget, view.budget, now_);
    }
  }
  const std::uint32_t lane = client_lane(call);
  const bool proxied = plan_.proxy.present && proxies_[call.pod].present;
  const std::uint32_t worker = proxied ? client_worker(call, lane) : 0;
  tickets_[slot].held = 0;
  if (SIM_UNLIKELY(view.waiting.size > 0)) return wait_for_replica(slot, v);  // behind the others
  const std::uint32_t picked = pick_pooled(call, plan, routing, v, lane, worker, key, tickets_[slot].left);
  if (picked == kNone) {
    if (queues_unavailable(view, routing)) return wait_for_replica(slot, v);
    return refuse_locally(slot, Outcome::NoHealthy);
  }
  SIM_CHECK(picked < count, "a balancer picked a replica that does not exist");
  give_replica(slot, v, picked, worker);
}

// The replica is chosen: a connection of its pool, or that pool's queue.
void Mesh::give_replica(std::uint32_t slot, std::uint32_t v, std::uint32_t picked, std::uint32_t worker) {
  Call& call = calls_[slot];
  const CallPlan& plan = plan_of(call);
  const Routing& routing = routing_of(call.config, plan);
  ClusterView& view = cluster_views_[v];
  view.fails_fast = false;
  const std::uint32_t whole = views_[pods_[call.pod].first_view + plan.view].limited;
  const std::uint32_t pod = plan.first_pod + (view.first_health - cluster_views_[whole].first_health) + picked;
  call.tried |= 1u << ((pod - plan.first_pod) & 31);
  Ticket& ticket = tickets_[slot];
  ticket.view = v;
  ticket.host = view.first_host + picked;
  ticket.health = view.first_health + picked;
  ticket.pod = pod;
  if (SIM_UNLIKELY(routing.own_zone_first))
    note_try(ticket.left, plan_.pods[pod].zone == plan_.pods[call.pod].zone ? 0 : 1);
  ticket.pool = ticket.health * pool_workers_ + worker;
  HostHealth& health = health_[ticket.health];
  ticket.probe = health.ejected && routing.outlier != kNone && plan_.outliers[routing.outlier].accrual;
  if (ticket.probe) health.probing = true;

  const ConnectionPool& limits = plan_.connection_pools[routing.pool];
  const std::uint32_t connection = ready_connection(ticket.pool, limits);
  const bool full = connection != kNone ? view.requests >= limits.requests : view.pending >= limits.pending;
  if (full) {
    if (ticket.probe) health.probing = false;
    return refuse_locally(slot, Outcome::PoolOverflow);
  }
  if (connection != kNone) return attach(slot, connection, false);
  enter_pool(slot, limits);
}

// Answered by the client's own proxy: no sample, no retry. Its worker takes the request and the answer in one visit.
void Mesh::refuse_locally(std::uint32_t slot, Outcome outcome) {
  const Call& call = calls_[slot];
  if (!plan_.proxy.present || !proxies_[call.pod].present) return fail_locally(slot, outcome);
  const Proxy& proxy = proxies_[call.pod];
  const CallPlan& plan = plan_of(call);
  const sim::Key key = key_of_try(call);
  const sim::Duration cpu = plan.request_cpu + proxy.response_cpu;
  const std::uint32_t worker = client_worker(call, client_lane(call));
  // The reference mode queues messages only: there a refusal takes its time without a queue.
  const sim::Time done = stations_.empty() ? through(call.pod, worker, cpu, proxy.post_cpu, true) : now_ + cpu;
  const sim::Time at = done + latency(call.pod, key, Stage::ClientOut) + latency(call.pod, key, Stage::ClientIn);
  if (at == now_) return fail_locally(slot, outcome);
  tickets_[slot].state = Ticket::State::Doomed;
  tickets_[slot].fate = outcome;
  push(at, EventKind::PoolFailed, slot, calls_.generation(slot), call.key);
}

void Mesh::fail_locally(std::uint32_t slot, Outcome outcome) {
  const Call& call = calls_[slot];
  if ((call.flags & call_flag::kMeasured) != 0) recorder_.attempt_ended(plan_of(call).edge, outcome);
  trace("attempt-refused", call.key, call.pod, static_cast<std::uint64_t>(outcome));
  attempt_ended(slot, outcome, 503, Parts{}, 0, false);
}

// Index among the view's replicas, or kNone: none is healthy and the client does not panic.
std::uint32_t Mesh::pick_pooled(const Call& call, const CallPlan& plan, const Routing& routing, std::uint32_t v,
                                std::uint32_t lane, std::uint32_t worker, sim::Key key, LeftZones& left) {
  ClusterView& view = cluster_views_[v];
  const OutlierDetection* const outlier = routing.outlier == kNone ? nullptr : &plan_.outliers[routing.outlier];
  const std::uint32_t* available = nullptr;  // by index of the choice; null: all
  std::uint32_t count = view.hosts;
  const RetryPolicy* const retry =
      call.attempt > 0 && call.policy != kNone ? &plan_.policies[call.policy].retry : nullptr;
  if (SIM_UNLIKELY(routing.own_zone_first)) {
    LeftZones* const zones = retry != nullptr && retry->leave_tried_zones ? &left : nullptr;
    const std::vector<std::uint32_t>& priority = draw_priority(routing, v, key, zones);
    if (priority.empty()) return kNone;
    available = priority.data();
    count = static_cast<std::uint32_t>(priority.size());
  } else if (SIM_UNLIKELY(view.unready > 0)) {
    list_available(v, outlier != nullptr && outlier->accrual, outlier != nullptr);
    if (view.available.empty()) return kNone;
    available = view.available.data();
    count = static_cast<std::uint32_t>(view.available.size());
  } else if (view.ejected > 0 && outlier != nullptr) {
    if (outlier->accrual) list_available(v, true);  // penalties end between ticks
    const auto healthy = static_cast<std::uint32_t>(view.available.size());
    if (panics(healthy, view.hosts, outlier->panic_threshold)) {
      if (measuring_) ++recorder_.results.clusters[view.cluster].panics;
    } else {
      if (healthy == 0) return kNone;
      available = view.available.data();
      count = healthy;
    }
  }
  const auto left_out = [&](std::uint32_t i) {
    const HostHealth& host = health_[view.first_health + i];
    return available != nullptr && (host.unready || (outlier != nullptr && host.ejected));
  };
  const auto at = [&](std::uint32_t i) { return available == nullptr ? i : available[i]; };
  const auto by_weight = [&] {
    return weighted_.pick(routing, v, worker, {available, count}, &hosts_[view.first_host], now_);
  };
  const bool avoid = retry != nullptr && retry->avoid_tried_hosts;
  const std::uint32_t version_offset =
      view.first_health - cluster_views_[views_[pods_[call.pod].first_view + plan.view].limited].first_health;
  View& state = views_[pods_[call.pod].first_view + plan.view];
  std::uint32_t picked = 0;
  for (std::uint64_t repick = 0;; ++repick) {
    switch (routing.balancer) {
      case LoadBalancer::ConnectionRandom: {
        std::uint32_t& pin = pins_[state.pins + lane];
        const bool out = pin != kNone && (pin >= view.hosts || left_out(pin));
        if (pin == kNone || out || routing.split != kNone || repick > 0) pin = at(pick_random(count, key, repick));
        picked = pin;
        break;
      }
      case LoadBalancer::Random: picked = at(pick_random(count, key, repick)); break;
      case LoadBalancer::RoundRobin:
        if (picked = by_weight(); picked != kNone) break;
        picked = at(pick_round_robin(count, state.round_robin[worker & 3]));
        break;
      case LoadBalancer::LeastRequest:
        if (picked = by_weight(); picked != kNone) break;
        picked = at(pick_least_request(count, routing.choices, key, repick,
                                       [&](std::uint32_t i) { return hosts_[view.first_host + at(i)].active; }));
        break;
      case LoadBalancer::PeakEwma:
        picked = at(pick_peak_ewma(count, key, repick, [&](std::uint32_t i) {
          HostHealth& host = health_[view.first_health + at(i)];
          host.estimate = peak_ewma(host.estimate, host.estimated_at, 0.0, now_);  // reading it lets it decay
          host.estimated_at = now_;
          return host.estimate * static_cast<double>(hosts_[view.first_host + at(i)].active + 1);
        }));
        break;
      case LoadBalancer::PickFirst:
        picked = view.first_pick;
        if (left_out(picked)) {
          picked = view.first_pick = at(pick_random(count, key, repick));
        }
        break;
    }
    if (!avoid || repick >= retry->repicks || (call.tried >> ((version_offset + picked) & 31) & 1u) == 0) break;
  }
  return picked;
}

// The try is over for the client: counts, health, budget, connection.
void Mesh::end_pooled(std::uint32_t slot, std::uint32_t server_pod, bool reusable, bool broken, Outcome outcome,
                      std::uint16_t status) {
  const Call& call = calls_[slot];
  const CallPlan& plan = plan_of(call);
  const Routing& routing = routing_of(call.config, plan);
  Ticket& ticket = tickets_[slot];
  ticket.state = Ticket::State::None;
  ClusterView& view = cluster_views_[ticket.view];
  --view.requests;
  --hosts_[ticket.host].active;
  if (routing.balancer == LoadBalancer::PeakEwma) {
    HostHealth& host = health_[ticket.health];
    host.estimate = peak_ewma(host.estimate, host.estimated_at, static_cast<double>(now_ - ticket.since), now_);
    host.estimated_at = now_;
  }
  const bool noted = SIM_UNLIKELY(plan_.hedges) && slot < hedges_.size() && hedges_[slot].timeout_noted;
  switch (outcome) {
    case Outcome::Ok: note_health(slot, 200, false); break;
    case Outcome::Timeout:
    case Outcome::PerTryTimeout:
      if (!noted) note_health(slot, 504, true);
      break;
    case Outcome::ConnectFailure:
    case Outcome::ConnectionTermination:
      if (!noted) note_health(slot, 503, true);
      break;
    case Outcome::AppTimeout:
    case Outcome::Withdrawn:  // the client's own doing: no sample
      if (ticket.probe) health_[ticket.health].probing = false;
      break;
    case Outcome::Error:
    case Outcome::Overflow:
    case Outcome::NoHealthy:
    case Outcome::PoolOverflow:
    case Outcome::FaultAbort:
    case Outcome::RateLimited:
    case Outcome::Denied: note_health(slot, status, false); break;
  }
  note_budget(slot, outcome, status);
  if (broken) {
    std::uint32_t& pin = pins_[views_[pods_[call.pod].first_view + plan.view].pins + client_lane(call)];
    if (pin == server_pod - plan.first_pod) pin = kNone;
    if (routing.balancer == LoadBalancer::PickFirst && ticket.host == view.first_host + view.first_pick) {
      view.first_pick = (view.first_pick + 1) % view.hosts;
    }
  }
  const std::uint32_t pool = ticket.pool;
  end_stream(ticket.connection, broken || (plan.http1 && !reusable));
  serve_pending(pool);
}

// The client stops waiting, wherever the call is.
void Mesh::forget_pooled(std::uint32_t slot, Outcome outcome) {
  if (slot >= tickets_.size()) return;
  release_retry(slot);
  Ticket& ticket = tickets_[slot];
  if (ticket.state == Ticket::State::None || ticket.state == Ticket::State::Sent) return;
  if (ticket.state == Ticket::State::Pending) leave_queue(slot);
  if (ticket.state == Ticket::State::Waiting) leave_waiting(slot);
  ticket.state = Ticket::State::None;
  if (ticket.probe) health_[ticket.health].probing = false;
  const Call& call = calls_[slot];
  if ((call.flags & call_flag::kMeasured) != 0) recorder_.attempt_ended(plan_of(call).edge, outcome);
  trace("attempt-ended", call.key, call.pod, static_cast<std::uint64_t>(outcome));
}

// What the budget learns from the end of a try.
void Mesh::note_budget(std::uint32_t slot, Outcome outcome, std::uint16_t status) {
  const Call& call = calls_[slot];
  if (call.policy == kNone) return;
  const CallPolicy& policy = plan_.policies[call.policy];
  if (policy.budget.kind != RetryBudget::Kind::Window && policy.budget.kind != RetryBudget::Kind::Tokens) return;
  RetryBudgetState& state = cluster_views_[tickets_[slot].view].budget;
  const bool ok = outcome == Outcome::Ok;
  const bool would_retry = retriable(policy.retry, outcome, status);
  if (policy.budget.kind == RetryBudget::Kind::Tokens) return note_result(policy.budget, state, ok, would_retry);
  const bool answered = outcome != Outcome::Timeout && outcome != Outcome::AppTimeout && outcome != Outcome::Withdrawn;
  if (policy.budget.deposits == RetryBudget::Deposits::Completions && answered && !would_retry) {
    pay_in(policy.budget, state, now_);
  }
}

// Envoy: the slot of the retry before is free again; the limit of attempts has been checked (and has counted this one).
bool Mesh::take_retry(std::uint32_t slot, const CallPolicy& policy) {
  const Call& call = calls_[slot];
  if ((call.flags & (call_flag::kOuter | call_flag::kAppLayer)) != 0 || slot >= tickets_.size()) return true;
  release_retry(slot);
  const std::uint32_t v = cluster_view(call, plan_of(call));
  ClusterView& view = cluster_views_[v];
  // A budget replaces the fixed limit of retries in progress.
  if (policy.budget.kind == RetryBudget::Kind::None) {
    if (view.retries >= limits_of(call).retries) return false;
  } else if (!models::take_retry(policy.budget, view.budget, view.retries, std::uint64_t{view.requests} + view.pending,
                                 now_)) {
    return false;
  }
  ++view.retries;
  tickets_[slot].retry_view = v;
  return true;
}

void Mesh::release_retry(std::uint32_t slot) {
  if (slot >= tickets_.size() || tickets_[slot].retry_view == kNone) return;
  --cluster_views_[tickets_[slot].retry_view].retries;
  tickets_[slot].retry_view = kNone;
}

}  // namespace models
