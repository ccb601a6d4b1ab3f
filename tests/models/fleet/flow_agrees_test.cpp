// The flow equations against the simulator: below capacity a run has to show the rates and the utilisation that they
// predict.
#include <doctest/doctest.h>

#include "models/fleet/flow.h"
#include "models/plan/compile.h"
#include "models/run.h"
#include "tests/models/fleet/fixture.h"

using namespace fleet_test;

namespace {
// web (blocking) -> cart x 3 of two versions, ads half of the time; exponential work, about half busy.
models::ScenarioSpec busy_shop() {
  auto spec = shop();
  spec.traffic[0].rate.rate = 400;
  for (auto& service : spec.services) {
    for (auto& step : service.versions[0].endpoints[0].steps) {
      if (step.duration) step.duration = sim::Distribution::exponential(step.duration->mean());
    }
  }
  spec.services[0].blocking = true;
  spec.services[0].workers = 10;
  spec.services[1].versions[0].replicas = 2;
  spec.services[1].versions.push_back(version("v2", 1, {endpoint("get", {work(2), call("ads", "get")})}));
  spec.services[1].workers = 8;
  spec.services[2].workers = 8;
  spec.services[2].versions[0].endpoints[0].steps[0].duration = sim::Distribution::exponential(8e6);
  spec.policy.destinations["cart"].split = {{"v1", 80}, {"v2", 20}};
  models::CandidateSpec library;
  library.name = "library";
  library.enforced_by = models::EnforcedBy::Library;
  library.load_balancer = models::LoadBalancer::LeastRequest;
  spec.candidates = {library};
  spec.baseline = "library";
  spec.run.duration = 100 * sim::kSecond;
  return spec;
}
}  // namespace

TEST_CASE("a simulated run shows the rates and the utilisation that the flow equations predict") {
  const auto spec = busy_shop();
  const auto graph = models::build(spec);
  const auto flow = compute_flow(spec, graph, &spec.candidates[0]);
  const auto plan = models::compile(spec, 0);
  const auto results = models::run(plan, {.seed = 7});
  const double seconds = sim::to_seconds(spec.run.duration);

  // 40,000 requests arrive: three standard errors of the rates are 1.5%.
  REQUIRE(results.endpoints.size() == flow.endpoint_rate.size());
  for (std::size_t e = 0; e < results.endpoints.size(); ++e) {
    CAPTURE(graph.endpoint_name(e));
    CHECK(static_cast<double>(results.endpoints[e].requests) / seconds ==
          doctest::Approx(flow.endpoint_rate[e]).epsilon(0.015));
  }
  REQUIRE(results.services.size() == flow.services.size());
  for (std::size_t s = 0; s < results.services.size(); ++s) {
    const auto& measured = results.services[s];
    CAPTURE(graph.services[s].name);
    const double cores = static_cast<double>(measured.cpu_time) * 1e-9 / seconds;
    CHECK(cores == doctest::Approx(flow.services[s].cpu_demand).epsilon(0.03));
    for (std::size_t v = 0; v < flow.services[s].versions.size(); ++v) {
      const double rate = static_cast<double>(measured.version_requests[v]) / seconds;
      CHECK(rate == doctest::Approx(flow.services[s].versions[v].rate).epsilon(0.03));
    }
  }
  // ads never blocks: its workers are held for exactly the work. web holds them through its calls, so queueing
  // downstream may add to what the equations say, never take away.
  const std::size_t ads = *graph.find_service("ads");
  const std::size_t web = *graph.find_service("web");
  const auto held = [&](std::size_t s) {
    return static_cast<double>(results.services[s].busy_worker_time) * 1e-9 / seconds;
  };
  CHECK(held(ads) == doctest::Approx(flow.services[ads].worker_demand).epsilon(0.03));
  CHECK(held(web) > 0.97 * flow.services[web].worker_demand);
  CHECK(held(web) < 1.25 * flow.services[web].worker_demand);
  CHECK(flow.services[ads].utilisation > 0.3);
  CHECK(flow.services[ads].utilisation < 0.9);
}
