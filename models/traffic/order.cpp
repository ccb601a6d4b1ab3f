// In which order events of one nanosecond take place, where the queue cannot tell by their keys.
// Asked rarely: of events whose times and ties are equal. It reads rows and changes nothing.
#include "models/traffic/mesh.h"
#include "sim/check.h"

namespace models {

// Order of equal-time events on one owner: the root's tie, then the class (stop < snapshot < fault < message or
// response < own timer), then the identity of call or try. The class stands before the identity, because a
// message carries the identity of its try and a timer that of its call: a response beats its own timeout. Of one call's
// timers the one that covers more comes first and its next try last: nothing is sent when the time is up.
sim::OrderKey Mesh::order_key(const sim::Event& event) const {
  enum Rank : std::uint64_t {
    Message = 10,
    Response = 11,
    Step = 20,
    AppTimeout = 30,
    AppTry,
    Timeout,
    Try,
    Retry,
    Waiting
  };
  const std::uint32_t subject = sim::subject_of(event);
  const auto pod_owner = [this](std::uint32_t pod) {  // pods that share a proxy are one owner
    return (pod < plan_.pods.size() ? plan_.pods[pod].station : pod) + 1;
  };
  const auto of_request = [](sim::Key key, Rank rank, std::uint32_t owner) {
    return sim::OrderKey{(1 + (key & 0xfff)) << 8 | rank, key, 0, owner};
  };
  const auto of_timer = [&](const Call& call, bool per_try) {
    const bool app = (call.flags & call_flag::kAppLayer) != 0;
    const bool outer = (call.flags & call_flag::kOuter) != 0;
    return of_request(call.key, per_try ? (outer ? AppTry : Try) : app ? AppTimeout : Timeout, pod_owner(call.pod));
  };
  const auto client_pod = [this](const Work& work) {  // a stale event may find its row reused
    if ((work.flags & work_flag::kBranch) != 0 || work.call >= calls_used_) return kNone - 1;
    return belongs_to(work.key, calls_[work.call]) ? calls_[work.call].pod : kNone - 1;
  };
  const auto kind = static_cast<EventKind>(sim::kind_of(event));
  switch (kind) {
    case EventKind::Stop: return {0, 0, 0, 0};
    case EventKind::MeasureBegin: return {0, 0, 1, 0};
    case EventKind::MeasureEnd: return {0, 0, 2, 0};
    case EventKind::Change: return {0, 1, subject, 0};
    case EventKind::Apply: return {0, 1, 0x100 + subject, pod_owner(applies_[subject].pod)};  // there are fewer changes
    case EventKind::FaultEnd: return {0, 2, subject, 0};
    case EventKind::FaultBegin: return {0, 3, subject, 0};
    case EventKind::AtServer:
    case EventKind::AtServerProxy:
    case EventKind::InboundRetry:
    case EventKind::CancelWork: return of_request(works_[subject].key, Message, pod_owner(works_[subject].pod));
    case EventKind::ServiceDone: return of_request(works_[subject].key, Step, pod_owner(works_[subject].pod));
    case EventKind::AtClientProxy:
    case EventKind::Deliver: return of_request(works_[subject].key, Response, pod_owner(client_pod(works_[subject])));
    case EventKind::TryTimer: return of_request(works_[subject].key, Try, pod_owner(client_pod(works_[subject])));
    case EventKind::LaneFire: {
      const Lane& lane = lanes_[subject];
      if (lane.entries.empty()) return {0, 4, subject, 0};
      return of_timer(calls_[lane.entries.front().slot], lane.per_try);
    }
    case EventKind::CallTimer: return of_timer(calls_[subject], false);
    case EventKind::CallTryTimer: return of_timer(calls_[subject], true);
    case EventKind::PoolFailed: return of_request(calls_[subject].key, Response, pod_owner(calls_[subject].pod));
    case EventKind::Connected: {
      const PoolConnection& connection = pool_connections_[subject];
      return of_request(connection.key, Message, pod_owner(cluster_views_[connection.view].pod));
    }
    case EventKind::ConnectionLost:
    case EventKind::Reconnect: {
      const ClusterView& view = cluster_views_[subject];
      const bool lost = static_cast<EventKind>(sim::kind_of(event)) == EventKind::ConnectionLost;
      return of_request(sim::child_key(view.key, sim::generation_of(event)), lost ? Message : Retry,
                        pod_owner(view.pod));
    }
    case EventKind::OutlierTick:
    case EventKind::WaitingDue: {
      const ClusterView& view = cluster_views_[subject];
      return of_request(view.key, kind == EventKind::OutlierTick ? Retry : Waiting, pod_owner(view.pod));
    }
    case EventKind::RetryFire:
    case EventKind::HedgeDue: return of_request(calls_[subject].key, Retry, pod_owner(calls_[subject].pod));
    case EventKind::CpuDone: {
      const CpuGroup::Job* job = cpu_groups_[subject].next_job();
      if (job == nullptr) return {0, 5, subject, 0};
      return of_request(job->order, Step, pod_owner(works_[job->work].pod));
    }
    case EventKind::StationDone:
      return {1u << 8 | Step, subject, 0, pod_owner(static_cast<std::uint32_t>(subject / plan_.proxy.workers))};
    case EventKind::Arrive:  // no hop: the request begins at its pod in the same event
      return {1u << 8 | Message, static_cast<std::uint64_t>(subject) + 1, 0,
              pod_owner(entry_pod(subject, key_of_arrival(subject)))};
    case EventKind::UserSend:
      return {1u << 8 | Message, static_cast<std::uint64_t>(subject) + 1, 0,
              pod_owner(entry_pod(users_[subject].workload, key_of_send(users_[subject])))};
  }
  SIM_UNREACHABLE();
}

}  // namespace models
