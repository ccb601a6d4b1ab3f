// `via: gateway` as an ordinary service: one that works for free, without limits, and calls the entry. Its
// only proxy is its own (no inbound side), so the entry is reached over a hop like any other callee.
#pragma once

#include <string>
#include <string_view>

#include "models/spec/scenario_spec.h"

namespace models {

inline constexpr std::string_view kGatewayName = "(gateway)";  // not a legal name in a scenario: no clash

[[nodiscard]] ScenarioSpec with_gateway(const ScenarioSpec& spec);

// What the user named as entry, also behind the gateway: "service/endpoint".
[[nodiscard]] std::string entry_name(const TrafficSpec& traffic);

}  // namespace models
