#include "models/fleet/validate.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <set>

#include "models/fleet/cycles.h"
#include "models/fleet/flow.h"
#include "models/fleet/holders.h"
#include "models/fleet/size.h"

namespace models {
namespace {

constexpr auto kError = Finding::Severity::Error;
constexpr auto kWarning = Finding::Severity::Warning;

class Checker {
 public:
  explicit Checker(const ScenarioSpec& spec) : spec_(spec), graph_(build(spec)) {}

  std::vector<Finding> check() {
    references();
    for (Finding& finding : check_holders(spec_)) findings_.push_back(std::move(finding));
    versions();
    for (Finding& finding : check_size(spec_)) findings_.push_back(std::move(finding));
    const auto cycles = find_cycles(graph_);
    for (const auto& cycle : cycles) report_cycle(cycle);
    reachability();
    means();
    if (cycles.empty()) {
      depth();
      load();
      retries();
    }
    std::stable_sort(findings_.begin(), findings_.end(),
                     [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
    return std::move(findings_);
  }

 private:
  void add(Finding::Severity severity, const char* code, std::string message, std::string path = {}) {
    findings_.push_back({severity, code, std::move(message), std::move(path)});
  }
  const ServiceSpec* service_spec(const std::string& name) const {
    const auto s = graph_.find_service(name);
    return s ? &spec_.services[graph_.services[*s].spec] : nullptr;
  }
  static const VersionSpec* version_spec(const ServiceSpec& service, const std::string& name) {
    for (const VersionSpec& version : service.versions) {
      if (version.name == name) return &version;
    }
    return nullptr;
  }

  // ---- references
  void references() {
    for (const DanglingReference& reference : graph_.dangling)
      add(kError, "missing-reference", reference.message, reference.path);
    policy_references(spec_.policy, "policy");
    for (const TimelineEntrySpec& entry : spec_.timeline) {
      const std::string path = "timeline." + entry.name;
      if (entry.verb == TimelineVerb::Change) {
        policy_references(entry.change, path + ".change");
        continue;
      }
      if (entry.verb == TimelineVerb::Down) continue;
      const ServiceSpec* service = service_spec(entry.service);
      if (service == nullptr) {
        add(kError, "missing-reference",
            fmt::format("'{}' acts on service '{}', which does not exist", entry.name, entry.service), path);
      } else if (!entry.version.empty() && version_spec(*service, entry.version) == nullptr) {
        add(kError, "missing-reference",
            fmt::format("'{}' acts on {}@{}, but {} has no such version", entry.name, entry.service, entry.version,
                        entry.service),
            path);
      }
    }
    if (!spec_.baseline.empty() && std::none_of(spec_.candidates.begin(), spec_.candidates.end(),
                                                [&](const CandidateSpec& c) { return c.name == spec_.baseline; })) {
      add(kError, "missing-reference", fmt::format("baseline '{}' is not a candidate", spec_.baseline), "baseline");
    }
  }

  void policy_references(const PolicySpec& policy, const std::string& path) {
    for (const auto& [name, destination] : policy.destinations) {
      const ServiceSpec* service = service_spec(name);
      const std::string where = fmt::format("{}.{}", path, name);
      if (service == nullptr) {
        add(kError, "missing-reference", fmt::format("a policy names service '{}', which does not exist", name), where);
        continue;
      }
      for (const auto& [version, weight] : destination.split) {
        if (version_spec(*service, version) == nullptr) {
          add(kError, "missing-reference",
              fmt::format("a split names {}@{}, but {} has no such version", name, version, name), where + ".split");
        }
      }
    }
  }

  // ---- what every version must offer
  void versions() {
    std::set<std::string> zones(spec_.zones.begin(), spec_.zones.end());
    for (const std::size_t s : vertices()) {
      const ServiceVertex& vertex = graph_.services[s];
      const ServiceSpec& service = spec_.services[vertex.spec];
      for (const std::size_t v : vertex.versions) {
        const VersionSpec& version = service.versions[v];
        for (const auto& [zone, replicas] : version.zones) {
          if (!zones.contains(zone)) {
            add(kError, "missing-reference",
                fmt::format("{} places replicas in zone '{}', which is not in zones", service.name, zone),
                "services." + service.name + ".zones");
          }
        }
        for (std::size_t e = vertex.first_endpoint; e < vertex.first_endpoint + vertex.endpoint_count; ++e) {
          if (endpoint_of(version, graph_.endpoints[e].name) != nullptr || !is_called(e)) continue;
          add(kError, "missing-endpoint",
              fmt::format("{}@{} has no endpoint '{}', but other versions do and it is called", service.name,
                          version.name, graph_.endpoints[e].name),
              fmt::format("services.{}.versions.{}", service.name, version.name));
        }
      }
    }
  }

  bool is_called(std::size_t endpoint) const {
    if (boost::in_degree(endpoint, graph_.endpoints) > 0) return true;
    return std::any_of(graph_.entries.begin(), graph_.entries.end(),
                       [&](const auto& entry) { return entry == endpoint; });
  }

  std::vector<std::size_t> vertices() const {
    std::vector<std::size_t> all(boost::num_vertices(graph_.services));
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    return all;
  }

  // ---- graph
  void report_cycle(const std::vector<std::size_t>& cycle) {
    std::string walk;
    for (const std::size_t v : cycle) walk += graph_.endpoint_name(v) + " -> ";
    walk += graph_.endpoint_name(cycle.front());
    std::string path;
    for (const auto& edge : boost::make_iterator_range(boost::out_edges(cycle.front(), graph_.endpoints))) {
      if (boost::target(edge, graph_.endpoints) == cycle[1 % cycle.size()] && path.empty())
        path = graph_.endpoints[edge].path;
    }
    add(kError, "endpoint-cycle", fmt::format("calls form a cycle: {}; a request would never end", walk), path);
  }

  void reachability() {
    std::vector<bool> reached(boost::num_vertices(graph_.endpoints), false);
    std::vector<std::size_t> open;
    for (const auto& entry : graph_.entries) {
      if (entry && !reached[*entry]) {
        reached[*entry] = true;
        open.push_back(*entry);
      }
    }
    while (!open.empty()) {
      const std::size_t at = open.back();
      open.pop_back();
      for (const auto& edge : boost::make_iterator_range(boost::out_edges(at, graph_.endpoints))) {
        const std::size_t next = boost::target(edge, graph_.endpoints);
        if (!reached[next]) {
          reached[next] = true;
          open.push_back(next);
        }
      }
    }
    for (const std::size_t s : vertices()) {
      const ServiceVertex& vertex = graph_.services[s];
      bool any = false;
      for (std::size_t e = vertex.first_endpoint; e < vertex.first_endpoint + vertex.endpoint_count; ++e)
        any = any || reached[e];
      if (!any) {
        add(kWarning, "unreachable-service", fmt::format("no traffic reaches service '{}'", vertex.name),
            "services." + vertex.name);
      }
    }
  }

  // Longest chain of nested calls from an entry; an entry request alone has depth 1.
  void depth() {
    const auto order = *callees_first(graph_);
    std::vector<std::uint32_t> height(order.size(), 1);
    std::vector<std::size_t> next(order.size());
    for (const std::size_t v : order) {
      next[v] = v;
      for (const auto& edge : boost::make_iterator_range(boost::out_edges(v, graph_.endpoints))) {
        const std::size_t callee = boost::target(edge, graph_.endpoints);
        if (height[callee] + 1 > height[v]) {
          height[v] = height[callee] + 1;
          next[v] = callee;
        }
      }
    }
    std::set<std::size_t> entries;
    for (const auto& entry : graph_.entries) {
      if (entry) entries.insert(*entry);
    }
    for (const std::size_t entry : entries) {
      if (height[entry] <= spec_.limits.call_depth) continue;
      std::string walk = graph_.endpoint_name(entry);
      std::size_t at = entry;
      for (int shown = 0; shown < 4 && next[at] != at; ++shown) walk += " -> " + graph_.endpoint_name(at = next[at]);
      if (next[at] != at) walk += " -> ...";
      add(kError, "call-depth",
          fmt::format("a request to {} nests {} calls deep, above the limit of {}: {}", graph_.endpoint_name(entry),
                      height[entry], spec_.limits.call_depth, walk),
          "limits.callDepth");
    }
  }

  // ---- distributions without a mean
  void means() {
    infinite(spec_.network.same_zone, "network.sameZone");
    infinite(spec_.network.cross_zone, "network.crossZone");
    for (std::size_t i = 0; i < spec_.traffic.size(); ++i) {
      const std::string path = fmt::format("traffic[{}]", i);
      if (spec_.traffic[i].interarrival) infinite(*spec_.traffic[i].interarrival, path + ".interarrival");
      if (spec_.traffic[i].think_time) infinite(*spec_.traffic[i].think_time, path + ".thinkTime");
    }
    for (const std::size_t s : vertices()) {
      const ServiceSpec& service = spec_.services[graph_.services[s].spec];
      for (const VersionSpec& version : service.versions) {
        for (const EndpointSpec& endpoint : version.endpoints) {
          infinite(endpoint.steps, fmt::format("services.{}.endpoints.{}", service.name, endpoint.name), "steps");
        }
      }
    }
  }
  void infinite(const std::vector<StepSpec>& steps, const std::string& path, const char* list) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const std::string where = fmt::format("{}.{}[{}]", path, list, i);
      if (steps[i].duration) infinite(*steps[i].duration, where);
      if (steps[i].call && steps[i].call->fallback) infinite(*steps[i].call->fallback, where + ".fallback");
      infinite(steps[i].children, where, "children");
    }
  }
  void infinite(const sim::Distribution& law, const std::string& path) {
    if (std::isfinite(law.mean()) || !infinite_paths_.insert(path).second) return;
    add(kWarning, "infinite-mean",
        fmt::format("{} has no finite mean: averages and utilisation never settle, however long the run",
                    law.describe()),
        path);
  }

