#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

#include "scenarios/reader/reader.h"
#include "tests/scenarios/same_spec.h"

namespace fs = std::filesystem;
using models::RetryOn;
using models::StepKind;
using sim::Distribution;

namespace {

constexpr double kMs = 1e6;

models::ScenarioSpec good(const std::string& text, const reader::LoadOptions& options = {}) {
  const reader::LoadResult r = reader::load_text("test.yaml", text, options);
  INFO(r.text());
  REQUIRE(r.scenario.has_value());
  return *r.scenario;
}

const models::ServiceSpec& service(const models::ScenarioSpec& s, const std::string& name) {
  for (const auto& x : s.services) {
    if (x.name == name) return x;
  }
  FAIL("no service " << name);
  return s.services.front();
}

const models::EndpointSpec& endpoint(const models::ServiceSpec& s, const std::string& version,
                                     const std::string& name) {
  for (const auto& v : s.versions) {
    for (const auto& e : v.endpoints) {
      if (v.name == version && e.name == name) return e;
    }
  }
  FAIL("no endpoint " << version << "/" << name);
  return s.versions.front().endpoints.front();
}

constexpr const char* kShop = R"(
meshsim: 1
question: What do sidecars cost this shop, and what do they save when payment turns slow?
services:
  web:     {replicas: 3, serviceTime: 2ms, calls: [cart, payment]}
  cart:    {replicas: 2, serviceTime: 4ms}
  payment: {replicas: 2, serviceTime: 8ms}
traffic: {web: 300/s}
policy:
  payment: {timeout: 250ms, retries: 2}
candidates: [none, library, sidecar]
timeline:
  - {name: slow-payment, at: 10s, for: 30s, slow: payment, by: 4x}
)";

// A directory of files that is gone when the test ends.
struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "meshsim-reader-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }
  fs::path write(const std::string& name, const std::string& text) const {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name) << text;
    return path / name;
  }
};

std::string codes(const reader::LoadResult& r) {
  std::string out;
  for (const auto& d : r.diagnostics) out += (out.empty() ? "" : " ") + d.code;
  return out;
}

}  // namespace

TEST_CASE("the first scenario of a newcomer loads as meant") {
  const auto s = good(kShop);
  CHECK(s.question == "What do sidecars cost this shop, and what do they save when payment turns slow?");
  CHECK(s.run.duration == 60 * sim::kSecond);
  CHECK(s.run.warmup == 10 * sim::kSecond);
  CHECK(s.run.replications == 10);
  REQUIRE(s.services.size() == 3);
  const auto& web = service(s, "web");
  CHECK(web.workers == 4);
  CHECK(!web.cpu.has_value());
  CHECK(web.queue.capacity == 1024);
  CHECK(web.protocol == models::Protocol::Http2);
  REQUIRE(web.versions.size() == 1);
  CHECK(web.versions[0].name == "v1");
  CHECK(web.versions[0].replicas == 3);
  const auto& e = endpoint(web, "v1", "default");
  REQUIRE(e.steps.size() == 3);
  CHECK(e.steps[0].kind == StepKind::Work);
  CHECK(e.steps[0].duration == Distribution::exponential(2 * kMs));
  CHECK(e.steps[1].kind == StepKind::Call);
  CHECK(e.steps[1].call->service == "cart");
  CHECK(e.steps[2].call->endpoint == "default");
  REQUIRE(s.traffic.size() == 1);
  CHECK(s.traffic[0].name == "web");
  CHECK(s.traffic[0].service == "web");
  CHECK(s.traffic[0].rate.rate == 300.0);
  const auto& p = s.policy.destinations.at("payment");
  CHECK(p.timeout == 250 * sim::kMillisecond);
  CHECK(p.retries->max == 2);
  const std::uint32_t filled =
      static_cast<std::uint32_t>(RetryOn::ConnectFailure) | static_cast<std::uint32_t>(RetryOn::RefusedStream) |
      static_cast<std::uint32_t>(RetryOn::Unavailable) | static_cast<std::uint32_t>(RetryOn::Reset);
  CHECK(p.retries->retry_on == filled);
  CHECK(p.retries->retriable_status_codes == std::vector<std::uint16_t>{503});
  REQUIRE(s.candidates.size() == 3);
  CHECK(s.candidates[1].enforced_by == models::EnforcedBy::Library);
  CHECK(!s.candidates[1].profile.has_value());
  CHECK(s.candidates[2].enforced_by == models::EnforcedBy::Sidecar);
  CHECK(s.candidates[2].product == "istio-1.24");
  CHECK(s.candidates[2].profile->name == "istio-1.24");
  CHECK(s.baseline == "none");
  REQUIRE(s.timeline.size() == 1);
  CHECK(s.timeline[0].at == 10 * sim::kSecond);
  CHECK(s.timeline[0].factor == 4.0);
  CHECK(s.network.same_zone ==
        Distribution::with_min(Distribution::lognormal_quantiles(0.12 * kMs, 0.99, 0.45 * kMs), 0.02 * kMs));
  CHECK(codes(reader::load_text("t", kShop)) == "MS060");
}

