#include "models/fleet/fleet_graph.h"

#include <fmt/format.h>
#include <algorithm>
#include <boost/graph/topological_sort.hpp>
#include <iterator>
#include <numeric>
#include <set>

namespace models {
namespace {

template <class Named>
std::vector<std::size_t> name_order(const std::vector<Named>& items) {
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return items[a].name < items[b].name; });
  return order;
}

void add_services(const ScenarioSpec& spec, FleetGraph& graph) {
  for (const std::size_t index : name_order(spec.services)) {
    const ServiceSpec& service = spec.services[index];
    ServiceVertex vertex;
    vertex.name = service.name;
    vertex.spec = index;
    vertex.versions = name_order(service.versions);
    std::set<std::string> names;
    for (const VersionSpec& version : service.versions) {
      for (const EndpointSpec& endpoint : version.endpoints) names.insert(endpoint.name);
    }
    vertex.first_endpoint = boost::num_vertices(graph.endpoints);
    vertex.endpoint_count = names.size();
    const std::size_t id = boost::add_vertex(vertex, graph.services);
    for (const std::string& name : names)
      boost::add_vertex(EndpointVertex{.service = id, .name = name}, graph.endpoints);
  }
}

// Walks the steps of one endpoint of one version and adds an edge per call step.
class CallCollector {
 public:
  CallCollector(FleetGraph& graph, std::size_t caller, std::size_t version)
      : graph_(graph), caller_(caller), version_(version) {}

  void collect(const std::vector<StepSpec>& steps, double times, const std::string& path, const char* list) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const StepSpec& step = steps[i];
      const double runs = times * step.probability * step.repeat;
      const std::string where = fmt::format("{}.{}[{}]", path, list, i);
      if (step.call) add(*step.call, runs, where);
      collect(step.children, runs, where, "children");
    }
  }

 private:
  void add(const CallSpec& call, double runs, const std::string& where) {
    const auto callee = graph_.find_endpoint(call.service, call.endpoint);
    if (!callee) {
      graph_.dangling.push_back({where, fmt::format("{} calls {}/{}, which does not exist",
                                                    graph_.endpoint_name(caller_), call.service, call.endpoint)});
      return;
    }
    CallEdge edge;
    edge.version = version_;
    edge.calls = runs;
    edge.app_attempts = 1 + (call.retries ? call.retries->max : 0);
    edge.fire_and_forget = call.fire_and_forget;
    edge.path = where;
    boost::add_edge(caller_, *callee, edge, graph_.endpoints);
  }

  FleetGraph& graph_;
  std::size_t caller_;
  std::size_t version_;
};

void add_calls(const ScenarioSpec& spec, FleetGraph& graph) {
  for (std::size_t id = 0; id < boost::num_vertices(graph.endpoints); ++id) {
    const EndpointVertex& vertex = graph.endpoints[id];
    const ServiceVertex& owner = graph.services[vertex.service];
    const ServiceSpec& service = spec.services[owner.spec];
    for (std::size_t v = 0; v < owner.versions.size(); ++v) {
      const VersionSpec& version = service.versions[owner.versions[v]];
      const EndpointSpec* endpoint = endpoint_of(version, vertex.name);
      if (endpoint == nullptr) continue;
      const std::string path =
          service.versions.size() == 1
              ? fmt::format("services.{}.endpoints.{}", service.name, vertex.name)
              : fmt::format("services.{}.versions.{}.endpoints.{}", service.name, version.name, vertex.name);
      CallCollector(graph, id, v).collect(endpoint->steps, 1.0, path, "steps");
    }
  }
}

void add_service_edges(FleetGraph& graph) {
  std::set<std::pair<std::size_t, std::size_t>> pairs;
  for (const auto& edge : boost::make_iterator_range(boost::edges(graph.endpoints))) {
    pairs.emplace(graph.endpoints[boost::source(edge, graph.endpoints)].service,
                  graph.endpoints[boost::target(edge, graph.endpoints)].service);
  }
  for (const auto& [caller, callee] : pairs) boost::add_edge(caller, callee, graph.services);
}

void find_entries(const ScenarioSpec& spec, FleetGraph& graph) {
  for (std::size_t i = 0; i < spec.traffic.size(); ++i) {
    const TrafficSpec& traffic = spec.traffic[i];
    graph.entries.push_back(graph.find_endpoint(traffic.service, traffic.endpoint));
    if (!graph.entries.back()) {
      graph.dangling.push_back(
          {fmt::format("traffic[{}]", i), fmt::format("traffic '{}' goes to {}/{}, which does not exist", traffic.name,
                                                      traffic.service, traffic.endpoint)});
    }
  }
}

}  // namespace

std::optional<std::size_t> FleetGraph::find_service(std::string_view name) const {
  std::size_t low = 0;
  std::size_t high = boost::num_vertices(services);
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (services[middle].name < name) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == boost::num_vertices(services) || services[low].name != name) return std::nullopt;
  return low;
}

std::optional<std::size_t> FleetGraph::find_endpoint(std::string_view service, std::string_view endpoint) const {
  const auto owner = find_service(service);
  if (!owner) return std::nullopt;
  const ServiceVertex& vertex = services[*owner];
  for (std::size_t id = vertex.first_endpoint; id < vertex.first_endpoint + vertex.endpoint_count; ++id) {
    if (endpoints[id].name == endpoint) return id;
  }
  return std::nullopt;
}

std::string FleetGraph::endpoint_name(std::size_t endpoint) const {
  return services[endpoints[endpoint].service].name + "/" + endpoints[endpoint].name;
}

FleetGraph build(const ScenarioSpec& spec) {
  FleetGraph graph;
  add_services(spec, graph);
  add_calls(spec, graph);
  add_service_edges(graph);
  find_entries(spec, graph);
  return graph;
}

std::optional<std::vector<std::size_t>> callees_first(const FleetGraph& graph) {
  std::vector<std::size_t> order;
  order.reserve(boost::num_vertices(graph.endpoints));
  try {
    boost::topological_sort(graph.endpoints, std::back_inserter(order));  // emits sinks first
  } catch (const boost::not_a_dag&) {
    return std::nullopt;
  }
  return order;
}

const EndpointSpec* endpoint_of(const VersionSpec& version, std::string_view name) {
  for (const EndpointSpec& endpoint : version.endpoints) {
    if (endpoint.name == name) return &endpoint;
  }
  return nullptr;
}

}  // namespace models
