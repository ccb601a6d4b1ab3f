#include "models/fleet/holders.h"

#include <doctest/doctest.h>

#include "tests/models/fleet/fixture.h"

using namespace fleet_test;
using models::check_holders;
using models::EnforcedBy;

namespace {

models::CandidateSpec candidate(EnforcedBy by) {
  models::CandidateSpec spec;
  spec.name = "it";
  spec.enforced_by = by;
  return spec;
}

// The one finding, as "code path: message"; empty if there is none.
std::string only(const models::ScenarioSpec& spec) {
  const auto findings = check_holders(spec);
  REQUIRE(findings.size() <= 1);
  if (findings.empty()) return "";
  CHECK(findings[0].severity == models::Finding::Severity::Error);
  return findings[0].code + " " + findings[0].path + ": " + findings[0].message;
}

}  // namespace

TEST_CASE("teams own services that exist, and a service has one team") {
  auto spec = shop();
  spec.teams = {{"a", {"web", "cart"}, {}}, {"b", {"ads"}, {}}};
  CHECK(only(spec) == "");
  spec.teams[1].services = {"ad"};
  CHECK(only(spec) == "missing-reference teams.b: team 'b' owns service 'ad', which does not exist");
  spec.teams[1].services = {"cart"};
  CHECK(only(spec) == "two-teams teams.b: service 'cart' is in the teams 'a' and 'b'");
}

TEST_CASE("enrolment and deviations name what exists") {
  auto spec = shop();
  spec.teams = {{"a", {"web"}, {}}};
  spec.candidates = {candidate(EnforcedBy::Sidecar)};
  auto& it = spec.candidates[0];
  it.enrolled = {"web", "ads"};
  it.deviations.resize(1);
  it.deviations[0].team = "a";
  it.deviations[0].service = "web";
  it.deviations[0].to = "cart";
  CHECK(only(spec) == "");
  it.enrolled = {"wbe"};
  CHECK(only(spec) ==
        "missing-reference candidates.it.enrolled: candidate 'it' enrols service 'wbe', which does not exist");
  it.enrolled.reset();
  it.deviations[0].team = "b";
  CHECK(only(spec) ==
        "missing-reference candidates.it.deviations[0]: a deviation is that of team 'b', which does not exist");
  it.deviations[0].team.clear();
  it.deviations[0].to = "crat";
  CHECK(only(spec) ==
        "missing-reference candidates.it.deviations[0]: a deviation is one towards service 'crat', which does not "
        "exist");
  it.deviations[0].to.clear();
  for (const double share : {-0.1, 1.1}) {
    it.deviations[0].share = share;
    CHECK(only(spec).rfind("bad-share candidates.it.deviations[0]", 0) == 0);
  }
}

TEST_CASE("a push needs a control plane, and numbers of replicas carry splits alone") {
  auto spec = shop();
  spec.candidates = {candidate(EnforcedBy::Library)};
  spec.candidates[0].carriers = {{models::Knob::Timeout, models::Carrier::Push}};
  CHECK(only(spec) ==
        "no-control-plane candidates.it.carriers: candidate 'it' pushes timeout but has no control plane");
  for (const EnforcedBy by : {EnforcedBy::Sidecar, EnforcedBy::Proxyless, EnforcedBy::Gateway}) {
    spec.candidates[0].enforced_by = by;
    CHECK(only(spec) == "");
  }
  spec.candidates[0].carriers = {{models::Knob::Split, models::Carrier::ReplicaRatio}};
  CHECK(only(spec) == "");
  spec.candidates[0].carriers = {{models::Knob::Mtls, models::Carrier::ReplicaRatio}};
  CHECK(only(spec) == "bad-carrier candidates.it.carriers: numbers of replicas carry a split, not mtls");
}
