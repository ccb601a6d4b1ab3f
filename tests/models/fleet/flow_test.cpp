#include "models/fleet/flow.h"

#include <doctest/doctest.h>
#include <stdexcept>

#include "tests/models/fleet/fixture.h"

using namespace fleet_test;
using doctest::Approx;
using models::build;
using models::compute_flow;

namespace {
models::Flow flow_of(const models::ScenarioSpec& spec, const models::CandidateSpec* candidate = nullptr) {
  return compute_flow(spec, build(spec), candidate);
}
const models::ServiceFlow& of(const models::Flow& flow, const models::ScenarioSpec& spec, const char* name) {
  return flow.services[*build(spec).find_service(name)];
}
models::CandidateSpec sidecar() {
  models::CandidateSpec candidate;
  candidate.name = "sidecar";
  candidate.enforced_by = models::EnforcedBy::Sidecar;
  models::ProxyProfileSpec profile;
  profile.workers = 2;
  profile.cpu_per_request = {{100, 400'000}, {300, 200'000}};
  profile.request_share = 0.25;
  profile.response_share = 0.25;
  profile.request_latency = ms(0.05);
  profile.response_latency = ms(0.15);
  candidate.profile = profile;
  return candidate;
}
}  // namespace

TEST_CASE("calls per second follow repeats and probabilities") {
  const auto spec = shop();
  const auto flow = flow_of(spec);
  CHECK(of(flow, spec, "web").rate == Approx(100));
  CHECK(of(flow, spec, "cart").rate == Approx(300));
  CHECK(of(flow, spec, "ads").rate == Approx(50));
  CHECK(of(flow, spec, "web").call_rate == Approx(350));
  CHECK(flow.pod_request_rate(*build(spec).find_service("cart")) == Approx(75));
  CHECK(flow.pod_call_rate(*build(spec).find_service("web")) == Approx(175));
  CHECK(flow.pod_exchange_rate(*build(spec).find_service("web")) == Approx(225));
}

TEST_CASE("utilisation of workers is rate times service time over workers") {
  auto spec = shop();
  const auto flow = flow_of(spec);
  CHECK(of(flow, spec, "cart").utilisation == Approx(300 * 0.004 / (4 * 4)));
  CHECK(of(flow, spec, "cart").capacity == Approx(4000));
  spec.services[1].cpu = 0.5;  // half a core for four workers: cores bind first
  CHECK(of(flow_of(spec), spec, "cart").utilisation == Approx(300 * 0.004 / (0.5 * 4)));
}

TEST_CASE("an asynchronous server holds its worker only while it works or waits") {
  auto spec = shop();
  spec.services[0].versions[0].endpoints[0].steps.push_back(wait(3));
  const auto flow = flow_of(spec);
  CHECK(of(flow, spec, "web").worker_demand == Approx(100 * 0.005));
  CHECK(of(flow, spec, "web").cpu_demand == Approx(100 * 0.002));
}

TEST_CASE("a blocking server also holds it during downstream calls, network included") {
  auto spec = shop();
  spec.services[0].blocking = true;
  // 2 ms + 3 x (4 + 0.2) ms + 0.5 x (10 + 0.2) ms
  CHECK(of(flow_of(spec), spec, "web").worker_demand == Approx(100 * 0.0197));
}

TEST_CASE("no-load latency adds sequences and takes the longest branch of a parallel block") {
  auto spec = shop();
  const auto web = *build(spec).find_endpoint("web", "home");
  CHECK(flow_of(spec).endpoint_latency[web] == Approx(0.0197));
  spec.services[0].versions[0].endpoints[0].steps = {
      work(2), group(models::StepKind::Parallel, {call("cart", "get"), call("ads", "get")})};
  CHECK(flow_of(spec).endpoint_latency[web] == Approx(0.0122));
}

TEST_CASE("what is fired and forgotten loads the callee and delays nobody") {
  auto spec = shop();
  auto ads = call("ads", "get");
  ads.call->fire_and_forget = true;
  spec.services[0].versions[0].endpoints[0].steps = {work(2), ads};
  const auto flow = flow_of(spec);
  CHECK(of(flow, spec, "ads").rate == Approx(100));
  CHECK(flow.endpoint_latency[*build(spec).find_endpoint("web", "home")] == Approx(0.002));
}

TEST_CASE("versions share by policy where it is enforced and by replicas where it is not") {
  auto spec = shop();
  auto& cart = spec.services[1];
  cart.versions.push_back(version("v2", 1, {endpoint("get", {work(8)})}));
  spec.policy.destinations["cart"].split = {{"v1", 9}, {"v2", 1}};
  models::CandidateSpec none;
  CHECK(of(flow_of(spec), spec, "cart").versions[1].rate == Approx(30));
  CHECK(of(flow_of(spec, &none), spec, "cart").versions[1].rate == Approx(60));
  const auto candidate = sidecar();
  const auto flow = flow_of(spec, &candidate);
  const auto& versions = of(flow, spec, "cart").versions;
  CHECK(versions[1].rate == Approx(30));
  CHECK(versions[1].pod_rate == Approx(30));
  CHECK(versions[0].pod_rate == Approx(67.5));
  CHECK(versions[1].worker_utilisation == Approx(30 * 0.008 / 4));
}

