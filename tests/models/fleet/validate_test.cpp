#include "models/fleet/validate.h"

#include <doctest/doctest.h>
#include <algorithm>

#include "tests/models/fleet/fixture.h"

using namespace fleet_test;
using models::Finding;
using models::validate;

namespace {
const Finding* find(const std::vector<Finding>& findings, const std::string& code) {
  const auto found = std::find_if(findings.begin(), findings.end(), [&](const Finding& f) { return f.code == code; });
  return found == findings.end() ? nullptr : &*found;
}
bool says(const Finding* finding, const char* text) {
  return finding != nullptr && finding->message.find(text) != std::string::npos;
}
std::vector<models::StepSpec>& steps(models::ScenarioSpec& spec, std::size_t service) {
  return spec.services[service].versions[0].endpoints[0].steps;
}
}  // namespace

TEST_CASE("a sound scenario has no findings") { CHECK(validate(shop()).empty()); }

TEST_CASE("a cycle of calls is an error with its path printed") {
  auto spec = shop();
  steps(spec, 2).push_back(call("web", "home"));
  const auto findings = validate(spec);
  const auto* cycle = find(findings, "endpoint-cycle");
  REQUIRE(cycle != nullptr);
  CHECK(cycle->severity == Finding::Severity::Error);
  CHECK(says(cycle, "ads/get -> web/home -> ads/get"));
  CHECK(cycle->path == "services.ads.endpoints.get.steps[1]");
}

TEST_CASE("an endpoint that calls itself is a cycle; two services that call each other's other endpoints are not") {
  auto spec = shop();
  steps(spec, 1).push_back(call("cart", "get"));
  CHECK(says(find(validate(spec), "endpoint-cycle"), "cart/get -> cart/get"));
  auto mutual = shop();
  mutual.services[0].versions[0].endpoints.push_back(endpoint("ping", {work(1)}));
  steps(mutual, 1).push_back(call("web", "ping"));
  CHECK(find(validate(mutual), "endpoint-cycle") == nullptr);
}

TEST_CASE("what no traffic reaches is a warning") {
  auto spec = shop();
  spec.services.push_back(service("attic", 1, {endpoint("get", {work(1)})}));
  const auto findings = validate(spec);
  CHECK(says(find(findings, "unreachable-service"), "'attic'"));
  CHECK(find(findings, "unreachable-service")->severity == Finding::Severity::Warning);
}

TEST_CASE("every kind of missing reference is an error") {
  auto spec = shop();
  steps(spec, 0).push_back(call("cart", "put"));
  spec.policy.destinations["checkout"] = {};
  spec.policy.destinations["cart"].split = {{"v9", 1.0}};
  models::TimelineEntrySpec slow;
  slow.service = "db";
  spec.timeline.push_back(slow);
  slow.service = "cart";
  slow.version = "v7";
  spec.timeline.push_back(slow);
  spec.traffic.push_back(open_traffic("web", "away", 1));
  spec.baseline = "nobody";
  spec.services[2].versions[0].zones = {{"mars", 1}};
  std::string all;
  int errors = 0;
  for (const Finding& finding : validate(spec)) {
    if (finding.code != "missing-reference") continue;
    ++errors;
    CHECK(finding.severity == Finding::Severity::Error);
    all += finding.message + "\n";
  }
  CHECK(errors == 8);
  for (const char* name : {"cart/put", "checkout", "cart@v9", "'db'", "cart@v7", "web/away", "nobody", "mars"}) {
    CAPTURE(name);
    CHECK(all.find(name) != std::string::npos);
  }
}

TEST_CASE("an endpoint that only one version has is an error once it is called") {
  auto spec = shop();
  spec.services[1].versions.push_back(version("v2", 1, {endpoint("get", {work(1)}), endpoint("put", {work(1)})}));
  CHECK(validate(spec).empty());
  steps(spec, 0).push_back(call("cart", "put"));
  CHECK(says(find(validate(spec), "missing-endpoint"), "cart@v1"));
}

TEST_CASE("load above capacity is a warning with offered rate, capacity and utilisation") {
  auto spec = shop();
  spec.services[2].workers = 1;  // 100/s capacity
  spec.traffic[0].rate.rate = 300;
  const auto findings = validate(spec);
  const auto* overload = find(findings, "overload");
  REQUIRE(overload != nullptr);
  CHECK(overload->severity == Finding::Severity::Warning);
  CHECK(says(overload, "ads is offered 150.0 requests/s"));
  CHECK(says(overload, "100.0/s"));
  CHECK(says(overload, "150% of its workers"));
  CHECK(says(overload, "no steady state"));
  CHECK(overload->path == "services.ads");
  spec.traffic[0].rate.rate = 199;
  CHECK(find(validate(spec), "overload") == nullptr);
}

