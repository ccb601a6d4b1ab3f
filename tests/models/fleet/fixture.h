// Small scenarios in code, for the tests of the fleet. Not for other layers' tests: those read YAML.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "models/spec/scenario_spec.h"

namespace fleet_test {

inline sim::Distribution ms(double mean) { return sim::Distribution::constant(mean * 1e6); }

inline models::StepSpec work(double mean_ms) {
  models::StepSpec step;
  step.duration = ms(mean_ms);
  return step;
}
inline models::StepSpec wait(double mean_ms) {
  models::StepSpec step = work(mean_ms);
  step.kind = models::StepKind::Wait;
  return step;
}
inline models::StepSpec call(std::string service, std::string endpoint) {
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

inline models::VersionSpec version(std::string name, std::uint32_t replicas,
                                   std::vector<models::EndpointSpec> endpoints) {
  models::VersionSpec spec;
  spec.name = std::move(name);
  spec.replicas = replicas;
  spec.endpoints = std::move(endpoints);
  return spec;
}
inline models::EndpointSpec endpoint(std::string name, std::vector<models::StepSpec> steps) {
  models::EndpointSpec spec;
  spec.name = std::move(name);
  spec.steps = std::move(steps);
  return spec;
}
inline models::ServiceSpec service(std::string name, std::uint32_t replicas,
                                   std::vector<models::EndpointSpec> endpoints) {
  models::ServiceSpec spec;
  spec.name = std::move(name);
  spec.versions.push_back(version("v1", replicas, std::move(endpoints)));
  return spec;
}
inline models::TrafficSpec open_traffic(std::string service, std::string endpoint, double rate) {
  models::TrafficSpec spec;
  spec.name = service + "-" + endpoint;
  spec.service = std::move(service);
  spec.endpoint = std::move(endpoint);
  spec.rate.rate = rate;
  return spec;
}

// web/home (2 ms) -> cart/get x 3 (4 ms) and, half of the time, ads/get (10 ms): 100 requests/s.
inline models::ScenarioSpec shop() {
  models::ScenarioSpec spec;
  models::StepSpec cart = call("cart", "get");
  cart.repeat = 3;
  models::StepSpec ads = call("ads", "get");
  ads.probability = 0.5;
  spec.services = {service("web", 2, {endpoint("home", {work(2), cart, ads})}),
                   service("cart", 4, {endpoint("get", {work(4)})}), service("ads", 1, {endpoint("get", {work(10)})})};
  spec.network.same_zone = ms(0.1);
  spec.network.cross_zone = ms(0.7);
  spec.traffic = {open_traffic("web", "home", 100)};
  return spec;
}

}  // namespace fleet_test
