#include "models/plan/waypoint.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "models/plan/gateway.h"
#include "models/spec/waypoint.h"

namespace models {
namespace {

void redirect(std::vector<StepSpec>& steps, const std::vector<std::string>& waypoints, std::set<std::string>& called) {
  for (StepSpec& step : steps) {
    if (step.call && std::binary_search(waypoints.begin(), waypoints.end(), step.call->service)) {
      called.insert(step.call->service);
      step.call->service = waypoint_of(step.call->service);
    }
    redirect(step.children, waypoints, called);
  }
}

// Endpoints are the union over the service's versions; each passes its requests on.
ServiceSpec waypoint(const ServiceSpec& service, std::uint32_t replicas) {
  VersionSpec version;
  version.name = "v1";
  version.replicas = replicas;
  for (const VersionSpec& behind : service.versions) {
    for (const EndpointSpec& endpoint : behind.endpoints) {
      const auto known = std::find_if(version.endpoints.begin(), version.endpoints.end(),
                                      [&](const EndpointSpec& e) { return e.name == endpoint.name; });
      if (known != version.endpoints.end()) {
        known->idempotent = known->idempotent && endpoint.idempotent;
        continue;
      }
      StepSpec step;
      step.kind = StepKind::Call;
      step.call = CallSpec{};
      step.call->service = service.name;
      step.call->endpoint = endpoint.name;
      version.endpoints.push_back(
          EndpointSpec{.name = endpoint.name, .steps = {step}, .errors = {}, .idempotent = endpoint.idempotent});
    }
  }
  ServiceSpec result;
  result.name = waypoint_of(service.name);
  result.protocol = service.protocol;
  result.workers = kUnlimited;
  result.queue.capacity = kUnlimited;
  result.queue.when_caller_gone = WhenCallerGone::Cancel;  // Envoy resets the request that it has passed on
  result.versions.push_back(std::move(version));
  return result;
}

}  // namespace

bool is_enrolled(const CandidateSpec& candidate, const std::string& service) {
  if (!candidate.enrolled) return true;
  return std::find(candidate.enrolled->begin(), candidate.enrolled->end(), service) != candidate.enrolled->end();
}

ScenarioSpec with_waypoints(ScenarioSpec spec, const CandidateSpec& candidate) {
  if (candidate.enforced_by != EnforcedBy::Ambient || candidate.waypoints.empty()) return spec;
  const std::vector<ServiceSpec> services = spec.services;
  std::set<std::string> called;
  for (ServiceSpec& service : spec.services) {
    if (service.name == kGatewayName || !is_enrolled(candidate, service.name)) continue;
    for (VersionSpec& version : service.versions) {
      for (EndpointSpec& endpoint : version.endpoints) redirect(endpoint.steps, candidate.waypoints, called);
    }
  }
  for (const ServiceSpec& service : services) {
    if (called.count(service.name) > 0) spec.services.push_back(waypoint(service, candidate.waypoint_replicas));
  }
  return spec;
}

}  // namespace models
