// What may not change anything, and what may only change in one direction: no oracle is needed. Same seed throughout.
// "Equal" is the same fingerprint of the whole trajectory, or the same integers; directions hold on every sample path
// here, because all candidates meet the same luck.
#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <set>
#include <string>

#include <fmt/format.h>

#include "models/plan/compile.h"
#include "models/run.h"
#include "scenarios/reader/reader.h"

namespace {

models::Results run_text(const std::string& text, std::uint64_t seed = 1) {
  const reader::LoadResult loaded = reader::load_text("t.yaml", text);
  INFO(text, loaded.text());
  REQUIRE(loaded.scenario);
  return models::run(models::compile(*loaded.scenario, 0), {.seed = seed});
}

constexpr const char* kHead = "meshsim: 1\nrun: {duration: 5s, warmup: 1s}\nnetwork: {sameZone: {constant: 100us}}\n";

// A shop with queues, errors and retries, so that something is there to be disturbed.
std::string shop(const std::string& policy = "", const std::string& services = "", const std::string& rest = "",
                 const std::string& candidates = "candidates: {sidecar: {product: istio-1.24}}\n") {
  return std::string(kHead) + "services:\n" +
         "  web: {replicas: 2, workers: 8, serviceTime: {exponential: 4ms}, calls: [cart, pay]}\n"
         "  cart: {replicas: 2, workers: 2, serviceTime: {exponential: 5ms}}\n"
         "  pay: {replicas: 2, workers: 3, serviceTime: {lognormal: {mean: 6ms, cv: 1}}, errors: 5%}\n" +
         services + "traffic: {web: 250/s}\n" + "policy:\n  pay: {retries: {max: 2, retryOn: [5xx]}" + policy + "}\n" +
         rest + candidates;
}

std::string station(const std::string& web, const std::string& rest = "") {
  return std::string(kHead) + "services:\n  web: " + web + "\ntraffic: {web: 150/s}\n" + rest + "candidates: [none]\n";
}

double mean_ok(const models::Results& r) { return r.entries.at(0).total.ok.mean(); }
std::uint64_t successes(const models::Results& r) { return r.entries.at(0).total.outcomes[0]; }

}  // namespace

TEST_CASE("a limit that is never reached and a fault that never happens change nothing") {
  const auto plain = run_text(shop()).fingerprint;
  const char* idle[] = {
      ", fault: {delay: {percentage: 0%, fixedDelay: 7s}}",
      ", fault: {abort: {percentage: 0%, httpStatus: 500}}",
      ", rateLimit: {maxTokens: 1000000, tokensPerFill: 1000000, fillInterval: 1s}",
      ", timeout: 1h",
  };
  for (const char* policy : idle) {
    CAPTURE(policy);
    CHECK(run_text(shop(policy)).fingerprint == plain);
  }
  // Of the pool's machinery only how connections are kept may differ, so it is compared with itself.
  const auto pooled = run_text(shop(", connectionPool: {maxConnections: 1000000}")).fingerprint;
  CHECK(run_text(shop(", connectionPool: {maxConnections: 1000000}, retryBudget: {percent: 100%, "
                      "minRetryConcurrency: 1000000}"))
            .fingerprint == pooled);
  CHECK(run_text(shop(", connectionPool: {maxConnections: 1000000, http2MaxRequests: 1000000, "
                      "http1MaxPendingRequests: 1000000}"))
            .fingerprint == pooled);
  CHECK_FALSE(run_text(shop(", timeout: 5ms")).fingerprint == plain);  // the comparison can fail
}

