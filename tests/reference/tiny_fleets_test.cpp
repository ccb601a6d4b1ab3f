// Every fleet of a small grammar, engine against reference: chains, fans and branches of one to three services, each
// with every combination of a few policies. All times lie on a grid of 1 ms, so that equal times are the rule.
#include <doctest/doctest.h>

#include <vector>

#include "tests/reference/agree.h"
#include "tests/support/fleet_builder.h"

using models::EnforcedBy;
using models::LoadBalancer;
using models::ScenarioSpec;
using models::StepKind;
using models::StepSpec;
using sim::Distribution;
using support::call;
using support::group;
using support::kMs;
using support::service;
using support::work;

namespace {

StepSpec busy(double ms) { return work(Distribution::constant(ms * kMs)); }

// What the first service does.
std::vector<std::vector<StepSpec>> entries() {
  return {{busy(1)},
          {call("b")},
          {busy(1), call("b"), call("c")},
          {group(StepKind::Parallel, {call("b"), call("b")})},
          {group(StepKind::Parallel, {call("b"), group(StepKind::Sequence, {busy(1), call("c")})})}};
}

ScenarioSpec fleet(const std::vector<StepSpec>& entry, bool blocking, std::uint32_t workers) {
  auto a = service("a", entry, 1, 4);
  auto b = service("b", {busy(2), call("c")}, 2, workers);
  auto c = service("c", {busy(3)}, 2, workers);
  b.blocking = blocking;
  c.queue.capacity = 2;
  c.versions[0].endpoints[0].errors.rate = 0.1;
  auto spec = support::scenario({a, b, c}, "a", 250, 200 * sim::kMillisecond, 50 * sim::kMillisecond);
  spec.traffic[0].arrivals = models::ArrivalKind::Paced;  // every 4 ms
  spec.network.same_zone = Distribution::constant(1 * kMs);
  spec.network.connect_round_trips = 1;
  return spec;
}

}  // namespace

TEST_CASE("every fleet of a small grammar runs the same on both engines") {
  int runs = 0;
  for (const std::vector<StepSpec>& entry : entries()) {
    for (const bool blocking : {false, true}) {
      for (const std::uint32_t workers : {1U, 3U}) {
        for (const int timeout : {0, 6, 12}) {
          for (const std::uint32_t tries : {0U, 2U}) {
            for (const LoadBalancer balancer : {LoadBalancer::RoundRobin, LoadBalancer::LeastRequest}) {
              ScenarioSpec spec = fleet(entry, blocking, workers);
              spec.policy.defaults.timeout = timeout * sim::kMillisecond;
              models::RetrySpec retries;
              retries.max = tries;
              retries.retry_on = static_cast<std::uint32_t>(models::RetryOn::FiveXx);
              retries.per_try_timeout = 4 * sim::kMillisecond;
              retries.backoff = models::BackoffSpec{
                  .law = models::BackoffLaw::Exponential, .base = 1 * sim::kMillisecond, .max = 2 * sim::kMillisecond};
              spec.policy.defaults.retries = retries;
              spec.candidates = {support::candidate(EnforcedBy::None), support::candidate(EnforcedBy::Sidecar)};
              spec.candidates[1].profile->cpu_per_request = {{0.0, 2'000'000}};
              spec.candidates[1].profile->request_share = 0.5;
              spec.candidates[1].profile->response_share = 0.5;
              for (auto& candidate : spec.candidates) candidate.load_balancer = balancer;
              for (std::size_t candidate = 0; candidate < 2; ++candidate) {
                CAPTURE(runs);
                CHECK(reference::check_agree(spec, candidate) == "");
                ++runs;
              }
            }
          }
        }
      }
    }
  }
  CHECK(runs == 480);
}