  // ---- load
  void load() {
    if (!infinite_paths_.empty()) return;  // no numbers to give
    std::set<std::string> told;
    const auto check = [&](const CandidateSpec* candidate) {
      const Flow flow = compute_flow(spec_, graph_, candidate);
      const std::string who = candidate == nullptr ? std::string() : fmt::format(" (candidate {})", candidate->name);
      for (const std::size_t s : vertices()) {
        const std::string& name = graph_.services[s].name;
        if (told.contains(name)) continue;
        if (service_load(flow, s, who) || proxy_load(flow, s, who)) told.insert(name);
      }
      if (flow.node_utilisation >= 1.0 && told.insert("node").second) {
        add(kWarning, "overload",
            fmt::format("the services ask for {:.0f}% of all node cores: there is no steady state",
                        100 * flow.node_utilisation),
            "node");
      }
    };
    if (spec_.candidates.empty()) check(nullptr);
    for (const CandidateSpec& candidate : spec_.candidates) check(&candidate);
  }

  // Users who wait for their answers send no more than is served: what overloads an open source slows them down.
  static std::string consequence(const ServiceFlow& service, double utilisation, const char* open) {
    if (service.rate > 0 && utilisation * service.open_rate / service.rate >= 1.0)
      return fmt::format("There is no steady state; {}", open);
    return "So much would be sent if nobody had to wait: its users queue here, and it sets the pace of all of them";
  }

