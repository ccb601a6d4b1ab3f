// A change on its way to N proxies: the slowest of N independent delays, and waves through a throttle. One push per
// replication; its time counts from the moment the proxies are in the queue.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "models/control/control_plane.h"
#include "sim/statistics/moments.h"
#include "tests/theory/probe.h"

namespace {

using namespace theory;

models::ControlPlaneSpec instant() {
  models::ControlPlaneSpec spec;
  spec.watch_delay = spec.push_context = spec.generate = spec.network = spec.apply = constant(0);
  spec.debounce_quiet = 1;
  spec.throttle = 1'000'000;
  return spec;
}

// Seconds from the queue to each proxy's delivery, ascending.
std::vector<double> one_push(const models::ControlPlaneSpec& spec, std::uint32_t proxies, std::uint64_t seed) {
  models::PropagationInput input{spec, {0}, {}, {}, sim::kHorizonMax, sim::mix(seed)};
  for (std::uint32_t p = 0; p < proxies; ++p) input.proxies.push_back(sim::mix(p + 1));
  const sim::Time start = models::pushes(input).front().enqueued;
  std::vector<double> times;
  for (const models::Delivery& d : models::propagate(input)) times.push_back(sim::to_seconds(d.at - start));
  return times;
}

Values figures(const std::vector<double>& times) {
  sim::Moments moments;
  for (const double t : times) moments.observe(t);
  const std::set<std::int64_t> waves = [&] {
    std::set<std::int64_t> ends;
    for (const double t : times) ends.insert(std::llround(t * 1e9));
    return ends;
  }();
  return {{"mean_one", moments.mean()}, {"mean_last", times.back()},       {"waves", static_cast<double>(waves.size())},
          {"completion", times.back()}, {"mean_completion", times.back()}, {"mean_proxy_completion", moments.mean()}};
}

std::function<Measure(const Size&)> pushed(const models::ControlPlaneSpec& spec, std::uint32_t proxies) {
  return [=](const Size&) -> Measure {
    return [=](std::uint64_t seed) { return figures(one_push(spec, proxies, seed)); };
  };
}

// A figure of the law of the last proxy, which has one observation per replication: all replications together, against
// the standard error that the closed form foresees.
struct PooledKey {
  const char* name;
  double expected;
  double rel_se;        // of the full tier
  double quantile = 0;  // 0: the standard deviation
  double allow = 0;
  bool quick = true;
};

void judge_pooled(const char* id, const char* what, const models::ControlPlaneSpec& spec, std::uint32_t proxies,
                  Size size, const std::vector<PooledKey>& keys) {
  if (!full_tier()) size = size.sixteenth();
  std::vector<double> last;
  for (const Values& v : replicate(size.replications, pushed(spec, proxies)(size))) last.push_back(v.at("mean_last"));
  std::sort(last.begin(), last.end());
  sim::Moments moments;
  for (const double t : last) moments.observe(t);
  for (const PooledKey& key : keys) {
    if (!key.quick && !full_tier()) continue;
    const auto rank = static_cast<std::size_t>(std::ceil(key.quantile * static_cast<double>(last.size())));
    const double measured = key.quantile > 0 ? last[rank - 1] : moments.sd();
    theory::judge_pooled(id, what, key.name, measured, key.expected, 4.5 * key.rel_se, key.allow);
  }
}

double harmonic(unsigned n, int power = 1) {
  double sum = 0;
  for (unsigned i = n; i >= 1; --i) sum += std::pow(i, -power);
  return sum;
}

models::ControlPlaneSpec slow_apply(double mean) {
  models::ControlPlaneSpec spec = instant();
  spec.apply = exponential_rate(1 / mean);
  return spec;
}

models::ControlPlaneSpec throttled(const sim::Distribution& generate) {
  models::ControlPlaneSpec spec = instant();
  spec.throttle = 100;
  spec.generate = generate;
  return spec;
}

Values waves_of(unsigned proxies, unsigned slots, double push) {
  double sum = 0;
  for (unsigned p = 0; p < proxies; ++p) sum += (p / slots + 1) * push;
  const double waves = (proxies + slots - 1) / slots;
  return {{"waves", waves}, {"completion", waves * push}, {"mean_proxy_completion", sum / proxies}};
}

void check_quantiles(unsigned proxies, double mean, const std::vector<PooledKey>& keys) {
  for (const PooledKey& key : keys) {
    const double formula = key.quantile > 0 ? -mean * std::log(-std::expm1(std::log(key.quantile) / proxies))
                                            : mean * std::sqrt(harmonic(proxies, 2));
    CHECK(formula == doctest::Approx(key.expected).epsilon(1e-9));
  }
}

}  // namespace

