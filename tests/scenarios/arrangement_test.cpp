// Who holds the policy and how its changes travel: teams, libraries, and the parts of a candidate, from YAML to values.
#include <doctest/doctest.h>

#include <string>

#include "scenarios/reader/fields.h"
#include "scenarios/reader/reader.h"
#include "scenarios/reader/render.h"
#include "tests/scenarios/same_spec.h"

using models::Carrier;
using models::EnforcedBy;
using models::Knob;
using sim::Distribution;

namespace {

constexpr double kMs = 1e6;
constexpr double kDay = 86400e9;

const std::string kFleet = R"(
meshsim: 1
teams:
  shop:     {services: [web, cart], redeploy: {median: 3d, p95: 14d}}
  payments: {services: [payment], redeploy: {median: 21d, p95: 90d}}
libraries:
  node: {supports: [timeout]}
  go:
    supports: [timeout, retries, mtls, telemetry, loadBalancer, split, connectionPool, outlierDetection, fault,
               mirror, rateLimit, authorization]
services:
  web:     {language: node, serviceTime: 2ms, calls: [cart, payment]}
  cart:    {language: go, serviceTime: 4ms}
  payment: {language: go, serviceTime: 8ms, versions: {v1: {replicas: 2}, v2: {replicas: 1}}}
  ads:     {serviceTime: 1ms}
traffic: {web: 300/s, ads: 1/s}
)";

models::ScenarioSpec good(const std::string& text) {
  const reader::LoadResult r = reader::load_text("test.yaml", text);
  INFO(r.text());
  REQUIRE(r.scenario.has_value());
  return *r.scenario;
}

models::CandidateSpec candidate(const std::string& body) {
  return good(kFleet + "candidates: {it: {" + body + "}}\n").candidates.at(0);
}

bool fails(const std::string& tail, const std::string& code) {
  const reader::LoadResult r = reader::load_text("test.yaml", kFleet + tail);
  INFO(r.text());
  bool named = false;
  for (const auto& d : r.diagnostics) named = named || d.code == code;
  return named && !r.scenario.has_value();
}

}  // namespace

TEST_CASE("teams and libraries are read, sorted by name") {
  const auto s = good(kFleet);
  REQUIRE(s.teams.size() == 2);
  CHECK(s.teams[0].name == "payments");
  CHECK(s.teams[0].services == std::vector<std::string>{"payment"});
  CHECK(s.teams[0].redeploy == Distribution::lognormal_quantiles(21 * kDay, 0.95, 90 * kDay));
  CHECK(s.teams[1].services == std::vector<std::string>{"cart", "web"});
  CHECK(s.teams[1].redeploy == Distribution::lognormal_quantiles(3 * kDay, 0.95, 14 * kDay));
  REQUIRE(s.libraries.size() == 2);
  CHECK(s.libraries[0].language == "go");
  CHECK(s.libraries[0].supports == models::kSupportsAll);
  CHECK(s.libraries[1].supports == models::bit(Knob::Timeout));
  CHECK(!s.run.adoption.has_value());
  CHECK(good(kFleet + "run: {adoption: 25%}\n").run.adoption == 0.25);
  CHECK(good(kFleet + "run: {adoption: 0%}\n").run.adoption == 0.0);
}

TEST_CASE("each word of supports is its own bit") {
  const auto supports = [](const std::string& words) {
    return good(
               "meshsim: 1\nservices: {a: {language: go, serviceTime: 1ms}}\ntraffic: {a: 1/s}\nlibraries: {go: "
               "{supports: [" +
               words + "]}}\n")
        .libraries.at(0)
        .supports;
  };
  CHECK(supports("") == 0);
  CHECK(supports("timeout") == models::bit(Knob::Timeout));
  CHECK(supports("retries") == models::bit(Knob::Retries));
  CHECK(supports("loadBalancer") == models::bit(Knob::LoadBalancer));
  CHECK(supports("split") == models::bit(Knob::Split));
  CHECK(supports("mtls") == models::bit(Knob::Mtls));
  CHECK(supports("telemetry") == models::kTelemetryBit);
  CHECK(supports("telemetry, mtls") == (models::kTelemetryBit | models::bit(Knob::Mtls)));
}

