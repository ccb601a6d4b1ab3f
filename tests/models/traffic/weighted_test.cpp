// Replicas of unequal weight and of unequal age, through the engine: who is picked, in which order, by whose balancer.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "models/traffic/weighted.h"
#include "sim/trace.h"
#include "tests/models/traffic/limits.h"

using limits::run;
using models::EnforcedBy;
using models::LoadBalancer;
using models::ScenarioSpec;
using sim::kSecond;

namespace {

using Sequence = std::vector<std::uint32_t>;

struct Pick {
  sim::Time at;
  std::uint32_t replica;
};

// web (one pod) calls api, 1 ms of work, `rate` evenly spaced requests a second; one worker in every proxy.
ScenarioSpec fleet(const char* product, LoadBalancer balancer, const std::vector<std::uint32_t>& weights, double rate,
                   sim::Duration length) {
  ScenarioSpec spec = limits::open(static_cast<std::uint32_t>(weights.size()), rate, length, 0.0);
  spec.traffic[0].arrivals = models::ArrivalKind::Paced;
  for (models::ServiceSpec& s : spec.services) {
    if (s.name == "api") s.versions[0].weights = weights;
  }
  auto candidate = support::candidate(EnforcedBy::Sidecar);
  candidate.product = product;
  candidate.profile->workers = 1;
  spec.candidates = {candidate};
  spec.policy.defaults.load_balancer = balancer;
  return spec;
}

void restart(ScenarioSpec& spec, sim::Time at, sim::Duration down, std::uint32_t replicas = 1) {
  spec.timeline = {support::fault(models::TimelineVerb::Crash, "api", at, down, replicas)};
}

std::vector<Pick> picks(const ScenarioSpec& spec, models::RunOptions options = {}) {
  sim::Trace trace(1 << 20);
  options.trace = &trace;
  (void)run(spec, options);
  std::vector<Pick> out;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    if (std::string_view(trace.at(i).what) == "attempt-sent") out.push_back({trace.at(i).at, trace.at(i).owner});
  }
  return out;
}

Sequence counts(const std::vector<Pick>& all, sim::Time from = 0, sim::Time to = sim::kHorizonMax) {
  Sequence out(3, 0);
  for (const Pick& pick : all) {
    if (pick.at >= from && pick.at < to) ++out[pick.replica];
  }
  return out;
}

}  // namespace

TEST_CASE("weights 5, 1, 1: of seven requests in a row five go to the first replica, one more or less, never two") {
  const auto all = picks(fleet("envoy", LoadBalancer::RoundRobin, {5, 1, 1}, 100, 21 * kSecond));
  REQUIRE(all.size() >= 2100);
  for (std::size_t i = 0; i + 7 <= all.size(); ++i) {
    std::array<int, 3> window{};
    for (std::size_t k = i; k < i + 7; ++k) ++window[all[k].replica];
    // Who goes first of those that are due at once is a matter of the last bit of 1/5.
    if (std::abs(window[0] - 5) > 1 || window[1] > 2 || window[2] > 2) FAIL("the seven picks from " << i << " on");
  }
  const Sequence c = counts(all);
  CHECK(c[0] + 2 >= 5 * all.size() / 7);
  CHECK(c[0] <= 5 * all.size() / 7 + 2);
  CHECK(std::max(c[1], c[2]) - std::min(c[1], c[2]) <= 1);
}

TEST_CASE("every client starts elsewhere in the cycle: none of a hundred clients' first requests favours the heavy") {
  ScenarioSpec spec = fleet("envoy", LoadBalancer::RoundRobin, {5, 1, 1}, 100, 100 * kSecond);
  for (models::ServiceSpec& s : spec.services) {
    if (s.name == "web") s.versions[0].replicas = 400;
  }
  const Sequence count = counts(picks(spec), 0, 2 * kSecond);  // 200 requests to 400 clients: the first of each, mostly
  CHECK(count[1] + count[2] > 35);                             // 57 expected, deviation 6.4; none if all began alike
  CHECK(count[1] + count[2] < 80);
}

