// What `validate --reachability` says by the rules is what happens to requests.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/plan/compile.h"
#include "models/plan/reachability.h"
#include "models/run.h"
#include "tests/support/fleet_builder.h"

namespace {

using namespace models;
using sim::Distribution;
using support::call;
using support::service;
using support::work;

ScenarioSpec fleet() {
  auto spec = support::scenario({service("web", {call("api")}), service("batch", {call("api")}),
                                 service("api", {work(Distribution::constant(1e6))})},
                                "web", 20, sim::kSecond);
  spec.traffic.push_back(spec.traffic[0]);
  spec.traffic[1].name = "nightly";
  spec.traffic[1].service = "batch";
  return spec;
}

Reach said(const std::vector<ReachRow>& rows, const std::string& callee, const std::string& caller) {
  for (const ReachRow& row : rows) {
    const auto found = std::find(row.callers.begin(), row.callers.end(), caller);
    if (row.callee == callee && found != row.callers.end()) {
      return row.reach[static_cast<std::size_t>(found - row.callers.begin())];
    }
  }
  FAIL("no such row");
  return Reach::Refused;
}

Outcome expected(Reach reach) {
  return reach == Reach::Denied    ? Outcome::Denied
         : reach == Reach::Refused ? Outcome::ConnectionTermination
                                   : Outcome::Ok;
}

}  // namespace

TEST_CASE("for every arrangement of three services, requests end as reachability says") {
  const std::vector<std::string> names = {"api", "batch", "web"};
  const std::vector<std::vector<AuthorizationRule>> rules = {
      {}, {{}}, {{.from = {"web"}, .to = {}}}, {{.from = {}, .to = {"default"}}}, {{.from = {"batch"}, .to = {"x"}}}};
  std::uint32_t met[4] = {};
  for (std::uint32_t enrolled = 0; enrolled < 8; ++enrolled) {
    for (const EnforcedBy others : {EnforcedBy::None, EnforcedBy::Library}) {
      for (const MtlsMode mode : {MtlsMode::Disable, MtlsMode::Permissive, MtlsMode::Strict}) {
        for (std::size_t allow = 0; allow <= rules.size(); ++allow) {
          for (const bool deny : {false, true}) {
            ScenarioSpec spec = fleet();
            CandidateSpec candidate = support::candidate(EnforcedBy::Sidecar);
            candidate.others = others;
            candidate.enrolled.emplace();
            for (std::uint32_t s = 0; s < 3; ++s) {
              if ((enrolled >> s & 1) != 0) candidate.enrolled->push_back(names[s]);
            }
            spec.candidates = {candidate};
            auto& policy = spec.policy.destinations["api"];
            policy.mtls = mode;
            if (allow < rules.size()) policy.allow = rules[allow];
            if (deny) policy.deny = std::vector<AuthorizationRule>{{.from = {"batch"}, .to = {}}};
            const std::vector<ReachRow> rows = reachability(spec, 0, 0);
            const Results r = models::run(compile(spec, 0), {.seed = 1, .replication = 0});
            for (std::size_t e = 0; e < 2; ++e) {  // batch, web
              const Reach reach = said(rows, "api/default", names[e + 1]);
              ++met[static_cast<std::size_t>(reach)];
              CAPTURE(enrolled);
              CAPTURE(allow);
              CAPTURE(deny);
              CHECK(r.edges[e].outcomes[static_cast<std::size_t>(expected(reach))] == r.edges[e].calls);
            }
          }
        }
      }
    }
  }
  for (const std::uint32_t count : met) CHECK(count > 20);  // each verdict was met
}

TEST_CASE("a change of the rules is in the rows that count it") {
  ScenarioSpec spec = fleet();
  spec.candidates = {support::candidate(EnforcedBy::Sidecar)};
  TimelineEntrySpec change;
  change.name = "lock-down";
  change.at = sim::kSecond / 2;
  change.verb = TimelineVerb::Change;
  change.change.destinations["api"].allow = std::vector<AuthorizationRule>{{.from = {"web"}, .to = {}}};
  change.change.destinations["api"].mtls = MtlsMode::Strict;
  spec.timeline = {change};
  CHECK(said(reachability(spec, 0, 0), "api/default", "batch") == Reach::Mtls);
  CHECK(said(reachability(spec, 0, 0), "api/default", kOutsider) == Reach::Plaintext);
  CHECK(said(reachability(spec, 0, 1), "api/default", "batch") == Reach::Denied);
  CHECK(said(reachability(spec, 0, 1), "api/default", "web") == Reach::Mtls);
  CHECK(said(reachability(spec, 0, 1), "api/default", kOutsider) == Reach::Refused);
}
