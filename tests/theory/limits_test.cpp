// What keeps load away or lets it through: injected faults, retry budgets, token buckets.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "sim/statistics/moments.h"
#include "tests/theory/probe.h"

namespace {

using namespace theory;

// Both are drawn apart, the delay first; what is delayed and then aborted never reaches the service.
Values faults(double delayed, double aborted, double delay, double service) {
  return {{"abort_rate", aborted},
          {"mean_latency_all", delayed * delay + (1 - aborted) * service},
          {"mean_latency_success", delayed * delay + service},
          {"upstream_calls_per_request", 1 - aborted},
          {"prob_latency_gt_D", delayed * (1 - aborted) + (1 - delayed) * (1 - aborted) * std::exp(-delay / service)}};
}

std::function<Measure(const Size&)> injected(double delayed, double aborted, double delay, double service) {
  return [=](const Size& size) -> Measure {
    models::ServiceSpec leaf = station("leaf", exponential_rate(1 / service), models::kUnlimited);
    models::ScenarioSpec spec = open({leaf, caller("client", {support::call("leaf")})}, "client", 100, size);
    spec.candidates = {support::candidate(models::EnforcedBy::Library)};
    models::FaultSpec fault;
    fault.delay_share = delayed;
    fault.delay = nanoseconds(delay);
    fault.abort_share = aborted;
    fault.abort_status = 503;
    spec.policy.destinations["leaf"].fault = fault;
    return [delay, plan = plan_of(spec)](std::uint64_t seed) {
      const Probe probe(plan, seed);
      const models::EntryWindow& requests = probe.entry().total;
      sim::Histogram all = requests.ok;
      all.merge(requests.failed);
      const auto n = static_cast<double>(requests.arrivals);
      double later = 0;
      // Whole buckets: in the one that holds the delay lie delayed requests, but for one in a million.
      requests.ok.for_each_bucket([&](std::int64_t, std::int64_t hi, std::uint64_t count) {
        if (static_cast<double>(hi) > delay * 1e9) later += static_cast<double>(count);
      });
      Values v;
      v["abort_rate"] = static_cast<double>(requests.failed.count()) / n;
      v["mean_latency_all"] = mean(all);
      v["mean_latency_success"] = mean(requests.ok);
      v["upstream_calls_per_request"] = static_cast<double>(probe.endpoint("leaf").sojourn.count()) / n;
      v["prob_latency_gt_D"] = later / n;
      return v;
    };
  };
}

// Retries of a request with failures p: geometric, unless the budget allows fewer.
Values budgeted(double p, double ratio, double least, double rate) {
  const double wanted = p < 1 ? p / (1 - p) : 1e9;
  const double retries = std::min(wanted, ratio + least / rate);
  // Long retries or none: attempts succeed with 1 - p each, whoever makes them.
  return {{"amplification", 1 + retries},
          {"retries_per_request", retries},
          {"success_prob", wanted <= retries ? 1.0 : (1 - p) * (1 + retries)}};
}

// The same where only successes pay in: of a request's 1 + r tries, (1 - p)(1 + r) do, so r = ratio (1 - p)(1 + r) +
// floor.
Values fed_by_successes(double p, double ratio, double least, double rate) {
  const double wanted = p < 1 ? p / (1 - p) : 1e9;
  const double fed = ratio * (1 - p);
  const double retries = std::min(wanted, (fed + least / rate) / (1 - fed));
  return {{"amplification", 1 + retries}, {"retries_per_request", retries}, {"success_prob", (1 - p) * (1 + retries)}};
}

using Deposits = models::RetryBudgetSpec::Deposits;

std::function<Measure(const Size&)> budget(double p, double ratio, double least, double rate,
                                           Deposits deposits = Deposits::Requests) {
  return [=](const Size& size) -> Measure {
    models::ServiceSpec leaf = station("leaf", constant(0), models::kUnlimited);
    leaf.versions[0].endpoints[0].errors.rate = p;
    models::ScenarioSpec spec = open({leaf, caller("client", {support::call("leaf")})}, "client", rate, size);
    spec.traffic[0].arrivals = models::ArrivalKind::Paced;
    spec.candidates = {support::candidate(models::EnforcedBy::Library)};
    models::DestinationPolicySpec& policy = spec.policy.destinations["leaf"];
    models::RetrySpec retries;
    retries.max = 99;
    retries.retry_on = static_cast<std::uint32_t>(models::RetryOn::FiveXx);
    retries.backoff = models::BackoffSpec{.law = models::BackoffLaw::Exponential, .base = 0, .max = 0};
    policy.retries = retries;
    models::RetryBudgetSpec shared;
    shared.kind = models::RetryBudgetSpec::Kind::Window;
    shared.share = ratio;
    shared.min_per_second = least;
    shared.ttl = 10 * sim::kSecond;
    shared.deposits = deposits;
    policy.retry_budget = shared;
    return [plan = plan_of(spec)](std::uint64_t seed) {
      const Probe probe(plan, seed);
      const models::EntryWindow& requests = probe.entry().total;
      const auto n = static_cast<double>(requests.arrivals);
      const auto attempts = static_cast<double>(probe.edge("client", "leaf").attempts);
      Values v;
      v["amplification"] = attempts / n;
      v["retries_per_request"] = attempts / n - 1;
      v["success_prob"] = static_cast<double>(requests.ok.count()) / n;
      return v;
    };
  };
}

// One replica that fails a share p of the requests, one every 1/rate, until five in a row have it ejected for good.
models::Plan until_ejected(double p, double rate) {
  models::ServiceSpec leaf = station("leaf", constant(0), models::kUnlimited);
  leaf.versions[0].endpoints[0].errors.rate = p;
  models::ScenarioSpec spec =
      open({leaf, caller("client", {support::call("leaf")})}, "client", rate, {1, 60 * rate, 0});
  spec.traffic[0].arrivals = models::ArrivalKind::Paced;
  spec.candidates = {support::candidate(models::EnforcedBy::Library)};
  constexpr sim::Duration kForGood = 3600 * sim::kSecond;
  spec.policy.defaults.outlier_detection = models::OutlierDetectionSpec{.consecutive_5xx = 5,
                                                                        .interval = kForGood,
                                                                        .base_ejection_time = kForGood,
                                                                        .max_ejection_time = kForGood,
                                                                        .max_ejection = 1.0,
                                                                        .min_health = 0.0};
  return plan_of(spec);
}

struct Closed {
  double value = 0;
  double rel_se = 0;  // of 8,000 replications
};

void judge_ejection(const char* id, double p, double rate, const Closed& requests, const Closed& deviation) {
  const double run = std::pow(p, 5);
  CHECK(requests.value == doctest::Approx((1 - run) / (run * (1 - p))).epsilon(1e-12));
  const models::Plan plan = until_ejected(p, rate);
  sim::Moments of_requests, of_time;
  for (const Values& v : replicate(full_tier() ? 8000 : 500, [&](std::uint64_t seed) -> Values {
         const Probe probe(plan, seed);
         const models::ClusterResults& seen = probe.results().clusters.at(0);
         // From one interval before the first request, which comes at once: every interval is a request.
         const double until = seconds(static_cast<double>(seen.time - seen.ejected_time)) + 1 / rate;
         return {{"ejections", static_cast<double>(seen.ejections)}, {"time", until}, {"requests", until * rate}};
       })) {
    CHECK(v.at("ejections") == 1);
    of_requests.observe(v.at("requests"));
    of_time.observe(v.at("time"));
  }
  const char* what = p < 0.7 ? "five failures in a row at 50 %" : "five failures in a row at 90 %";
  judge_pooled(id, what, "mean_requests_to_ejection", of_requests.mean(), requests.value, 4.5 * requests.rel_se);
  judge_pooled(id, what, "sd_requests", of_requests.sd(), deviation.value, 4.5 * deviation.rel_se);
  judge_pooled(id, what, "mean_time_to_ejection", of_time.mean(), requests.value / rate, 4.5 * requests.rel_se);
}

// A fluid limit of many windows: within 1% of the value.
Key within(Key key) {
  key.floor = 0.01;
  return key;
}

}  // namespace

