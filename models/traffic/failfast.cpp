// Linkerd's queue: while none of a destination's replicas is available to a client, its requests wait there instead of
// failing. It is worked off in order as replicas come back (one that is tried after a penalty takes one request); when
// nothing could be sent for three seconds everything that waits fails, and what comes after it fails at once, until a
// replica is available again. Requests beyond a hundred are shed.
// Exists only for clusters of Linkerd's clients that may lose all replicas. Owner: the client.
// Source: mesh semantics 23.
#include <algorithm>

#include "models/policy/failfast.h"
#include "models/traffic/mesh.h"

namespace models {

bool Mesh::queues_unavailable(const ClusterView& view, const Routing& routing) const {
  if (routing.outlier != kNone && plan_.outliers[routing.outlier].accrual) return true;
  return !plan_.reconnects.empty() && plan_.reconnects[view.cluster] == Reconnects::Linkerd;
}

void Mesh::wait_for_replica(std::uint32_t slot, std::uint32_t v) {
  ClusterView& view = cluster_views_[v];
  if (view.fails_fast) return refuse_locally(slot, Outcome::NoHealthy);
  if (view.waiting.size >= kFailFastQueue) return refuse_locally(slot, Outcome::PoolOverflow);
  Ticket& ticket = tickets_[slot];
  ticket.view = v;
  ticket.state = Ticket::State::Waiting;
  ticket.probe = false;
  ticket.since = now_;
  trace("waits-for-replica", calls_[slot].key, calls_[slot].pod, view.waiting.size);
  view.waiting.append(tickets_, slot);
  if (view.waiting.size > 1) return;
  view.gives_up_at = now_ + kFailFastTimeout;
  arm_waiting(v);
}

void Mesh::leave_waiting(std::uint32_t slot) {
  cluster_views_[tickets_[slot].view].waiting.remove(tickets_, slot);
  tickets_[slot].state = Ticket::State::None;
}

// At the end of the next penalty, or when the queue gives up. What was armed before is stale.
void Mesh::arm_waiting(std::uint32_t v) {
  ClusterView& view = cluster_views_[v];
  sim::Time at = view.gives_up_at;
  for (std::uint32_t h = view.first_health; h < view.first_health + view.hosts; ++h) {
    const HostHealth& host = health_[h];
    if (host.ejected && !host.unready && !host.probing && host.until > now_) at = std::min(at, host.until);
  }
  view.alarm = (view.alarm + 1) & sim::kGenerationMask;
  push(at, EventKind::WaitingDue, v, view.alarm, view.key);
}

// Somebody may be available now: by an event, so that no call goes on inside the end of another.
void Mesh::replicas_changed(std::uint32_t v) {
  ClusterView& view = cluster_views_[v];
  if (view.waiting.size == 0) return;
  view.alarm = (view.alarm + 1) & sim::kGenerationMask;
  push(now_, EventKind::WaitingDue, v, view.alarm, view.key);
}

void Mesh::on_waiting_due(std::uint32_t v, std::uint32_t alarm) {
  ClusterView& view = cluster_views_[v];
  if (view.alarm != alarm || view.waiting.size == 0) return;
  bool served = false;
  while (view.waiting.head != kNone) {
    const std::uint32_t slot = view.waiting.head;
    const Call& call = calls_[slot];
    const CallPlan& plan = plan_of(call);
    const std::uint32_t lane = client_lane(call);
    const std::uint32_t worker = plan_.proxy.present && proxies_[call.pod].present ? client_worker(call, lane) : 0;
    const std::uint32_t picked =
        pick_pooled(call, plan, routing_of(call.config, plan), v, lane, worker, key_of_try(call), tickets_[slot].left);
    if (picked == kNone) break;
    served = true;
    leave_waiting(slot);
    tickets_[slot].held = now_ - tickets_[slot].since;
    give_replica(slot, v, picked, worker);
  }
  if (view.waiting.size == 0) return;
  if (served) view.gives_up_at = now_ + kFailFastTimeout;
  if (now_ < view.gives_up_at) return arm_waiting(v);
  view.fails_fast = true;
  while (view.waiting.head != kNone) {
    const std::uint32_t slot = view.waiting.head;
    leave_waiting(slot);
    fail_soon(slot, Outcome::NoHealthy);
  }
}

}  // namespace models
