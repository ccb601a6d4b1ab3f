// Waypoints as ordinary services: each works for free, without limits, and passes every request on to the service
// behind it, as its client. So all clients of that service share the waypoint's view of it: balancing, limits,
// ejections, budgets. Only its client side is a proxy that costs something; its own clients find a tunnel's end.
// Not here: what is passed on, and how (models/traffic/relay.cpp). Source: mesh semantics 19.
#pragma once

#include "models/spec/scenario_spec.h"

namespace models {

// Clients that are enrolled call a waypoint instead of the service behind it; a gateway and others call past it. There
// is none where no such client is.
[[nodiscard]] ScenarioSpec with_waypoints(ScenarioSpec spec, const CandidateSpec& candidate);

[[nodiscard]] bool is_enrolled(const CandidateSpec& candidate, const std::string& service);

}  // namespace models
