// What the callee's end does before its application: authorization and rate limits.
#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/plan/compile.h"
#include "models/policy/rate_limit.h"
#include "models/run.h"
#include "tests/support/fleet_builder.h"

namespace {

using namespace models;
using sim::Distribution;
using support::call;
using support::service;
using support::work;

constexpr sim::Duration kMs = sim::kMillisecond;

// web and batch call api (10 ms); 50/s each for 20 s.
ScenarioSpec three_services(EnforcedBy by = EnforcedBy::Sidecar) {
  auto spec = support::scenario({service("web", {call("api")}), service("batch", {call("api")}),
                                 service("api", {work(Distribution::constant(10e6))})},
                                "web", 50, 20 * sim::kSecond);
  for (ServiceSpec& s : spec.services) s.workers = kUnlimited;
  spec.traffic.push_back(spec.traffic[0]);
  spec.traffic[1].name = "nightly";
  spec.traffic[1].service = "batch";
  spec.candidates = {support::candidate(by)};
  return spec;
}

RetrySpec retries(std::uint32_t max, std::uint32_t on, std::vector<std::uint16_t> codes = {}) {
  RetrySpec spec;
  spec.max = max;
  spec.retry_on = on;
  spec.retriable_status_codes = std::move(codes);
  return spec;
}

constexpr auto kFiveXx = static_cast<std::uint32_t>(RetryOn::FiveXx);

Results run_it(const ScenarioSpec& spec) { return models::run(compile(spec, 0), {.seed = 3, .replication = 0}); }

std::uint64_t count(const OutcomeCounts& outcomes, Outcome outcome) {
  return outcomes[static_cast<std::size_t>(outcome)];
}

constexpr std::size_t kOfBatch = 0, kOfWeb = 1;  // edges in name order

std::vector<AuthorizationRule> from(const std::string& name) { return {{.from = {name}, .to = {}}}; }

}  // namespace

TEST_CASE("only who is allowed gets in, and a refusal is a 403 that nobody retries") {
  ScenarioSpec spec = three_services();
  spec.policy.destinations["api"].allow = from("web");
  const Results r = run_it(spec);
  CHECK(r.edges[kOfWeb].outcomes[0] == r.edges[kOfWeb].calls);
  CHECK(count(r.edges[kOfBatch].outcomes, Outcome::Denied) == r.edges[kOfBatch].calls);
  CHECK(r.edges[kOfBatch].attempts == r.edges[kOfBatch].calls);
  CHECK(r.endpoints[0].denied == r.edges[kOfBatch].calls);
}

TEST_CASE("a proxy whose application is down asks its rules and its limit first, once for all of its own tries") {
  ScenarioSpec spec = three_services();
  spec.policy.destinations["api"].allow = from("web");
  spec.timeline = {support::fault(TimelineVerb::Crash, "api", 0, 100 * sim::kSecond)};
  spec.timeline[0].application = true;
  const Results down = run_it(spec);
  CHECK(count(down.edges[kOfBatch].outcomes, Outcome::Denied) == down.edges[kOfBatch].calls);
  CHECK(count(down.edges[kOfWeb].outcomes, Outcome::Error) == down.edges[kOfWeb].calls);
  CHECK(static_cast<double>(down.endpoints[0].inbound_retries) ==
        doctest::Approx(2.0 * static_cast<double>(down.edges[kOfWeb].calls)).epsilon(0.005));  // cut by warm-up

  spec.policy.destinations["api"].rate_limit =
      RateLimitSpec{.max_tokens = 1, .tokens_per_fill = 1, .fill_interval = 100 * kMs};
  const Results limited = run_it(spec);
  const double passed = static_cast<double>(count(limited.edges[kOfWeb].outcomes, Outcome::Error));
  CHECK(passed / 20 == doctest::Approx(8.3).epsilon(0.1));  // of 50/s: a token every 100 ms, and the next one's wait
  CHECK(passed + static_cast<double>(count(limited.edges[kOfWeb].outcomes, Outcome::RateLimited)) ==
        static_cast<double>(limited.edges[kOfWeb].calls));
}