TEST_CASE("least request with weights follows the weights while idle and leaves whom it has overloaded") {
  ScenarioSpec spec = fleet("istio-1.24", LoadBalancer::LeastRequest, {2, 1, 1}, 200, 40 * kSecond);
  const Sequence idle = counts(picks(spec));
  CHECK(idle[0] == doctest::Approx(4000).epsilon(0.01));
  models::TimelineEntrySpec slow = support::fault(models::TimelineVerb::Slow, "api", 0, 40 * kSecond, 1);
  slow.factor = 100;
  spec.timeline = {slow};
  // 100 ms a request instead of 1: in balance x/s of them keep x/10 in flight, and 2 / (x/10 + 1) is to 1 as x to the
  // (200 - x) / 2 of another: x = 34.
  const Sequence busy = counts(picks(spec), 10 * kSecond, 40 * kSecond);
  CHECK(busy[0] / 30.0 > 25);
  CHECK(busy[0] / 30.0 < 45);
}

TEST_CASE("RANDOM, Linkerd, gRPC, a library and kube-proxy look at no weights; Consul's Envoys do") {
  const auto share = [](const ScenarioSpec& spec) {
    const Sequence c = counts(picks(spec));
    return c[0] / static_cast<double>(c[0] + c[1] + c[2]);
  };
  const auto spec = [](const char* product, LoadBalancer balancer) {
    return fleet(product, balancer, {8, 1, 1}, 200, 20 * kSecond);
  };
  CHECK(share(spec("envoy", LoadBalancer::Random)) < 0.4);
  CHECK(share(spec("linkerd", LoadBalancer::PeakEwma)) < 0.7);
  CHECK(share(spec("consul", LoadBalancer::RoundRobin)) == doctest::Approx(0.8).epsilon(0.01));
  for (const EnforcedBy by : {EnforcedBy::Library, EnforcedBy::Proxyless}) {
    ScenarioSpec other = spec("grpc", LoadBalancer::RoundRobin);
    other.candidates = {support::candidate(by)};
    CHECK(share(other) == doctest::Approx(1 / 3.0).epsilon(0.01));
    CHECK(models::compile(other, 0).pooled == std::vector<bool>{false});
  }
}

TEST_CASE("ztunnels pick by weight, once per connection") {
  ScenarioSpec spec = fleet("istio-1.24", LoadBalancer::RoundRobin, {8, 1, 1}, 400, 20 * kSecond);
  auto ambient = support::candidate(EnforcedBy::Ambient);
  ambient.product = "istio-1.24";
  ambient.profile = spec.candidates[0].profile;
  spec.candidates = {ambient};
  for (models::ServiceSpec& s : spec.services) {
    if (s.name == "web") s.versions[0].replicas = 60;
  }
  const models::Plan plan = models::compile(spec, 0);
  CHECK(plan.routings[0].weighted);
  CHECK_FALSE(plan.pooled[0]);
  const Sequence c = counts(picks(spec));
  const double share = c[0] / static_cast<double>(c[0] + c[1] + c[2]);
  CHECK(share > 0.7);  // of some 900 connections
  CHECK(share < 0.9);
}

