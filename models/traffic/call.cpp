// The caller's side of a call. A call is opened by a frame; where the application's own timeout or retries
// and an enforced policy both act, an outer row (the application's layer) opens inner ones (the policy's).
// Retries of a layer are attempts of its row. Only the outermost row is a "call" in the report.
#include <algorithm>
#include <limits>

#include "models/policy/backoff.h"
#include "models/traffic/mesh.h"

namespace models {

void Mesh::note_peak() {
  recorder_.results.peak_in_flight = calls_.size();
  // Work rows: at most one for each call, and one for each late answer or branch; half the table leaves them room.
  const std::uint64_t most = std::min<std::uint64_t>(plan_.limits.in_flight, sim::SlotTable<Call>::kMostRows / 2);
  if (calls_.size() > most) {
    stop_early(Stopped::InFlight, "more than " + std::to_string(most) + " calls in flight");
  }
  // What is added up for each of them, CPU and time in the system, is at most the length of the run.
  const auto countable = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() / 4 / longest_);
  if (calls_.size() > countable) {
    stop_early(Stopped::InFlight, "more than " + std::to_string(countable) +
                                      " calls in flight, whose times would not fit into sums over so long a run");
  }
}

void Mesh::open_call(std::uint32_t frame, std::uint32_t call_plan, std::uint64_t salt, bool detached) {
  const CallPlan& plan = plan_.calls[call_plan];
  const std::uint32_t slot = new_call();
  Work& f = works_[frame];
  std::uint8_t flags = detached ? call_flag::kDetached : 0;
  std::uint32_t policy = plan.app_policy;
  const Routing* routing = nullptr;
  if (policy != kNone) {
    flags |= call_flag::kAppLayer;
    if (plan.enforced) flags |= call_flag::kOuter;
  } else if (plan.enforced) {
    routing = &routing_of(pods_[f.pod].config, plan);
    policy = routing->policy;
  }
  if (measuring_) {
    flags |= call_flag::kMeasured;
    recorder_.call_opened(plan.edge);
    if (SIM_UNLIKELY(pods_[f.pod].config != intended_) && note_stale(pods_[f.pod].config, plan)) {
      flags |= call_flag::kStale;
    }
  }
  Call& call = calls_[slot];
  call = Call{};
  call.key = sim::child_key(f.key, salt);
  if (SIM_UNLIKELY(plan.leg != Leg::Whole)) {
    flags |= call_flag::kLeg;
    if (plan.leg == Leg::FromWaypoint) call.key = key_of_passed_on(f);
  }
  call.opened = now_;
  call.pod = f.pod;
  call.plan = call_plan;
  call.policy = policy;
  call.flags = flags;
  call.config = pods_[f.pod].config;
  if (!detached) {
    call.parent = frame;
    call.parent_generation = works_.generation(frame);
    if (plan.cancels) {
      call.sibling = f.link;
      f.link = slot;
    }
  }
  recorder_.fact(Fact::CallOpened, now_, call.key, plan.edge);
  if (SIM_UNLIKELY(options_.trace != nullptr)) {
    if (options_.trace_links) link_call(call, f.key);
    add_trace("call-opened", call.key, call.pod, plan.edge);
  }
  if (SIM_UNLIKELY(routing != nullptr && routing->prepares)) return begin_policy(slot, *routing);
  const bool limited = SIM_UNLIKELY(plan_.carries_deadlines) && limit_call(slot, routing_of(call.config, plan));
  if (policy != kNone && !limited && plan_.policies[policy].timeout > 0) arm(plan_.policies[policy].timeout_lane, slot);
  start_attempt(slot);
}

// An attempt of the application's layer: a call of the layer below.
void Mesh::start_layer(std::uint32_t slot) {
  const CallPolicy& policy = plan_.policies[calls_[slot].policy];
  if (policy.per_try > 0) arm(policy.per_try_lane, slot);
  open_inner(slot);
}

void Mesh::open_inner(std::uint32_t outer) {
  const std::uint32_t slot = new_call();
  const Call& above = calls_[outer];
  Call& call = calls_[slot];
  call = Call{};
  call.key = above.key;
  call.opened = now_;
  call.pod = above.pod;
  call.plan = above.plan;
  call.parent = outer;
  call.parent_generation = calls_.generation(outer);
  call.outer_attempt = above.attempt;
  call.config = pods_[above.pod].config;
  const Routing& routing = routing_of(call.config, plan_of(above));
  call.policy = routing.policy;
  call.flags = static_cast<std::uint8_t>(call_flag::kInner | (above.flags & (call_flag::kMeasured | call_flag::kLeg)));
  calls_[outer].work = slot;  // of an outer row: the inner row that acts now
  if (SIM_UNLIKELY(routing.prepares)) return begin_policy(slot, routing);
  const bool limited = SIM_UNLIKELY(plan_.carries_deadlines) && limit_call(slot, routing);
  if (!limited && plan_.policies[call.policy].timeout > 0) arm(plan_.policies[call.policy].timeout_lane, slot);
  start_attempt(slot);
}