TEST_CASE("injected delays and aborts are drawn apart") {
  judge({"fault_a",
         "20 % delayed by 100 ms, 10 % aborted",
         {32, 125000, 0},
         {
             stat("abort_rate", 0.1, 0.003),
             stat("mean_latency_all", 0.029, 0.00148),
             stat("mean_latency_success", 0.03, 0.00152),
             stat("upstream_calls_per_request", 0.9, 0.000333),
             stat("prob_latency_gt_D", 0.18003268794942898, 0.00213, 1e-4),
         },
         faults(0.2, 0.1, 0.1, 0.01),
         injected(0.2, 0.1, 0.1, 0.01)});
}

TEST_CASE("a retry budget that every request feeds") {
  judge({"budget_p50",
         "50 % fail, budget 20 %",
         {32, 300000, 0},
         {
             within(stat("amplification", 1.2, 0.002)),
             within(stat("retries_per_request", 0.2, 0.002)),
             within(stat("success_prob", 0.6, 0.002)),
         },
         budgeted(0.5, 0.2, 0, 1000),
         budget(0.5, 0.2, 0, 1000)});
  judge({"budget_p10",
         "10 % fail, budget 20 %: not binding",
         {32, 300000, 0},
         {
             within(stat("amplification", 10.0 / 9, 0.002)),
             within(stat("retries_per_request", 1.0 / 9, 0.002)),
             within(stat("success_prob", 1.0, 0.002)),
         },
         budgeted(0.1, 0.2, 0, 1000),
         budget(0.1, 0.2, 0, 1000)});
}

