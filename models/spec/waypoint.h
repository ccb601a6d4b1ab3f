// Names of waypoints: the proxy in front of service `payment` is a service of its own, "(waypoint payment)", which is
// not a legal name in a scenario. Not here: what it does (models/plan/waypoint.h).
#pragma once

#include <string>
#include <string_view>

namespace models {

inline constexpr std::string_view kWaypointPrefix = "(waypoint ";

[[nodiscard]] inline bool is_waypoint(std::string_view name) {
  return name.substr(0, kWaypointPrefix.size()) == kWaypointPrefix;
}

[[nodiscard]] inline std::string waypoint_of(const std::string& service) {
  return std::string(kWaypointPrefix) + service + ")";
}

// The service that stands behind a waypoint; any other name is its own.
[[nodiscard]] inline std::string behind(const std::string& name) {
  if (!is_waypoint(name)) return name;
  return name.substr(kWaypointPrefix.size(), name.size() - kWaypointPrefix.size() - 1);
}

}  // namespace models
