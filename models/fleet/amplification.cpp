// The static bound on retries that multiply along a path of calls: see validate.h.
#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "models/fleet/validate.h"

namespace models {
namespace {

std::uint32_t policy_attempts(const PolicySpec& policy, const std::string& service) {
  const auto found = policy.destinations.find(service);
  const std::optional<RetrySpec>& retries =
      found != policy.destinations.end() && found->second.retries ? found->second.retries : policy.defaults.retries;
  return 1 + (retries ? retries->max : 0);
}

// `keeps`: callers whose library stays above the proxy, as a layer of its own wherever the application has none.
std::vector<Amplification> amplify(const ScenarioSpec& spec, const FleetGraph& graph,
                                   const std::set<std::string>& keeps) {
  const auto order = *callees_first(graph);
  struct Worst {
    double attempts = 1.0;
    std::size_t next = 0;
    std::uint64_t tries = 1;  // on the call to `next`
  };
  std::vector<Worst> worst(order.size());
  const auto service_of = [&](std::size_t endpoint) { return graph.services[graph.endpoints[endpoint].service].name; };
  const auto tries_of = [&](const EndpointGraph::edge_descriptor& edge) {
    const std::uint64_t policy = policy_attempts(spec.policy, service_of(boost::target(edge, graph.endpoints)));
    const std::uint64_t application = graph.endpoints[edge].app_attempts;
    const bool library = application == 1 && keeps.contains(service_of(boost::source(edge, graph.endpoints)));
    return application * policy * (library ? policy : 1);
  };
  for (const std::size_t v : order) {
    worst[v].next = v;
    for (const auto& edge : boost::make_iterator_range(boost::out_edges(v, graph.endpoints))) {
      const std::size_t callee = boost::target(edge, graph.endpoints);
      const std::uint64_t tries = tries_of(edge);
      const double product = static_cast<double>(tries) * worst[callee].attempts;
      if (product > worst[v].attempts) worst[v] = {product, callee, tries};
    }
  }
  std::set<std::size_t> entries;
  for (const auto& entry : graph.entries) {
    if (entry) entries.insert(*entry);
  }
  std::vector<Amplification> result;
  for (const std::size_t entry : entries) {
    Amplification one;
    one.entry = entry;
    one.attempts = worst[entry].attempts;
    one.path = graph.endpoint_name(entry);
    for (std::size_t at = entry; worst[at].next != at; at = worst[at].next) {
      one.path += fmt::format(" -> {} ({} tries)", graph.endpoint_name(worst[at].next), worst[at].tries);
    }
    result.push_back(std::move(one));
  }
  return result;
}

}  // namespace

std::vector<Amplification> amplification(const ScenarioSpec& spec, const FleetGraph& graph) {
  std::vector<Amplification> result = amplify(spec, graph, {});
  for (const CandidateSpec& candidate : spec.candidates) {
    if (!candidate.keeps_library || candidate.enforced_by != EnforcedBy::Sidecar) continue;
    std::set<std::string> keeps;
    for (const ServiceSpec& service : spec.services) {
      const bool in = !candidate.enrolled || std::find(candidate.enrolled->begin(), candidate.enrolled->end(),
                                                       service.name) != candidate.enrolled->end();
      const auto library = std::find_if(spec.libraries.begin(), spec.libraries.end(),
                                        [&](const LibrarySpec& l) { return l.language == service.language; });
      const bool retries = library == spec.libraries.end() || (library->supports & bit(Knob::Retries)) != 0;
      if (in && retries) keeps.insert(service.name);
    }
    std::vector<Amplification> more = amplify(spec, graph, keeps);
    for (std::size_t i = 0; i < result.size(); ++i) {
      if (more[i].attempts <= result[i].attempts) continue;
      result[i] = std::move(more[i]);
      result[i].candidate = candidate.name;
    }
  }
  return result;
}

}  // namespace models
