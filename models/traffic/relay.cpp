// A call through a waypoint: the caller's leg ends at a pod of the waypoint, whose frame does nothing but open the
// other leg and hand its answer back, status and all. Identities: the waypoint's first try of a request draws what a
// direct try would have drawn, so that a candidate with waypoints is compared under the same luck; the caller's leg
// has numbers of its own (its network's).
#include "models/traffic/mesh.h"

namespace models {
namespace {

constexpr sim::Key kLegSalt = 0x7761'7970'6f69'6000;  // the low 12 bits belong to the root request

}  // namespace

sim::Key Mesh::key_of_leg(const Call& call) const {
  if (plan_of(call).leg == Leg::FromWaypoint) {
    return call.attempt == 0 ? call.key : sim::try_key(call.key, 0, call.attempt);
  }
  Call direct = call;
  direct.flags = static_cast<std::uint8_t>(direct.flags & ~call_flag::kLeg);
  return key_of_try(direct) ^ kLegSalt;
}

// The endpoint that a try has its effect at.
std::uint32_t Mesh::effect_of(const CallPlan& plan) const {
  return plan.leg == Leg::ToWaypoint ? plan_.behind[plan.endpoint] : plan.endpoint;
}

sim::Key Mesh::key_of_passed_on(const Work& work) const { return work.key ^ kLegSalt; }

// The waypoint's try of a request is over, after its policy. What it made up itself is an answer like any other to its
// client: nobody there sees a broken connection.
void Mesh::relayed(const Call& call, Outcome outcome, std::uint16_t status, const Parts& parts, float cpu,
                   bool degraded) {
  Work& work = works_[call.parent];
  if ((work.flags & work_flag::kReplied) != 0) return;
  work.cpu += cpu;
  work.parts.add(parts);
  if (degraded) work.flags |= work_flag::kDegraded;
  const bool as_it_is = outcome == Outcome::Ok || outcome == Outcome::Denied || outcome == Outcome::RateLimited;
  finish(call.parent, as_it_is ? outcome : Outcome::Error, status);
}

}  // namespace models