TEST_CASE("the order of keys changes nothing") {
  const auto turned = good(R"(
timeline: [{by: 4x, slow: payment, for: 30s, at: 10s, name: slow-payment}]
candidates: [none, library, sidecar]
policy: {payment: {retries: 2, timeout: 250ms}}
traffic: {web: 300/s}
services:
  payment: {serviceTime: 8ms, replicas: 2}
  cart:    {serviceTime: 4ms, replicas: 2}
  web:     {calls: [cart, payment], replicas: 3, serviceTime: 2ms}
question: What do sidecars cost this shop, and what do they save when payment turns slow?
meshsim: 1
)");
  CHECK(models::same::scenario(good(kShop), turned) == "");
  // The comparison itself can fail.
  auto other = turned;
  other.services[0].versions[0].endpoints[0].steps[0].repeat = 2;
  CHECK(models::same::scenario(other, turned) == "services.cart.default[0].repeat");
}

TEST_CASE("JSON is a scenario, too") {
  const auto s = good(
      R"({"meshsim": 1, "services": {"web": {"serviceTime": "2ms", "replicas": 3}}, "traffic": {"web": "300/s"}})");
  CHECK(service(s, "web").versions[0].replicas == 3);
  CHECK(s.candidates.size() == 2);
}

TEST_CASE("nested lists of calls run in parallel") {
  const auto s = good(R"(
meshsim: 1
services:
  a: {calls: [b, [c/x, c/y], b]}
  b: {serviceTime: 1ms}
  c: {endpoints: {x: {serviceTime: 1ms}, y: {serviceTime: 1ms}}}
traffic: {a: 1/s}
)");
  const auto& steps = endpoint(service(s, "a"), "v1", "default").steps;
  REQUIRE(steps.size() == 3);
  CHECK(steps[1].kind == StepKind::Parallel);
  REQUIRE(steps[1].children.size() == 2);
  CHECK(steps[1].children[1].call->endpoint == "y");
}

TEST_CASE("the more specific key wins: version's endpoint, version, service's endpoint, service") {
  const auto s = good(R"(
meshsim: 1
services:
  p:
    serviceTime: {constant: 1ms}
    errors: 1%
    endpoints:
      plain: {}
      own: {serviceTime: {constant: 2ms}, errors: 2%, idempotent: false}
    versions:
      v1: {replicas: 4}
      v2: {replicas: 1, errors: 3%, endpoints: {own: {serviceTime: {constant: 4ms}}}}
      v3: {serviceTime: {constant: 5ms}, endpoints: {extra: {}}}
  q: {calls: [p/plain, p/own, p/extra]}
traffic: {q: 1/s}
)");
  const auto& p = service(s, "p");
  const auto time = [&](const char* v, const char* e) { return endpoint(p, v, e).steps.at(0).duration->mean() / kMs; };
  CHECK(time("v1", "plain") == 1.0);
  CHECK(time("v1", "own") == 2.0);
  CHECK(time("v2", "own") == 4.0);
  CHECK(time("v2", "plain") == 1.0);
  CHECK(time("v3", "own") == 5.0);
  CHECK(time("v1", "extra") == 1.0);  // every version has every endpoint
  CHECK(endpoint(p, "v1", "plain").errors.rate == 0.01);
  CHECK(endpoint(p, "v1", "own").errors.rate == 0.02);
  CHECK(endpoint(p, "v2", "own").errors.rate == 0.03);
  CHECK(endpoint(p, "v2", "own").idempotent == false);
  CHECK(p.versions[0].replicas == 4);
}

