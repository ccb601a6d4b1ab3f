// More traps of docs/policies.md that need a whole run: refused retries, instant failures, who balances what, pinned
// workers. Constant times wherever they allow exact figures.
#include <doctest/doctest.h>

#include <algorithm>

#include "models/balance/pick.h"
#include "tests/models/traffic/limits.h"

using limits::calls_that;
using limits::closed;
using limits::open;
using limits::retries_on_5xx;
using limits::run;
using models::ConnectionPoolSpec;
using models::EnforcedBy;
using models::LoadBalancer;
using models::Outcome;
using models::Results;
using models::RetryOn;
using models::ScenarioSpec;
using sim::Distribution;
using support::call;
using support::kMs;
using support::service;
using support::work;

TEST_CASE("trap 5: a refused retry has used up its try and ends the call, however many tries are left") {
  ScenarioSpec spec = open(1, 100, 10 * sim::kSecond, 1.0);
  spec.policy.defaults.retries = retries_on_5xx(5);
  spec.policy.defaults.connection_pool = ConnectionPoolSpec{.max_retries = 0};
  const Results r = run(spec);
  REQUIRE(r.edges[0].calls > 900);
  CHECK(r.edges[0].attempts == r.edges[0].calls);
  CHECK(r.edges[0].retries_refused == r.edges[0].calls);  // once each, not five times
  CHECK(calls_that(r, Outcome::Error) == r.edges[0].calls);
}

TEST_CASE("trap 7: calls without a replica end at once and unretried, and are kept apart from successes") {
  auto api = service("api", {work(Distribution::constant(20 * kMs))});
  api.versions.push_back(api.versions[0]);
  api.versions[1].name = "v2";
  api.versions[1].replicas = 0;
  auto spec = support::scenario({service("web", {call("api")}), api}, "web", 100, 20 * sim::kSecond);
  spec.candidates = {support::candidate(EnforcedBy::Library)};
  spec.policy.defaults.retries = retries_on_5xx(3);
  spec.policy.defaults.split = {{"v1", 0.4}, {"v2", 0.6}};
  const Results r = run(spec);
  REQUIRE(calls_that(r, Outcome::NoHealthy) > 1000);
  CHECK(r.edges[0].attempts == r.edges[0].calls);
  CHECK(r.entries[0].total.failed.max() == 0);                   // the median of all requests would be 0
  CHECK(r.entries[0].total.ok.min() == 20 * sim::kMillisecond);  // successes are as slow as ever
}

TEST_CASE("trap 9: a per-try timeout without 5xx, gateway-error or reset is a 504 and no retry, as with Istio's list") {
  ScenarioSpec spec = open(1, 100, 10 * sim::kSecond, 0.0, 50 * sim::kMillisecond);
  models::RetrySpec retries;
  retries.max = 2;
  retries.per_try_timeout = 10 * sim::kMillisecond;
  for (const RetryOn on : {RetryOn::ConnectFailure, RetryOn::RefusedStream, RetryOn::Unavailable, RetryOn::Cancelled})
    retries.retry_on = retries.retry_on.value_or(0) | static_cast<std::uint32_t>(on);
  spec.policy.defaults.retries = retries;
  const Results istio = run(spec);
  CHECK(istio.edges[0].attempts == istio.edges[0].calls);
  CHECK(calls_that(istio, Outcome::PerTryTimeout) == istio.edges[0].calls);
  for (const RetryOn on : {RetryOn::FiveXx, RetryOn::GatewayError, RetryOn::Reset}) {
    spec.policy.defaults.retries->retry_on = static_cast<std::uint32_t>(on);
    const Results r = run(spec);
    CHECK(r.edges[0].attempts == 3 * r.edges[0].calls);
  }
}

TEST_CASE("trap 10: timed-out work goes on at the server, and costs an HTTP/1.1 caller its connection") {
  ScenarioSpec spec = open(1, 50, 10 * sim::kSecond, 0.0, 40 * sim::kMillisecond);
  spec.policy.defaults.timeout = 10 * sim::kMillisecond;
  for (const auto& [protocol, fresh] :
       {std::pair{models::Protocol::Http1, true}, std::pair{models::Protocol::Http2, false}}) {
    spec.services[1].protocol = protocol;
    const Results r = run(spec);
    REQUIRE(r.edges[0].calls > 400);
    CHECK(calls_that(r, Outcome::Timeout) == r.edges[0].calls);
    // Every one of them was served in full: 40 ms of CPU, which nobody waited for.
    CHECK(static_cast<double>(r.services[0].cpu_time) ==
          doctest::Approx(40 * kMs * static_cast<double>(r.edges[0].calls)).epsilon(0.01));
    if (fresh)
      CHECK(r.edges[0].handshakes == r.edges[0].calls);
    else
      CHECK(r.edges[0].handshakes <= 16);
  }
}

