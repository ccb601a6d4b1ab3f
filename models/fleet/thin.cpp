#include <fmt/format.h>

#include <algorithm>
#include <boost/graph/breadth_first_search.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "models/fleet/fleet_graph.h"
#include "models/fleet/flow.h"
#include "models/fleet/resize.h"

namespace models {
namespace {

using Names = std::set<std::string>;

// Without the calls to `gone`, and without what is empty then.
void prune(std::vector<StepSpec>& steps, const Names& gone) {
  const auto vanishes = [&](StepSpec& step) {
    if (step.kind == StepKind::Call) return step.call && gone.contains(step.call->service);
    if (step.kind == StepKind::Work || step.kind == StepKind::Wait) return false;
    prune(step.children, gone);
    return step.children.empty();
  };
  steps.erase(std::remove_if(steps.begin(), steps.end(), vanishes), steps.end());
}

template <class T, class Test>
void drop(std::vector<T>& list, Test test) {
  list.erase(std::remove_if(list.begin(), list.end(), test), list.end());
}

void prune(PolicySpec& policy, const Names& gone) {
  for (const std::string& name : gone) policy.destinations.erase(name);
}

void remove(ScenarioSpec& spec, const Names& gone) {
  const auto is_gone = [&](const std::string& name) { return gone.contains(name); };
  drop(spec.services, [&](const ServiceSpec& service) { return is_gone(service.name); });
  for (ServiceSpec& service : spec.services) {
    for (VersionSpec& version : service.versions) {
      for (EndpointSpec& endpoint : version.endpoints) prune(endpoint.steps, gone);
    }
  }
  for (TeamSpec& team : spec.teams) drop(team.services, is_gone);
  drop(spec.teams, [](const TeamSpec& team) { return team.services.empty(); });
  prune(spec.policy, gone);
  for (TimelineEntrySpec& entry : spec.timeline) prune(entry.change, gone);
  const auto has_team = [&](const std::string& name) {
    return std::any_of(spec.teams.begin(), spec.teams.end(), [&](const TeamSpec& team) { return team.name == name; });
  };
  for (CandidateSpec& candidate : spec.candidates) {
    if (candidate.enrolled) drop(*candidate.enrolled, is_gone);
    drop(candidate.deviations, [&](const DeviationSpec& deviation) {
      return is_gone(deviation.service) || is_gone(deviation.to) ||
             (!deviation.team.empty() && !has_team(deviation.team));
    });
  }
}

// Entries, what the timeline acts on, and a shortest path to each of those.
std::vector<bool> kept(const ScenarioSpec& spec, const FleetGraph& graph) {
  const std::size_t n = boost::num_vertices(graph.services);
  std::vector<bool> keep(n, false);
  std::vector<std::size_t> parent(n, n);
  std::vector<boost::default_color_type> colour(n, boost::white_color);
  const auto visitor = boost::make_bfs_visitor(boost::record_predecessors(parent.data(), boost::on_tree_edge()));
  for (const auto& entry : graph.entries) {
    if (!entry) continue;
    const std::size_t s = graph.endpoints[*entry].service;
    keep[s] = true;
    parent[s] = n;
    boost::queue<std::size_t> open;
    if (colour[s] == boost::white_color) {
      boost::breadth_first_visit(graph.services, s, open, visitor, colour.data());
      parent[s] = n;
    }
  }
  for (const TimelineEntrySpec& entry : spec.timeline) {
    const auto target = graph.find_service(entry.service);
    for (std::size_t s = target.value_or(n); s < n && !keep[s]; s = parent[s]) keep[s] = true;
  }
  return keep;
}

// One round: the leaves that may go, and the leaves that their going makes; at most `count`.
Names leaves(const FleetGraph& graph, const Flow& flow, const std::vector<bool>& keep, std::size_t count) {
  std::vector<std::size_t> calls(keep.size(), 0);
  std::set<std::pair<double, std::size_t>> open;
  const auto offer = [&](std::size_t s) {
    if (!keep[s] && calls[s] == 0) open.emplace(flow.services[s].rate, s);
  };
  for (std::size_t s = 0; s < keep.size(); ++s) {
    for (const auto& edge : boost::make_iterator_range(boost::out_edges(s, graph.services))) {
      if (boost::target(edge, graph.services) != s) ++calls[s];
    }
    offer(s);
  }
  Names gone;
  while (gone.size() < count && !open.empty()) {
    const std::size_t s = open.begin()->second;
    open.erase(open.begin());
    gone.insert(graph.services[s].name);
    for (const auto& edge : boost::make_iterator_range(boost::in_edges(s, graph.services))) {
      const std::size_t caller = boost::source(edge, graph.services);
      if (caller == s) continue;
      --calls[caller];
      offer(caller);
    }
  }
  return gone;
}

}  // namespace

ScenarioSpec thin_fleet(const ScenarioSpec& spec, std::uint32_t services) {
  ScenarioSpec thin = spec;
  while (thin.services.size() > services) {
    const FleetGraph graph = build(thin);
    const Flow flow = compute_flow(thin, graph);
    const std::vector<bool> keep = kept(thin, graph);
    Names gone = leaves(graph, flow, keep, thin.services.size() - services);
    if (gone.empty()) {
      std::pair<double, std::size_t> least{0, keep.size()};
      for (std::size_t s = 0; s < keep.size(); ++s) {
        const std::pair<double, std::size_t> one{flow.services[s].rate, s};
        if (!keep[s] && (least.second == keep.size() || one < least)) least = one;
      }
      if (least.second == keep.size()) {
        throw std::invalid_argument(
            fmt::format("this fleet cannot be thinned to {} services: its entries, the services that the timeline acts "
                        "on and the way to them are {}",
                        services, thin.services.size()));
      }
      gone.insert(graph.services[least.second].name);
    }
    remove(thin, gone);
  }
  return thin;
}

}  // namespace models
