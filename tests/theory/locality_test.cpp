// Failover between zones by Envoy's priorities: how much of the load stays with the client's own zone when some of its
// replicas are out. These answer 503 and are ejected before the measured part, for good.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/theory/probe.h"

namespace {

using namespace theory;

// Envoy's figures: 1.4 times as many replicas as needed are assumed.
Values loads(double healthy) {
  const double own = std::min(100.0, std::floor(140 * healthy));
  return {{"load_p0_percent", own}, {"load_p1_percent", 100 - own}};
}

std::function<Measure(const Size&)> failover(std::uint32_t good, std::uint32_t broken) {
  return [=](const Size& size) -> Measure {
    models::ServiceSpec api = station("api", constant(0.001), models::kUnlimited);
    const models::VersionSpec plain = api.versions[0];
    api.versions.assign(3, plain);
    const auto place = [&](std::size_t version, const char* name, const char* zone, std::uint32_t replicas) {
      api.versions[version].name = name;
      api.versions[version].zones = {{zone, replicas}};
      api.versions[version].replicas = replicas;
    };
    place(0, "good", "a", good);
    place(1, "broken", "a", broken);
    place(2, "other", "b", good + broken);
    api.versions[1].endpoints[0].errors.rate = 1.0;
    api.versions[1].endpoints[0].errors.status = 503;
    models::ServiceSpec web = caller("web", {support::call("api")});
    web.versions[0].zones = {{"a", 1}};
    models::ScenarioSpec spec = open({api, web}, "web", 1000, {size.replications, size.requests, 20'000});
    spec.zones = {"a", "b"};
    spec.candidates = {support::candidate(models::EnforcedBy::Sidecar)};
    spec.candidates[0].product = "istio-1.24";
    models::OutlierDetectionSpec outlier;
    outlier.max_ejection = 1.0;
    outlier.base_ejection_time = 3600 * sim::kSecond;
    outlier.max_ejection_time = 3600 * sim::kSecond;
    spec.policy.destinations["api"].outlier_detection = outlier;
    spec.policy.destinations["api"].retries = models::RetrySpec{};
    return [plan = plan_of(spec)](std::uint64_t seed) {
      const Probe probe(plan, seed);
      const auto& requests = probe.service("api").version_requests;  // by name: broken, good, other
      const auto all = static_cast<double>(requests[0] + requests[1] + requests[2]);
      const double own = 100 * static_cast<double>(requests[0] + requests[1]) / all;
      return Values{{"load_p0_percent", own}, {"load_p1_percent", 100 - own}};
    };
  };
}

}  // namespace

TEST_CASE("half of a zone's replicas are out: it keeps 70% of its load") {
  judge({"prio_lb_50",
         "50 of 100 replicas of the own zone healthy",
         {32, 31250, 0},
         {stat("load_p0_percent", 70.0, 0.00131), stat("load_p1_percent", 30.0, 0.00306)},
         loads(0.5),
         failover(50, 50)});
}

TEST_CASE("72% of a zone's replicas are healthy: it keeps all of its load") {
  judge({"prio_lb_72",
         "72 of 100 replicas of the own zone healthy",
         {32, 31250, 0},
         {exact("load_p0_percent", 100.0), exact("load_p1_percent", 0.0)},
         loads(0.72),
         failover(72, 28)});
}