TEST_CASE("everybody has a change when the slowest of N proxies has it") {
  judge({"prop_100",
         "100 proxies, exponential delay, mean 0.5 s",
         {2000, 1, 0},
         {stat("mean_last", 2.5936887588198103, 0.011), stat("mean_one", 0.5, 0.00447)},
         {{"mean_last", 0.5 * harmonic(100)}, {"mean_one", 0.5}},
         pushed(slow_apply(0.5), 100)});
  const std::vector<PooledKey> of_100 = {
      {"sd_last", 0.6393324448565263, 0.0235},
      {"all_converged_p50", 2.4875734202928994, 0.00646, 0.5, 1.2e-05},
      {"all_converged_p90", 3.4280321348126668, 0.0103, 0.9, 4.7e-05},
      {"all_converged_p95", 3.7878109452698427, 0.0132, 0.95, 5.5e-05},
      {"all_converged_p99", 4.6026848320115334, 0.0243, 0.99, 6.9e-05},
      {"all_converged_p999", 5.756215129504652, 0.0614, 0.999, 8.8e-05, false},
  };
  check_quantiles(100, 0.5, of_100);
  judge_pooled("prop_100", "100 proxies, exponential delay, mean 0.5 s", slow_apply(0.5), 100, {2000, 1, 0}, of_100);
  judge({"prop_5000",
         "5,000 proxies, exponential delay, mean 0.2 s",
         {2000, 1, 0},
         {stat("mean_last", 1.8189017705968873, 0.00631), stat("mean_one", 0.2, 0.000632)},
         {{"mean_last", 0.2 * harmonic(5000)}, {"mean_one", 0.2}},
         pushed(slow_apply(0.2), 5000)});
  const std::vector<PooledKey> of_5000 = {
      {"sd_last", 0.2564943731817049, 0.0235},
      {"all_converged_p50", 1.7767550851830405, 0.00363, 0.5, 2.1e-05},
      {"all_converged_p90", 2.1535142109523493, 0.00657, 0.9, 8.3e-05},
      {"all_converged_p95", 2.297478713956691, 0.00871, 0.95, 8.3e-05},
      {"all_converged_p99", 2.623468684645247, 0.017, 0.99, 9.9e-05},
      {"all_converged_p999", 3.0848896723979973, 0.0458, 0.999, 0.00012, false},
  };
  check_quantiles(5000, 0.2, of_5000);
  judge_pooled("prop_5000", "5,000 proxies, exponential delay, mean 0.2 s", slow_apply(0.2), 5000, {2000, 1, 0},
               of_5000);
}

TEST_CASE("a throttle sends in waves of its width") {
  judge({"push_det_a",
         "1,000 proxies, 100 at once, 50 ms each",
         {1, 1, 0},
         {exact("waves", 10), exact("completion", 0.5), exact("mean_proxy_completion", 0.275)},
         waves_of(1000, 100, 0.05),
         pushed(throttled(constant(0.05)), 1000)});
  judge({"push_det_b",
         "1,001 proxies, 100 at once, 50 ms each",
         {1, 1, 0},
         {exact("waves", 11), exact("completion", 0.55), exact("mean_proxy_completion", 0.2752747252747253)},
         waves_of(1001, 100, 0.05),
         pushed(throttled(constant(0.05)), 1001)});
}

TEST_CASE("a throttle with exponential pushes keeps all slots busy and then waits for the slowest") {
  const double sd = 0.05 * std::sqrt((1000 - 100) / 1e4 + harmonic(100, 2));
  CHECK(sd == doctest::Approx(0.06566932122736029).epsilon(1e-9));
  judge({"push_exp_a",
         "1,000 proxies, 100 at once, exponential, mean 50 ms",
         {2000, 1, 0},
         {stat("mean_completion", 0.709368875881981, 0.00414)},
         {{"mean_completion", 0.05 * ((1000 - 100) / 100.0 + harmonic(100))}},
         pushed(throttled(exponential_rate(20)), 1000)});
  judge_pooled("push_exp_a", "1,000 proxies, 100 at once, exponential, mean 50 ms", throttled(exponential_rate(20)),
               1000, {2000, 1, 0}, {{"sd_completion", 0.06566932122736029, 0.0229}});
}
