// The fleet as two graphs: services (who calls whom) and endpoints (one edge per call step, with how often it runs).
// Not a plan: it has no ids of pods or steps and the event loop never sees it. It serves validation, the flow
// equations and drawings.
// Invariants: vertices in name order (service; then service and endpoint), so the order in the file never matters;
// edges in the order caller, version, step. Parallel and sequence are forgotten: only how often a call runs is kept.
// References that lead nowhere become entries of `dangling`, never edges. Cycles are allowed here; validate.h finds
// them.
// Units: calls per request of the caller (dimensionless).
#pragma once

#include <boost/graph/adjacency_list.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/spec/scenario_spec.h"

namespace models {

struct ServiceVertex {
  std::string name;
  std::size_t spec = 0;               // index in ScenarioSpec::services
  std::vector<std::size_t> versions;  // indices in ServiceSpec::versions, in name order
  std::size_t first_endpoint = 0;     // endpoints of one service are neighbours: [first, first + count)
  std::size_t endpoint_count = 0;
};

struct EndpointVertex {
  std::size_t service = 0;  // vertex of the service graph
  std::string name;
};

// One call step of one version of the caller.
struct CallEdge {
  std::size_t version = 0;         // position in ServiceVertex::versions of the caller
  double calls = 0.0;              // mean calls per request that reaches that version: probabilities times repeats
  std::uint32_t app_attempts = 1;  // tries that the application's own code may make
  bool fire_and_forget = false;
  std::string path;  // where the step stands in the scenario: "services.web.endpoints.home.steps[2]"
};

struct DanglingReference {
  std::string path;     // where it is said
  std::string message;  // what is missing
};

using EndpointGraph = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS, EndpointVertex, CallEdge>;
// Edges of the service graph are unique per (caller, callee).
using ServiceGraph = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS, ServiceVertex>;

struct FleetGraph {
  ServiceGraph services;
  EndpointGraph endpoints;
  std::vector<std::optional<std::size_t>> entries;  // endpoint vertex of each ScenarioSpec::traffic; none: dangling
  std::vector<DanglingReference> dangling;

  [[nodiscard]] std::optional<std::size_t> find_service(std::string_view name) const;
  [[nodiscard]] std::optional<std::size_t> find_endpoint(std::string_view service, std::string_view endpoint) const;
  [[nodiscard]] std::string endpoint_name(std::size_t endpoint) const;  // "web/home"
};

// Never fails: what is wrong with the references is in `dangling`.
[[nodiscard]] FleetGraph build(const ScenarioSpec& spec);

// Endpoints with callees before callers; nothing if there is a cycle.
[[nodiscard]] std::optional<std::vector<std::size_t>> callees_first(const FleetGraph& graph);

// The endpoint of that name in a version; null if this version lacks it.
[[nodiscard]] const EndpointSpec* endpoint_of(const VersionSpec& version, std::string_view name);

}  // namespace models