TEST_CASE("trap 45: a refusal has paid for the wire and the proxies") {
  ScenarioSpec spec = three_services();
  spec.network.same_zone = Distribution::constant(1e6);
  spec.policy.destinations["api"].allow = std::vector<AuthorizationRule>{};
  const Results r = run_it(spec);
  CHECK(count(r.edges[kOfWeb].outcomes, Outcome::Denied) == r.edges[kOfWeb].calls);
  CHECK(r.edges[kOfWeb].failed.min() >= 2 * kMs);
  CHECK(r.edges[kOfWeb].failed.quantile(0.5) < 5 * kMs);  // but not for the application's 10 ms
}

TEST_CASE("deny stands above allow, and an endpoint may be named") {
  ScenarioSpec spec = three_services();
  auto& said = spec.policy.destinations["api"];
  said.allow = std::vector<AuthorizationRule>{{}};
  said.deny = std::vector<AuthorizationRule>{{.from = {"batch"}, .to = {"default"}}};
  const Results r = run_it(spec);
  CHECK(count(r.edges[kOfBatch].outcomes, Outcome::Denied) == r.edges[kOfBatch].calls);
  CHECK(r.edges[kOfWeb].outcomes[0] == r.edges[kOfWeb].calls);
  said.deny = std::vector<AuthorizationRule>{{.from = {"batch"}, .to = {"admin"}}};
  CHECK(count(run_it(spec).edges[kOfBatch].outcomes, Outcome::Denied) == 0);
}

TEST_CASE("without mTLS nobody can prove who calls: a rule that names callers does not match") {
  ScenarioSpec spec = three_services();
  auto& said = spec.policy.destinations["api"];
  said.mtls = MtlsMode::Disable;
  said.allow = from("web");
  CHECK(count(run_it(spec).edges[kOfWeb].outcomes, Outcome::Denied) > 0);
  said.allow.reset();
  said.deny = from("batch");
  CHECK(count(run_it(spec).edges[kOfBatch].outcomes, Outcome::Denied) == 0);
}

TEST_CASE("trap 34: authorization is enforced at the callee's end, or not at all") {
  ScenarioSpec spec = three_services();
  spec.policy.destinations["api"].deny = std::vector<AuthorizationRule>{{}};
  spec.candidates[0].others = EnforcedBy::None;
  spec.candidates[0].enrolled = std::vector<std::string>{"batch", "web"};
  CHECK(count(run_it(spec).edges[kOfWeb].outcomes, Outcome::Denied) == 0);
  spec.candidates[0].enrolled = std::vector<std::string>{"api"};
  const Results r = run_it(spec);
  CHECK(count(r.edges[kOfWeb].outcomes, Outcome::Denied) == r.edges[kOfWeb].calls);
  const Plan plan = compile(spec, 0);
  CHECK(plan.catalog.edges[kOfWeb].authorized);
  CHECK(plan.catalog.edges[kOfWeb].denied);
}

TEST_CASE("a library authorizes where its language supports it") {
  ScenarioSpec spec = three_services(EnforcedBy::Library);
  spec.policy.destinations["api"].deny = std::vector<AuthorizationRule>{{}};
  CHECK(count(run_it(spec).edges[kOfWeb].outcomes, Outcome::Denied) > 0);
  spec.services[2].language = "node";
  spec.libraries = {{.language = "node", .supports = kSupportsAll & ~bit(Knob::Authorization)}};
  const Plan plan = compile(spec, 0);
  CHECK(plan.catalog.edges[kOfWeb].restricted);
  CHECK(!plan.catalog.edges[kOfWeb].authorized);
  CHECK(count(run_it(spec).edges[kOfWeb].outcomes, Outcome::Denied) == 0);
}

