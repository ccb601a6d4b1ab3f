// One request as a tree, from scenarios small enough to know every figure.
#include "reports/waterfall.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "models/plan/compile.h"
#include "models/run.h"
#include "scenarios/reader/reader.h"

namespace {

using nlohmann::json;

struct Seen {
  reports::Story story;
  std::string text;
  json tree;
  std::uint64_t arrived = 0;
};

Seen follow(const char* yaml, const reports::Wanted& wanted, std::size_t candidate = 0) {
  const reader::LoadResult loaded = reader::load_text("test.yaml", yaml);
  REQUIRE(loaded.scenario.has_value());
  const models::Plan plan = models::compile(*loaded.scenario, candidate);
  reports::Selector selector(wanted);
  sim::Trace first([&](const sim::TraceRecord& record) { selector.take(record); });
  models::RunOptions options;
  options.trace = &first;
  const models::Results plain = models::run(plan, options);
  REQUIRE(selector.chosen().has_value());
  reports::Follower follower(*selector.chosen());
  sim::Trace second([&](const sim::TraceRecord& record) { follower.take(record); });
  options.trace = &second;
  options.trace_links = true;
  CHECK(models::run(plan, options).fingerprint.hex() == plain.fingerprint.hex());  // it only looks
  Seen seen{follower.story(), reports::waterfall_text(plan, follower.story()), {}, selector.seen()};
  seen.tree = json::parse(reports::waterfall_json(plan, follower.story()));
  return seen;
}

// A page that calls two services at once and then a third; nothing is random, and its connections are open.
constexpr const char* kTree = R"(meshsim: 1
run: {duration: 5s, warmup: 20s, replications: 1}
network: {sameZone: {constant: 1ms}}
services:
  page:
    replicas: 1
    workers: 1
    endpoints: {default: {steps: [{work: {constant: 2ms}}, {parallel: [{call: left}, {call: right}]}, {call: last}]}}
  left: {replicas: 1, workers: 1, serviceTime: {constant: 3ms}}
  right: {replicas: 1, workers: 1, serviceTime: {constant: 5ms}, calls: [last]}
  last: {replicas: 1, workers: 1, serviceTime: {constant: 1ms}}
traffic: {pages: {to: page, rate: 1/s, arrivals: paced}}
candidates: [none]
)";

}  // namespace

TEST_CASE("a request's tree has every call, at its time, with its way and its work") {
  reports::Wanted wanted;
  wanted.which = reports::Wanted::Which::Number;
  wanted.number = 3;
  const Seen seen = follow(kTree, wanted);
  const double start = seen.tree["arrived"];
  const auto ms = [&](const json& at) { return (at.get<double>() - start) * 1e3; };
  CHECK(seen.tree["request"] == 3);
  CHECK(seen.tree["outcome"] == "ok");
  REQUIRE(seen.tree["calls"].size() == 3);
  const json& left = seen.tree["calls"][0];
  const json& right = seen.tree["calls"][1];
  const json& last = seen.tree["calls"][2];
  CHECK(left["to"] == "left/default");
  CHECK(ms(left["opened"]) == doctest::Approx(2));
  CHECK(ms(left["tries"][0]["workStarted"]) == doctest::Approx(3));
  CHECK(left["tries"][0]["networkThere"].get<double>() == doctest::Approx(1e-3));
  CHECK(ms(left["closed"]) == doctest::Approx(7));
  REQUIRE(right["tries"][0]["calls"].size() == 1);
  CHECK(ms(right["tries"][0]["calls"][0]["opened"]) == doctest::Approx(8));
  CHECK(ms(right["closed"]) == doctest::Approx(12));
  CHECK(ms(last["opened"]) == doctest::Approx(12));
  CHECK(ms(seen.tree["ended"]) == doctest::Approx(15));
  CHECK(seen.story.calls.size() == 4);
  CHECK(seen.text.find("No policy had anything to decide") != std::string::npos);
}

