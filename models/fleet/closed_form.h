// Formulas that hold for parts of a scenario, to be put beside what was simulated: the wait at a station (M/M/c), the
// tries of a call. Not a simulation and not an approximation: where the assumptions do not hold there is no figure.
// Sources: A. K. Erlang, 1917; L. Kleinrock, "Queueing Systems" I, 1975; the tries are a truncated geometric sum.
// Units: seconds, requests per second, tries per call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "models/fleet/fleet_graph.h"
#include "models/fleet/flow.h"

namespace models {

// Mean wait at M/M/c. REQUIRES: rate < servers / mean_service, servers > 0.
[[nodiscard]] double erlang_wait(double rate, double mean_service, std::uint32_t servers);

// Mean wait for a worker at the replicas of a service (a vertex of graph.services). A figure only if Poisson traffic
// of a constant rate enters here and nobody else calls; each request is one exponential piece of work, the same for
// all; no core is shared; the queue is as good as unbounded; load is below 1; nobody is turned away and nothing happens
// on the timeline. With unlimited workers nobody waits.
[[nodiscard]] std::optional<double> station_wait(const ScenarioSpec& spec, const FleetGraph& graph, const Flow& flow,
                                                 std::size_t service);

// Mean tries of a call to an endpoint of which at most `attempts` are made, by one layer, with retries of the policy on
// 5xx: (1 - p^n) / (1 - p). A figure only if the endpoint's own errors, independent from try to try, are all that can
// fail: one version that calls nobody, no time-outs, budgets, limits or timeline, load below 1. One attempt is one.
[[nodiscard]] std::optional<double> mean_tries(const ScenarioSpec& spec, const FleetGraph& graph, const Flow& flow,
                                               std::size_t endpoint, std::uint32_t attempts);

}  // namespace models
