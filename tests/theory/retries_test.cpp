// Retries on failures: one layer and three, independent and persistent failures. A leaf that works exactly 1 ms, with
// everything else free, makes the latency of a request the number of leaf attempts it caused.
#include <doctest/doctest.h>

#include <cmath>

#include "tests/theory/formulas.h"
#include "tests/theory/probe.h"

namespace {

using namespace theory;

constexpr std::int64_t kMillisecond = 1'000'000;

// At most n^layers attempts in all, as only the leaf fails: a truncated geometric number.
Values layers_of_retries(double p, int n, int layers) {
  const int most = static_cast<int>(std::lround(std::pow(n, layers)));
  double m1 = 0, m2 = 0;
  for (int k = 1; k <= most; ++k) {
    const double here = std::pow(p, k - 1) * (k < most ? 1 - p : 1);
    m1 += k * here;
    m2 += static_cast<double>(k) * k * here;
  }
  const double failed = std::pow(p, most);
  return {{"success_prob", 1 - failed},
          {"mean_leaf_attempts", m1},
          {"var_leaf_attempts", m2 - m1 * m1},
          {"worst_case_amplification", most}};
}

Values with_failures(Values v) {
  v["failure_rate"] = 1 - v["success_prob"];
  return v;
}

// A share q of the requests fails on every attempt: n^layers attempts each.
Values storm(double q, int n, int layers) {
  return {{"mean_leaf_attempts", 1 - q + q * std::pow(n, layers)}, {"success_prob", 1 - q}};
}

// The latencies are whole milliseconds, and a bucket of the histogram holds at most one of them.
void attempts_of_requests(Values& v, const models::EntryWindow& requests) {
  sim::Histogram all = requests.ok;
  all.merge(requests.failed);
  double n = 0, m1 = 0, m2 = 0;
  all.for_each_bucket([&](std::int64_t lo, std::int64_t hi, std::uint64_t count) {
    const auto attempts = static_cast<double>((hi - 1) / kMillisecond);
    REQUIRE((hi - 1) / kMillisecond * kMillisecond >= lo);
    n += static_cast<double>(count);
    m1 += static_cast<double>(count) * attempts;
    m2 += static_cast<double>(count) * attempts * attempts;
  });
  v["var_leaf_attempts"] = (m2 - m1 * m1 / n) / (n - 1);
  v["worst_case_amplification"] = static_cast<double>((all.max() + kMillisecond - 1) / kMillisecond);
  v["success_prob"] = static_cast<double>(requests.ok.count()) / n;
  v["failure_rate"] = static_cast<double>(requests.failed.count()) / n;
}

// caller1 -> ... -> callerN -> leaf; every caller makes up to `attempts` attempts, at once.
std::function<Measure(const Size&)> layered(int layers, std::uint32_t attempts, const models::ErrorSpec& error) {
  return [=](const Size& size) -> Measure {
    models::ServiceSpec leaf = station("leaf", constant(0.001), models::kUnlimited);
    leaf.versions[0].endpoints[0].errors = error;
    std::vector<models::ServiceSpec> services{leaf};
    std::string below = "leaf";
    for (int layer = layers; layer >= 1; --layer) {
      services.push_back(caller("caller" + std::to_string(layer), {support::call(below)}));
      below = services.back().name;
    }
    models::ScenarioSpec spec = open(services, "caller1", 100, size);
    spec.candidates = {support::candidate(models::EnforcedBy::Library)};
    models::RetrySpec retries;
    retries.max = attempts - 1;
    retries.retry_on = static_cast<std::uint32_t>(models::RetryOn::FiveXx);
    retries.backoff = models::BackoffSpec{.law = models::BackoffLaw::Exponential, .base = 0, .max = 0};
    spec.policy.defaults.retries = retries;
    const std::string last = "caller" + std::to_string(layers);
    return [last, plan = plan_of(spec)](std::uint64_t seed) {
      const Probe probe(plan, seed);
      const models::EntryWindow& requests = probe.entry().total;
      Values v;
      attempts_of_requests(v, requests);
      v["mean_leaf_attempts"] =
          static_cast<double>(probe.edge(last, "leaf").attempts) / static_cast<double>(requests.arrivals);
      return v;
    };
  };
}

models::ErrorSpec fails(double rate, models::ErrorPer per = models::ErrorPer::Attempt) {
  models::ErrorSpec error;
  error.rate = rate;
  error.per = per;
  return error;
}

}  // namespace

TEST_CASE("one layer of retries") {
  judge({"retry_p10_n3",
         "10 % of attempts fail, 3 attempts",
         {32, 250000, 0},
         {
             share("success_prob", 0.999, 2.24e-05),
             stat("failure_rate", 0.001, 0.0223),
             stat("mean_leaf_attempts", 1.11, 0.000219),
             bound("worst_case_amplification", 3, Check::EveryAtMost),
             stat("var_leaf_attempts", 0.1179, 0.0025),
         },
         with_failures(layers_of_retries(0.1, 3, 1)),
         layered(1, 3, fails(0.1))});
  judge({"retry_p50_n3",
         "50 % of attempts fail, 3 attempts",
         {32, 62500, 0},
         {
             share("success_prob", 0.875, 0.000535),
             stat("failure_rate", 0.125, 0.00374),
             stat("mean_leaf_attempts", 1.75, 0.00067),
             bound("worst_case_amplification", 3, Check::EveryAtMost),
             stat("var_leaf_attempts", 0.6875, 0.0012),
         },
         with_failures(layers_of_retries(0.5, 3, 1)),
         layered(1, 3, fails(0.5))});
}

TEST_CASE("three layers of retries multiply") {
  judge({"retry_p20_n3_L3",
         "20 % of attempts fail, 3 x 3 x 3 attempts",
         {32, 62500, 0},
         {
             stat("success_prob", 1, 5.18e-13),
             stat("mean_leaf_attempts", 1.25, 0.000632),
             bound("worst_case_amplification", 27, Check::EveryAtMost),
             stat("var_leaf_attempts", 0.3125, 0.00451),
         },
         layers_of_retries(0.2, 3, 3),
         layered(3, 3, fails(0.2))});
  judge({"retry_p90_n3_L3",
         "90 % of attempts fail, 3 x 3 x 3 attempts",
         {32, 62500, 0},
         {
             share("success_prob", 0.94185026299696, 0.000351),
             stat("failure_rate", 0.05814973700304006, 0.00569),
             stat("mean_leaf_attempts", 9.4185026299696, 0.00115),
             bound("worst_case_amplification", 27, Check::EveryAtMost),
             stat("var_leaf_attempts", 58.84250019703649, 0.00194),
         },
         with_failures(layers_of_retries(0.9, 3, 3)),
         layered(3, 3, fails(0.9))});
}

TEST_CASE("a storm: 5 % of the requests fail on every attempt") {
  judge({"storm_5pc_3_3",
         "3 layers of 3 attempts, error drawn once per request",
         {32, 62500, 0},
         {
             stat("mean_leaf_attempts", 2.3, 0.00348),
             share("success_prob", 0.95, 0.000324),
         },
         storm(0.05, 3, 3),
         layered(3, 3, fails(0.05, models::ErrorPer::Request))});
}
