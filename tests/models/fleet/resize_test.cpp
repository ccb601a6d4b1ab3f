#include "models/fleet/resize.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/fleet/flow.h"
#include "models/fleet/generate.h"
#include "models/fleet/validate.h"
#include "tests/models/fleet/fixture.h"

namespace {

using models::ScenarioSpec;

ScenarioSpec fleet(std::uint32_t services, std::uint64_t seed) {
  models::FleetShape shape;
  shape.services = services;
  shape.seed = seed;
  return models::generate_fleet(shape);
}

std::map<std::string, models::ServiceFlow> flows(const ScenarioSpec& spec) {
  const models::FleetGraph graph = models::build(spec);
  const models::Flow flow = models::compute_flow(spec, graph);
  std::map<std::string, models::ServiceFlow> by_name;
  for (std::size_t s = 0; s < flow.services.size(); ++s) by_name[graph.services[s].name] = flow.services[s];
  return by_name;
}

double calls(const ScenarioSpec& spec) {
  double sum = 0;
  for (const auto& [name, flow] : flows(spec)) sum += flow.call_rate;
  return sum;
}

void check_whole(const ScenarioSpec& spec, std::size_t services) {
  CHECK(spec.services.size() == services);
  for (const models::Finding& finding : models::validate(spec)) FAIL_CHECK(finding.message);
  std::size_t owned = 0;
  for (const models::TeamSpec& team : spec.teams) owned += team.services.size();
  CHECK(owned == services);
}

}  // namespace

TEST_CASE("thinning leaves a whole fleet in which everybody has the rate it had") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const ScenarioSpec spec = fleet(120, seed);
    const auto before = flows(spec);
    for (const std::uint32_t n : {119U, 60U, 20U, 5U, 2U}) {
      const ScenarioSpec thin = models::thin_fleet(spec, n);
      check_whole(thin, n);
      for (const auto& [name, flow] : flows(thin)) {
        CHECK(flow.rate == doctest::Approx(before.at(name).rate));
        CHECK(flow.utilisation == doctest::Approx(before.at(name).utilisation));
      }
    }
  }
}

TEST_CASE("the least called leaf goes first") {
  const ScenarioSpec thin = models::thin_fleet(fleet_test::shop(), 2);  // cart has 300 requests/s, ads 50
  REQUIRE(thin.services.size() == 2);
  CHECK(thin.services[0].name == "web");
  CHECK(thin.services[1].name == "cart");
  CHECK(thin.services[0].versions[0].endpoints[0].steps.size() == 2);
}

TEST_CASE("what the timeline acts on stays, and the way to it") {
  ScenarioSpec spec = fleet(60, 2);
  models::TimelineEntrySpec slow;
  slow.name = "slow";
  slow.service = spec.services.back().name;
  spec.timeline.push_back(slow);
  const std::uint32_t least = 1 + static_cast<std::uint32_t>(spec.traffic.size());
  for (std::uint32_t n = 59; n > least + 4; n -= 5) {
    const ScenarioSpec thin = models::thin_fleet(spec, n);
    check_whole(thin, n);
  }
  CHECK_THROWS_AS(static_cast<void>(models::thin_fleet(spec, 1)), std::invalid_argument);
}

TEST_CASE("what is dropped is mentioned nowhere any more") {
  ScenarioSpec spec = fleet_test::shop();
  spec.policy.destinations["ads"].timeout = 1;
  spec.policy.destinations["cart"].timeout = 1;
  spec.teams = {{"shop", {"web", "cart"}, {}}, {"adverts", {"ads"}, {}}};
  models::CandidateSpec part;
  part.name = "part";
  part.enrolled = std::vector<std::string>{"web", "ads"};
  part.deviations.resize(4);
  part.deviations[0].service = "ads";
  part.deviations[1].to = "ads";
  part.deviations[2].team = "adverts";
  part.deviations[3].service = "web";
  spec.candidates.push_back(part);
  const ScenarioSpec thin = models::thin_fleet(spec, 2);
  CHECK(thin.policy.destinations.size() == 1);
  CHECK(thin.teams.size() == 1);
  CHECK(*thin.candidates[0].enrolled == std::vector<std::string>{"web"});
  REQUIRE(thin.candidates[0].deviations.size() == 1);
  CHECK(thin.candidates[0].deviations[0].service == "web");
}

