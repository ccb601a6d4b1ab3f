#include "models/fleet/flow.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "models/spec/waypoint.h"

namespace models {
namespace {

constexpr double kRetransmission = 0.2;  // seconds, first retransmission of a lost packet; doubles each time

double seconds(const std::optional<sim::Distribution>& duration) { return duration ? duration->mean() * 1e-9 : 0.0; }

// Replicas of a service by zone, the way even spreading counts them: the first zones take what does not divide.
std::vector<double> replicas_by_zone(const ScenarioSpec& spec, const ServiceSpec& service) {
  const std::size_t zones = std::max<std::size_t>(1, spec.zones.size());
  std::vector<double> counts(zones, 0.0);
  for (const VersionSpec& version : service.versions) {
    for (std::size_t z = 0; z < zones; ++z) {
      if (version.zones.empty()) {
        const std::size_t share = version.replicas / zones + (z < version.replicas % zones ? 1 : 0);
        counts[z] += static_cast<double>(share);
      } else if (z < spec.zones.size()) {
        const auto found = version.zones.find(spec.zones[z]);
        if (found != version.zones.end()) counts[z] += found->second;
      }
    }
  }
  return counts;
}

double point_rate(const RateShape& shape, sim::Time at) {  // Steps and Ramp; the first point holds before it
  const auto& points = shape.points;
  if (points.empty()) return shape.rate;
  if (at <= points.front().at) return points.front().rate;
  for (std::size_t i = 1; i < points.size(); ++i) {
    if (at < points[i].at) {
      if (shape.kind == RateShape::Kind::Steps) return points[i - 1].rate;
      const double width = static_cast<double>(points[i].at - points[i - 1].at);
      const double along = static_cast<double>(at - points[i - 1].at) / width;
      return points[i - 1].rate + along * (points[i].rate - points[i - 1].rate);
    }
  }
  return points.back().rate;
}

// Where a piecewise shape bends inside [0, duration], both ends included.
std::vector<sim::Time> bends(const RateShape& shape, sim::Duration duration) {
  std::vector<sim::Time> at{0};
  for (const auto& point : shape.points) {
    if (point.at > 0 && point.at < duration) at.push_back(point.at);
  }
  at.push_back(duration);
  return at;
}

bool piecewise(const RateShape& shape) {
  return shape.kind == RateShape::Kind::Steps || shape.kind == RateShape::Kind::Ramp;
}

class Solver {
 public:
  Solver(const ScenarioSpec& spec, const FleetGraph& graph, const CandidateSpec* candidate)
      : spec_(spec),
        graph_(graph),
        candidate_(candidate),
        own_(of(candidate, candidate != nullptr ? candidate->profile : std::nullopt)),
        waypoints_(of(candidate, candidate != nullptr ? candidate->waypoint_profile : std::nullopt)),
        profile_(own_ ? &*own_ : nullptr) {
    const auto order = callees_first(graph);
    if (!order) throw std::invalid_argument("flow equations need an endpoint graph without cycles");
    order_ = *order;
    const std::size_t services = boost::num_vertices(graph.services);
    flow_.services.resize(services);
    flow_.endpoint_rate.resize(order_.size());
    flow_.endpoint_peak_rate.resize(order_.size());
    flow_.endpoint_latency.resize(order_.size());
    for (std::size_t s = 0; s < services; ++s) describe(s);
  }

  Flow solve() {
    latencies();
    rates();
    if (profile_ != nullptr) {  // what a sidecar costs depends on what it carries, so latencies come second
      have_rates_ = true;
      latencies();
      rates();
    }
    for (std::size_t s = 0; s < flow_.services.size(); ++s) demands(s);
    edges();
    nodes();
    return std::move(flow_);
  }

 private:
  static std::optional<ProxyProfileSpec> of(const CandidateSpec* candidate,
                                            const std::optional<ProxyProfileSpec>& profile) {
    if (!profile) return std::nullopt;
    return with_telemetry(*profile, candidate->telemetry);
  }

  const ServiceSpec& service_spec(std::size_t s) const { return spec_.services[graph_.services[s].spec]; }
  const VersionSpec& version_spec(std::size_t s, std::size_t v) const {
    return service_spec(s).versions[graph_.services[s].versions[v]];
  }

  bool policy_acts() const { return candidate_ == nullptr || candidate_->enforced_by != EnforcedBy::None; }

