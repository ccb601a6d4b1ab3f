// What an ambient candidate has beyond other meshes: waypoints.
#include <algorithm>

#include <fmt/format.h>

#include "scenarios/reader/decode.h"
#include "scenarios/reader/profiles.h"

namespace reader {

using models::CandidateSpec;

// `o` is null for a candidate without a body. REQUIRES: `enrolled` is read.
void Decoder::ambient(const Object* o, NodeId at, CandidateSpec& out) {
  const NodeId list = o == nullptr ? kNoNode : o->get("waypoints");
  const auto enrolled = [&](const std::string& service) {
    return !out.enrolled || std::binary_search(out.enrolled->begin(), out.enrolled->end(), service);
  };
  if (list != kNoNode && context_.is(list, NodeKind::Scalar) && context_.node(list).text == "all") {
    for (const std::string& name : service_names()) {
      if (enrolled(name)) out.waypoints.push_back(name);
    }
  } else if (list != kNoNode && context_.is(list, NodeKind::List)) {
    out.waypoints = names(list, "service", [&](NodeId c, const std::string& name) {
      if (!check_service(c, name, false)) return false;
      if (enrolled(name)) return true;
      context_.error(Code::Conflict, c, fmt::format("`{}` is not enrolled: nobody is sent to its waypoint", name),
                     "enrol it, or leave it out of `waypoints`");
      return false;
    });
  } else if (list != kNoNode) {
    context_.wrong_type(list, o->field("waypoints").form);
  }
  std::sort(out.waypoints.begin(), out.waypoints.end());
  const NodeId waypoint = o == nullptr ? kNoNode : o->get("waypoint");
  if (waypoint != kNoNode) {
    const Object w(context_, waypoint, "Waypoint");
    out.waypoint_replicas = static_cast<std::uint32_t>(w.count("replicas").value_or(1));
    if (const NodeId profile = w.get("profile"); profile != kNoNode)
      out.waypoint_profile = profile_at_key(profile, out.name);
  }
  if (!out.waypoint_profile) out.waypoint_profile = named_profile(at, std::string(kWaypoint));
  if (waypoint != kNoNode && list == kNoNode)
    context_.warn(Code::NoEffect, waypoint, "there are no waypoints", "say which services have one: waypoints: all");
}

}  // namespace reader