TEST_CASE("what nobody reaches and what nobody uses changes nothing") {
  const auto plain = run_text(shop());
  const char* islands[] = {"  island: {workers: 1, serviceTime: 1ms}\n", "  zebra: {workers: 1, serviceTime: 1ms}\n"};
  for (const char* island : islands) {
    CAPTURE(island);
    CHECK(run_text(shop("", island)).fingerprint == plain.fingerprint);
  }
  CHECK(run_text(shop("", islands[0], "  island: {timeout: 1ms, retries: 5}\n")).fingerprint == plain.fingerprint);
  // One more edge has a number of its own in the fingerprint, and no other influence.
  const auto bridge = run_text(shop("", "  island: {workers: 1, serviceTime: 1ms, calls: [pay]}\n"));
  CHECK(bridge.entries[0].total.outcomes == plain.entries[0].total.outcomes);
  CHECK(bridge.entries[0].total.ok.sum() == plain.entries[0].total.ok.sum());
  CHECK(bridge.events == plain.events);
}

TEST_CASE("two fleets without a common service live side by side as they do alone") {
  std::string together = shop("",
                              "  kiosk: {workers: 2, serviceTime: {exponential: 6ms}, calls: [stock]}\n"
                              "  stock: {workers: 2, serviceTime: {exponential: 3ms}}\n");
  const std::string traffic = "traffic: {web: 250/s}";
  together.replace(together.find(traffic), traffic.size(), "traffic: {web: 250/s, kiosk: 100/s}");
  const models::Results both = run_text(together);
  const models::Results alone = run_text(shop());
  REQUIRE(both.entries.size() == 2);  // by name: kiosk, web
  CHECK(both.entries[1].total.arrivals == alone.entries[0].total.arrivals);
  CHECK(both.entries[1].total.outcomes == alone.entries[0].total.outcomes);
  CHECK(both.entries[1].total.ok.sum() == alone.entries[0].total.ok.sum());
}

TEST_CASE("comments, layout and JSON's way of writing are the same scenario") {
  const auto plain = run_text(station("{workers: 2, serviceTime: {exponential: 8ms}}")).fingerprint;
  CHECK(run_text("# a comment\nmeshsim: 1\n\ncandidates:\n  - none\ntraffic:\n  web: 150/s\nservices:\n  web:\n"
                 "    serviceTime: {exponential: 8000us}   # the same\n    workers: 2\nrun:\n  warmup: 1000ms\n"
                 "  duration: 5s\nnetwork:\n  sameZone:\n    constant: 0.1ms\n")
            .fingerprint == plain);
  CHECK(run_text("{\"meshsim\": 1, \"run\": {\"duration\": \"5s\", \"warmup\": \"1s\"}, \"network\": {\"sameZone\": "
                 "{\"constant\": \"100us\"}}, \"services\": {\"web\": {\"workers\": 2, \"serviceTime\": "
                 "{\"exponential\": \"8ms\"}}}, \"traffic\": {\"web\": \"150/s\"}, \"candidates\": [\"none\"]}")
            .fingerprint == plain);
}

TEST_CASE("slower clocks: all times a thousand and twenty-four fold, rates as much lower, and nothing else happens") {
  const auto timed = [](std::int64_t factor) {
    const auto us = [factor](std::int64_t micro) { return fmt::format("{}us", micro * factor); };
    return fmt::format(
        "meshsim: 1\nrun: {{duration: {}, warmup: {}}}\nnetwork: {{sameZone: {{constant: {}}}}}\n"
        "services:\n  web: {{workers: 4, serviceTime: {{exponential: {}}}, calls: [pay]}}\n"
        "  pay: {{workers: 2, serviceTime: {{exponential: {}}}, errors: 10%}}\n"
        "traffic: [{{to: web, rate: {}/s, shape: {{steps: [{{at: {}, rate: 0/s}}]}}}}]\npolicy: {{pay: {{retries: "
        "{{max: 2, retryOn: [5xx], backoff: {{law: exponential, "
        "base: {}, max: {}}}}}}}}}\ncandidates: [library]\n",
        us(4'000'000), us(1'000'000), us(128), us(4096), us(8192), 128.0 / static_cast<double>(factor), us(3'000'000),
        us(1024), us(4096));
  };
  const models::Results fast = run_text(timed(1));
  const models::Results slow = run_text(timed(1024));
  CHECK(slow.entries[0].total.arrivals == fast.entries[0].total.arrivals);
  CHECK(slow.entries[0].total.outcomes == fast.entries[0].total.outcomes);
  CHECK(slow.attempts == fast.attempts);
  CHECK(slow.events == fast.events);
  CHECK(mean_ok(slow) == doctest::Approx(1024 * mean_ok(fast)).epsilon(1e-6));
}

