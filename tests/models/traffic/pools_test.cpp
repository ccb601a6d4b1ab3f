// Connection pools and circuit breakers in whole runs: the smallest fleet in which each rule shows.
#include <doctest/doctest.h>

#include <string_view>

#include "sim/trace.h"
#include "tests/models/traffic/limits.h"

using limits::calls_that;
using limits::closed;
using limits::open;
using limits::retries_on_5xx;
using limits::run;
using models::ConnectionPoolSpec;
using models::EnforcedBy;
using models::Outcome;
using models::OutlierDetectionSpec;
using models::Results;
using models::RetryBudgetSpec;
using models::ScenarioSpec;
using sim::Distribution;
using support::call;
using support::kMs;
using support::service;
using support::work;

TEST_CASE("a pool without limits changes nothing that its caller sees") {
  for (const auto protocol : {models::Protocol::Http1, models::Protocol::Http2}) {
    auto api = service("api", {work(Distribution::exponential(5 * kMs))}, 3, 2);
    api.protocol = protocol;
    auto spec = support::scenario({service("web", {call("api")}, 2), api}, "web", 600, 10 * sim::kSecond);
    spec.network.same_zone = Distribution::exponential(0.1 * kMs);
    spec.candidates = {support::candidate(EnforcedBy::Library)};
    spec.policy.defaults.timeout = 40 * sim::kMillisecond;
    spec.policy.defaults.retries = retries_on_5xx(2);
    const Results plain = run(spec);
    spec.policy.defaults.connection_pool = ConnectionPoolSpec{};
    const Results pooled = run(spec);
    REQUIRE(plain.edges[0].calls > 5000);
    CHECK(pooled.fingerprint == plain.fingerprint);
    CHECK(calls_that(pooled, Outcome::Timeout) == calls_that(plain, Outcome::Timeout));
  }
}

TEST_CASE("trap 6: overflow is instant, costs the server nothing and is not retried by the proxy that made it") {
  ScenarioSpec spec = closed(100 * sim::kMillisecond, 10, 10 * sim::kSecond, models::Protocol::Http2);
  spec.policy.defaults.retries = retries_on_5xx(3);
  spec.policy.defaults.connection_pool = ConnectionPoolSpec{.max_requests = 4};
  const Results r = run(spec);
  CHECK(calls_that(r, Outcome::PoolOverflow) > 1000);
  CHECK(r.retries == 0);
  CHECK(r.edges[0].attempts == r.edges[0].calls);
  CHECK(r.endpoints[0].requests <= 400);  // four at a time, each for 100 ms
  CHECK(r.endpoints[0].requests > 390);
}

TEST_CASE("trap 6: a 503 made by the server is an ordinary response: retried, and counted against the replica") {
  ScenarioSpec spec = open(1, 50, 20 * sim::kSecond, 1.0);
  spec.policy.defaults.retries = retries_on_5xx(1);
  spec.policy.defaults.connection_pool = ConnectionPoolSpec{};
  spec.policy.defaults.outlier_detection = OutlierDetectionSpec{.max_ejection = 1.0, .min_health = 0.0};
  const Results r = run(spec);
  CHECK(r.retries > 0);
  CHECK(r.clusters[0].ejections > 0);
  CHECK(calls_that(r, Outcome::NoHealthy) > 0);
}

TEST_CASE("one connection and one waiting request: of three callers one is served, one waits, the third is refused") {
  ScenarioSpec spec = closed(10 * sim::kMillisecond, 3, 10 * sim::kSecond, models::Protocol::Http1);
  spec.policy.defaults.connection_pool = ConnectionPoolSpec{.max_connections = 1, .max_pending = 1};
  const Results r = run(spec);
  // A caller that is refused comes again after 1 ms, so the connection never rests: 100 answers a second.
  CHECK(static_cast<double>(calls_that(r, Outcome::Ok)) == doctest::Approx(1000).epsilon(0.01));
  CHECK(calls_that(r, Outcome::PoolOverflow) > 5000);
  CHECK(r.edges[0].waited > 990);
  CHECK(r.edges[0].handshakes == 1);
  CHECK(r.endpoints[0].waited == 0);  // nothing ever queues at the server

  spec.policy.defaults.connection_pool->max_pending = 0;  // nothing may wait, not even for the first connection
  CHECK(calls_that(run(spec), Outcome::Ok) == 0);
}

