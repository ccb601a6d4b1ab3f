// A user's fleet made smaller or larger: for a sweep over its size that keeps its shape and its entry traffic.
// Not a synthetic fleet (generate.h). Both return a fleet of exactly `services`; the offered traffic stays as it is.
// thin_fleet drops services one by one: leaves first, the least called of them first (names break ties), with every
// call step that leads to them and every mention in teams, policies, deviations and enrolments. Under open traffic
// leaves take no load with them: what is left has the rates it had. Entries stay, what the timeline acts on stays,
// and so does one shortest path to each of those; if no leaf may go, the least called service may.
// grow_fleet copies the subtree below a service that an entry calls, in turn, under new names ("cart-2"): each call of
// that service becomes a choice between it and its copies, all equally likely, so the calls per request stay and the
// rates are shared out; replicas follow the rates, rounded up (their weights, if any, go on from the first one). The
// copies of a team's services have a team of their own ("shop-2"), with the same lead times; policies and enrolments
// are copied, deviations are not.
// Units: services. Errors: std::invalid_argument where the size cannot be reached; cyclic fleets (compute_flow).
#pragma once

#include <cstdint>

#include "models/spec/scenario_spec.h"

namespace models {

[[nodiscard]] ScenarioSpec thin_fleet(const ScenarioSpec& spec, std::uint32_t services);
[[nodiscard]] ScenarioSpec grow_fleet(const ScenarioSpec& spec, std::uint32_t services);

}  // namespace models