TEST_CASE("more workers and faster ones never make a queue longer") {
  double before = std::numeric_limits<double>::infinity();
  for (const int workers : {1, 2, 3, 8}) {
    const double now =
        mean_ok(run_text(station(fmt::format("{{workers: {}, serviceTime: {{exponential: 6ms}}}}", workers))));
    CHECK(now <= before);
    before = now;
  }
  for (const int micro : {6600, 6000, 4000, 1000}) {
    const double now =
        mean_ok(run_text(station(fmt::format("{{workers: 1, serviceTime: {{exponential: {}us}}}}", micro))));
    if (micro < 6600) CHECK(now < before);
    before = now;
  }
}

TEST_CASE("without queues: more tries, more time and fewer errors never lower success, dearer proxies never speed up") {
  const auto two = [](const std::string& pay, const std::string& policy, const std::string& candidate) {
    return std::string(kHead) +
           "services:\n  web: {workers: unlimited, serviceTime: 1ms, calls: [pay]}\n  pay: " + pay +
           "\ntraffic: {web: 300/s}\n" + policy + "candidates: " + candidate + "\n";
  };
  const std::string failing = "{workers: unlimited, serviceTime: {exponential: 5ms}, errors: 30%}";
  std::uint64_t before = 0;
  for (const int tries : {0, 1, 2, 5}) {
    const std::uint64_t now = successes(run_text(
        two(failing, fmt::format("policy: {{pay: {{retries: {{max: {}, retryOn: [5xx]}}}}}}\n", tries), "[library]")));
    CHECK(now > before);
    before = now;
  }
  before = 0;
  for (const int ms : {2, 5, 20, 1000}) {
    const std::uint64_t now =
        successes(run_text(two("{workers: unlimited, serviceTime: {exponential: 5ms}}",
                               fmt::format("policy: {{pay: {{timeout: {}ms}}}}\n", ms), "[library]")));
    CHECK(now > before);
    before = now;
  }
  std::uint64_t all = 0;
  for (const int share : {0, 20, 60, 100}) {
    const models::Results r =
        run_text(two(fmt::format("{{workers: unlimited, serviceTime: 5ms, errors: {}%}}", share), "", "[none]"));
    if (share == 0) all = r.entries[0].total.arrivals;
    if (share == 0) CHECK(successes(r) == all);
    if (share == 100) CHECK(successes(r) == 0);
    if (share > 0) CHECK(successes(r) < before);
    before = successes(r);
  }
  double latency = 0;
  for (const int micro : {0, 20, 200, 2000}) {
    const double now = mean_ok(run_text(two(
        "{workers: unlimited, serviceTime: {exponential: 5ms}}", "",
        fmt::format("{{sidecar: {{product: istio-1.24, profile: {{name: p, workers: unlimited, cpuPerRequest: {}us, "
                    "requestShare: 50%, responseShare: 50%, latency: {{request: {{constant: 0s}}, response: "
                    "{{constant: 0s}}}}, handshake: {{roundTrips: 0, clientCpu: 0s, serverCpu: 0s}}, memory: 1MB}}}}}}",
                    micro))));
    CHECK(now > latency);
    latency = now;
  }
}