void Mesh::attempt_ended(std::uint32_t slot, Outcome outcome, std::uint16_t status, const Parts& parts, float cpu,
                         bool degraded) {
  Call& call = calls_[slot];
  call.work = kNone;
  if (outcome == Outcome::Ok || call.policy == kNone) return complete(slot, outcome, status, parts, cpu, degraded);
  const CallPolicy& policy = plan_.policies[call.policy];
  if (SIM_UNLIKELY(policy.hedging != Hedging::None)) {
    return hedged_try_ended(slot, outcome, status, parts, cpu, degraded);
  }
  // What the layer below answers is a response to the application, whatever made it.
  const Outcome seen =
      (call.flags & call_flag::kOuter) != 0 && outcome != Outcome::PerTryTimeout ? Outcome::Error : outcome;
  switch (decide(policy.retry, seen, status, call.attempt)) {
    case RetryVerdict::No:
      if (SIM_UNLIKELY(options_.trace_links)) link("not-retried", call.key, call.pod, 0);
      return complete(slot, outcome, status, parts, cpu, degraded);
    case RetryVerdict::LimitExceeded:
      if (SIM_UNLIKELY(options_.trace_links)) link("not-retried", call.key, call.pod, 1);
      if ((call.flags & call_flag::kMeasured) != 0) ++recorder_.results.edges[plan_of(call).edge].retry_limit_exceeded;
      return complete(slot, outcome, status, parts, cpu, degraded);
    case RetryVerdict::Retry: break;
  }
  if (SIM_UNLIKELY(plan_of(call).pooled) && !take_retry(slot, policy)) {
    if ((call.flags & call_flag::kMeasured) != 0) ++recorder_.results.edges[plan_of(call).edge].retries_refused;
    if (SIM_UNLIKELY(options_.trace_links)) link("not-retried", call.key, call.pod, 2);
    return complete(slot, outcome, status, parts, cpu, degraded);
  }
  ++recorder_.results.retries;
  if (outcome == Outcome::PerTryTimeout || outcome == Outcome::Error) note_duplicate(call);
  schedule_retry(slot, policy);
}

// That try did its work, or will, and so will the next.
void Mesh::note_duplicate(const Call& call) {
  const CallPlan& plan = plan_of(call);
  if (measuring_ && plan_.endpoint_idempotent[plan.endpoint] == 0) {
    ++recorder_.results.endpoints[effect_of(plan)].duplicates;
  }
}

void Mesh::schedule_retry(std::uint32_t slot, const CallPolicy& policy) {
  Call& call = calls_[slot];
  ++call.attempt;
  call.state = CallState::BackingOff;
  sim::Duration delay = 0;
  for (std::uint32_t k = policy.backoff.law == BackoffLaw::Decorrelated ? 1 : call.attempt; k <= call.attempt; ++k) {
    delay = backoff_delay(policy.backoff, k, delay, sim::try_key(call.key, call.outer_attempt, k));
  }
  trace("retry-scheduled", call.key, call.pod, static_cast<std::uint64_t>(delay));
  if (delay == 0) return on_retry(slot);
  push(now_ + delay, EventKind::RetryFire, slot, calls_.generation(slot), call.key);
}

