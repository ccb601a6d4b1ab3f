#include "models/plan/compile.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include "models/fleet/fleet_graph.h"
#include "models/fleet/flow.h"
#include "models/plan/arrangement.h"
#include "models/plan/compile_policies.h"
#include "models/plan/compile_programs.h"
#include "models/plan/compile_proxies.h"
#include "models/plan/consequences.h"
#include "models/plan/gateway.h"
#include "models/plan/waypoint.h"
#include "models/policy/product.h"
#include "models/spec/waypoint.h"
#include "models/workload/rate.h"
#include "sim/check.h"

namespace models {
namespace {

constexpr const char* kLayer4 = "between nodes: no timeouts, no retries, a random replica per connection";
constexpr std::uint32_t kLanesOfUnlimited = 16;         // connections per callee of a client without a worker limit
constexpr std::uint32_t kLanesMax = 64;                 // one bit each in HostView::open
constexpr sim::Duration kDrainMin = 10 * sim::kSecond;  // without timeouts something has to end the run

template <class T, class Name>
std::vector<std::uint32_t> by_name(const std::vector<T>& items, Name&& name) {
  std::vector<std::uint32_t> order(items.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return name(items[a]) < name(items[b]); });
  return order;
}

std::string service_name(const ServiceSpec& s) { return s.name; }

// Endpoint names of a service: the union over its versions, sorted.
std::vector<std::string> endpoint_names(const ServiceSpec& service) {
  std::set<std::string> names;
  for (const VersionSpec& version : service.versions) {
    for (const EndpointSpec& endpoint : version.endpoints) names.insert(endpoint.name);
  }
  return {names.begin(), names.end()};
}

void collect_calls(const std::vector<StepSpec>& steps, std::vector<const CallSpec*>& calls) {
  for (const StepSpec& step : steps) {
    if (step.call) calls.push_back(&*step.call);
    collect_calls(step.children, calls);
  }
}

struct Builder {
  Plan& plan;
  const ScenarioSpec& spec;
  const CandidateSpec& candidate;
  Names names;
  std::vector<std::uint32_t> order;  // services in name order -> index in spec

  void services() {
    order = by_name(spec.services, service_name);
    for (const std::uint32_t index : order) {
      const ServiceSpec& s = spec.services[index];
      ServicePlan service;
      service.key = sim::name_key(s.name);
      service.workers = s.workers;
      service.queue_capacity = s.queue.capacity;
      service.discipline = s.queue.discipline;
      service.when_caller_gone = s.queue.when_caller_gone;
      service.when_deadline_passed = s.queue.when_deadline_passed;
      service.blocking = s.blocking;
      service.http1 = s.protocol == Protocol::Http1;
      service.grpc = s.protocol == Protocol::Grpc;
      service.gateway = s.name == kGatewayName;
      service.waypoint = is_waypoint(s.name);
      service.lanes = s.workers == kUnlimited ? kLanesOfUnlimited : std::min(s.workers, kLanesMax);
      const bool contended = s.cpu && (s.workers == kUnlimited || *s.cpu < static_cast<double>(s.workers));
      service.cpu = contended ? *s.cpu : 0.0;
      service.first_endpoint = static_cast<std::uint32_t>(plan.catalog.endpoints.size());
      service.first_pod = static_cast<std::uint32_t>(plan.pods.size());
      service.first_version = static_cast<std::uint32_t>(plan.versions.size());
      const auto id = static_cast<std::uint32_t>(plan.services.size());
      names.services[s.name] = id;
      Catalog::Service row{
          .name = s.name, .versions = {}, .replicas = 0, .workers = s.workers, .expected_utilisation = 0.0};
      for (const std::string& endpoint : endpoint_names(s)) {
        names.endpoints[{id, endpoint}] = static_cast<std::uint32_t>(plan.catalog.endpoints.size());
        plan.catalog.endpoints.push_back({s.name, endpoint});
        plan.endpoint_service.push_back(id);
        plan.endpoint_idempotent.push_back(1);
        plan.endpoint_keys.push_back(sim::child_key(sim::name_key(s.name), sim::name_key(endpoint)));
        ++service.endpoints;
      }
      if (s.versions.size() > 254) throw std::length_error("more than 254 versions of " + s.name);
      for (const std::uint32_t v : by_name(s.versions, [](const VersionSpec& x) { return x.name; })) {
        add_version(s.versions[v], id, service);
        row.versions.push_back(s.versions[v].name);
      }
      service.versions = static_cast<std::uint32_t>(plan.versions.size()) - service.first_version;
      service.pods = static_cast<std::uint32_t>(plan.pods.size()) - service.first_pod;
      row.replicas = service.pods;
      plan.catalog.app_memory_mb += s.memory_mb * service.pods;
      plan.services.push_back(service);
      plan.catalog.services.push_back(std::move(row));
    }
  }