TEST_CASE("the order of the branches of a parallel step does not matter") {
  const auto fan = [](const char* calls) {
    return run_text(std::string(kHead) + "services:\n  web: {workers: unlimited, serviceTime: 1ms, calls: [" + calls +
                    "]}\n  a: {workers: unlimited, serviceTime: {constant: 2ms}}\n"
                    "  b: {workers: unlimited, serviceTime: {constant: 7ms}}\n"
                    "  c: {workers: unlimited, serviceTime: {constant: 3ms}}\ntraffic: {web: 100/s}\n"
                    "candidates: [none]\n");
  };
  const models::Results one = fan("[a, b, c]");
  const models::Results other = fan("[c, b, a]");
  CHECK(one.entries[0].total.ok.sum() == other.entries[0].total.ok.sum());
  CHECK(one.entries[0].total.ok.max() == other.entries[0].total.ok.max());
}

TEST_CASE("a longer run begins like a shorter one, and a warm-up is only a part that is not counted") {
  const auto lasting = [](int seconds, int warmup) {
    std::string text = shop("", "", "timeline:\n  - {name: never, at: 1ms, for: 1ms, slow: pay, by: 1x}\n");
    const std::string run = "run: {duration: 5s, warmup: 1s}";
    text.replace(text.find(run), run.size(), fmt::format("run: {{duration: {}s, warmup: {}s}}", seconds, warmup));
    const reader::LoadResult loaded = reader::load_text("t.yaml", text);
    INFO(loaded.text());
    REQUIRE(loaded.scenario);
    models::Plan plan = models::compile(*loaded.scenario, 0);
    plan.catalog.timeline_bucket = sim::kSecond;
    return models::run(plan, {});
  };
  const models::Results five = lasting(5, 1);
  const models::Results nine = lasting(9, 1);
  for (std::size_t second = 0; second < 4; ++second) {  // the fifth ends in a drain
    CAPTURE(second);
    const models::EntryWindow& a = five.entries[0].timeline.at(second);
    const models::EntryWindow& b = nine.entries[0].timeline.at(second);
    CHECK(a.arrivals == b.arrivals);
    CHECK(a.outcomes == b.outcomes);
    CHECK(a.ok.sum() == b.ok.sum());
  }
  CHECK(nine.entries[0].total.arrivals > five.entries[0].total.arrivals);
  const models::Results split = run_text(station("{workers: 2, serviceTime: {exponential: 8ms}}"));
  std::string text = station("{workers: 2, serviceTime: {exponential: 8ms}}");
  const std::string run = "run: {duration: 5s, warmup: 1s}";
  text.replace(text.find(run), run.size(), "run: {duration: 6s, warmup: 0s}");
  const models::Results whole = run_text(text);
  CHECK(whole.fingerprint == split.fingerprint);
  CHECK(whole.roots_opened == split.roots_opened);
  CHECK(whole.entries[0].total.arrivals > split.entries[0].total.arrivals);
}

TEST_CASE("every seed is another run, the smallest and the largest too") {
  const reader::LoadResult loaded =
      reader::load_text("t.yaml",
                        "meshsim: 1\nrun: {duration: 100ms, warmup: 0s}\nservices:\n  web: {workers: 2, "
                        "serviceTime: {exponential: 8ms}}\ntraffic: {web: 150/s}\ncandidates: [none]\n");
  REQUIRE(loaded.scenario);
  const models::Plan plan = models::compile(*loaded.scenario, 0);
  std::set<std::string> seen;
  std::uint64_t seeds = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed, ++seeds)
    seen.insert(models::run(plan, {.seed = seed}).fingerprint.hex());
  seen.insert(models::run(plan, {.seed = std::numeric_limits<std::uint64_t>::max()}).fingerprint.hex());
  CHECK(seen.size() == seeds + 1);
}

TEST_CASE("who watches changes nothing: the trace") {
  const reader::LoadResult loaded = reader::load_text("t.yaml", shop());
  REQUIRE(loaded.scenario);
  const models::Plan plan = models::compile(*loaded.scenario, 0);
  sim::Trace trace(1000);
  models::RunOptions options;
  options.trace = &trace;
  CHECK(models::run(plan, options).fingerprint == models::run(plan, {}).fingerprint);
}
