#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <queue>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "models/fleet/fleet_graph.h"
#include "models/fleet/flow.h"
#include "models/fleet/resize.h"

namespace models {
namespace {

template <class F>
void for_each_call(std::vector<StepSpec>& steps, F f) {
  for (StepSpec& step : steps) {
    if (step.kind == StepKind::Call) {
      f(step);
    } else {
      for_each_call(step.children, f);
    }
  }
}

template <class F>
void for_each_call(ServiceSpec& service, F f) {
  for (VersionSpec& version : service.versions) {
    for (EndpointSpec& endpoint : version.endpoints) for_each_call(endpoint.steps, f);
  }
}

std::uint32_t scaled(std::uint32_t replicas, double share) {
  const double exact = replicas * std::min(1.0, share) - 1e-9;
  const auto whole = static_cast<std::uint32_t>(std::max(0.0, exact));
  return replicas == 0 ? 0 : whole + 1;
}

class Grower {
 public:
  explicit Grower(const ScenarioSpec& spec) : grown_(spec) {
    for (std::size_t s = 0; s < spec.services.size(); ++s) {
      index_[spec.services[s].name] = s;
      origin_.push_back(s);
    }
    const FleetGraph graph = build(spec);
    const Flow flow = compute_flow(spec, graph);
    for (std::size_t s = 0; s < spec.services.size(); ++s)
      rate_.push_back(flow.services[*graph.find_service(spec.services[s].name)].rate);
    for (const TeamSpec& team : spec.teams) {
      for (const std::string& service : team.services) team_of_[service] = team.name;
    }
    std::set<std::string> entries, roots;
    for (const TrafficSpec& traffic : spec.traffic) entries.insert(traffic.service);
    for (const std::string& entry : entries) {
      for_each_call(grown_.services[index_.at(entry)], [&](const StepSpec& step) {
        if (!entries.contains(step.call->service)) roots.insert(step.call->service);
      });
    }
    for (const std::string& root : roots) roots_.push_back({root, {root}});
  }

  ScenarioSpec grow(std::uint32_t services) {
    if (grown_.services.size() < services && roots_.empty())
      throw std::invalid_argument("this fleet cannot be grown: its entries call nobody that could be copied");
    for (std::size_t turn = 0; grown_.services.size() < services; turn = (turn + 1) % roots_.size())
      copy_below(roots_[turn], services - grown_.services.size());
    for (const Root& root : roots_) choose(root);
    share_out();
    return std::move(grown_);
  }

 private:
  struct Root {
    std::string name;
    std::vector<std::string> copies;  // itself first
  };

  // The original services below a root, nearest first, as many as there is room for.
  void copy_below(Root& root, std::size_t room) {
    std::vector<std::size_t> order;
    std::set<std::size_t> seen{index_.at(root.name)};
    std::queue<std::size_t> open;
    open.push(index_.at(root.name));
    while (!open.empty() && order.size() < room) {
      const std::size_t s = open.front();
      open.pop();
      order.push_back(s);
      for_each_call(grown_.services[s], [&](const StepSpec& step) {
        const std::size_t callee = index_.at(step.call->service);
        if (seen.insert(callee).second) open.push(callee);
      });
    }
    std::map<std::string, std::string> names;
    for (const std::size_t s : order) {
      const std::string& name = grown_.services[s].name;
      names[name] = fresh(name);
    }
    for (const std::size_t s : order) {
      ServiceSpec copy = grown_.services[s];
      const std::string from = copy.name;
      copy.name = names.at(from);
      for_each_call(copy, [&](StepSpec& step) {
        const auto other = names.find(step.call->service);
        if (other != names.end()) step.call->service = other->second;
      });
      mention(from, copy.name);
      index_[copy.name] = grown_.services.size();
      origin_.push_back(s);
      grown_.services.push_back(std::move(copy));
    }
    root.copies.push_back(names.at(root.name));
  }

  std::string fresh(const std::string& name) {
    std::string copy;
    do copy = fmt::format("{}-{}", name, ++numbers_.try_emplace(name, 1).first->second);
    while (index_.contains(copy));
    return copy;
  }

  void mention(const std::string& from, const std::string& copy) {
    const auto policy = grown_.policy.destinations.find(from);
    if (policy != grown_.policy.destinations.end()) grown_.policy.destinations[copy] = policy->second;
    for (TimelineEntrySpec& entry : grown_.timeline) {
      const auto change = entry.change.destinations.find(from);
      if (change != entry.change.destinations.end()) entry.change.destinations[copy] = change->second;
    }
    for (CandidateSpec& candidate : grown_.candidates) {
      if (candidate.enrolled && std::count(candidate.enrolled->begin(), candidate.enrolled->end(), from) > 0)
        candidate.enrolled->push_back(copy);
    }
    const auto owner = team_of_.find(from);
    if (owner == team_of_.end()) return;
    const std::string name = owner->second + copy.substr(from.size());
    const auto named = [&](const std::string& n) {
      return std::find_if(grown_.teams.begin(), grown_.teams.end(), [&](const TeamSpec& t) { return t.name == n; });
    };
    if (named(name) == grown_.teams.end()) grown_.teams.push_back({name, {}, named(owner->second)->redeploy});
    named(name)->services.push_back(copy);
  }

  // Every call of the root by a service that was there before becomes a choice. Copies of a caller keep the root that
  // their subtree has.
  void choose(const Root& root) {
    if (root.copies.size() < 2) return;
    for (ServiceSpec& service : grown_.services) {
      for_each_call(service, [&](StepSpec& step) {
        if (step.call->service != root.name) return;
        StepSpec choice;
        choice.kind = StepKind::Choose;
        choice.probability = step.probability;
        choice.repeat = step.repeat;
        for (const std::string& copy : root.copies) {
          StepSpec one = step;
          one.probability = 1.0 / static_cast<double>(root.copies.size());
          one.repeat = 1;
          one.call->service = copy;
          choice.children.push_back(std::move(one));
        }
        step = std::move(choice);
      });
    }
  }

  void share_out() {
    const FleetGraph graph = build(grown_);
    const Flow flow = compute_flow(grown_, graph);
    for (std::size_t s = 0; s < grown_.services.size(); ++s) {
      const double before = rate_[origin_[s]];
      if (!(before > 0)) continue;
      const double share = flow.services[*graph.find_service(grown_.services[s].name)].rate / before;
      for (VersionSpec& version : grown_.services[s].versions) {
        version.replicas = scaled(version.replicas, share);
        if (!version.zones.empty()) version.replicas = 0;
        for (auto& [zone, replicas] : version.zones) version.replicas += replicas = scaled(replicas, share);
        const std::size_t said = version.weights.size();
        version.weights.resize(said == 0 ? 0 : version.replicas);
        for (std::size_t r = said; r < version.weights.size(); ++r) version.weights[r] = version.weights[r % said];
      }
    }
  }

  ScenarioSpec grown_;
  std::map<std::string, std::size_t> index_;
  std::map<std::string, std::string> team_of_;
  std::map<std::string, std::uint32_t> numbers_;  // of the last copy; the original counts as the first
  std::vector<std::size_t> origin_;               // by service: the one it is a copy of
  std::vector<double> rate_;                      // of the original services
  std::vector<Root> roots_;
};

}  // namespace

ScenarioSpec grow_fleet(const ScenarioSpec& spec, std::uint32_t services) { return Grower(spec).grow(services); }

}  // namespace models