TEST_CASE("six names say who enforces, and automated has the law of fleet automation") {
  const auto s = good(kFleet + "candidates: [none, library, automated, sidecar, proxyless, gateway]\n");
  REQUIRE(s.candidates.size() == 6);
  CHECK(s.candidates[0].enforced_by == EnforcedBy::None);
  CHECK(s.candidates[1].enforced_by == EnforcedBy::Library);
  CHECK(!s.candidates[1].redeploy.has_value());
  CHECK(s.candidates[2].enforced_by == EnforcedBy::Library);
  CHECK(s.candidates[2].redeploy == Distribution::lognormal_quantiles(kDay / 6, 0.95, 2 * kDay));
  CHECK(s.candidates[3].enforced_by == EnforcedBy::Sidecar);
  CHECK(s.candidates[4].enforced_by == EnforcedBy::Proxyless);
  CHECK(!s.candidates[4].profile.has_value());
  CHECK(s.candidates[4].product.empty());
  CHECK(s.candidates[5].enforced_by == EnforcedBy::Gateway);
  CHECK(s.candidates[5].product == "istio-1.24");
  CHECK(s.candidates[5].profile->name == "istio-1.24");
  const auto own = good(kFleet + "candidates: {automated: {redeploy: 1h}, none: }\n").candidates.at(0);
  CHECK(own.redeploy == Distribution::constant(3600e9));
  const auto other = good(kFleet + "candidates: {automated: {enforcedBy: sidecar}}\n").candidates.at(0);
  CHECK(other.enforced_by == EnforcedBy::Sidecar);
  CHECK(!other.redeploy.has_value());
}

TEST_CASE("enrolment is resolved to services, each once") {
  const auto c = candidate("enforcedBy: sidecar, enrolled: {teams: [shop], services: [web, ads]}, others: none");
  CHECK(c.enrolled == std::vector<std::string>{"ads", "cart", "web"});
  CHECK(c.others == EnforcedBy::None);
  CHECK(!c.keeps_library);
  const auto plain = candidate("enforcedBy: sidecar");
  CHECK(!plain.enrolled.has_value());
  CHECK(plain.others == EnforcedBy::Library);
  CHECK(candidate("enforcedBy: sidecar, keepsLibrary: true").keeps_library);
}

TEST_CASE("deviations say whose calls, to whom, how many of them, and what is different") {
  const auto c = candidate(
      "enforcedBy: library, deviations: [{team: shop, to: payment, retries: {max: 3, retryOn: [5xx]}, split: {v1: 90%, "
      "v2: 10%}}, {share: 40%, by: team, timeout: 5s}, {service: web, mtls: DISABLE}, {language: go, by: language, "
      "loadBalancer: RANDOM, leastRequestChoices: 3}]");
  REQUIRE(c.deviations.size() == 4);
  CHECK(c.deviations[0].team == "shop");
  CHECK(c.deviations[0].to == "payment");
  CHECK(c.deviations[0].share == 1.0);
  CHECK(c.deviations[0].by == models::DeviationBy::Service);
  CHECK(c.deviations[0].policy.retries->max == 3);
  CHECK(c.deviations[0].policy.split.at("v1") == 0.9);
  CHECK(!c.deviations[0].policy.timeout.has_value());
  CHECK(c.deviations[1].share == 0.4);
  CHECK(c.deviations[1].by == models::DeviationBy::Team);
  CHECK(c.deviations[1].policy.timeout == 5 * sim::kSecond);
  CHECK((c.deviations[1].service + c.deviations[1].team + c.deviations[1].language + c.deviations[1].to).empty());
  CHECK(c.deviations[2].service == "web");
  CHECK(c.deviations[2].policy.mtls == models::MtlsMode::Disable);
  CHECK(c.deviations[3].language == "go");
  CHECK(c.deviations[3].by == models::DeviationBy::Language);
  CHECK(c.deviations[3].policy.load_balancer == models::LoadBalancer::Random);
  CHECK(c.deviations[3].policy.least_request_choices == 3);
}

