// Builds small scenarios in tests without YAML. Not for production code: no validation, free and instant
// network unless said otherwise.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/plan/compile.h"
#include "models/run.h"
#include "models/spec/scenario_spec.h"

namespace support {

inline constexpr double kMs = 1e6;  // milliseconds, in the double nanoseconds of Distribution

inline models::StepSpec work(sim::Distribution d) {
  models::StepSpec step;
  step.kind = models::StepKind::Work;
  step.duration = std::move(d);
  return step;
}

inline models::StepSpec call(std::string service, std::string endpoint = "default") {
  models::StepSpec step;
  step.kind = models::StepKind::Call;
  step.call = models::CallSpec{};
  step.call->service = std::move(service);
  step.call->endpoint = std::move(endpoint);
  return step;
}

inline models::StepSpec group(models::StepKind kind, std::vector<models::StepSpec> children) {
  models::StepSpec step;
  step.kind = kind;
  step.children = std::move(children);
  return step;
}

inline models::ServiceSpec service(std::string name, std::vector<models::StepSpec> steps, std::uint32_t replicas = 1,
                                   std::uint32_t workers = models::kUnlimited) {
  models::ServiceSpec s;
  s.name = std::move(name);
  s.workers = workers;
  s.queue.capacity = models::kUnlimited;
  models::VersionSpec version;
  version.name = "v1";
  version.replicas = replicas;
  models::EndpointSpec endpoint;
  endpoint.name = "default";
  endpoint.steps = std::move(steps);
  version.endpoints.push_back(std::move(endpoint));
  s.versions.push_back(std::move(version));
  return s;
}

inline models::CandidateSpec candidate(models::EnforcedBy by) {
  models::CandidateSpec c;
  c.enforced_by = by;
  c.name = by == models::EnforcedBy::None ? "none" : by == models::EnforcedBy::Library ? "library" : "sidecar";
  if (by == models::EnforcedBy::Sidecar) {
    c.product = "istio-test";
    models::ProxyProfileSpec profile;
    profile.name = "zero";
    c.profile = profile;  // all costs zero
  }
  return c;
}

inline models::ScenarioSpec scenario(std::vector<models::ServiceSpec> services, const std::string& entry, double rate,
                                     sim::Duration duration, sim::Duration warmup = 0) {
  models::ScenarioSpec spec;
  spec.services = std::move(services);
  spec.network.same_zone = sim::Distribution::constant(0);
  spec.network.cross_zone = sim::Distribution::constant(0);
  spec.network.connect_round_trips = 0;
  spec.run.duration = duration;
  spec.run.warmup = warmup;
  models::TrafficSpec traffic;
  traffic.name = "traffic";
  traffic.service = entry;
  traffic.endpoint = "default";
  traffic.rate.rate = rate;
  spec.traffic.push_back(traffic);
  spec.candidates = {candidate(models::EnforcedBy::None)};
  spec.baseline = "none";
  return spec;
}

// Of all replicas of a service, or the first so many.
inline models::TimelineEntrySpec fault(models::TimelineVerb verb, std::string service, sim::Duration at,
                                       sim::Duration length, std::optional<std::uint32_t> replicas = {}) {
  models::TimelineEntrySpec entry;
  entry.verb = verb;
  entry.name = verb == models::TimelineVerb::Crash ? "crash" : verb == models::TimelineVerb::Slow ? "slow" : "stall";
  entry.service = std::move(service);
  entry.replicas = replicas;
  entry.at = at;
  entry.duration = length;
  return entry;
}

}  // namespace support
