// Teams, libraries, deviations, enrolment, carriers and control planes, as the reader sees them.
#include <doctest/doctest.h>

#include <string>

#include "scenarios/reader/reader.h"

namespace {

using models::Carrier;
using models::EnforcedBy;
using models::Knob;

const std::string kFleet = R"(
meshsim: 1
services:
  web: {language: go, serviceTime: 1ms, calls: [db]}
  job: {language: node, serviceTime: 1ms, calls: [db]}
  db: {serviceTime: 1ms}
traffic: {web: 1/s}
teams:
  shop: {services: [web], redeploy: {median: 3d, p95: 14d}}
)";

models::ScenarioSpec good(const std::string& more) {
  const reader::LoadResult r = reader::load_text("t", kFleet + more);
  INFO(r.text());
  REQUIRE(r.scenario.has_value());
  return *r.scenario;
}

// The codes of the diagnostics, in order, and whether it loads.
std::string codes(const std::string& more) {
  const reader::LoadResult r = reader::load_text("t", kFleet + more);
  std::string out;
  for (const reader::Diagnostic& d : r.diagnostics) out += (out.empty() ? "" : " ") + d.code;
  return out + (r.scenario ? "" : " !");
}

}  // namespace

TEST_CASE("the names of candidates say who acts, and automated has lead times of its own") {
  const auto s = good("candidates: [none, library, automated, sidecar, proxyless, gateway]\n");
  const EnforcedBy by[] = {EnforcedBy::None,    EnforcedBy::Library,   EnforcedBy::Library,
                           EnforcedBy::Sidecar, EnforcedBy::Proxyless, EnforcedBy::Gateway};
  REQUIRE(s.candidates.size() == 6);
  for (std::size_t c = 0; c < 6; ++c) CHECK(s.candidates[c].enforced_by == by[c]);
  CHECK_FALSE(s.candidates[1].redeploy.has_value());
  REQUIRE(s.candidates[2].redeploy.has_value());
  CHECK(s.candidates[2].redeploy->quantile(0.5) == doctest::Approx(4 * 3600e9));
  CHECK(s.candidates[3].profile.has_value());
  CHECK(s.candidates[5].profile.has_value());
  CHECK_FALSE(s.candidates[4].profile.has_value());
  const models::ControlPlaneSpec defaults;  // of the table and of the spec are the same
  const models::ControlPlaneSpec& read = s.candidates[3].control_plane;
  CHECK(read.watch_delay == defaults.watch_delay);
  CHECK(read.push_context == defaults.push_context);
  CHECK(read.generate == defaults.generate);
  CHECK(read.network == defaults.network);
  CHECK(read.apply == defaults.apply);
  CHECK(read.throttle == defaults.throttle);
  CHECK(read.debounce_quiet == defaults.debounce_quiet);
  CHECK(read.debounce_max == defaults.debounce_max);
  CHECK(s.candidates[1].replica_ratio == models::CandidateSpec().replica_ratio);
  CHECK(s.candidates[1].runtime_config == models::CandidateSpec().runtime_config);
}

TEST_CASE("teams are enrolled by their services, carriers by knob, deviations with what they say") {
  const auto s = good(R"(
candidates:
  half: {enforcedBy: sidecar, enrolled: {teams: [shop], services: [db]}, others: none}
  library:
    runtimeConfig: {constant: 5s}
    carriers: {retries: redeploy}
    deviations: [{team: shop, to: db, share: 25%, by: team, timeout: 3s}]
)");
  CHECK(s.candidates[0].enrolled == std::vector<std::string>{"db", "web"});
  CHECK(s.candidates[0].others == EnforcedBy::None);
  const models::CandidateSpec& library = s.candidates[1];
  CHECK(library.has_runtime_config);
  CHECK(library.carriers.at(Knob::Retries) == Carrier::Redeploy);
  REQUIRE(library.deviations.size() == 1);
  CHECK(library.deviations[0].share == 0.25);
  CHECK(library.deviations[0].by == models::DeviationBy::Team);
  CHECK(library.deviations[0].policy.timeout == 3 * sim::kSecond);
  CHECK(s.teams[0].redeploy->quantile(0.95) == doctest::Approx(14 * 86400e9));
}

TEST_CASE("what cannot be meant is refused, all of it in one pass") {
  CHECK(codes("candidates: {none: {redeploy: {constant: 1h}}}\n") == "MS023 !");
  CHECK(codes("candidates: {library: {carriers: {timeout: push}}}\n") == "MS023 !");
  CHECK(codes("candidates: {library: {carriers: {timeout: pigeon}}}\n") == "MS021 !");
  CHECK(codes("candidates: {library: {enrolled: {teams: [shop]}}}\n") == "MS023 !");
  CHECK(codes("candidates: {library: {controlPlane: {throttle: 3}}}\n") == "MS023 !");
  CHECK(codes("candidates: {library: {keepsLibrary: true}}\n") == "MS023 !");
  CHECK(codes("candidates: {sidecar: {others: none}}\n") == "MS023 !");
  CHECK(codes("candidates: {sidecar: {enrolled: {teams: [shpo], services: [wbe]}}}\n") == "MS038 MS030 !");
  CHECK(codes("candidates: {sidecar: {enrolled: {}}}\n") == "MS012 !");
  CHECK(codes("candidates: {library: {deviations: [{team: nobody, timeout: 1s}, {to: db}]}}\n") == "MS038 MS012 !");
  CHECK(codes("candidates: {library: {deviations: [{to: db, share: 130%, timeout: 1s}]}}\n") == "MS020 !");
  CHECK(codes("candidates: {library: {deviations: [{split: {v1: 100%}}]}}\n") == "MS012 MS023 !");
  CHECK(codes("candidates: {sidecar: {controlPlane: {debounce: {quiet: 2s, max: 1s}}}}\n") == "MS023 !");
  CHECK(codes("timeline: [{name: d, at: 1s, down: control-plane}]\n") == "MS016 !");
  CHECK(codes("timeline: [{name: d, at: 1s, for: 1s, down: database}]\n") == "MS021 !");
  CHECK(codes("timeline: [{name: d, at: 1s, for: 1s, down: control-plane, replicas: 2}]\n") == "MS023 !");
  CHECK(codes("libraries: {cobol: {supports: [timeout, magic]}}\n") == "MS062 MS021 !");
  CHECK(codes("libraries: {cobol: {supports: [timeout]}}\n") == "MS062");
}

TEST_CASE("a service has one owner") {
  const reader::LoadResult r = reader::load_text("t",
                                                 "meshsim: 1\nservices: {a: {serviceTime: 1ms}}\ntraffic: {a: 1/s}\n"
                                                 "teams: {x: {services: [a]}, y: {services: [a]}}\n");
  REQUIRE(r.diagnostics.size() == 1);
  CHECK(r.diagnostics[0].message == "`a` belongs to two teams: x and y");
}
