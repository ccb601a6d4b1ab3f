// What the client's proxy does before its router (mesh semantics 1, 11, 14): an injected delay, then an injected
// abort; and, once the request is on its way, a copy of it to another version. The policy begins behind them: its
// timeout does not cover an injected delay, its retries do not see an injected abort.
#include "models/traffic/mesh.h"
#include "sim/check.h"

namespace models {
namespace {

constexpr std::uint64_t kFaultDelay = 12;
constexpr std::uint64_t kFaultAbort = 13;
constexpr std::uint64_t kMirrorShare = 14;

// One draw for each request that passes the proxy: the application's retries are further requests.
sim::Key key_of_request(const Call& call) {
  if ((call.flags & call_flag::kLeg) != 0) return call.key;  // the waypoint's: a request of its own
  return sim::try_key(call.key, call.outer_attempt, 0);
}

}  // namespace

sim::Duration Mesh::injected_delay(const Call& call, const Routing& routing) const {
  if (routing.fault == kNoExtra || call.attempt == kMirrorAttempt) return 0;
  if ((call.flags & call_flag::kAppLayer) != 0) return 0;  // the layer above: it waits for the one that is held
  const FaultSpec& fault = plan_.faults_injected[routing.fault];
  return sim::bernoulli(sim::bits(key_of_request(call), kFaultDelay), fault.delay_share) ? fault.delay : 0;
}

void Mesh::begin_policy(std::uint32_t slot, const Routing& routing) {
  Call& call = calls_[slot];
  const sim::Duration delay = injected_delay(call, routing);
  if (delay == 0) return fault_over(slot);
  call.state = CallState::Injected;
  if (plan_.carries_deadlines) (void)limit_call(slot, routing, true);
  trace("delay-injected", call.key, call.pod, static_cast<std::uint64_t>(delay));
  push(now_ + delay, EventKind::RetryFire, slot, calls_.generation(slot), call.key);
}

void Mesh::fault_over(std::uint32_t slot) {
  Call& call = calls_[slot];
  const CallPlan& plan = plan_of(call);
  const Routing& routing = routing_of(call.config, plan);
  call.attempt_started = now_;
  if (routing.fault != kNoExtra) {
    const FaultSpec& fault = plan_.faults_injected[routing.fault];
    if (sim::bernoulli(sim::bits(key_of_request(call), kFaultAbort), fault.abort_share)) {
      ++recorder_.results.attempts;
      if ((call.flags & call_flag::kMeasured) != 0) {
        recorder_.attempt_sent(plan.edge, false);
        recorder_.attempt_ended(plan.edge, Outcome::FaultAbort);
      }
      trace("abort-injected", call.key, call.pod, fault.abort_status);
      return complete(slot, Outcome::FaultAbort, fault.abort_status, Parts{}, 0, false);
    }
  }
  route(slot);
}

void Mesh::route(std::uint32_t slot) {
  const Call call = calls_[slot];  // a copy: the row may be done before its mirror is sent
  const Routing& routing = routing_of(call.config, plan_of(call));
  const CallPolicy& policy = plan_.policies[call.policy];
  if (policy.hedging != Hedging::None) begin_hedging(slot);
  const bool limited = plan_.carries_deadlines && limit_call(slot, routing);
  if (policy.timeout > 0 && call.opened == now_ && !limited) arm(policy.timeout_lane, slot);
  if (policy.timeout > 0 && call.opened != now_ && !limited) {  // lanes count from the opening
    push(now_ + policy.timeout, EventKind::CallTimer, slot, calls_.generation(slot), call.key);
  }
  const std::uint16_t copies = routing.mirror;
  start_attempt(slot);
  if (copies == kNoExtra) return;
  const MirrorPlan& plan = plan_.mirrors[copies];
  if (sim::bernoulli(sim::bits(key_of_request(call), kMirrorShare), plan.share)) mirror(call, plan);
}

// Fire and forget: nobody waits, nothing of it counts for the edge but that it was sent.
void Mesh::mirror(const Call& original, const MirrorPlan& plan) {
  const std::uint32_t slot = new_call();
  Call& call = calls_[slot];
  call = Call{};
  call.key = original.key;
  call.opened = now_;
  call.pod = original.pod;
  call.plan = original.plan;
  call.policy = plan.policy;
  call.flags = static_cast<std::uint8_t>(call_flag::kDetached | (original.flags & call_flag::kLeg));
  call.config = original.config;
  call.outer_attempt = original.outer_attempt;
  call.attempt = kMirrorAttempt;
  const CallPlan& to = plan_of(call);
  call.version = static_cast<std::uint8_t>(plan.version - plan_.services[to.service].first_version);
  if ((original.flags & call_flag::kMeasured) != 0) ++recorder_.results.edges[to.edge].mirrored;
  recorder_.fact(Fact::CallOpened, now_, call.key, to.edge);
  trace("mirrored", call.key, call.pod, to.edge);
  if (plan_.policies[plan.policy].timeout > 0) arm(plan_.policies[plan.policy].timeout_lane, slot);
  // Where connections are pinned to replicas, the main requests' stays what it is: a copy is of one version only.
  const std::size_t lane = views_[pods_[call.pod].first_view + to.view].pins + client_lane(call);
  const std::uint32_t pin = pins_[lane];
  pins_[lane] = kNone;
  start_attempt(slot);
  pins_[lane] = pin;
}

void Mesh::on_call_timer(std::uint32_t slot) { timed_out(slot, false); }

}  // namespace models