  void add_version(const VersionSpec& v, std::uint32_t id, const ServicePlan& service) {
    VersionPlan version;
    version.service = id;
    version.first_pod = static_cast<std::uint32_t>(plan.pods.size());
    const sim::Key key = sim::child_key(service.key, sim::name_key(v.name));
    std::vector<std::uint32_t> zone_of;
    for (std::uint32_t z = 0; z < spec.zones.size(); ++z) {
      const auto stated = v.zones.find(spec.zones[z]);
      for (std::uint32_t r = 0; stated != v.zones.end() && r < stated->second; ++r) zone_of.push_back(zone_id(z));
    }
    if (zone_of.empty()) {  // evenly, starting at a zone that the name decides
      for (std::uint32_t r = 0; r < v.replicas; ++r)
        zone_of.push_back(static_cast<std::uint32_t>((key + r) % plan.zones));
    }
    for (std::uint32_t r = 0; r < zone_of.size(); ++r) {
      PodPlan pod;
      pod.key = sim::child_key(key, r);
      pod.service = id;
      pod.version = static_cast<std::uint32_t>(plan.versions.size());
      pod.zone = zone_of[r];
      pod.station = static_cast<std::uint32_t>(plan.pods.size());
      if (spec.node && !service.gateway && !service.waypoint) {
        const std::uint32_t count = std::max(1u, spec.node->count);
        pod.node = pod.zone * count + next_node[pod.zone]++ % count;
      }
      if (!v.weights.empty()) {
        plan.weights.resize(plan.pods.size(), 1);
        plan.weights.push_back(v.weights[r % v.weights.size()]);
      }
      plan.pods.push_back(pod);
    }
    version.pods = static_cast<std::uint32_t>(zone_of.size());
    plan.versions.push_back(version);
  }

  std::uint32_t zone_id(std::uint32_t index) const {  // zones in name order
    std::uint32_t id = 0;
    for (const std::string& other : spec.zones) id += other < spec.zones[index] ? 1u : 0u;
    return id;
  }
  std::vector<std::uint32_t> next_node;

  void clusters_and_edges() {
    for (std::uint32_t id = 0; id < plan.services.size(); ++id) {
      std::set<std::uint32_t> callees;
      std::map<std::string, std::uint32_t> edges;
      for (const VersionSpec& version : spec.services[order[id]].versions) {
        for (const EndpointSpec& endpoint : version.endpoints) {
          std::vector<const CallSpec*> calls;
          collect_calls(endpoint.steps, calls);
          for (const CallSpec* call : calls) {
            const std::uint32_t callee = names.services.at(call->service);
            callees.insert(callee);
            edges[behind(call->service) + "/" + call->endpoint] = names.endpoints.at({callee, call->endpoint});
          }
        }
      }
      plan.services[id].first_cluster = static_cast<std::uint32_t>(plan.clusters.size());
      plan.services[id].clusters = static_cast<std::uint32_t>(callees.size());
      for (const std::uint32_t callee : callees) {
        names.clusters[{id, callee}] = static_cast<std::uint32_t>(plan.clusters.size());
        plan.clusters.push_back({id, callee});
      }
      for (const auto& [callee, endpoint] : edges) {
        names.edges[{id, endpoint}] = static_cast<std::uint32_t>(plan.catalog.edges.size());
        const bool to = plan.services[plan.endpoint_service[endpoint]].waypoint;
        const Leg leg = plan.services[id].waypoint ? Leg::FromWaypoint : to ? Leg::ToWaypoint : Leg::Whole;
        plan.catalog.edges.push_back({plan.catalog.services[id].name, callee, leg});
      }
    }
  }