TEST_CASE("distributions are what they say") {
  const auto law = [](const std::string& text) {
    return *endpoint(service(good("meshsim: 1\nservices: {a: {serviceTime: " + text + "}}\ntraffic: {a: 1/s}\n"), "a"),
                     "v1", "default")
                .steps.at(0)
                .duration;
  };
  CHECK(law("2ms") == Distribution::exponential(2 * kMs));
  CHECK(law("{mean: 2ms}") == Distribution::exponential(2 * kMs));
  CHECK(law("0s") == Distribution::constant(0));
  CHECK(law("{mean: 8ms, cv: 1.2}") == Distribution::gamma(8 * kMs, 1.2));
  CHECK(law("{gamma: {mean: 8ms, cv: 1.2}}") == Distribution::gamma(8 * kMs, 1.2));
  CHECK(law("{median: 5ms, p99: 40ms}") == Distribution::lognormal_quantiles(5 * kMs, 0.99, 40 * kMs));
  CHECK(law("{median: 5ms, p95: 40ms}") == Distribution::lognormal_quantiles(5 * kMs, 0.95, 40 * kMs));
  CHECK(law("{lognormal: {median: 5ms, p90: 40ms}}") == Distribution::lognormal_quantiles(5 * kMs, 0.90, 40 * kMs));
  CHECK(law("{lognormal: {mean: 5ms, cv: 2}}") == Distribution::lognormal(5 * kMs, 2));
  CHECK(law("{constant: 5ms}") == Distribution::constant(5 * kMs));
  CHECK(law("{uniform: [1ms, 3ms]}") == Distribution::uniform(1 * kMs, 3 * kMs));
  CHECK(law("{exponential: 5ms}") == Distribution::exponential(5 * kMs));
  CHECK(law("{erlang: {k: 3, mean: 6ms}}") == Distribution::erlang(3, 6 * kMs));
  CHECK(law("{weibull: {scale: 2ms, shape: 0.5}}") == Distribution::weibull(2 * kMs, 0.5));
  CHECK(law("{pareto: {min: 1ms, alpha: 3}}") == Distribution::pareto(1 * kMs, 3));
  CHECK(law("{hyperexponential: [{probability: 25%, mean: 1ms}, {probability: 75%, mean: 4ms}]}") ==
        Distribution::hyperexponential({0.25, 0.75}, {1 * kMs, 4 * kMs}));
  CHECK(law("{empirical: [1ms, 2ms]}") == Distribution::empirical({1 * kMs, 2 * kMs}));
  CHECK(law("{empirical: {p0: 1ms, p50: 2ms, p100: 9ms}}") ==
        Distribution::empirical_quantiles({{0, 1 * kMs}, {0.5, 2 * kMs}, {1, 9 * kMs}}));
  CHECK(law("{mixture: [{weight: 3, constant: 1ms}, {weight: 1, exponential: 4ms}]}") ==
        Distribution::mixture({0.75, 0.25}, {Distribution::constant(1 * kMs), Distribution::exponential(4 * kMs)}));
  CHECK(law("{mixture: [{weight: 30, constant: 1ms}, {weight: 10, exponential: 4ms}]}") ==
        law("{mixture: [{weight: 3, constant: 1ms}, {weight: 1, exponential: 4ms}]}"));
  CHECK(law("{exponential: 5ms, min: 1ms}") == Distribution::with_min(Distribution::exponential(5 * kMs), 1 * kMs));
  CHECK(law("{exponential: 5ms, max: 9ms}") == Distribution::truncated(Distribution::exponential(5 * kMs), 0, 9 * kMs));
  CHECK(law("{exponential: 5ms, shift: 1ms}") == Distribution::shifted(1 * kMs, Distribution::exponential(5 * kMs)));
}

TEST_CASE("network delays get their least value, constants stay as they are") {
  const auto net = [](const std::string& text) {
    return good("meshsim: 1\nservices: {a: {serviceTime: 1ms}}\ntraffic: {a: 1/s}\nnetwork: " + text + "\n").network;
  };
  CHECK(net("{sameZone: 1ms}").same_zone == Distribution::with_min(Distribution::exponential(kMs), 0.02 * kMs));
  CHECK(net("{crossZone: 1ms}").cross_zone == Distribution::with_min(Distribution::exponential(kMs), 0.2 * kMs));
  CHECK(net("{sameZone: {exponential: 1ms, min: 5us}}").same_zone ==
        Distribution::with_min(Distribution::exponential(kMs), 5000));
  CHECK(net("{sameZone: {constant: 0s}}").same_zone == Distribution::constant(0));
}

