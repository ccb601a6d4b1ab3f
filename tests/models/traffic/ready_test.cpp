// Crashes as seen by balancers that pick among connected replicas only, and by those that do not.
#include <doctest/doctest.h>

#include <string_view>
#include <vector>

#include "models/policy/reconnect.h"
#include "sim/trace.h"
#include "tests/models/traffic/limits.h"

using limits::calls_that;
using limits::run;
using models::EnforcedBy;
using models::Outcome;
using models::Reconnects;
using models::Results;
using models::ScenarioSpec;

namespace {

enum class Who : std::uint8_t { Linkerd, Proxyless, PickFirst, Envoy };

// 100/s for 60 s to two replicas with 1 ms of work; `down` of them are gone from 10 s to 30 s.
ScenarioSpec crash(Who who, std::uint32_t down, std::uint32_t clients = 1) {
  ScenarioSpec spec = limits::open(2, 100, 60 * sim::kSecond, 0.0);
  spec.services[0].versions[0].replicas = clients;
  for (auto& s : spec.services) s.protocol = models::Protocol::Grpc;
  const bool proxied = who == Who::Linkerd || who == Who::Envoy;
  auto candidate = support::candidate(proxied                 ? EnforcedBy::Sidecar
                                      : who == Who::Proxyless ? EnforcedBy::Proxyless
                                                              : EnforcedBy::Library);
  candidate.product = who == Who::Linkerd ? "linkerd" : who == Who::Envoy ? "envoy" : "grpc";
  spec.candidates = {candidate};
  spec.timeline = {support::fault(models::TimelineVerb::Crash, "api", 10 * sim::kSecond, 20 * sim::kSecond, down)};
  return spec;
}

std::uint64_t failed(const Results& r) { return r.edges[0].calls - calls_that(r, Outcome::Ok); }

std::vector<sim::Time> times_of(const ScenarioSpec& spec, std::string_view what) {
  sim::Trace trace(1 << 20);
  models::RunOptions options;
  options.trace = &trace;
  (void)run(spec, options);
  std::vector<sim::Time> times;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    if (std::string_view(trace.at(i).what) == what) times.push_back(trace.at(i).at);
  }
  return times;
}

}  // namespace

TEST_CASE("a crash of one of two replicas costs Linkerd and gRPC what was in flight, Envoy half of the outage") {
  CHECK(failed(run(crash(Who::Linkerd, 1))) <= 3);
  CHECK(failed(run(crash(Who::Proxyless, 1))) <= 3);
  CHECK(failed(run(crash(Who::PickFirst, 1))) <= 3);
  ScenarioSpec unnamed = crash(Who::Proxyless, 1);
  unnamed.candidates[0].product.clear();
  CHECK(failed(run(unnamed)) <= 3);
  const double envoy = static_cast<double>(failed(run(crash(Who::Envoy, 1))));
  CHECK(envoy > 900);
  CHECK(envoy < 1100);
  CHECK(failed(run(crash(Who::Linkerd, 1, 10))) <= 10);  // each client finds out by itself
}

TEST_CASE("with all replicas down calls fail without a healthy replica until a connection is made again") {
  for (const Who who : {Who::Linkerd, Who::Proxyless, Who::PickFirst}) {
    const ScenarioSpec spec = crash(who, 2);
    const Results r = run(spec);
    CAPTURE(static_cast<int>(who));
    CHECK(calls_that(r, Outcome::NoHealthy) > 1900);
    CHECK(failed(r) < 3310);  // 33 s; the rest of the minute is served
    const auto back = times_of(spec, "connected-again");
    REQUIRE(back.size() == 2);
    for (const sim::Time at : back) {
      CHECK(at >= 30 * sim::kSecond);
      // The wait that is running at the restart ends: after 20 s of outage it is gRPC's sixth, 1.2 x 10.5 s at most.
      CHECK(at <= 43 * sim::kSecond);
    }
  }
}

TEST_CASE("each client of a crashed replica notices once and comes back once, at times of its own") {
  const ScenarioSpec spec = crash(Who::Linkerd, 1, 5);
  CHECK(times_of(spec, "connection-lost").size() == 5);
  const auto back = times_of(spec, "connected-again");
  REQUIRE(back.size() == 5);
  for (const sim::Time at : back) {
    // 100 ms (1 + 2 + ... + 2^7) = 25.5 s after the crash, up to a tenth more
    CHECK(at >= 35'500 * sim::kMillisecond);
    CHECK(at <= 38'100 * sim::kMillisecond);
  }
  CHECK(back.front() != back.back());
}

TEST_CASE("a crash with connected replicas gives the same run by the reference queue and in any order of equal times") {
  for (const Who who : {Who::Linkerd, Who::Proxyless}) {
    for (const std::uint32_t down : {1u, 2u}) {
      const auto spec = crash(who, down, 3);
      const auto fingerprint = run(spec).fingerprint;
      CHECK(fingerprint == run(spec, {.reference_queue = true}).fingerprint);
      CHECK(fingerprint == run(spec, {.shuffle = 1}).fingerprint);
    }
  }
}

TEST_CASE("plans without a crash know nothing of connections lost") {
  ScenarioSpec spec = crash(Who::Linkerd, 1);
  CHECK(models::compile(spec, 0).reconnects.size() == 1);
  spec.timeline.clear();
  CHECK(models::compile(spec, 0).reconnects.empty());
  CHECK(models::compile(crash(Who::Envoy, 1), 0).reconnects.empty());
}

TEST_CASE("waits between attempts to connect: Linkerd 100 ms doubling to 60 s, gRPC 1 s times 1.6 to 120 s") {
  for (sim::Key key = 1; key < 200; ++key) {
    const auto linkerd = [key](std::uint32_t k) {
      return static_cast<double>(models::reconnect_delay(Reconnects::Linkerd, k, key)) / 1e9;
    };
    const auto grpc = [key](std::uint32_t k) {
      return static_cast<double>(models::reconnect_delay(Reconnects::Grpc, k, key)) / 1e9;
    };
    const auto within = [](double x, double low, double high) { return x >= low && x <= high; };
    CHECK(within(linkerd(1), 0.1, 0.11));
    CHECK(within(linkerd(4), 0.8, 0.88));
    CHECK(within(linkerd(40), 60.0, 60.0));
    CHECK(within(grpc(1), 0.8, 1.2));
    CHECK(within(grpc(3), 0.8 * 2.56, 1.2 * 2.56));
    CHECK(within(grpc(40), 96.0, 144.0));
  }
  CHECK(models::reconnect_delay(Reconnects::Linkerd, 1, 1) != models::reconnect_delay(Reconnects::Linkerd, 1, 2));
}
