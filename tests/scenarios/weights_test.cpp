// What a scenario says about weights of replicas and warm-ups. What is wrong about them: diagnostics/*-weights.yaml.
#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "scenarios/reader/reader.h"

TEST_CASE("weights are of each replica or of all, a warm-up is a duration or its parts") {
  const reader::LoadResult r = reader::load_text("test.yaml", R"(
meshsim: 1
services:
  web: {serviceTime: 1ms, replicas: 3, weights: [5, 1, 1], calls: [db]}
  db: {serviceTime: 1ms, versions: {big: {replicas: 2, weights: 4}, small: {}}}
traffic: {web: 1/s}
policy:
  defaults: {warmup: 30s}
  db: {warmup: {duration: 1m, minimumPercent: 20%, aggression: 1.5}}
candidates: [sidecar]
)",
                                                 {});
  INFO(r.text());
  REQUIRE(r.scenario.has_value());
  const models::ScenarioSpec& spec = *r.scenario;
  CHECK(spec.services[1].versions[0].weights == std::vector<std::uint32_t>{5, 1, 1});
  CHECK(spec.services[0].versions[0].weights == std::vector<std::uint32_t>{4, 4});
  CHECK(spec.services[0].versions[1].weights.empty());
  CHECK(spec.policy.defaults.warmup == models::WarmupSpec{30 * sim::kSecond, 0.10, 1.0});
  CHECK(spec.policy.destinations.at("db").warmup == models::WarmupSpec{60 * sim::kSecond, 0.20, 1.5});
}