TEST_CASE("--set overrides any key, deep, in lists, by name, and in short forms") {
  const auto s = good(kShop, {{"services.web.replicas=5", "traffic.web=400/s", "timeline.slow-payment.by=2x",
                               "timeline[0].for=5s", "policy.payment.retries={max: 1, retryOn: [5xx]}",
                               "run.duration=90s", "candidates=[none, sidecar]", "policy.cart.timeout=1s"},
                              {}});
  CHECK(service(s, "web").versions[0].replicas == 5);
  CHECK(s.traffic[0].rate.rate == 400.0);
  CHECK(s.timeline[0].factor == 2.0);
  CHECK(s.timeline[0].duration == 5 * sim::kSecond);
  CHECK(s.policy.destinations.at("payment").retries->max == 1);
  CHECK(s.policy.destinations.at("cart").timeout == sim::kSecond);
  CHECK(s.run.duration == 90 * sim::kSecond);
  CHECK(s.candidates.size() == 2);
  const auto dotted =
      good("meshsim: 1\nservices: {a.b: {serviceTime: 1ms}}\ntraffic: {a.b: 1/s}\n", {{"services.a.b.replicas=7"}, {}});
  CHECK(service(dotted, "a.b").versions[0].replicas == 7);
  CHECK(codes(reader::load_text("t", kShop, {{"timeline.nope.by=2x"}, {}})).find("MS026") != std::string::npos);
  CHECK(codes(reader::load_text("t", kShop, {{"services.web.replicas=[1"}, {}})).find("MS004") != std::string::npos);
}

TEST_CASE("extends merges maps by key, replaces lists, and null removes") {
  const Folder folder;
  folder.write("fleets/base.yaml",
               "meshsim: 1\nquestion: base\nservices:\n  web: {serviceTime: 2ms, calls: [cart], replicas: 3}\n  cart: "
               "{serviceTime: 4ms}\n  old: {serviceTime: 1ms}\ntraffic: {web: 10/s}\n");
  const fs::path top = folder.write("top.yaml",
                                    "meshsim: 1\nextends: fleets/base.yaml\nservices:\n  web: {replicas: 5, calls: "
                                    "[cart, ads]}\n  ads: {serviceTime: 1ms}\n  old: null\n");
  const reader::LoadResult r = reader::load(top);
  INFO(r.text());
  REQUIRE(r.scenario.has_value());
  CHECK(r.scenario->question == "base");
  CHECK(r.scenario->services.size() == 3);
  CHECK(service(*r.scenario, "web").versions[0].replicas == 5);
  CHECK(endpoint(service(*r.scenario, "web"), "v1", "default").steps.size() == 3);
  CHECK(r.scenario->traffic.size() == 1);
  // A problem in the base is reported at its place in the base.
  folder.write("fleets/base.yaml", "meshsim: 1\nservices:\n  web: {serviceTime: 2}\ntraffic: {web: 10/s}\n");
  const reader::LoadResult bad = reader::load(folder.write("two.yaml", "meshsim: 1\nextends: fleets/base.yaml\n"));
  REQUIRE(bad.diagnostics.size() == 1);
  CHECK(bad.diagnostics[0].code == "MS018");
  CHECK(bad.diagnostics[0].file.find("base.yaml") != std::string::npos);
  CHECK(bad.diagnostics[0].line == 3);
}