  void programs() {
    for (std::uint32_t id = 0; id < plan.services.size(); ++id) {
      const ServicePlan& service = plan.services[id];
      const ServiceSpec& s = spec.services[order[id]];
      for (std::uint32_t v = 0; v < service.versions; ++v) {
        const std::string& version_name = plan.catalog.services[id].versions[v];
        const auto version = std::find_if(s.versions.begin(), s.versions.end(),
                                          [&](const VersionSpec& x) { return x.name == version_name; });
        VersionPlan& target = plan.versions[service.first_version + v];
        target.program_base = static_cast<std::uint32_t>(plan.programs.size());
        for (std::uint32_t e = 0; e < service.endpoints; ++e) {
          const std::uint32_t endpoint = service.first_endpoint + e;
          const auto found =
              std::find_if(version->endpoints.begin(), version->endpoints.end(),
                           [&](const EndpointSpec& x) { return x.name == plan.catalog.endpoints[endpoint].name; });
          EndpointSpec missing;  // a version without this endpoint answers 404's twin: an error at once
          missing.errors = {.rate = 1.0, .status = 501, .when = ErrorWhen::Before, .per = ErrorPer::Attempt};
          const EndpointSpec& chosen = found == version->endpoints.end() ? missing : *found;
          plan.programs.push_back(compile_program(plan, names, id, endpoint, chosen));
          if (!chosen.idempotent) plan.endpoint_idempotent[endpoint] = 0;
        }
        for (std::uint32_t p = target.first_pod; p < target.first_pod + target.pods; ++p) {
          plan.pods[p].programs = target.program_base - service.first_endpoint;
        }
      }
    }
  }

  void workloads(const Flow& flow) {
    std::map<std::string, std::uint32_t> entries;
    for (const TrafficSpec& traffic : spec.traffic) entries[entry_name(traffic)] = 0;
    for (auto& [name, id] : entries) {
      id = static_cast<std::uint32_t>(plan.catalog.entries.size());
      plan.catalog.entries.push_back({.name = name, .traffic = "", .offered_rate = 0.0, .closed_loop = false});
    }
    for (const std::uint32_t index : by_name(spec.traffic, [](const TrafficSpec& t) { return t.name; })) {
      const TrafficSpec& traffic = spec.traffic[index];
      WorkloadPlan workload;
      workload.spec = traffic;
      workload.key = sim::name_key(traffic.name);
      workload.entry = entries[entry_name(traffic)];
      workload.service = names.services.at(traffic.service);
      workload.endpoint = names.endpoints.at({workload.service, traffic.endpoint});
      workload.peak_rate = traffic.users > 0 ? 0.0 : peak_rate(traffic.rate);
      if (traffic.interarrival && workload.peak_rate <= 0.0) workload.peak_rate = 1e9 / traffic.interarrival->mean();
      Catalog::Entry& entry = plan.catalog.entries[workload.entry];
      entry.traffic += (entry.traffic.empty() ? "" : ", ") + traffic.name;
      entry.offered_rate += flow.traffic_rate[index];
      entry.closed_loop = entry.closed_loop || traffic.users > 0;
      plan.workloads.push_back(std::move(workload));
    }
  }

  void timeline() {
    for (const TimelineEntrySpec& entry : spec.timeline) {
      if (entry.verb == TimelineVerb::Change) continue;
      if (entry.verb == TimelineVerb::Down) {
        plan.control_plane_outages.push_back({plan.warmup + entry.at, plan.warmup + entry.at + entry.duration});
        continue;
      }
      FaultPlan fault;
      fault.at = plan.warmup + entry.at;
      fault.until = entry.duration > 0 ? fault.at + entry.duration : sim::kHorizonMax;
      fault.verb = entry.verb == TimelineVerb::Slow    ? FaultVerb::Slow
                   : entry.verb == TimelineVerb::Stall ? FaultVerb::Stall
                                                       : FaultVerb::Crash;
      const std::uint32_t id = names.services.at(entry.service);
      const ServicePlan& service = plan.services[id];
      fault.first_pod = service.first_pod;
      fault.pods = service.pods;
      for (std::uint32_t v = 0; v < service.versions; ++v) {
        if (plan.catalog.services[id].versions[v] != entry.version) continue;
        fault.first_pod = plan.versions[service.first_version + v].first_pod;
        fault.pods = plan.versions[service.first_version + v].pods;
      }
      if (entry.replicas) fault.pods = std::min(fault.pods, *entry.replicas);
      fault.factor = entry.factor;
      fault.application = entry.application;
      plan.faults.push_back(fault);
    }
    std::stable_sort(plan.faults.begin(), plan.faults.end(), [](const FaultPlan& a, const FaultPlan& b) {
      return std::tie(a.at, a.first_pod, a.verb, a.pods) < std::tie(b.at, b.first_pod, b.verb, b.pods);
    });
  }