TEST_CASE("warm-up: a replica that is back gets a tenth of its share, then its age's part, then all of it") {
  ScenarioSpec spec = fleet("envoy", LoadBalancer::RoundRobin, {1, 1}, 1000, 60 * kSecond);
  restart(spec, 10 * kSecond, 2 * kSecond);
  const auto part = [&](sim::Time from, sim::Time to) {
    const Sequence c = counts(picks(spec), from * kSecond, to * kSecond);
    return c[0] / static_cast<double>(c[1]);
  };
  CHECK(part(12, 13) == doctest::Approx(1).epsilon(0.01));  // without: at once
  spec.policy.defaults.warmup = models::WarmupSpec{.duration = 20 * kSecond};
  CHECK(part(0, 10) == doctest::Approx(1).epsilon(0.01));  // who was there before is not new
  CHECK(part(12, 13) == doctest::Approx(0.1).epsilon(0.05));
  CHECK(part(16, 18) == doctest::Approx(0.25).epsilon(0.05));  // 4 to 6 s of 20
  CHECK(part(26, 28) == doctest::Approx(0.75).epsilon(0.05));
  CHECK(part(33, 60) == doctest::Approx(1).epsilon(0.01));
  spec.policy.defaults.warmup->minimum = 0.5;
  CHECK(part(12, 21) == doctest::Approx(0.5).epsilon(0.05));
  spec.policy.defaults.warmup->minimum = 0.0;
  spec.policy.defaults.warmup->aggression = 2.0;
  CHECK(part(16, 18) == doctest::Approx(0.5).epsilon(0.05));
}

TEST_CASE(
    "with equal weights Envoy is on a schedule as long as somebody joined shortly before its hosts last changed") {
  ScenarioSpec spec = fleet("istio-1.24", LoadBalancer::LeastRequest, {1, 1, 1}, 10, kSecond);
  spec.policy.defaults.warmup = models::WarmupSpec{.duration = 10 * kSecond};
  const models::Plan plan = models::compile(spec, 0);
  models::ClusterView view;
  view.hosts = 3;
  models::WeightedPicks picker;
  picker.build(plan, {view}, 2);
  const std::array<models::HostView, 3> hosts{};
  const std::uint32_t first = plan.services[plan.clusters[0].callee].first_pod;
  const auto plain = [&](sim::Time now, std::uint32_t worker = 0) {
    return picker.pick(plan.routings[0], 0, worker, {nullptr, 3}, hosts.data(), now) == models::kNone;
  };
  CHECK_FALSE(plain(0));
  CHECK_FALSE(plain(50 * kSecond));  // on until the hosts change
  CHECK_FALSE(plain(50 * kSecond, 1));
  picker.hosts_changed(0, 60 * kSecond);
  CHECK(plain(61 * kSecond));
  CHECK(plain(61 * kSecond, 1));
  picker.joined(first + 2, 70 * kSecond);
  CHECK(plain(70 * kSecond));  // what happens in the same nanosecond does not know
  CHECK_FALSE(plain(70 * kSecond + 1));
  picker.hosts_changed(0, 80 * kSecond);
  CHECK_FALSE(plain(90 * kSecond));
  picker.hosts_changed(0, 80 * kSecond + 1);
  CHECK(plain(90 * kSecond));
  const std::uint32_t only = 1;
  picker.joined(first, 91 * kSecond);
  CHECK(picker.pick(plan.routings[0], 0, 0, {&only, 1}, hosts.data(), 92 * kSecond) == models::kNone);
}

TEST_CASE("warm-up is Istio's and Envoy's; Consul, Linkerd and libraries have none, and 0s is none") {
  const auto warms = [](const char* product, EnforcedBy by, sim::Duration duration) {
    ScenarioSpec spec = fleet(product, LoadBalancer::RoundRobin, {1, 1}, 10, kSecond);
    spec.candidates[0].enforced_by = by;
    spec.policy.defaults.warmup = models::WarmupSpec{.duration = duration};
    const models::Plan plan = models::compile(spec, 0);
    return plan.routings[0].warmup != models::kNoExtra && plan.pooled[0];
  };
  CHECK(warms("envoy", EnforcedBy::Sidecar, kSecond));
  CHECK(warms("istio-1.24", EnforcedBy::Sidecar, kSecond));
  CHECK_FALSE(warms("istio-1.24", EnforcedBy::Sidecar, 0));
  CHECK_FALSE(warms("consul", EnforcedBy::Sidecar, kSecond));
  CHECK_FALSE(warms("linkerd", EnforcedBy::Sidecar, kSecond));
  CHECK_FALSE(warms("", EnforcedBy::Library, kSecond));
  CHECK_FALSE(warms("grpc", EnforcedBy::Proxyless, kSecond));
}