TEST_CASE("a choice that loses an alternative keeps the probabilities of the others") {
  ScenarioSpec spec = fleet_test::shop();
  models::StepSpec cart = fleet_test::call("cart", "get"), ads = fleet_test::call("ads", "get");
  cart.probability = 0.75;
  ads.probability = 0.25;
  auto& steps = spec.services[0].versions[0].endpoints[0].steps;
  steps = {fleet_test::group(models::StepKind::Choose, {cart, ads})};
  CHECK(flows(models::thin_fleet(spec, 2)).at("cart").rate == doctest::Approx(75));
  CHECK(models::thin_fleet(spec, 1).services[0].versions[0].endpoints[0].steps.empty());
}

TEST_CASE("growing keeps the traffic and the calls per request, and shares the rates out among the copies") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const ScenarioSpec spec = fleet(30, seed);
    const auto before = flows(spec);
    for (const std::uint32_t n : {31U, 45U, 100U, 400U}) {
      const ScenarioSpec grown = models::grow_fleet(spec, n);
      check_whole(grown, n);
      CHECK(calls(grown) == doctest::Approx(calls(spec)));
      std::map<std::string, double> sums;
      for (const auto& [name, flow] : flows(grown)) {
        const std::string original = name.substr(0, name.find('-'));
        sums[original] += flow.rate;
        CHECK(flow.utilisation <= before.at(original).utilisation * (1 + 1e-9));
      }
      CHECK(sums.size() == 30);
      for (const auto& [name, sum] : sums) CHECK(sum == doctest::Approx(before.at(name).rate));
    }
  }
}

TEST_CASE("copies have the policy of the original and a team of their own") {
  ScenarioSpec spec = fleet_test::shop();
  spec.policy.destinations["cart"].timeout = 7;
  spec.teams = {{"shop", {"web", "cart", "ads"}, sim::Distribution::constant(5)}};
  const ScenarioSpec grown = models::grow_fleet(spec, 5);
  check_whole(grown, 5);
  CHECK(grown.services[3].name == "ads-2");
  CHECK(grown.services[4].name == "cart-2");
  CHECK(grown.policy.destinations.at("cart-2").timeout == 7);
  REQUIRE(grown.teams.size() == 2);
  CHECK(grown.teams[1].name == "shop-2");
  CHECK(grown.teams[1].services == std::vector<std::string>{"ads-2", "cart-2"});
  CHECK(grown.teams[1].redeploy.has_value());
  CHECK(grown.services[1].versions[0].replicas == 2);  // half of four
  CHECK(grown.services[4].versions[0].replicas == 2);
}

TEST_CASE("replicas that a resized fleet keeps have their weights") {
  ScenarioSpec spec = fleet_test::shop();
  spec.services[1].versions[0].weights = {9, 3, 1, 1};
  const ScenarioSpec grown = models::grow_fleet(spec, 5);
  CHECK(grown.services[1].name == "cart");
  CHECK(grown.services[1].versions[0].weights == std::vector<std::uint32_t>{9, 3});
  CHECK(grown.services[4].versions[0].weights == std::vector<std::uint32_t>{9, 3});
  CHECK(grown.services[3].versions[0].weights.empty());
}

TEST_CASE("a fleet of its size stays as it is, and one without calls cannot grow") {
  const ScenarioSpec spec = fleet_test::shop();
  CHECK(flows(models::grow_fleet(spec, 3)).at("cart").utilisation == flows(spec).at("cart").utilisation);
  CHECK(models::thin_fleet(spec, 3).services.size() == 3);
  const ScenarioSpec alone = models::thin_fleet(spec, 1);
  CHECK_THROWS_AS(static_cast<void>(models::grow_fleet(alone, 2)), std::invalid_argument);
}
