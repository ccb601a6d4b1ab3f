// Every replication is asked whether it kept its books: what the audit finds ends the experiment, and it finds each
// kind of book that does not balance.
#include <doctest/doctest.h>

#include <functional>

#include "models/invariants.h"
#include "models/plan/compile.h"
#include "models/run.h"
#include "tests/support/fleet_builder.h"

namespace {

using models::Plan;
using models::Results;
using support::call;
using support::kMs;
using support::service;
using support::work;

models::ScenarioSpec pair_of_services() {
  auto spec = support::scenario(
      {service("web", {call("db")}, 1, 8), service("db", {work(sim::Distribution::exponential(3 * kMs))}, 1, 2)}, "web",
      300, 2 * sim::kSecond, sim::kSecond);
  spec.services[1].queue.capacity = 2;
  spec.candidates = {support::candidate(models::EnforcedBy::None), support::candidate(models::EnforcedBy::Sidecar)};
  return spec;
}

std::vector<Plan> plans_of(const models::ScenarioSpec& spec) {
  std::vector<Plan> plans;
  for (std::size_t c = 0; c < spec.candidates.size(); ++c) plans.push_back(models::compile(spec, c));
  return plans;
}

}  // namespace

TEST_CASE("an experiment ends with the first replication that breaks an invariant, and says which") {
  const std::vector<Plan> plans = plans_of(pair_of_services());
  models::ExperimentOptions options;
  options.seed = 7;
  options.replications = 6;
  options.threads = 2;
  CHECK(models::run_experiment(plans, options).size() == 2);  // the built-in audit is content
  std::uint64_t third = 0;  // a request is lost in the third replication of the second candidate
  {
    models::RunOptions one{.seed = 7, .replication = 2};
    third = models::run(plans[1], one).calls_opened;
  }
  options.audit = [&](const Plan& plan, const Results& results) {
    Results broken = results;
    if (&plan == &plans[1] && results.calls_opened == third) --broken.calls_closed;
    return models::broken_invariant(plan, broken);
  };
  try {
    static_cast<void>(models::run_experiment(plans, options));
    FAIL("nobody noticed");
  } catch (const models::BrokenInvariant& broken) {
    CHECK(std::string(broken.what()).find("calls opened = closed + unfinished") != std::string::npos);
    CHECK(std::string(broken.what()).find(std::to_string(third)) != std::string::npos);
    CHECK(broken.candidate == plans[1].catalog.candidate);
    CHECK(broken.replication == 2);
    CHECK(broken.seed == 7);
  }
}

TEST_CASE("the audit notices every kind of book that does not balance") {
  const models::ScenarioSpec spec = pair_of_services();
  const Plan plan = models::compile(spec, 0);
  const Results sound = models::run(plan, {});
  REQUIRE(models::broken_invariant(plan, sound).empty());
  REQUIRE(sound.edges.at(0).outcomes[static_cast<std::size_t>(models::Outcome::Overflow)] > 0);
  struct Fraud {
    const char* message;
    std::function<void(Results&)> commit;
  };
  const Fraud frauds[] = {
      {"calls opened", [](Results& r) { ++r.calls_opened; }},
      {"calls + retries", [](Results& r) { r.attempts += r.calls_opened + 1; }},
      {"roots closed", [](Results& r) { r.roots_closed = r.roots_opened + 1; }},
      {"arrivals", [](Results& r) { ++r.entries[0].total.arrivals; }},
      {"successes", [](Results& r) { r.entries[0].total.ok.observe(1); }},
      {"failures", [](Results& r) { r.entries[0].total.failed.observe(1); }},
      {"calls = outcomes", [](Results& r) { ++r.edges[0].calls; }},
      {"tries sent", [](Results& r) { r.edges[0].attempts = 0; }},
      {"time in queue", [](Results& r) { r.services[1].queue_time = r.services[1].in_system_time + 1; }},
      {"workers busier", [](Results& r) { r.services[1].busy_worker_time = r.services[1].worker_time + 1; }},
      {"Little's law", [](Results& r) { ++r.services[0].in_system_time; }},
      {"Little's law", [](Results& r) { r.endpoints[1].sojourn.observe(1); }},
      {"useful CPU", [](Results& r) { r.resources.useful_cpu = r.resources.app_cpu + 1; }},
  };
  for (const Fraud& fraud : frauds) {
    CAPTURE(fraud.message);
    Results books = sound;
    fraud.commit(books);
    CHECK(models::broken_invariant(plan, books).find(fraud.message) != std::string::npos);
  }
}
