// Faults of replicas: slow (work that starts inside the window), stall (accepts, starts nothing), crash and
// restart. All of them act on pods, in plan order; overlapping faults of one kind add up.
#include "models/traffic/mesh.h"

namespace models {

void Mesh::on_fault(std::uint32_t index, bool begins) {
  const FaultPlan& fault = plan_.faults[index];
  trace(begins ? "fault-begins" : "fault-ends", 0, fault.first_pod, index);
  for (std::uint32_t p = fault.first_pod; p < fault.first_pod + fault.pods; ++p) {
    Pod& pod = pods_[p];
    switch (fault.verb) {
      case FaultVerb::Slow: {  // recomputed from what is active: no drift from multiplying and dividing
        double slow = 1.0;
        for (const FaultPlan& other : plan_.faults) {
          const bool covers = p >= other.first_pod && p < other.first_pod + other.pods;
          if (other.verb == FaultVerb::Slow && covers && other.at <= now_ && now_ < other.until) slow *= other.factor;
        }
        pod.slow = slow;
        pod.set(pod_flag::kSlowed, slow != 1.0);
        break;
      }
      case FaultVerb::Stall:
        begins ? ++pod.stalls : --pod.stalls;
        pod.set(pod_flag::kStalled, pod.stalls > 0);
        if (!begins) drain_queue(p);
        break;
      case FaultVerb::Crash: {
        const bool alone = fault.application && proxy_lives_on(p);
        std::uint16_t& down = alone ? pod.applications : pod.crashes;
        begins ? ++down : --down;
        pod.set(pod_flag::kCrashed, pod.crashes > 0);
        pod.set(pod_flag::kAlone, pod.applications > 0);
        if (begins && down == 1 && alone) kill_application(p);
        if (begins && down == 1 && !alone) kill_pod(p);
        if (!begins && down == 0 && !fault.application) weighted_.joined(p, now_);
        break;
      }
    }
  }
}

// A sidecar stays when the application's container alone is restarted, and so does the proxy of a node.
bool Mesh::proxy_lives_on(std::uint32_t p) const {
  return plan_.proxy.present && proxies_[p].present && plan_.holders[pods_[p].service].by == EnforcedBy::Sidecar;
}

// Everything on the pod is gone: its clients see their connections terminate; what it had asked others for is
// no longer awaited; its own connections are closed. Of an application alone the same, but that its proxy answers.
void Mesh::kill_pod(std::uint32_t p) {
  breaks_ = true;
  lose_connections(p);
  kill_application(p);
}

void Mesh::kill_application(std::uint32_t p) {
  for (std::uint32_t c = 0; c < calls_used_; ++c) {
    const Call& call = calls_[c];
    if (call.state == CallState::Free || call.pod != p || (call.flags & call_flag::kRoot) != 0) continue;
    if ((call.flags & call_flag::kHedge) == call_flag::kHedge) continue;  // ends with its call
    if ((call.flags & (call_flag::kMeasured | call_flag::kInner)) == call_flag::kMeasured) {
      recorder_.call_closed(plan_of(call).edge, now_ - call.opened, Outcome::Withdrawn);
    }
    if ((call.flags & call_flag::kInner) == 0) {
      recorder_.fact(Fact::CallClosed, now_, call.key, static_cast<std::uint64_t>(Outcome::Withdrawn));
      trace("call-closed", call.key, p, static_cast<std::uint64_t>(Outcome::Withdrawn));
    }
    if ((call.flags & call_flag::kOuter) == 0) abandon(c, Outcome::Withdrawn);
    close_row(c);
  }
  for (std::uint32_t w = 0; w < works_used_; ++w) {
    Work& work = works_[w];
    if (work.pod != p || (work.flags & work_flag::kReplied) != 0) continue;
    if ((work.flags & work_flag::kBranch) != 0) {
      stop_frame(w);
      continue;
    }
    if ((work.flags & work_flag::kArrived) == 0) continue;  // still on its way: refused on arrival
    Pod& pod = pods_[p];
    if ((work.flags & work_flag::kQueued) != 0) remove_queued(pod, w);
    if (pod.cpu_group != kNone) (void)cpu_groups_[pod.cpu_group].remove(pod.cpu_member, w, now_);
    if ((work.flags & work_flag::kHasWorker) != 0) give_worker(pod, work);
    leave(pod);
    note_partial(work);
    work.flags = static_cast<std::uint8_t>(work.flags & ~(work_flag::kArrived | work_flag::kNewConnection));
    recorder_.fact(Fact::WorkEnded, now_, work.key, static_cast<std::uint64_t>(Outcome::ConnectionTermination));
    trace("work-ended", work.key, p, static_cast<std::uint64_t>(Outcome::ConnectionTermination));
    if ((pods_[p].flags & pod_flag::kCrashed) == 0 && !is_root(w)) {
      proxy_answers(w);
    } else {
      refuse(w);
    }
  }
}

}  // namespace models
