#include "models/fleet/cycles.h"

#include <algorithm>
#include <boost/graph/strong_components.hpp>
#include <deque>

namespace models {
namespace {

constexpr std::size_t kUnseen = static_cast<std::size_t>(-1);

// Shortest way from `start` back to itself inside its component.
std::vector<std::size_t> shortest_cycle(const EndpointGraph& graph, const std::vector<std::size_t>& component,
                                        std::size_t start) {
  std::vector<std::size_t> previous(boost::num_vertices(graph), kUnseen);
  std::deque<std::size_t> open{start};
  while (!open.empty()) {
    const std::size_t at = open.front();
    open.pop_front();
    for (const auto& edge : boost::make_iterator_range(boost::out_edges(at, graph))) {
      const std::size_t next = boost::target(edge, graph);
      if (next == start) {
        std::vector<std::size_t> cycle;
        for (std::size_t v = at; v != start; v = previous[v]) cycle.push_back(v);
        cycle.push_back(start);
        std::reverse(cycle.begin(), cycle.end());
        return cycle;
      }
      if (component[next] != component[start] || previous[next] != kUnseen) continue;
      previous[next] = at;
      open.push_back(next);
    }
  }
  return {};
}

}  // namespace

std::vector<std::vector<std::size_t>> find_cycles(const FleetGraph& graph) {
  const std::size_t count = boost::num_vertices(graph.endpoints);
  std::vector<std::size_t> component(count);
  const std::size_t parts = boost::strong_components(
      graph.endpoints,
      boost::make_iterator_property_map(component.begin(), boost::get(boost::vertex_index, graph.endpoints)));
  std::vector<bool> reported(parts, false);
  std::vector<std::vector<std::size_t>> cycles;
  for (std::size_t v = 0; v < count; ++v) {  // name order, so each part is met at its first endpoint
    if (reported[component[v]]) continue;
    reported[component[v]] = true;
    auto cycle = shortest_cycle(graph.endpoints, component, v);
    if (!cycle.empty()) cycles.push_back(std::move(cycle));
  }
  return cycles;
}

}  // namespace models