  void describe(std::size_t s) {
    ServiceFlow& service = flow_.services[s];
    const ServiceVertex& vertex = graph_.services[s];
    const std::map<std::string, double>* split = nullptr;
    const auto policy = spec_.policy.destinations.find(vertex.name);
    if (policy_acts() && policy != spec_.policy.destinations.end() && !policy->second.split.empty())
      split = &policy->second.split;
    double total = 0.0;
    for (std::size_t v = 0; v < vertex.versions.size(); ++v) {
      const VersionSpec& version = version_spec(s, v);
      VersionFlow flow;
      flow.name = version.name;
      flow.replicas = version.replicas;
      flow.share = version.replicas;
      if (split != nullptr) {
        const auto weight = split->find(version.name);
        flow.share = weight == split->end() ? 0.0 : weight->second;
      }
      total += flow.share;
      service.replicas += version.replicas;
      service.versions.push_back(std::move(flow));
    }
    for (VersionFlow& version : service.versions) version.share = total > 0 ? version.share / total : 0.0;
  }

  // ---- latencies, callees before callers
  void latencies() {
    for (const std::size_t e : order_) {
      const EndpointVertex& vertex = graph_.endpoints[e];
      double latency = 0.0;
      for (std::size_t v = 0; v < flow_.services[vertex.service].versions.size(); ++v) {
        const EndpointSpec* endpoint = endpoint_of(version_spec(vertex.service, v), vertex.name);
        if (endpoint == nullptr) continue;
        latency += flow_.services[vertex.service].versions[v].share * time_of(endpoint->steps, vertex.service, true);
      }
      flow_.endpoint_latency[e] = latency;
    }
  }

  double call_latency(std::size_t caller, const CallSpec& call) const {
    const auto callee = graph_.find_endpoint(call.service, call.endpoint);
    if (!callee || call.fire_and_forget) return 0.0;
    const std::size_t s = graph_.endpoints[*callee].service;
    double latency =
        flow_.endpoint_latency[*callee] + 2.0 * mean_network_delay(spec_, service_spec(caller), service_spec(s));
    if (profile_ != nullptr) {
      // A waypoint passes a request on as a client; towards its own clients it costs nothing.
      const bool passes_on = is_waypoint(graph_.services[caller].name) && waypoints_;
      latency += passes_on ? proxy_latency(*waypoints_, 0.0) : sidecar_latency(caller);
      if (!is_waypoint(graph_.services[s].name)) latency += sidecar_latency(s);
    }
    return latency;
  }

  double sidecar_latency(std::size_t s) const {
    return proxy_latency(*profile_, have_rates_ ? flow_.services[s].pod_exchange_rate() : 0.0);
  }

  // Mean time from the first step to the last; without `calls`, the part during which an asynchronous server holds a
  // worker.
  double time_of(const std::vector<StepSpec>& steps, std::size_t caller, bool calls) const {
    double sum = 0.0;
    for (const StepSpec& step : steps) sum += time_of(step, caller, calls);
    return sum;
  }
  double time_of(const StepSpec& step, std::size_t caller, bool calls) const {
    double once = 0.0;
    switch (step.kind) {
      case StepKind::Work:
      case StepKind::Wait: once = seconds(step.duration); break;
      case StepKind::Call: once = calls && step.call ? call_latency(caller, *step.call) : 0.0; break;
      case StepKind::Sequence:
      case StepKind::Choose: once = time_of(step.children, caller, calls); break;
      case StepKind::Parallel:
        for (const StepSpec& child : step.children) once = std::max(once, time_of(child, caller, calls));
        break;
    }
    return step.probability * step.repeat * once;
  }

  static double work_of(const std::vector<StepSpec>& steps) {
    double sum = 0.0;
    for (const StepSpec& step : steps) {
      const double once = step.kind == StepKind::Work ? seconds(step.duration) : work_of(step.children);
      sum += step.probability * step.repeat * once;
    }
    return sum;
  }