  bool service_load(const Flow& flow, std::size_t s, const std::string& who) {
    const ServiceFlow& service = flow.services[s];
    const std::string& name = graph_.services[s].name;
    if (service.utilisation >= 1.0) {
      const auto busiest = std::max_element(
          service.versions.begin(), service.versions.end(),
          [](const VersionFlow& a, const VersionFlow& b) { return a.utilisation() < b.utilisation(); });
      const std::string version = service.versions.size() > 1 ? "@" + busiest->name : std::string();
      add(kWarning, "overload",
          fmt::format("{}{} is offered {:.1f} requests/s but can serve {:.1f}/s: {:.0f}% of its {}{}. {}", name,
                      version, busiest->rate, busiest->rate / busiest->utilisation(), 100 * busiest->utilisation(),
                      busiest->cpu_utilisation >= busiest->worker_utilisation ? "cores" : "workers", who,
                      consequence(service, service.utilisation, "the queue grows until it is full")),
          "services." + name);
      return true;
    }
    if (service.peak_utilisation >= 1.0) {
      add(kWarning, "peak-overload",
          fmt::format("{} is offered {:.1f} requests/s at the peak but can serve {:.1f}/s: {:.0f}%{}. Queues grow "
                      "while the peak lasts",
                      name, service.peak_rate, service.capacity, 100 * service.peak_utilisation, who),
          "services." + name);
      return true;
    }
    return false;
  }

  bool proxy_load(const Flow& flow, std::size_t s, const std::string& who) {
    const ServiceFlow& service = flow.services[s];
    if (service.proxy_utilisation < 1.0) return false;
    const std::string& name = graph_.services[s].name;
    add(kWarning, "proxy-overload",
        fmt::format("each sidecar of {} carries {:.0f} exchanges/s, {:.0f}% of its workers{}. {}", name,
                    service.pod_exchange_rate(), 100 * service.proxy_utilisation, who,
                    consequence(service, service.proxy_utilisation, "requests wait ever longer")),
        "services." + name);
    return true;
  }

  void retries() {
    for (const Amplification& worst : amplification(spec_, graph_)) {
      if (worst.attempts <= kAmplificationWarning) continue;
      add(kWarning, "retry-amplification",
          fmt::format("one request to {} can become {:.0f} tries at the end of {}{}", graph_.endpoint_name(worst.entry),
                      worst.attempts, worst.path,
                      worst.candidate.empty()
                          ? ""
                          : fmt::format(" (candidate {}, whose libraries retry above its proxies)", worst.candidate)),
          worst.candidate.empty() ? "policy" : "candidates." + worst.candidate + ".keepsLibrary");
    }
  }

  const ScenarioSpec& spec_;
  FleetGraph graph_;
  std::set<std::string> infinite_paths_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> validate(const ScenarioSpec& spec) { return Checker(spec).check(); }

}  // namespace models
