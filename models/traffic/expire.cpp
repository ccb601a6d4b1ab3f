// Timers and what they end. Timeouts of equal length share a FIFO lane with one queue event at its head's
// deadline; a try that had to connect first has its own event. Cancelling costs nothing: rows move on and
// entries go stale by generation (and, for a per-try lane, by attempt).
#include "models/traffic/mesh.h"

namespace models {

sim::Time Mesh::deadline(std::uint32_t lane, const Call& call) const {
  return (lanes_[lane].per_try ? call.attempt_started : call.opened) + plan_.lanes[lane];
}

bool Mesh::lane_entry_stale(const Lane& lane, const sim::TimerEntry& entry) const {
  if (calls_.generation(entry.slot) != (entry.generation & 0xffffff)) return true;
  if (!lane.per_try) return false;
  const Call& call = calls_[entry.slot];
  return call.attempt != entry.generation >> 24 || call.state != CallState::Waiting;
}

void Mesh::arm(std::uint32_t index, std::uint32_t slot) {
  Lane& lane = lanes_[index];
  const auto stale = [&](const sim::TimerEntry& e) { return lane_entry_stale(lane, e); };
  if ((lane.entries.size() & 15) == 15) lane.entries.drop_stale(stale, 32);  // in batches: fewer mispredicted ends
  if (lane.entries.should_compact(calls_.size())) lane.entries.compact(stale);
  const Call& call = calls_[slot];
  const sim::Time due = deadline(index, call);
  if (SIM_UNLIKELY(lane.armed && due == lane.fires_at)) return arm_alone(lane, slot, due);
  const sim::TimerEntry entry{slot, calls_.generation(slot) | static_cast<std::uint32_t>(call.attempt) << 24};
  lane.entries.push(entry);
  if (!lane.armed) arm_lane(index);
}

// Of timers that are due in one nanosecond the lane would fire the first one first, and the second one's place among
// all that is due then would hang on it: each gets an event of its own.
void Mesh::arm_alone(const Lane& lane, std::uint32_t slot, sim::Time due) {
  push(due, lane.per_try ? EventKind::CallTryTimer : EventKind::CallTimer, slot, calls_.generation(slot),
       calls_[slot].key);
}

// REQUIRES: no stale entry at the head. Timers that were started in one nanosecond stand side by side.
void Mesh::arm_lane(std::uint32_t index) {
  Lane& lane = lanes_[index];
  if (lane.entries.empty()) return;
  const std::uint32_t first = lane.entries.front().slot;
  lane.fires_at = deadline(index, calls_[first]);
  lane.armed = true;
  lane.shared = false;
  for (std::size_t i = 1; i < lane.entries.size(); ++i) {
    const sim::TimerEntry& entry = lane.entries[i];
    if (lane_entry_stale(lane, entry)) continue;
    if (deadline(index, calls_[entry.slot]) != lane.fires_at) break;
    if (!lane.shared) arm_alone(lane, first, lane.fires_at);
    lane.shared = true;
    arm_alone(lane, entry.slot, lane.fires_at);
  }
  push(lane.fires_at, EventKind::LaneFire, index, 0, calls_[first].key);
}

void Mesh::on_lane(std::uint32_t index) {
  Lane& lane = lanes_[index];
  const auto stale = [&](const sim::TimerEntry& e) { return lane_entry_stale(lane, e); };
  lane.armed = false;
  std::uint32_t due = kNone;
  for (lane.entries.drop_stale(stale); !lane.entries.empty(); lane.entries.drop_stale(stale)) {
    const std::uint32_t slot = lane.entries.front().slot;
    if (deadline(index, calls_[slot]) > now_) break;
    lane.entries.pop_front();
    if (!lane.shared) due = slot;  // the only one
  }
  arm_lane(index);
  if (due != kNone) timed_out(due, lane.per_try);
}

void Mesh::on_try_timer(std::uint32_t w) {
  if (is_late(w)) return;
  timed_out(works_[w].call, true);
}

// A try's timer of its own (arm()): is it still that try?
void Mesh::on_call_try_timer(std::uint32_t slot) {
  const Call& call = calls_[slot];
  const sim::Duration per_try = call.policy != kNone ? plan_.policies[call.policy].per_try : 0;
  if (call.state == CallState::Waiting && call.attempt_started + per_try == now_) timed_out(slot, true);
}

void Mesh::timed_out(std::uint32_t slot, bool per_try) {
  Call& call = calls_[slot];
  if (SIM_UNLIKELY(plan_.hedges) && per_try && plan_.policies[call.policy].hedging != Hedging::None) {
    return soft_timeout(slot);
  }
  const bool waiting = call.state == CallState::Waiting;
  const bool app = (call.flags & call_flag::kAppLayer) != 0;
  const Outcome outcome = per_try ? Outcome::PerTryTimeout : app ? Outcome::AppTimeout : Outcome::Timeout;
  if (waiting) {
    abandon(slot, outcome);
  } else if (per_try) {
    return;
  } else if (SIM_UNLIKELY(plan_.hedges)) {
    end_hedges(slot, outcome);
  }
  if (per_try) return attempt_ended(slot, outcome, 504, Parts{}, 0, false);
  complete(slot, outcome, 504, Parts{}, 0, false);
}

void Mesh::on_retry(std::uint32_t slot) {
  if (SIM_UNLIKELY(plan_.hedges)) note_hedge(slot);
  if (calls_[slot].state == CallState::BackingOff) return start_attempt(slot);
  if (calls_[slot].state == CallState::Injected) fault_over(slot);
}

// The caller has gone: queued work is withdrawn; with `cancel` running work and its children stop too.
void Mesh::on_cancel(std::uint32_t w) {
  Work& work = works_[w];
  if ((work.flags & work_flag::kReplied) != 0) return;
  if (SIM_UNLIKELY(plan_.carries_deadlines) && !is_late(w)) return;  // whoever asked still waits: no deadline is over
  if ((work.flags & work_flag::kArrived) == 0) {  // on one connection a reset never overtakes its request
    work.link = kGone;
    return;
  }
  const std::uint32_t p = work.pod;
  const ServicePlan& service = plan_.services[pods_[p].service];
  const bool queued = (work.flags & work_flag::kQueued) != 0;
  const bool begun = (work.flags & work_flag::kBegun) != 0;
  if (SIM_UNLIKELY(plan_.carries_deadlines) && deadline_passed(w) &&
      (service.when_deadline_passed == WhenDeadlinePassed::Stop ||
       (service.when_deadline_passed == WhenDeadlinePassed::Drop && queued && !begun))) {
    stop_frame(w);
    return drain_queue(p);
  }
  if (service.when_caller_gone == WhenCallerGone::Serve) return;
  if ((!queued || begun) && service.when_caller_gone != WhenCallerGone::Cancel) return;
  stop_frame(w);
  drain_queue(p);
}

}  // namespace models