  // ---- rates, callers before callees
  void rates() {
    std::fill(flow_.endpoint_rate.begin(), flow_.endpoint_rate.end(), 0.0);
    std::fill(flow_.endpoint_peak_rate.begin(), flow_.endpoint_peak_rate.end(), 0.0);
    open_rate_.assign(flow_.endpoint_rate.size(), 0.0);
    flow_.traffic_rate.assign(spec_.traffic.size(), 0.0);
    for (std::size_t i = 0; i < spec_.traffic.size(); ++i) {
      if (!graph_.entries[i]) continue;
      const auto [mean, peak] = offered(spec_.traffic[i], *graph_.entries[i]);
      flow_.traffic_rate[i] = mean;
      flow_.endpoint_rate[*graph_.entries[i]] += mean;
      flow_.endpoint_peak_rate[*graph_.entries[i]] += peak;
      if (spec_.traffic[i].users == 0) open_rate_[*graph_.entries[i]] += mean;
    }
    for (ServiceFlow& service : flow_.services)
      service.rate = service.open_rate = service.peak_rate = service.call_rate = 0.0;
    for (auto e = order_.rbegin(); e != order_.rend(); ++e) {
      ServiceFlow& caller = flow_.services[graph_.endpoints[*e].service];
      caller.rate += flow_.endpoint_rate[*e];
      caller.open_rate += open_rate_[*e];
      caller.peak_rate += flow_.endpoint_peak_rate[*e];
      for (const auto& edge : boost::make_iterator_range(boost::out_edges(*e, graph_.endpoints))) {
        const CallEdge& call = graph_.endpoints[edge];
        const double per_request = caller.versions[call.version].share * call.calls;
        const std::size_t callee = boost::target(edge, graph_.endpoints);
        flow_.endpoint_rate[callee] += flow_.endpoint_rate[*e] * per_request;
        flow_.endpoint_peak_rate[callee] += flow_.endpoint_peak_rate[*e] * per_request;
        open_rate_[callee] += open_rate_[*e] * per_request;
        caller.call_rate += flow_.endpoint_rate[*e] * per_request;
      }
    }
    for (ServiceFlow& service : flow_.services) {
      const double replicas = std::max<std::uint32_t>(1, service.replicas);
      service.pod_request_rate = service.rate / replicas;
      service.pod_call_rate = service.call_rate / replicas;
    }
  }

  std::pair<double, double> offered(const TrafficSpec& traffic, std::size_t entry) const {
    if (traffic.users > 0) {
      const double cycle = seconds(traffic.think_time) + flow_.endpoint_latency[entry];
      const double rate = cycle > 0 ? traffic.users / cycle : 0.0;
      return {rate, rate};
    }
    if (traffic.arrivals == ArrivalKind::Renewal && traffic.interarrival) {
      const double gap = seconds(traffic.interarrival);
      return gap > 0 ? std::pair{1.0 / gap, 1.0 / gap} : std::pair{0.0, 0.0};
    }
    return {offered_mean(traffic.rate, spec_.run.duration), offered_peak(traffic.rate, spec_.run.duration)};
  }

  // ---- what the rates ask of a service
  void demands(std::size_t s) {
    ServiceFlow& flow = flow_.services[s];
    const ServiceVertex& vertex = graph_.services[s];
    const ServiceSpec& service = service_spec(s);
    for (std::size_t v = 0; v < flow.versions.size(); ++v) {
      VersionFlow& version = flow.versions[v];
      for (std::size_t e = vertex.first_endpoint; e < vertex.first_endpoint + vertex.endpoint_count; ++e) {
        const EndpointSpec* endpoint = endpoint_of(version_spec(s, v), graph_.endpoints[e].name);
        if (endpoint == nullptr) continue;
        const double rate = flow_.endpoint_rate[e] * version.share;
        version.rate += rate;
        version.cpu_demand += rate * work_of(endpoint->steps);
        version.worker_demand += rate * time_of(endpoint->steps, s, service.blocking);
      }
      const double replicas = version.replicas;
      if (replicas > 0) {
        version.pod_rate = version.rate / replicas;
        if (service.cpu && *service.cpu > 0) version.cpu_utilisation = version.cpu_demand / (*service.cpu * replicas);
        if (service.workers != kUnlimited)
          version.worker_utilisation = version.worker_demand / (service.workers * replicas);
      }
      flow.cpu_demand += version.cpu_demand;
      flow.worker_demand += version.worker_demand;
      flow.utilisation = std::max(flow.utilisation, version.utilisation());
    }
    if (flow.rate > 0) flow.peak_utilisation = flow.utilisation * flow.peak_rate / flow.rate;
    if (flow.utilisation > 0) flow.capacity = flow.rate / flow.utilisation;
    if (profile_ != nullptr && profile_->workers != kUnlimited && profile_->workers > 0) {
      const double cpu = proxy_cpu(*profile_, flow.pod_exchange_rate()) + sim::to_seconds(profile_->reporting_cpu);
      flow.proxy_utilisation = flow.pod_exchange_rate() * cpu / profile_->workers;
    }
  }

