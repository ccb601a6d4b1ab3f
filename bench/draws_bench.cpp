// Nanoseconds per draw: the finaliser, the ziggurats, every kind of distribution by key, and a histogram observation.
// Draws are independent of each other (counter keys), so this is throughput, as in a loop that overlaps them.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/distributions/distribution.h"
#include "sim/random/keyed.h"
#include "sim/random/portable_math.h"
#include "sim/statistics/exceedance_runs.h"
#include "sim/statistics/histogram.h"

namespace {

using D = sim::Distribution;
constexpr double kMs = 1e6;

void mix(benchmark::State& state) {
  std::uint64_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(sim::mix(++i));
}
BENCHMARK(mix);

void keyed_exponential(benchmark::State& state) {
  sim::Key key = 0;
  for (auto _ : state) {
    sim::Draws draws(key += 4096, 1);
    benchmark::DoNotOptimize(sim::exponential(draws));
  }
}
BENCHMARK(keyed_exponential);

void keyed_normal(benchmark::State& state) {
  sim::Key key = 0;
  for (auto _ : state) {
    sim::Draws draws(key += 4096, 1);
    benchmark::DoNotOptimize(sim::normal(draws));
  }
}
BENCHMARK(keyed_normal);

void portable_log(benchmark::State& state) {
  std::uint64_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(sim::portable::log(sim::uniform(++i << 40)));
}
BENCHMARK(portable_log);

void portable_exp(benchmark::State& state) {
  std::uint64_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(sim::portable::exp(-20 * sim::uniform(++i << 40)));
}
BENCHMARK(portable_exp);

void draw(benchmark::State& state, const D& law) {
  sim::Key key = 0;
  for (auto _ : state) benchmark::DoNotOptimize(law.sample(key += 4096, 1));
  state.SetLabel(law.describe());
}
BENCHMARK_CAPTURE(draw, constant, D::constant(kMs));
BENCHMARK_CAPTURE(draw, uniform, D::uniform(0, kMs));
BENCHMARK_CAPTURE(draw, exponential, D::exponential(kMs));
BENCHMARK_CAPTURE(draw, shifted_exponential, D::shifted(kMs, D::exponential(kMs)));
BENCHMARK_CAPTURE(draw, erlang, D::erlang(4, kMs));
BENCHMARK_CAPTURE(draw, gamma_cv_2, D::gamma(kMs, 2));
BENCHMARK_CAPTURE(draw, lognormal, D::lognormal(kMs, 1));
BENCHMARK_CAPTURE(draw, network_hop, D::with_min(D::lognormal_quantiles(0.12 * kMs, 0.99, 0.45 * kMs), 0.02 * kMs));
BENCHMARK_CAPTURE(draw, weibull, D::weibull(kMs, 0.7));
BENCHMARK_CAPTURE(draw, pareto, D::pareto(kMs, 2.5));
BENCHMARK_CAPTURE(draw, hyperexponential, D::hyperexponential({0.9, 0.1}, {kMs, 9 * kMs}));
BENCHMARK_CAPTURE(draw, empirical, D::empirical({1 * kMs, 2 * kMs, 3 * kMs, 5 * kMs, 8 * kMs, 13 * kMs}));
BENCHMARK_CAPTURE(draw, empirical_quantiles,
                  D::empirical_quantiles({{0, kMs}, {0.5, 2 * kMs}, {0.99, 9 * kMs}, {1, 20 * kMs}}));
BENCHMARK_CAPTURE(draw, mixture, D::mixture({0.9, 0.1}, {D::lognormal(kMs, 0.5), D::exponential(9 * kMs)}));
BENCHMARK_CAPTURE(draw, truncated, D::truncated(D::exponential(kMs), 0, 2 * kMs));

std::vector<std::int64_t> latencies() {
  const D law = D::lognormal(3 * kMs, 1.5);
  std::vector<std::int64_t> values;
  for (std::uint64_t i = 0; i < 4096; ++i) values.push_back(law.sample(i << 12, 1));
  return values;
}

template <class Recorder>
void observe(benchmark::State& state) {
  const std::vector<std::int64_t> values = latencies();
  Recorder recorder;
  std::size_t i = 0;
  for (auto _ : state) recorder.observe(values[++i & 4095]);
  benchmark::DoNotOptimize(recorder);
}
BENCHMARK_TEMPLATE(observe, sim::Histogram);
BENCHMARK_TEMPLATE(observe, sim::ExceedanceRuns);

}  // namespace