TEST_CASE("a peak above capacity is told apart from a mean above capacity") {
  auto spec = shop();
  spec.services[2].workers = 1;
  spec.traffic[0].rate.kind = models::RateShape::Kind::Steps;
  spec.traffic[0].rate.points = {{0, 100}, {50 * sim::kSecond, 300}};
  const auto findings = validate(spec);
  CHECK(find(findings, "overload") == nullptr);
  CHECK(says(find(findings, "peak-overload"), "150.0 requests/s at the peak"));
}

TEST_CASE("a canary too small for its split is an overload of that version") {
  auto spec = shop();
  spec.services[1].versions.push_back(version("v2", 1, {endpoint("get", {work(4)})}));
  spec.services[1].workers = 1;
  spec.traffic[0].rate.rate = 200;  // 600/s on cart, 250/s per replica
  spec.policy.destinations["cart"].split = {{"v1", 50}, {"v2", 50}};
  CHECK(says(find(validate(spec), "overload"), "cart@v2 is offered 300.0"));
}

TEST_CASE("a call chain deeper than the limit is an error") {
  auto spec = shop();
  spec.limits.call_depth = 2;
  CHECK(validate(spec).empty());
  spec.limits.call_depth = 1;
  CHECK(says(find(validate(spec), "call-depth"), "web/home nests 2 calls deep"));
}

TEST_CASE("a distribution without a mean is a warning") {
  auto spec = shop();
  steps(spec, 1)[0].duration = sim::Distribution::pareto(1e6, 0.9);
  const auto* finding = find(validate(spec), "infinite-mean");
  CHECK(finding != nullptr);
  steps(spec, 1)[0].duration = sim::Distribution::pareto(1e6, 1.5);
  CHECK(find(validate(spec), "infinite-mean") == nullptr);
}

TEST_CASE("three layers of four tries are 64 at the bottom, and that is a warning") {
  models::ScenarioSpec spec;
  auto step = [](const char* service, std::uint32_t app) {
    auto next = call(service, "get");
    next.call->retries.emplace().max = app;
    return next;
  };
  spec.services = {service("a", 1, {endpoint("get", {step("b", 3)})}),
                   service("b", 1, {endpoint("get", {step("c", 3)})}),
                   service("c", 1, {endpoint("get", {step("d", 1)})}), service("d", 1, {endpoint("get", {work(1)})})};
  spec.traffic = {open_traffic("a", "get", 1)};
  CHECK(find(validate(spec), "retry-amplification") == nullptr);  // 4 x 4 x 2 = 32
  spec.policy.destinations["d"].retries.emplace().max = 1;
  const auto findings = validate(spec);
  CHECK(says(find(findings, "retry-amplification"),
             "64 tries at the end of a/get -> b/get (4 tries) -> c/get (4 tries) -> d/get (4 tries)"));
}

TEST_CASE("a library kept above the proxy multiplies where the application has no retries of its own") {
  auto spec = shop();
  const auto step = [](const char* to, std::uint32_t retries) {
    auto s = call(to, "get");
    if (retries > 0) s.call->retries.emplace().max = retries;
    return s;
  };
  spec.services = {service("a", 1, {endpoint("get", {step("b", 0)})}),
                   service("b", 1, {endpoint("get", {step("c", 3)})}), service("c", 1, {endpoint("get", {work(1)})})};
  spec.traffic = {open_traffic("a", "get", 1)};
  spec.policy.defaults.retries.emplace().max = 2;
  const auto attempts = [&] { return amplification(spec, build(spec)).front().attempts; };
  CHECK(attempts() == 3 * 12);
  spec.candidates.assign(1, {});
  spec.candidates[0].name = "half";
  spec.candidates[0].enforced_by = models::EnforcedBy::Sidecar;
  CHECK(attempts() == 3 * 12);
  spec.candidates[0].keeps_library = true;
  CHECK(attempts() == 9 * 12);
  CHECK(says(find(validate(spec), "retry-amplification"), "candidate half, whose libraries retry above its proxies"));
  spec.candidates[0].enrolled = {"c"};
  CHECK(attempts() == 3 * 12);
  spec.candidates[0].enrolled.reset();
  spec.services[0].language = "node";
  spec.libraries = {{"node", bit(models::Knob::Timeout)}};
  CHECK(attempts() == 3 * 12);
}

TEST_CASE("an outage of the control plane names no service, a fault must") {
  auto spec = shop();
  spec.timeline.resize(1);
  spec.timeline[0].name = "out";
  spec.timeline[0].verb = models::TimelineVerb::Down;
  CHECK(find(validate(spec), "missing-reference") == nullptr);
  spec.timeline[0].verb = models::TimelineVerb::Crash;
  CHECK(says(find(validate(spec), "missing-reference"), "'out' acts on service ''"));
}

TEST_CASE("who holds the policy is checked with the rest") {
  auto spec = shop();
  spec.teams = {{"a", {"nobody"}, {}}};
  CHECK(says(find(validate(spec), "missing-reference"), "team 'a' owns service 'nobody'"));
}