TEST_CASE("trap 25: a balancer sees its own requests only: of many clients with little traffic none sees a queue") {
  // Ten replicas of one worker at 70%. One client pod sees all requests in flight; with 100 pods each sees 1%.
  const auto mean_wait = [](std::uint32_t clients, LoadBalancer balancer) {
    auto spec = support::scenario(
        {service("web", {call("api")}, clients), service("api", {work(Distribution::exponential(10 * kMs))}, 10, 1)},
        "web", 700, 60 * sim::kSecond);
    spec.candidates = {support::candidate(EnforcedBy::Library)};
    spec.policy.defaults.load_balancer = balancer;
    const Results r = run(spec);
    return static_cast<double>(r.services[0].queue_time) / static_cast<double>(r.edges[0].calls) / kMs;
  };
  const double one = mean_wait(1, LoadBalancer::LeastRequest);
  const double many = mean_wait(100, LoadBalancer::LeastRequest);
  const double random = mean_wait(100, LoadBalancer::Random);
  CHECK(one < 0.6 * random);
  CHECK(many > 0.8 * random);
}

TEST_CASE("trap 26: round robin is smooth for one client only: two indices meet at the same replica") {
  std::uint32_t first = 3;
  std::uint32_t second = 3;  // another proxy, or another worker, that has begun at the same place
  for (int i = 0; i < 8; ++i) CHECK(models::pick_round_robin(4, first) == models::pick_round_robin(4, second));
  // One client pod deals to ten replicas in turn: no request waits. A hundred pods with indices of their own do not.
  const auto waited = [](std::uint32_t clients) {
    auto spec = support::scenario(
        {service("web", {call("api")}, clients), service("api", {work(Distribution::constant(9 * kMs))}, 10, 1)}, "web",
        1000, 10 * sim::kSecond);
    spec.traffic[0].arrivals = models::ArrivalKind::Paced;
    spec.candidates = {support::candidate(EnforcedBy::Library)};
    spec.policy.defaults.load_balancer = LoadBalancer::RoundRobin;
    return run(spec).endpoints[0].waited;
  };
  CHECK(waited(1) == 0);
  CHECK(waited(100) > 1000);
}

TEST_CASE("trap 33: one hot HTTP/2 connection saturates one of two proxy workers") {
  // 3,000 requests/s at 500 us of CPU: 75% of two workers, 150% of the one that a single connection stays with.
  const auto spare = [](std::uint32_t lanes) {
    auto api = service("api", {work(Distribution::constant(0))}, 1);
    api.protocol = models::Protocol::Http2;
    auto spec = support::scenario({service("web", {call("api")}, 1, lanes), api}, "web", 3000, 5 * sim::kSecond);
    spec.candidates = {support::candidate(EnforcedBy::Sidecar)};
    auto& profile = *spec.candidates[0].profile;
    profile.workers = 2;
    profile.cpu_per_request = {{0.0, 500 * sim::kMicrosecond}};
    profile.request_share = 1.0;
    const Results r = run(spec);
    return r.edges[0].ok.max();
  };
  CHECK(spare(1) > 1 * sim::kSecond);  // a queue without end: 5 s at a rate of one third too much
  CHECK(spare(64) < 500 * sim::kMillisecond);
}

TEST_CASE("trap 47: kube-proxy balances connections, a proxy requests") {
  const auto hottest = [](EnforcedBy by, LoadBalancer balancer) {
    auto api = service("api", {work(Distribution::constant(1 * kMs))}, 1);
    for (const char* name : {"v2", "v3", "v4"}) {
      api.versions.push_back(api.versions[0]);
      api.versions.back().name = name;
    }
    auto spec = support::scenario({service("web", {call("api")}, 1, 1), api}, "web", 200, 10 * sim::kSecond);
    spec.services[0].blocking = false;
    spec.candidates = {support::candidate(by)};
    spec.candidates[0].load_balancer = balancer;
    const Results r = run(spec);
    const auto& requests = r.services[0].version_requests;
    REQUIRE(requests.size() == 4);
    return static_cast<double>(*std::max_element(requests.begin(), requests.end())) /
           static_cast<double>(r.edges[0].calls);
  };
  CHECK(hottest(EnforcedBy::None, LoadBalancer::ConnectionRandom) == 1.0);  // one long-lived connection: one replica
  CHECK(hottest(EnforcedBy::Sidecar, LoadBalancer::RoundRobin) < 0.26);
}

TEST_CASE("trap 48: retries make successes look good while they double the load: both are counted") {
  ScenarioSpec spec = open(1, 500, 20 * sim::kSecond, 0.5);
  const auto ok = [](const Results& r) {
    return static_cast<double>(calls_that(r, Outcome::Ok)) / static_cast<double>(r.edges[0].calls);
  };
  const auto load = [](const Results& r) {
    return static_cast<double>(r.endpoints[0].requests) / static_cast<double>(r.edges[0].calls);
  };
  const Results bare = run(spec);
  CHECK(ok(bare) == doctest::Approx(0.5).epsilon(0.05));
  CHECK(load(bare) == 1.0);
  spec.policy.defaults.retries = retries_on_5xx(5);
  const Results retried = run(spec);
  CHECK(ok(retried) == doctest::Approx(1.0 - 1.0 / 64).epsilon(0.005));
  CHECK(load(retried) == doctest::Approx(63.0 / 32).epsilon(0.02));  // 1 + 1/2 + ... + 1/32
  CHECK(static_cast<double>(retried.edges[0].attempts) / static_cast<double>(retried.edges[0].calls) ==
        doctest::Approx(63.0 / 32).epsilon(0.02));
}
