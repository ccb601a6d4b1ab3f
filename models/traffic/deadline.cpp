// Deadlines that travel with requests (mesh semantics 2.4). gRPC: a call tells its callee how much of its time is left,
// counted from the arrival there; when it is over the server stops, as do the calls that it makes meanwhile. So it
// always stops after its client has given up, by the time the request took. Envoy: a call tells how long it expects to
// wait; the next proxy takes that for the timeout of its own route, however long that is and whatever has passed since.
#include <algorithm>

#include "models/traffic/mesh.h"

namespace models {
namespace {

constexpr sim::Time kNever = sim::kHorizonMax;
constexpr sim::Duration kLeast = sim::kMillisecond;  // Envoy never says 0

}  // namespace

const Told* Mesh::told_to(std::uint32_t w) const {
  return w < told_.size() && told_[w].key == works_[w].key ? &told_[w] : nullptr;
}

// The time of a call whose policy begins. True if it is timed here, and not by its policy's lane. `held`: by an
// injected delay; the policy begins later, and only the caller's deadline counts.
bool Mesh::limit_call(std::uint32_t slot, const Routing& routing, bool held) {
  if (ends_by_.size() <= slot) ends_by_.resize(calls_.capacity(), kNever);
  const Call& call = calls_[slot];
  sim::Duration own = call.policy == kNone || held ? 0 : plan_.policies[call.policy].timeout;
  sim::Time deadline = kNever;
  bool replaced = false;
  if ((call.flags & call_flag::kInner) != 0) {
    deadline = ends_by_[call.parent];
  } else if ((call.flags & call_flag::kDetached) == 0) {
    std::uint32_t frame = call.parent;
    while ((works_[frame].flags & work_flag::kBranch) != 0) frame = works_[frame].call;
    const Told* const told = told_to(frame);
    if (told != nullptr && routing.deadline == DeadlinePropagation::Grpc && told->until > 0) deadline = told->until;
    const bool expects = told != nullptr && routing.deadline == DeadlinePropagation::EnvoyExpected;
    if (expects && !held && told->expected > 0 && (call.flags & call_flag::kAppLayer) == 0) {
      replaced = true;
      own = told->expected;
    }
  }
  ends_by_[slot] = std::min(deadline, own > 0 ? now_ + own : kNever);
  if (ends_by_[slot] == kNever || (!replaced && own > 0 && now_ + own <= deadline)) return false;
  push(std::max(ends_by_[slot], now_ + 1), EventKind::CallTimer, slot, calls_.generation(slot), call.key);
  return true;
}

void Mesh::tell_deadline(std::uint32_t w, const Call& call, const Routing& routing) {
  if (told_.size() <= w) told_.resize(works_.capacity());
  Told& told = told_[w];
  told = Told{works_[w].key, 0, 0};
  if (routing.deadline == DeadlinePropagation::None) return;
  const std::uint32_t slot = works_[w].call;
  const sim::Time end = slot < ends_by_.size() && call.attempt != kMirrorAttempt ? ends_by_[slot] : kNever;
  if (routing.deadline == DeadlinePropagation::Grpc) {
    if (end != kNever) told.until = std::max<sim::Duration>(end - now_, 1);
    return;
  }
  const CallPolicy* const policy = call.policy == kNone ? nullptr : &plan_.policies[call.policy];
  // With hedging a try may last as long as the whole call.
  const sim::Duration per_try = policy == nullptr || policy->hedging != Hedging::None ? 0 : policy->per_try;
  const sim::Duration left = end == kNever ? kNever : end - now_;
  const sim::Duration expected = std::min(per_try > 0 ? per_try : kNever, left);
  if (expected != kNever) told.expected = std::max(expected, kLeast);
}

// The server's clock starts when the request is there.
void Mesh::start_deadline(std::uint32_t w) {
  if (told_to(w) == nullptr || told_[w].until == 0) return;
  told_[w].until += now_ + 1;
  push(told_[w].until, EventKind::CancelWork, w, works_.generation(w), works_[w].key);
}

// A server never stops for somebody who waits: that would be an answer.
bool Mesh::deadline_passed(std::uint32_t w) const {
  const Told* const told = told_to(w);
  return told != nullptr && told->until > 0 && told->until <= now_ && is_late(w);
}

}  // namespace models