TEST_CASE("a version only makes the calls of its own steps") {
  auto spec = shop();
  spec.services[0].versions.push_back(version("v2", 2, {endpoint("home", {work(2)})}));
  CHECK(of(flow_of(spec), spec, "cart").rate == Approx(150));
}

TEST_CASE("closed users send at most once per think time plus no-load latency") {
  auto spec = shop();
  spec.traffic[0].users = 50;
  spec.traffic[0].think_time = ms(480.3);
  CHECK(flow_of(spec).traffic_rate[0] == Approx(100));
}

TEST_CASE("shapes have the mean over the measured part and their own peak") {
  models::RateShape shape;
  shape.kind = models::RateShape::Kind::Steps;
  shape.points = {{0, 100}, {30 * sim::kSecond, 300}};
  CHECK(models::offered_mean(shape, 60 * sim::kSecond) == Approx(200));
  CHECK(models::offered_peak(shape, 60 * sim::kSecond) == Approx(300));
  CHECK(models::offered_mean(shape, 30 * sim::kSecond) == Approx(100));
  shape.kind = models::RateShape::Kind::Ramp;
  CHECK(models::offered_mean(shape, 60 * sim::kSecond) == Approx(250));  // 100 to 300 in 30 s, then flat
  shape = {};
  shape.kind = models::RateShape::Kind::Diurnal;
  shape.rate = 10;
  shape.amplitude = 0.5;
  CHECK(models::offered_mean(shape, 60 * sim::kSecond) == Approx(10));
  CHECK(models::offered_peak(shape, 60 * sim::kSecond) == Approx(15));
}

TEST_CASE("proxy CPU is linear between published rates and flat outside") {
  const auto profile = *sidecar().profile;
  CHECK(models::proxy_cpu(profile, 10) == Approx(400e-6));
  CHECK(models::proxy_cpu(profile, 200) == Approx(300e-6));
  CHECK(models::proxy_cpu(profile, 9999) == Approx(200e-6));
  CHECK(models::proxy_latency(profile, 200) == Approx(150e-6 + 200e-6));
}

TEST_CASE("a sidecar at each end of a call adds its latency at the rate it carries") {
  auto spec = shop();
  spec.services[0].versions[0].endpoints[0].steps = {call("cart", "get")};
  spec.services[0].versions[0].replicas = 1;  // 200 exchanges/s: 300 us; cart: 25 exchanges/s: 400 us
  const auto candidate = sidecar();
  const auto flow = flow_of(spec, &candidate);
  CHECK(flow.endpoint_latency[*build(spec).find_endpoint("web", "home")] == Approx(0.0042 + 350e-6 + 400e-6));
  CHECK(of(flow, spec, "web").proxy_utilisation == Approx(200 * 300e-6 / 2));
}

TEST_CASE("replicas in two zones pay for the pairs that lie apart") {
  auto spec = shop();
  spec.zones = {"a", "b"};
  CHECK(models::mean_network_delay(spec, spec.services[0], spec.services[1]) == Approx(0.0004));  // half and half
  spec.services[0].versions[0].zones = {{"a", 2}};
  spec.services[1].versions[0].zones = {{"a", 4}};
  CHECK(models::mean_network_delay(spec, spec.services[0], spec.services[1]) == Approx(0.0001));
  spec.services[1].versions[0].zones = {{"a", 1}, {"b", 3}};
  CHECK(models::mean_network_delay(spec, spec.services[0], spec.services[1]) == Approx(0.00055));
}

TEST_CASE("pods that share nodes ask for a share of all node cores") {
  auto spec = shop();
  spec.node = models::NodeSpec{.cores = 4, .count = 2};
  CHECK(flow_of(spec).node_utilisation == Approx((100 * 0.002 + 300 * 0.004 + 50 * 0.010) / 8));
}

TEST_CASE("flow equations refuse a cycle") {
  auto spec = shop();
  spec.services[2].versions[0].endpoints[0].steps.push_back(call("web", "home"));
  CHECK_THROWS_AS(static_cast<void>(flow_of(spec)), std::invalid_argument);
}

TEST_CASE("metrics left out save their share of a proxy's CPU, logs and traces cost theirs, all after the reply") {
  models::ProxyProfileSpec profile;
  profile.cpu_per_request = {{0.0, 200'000}};
  profile.request_share = 0.10;
  profile.response_share = 0.10;
  profile.telemetry_share = 0.26;
  const auto on_path = [](const models::ProxyProfileSpec& p) { return p.request_share * models::proxy_cpu(p, 1); };

  const auto silent = models::with_telemetry(profile, {.metrics = false});
  CHECK(models::proxy_cpu(silent, 1) == Approx(148e-6));
  CHECK(on_path(silent) == Approx(on_path(profile)));
  CHECK(silent.reporting_cpu == 0);

  const auto traced = models::with_telemetry(profile, {.access_log = 20'000, .tracing = 0.1, .span_cpu = 100'000});
  CHECK(models::proxy_cpu(traced, 1) == Approx(200e-6));
  CHECK(traced.reporting_cpu == 30'000);
}
