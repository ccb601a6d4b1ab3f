// Field-by-field equality of two scenarios, for tests: what the spec itself has no operator for. Names the first
// difference.
#pragma once

#include <string>

#include "models/spec/scenario_spec.h"

namespace models::same {

// Each function returns "" or the path of the first field that differs.
#define SAME_FIELD(f) \
  if (!(a.f == b.f)) return path + "." #f

inline std::string call(const CallSpec& a, const CallSpec& b, const std::string& path) {
  SAME_FIELD(service);
  SAME_FIELD(endpoint);
  SAME_FIELD(timeout);
  SAME_FIELD(retries);
  SAME_FIELD(on_failure);
  SAME_FIELD(fallback);
  SAME_FIELD(fire_and_forget);
  return "";
}

inline std::string step(const StepSpec& a, const StepSpec& b, const std::string& path) {
  SAME_FIELD(kind);
  SAME_FIELD(probability);
  SAME_FIELD(repeat);
  SAME_FIELD(duration);
  SAME_FIELD(call.has_value());
  if (a.call) {
    if (auto d = call(*a.call, *b.call, path + ".call"); !d.empty()) return d;
  }
  SAME_FIELD(children.size());
  for (std::size_t i = 0; i < a.children.size(); ++i) {
    if (auto d = step(a.children[i], b.children[i], path + "[" + std::to_string(i) + "]"); !d.empty()) return d;
  }
  return "";
}

inline std::string endpoint(const EndpointSpec& a, const EndpointSpec& b, const std::string& path) {
  SAME_FIELD(name);
  SAME_FIELD(errors);
  SAME_FIELD(idempotent);
  SAME_FIELD(steps.size());
  for (std::size_t i = 0; i < a.steps.size(); ++i) {
    if (auto d = step(a.steps[i], b.steps[i], path + "." + a.name + "[" + std::to_string(i) + "]"); !d.empty())
      return d;
  }
  return "";
}

inline std::string service(const ServiceSpec& a, const ServiceSpec& b, const std::string& path) {
  SAME_FIELD(name);
  SAME_FIELD(language);
  SAME_FIELD(protocol);
  SAME_FIELD(workers);
  SAME_FIELD(cpu);
  SAME_FIELD(blocking);
  SAME_FIELD(queue.capacity);
  SAME_FIELD(queue.discipline);
  SAME_FIELD(queue.when_caller_gone);
  SAME_FIELD(queue.when_deadline_passed);
  SAME_FIELD(memory_mb);
  SAME_FIELD(versions.size());
  for (std::size_t v = 0; v < a.versions.size(); ++v) {
    SAME_FIELD(versions[v].name);
    SAME_FIELD(versions[v].replicas);
    SAME_FIELD(versions[v].zones);
    SAME_FIELD(versions[v].weights);
    SAME_FIELD(versions[v].endpoints.size());
    for (std::size_t e = 0; e < a.versions[v].endpoints.size(); ++e) {
      if (auto d = endpoint(a.versions[v].endpoints[e], b.versions[v].endpoints[e], path + "." + a.name); !d.empty())
        return d;
    }
  }
  return "";
}

inline std::string traffic(const TrafficSpec& a, const TrafficSpec& b, const std::string& path) {
  SAME_FIELD(name);
  SAME_FIELD(service);
  SAME_FIELD(endpoint);
  SAME_FIELD(via_gateway);
  SAME_FIELD(arrivals);
  SAME_FIELD(rate.kind);
  SAME_FIELD(rate.rate);
  SAME_FIELD(rate.amplitude);
  SAME_FIELD(rate.period);
  SAME_FIELD(rate.phase);
  SAME_FIELD(rate.points.size());
  for (std::size_t i = 0; i < a.rate.points.size(); ++i) {
    SAME_FIELD(rate.points[i].at);
    SAME_FIELD(rate.points[i].rate);
  }
  SAME_FIELD(interarrival);
  SAME_FIELD(connections);
  SAME_FIELD(users);
  SAME_FIELD(think_time);
  return "";
}

inline std::string profile(const ProxyProfileSpec& a, const ProxyProfileSpec& b, const std::string& path) {
  SAME_FIELD(name);
  SAME_FIELD(source);
  SAME_FIELD(date);
  SAME_FIELD(assumed);
  SAME_FIELD(workers);
  SAME_FIELD(cpu_per_request.size());
  for (std::size_t i = 0; i < a.cpu_per_request.size(); ++i) {
    SAME_FIELD(cpu_per_request[i].rps);
    SAME_FIELD(cpu_per_request[i].cpu);
  }
  SAME_FIELD(request_share);
  SAME_FIELD(telemetry_share);
  SAME_FIELD(response_share);
  SAME_FIELD(request_latency);
  SAME_FIELD(response_latency);
  SAME_FIELD(handshake_round_trips);
  SAME_FIELD(handshake_client_cpu);
  SAME_FIELD(handshake_server_cpu);
  SAME_FIELD(memory_mb);
  return "";
}

inline std::string control_plane(const ControlPlaneSpec& a, const ControlPlaneSpec& b, const std::string& path) {
  SAME_FIELD(watch_delay);
  SAME_FIELD(debounce_quiet);
  SAME_FIELD(debounce_max);
  SAME_FIELD(push_context);
  SAME_FIELD(throttle);
  SAME_FIELD(generate);
  SAME_FIELD(network);
  SAME_FIELD(apply);
  SAME_FIELD(instances);
  return "";
}

inline std::string candidate(const CandidateSpec& a, const CandidateSpec& b, const std::string& path) {
  SAME_FIELD(name);
  SAME_FIELD(enforced_by);
  SAME_FIELD(product);
  SAME_FIELD(load_balancer);
  SAME_FIELD(profile.has_value());
  if (a.profile) {
    if (auto d = profile(*a.profile, *b.profile, path + ".profile"); !d.empty()) return d;
  }
  SAME_FIELD(enrolled);
  SAME_FIELD(others);
  SAME_FIELD(keeps_library);
  SAME_FIELD(deviations.size());
  for (std::size_t i = 0; i < a.deviations.size(); ++i) {
    SAME_FIELD(deviations[i].service);
    SAME_FIELD(deviations[i].team);
    SAME_FIELD(deviations[i].language);
    SAME_FIELD(deviations[i].to);
    SAME_FIELD(deviations[i].policy);
    SAME_FIELD(deviations[i].share);
    SAME_FIELD(deviations[i].by);
    SAME_FIELD(deviations[i].survey);
  }
  SAME_FIELD(carriers);
  SAME_FIELD(redeploy);
  SAME_FIELD(runtime_config);
  SAME_FIELD(replica_ratio);
  SAME_FIELD(has_runtime_config);
  SAME_FIELD(library_cpu);
  SAME_FIELD(inbound_retries);
  SAME_FIELD(telemetry);
  return control_plane(a.control_plane, b.control_plane, path + ".control_plane");
}

inline std::string scenario(const ScenarioSpec& a, const ScenarioSpec& b) {
  const std::string path = "scenario";
  SAME_FIELD(question);
  SAME_FIELD(seed);
  SAME_FIELD(run.duration);
  SAME_FIELD(run.warmup);
  SAME_FIELD(run.auto_warmup);
  SAME_FIELD(run.replications);
  SAME_FIELD(run.max_replications);
  SAME_FIELD(run.precision);
  SAME_FIELD(run.confidence);
  SAME_FIELD(run.adoption);
  SAME_FIELD(zones);
  SAME_FIELD(network.same_zone);
  SAME_FIELD(network.cross_zone);
  SAME_FIELD(network.loss);
  SAME_FIELD(network.connect_round_trips);
  SAME_FIELD(node.has_value());
  if (a.node) {
    SAME_FIELD(node->cores);
    SAME_FIELD(node->count);
  }
  SAME_FIELD(teams.size());
  for (std::size_t i = 0; i < a.teams.size(); ++i) {
    SAME_FIELD(teams[i].name);
    SAME_FIELD(teams[i].services);
    SAME_FIELD(teams[i].redeploy);
  }
  SAME_FIELD(libraries);
  SAME_FIELD(expect.size());
  for (std::size_t i = 0; i < a.expect.size(); ++i) {
    SAME_FIELD(expect[i].name);
    SAME_FIELD(expect[i].left);
    SAME_FIELD(expect[i].right);
    SAME_FIELD(expect[i].op);
    SAME_FIELD(expect[i].value);
    SAME_FIELD(expect[i].value_text);
  }
  SAME_FIELD(services.size());
  for (std::size_t i = 0; i < a.services.size(); ++i) {
    if (auto d = service(a.services[i], b.services[i], "services"); !d.empty()) return d;
  }
  SAME_FIELD(traffic.size());
  for (std::size_t i = 0; i < a.traffic.size(); ++i) {
    if (auto d = traffic(a.traffic[i], b.traffic[i], "traffic"); !d.empty()) return d;
  }
  SAME_FIELD(policy);
  SAME_FIELD(candidates.size());
  for (std::size_t i = 0; i < a.candidates.size(); ++i) {
    if (auto d = candidate(a.candidates[i], b.candidates[i], "candidates." + a.candidates[i].name); !d.empty())
      return d;
  }
  SAME_FIELD(baseline);
  SAME_FIELD(timeline.size());
  for (std::size_t i = 0; i < a.timeline.size(); ++i) {
    SAME_FIELD(timeline[i].name);
    SAME_FIELD(timeline[i].at);
    SAME_FIELD(timeline[i].duration);
    SAME_FIELD(timeline[i].verb);
    SAME_FIELD(timeline[i].service);
    SAME_FIELD(timeline[i].version);
    SAME_FIELD(timeline[i].replicas);
    SAME_FIELD(timeline[i].application);
    SAME_FIELD(timeline[i].factor);
    SAME_FIELD(timeline[i].change);
  }
  SAME_FIELD(limits.events);
  SAME_FIELD(limits.in_flight);
  SAME_FIELD(limits.events_at_one_instant);
  SAME_FIELD(limits.call_depth);
  SAME_FIELD(limits.memory_mb);
  SAME_FIELD(prices);
  SAME_FIELD(sweep);
  return "";
}

#undef SAME_FIELD

}  // namespace models::same