TEST_CASE("carriers and the laws of releases, run-time configuration and replicas") {
  const auto c = candidate(
      "enforcedBy: library, carriers: {timeout: redeploy, retries: runtimeConfig, split: replicaRatio, loadBalancer: "
      "redeploy, mtls: redeploy}, redeploy: {median: 4h, p95: 2d}, runtimeConfig: 5s, replicaRatio: {exponential: "
      "30s}, libraryCpu: 20us");
  CHECK(c.carriers.size() == 5);
  CHECK(c.carriers.at(Knob::Timeout) == Carrier::Redeploy);
  CHECK(c.carriers.at(Knob::Retries) == Carrier::RuntimeConfig);
  CHECK(c.carriers.at(Knob::Split) == Carrier::ReplicaRatio);
  CHECK(c.has_runtime_config);
  CHECK(c.runtime_config == Distribution::constant(5000 * kMs));
  CHECK(c.replica_ratio == Distribution::exponential(30000 * kMs));
  CHECK(c.library_cpu == 20 * sim::kMicrosecond);
  CHECK(candidate("enforcedBy: proxyless, carriers: {loadBalancer: push}").carriers.at(Knob::LoadBalancer) ==
        Carrier::Push);
  const auto plain = candidate("enforcedBy: library, carriers: {timeout: runtimeConfig}");
  CHECK(!plain.has_runtime_config);
  CHECK(plain.runtime_config == models::CandidateSpec{}.runtime_config);
}

TEST_CASE("a control plane's stages: a duration alone is constant, anything else is what it says") {
  const auto p = candidate(
                     "enforcedBy: sidecar, controlPlane: {watchDelay: 2ms, debounce: {quiet: 50ms, max: 5s}, "
                     "pushContext: {exponential: 7ms}, throttle: 100, generate: {constant: 3ms}, network: {mean: 1ms, "
                     "cv: 2}, apply: 0s, instances: 3}")
                     .control_plane;
  CHECK(p.watch_delay == Distribution::constant(2 * kMs));
  CHECK(p.debounce_quiet == 50 * sim::kMillisecond);
  CHECK(p.debounce_max == 5 * sim::kSecond);
  CHECK(p.push_context == Distribution::exponential(7 * kMs));
  CHECK(p.throttle == 100);
  CHECK(p.generate == Distribution::constant(3 * kMs));
  CHECK(p.network == Distribution::gamma(1 * kMs, 2));
  CHECK(p.apply == Distribution::constant(0));
  CHECK(p.instances == 3);
}

TEST_CASE("the defaults of the table are those of the spec") {
  const auto written = [](const char* type, const char* key) {
    const reader::Field* f = reader::find_field(type, key);
    REQUIRE(f != nullptr);
    REQUIRE(f->fallback != nullptr);
    return std::string(key) + ": " + f->fallback;
  };
  std::string plane;
  for (const char* key : {"watchDelay", "pushContext", "throttle", "generate", "network", "apply", "instances"})
    plane += written("ControlPlane", key) + ", ";
  const std::string all = "enforcedBy: sidecar, " + written("Candidate", "others") + ", " +
                          written("Candidate", "keepsLibrary") + ", " + written("Candidate", "replicaRatio") + ", " +
                          written("Candidate", "libraryCpu") + ", controlPlane: {" + plane + "debounce: {" +
                          written("Debounce", "quiet") + ", " + written("Debounce", "max") + "}}";
  const models::CandidateSpec said = candidate(all);
  const models::CandidateSpec silent = candidate("enforcedBy: sidecar");
  CHECK(models::same::candidate(said, silent, "it") == "");
  models::CandidateSpec spec;  // what is not the arrangement's is the reader's own
  spec.name = silent.name;
  spec.enforced_by = silent.enforced_by;
  spec.product = silent.product;
  spec.profile = silent.profile;
  CHECK(models::same::candidate(silent, spec, "it") == "");
  const models::DeviationSpec d = candidate("enforcedBy: library, deviations: [{timeout: 1s, " +
                                            written("Deviation", "share") + ", " + written("Deviation", "by") + "}]")
                                      .deviations.at(0);
  CHECK(d.share == models::DeviationSpec{}.share);
  CHECK(d.by == models::DeviationSpec{}.by);
}