  void windows() {
    std::set<sim::Time> cuts{plan.duration};
    const auto add = [&](const std::string& name, sim::Time from, sim::Time to, const std::string& part_of) {
      from = std::clamp<sim::Time>(from, 0, plan.duration);
      to = std::clamp<sim::Time>(to, 0, plan.duration);
      if (from >= to) return;
      plan.catalog.windows.push_back({name, from, to, part_of});
      cuts.insert(from);
      cuts.insert(to);
    };
    for (const std::uint32_t index :
         by_name(spec.timeline, [](const TimelineEntrySpec& t) { return std::make_pair(t.at, t.name); })) {
      const TimelineEntrySpec& entry = spec.timeline[index];
      const sim::Time end = entry.at + entry.duration;
      add("before " + entry.name, 0, entry.at, entry.part_of);
      if (entry.duration > 0) add("during " + entry.name, entry.at, end, entry.part_of);
      add("after " + entry.name, end, plan.duration, entry.part_of);
    }
    sim::Time from = 0;
    for (const sim::Time cut : cuts) {
      if (cut == 0) continue;
      Plan::Segment segment{cut, static_cast<std::uint32_t>(plan.segment_windows.size()), 0};
      for (std::uint32_t w = 0; w < plan.catalog.windows.size(); ++w) {
        if (plan.catalog.windows[w].from > from || plan.catalog.windows[w].to < cut) continue;
        plan.segment_windows.push_back(w);
        ++segment.count;
      }
      plan.segments.push_back(segment);
      from = cut;
    }
  }
};

sim::Duration nice_bucket(sim::Duration duration) {
  constexpr sim::Duration kSteps[] = {
      10 * sim::kMillisecond,  20 * sim::kMillisecond,  50 * sim::kMillisecond, 100 * sim::kMillisecond,
      200 * sim::kMillisecond, 500 * sim::kMillisecond, sim::kSecond,           2 * sim::kSecond,
      5 * sim::kSecond,        10 * sim::kSecond,       30 * sim::kSecond,      60 * sim::kSecond};
  for (const sim::Duration step : kSteps) {
    if (duration / step <= 120) return step;
  }
  return std::max<sim::Duration>(duration / 120, 1);
}

}  // namespace

Plan compile(const ScenarioSpec& original, std::size_t index) {
  const ScenarioSpec spec = with_waypoints(with_gateway(original), original.candidates.at(index));
  const CandidateSpec& candidate = spec.candidates.at(index);
  Plan plan;
  Catalog& catalog = plan.catalog;
  catalog.candidate = candidate.name;
  catalog.enforced_by = candidate.enforced_by;
  catalog.product = candidate.product;
  plan.network = spec.network;
  plan.zones = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(spec.zones.size()));
  plan.warmup = spec.run.warmup;
  plan.duration = spec.run.duration;
  plan.limits = spec.limits;
  if (spec.node) {
    plan.node_cores = spec.node->cores;
    plan.nodes = plan.zones * std::max(1u, spec.node->count);
  }
  Builder builder{plan, spec, candidate, {}, {}, std::vector<std::uint32_t>(plan.zones, 0)};
  builder.services();
  if (!plan.weights.empty()) plan.weights.resize(plan.pods.size(), 1);
  builder.clusters_and_edges();
  builder.programs();  // applications' own policies come first in plan.policies
  compile_policies(plan, spec, candidate);
  if (plan.snapshots > 255) throw std::length_error("more than 254 policy changes in one timeline");
  plan.control_plane = candidate.control_plane;
  plan.runtime_config = candidate.runtime_config;
  plan.adoption = spec.run.adoption;
  plan.replica_ratio = candidate.replica_ratio;
  const FleetGraph graph = build(spec);
  const Flow flow = compute_flow(spec, graph, &candidate);
  for (std::uint32_t id = 0; id < plan.services.size(); ++id)
    catalog.services[id].expected_utilisation = flow.services[id].utilisation;
  compile_proxies(plan, candidate, flow);
  builder.workloads(flow);
  builder.timeline();
  builder.windows();
  describe_consequences(plan, spec, candidate);

  sim::Duration longest = 0;
  for (const sim::Duration lane : plan.lanes) longest = std::max(longest, lane);
  plan.drain = std::max(longest, kDrainMin);
  if (plan.warmup + plan.duration + plan.drain > sim::kHorizonMax)
    throw std::length_error("the run is longer than the clock's 52 days");
  catalog.timeline_bucket = nice_bucket(plan.duration);
  catalog.duration = plan.duration;
  catalog.warmup = plan.warmup;
  catalog.drain = plan.drain;
  catalog.pods = static_cast<std::uint32_t>(plan.pods.size());
  if (candidate.enforced_by != EnforcedBy::None) {
    const std::string note(product_of(candidate, candidate.enforced_by).note);
    const bool layer_4 = candidate.enforced_by == EnforcedBy::Ambient;
    const std::string at_waypoints = candidate.waypoints.empty() ? "" : "; at waypoints, " + note;
    catalog.notes.push_back(layer_4 ? std::string(kLayer4) + at_waypoints : note);
  }
  return plan;
}

}  // namespace models