TEST_CASE("a change of authorization opens a window in which the old rule decides") {
  ScenarioSpec spec = three_services();
  TimelineEntrySpec change;
  change.name = "lock-down";
  change.at = 10 * sim::kSecond;
  change.verb = TimelineVerb::Change;
  change.change.destinations["api"].allow = from("web");
  spec.timeline = {change};
  spec.candidates[0].control_plane.watch_delay = Distribution::constant(4e9);
  const Results r = run_it(spec);
  REQUIRE(r.changes.size() == 1);
  CHECK(r.changes[0].holders == 1);  // api's one pod, not its callers
  CHECK(r.changes[0].arrived == 1);
  CHECK(static_cast<double>(r.changes[0].stale_calls) == doctest::Approx(50 * 4.2).epsilon(0.25));  // let in
  CHECK(r.changes[0].stale_failed == 0);
  const auto denied = static_cast<double>(count(r.edges[kOfBatch].outcomes, Outcome::Denied));
  CHECK(denied == doctest::Approx(50 * 5.8).epsilon(0.15));
}

TEST_CASE("trap 42: a local rate limit holds per replica: two replicas let twice as much through") {
  for (const std::uint32_t replicas : {1u, 2u, 4u}) {
    ScenarioSpec spec = three_services();
    spec.services[2].versions[0].replicas = replicas;
    auto& said = spec.policy.destinations["api"];
    said.load_balancer = LoadBalancer::Random;
    said.rate_limit = RateLimitSpec{.max_tokens = 10, .tokens_per_fill = 10, .fill_interval = sim::kSecond};
    const Results r = run_it(spec);
    std::uint64_t ok = 0, limited = 0;
    for (const EdgeResults& edge : r.edges) {
      ok += edge.outcomes[0];
      limited += count(edge.outcomes, Outcome::RateLimited);
    }
    CHECK(static_cast<double>(ok) == doctest::Approx(10.0 * replicas * 21).epsilon(0.02));  // full at the start
    CHECK(r.endpoints[0].rate_limited == limited);
  }
}

TEST_CASE("trap 46: an Envoy does not retry a rate limit's 429, listed or not, but for envoy-ratelimited") {
  const auto tries_per_call = [](EnforcedBy by, std::uint32_t conditions, std::vector<std::uint16_t> statuses) {
    ScenarioSpec spec = three_services();
    spec.candidates = {support::candidate(by)};
    auto& said = spec.policy.destinations["api"];
    said.rate_limit = RateLimitSpec{.max_tokens = 10, .tokens_per_fill = 10, .fill_interval = sim::kSecond};
    said.retries = retries(2, conditions);
    said.retries->retriable_status_codes = std::move(statuses);
    const EdgeResults edge = run_it(spec).edges[kOfWeb];
    REQUIRE(count(edge.outcomes, Outcome::RateLimited) > 100);
    return static_cast<double>(edge.attempts) / static_cast<double>(edge.calls);
  };
  constexpr auto kRatelimited = static_cast<std::uint32_t>(RetryOn::EnvoyRatelimited);
  for (const EnforcedBy by : {EnforcedBy::Sidecar, EnforcedBy::Library}) CHECK(tries_per_call(by, kFiveXx, {}) == 1);
  CHECK(tries_per_call(EnforcedBy::Sidecar, kFiveXx, {429}) == 1);
  CHECK(tries_per_call(EnforcedBy::Sidecar, kRatelimited, {}) > 2);
  CHECK(tries_per_call(EnforcedBy::Library, kFiveXx, {429}) > 2);
}

TEST_CASE("a token bucket starts full, refills continuously and never overflows") {
  const RateLimitSpec limit{.max_tokens = 3, .tokens_per_fill = 1, .fill_interval = 100};
  TokenBucket bucket;
  for (int i = 0; i < 3; ++i) CHECK(take_token(limit, bucket, 1000));
  CHECK(!take_token(limit, bucket, 1000));
  CHECK(!take_token(limit, bucket, 1099));
  CHECK(take_token(limit, bucket, 1100));
  CHECK(!take_token(limit, bucket, 1199));  // what was left of the last fill counts
  CHECK(take_token(limit, bucket, 1200));
  for (int i = 0; i < 3; ++i) CHECK(take_token(limit, bucket, sim::kHorizonMax));
  CHECK(!take_token(limit, bucket, sim::kHorizonMax));
}