TEST_CASE("a replica that returns from an ejection is not new, and is not picked while it is out") {
  ScenarioSpec spec = fleet("istio-1.24", LoadBalancer::RoundRobin, {4, 1, 1}, 600, 60 * kSecond);
  spec.policy.defaults.warmup = models::WarmupSpec{.duration = 20 * kSecond};
  models::OutlierDetectionSpec outliers;
  outliers.consecutive_5xx = 2;
  outliers.interval = kSecond;
  outliers.base_ejection_time = 10 * kSecond;
  outliers.max_ejection = 1.0;
  spec.policy.defaults.outlier_detection = outliers;
  restart(spec, 30 * kSecond, 2 * kSecond);
  const auto all = picks(spec);
  CHECK(counts(all, 32 * kSecond, 38 * kSecond)[0] == 0);  // the crash ended, the ejection has not
  const Sequence back = counts(all, 45 * kSecond, 52 * kSecond);
  CHECK(back[0] / static_cast<double>(back[1]) > 4 * 0.6);  // 13 to 20 s old: not begun anew at its return
  // Without a crash nobody joins: ejected for its timeouts, it returns with all of its weight.
  spec.timeline[0].verb = models::TimelineVerb::Stall;
  spec.policy.defaults.timeout = 100 * sim::kMillisecond;
  const auto stalled = picks(spec);
  CHECK(counts(stalled, 32 * kSecond, 40 * kSecond)[0] == 0);
  const auto first = std::find_if(stalled.begin(), stalled.end(),
                                  [](const Pick& pick) { return pick.at > 40 * kSecond && pick.replica == 0; });
  REQUIRE(first != stalled.end());
  const Sequence whole = counts(stalled, first->at, first->at + kSecond);
  CHECK(whole[0] / static_cast<double>(whole[1]) == doctest::Approx(4).epsilon(0.05));
}

TEST_CASE("a plan without weights and warm-ups has neither rows nor pooled clusters for them") {
  ScenarioSpec spec = fleet("envoy", LoadBalancer::RoundRobin, {3, 3, 3}, 100, 10 * kSecond);
  CHECK_FALSE(models::compile(spec, 0).routings[0].weighted);
  ScenarioSpec none = fleet("istio-1.24", LoadBalancer::RoundRobin, {1, 1, 1}, 100, 10 * kSecond);
  for (models::ServiceSpec& s : none.services) s.versions[0].weights.clear();
  none.services[1].versions[0].replicas = 3;
  const models::Plan plan = models::compile(none, 0);
  CHECK(plan.weights.empty());
  CHECK(plan.warmups.empty());
}

TEST_CASE("with weights, a restart and ejections the run is the same by the reference queue and in any order") {
  for (const LoadBalancer balancer : {LoadBalancer::RoundRobin, LoadBalancer::LeastRequest}) {
    ScenarioSpec spec = fleet("istio-1.24", balancer, {3, 2, 1}, 300, 40 * kSecond);
    spec.traffic[0].arrivals = models::ArrivalKind::Poisson;
    spec.policy.defaults.warmup = models::WarmupSpec{.duration = 10 * kSecond, .aggression = 1.5};
    spec.policy.defaults.outlier_detection = models::OutlierDetectionSpec{};
    restart(spec, 10 * kSecond, 5 * kSecond, 2);
    const auto fingerprint = run(spec).fingerprint;
    CHECK(fingerprint == run(spec, {.reference_queue = true}).fingerprint);
    CHECK(fingerprint == run(spec, {.shuffle = 1}).fingerprint);
  }
}