TEST_CASE("a retry budget's floor is spent once in every window") {
  judge({"budget_all_fail",
         "all fail, budget 20 % and 10/s",
         {32, 300000, 0},
         {
             within(stat("amplification", 1.21, 0.002)).full_only(),  // a sixteenth is not a whole number of windows
             within(stat("retries_per_request", 0.21, 0.002)).full_only(),
             exact("success_prob", 0),
         },
         budgeted(1, 0.2, 10, 1000),
         budget(1, 0.2, 10, 1000)});
}

TEST_CASE("a retry budget that only successes feed, as tower's") {
  judge({"budget_tower_all_fail",
         "all fail, tower's budget 20 % and 10/s",
         {32, 300000, 0},
         {
             within(stat("amplification", 1.01, 0.002)).full_only(),  // a sixteenth is not a whole number of windows
             within(stat("retries_per_request", 0.01, 0.002)).full_only(),
             exact("success_prob", 0),
         },
         fed_by_successes(1, 0.2, 10, 1000),
         budget(1, 0.2, 10, 1000, Deposits::Completions)});
  judge({"budget_tower_p50",
         "50 % fail, tower's budget 20 % and 10/s",
         {32, 300000, 0},
         {
             within(stat("amplification", 1.1222222222222222, 0.002)).full_only(),
             within(stat("retries_per_request", 0.12222222222222222, 0.002)).full_only(),
             within(stat("success_prob", 0.5611111111111111, 0.002)).full_only(),
         },
         fed_by_successes(0.5, 0.2, 10, 1000),
         budget(0.5, 0.2, 10, 1000, Deposits::Completions)});
}

TEST_CASE("the first run of five failures, by which a replica is ejected") {
  judge_ejection("outlier_50_5", 0.5, 100, {62.0, 0.0105}, {58.22370651203855, 0.0158});
  judge_ejection("outlier_90_5", 0.9, 50, {6.9350878084302865, 0.00523}, {3.242103204173331, 0.0158});
}

TEST_CASE("a token bucket under constant arrivals lets through the burst and the refill") {
  // 250/s for 10 s at a bucket of 20 that refills at 100/s, continuously: a token at 4 i ms if 20 + 0.4 i covers it.
  models::ServiceSpec leaf = station("leaf", constant(0), models::kUnlimited);
  models::ScenarioSpec spec = open({leaf, caller("client", {support::call("leaf")})}, "client", 250, {1, 2500, 0});
  spec.traffic[0].arrivals = models::ArrivalKind::Paced;
  spec.candidates = {support::candidate(models::EnforcedBy::Library)};
  models::RateLimitSpec limit;
  limit.max_tokens = 20;
  limit.tokens_per_fill = 1;
  limit.fill_interval = 10 * sim::kMillisecond;
  spec.policy.destinations["leaf"].rate_limit = limit;
  const models::Plan plan = plan_of(spec);
  const Probe probe(plan, 1);
  const models::EntryWindow& requests = probe.entry().total;
  CHECK(requests.arrivals == 2500);
  CHECK(requests.ok.count() == 1019);
  CHECK(requests.failed.count() == 1481);
  table_row("tb_a", "a token bucket, constant arrivals", "allowed", "1019", std::to_string(requests.ok.count()),
            "equal", requests.ok.count() == 1019);
}