TEST_CASE("extends never leaves the root, by path or by symbolic link, and never goes round") {
  const Folder folder;
  folder.write("secret.yaml", "password: hunter2\n");
  fs::create_directories(folder.path / "in");
  fs::create_symlink(folder.path / "secret.yaml", folder.path / "in/link.yaml");
  fs::create_directory_symlink(folder.path, folder.path / "in/up");
  for (const char* path :
       {"../secret.yaml", "link.yaml", "up/secret.yaml", "/etc/hostname", "a/../../secret.yaml", "..", "."}) {
    CAPTURE(path);
    const reader::LoadResult r =
        reader::load(folder.write("in/top.yaml", std::string("meshsim: 1\nextends: ") + path + "\n"));
    CHECK(codes(r) == "MS024");
    CHECK(r.text().find("hunter2") == std::string::npos);
  }
  reader::LoadOptions wide;
  wide.root = folder.path;
  CHECK(codes(reader::load(folder.write("in/top.yaml", "meshsim: 1\nextends: ../secret.yaml\n"), wide)).find("MS014") !=
        std::string::npos);
  folder.write("in/b.yaml", "extends: a.yaml\n");
  CHECK(codes(reader::load(folder.write("in/a.yaml", "extends: b.yaml\n"))) == "MS025");
  for (int i = 0; i < 12; ++i)
    folder.write("in/deep" + std::to_string(i) + ".yaml", "extends: deep" + std::to_string(i + 1) + ".yaml\n");
  CHECK(codes(reader::load(folder.path / "in/deep0.yaml")) == "MS025");
}

TEST_CASE("a text without a root reads no other file") {
  CHECK(codes(reader::load_text("t.yaml", "meshsim: 1\nextends: other.yaml\n")) == "MS024");
}

TEST_CASE("candidates: names that say it themselves, products, profiles") {
  const auto s = good(R"(
meshsim: 1
services: {a: {serviceTime: 1ms}}
traffic: {a: 1/s}
candidates:
  none:
  mesh: {product: istio-1.20}
  free: {enforcedBy: sidecar, profile: zero-cost}
  lib: {enforcedBy: library, loadBalancer: ROUND_ROBIN}
baseline: mesh
)");
  CHECK(s.candidates[1].enforced_by == models::EnforcedBy::Sidecar);
  CHECK(s.candidates[1].profile->name == "istio-1.20");
  CHECK(s.candidates[2].product == "istio-1.24");
  CHECK(s.candidates[2].profile->workers == models::kUnlimited);
  CHECK(s.candidates[3].load_balancer == models::LoadBalancer::RoundRobin);
  CHECK(s.baseline == "mesh");
}

TEST_CASE("every built-in profile loads, and its file says the same name") {
  for (const char* name : {"istio-1.24", "istio-1.20", "istio-2020-default-telemetry", "zero-cost"}) {
    const auto p = reader::built_in_profile(name);
    REQUIRE(p.has_value());
    CHECK(p->name == name);
    CHECK(!p->cpu_per_request.empty());
  }
  CHECK(!reader::built_in_profile("nope").has_value());
  CHECK(reader::built_in_profile("istio-1.24")->cpu_per_request[0].cpu == 200 * sim::kMicrosecond);
}

TEST_CASE("a profile may come from a file below the root") {
  const Folder folder;
  folder.write("mine.yaml", "workers: 8\ncpuPerRequest: 100us\n");
  const reader::LoadResult r = reader::load(folder.write("s.yaml",
                                                         "meshsim: 1\nservices: {a: {serviceTime: 1ms}}\ntraffic: {a: "
                                                         "1/s}\ncandidates: {sidecar: {profile: mine.yaml}}\n"));
  INFO(r.text());
  REQUIRE(r.scenario.has_value());
  CHECK(r.scenario->candidates[0].profile->workers == 8);
  CHECK(r.scenario->candidates[0].profile->name == "mine");
}

TEST_CASE("rate shapes start at zero") {
  const auto s = good(R"(
meshsim: 1
services: {a: {serviceTime: 1ms}}
traffic:
  - {name: s, to: a, rate: 2/s, shape: {steps: [{at: 10s, rate: 20/s}]}}
  - {name: r, to: a, shape: {ramp: [{at: 5s, rate: 3/s}, {at: 10s, rate: 20/s}]}}
  - {name: d, to: a, shape: {diurnal: {mean: 7/s, amplitude: 50%, period: 60s}}}
)");
  REQUIRE(s.traffic[0].rate.points.size() == 2);
  CHECK(s.traffic[0].rate.points[0].at == 0);
  CHECK(s.traffic[0].rate.points[0].rate == 2.0);
  CHECK(s.traffic[1].rate.points[0].rate == 3.0);
  CHECK(s.traffic[1].rate.points.size() == 3);
  CHECK(s.traffic[2].rate.rate == 7.0);
  CHECK(s.traffic[2].rate.amplitude == 0.5);
}