void Mesh::complete(std::uint32_t slot, Outcome outcome, std::uint16_t status, const Parts& last, float cpu,
                    bool degraded) {
  const Call call = calls_[slot];  // a copy: the row is released below
  const CallPlan& plan = plan_of(call);
  const bool ok = outcome == Outcome::Ok;
  if (SIM_UNLIKELY(plan.pooled)) release_retry(slot);
  Parts parts;
  if (ok) {
    parts = last;
    parts.retries += static_cast<float>(call.attempt_started - call.opened);
    if (SIM_UNLIKELY(extras_)) {  // the injected part of it is the proxy's
      end_hedges(slot, Outcome::Withdrawn);
      const auto injected = static_cast<float>(injected_delay(call, routing_of(call.config, plan)));
      parts.retries -= injected;
      parts.sidecars += injected;
    }
  } else {
    end_hedges(slot, Outcome::Withdrawn);
    parts.retries = static_cast<float>(now_ - call.opened);  // time spent on tries that brought nothing
  }
  if (SIM_UNLIKELY((call.flags & call_flag::kInner) != 0)) {
    if ((call.flags & call_flag::kDetached) != 0) return hedge_decides(slot, outcome, status, last, cpu, degraded);
    close_row(slot);
    if (calls_.generation(call.parent) != call.parent_generation || calls_[call.parent].work != slot) return;
    return attempt_ended(call.parent, outcome, status, parts, cpu, degraded);
  }
  if ((call.flags & call_flag::kMeasured) != 0) {
    recorder_.call_closed(plan.edge, now_ - call.opened, outcome);
    if (!ok && plan.on_failure != OnFailure::Fail) ++recorder_.results.edges[plan.edge].ignored_failures;
    if (SIM_UNLIKELY((call.flags & call_flag::kStale) != 0) && !ok) {
      ++recorder_.results.changes[first_missing(call.config, plan)].stale_failed;
    }
  }
  recorder_.fact(Fact::CallClosed, now_, call.key, static_cast<std::uint64_t>(outcome));
  trace("call-closed", call.key, call.pod, static_cast<std::uint64_t>(outcome));
  close_row(slot);
  if ((call.flags & call_flag::kDetached) != 0) {
    if (ok) recorder_.used(cpu);  // nobody waits for it, and it did what it was for
    return;
  }
  if (works_.generation(call.parent) != call.parent_generation) return;  // the frame has gone
  if (plan.cancels) unlist(call, slot);
  if (SIM_UNLIKELY(plan.leg == Leg::FromWaypoint)) return relayed(call, outcome, status, parts, cpu, degraded);
  child_done(call.parent, call.plan, ok, parts, cpu, degraded);
}

// Leaves the frame's list of children.
void Mesh::unlist(const Call& call, std::uint32_t slot) {
  std::uint32_t* link = &works_[call.parent].link;
  while (*link != kNone && *link != slot) link = &calls_[*link].sibling;
  if (*link == slot) *link = call.sibling;
}

// The client stops waiting for the current attempt: its view changes now, the server may never notice.
void Mesh::abandon(std::uint32_t slot, Outcome outcome) {
  Call& call = calls_[slot];
  if ((call.flags & call_flag::kOuter) != 0) {
    const std::uint32_t inner = call.work;
    call.work = kNone;
    if (inner != kNone) {
      // The application hangs up on its own proxy or library: the inner layer stops too.
      abandon(inner, Outcome::Withdrawn);
      close_row(inner);
    }
    return;
  }
  end_hedges(slot, outcome);
  if (SIM_UNLIKELY(plan_of(call).pooled)) forget_pooled(slot, outcome);
  if (call.state != CallState::Waiting || call.work == kNone) return;
  Work& work = works_[call.work];
  if ((call.flags & call_flag::kMeasured) != 0) {
    recorder_.attempt_ended(plan_of(call).edge, outcome);
    ++recorder_.results.edges[plan_of(call).edge].late_responses;
  }
  recorder_.fact(Fact::AttemptEnded, now_, work.key, static_cast<std::uint64_t>(outcome));
  trace("attempt-ended", work.key, call.pod, static_cast<std::uint64_t>(outcome));
  const CallPlan& plan = plan_of(call);
  if (SIM_UNLIKELY(plan.pooled)) {
    end_pooled(slot, work.pod, false, false, outcome, 504);
  } else {
    release_connection(call, plan, work.pod, false, false);
  }
  if (plan.when_caller_gone != WhenCallerGone::Serve && (work.flags & work_flag::kReplied) == 0) {
    const sim::Duration delay = network(call.pod, work.pod, work.key, 2);
    push(now_ + delay, EventKind::CancelWork, call.work, works_.generation(call.work), work.key);
  }
  call.work = kNone;
}

void Mesh::abandon_children(std::uint32_t frame) {
  std::uint32_t c = works_[frame].link;
  works_[frame].link = kNone;
  while (c != kNone) {
    const std::uint32_t next = calls_[c].sibling;
    const Call& call = calls_[c];
    if (call.state == CallState::Free) break;  // its pod has died: rows are closed already
    if ((call.flags & call_flag::kMeasured) != 0) {
      recorder_.call_closed(plan_of(call).edge, now_ - call.opened, Outcome::Withdrawn);
    }
    recorder_.fact(Fact::CallClosed, now_, call.key, static_cast<std::uint64_t>(Outcome::Withdrawn));
    abandon(c, Outcome::Withdrawn);
    close_row(c);
    c = next;
  }
}

}  // namespace models