TEST_CASE("trap 29: max_connections never blocks the first connection to a replica, others queue") {
  ScenarioSpec spec = closed(10 * sim::kMillisecond, 8, 5 * sim::kSecond, models::Protocol::Http1);
  spec.services[1].versions[0].replicas = 4;
  spec.policy.defaults.load_balancer = models::LoadBalancer::RoundRobin;
  spec.policy.defaults.connection_pool = ConnectionPoolSpec{.max_connections = 1};
  const Results r = run(spec);
  CHECK(r.edges[0].handshakes == 4);  // one for each replica, whatever the limit
  CHECK(calls_that(r, Outcome::PoolOverflow) == 0);
  spec.policy.defaults.connection_pool = ConnectionPoolSpec{};
  CHECK(run(spec).edges[0].handshakes >= 8);
}

TEST_CASE("a connection is drained after so many requests, and closed after so much idleness") {
  ScenarioSpec spec = closed(10 * sim::kMillisecond, 1, 10 * sim::kSecond, models::Protocol::Http1);
  spec.policy.defaults.connection_pool = ConnectionPoolSpec{.max_requests_per_connection = 5};
  const Results five = run(spec);
  const std::uint64_t served = five.edges[0].calls;
  CHECK(five.edges[0].handshakes == (served + 4) / 5);
  spec.traffic[0].think_time = Distribution::constant(50e6);
  spec.policy.defaults.connection_pool = ConnectionPoolSpec{.idle_timeout = 40 * sim::kMillisecond};
  const Results idle = run(spec);
  CHECK(idle.edges[0].handshakes == idle.edges[0].calls);
  spec.policy.defaults.connection_pool->idle_timeout = 60 * sim::kMillisecond;
  CHECK(run(spec).edges[0].handshakes == 1);
}

TEST_CASE("trap 30: a connection that cannot be made fails all requests that wait for it at once") {
  ScenarioSpec spec = open(1, 1000, 2 * sim::kSecond, 0.0);
  spec.network.same_zone = Distribution::constant(5 * kMs);
  spec.network.connect_round_trips = 1;
  spec.policy.defaults.connection_pool = ConnectionPoolSpec{};
  models::TimelineEntrySpec crash;
  crash.name = "crash";
  crash.verb = models::TimelineVerb::Crash;
  crash.service = "api";
  crash.at = 0;
  spec.timeline = {crash};
  const Results r = run(spec);
  // Every 10 ms a connection is refused, with the ten requests that came meanwhile.
  CHECK(calls_that(r, Outcome::ConnectFailure) > 1900);
  CHECK(r.edges[0].handshakes < 250);
  CHECK(r.edges[0].failed.max() <= 10 * sim::kMillisecond);
}

TEST_CASE("a connect timeout ends what packet loss delays") {
  ScenarioSpec spec = open(1, 100, 2 * sim::kSecond, 0.0);
  spec.network.same_zone = Distribution::constant(20 * kMs);
  spec.network.connect_round_trips = 1;
  spec.policy.defaults.connection_pool = ConnectionPoolSpec{.connect_timeout = 30 * sim::kMillisecond};
  const Results r = run(spec);
  CHECK(calls_that(r, Outcome::Ok) == 0);
  CHECK(r.edges[0].failed.max() <= 30 * sim::kMillisecond);
  spec.policy.defaults.connection_pool->connect_timeout = 50 * sim::kMillisecond;
  CHECK(calls_that(run(spec), Outcome::ConnectFailure) == 0);
}

TEST_CASE("trap 8: the per-try timeout does not cover the wait for a connection, the overall one does") {
  ScenarioSpec spec = closed(20 * sim::kMillisecond, 2, 5 * sim::kSecond, models::Protocol::Http1);
  spec.policy.defaults.connection_pool = ConnectionPoolSpec{.max_connections = 1};
  models::RetrySpec retries = retries_on_5xx(0);
  retries.per_try_timeout = 25 * sim::kMillisecond;  // a try takes 20 ms, and waits 19 ms before
  spec.policy.defaults.retries = retries;
  const Results r = run(spec);
  CHECK(r.edges[0].waited > 100);
  CHECK(calls_that(r, Outcome::Ok) == r.edges[0].calls - r.edges[0].unfinished);
  spec.policy.defaults.retries.reset();
  spec.policy.defaults.timeout = 25 * sim::kMillisecond;
  CHECK(calls_that(run(spec), Outcome::Timeout) > 50);
}

