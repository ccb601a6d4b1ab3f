// What the tests of pools, health and budgets share: two services, and counts of how calls ended.
#pragma once

#include <cstdint>

#include "models/plan/compile.h"
#include "tests/support/fleet_builder.h"

namespace limits {

using models::Outcome;
using models::Results;
using models::ScenarioSpec;

inline Results run(const ScenarioSpec& spec, models::RunOptions options = {}) {
  return models::run(models::compile(spec, 0), options);
}

inline std::uint64_t calls_that(const Results& r, Outcome outcome) {
  return r.edges[0].outcomes[static_cast<std::size_t>(outcome)];
}

inline models::RetrySpec retries_on_5xx(std::uint32_t max) {
  models::RetrySpec retries;
  retries.max = max;
  retries.retry_on = static_cast<std::uint32_t>(models::RetryOn::FiveXx);
  retries.backoff = models::BackoffSpec{.law = models::BackoffLaw::Exponential, .base = 0, .max = 0};
  return retries;
}

// web calls api, which takes `time` for each request; `users` without think time.
inline ScenarioSpec closed(sim::Duration time, std::uint32_t users, sim::Duration length, models::Protocol protocol) {
  auto api = support::service("api", {support::work(sim::Distribution::constant(static_cast<double>(time)))});
  api.protocol = protocol;
  auto web = support::service("web", {support::work(sim::Distribution::constant(1e6)), support::call("api")});
  auto spec = support::scenario({web, api}, "web", 1, length);
  spec.traffic[0].users = users;
  spec.traffic[0].think_time = sim::Distribution::constant(0);
  spec.candidates = {support::candidate(models::EnforcedBy::Library)};
  return spec;
}

inline ScenarioSpec open(std::uint32_t replicas, double rate, sim::Duration length, double error_rate,
                         sim::Duration time = 1 * sim::kMillisecond) {
  auto api = support::service("api", {support::work(sim::Distribution::constant(static_cast<double>(time)))}, replicas);
  api.versions[0].endpoints[0].errors.rate = error_rate;
  api.versions[0].endpoints[0].errors.status = 503;
  auto spec = support::scenario({support::service("web", {support::call("api")}), api}, "web", rate, length);
  spec.candidates = {support::candidate(models::EnforcedBy::Library)};
  return spec;
}

}  // namespace limits
