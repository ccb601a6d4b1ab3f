// Hedged requests (mesh semantics 5): further tries of a call while earlier ones are under way. The first good answer
// decides, and the client gives the others up. The call's row makes the first try; every further one that runs beside
// it has a row of its own, a copy of the call's with the next number, so that draws, connection and timers are its own.
//   Envoy   a per-try timeout leaves its try running and sends the next one the way retries go: conditions apart, by
//           back-off, budget and number. Only the newest try is retried, so at most one back-off is pending. A bad
//           answer, one that would be retried, is dropped as long as others may bring a better one.
//   gRPC    the next try follows after a delay whatever the others do, and at once after a failure that is not fatal;
//           a fatal failure decides, too.
#include "models/traffic/mesh.h"

namespace models {
namespace {

// Envoy: no answer has come, and none is made up while others go on.
bool is_reset(Outcome outcome) {
  return outcome == Outcome::ConnectFailure || outcome == Outcome::ConnectionTermination ||
         outcome == Outcome::PoolOverflow;
}

}  // namespace

// The call that a row is a try of.
std::uint32_t Mesh::hedging_call(std::uint32_t row) const {
  const Call& call = calls_[row];
  return (call.flags & call_flag::kHedge) == call_flag::kHedge ? call.parent : row;
}

// REQUIRES: the policy hedges. Before the first try.
void Mesh::begin_hedging(std::uint32_t slot) {
  if (hedges_.size() <= slot) hedges_.resize(calls_.capacity());
  const CallPolicy& policy = plan_.policies[calls_[slot].policy];
  hedges_[slot] = Hedges{.most = static_cast<std::uint8_t>(policy.retry.max)};
  if (policy.hedging == Hedging::ByDelay) await_hedge(slot);
}

void Mesh::await_hedge(std::uint32_t slot) {
  Hedges& hedges = hedges_[slot];
  const Call& call = calls_[slot];
  if (hedges.sent >= hedges.most) return;
  hedges.due = now_ + plan_.policies[call.policy].hedging_delay;
  push(hedges.due, EventKind::HedgeDue, slot, calls_.generation(slot), call.key);
}

void Mesh::on_hedge_due(std::uint32_t slot) {
  if (hedges_[slot].due != now_ || hedges_[slot].sent >= hedges_[slot].most) return;  // one was sent meanwhile
  if (!may_send_more(slot, plan_.policies[calls_[slot].policy])) {
    hedges_[slot].most = hedges_[slot].sent;  // throttled: this call sends no more
    return;
  }
  const std::uint32_t row = open_hedge(slot);
  note_hedge(row);
  await_hedge(slot);
  start_attempt(row);
}

void Mesh::note_hedge(std::uint32_t row) {
  const Call& call = calls_[row];
  if ((call.flags & call_flag::kHedge) != call_flag::kHedge || hedges_[row].counted) return;
  hedges_[row].counted = true;
  if ((call.flags & call_flag::kMeasured) != 0) ++recorder_.results.edges[plan_of(call).edge].hedges;
  note_duplicate(call);
  trace("hedged", call.key, call.pod, call.attempt);
}

// A further try's row, with the next number; the caller sends it.
std::uint32_t Mesh::open_hedge(std::uint32_t slot) {
  const std::uint32_t row = new_call();
  if (hedges_.size() <= row) hedges_.resize(calls_.capacity());
  Hedges& hedges = hedges_[slot];
  Call& call = calls_[row];
  call = calls_[slot];
  for (std::uint32_t other = hedges.first; other != kNone; other = calls_[other].sibling) {
    call.tried |= calls_[other].tried;
  }
  call.flags = static_cast<std::uint8_t>((call.flags & (call_flag::kMeasured | call_flag::kLeg)) | call_flag::kHedge);
  call.parent = slot;
  call.parent_generation = calls_.generation(slot);
  call.work = kNone;
  call.state = CallState::Waiting;
  call.attempt = ++hedges.sent;
  const std::uint32_t newest = hedges.first == kNone ? slot : hedges.first;
  call.sibling = hedges.first;
  hedges.first = row;
  if (plan_of(call).pooled) {
    if (tickets_.size() <= row) tickets_.resize(calls_.capacity());
    tickets_[row].left = tickets_[newest].left;
  }
  hedges_[row] = Hedges{};
  if (plan_.carries_deadlines) {
    if (ends_by_.size() <= row) ends_by_.resize(calls_.capacity());
    ends_by_[row] = ends_by_[slot];
  }
  return row;
}

// Takes one more try from the budgets, if they have it.
bool Mesh::may_send_more(std::uint32_t slot, const CallPolicy& policy) {
  const Call& call = calls_[slot];
  ++hedges_[slot].spent;  // Envoy: even if the next check refuses
  if (!plan_of(call).pooled || take_retry(slot, policy)) return true;
  if ((call.flags & call_flag::kMeasured) != 0) ++recorder_.results.edges[plan_of(call).edge].retries_refused;
  if (SIM_UNLIKELY(options_.trace_links)) link("not-retried", call.key, call.pod, 2);
  return false;
}

// Envoy: a try has taken longer than it may. It goes on, and the next one follows.
void Mesh::soft_timeout(std::uint32_t row) {
  const Call& timed = calls_[row];
  if (timed.state != CallState::Waiting || timed.work == kNone) return;
  const std::uint32_t slot = hedging_call(row);
  const CallPolicy& policy = plan_.policies[timed.policy];
  if (plan_of(timed).pooled) {
    note_health(row, 504, true);
    hedges_[row].timeout_noted = true;
  }
  trace("try-overdue", timed.key, timed.pod, timed.attempt);
  if (hedges_[slot].spent >= hedges_[slot].most) {
    if ((timed.flags & call_flag::kMeasured) != 0) ++recorder_.results.edges[plan_of(timed).edge].retry_limit_exceeded;
    return;
  }
  if (!may_send_more(slot, policy)) return;
  hedges_[row].followed = true;
  const std::uint32_t next = open_hedge(slot);
  --calls_[next].attempt;  // counted by
  schedule_retry(next, policy);
}

// A try has failed. REQUIRES: its row waits for nothing any more.
void Mesh::hedged_try_ended(std::uint32_t row, Outcome outcome, std::uint16_t status, const Parts& parts, float cpu,
                            bool degraded) {
  const std::uint32_t slot = hedging_call(row);
  const CallPolicy& policy = plan_.policies[calls_[row].policy];
  bool bad = retriable(policy.retry, outcome, status);
  bool retries = false;
  if (policy.hedging == Hedging::ByDelay) {
    retries = bad && hedges_[slot].sent < hedges_[slot].most && may_send_more(slot, policy);
    if (retries) await_hedge(slot);
  } else {
    bad = bad || is_reset(outcome);
    if (!hedges_[row].followed) {
      const RetryVerdict verdict = decide(policy.retry, outcome, status, hedges_[slot].spent);
      retries = verdict == RetryVerdict::Retry && may_send_more(slot, policy);
      if (verdict == RetryVerdict::LimitExceeded && (calls_[row].flags & call_flag::kMeasured) != 0) {
        ++recorder_.results.edges[plan_of(calls_[row]).edge].retry_limit_exceeded;
      }
    }
  }
  if (retries) {
    Call& call = calls_[row];
    ++recorder_.results.retries;
    if (outcome == Outcome::Error) note_duplicate(call);
    for (std::uint32_t other = hedges_[slot].first; other != kNone; other = calls_[other].sibling) {
      call.tried |= calls_[other].tried;
    }
    call.tried |= calls_[slot].tried;
    call.attempt = hedges_[slot].sent++;
    hedges_[row].followed = hedges_[row].timeout_noted = false;
    return schedule_retry(row, policy);
  }
  if (bad && others_go_on(row)) return drop_try(row);
  if (row != slot) return hedge_decides(row, outcome, status, parts, cpu, degraded);
  complete(slot, outcome, status, parts, cpu, degraded);
}

bool Mesh::others_go_on(std::uint32_t row) const {
  const std::uint32_t slot = hedging_call(row);
  if (row != slot && !hedges_[slot].idle) return true;
  const std::uint32_t first = hedges_[slot].first;
  return first != kNone && (first != row || calls_[first].sibling != kNone);
}

void Mesh::drop_try(std::uint32_t row) {
  trace("try-dropped", calls_[row].key, calls_[row].pod, calls_[row].attempt);
  if (hedging_call(row) == row) {
    hedges_[row].idle = true;
    return;
  }
  unlist_hedge(row);
  close_row(row);
}

void Mesh::unlist_hedge(std::uint32_t row) {
  std::uint32_t* link = &hedges_[calls_[row].parent].first;
  while (*link != row) link = &calls_[*link].sibling;
  *link = calls_[row].sibling;
}

// The answer of a further try is that of the call.
void Mesh::hedge_decides(std::uint32_t row, Outcome outcome, std::uint16_t status, const Parts& parts, float cpu,
                         bool degraded) {
  const std::uint32_t slot = calls_[row].parent;
  const sim::Time started = calls_[row].attempt_started;
  unlist_hedge(row);
  close_row(row);
  abandon(slot, Outcome::Withdrawn);
  calls_[slot].attempt_started = started;
  complete(slot, outcome, status, parts, cpu, degraded);
}

// The call is over, or nobody waits for it: its further tries are given up.
void Mesh::end_hedges(std::uint32_t slot, Outcome outcome) {
  if (SIM_LIKELY(slot >= hedges_.size())) return;
  std::uint32_t row = hedges_[slot].first;
  hedges_[slot].first = kNone;
  while (row != kNone) {
    const std::uint32_t next = calls_[row].sibling;
    abandon(row, outcome);
    close_row(row);
    row = next;
  }
}

}  // namespace models