TEST_CASE("trap 2: limits are of one client: two clients have twice as many requests in progress") {
  ScenarioSpec spec = closed(100 * sim::kMillisecond, 40, 10 * sim::kSecond, models::Protocol::Http2);
  spec.policy.defaults.connection_pool = ConnectionPoolSpec{.max_requests = 4};
  const std::uint64_t one = run(spec).endpoints[0].requests;
  spec.services[0].versions[0].replicas = 2;
  CHECK(static_cast<double>(run(spec).endpoints[0].requests) ==
        doctest::Approx(2.0 * static_cast<double>(one)).epsilon(0.02));
}

TEST_CASE("limits hold under every engine and order of equal times, to the bit") {
  auto api = service("api", {work(Distribution::exponential(4 * kMs))}, 3, 2);
  api.protocol = models::Protocol::Http1;
  api.versions[0].endpoints[0].errors.rate = 0.2;
  auto spec = support::scenario({service("web", {call("api")}, 2), api}, "web", 800, 10 * sim::kSecond);
  spec.network.same_zone = Distribution::exponential(0.1 * kMs);
  spec.network.connect_round_trips = 1;
  spec.candidates = {support::candidate(EnforcedBy::Library)};
  spec.policy.defaults.timeout = 60 * sim::kMillisecond;
  spec.policy.defaults.retries = retries_on_5xx(2);
  spec.policy.defaults.retry_budget = RetryBudgetSpec{.kind = RetryBudgetSpec::Kind::Concurrency};
  spec.policy.defaults.connection_pool =
      ConnectionPoolSpec{.max_connections = 4, .max_pending = 6, .max_requests = 8, .max_requests_per_connection = 20};
  spec.policy.defaults.outlier_detection = OutlierDetectionSpec{
      .consecutive_5xx = 4, .interval = sim::kSecond, .base_ejection_time = sim::kSecond, .max_ejection = 0.7};
  const Results plain = run(spec);
  REQUIRE(plain.clusters[0].ejections > 3);
  REQUIRE(calls_that(plain, Outcome::PoolOverflow) > 10);
  CHECK(plain.unfinished_calls == 0);
  models::RunOptions heap;
  heap.reference_queue = true;
  CHECK(run(spec, heap).fingerprint == plain.fingerprint);
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    models::RunOptions shuffled;
    shuffled.shuffle = seed;
    CHECK(run(spec, shuffled).fingerprint == plain.fingerprint);
  }
}

TEST_CASE(
    "the circuit-breaking task of istio.io: 8 to 19 of three callers' 30 calls are refused, of two callers' none") {
  const auto refused = [](std::uint32_t users, std::size_t calls, std::uint64_t seed) {
    auto httpbin = service("httpbin", {work(Distribution::lognormal(1 * kMs, 0.3))});
    httpbin.protocol = models::Protocol::Http1;
    auto fortio = service("fortio", {work(Distribution::constant(1.5 * kMs)), call("httpbin")});
    auto spec = support::scenario({fortio, httpbin}, "fortio", 1, sim::kSecond);
    spec.traffic[0].users = users;
    spec.traffic[0].think_time = Distribution::constant(0);
    spec.network.same_zone = Distribution::constant(50e3);
    spec.network.connect_round_trips = 1;
    spec.candidates = {support::candidate(EnforcedBy::Sidecar)};
    models::ProxyProfileSpec& profile = *spec.candidates[0].profile;
    profile.workers = 1;
    profile.cpu_per_request = {{0.0, 200 * sim::kMicrosecond}};
    profile.request_share = profile.response_share = 0.1;
    profile.handshake_round_trips = 1;
    profile.handshake_client_cpu = profile.handshake_server_cpu = 500 * sim::kMicrosecond;
    spec.policy.defaults.retries = retries_on_5xx(2);  // a refusal is not retried
    spec.policy.defaults.connection_pool =
        ConnectionPoolSpec{.max_connections = 1, .max_pending = 1, .max_requests_per_connection = 1};
    sim::Trace trace(1 << 18);
    models::RunOptions options;
    options.trace = &trace;
    options.seed = seed;
    (void)run(spec, options);
    std::size_t closed = 0, failed = 0;
    for (std::size_t i = 0; i < trace.size() && closed < calls; ++i) {
      if (std::string_view(trace.at(i).what) != "root-closed") continue;
      ++closed;
      failed += trace.at(i).detail != static_cast<std::uint64_t>(Outcome::Ok) ? 1U : 0U;
    }
    REQUIRE(closed == calls);
    return failed;
  };
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::size_t of_three = refused(3, 30, seed);
    CHECK(of_three >= 8);
    CHECK(of_three <= 19);
    CHECK(refused(2, 20, seed) <= 3);
  }
}
