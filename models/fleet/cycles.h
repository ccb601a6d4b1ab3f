// Cycles of the endpoint graph, as a reader wants to see them: one shortest closed walk per strongly connected part.
// Source: Tarjan's strong components (Boost.Graph), then breadth-first search inside the part.
#pragma once

#include <cstddef>
#include <vector>

#include "models/fleet/fleet_graph.h"

namespace models {

// Each cycle starts at its first endpoint in name order and does not repeat it at the end; cycles are in name order.
[[nodiscard]] std::vector<std::vector<std::size_t>> find_cycles(const FleetGraph& graph);

}  // namespace models