  void edges() {
    std::map<std::pair<std::size_t, std::size_t>, double> rates;
    for (const auto& edge : boost::make_iterator_range(boost::edges(graph_.endpoints))) {
      const std::size_t from = boost::source(edge, graph_.endpoints);
      const std::size_t caller = graph_.endpoints[from].service;
      const CallEdge& call = graph_.endpoints[edge];
      rates[{caller, boost::target(edge, graph_.endpoints)}] +=
          flow_.endpoint_rate[from] * flow_.services[caller].versions[call.version].share * call.calls;
    }
    for (const auto& [key, rate] : rates)
      flow_.edges.push_back({.caller = key.first, .callee = key.second, .rate = rate});
  }

  void nodes() {
    if (!spec_.node) return;
    const double cores =
        spec_.node->cores * spec_.node->count * static_cast<double>(std::max<std::size_t>(1, spec_.zones.size()));
    double demand = 0.0;
    for (const ServiceFlow& service : flow_.services) demand += service.cpu_demand;
    if (cores > 0) flow_.node_utilisation = demand / cores;
  }

  const ScenarioSpec& spec_;
  const FleetGraph& graph_;
  const CandidateSpec* candidate_;
  std::optional<ProxyProfileSpec> own_, waypoints_;
  const ProxyProfileSpec* profile_;
  std::vector<std::size_t> order_;  // callees before callers
  std::vector<double> open_rate_;   // by endpoint: of open sources alone
  bool have_rates_ = false;
  Flow flow_;
};

}  // namespace

Flow compute_flow(const ScenarioSpec& spec, const FleetGraph& graph, const CandidateSpec* candidate) {
  return Solver(spec, graph, candidate).solve();
}

double offered_mean(const RateShape& shape, sim::Duration duration) {
  if (!piecewise(shape) || duration <= 0) return shape.rate;  // Diurnal: its mean over whole periods
  const auto at = bends(shape, duration);
  double sum = 0.0;
  for (std::size_t i = 1; i < at.size(); ++i) {
    const double left = point_rate(shape, at[i - 1]);
    const double right = shape.kind == RateShape::Kind::Ramp ? point_rate(shape, at[i]) : point_rate(shape, at[i] - 1);
    sum += static_cast<double>(at[i] - at[i - 1]) * 0.5 *
           (shape.kind == RateShape::Kind::Ramp ? left + right : 2.0 * right);
  }
  return sum / static_cast<double>(duration);
}

double offered_peak(const RateShape& shape, sim::Duration duration) {
  if (shape.kind == RateShape::Kind::Diurnal) return shape.rate * (1.0 + shape.amplitude);
  if (!piecewise(shape)) return shape.rate;
  double peak = 0.0;
  for (const sim::Time at : bends(shape, duration)) peak = std::max(peak, point_rate(shape, at));
  return peak;
}

double mean_network_delay(const ScenarioSpec& spec, const ServiceSpec& caller, const ServiceSpec& callee) {
  double same = 1.0;
  if (spec.zones.size() > 1) {
    const auto from = replicas_by_zone(spec, caller);
    const auto to = replicas_by_zone(spec, callee);
    double from_total = 0.0;
    double to_total = 0.0;
    double pairs = 0.0;
    for (std::size_t z = 0; z < from.size(); ++z) {
      from_total += from[z];
      to_total += to[z];
      pairs += from[z] * to[z];
    }
    if (from_total > 0 && to_total > 0) same = pairs / (from_total * to_total);
  }
  double delay = same * spec.network.same_zone.mean() * 1e-9;
  if (same < 1.0) delay += (1.0 - same) * spec.network.cross_zone.mean() * 1e-9;
  const double loss = spec.network.loss;
  if (loss > 0 && loss < 0.5) delay += kRetransmission * loss / (1.0 - 2.0 * loss);
  return delay;
}

}  // namespace models
