// M/M/1 and chain C (bench/stations.h), timed in batches of 1000 customers or requests: items_per_second is the figure.
// Their known answers are checked: a fast wrong model is worth nothing.
#include "bench/stations.h"

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>

namespace {

constexpr std::uint64_t kBatch = 1'000;

void mm1(benchmark::State& state) {
  bench::Mm1 model(4711);
  model.run(100'000);
  std::uint64_t customers = 0;
  for (auto _ : state) {
    model.run(kBatch);
    customers += kBatch;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(customers));
  state.counters["mean sojourn"] = model.mean_sojourn();
  if (customers > 10'000'000 && std::abs(model.mean_sojourn() - 5.0) > 0.1)
    state.SkipWithError("M/M/1 gives a wrong mean");
}
BENCHMARK(mm1)->Name("mm1");

void chain(benchmark::State& state) {
  const auto chains = static_cast<std::uint32_t>(state.range(0));
  bench::Chain model(4711, chains);
  model.run(100'000 + 200 * std::uint64_t{chains});  // at least 70 ms: several relaxation times of a station
  model.forget();
  std::uint64_t requests = 0;
  for (auto _ : state) {
    model.run(kBatch);
    requests += kBatch;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(requests));
  state.counters["mean ms"] = model.mean_latency_ms();
  state.counters["failed"] = model.failed_fraction();
  state.counters["events per request"] = model.events_per_request();
  if (requests > 500'000 && std::abs(model.mean_latency_ms() - 4.07) > 0.05)
    state.SkipWithError("the chain gives a wrong mean");
}
BENCHMARK(chain)->Name("chain")->Arg(1)->Arg(333)->Arg(33'333);

}  // namespace
