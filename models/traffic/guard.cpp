// What the callee's end does with a request before its application sees it: authorization, then the rate limit, the
// order of an Istio sidecar's filters. The wire and the proxy's request path are paid by then. A refusal is an answer:
// it travels back as any other. Traffic that enters at the application itself passes nobody's guard.
#include "models/traffic/mesh.h"
#include "sim/check.h"

namespace models {

void Mesh::build_guards() {
  bool limits = false;
  for (Pod& pod : pods_) {
    const HolderPlan& holder = plan_.holders[pod.service];
    pod.set(pod_flag::kGuarded, holder.authorizes || !holder.rate_limits.empty());
    limits = limits || !holder.rate_limits.empty();
  }
  if (limits) buckets_.resize(pods_.size());
  if (!plan_.denied.empty()) callers_.assign(1, kNone);
}

void Mesh::note_caller(std::uint32_t w, std::uint32_t call_plan) {
  if (w >= callers_.size()) callers_.resize(works_.capacity(), kNone);
  callers_[w] = call_plan;
}

bool Mesh::denies(std::uint32_t w, std::uint16_t config) const {
  const Work& work = works_[w];
  if (!plan_.holders[pods_[work.pod].service].authorizes) return false;
  const std::size_t snapshot = configs_[config][static_cast<std::size_t>(Knob::Authorization)];
  const std::uint8_t denied = plan_.denied[snapshot * plan_.calls.size() + callers_[w]];
  return (denied & (work.plaintext != 0 ? kDeniedPlain : kDeniedProven)) != 0;
}

// A new limit comes with a new bucket.
bool Mesh::limits(std::uint32_t p) {
  const HolderPlan& holder = plan_.holders[pods_[p].service];
  if (holder.rate_limits.empty()) return false;
  const std::uint8_t snapshot = configs_[pods_[p].config][static_cast<std::size_t>(Knob::RateLimit)];
  const RateLimitSpec& limit = holder.rate_limits[snapshot];
  LimitState& state = buckets_[p];
  if (!(holder.rate_limits[state.snapshot] == limit)) state.bucket = TokenBucket{};
  state.snapshot = snapshot;
  return limit.max_tokens > 0 && !take_token(limit, state.bucket, now_);
}

bool Mesh::turned_away(std::uint32_t w) {
  Work& work = works_[w];
  if (is_root(w) || work.pending > 0) return false;  // pending: an inbound retry, which has been let in
  const Pod& pod = pods_[work.pod];
  const bool denied = denies(w, pod.config);
  if (measuring_ && pod.config != intended_ && denied != denies(w, intended_)) note_stale_guard(pod, denied);
  if (!denied && !limits(work.pod)) return false;
  const std::uint32_t endpoint = plan_.ops[work.pc].endpoint;
  if (measuring_) {
    recorder_.request_arrived(endpoint, false);
    EndpointResults& results = recorder_.results.endpoints[endpoint];
    ++(denied ? results.denied : results.rate_limited);
  }
  if (denied && plan_.holders[pod.service].by == EnforcedBy::Ambient) {  // no HTTP there: the connection is reset
    trace("denied", work.key, work.pod, 0);
    hang_up(w);
    return true;
  }
  work.outcome = denied ? Outcome::Denied : Outcome::RateLimited;
  work.pending = denied ? 403 : 429;
  trace(denied ? "denied" : "rate-limited", work.key, work.pod, work.pending);
  respond(w);
  return true;
}

// Judged by an old rule: let in or kept out when the intended one says otherwise.
void Mesh::note_stale_guard(const Pod& pod, bool denied) {
  const HolderPlan& holder = plan_.holders[pod.service];
  const std::size_t has = configs_[pod.config][static_cast<std::size_t>(Knob::Authorization)];
  for (std::size_t change = has; change < plan_.changes.size(); ++change) {
    if ((holder.alters[change] & bit(Knob::Authorization)) == 0) continue;
    ++recorder_.results.changes[change].stale_calls;
    recorder_.results.changes[change].stale_failed += denied ? 1 : 0;
    return;
  }
}

}  // namespace models
