#include "models/fleet/size.h"

#include <doctest/doctest.h>

#include "tests/support/fleet_builder.h"

using namespace models;

TEST_CASE("a fleet whose tables cannot fit is an error before anything is allocated") {
  auto api = support::service("api", {support::work(sim::Distribution::constant(1e6))});
  auto web = support::service("web", {support::call("api")});
  api.versions[0].replicas = 16'384;
  web.versions[0].replicas = 16'384;
  ScenarioSpec spec = support::scenario({web, api}, "web", 1, sim::kSecond);
  CHECK(check_size(spec).empty());  // 2^28 exactly
  spec.services[0].versions[0].replicas += 1;
  const std::vector<Finding> findings = check_size(spec);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].severity == Finding::Severity::Error);
  CHECK(std::string(findings[0].code) == "fleet-too-large");
}