TEST_CASE("lead times may be longer than any run, delays may not") {
  CHECK(candidate("enforcedBy: library, redeploy: {constant: 400d}").redeploy == Distribution::constant(400 * kDay));
  CHECK(candidate("enforcedBy: library, redeploy: {uniform: [60d, 3650d]}").redeploy ==
        Distribution::uniform(60 * kDay, 3650 * kDay));
  CHECK(fails("candidates: {library: {redeploy: 3651d}}\n", "MS020"));
  CHECK(fails("candidates: {library: {runtimeConfig: 53d}}\n", "MS020"));
  // What follows a lead time is bounded as ever.
  CHECK(fails("candidates: {library: {redeploy: 100d, libraryCpu: 53d}}\n", "MS020"));
  CHECK(fails("candidates: {library: {redeploy: {median: 3d}, replicaRatio: {exponential: 60d}}}\n", "MS020"));
}

TEST_CASE("an outage of the control plane names no service") {
  const auto s = good(kFleet + "timeline: [{name: out, at: 10s, for: 20s, down: control-plane}]\n");
  REQUIRE(s.timeline.size() == 1);
  CHECK(s.timeline[0].verb == models::TimelineVerb::Down);
  CHECK(s.timeline[0].duration == 20 * sim::kSecond);
  CHECK(s.timeline[0].service.empty());
  CHECK(fails("timeline: [{name: out, at: 10s, down: control-plane}]\n", "MS016"));
  CHECK(fails("timeline: [{name: out, at: 50s, for: 20s, down: control-plane}]\n", "MS044"));
}

TEST_CASE("the order of teams, libraries and enrolled services changes nothing") {
  const std::string parts[] = {"  a: {language: go, serviceTime: 1ms}\n", "  b: {language: node, serviceTime: 1ms}\n"};
  const std::string head = "meshsim: 1\ntraffic: {a: 1/s, b: 1/s}\n";
  const auto one = good(head + "services:\n" + parts[0] + parts[1] +
                        "teams: {x: {services: [a]}, y: {services: [b]}}\n"
                        "libraries: {go: {supports: [timeout, mtls]}, node: {supports: []}}\n"
                        "candidates: {sidecar: {enrolled: {services: [a, b], teams: [x]}}}\n");
  const auto two = good(head +
                        "candidates: {sidecar: {enrolled: {teams: [x], services: [b, a]}}}\n"
                        "libraries: {node: {supports: []}, go: {supports: [mtls, timeout]}}\n"
                        "teams: {y: {services: [b]}, x: {services: [a]}}\nservices:\n" +
                        parts[1] + parts[0]);
  CHECK(models::same::scenario(one, two) == "");
}

TEST_CASE("render writes an arrangement out with its defaults, and only what its enforcer takes") {
  const reader::LoadResult r = reader::load_text(
      "t", kFleet + "candidates: {none: , library: {deviations: [{team: shop, timeout: 5s}]}, sidecar: }\n");
  REQUIRE(r.scenario.has_value());
  const std::string text = reader::render(*r.scenario, r.phrases);
  const auto has = [&](const char* part) { return text.find(part) != std::string::npos; };
  CHECK(has("    redeploy: {lognormal: {median: 21d, p95: 90d}}\n"));
  CHECK(
      has("  \"go\": {supports: [timeout, retries, mtls, telemetry, loadBalancer, split, connectionPool, "
          "outlierDetection, fault, mirror, rateLimit, authorization]}\n"));
  CHECK(has("      - {team: shop, share: 100%, by: service, timeout: 5s}\n"));
  CHECK(has("      debounce: {quiet: 100ms, max: 10s}\n      pushContext: {constant: 50ms}\n      throttle: 25\n"));
  CHECK(has("  none:\n    enforcedBy: none\n  library:\n"));
  CHECK(text.find("controlPlane") == text.rfind("controlPlane"));
}

TEST_CASE("a version may have no replicas, a service may not") {
  const std::string rest = "meshsim: 1\ntraffic: {web: 1/s}\nservices:\n  web: {serviceTime: 1ms, versions: ";
  const auto spec = good(rest + "{v1: {replicas: 1}, v2: {replicas: 0}}}\n");
  CHECK(spec.services.at(0).versions.at(1).replicas == 0);
  CHECK_FALSE(reader::load_text("x.yaml", rest + "{v1: {replicas: 0}, v2: {replicas: 0}}}\n").scenario);
  CHECK_FALSE(reader::load_text("x.yaml", "meshsim: 1\nservices: {web: {serviceTime: 1ms, replicas: 0}}\n").scenario);
}