TEST_CASE("what policy decided stands below: tries, back-off, the end, and the configuration it rests on") {
  constexpr const char* kSlow = R"(meshsim: 1
run: {duration: 20s, warmup: 1s, replications: 1}
network: {sameZone: {constant: 1ms}}
services:
  page: {replicas: 1, serviceTime: {constant: 1ms}, calls: [db]}
  db: {replicas: 1, workers: 8, serviceTime: {constant: 300ms}}
traffic: {page: 1/s}
policy: {db: {timeout: 1s}}
candidates: [sidecar]
timeline:
  - {name: hasty, at: 10s, change: {db: {timeout: 250ms, retries: {max: 1, perTryTimeout: 100ms, retryOn: [reset]}}}}
)";
  reports::Wanted wanted;
  wanted.which = reports::Wanted::Which::FirstFailed;
  const Seen seen = follow(kSlow, wanted);
  CHECK(seen.tree["arrived"].get<double>() >= 10);
  const json& call = seen.tree["calls"][0];
  CHECK(call["actsBy"] == "hasty");
  CHECK(call["outcome"] == "UT");
  REQUIRE(call["tries"].size() == 2);
  CHECK(call["tries"][0]["outcome"] == "UT");
  CHECK(call["notes"][0]["what"] == "retry-scheduled");
  CHECK(seen.text.find("the policy's per-try timeout ended the try (UT)") != std::string::npos);
  CHECK(seen.text.find("retries after a back-off of") != std::string::npos);
  CHECK(seen.text.find("its caller acts by hasty") != std::string::npos);
  CHECK(seen.text.find("nobody waits for it") != std::string::npos);  // the database served both tries

  wanted.which = reports::Wanted::Which::Slowest;
  const Seen slowest = follow(kSlow, wanted);
  CHECK(slowest.tree["outcome"] == "ok");
  CHECK(slowest.tree["ended"].get<double>() - slowest.tree["arrived"].get<double>() > 0.3);
  CHECK(slowest.tree["calls"][0]["actsBy"] == "the initial configuration");
  CHECK(slowest.tree["calls"][0]["tries"][0]["proxiesThere"].get<double>() > 0);
}

TEST_CASE("a request's tree shows tries that overlap, and which of them decided") {
  constexpr const char* kHedged = R"(meshsim: 1
run: {duration: 5s, warmup: 1s, replications: 1}
network: {sameZone: {constant: 1ms}}
services:
  page: {replicas: 1, serviceTime: {constant: 1ms}, calls: [db]}
  db: {replicas: 2, workers: 8, serviceTime: {constant: 60ms}}
traffic: {page: 1/s}
policy: {db: {hedging: {onPerTryTimeout: true}, retries: {max: 1, perTryTimeout: 20ms, retryOn: [5xx]}}}
candidates:
  envoy: {product: envoy}
)";
  reports::Wanted wanted;
  wanted.which = reports::Wanted::Which::Slowest;
  const Seen seen = follow(kHedged, wanted);
  const json& call = seen.tree["calls"][0];
  CHECK(call["outcome"] == "ok");
  REQUIRE(call["tries"].size() == 2);
  CHECK(call["tries"][1]["sent"].get<double>() < call["tries"][0]["ended"].get<double>());
  CHECK(seen.text.find("try 1 is over the per-try timeout and goes on") != std::string::npos);
  CHECK(seen.text.find("hedges: try 2 follows while an earlier one is under way") != std::string::npos);
}

TEST_CASE("a request's tree tells what a proxy did whose application was down") {
  constexpr const char* kRestart = R"(meshsim: 1
run: {duration: 5s, warmup: 1s, replications: 1}
network: {sameZone: {constant: 1ms}}
services:
  page: {replicas: 1, serviceTime: {constant: 1ms}, calls: [db]}
  db: {replicas: 1, workers: 8, serviceTime: {constant: 1ms}}
traffic: {page: 20/s}
timeline: [{name: restart, at: 2s, for: 1s, crash: db, container: application}]
candidates: [sidecar]
)";
  reports::Wanted wanted;
  wanted.which = reports::Wanted::Which::FirstFailed;
  const Seen seen = follow(kRestart, wanted);
  CHECK(seen.text.find("its application is down: the callee's proxy tries again in") != std::string::npos);
  CHECK(seen.text.find("the callee's proxy answers 503: its application is down") != std::string::npos);
}
