// Whole runs of the mesh model: time per mesh call with everything on that users get (statistics, attribution,
// fingerprint, guards). 16 pods fit into L2; 4,000 pods do not.
#include <benchmark/benchmark.h>

#include "bench/mesh_fleet.h"
#include "models/plan/compile.h"
#include "models/run.h"

namespace {

void mesh_call(benchmark::State& state, bench::Cost cost) {
  const auto services = static_cast<std::uint32_t>(state.range(0));
  const models::Plan plan = models::compile(bench::mesh_fleet(services, cost, services > 100 ? 8e6 : 3e6), 0);
  std::uint64_t calls = 0;
  double bytes = 0.0;
  double events = 0.0;
  for (auto _ : state) {
    const models::Results results = models::run(plan, {});
    calls += results.calls_opened;
    bytes = static_cast<double>(results.peak_bytes) / static_cast<double>(results.peak_in_flight);
    events = static_cast<double>(results.events) / static_cast<double>(results.calls_opened);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(calls));
  // The inverse of a rate is in seconds, and printed with a prefix: 220ns.
  state.counters["time/call"] =
      benchmark::Counter(static_cast<double>(calls), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["bytes/in-flight"] = bytes;
  state.counters["events/call"] = events;
}

BENCHMARK_CAPTURE(mesh_call, none, bench::Cost::None)->Arg(4)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(mesh_call, library, bench::Cost::Library)->Arg(4)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(mesh_call, fused, bench::Cost::Fused)->Arg(4)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(mesh_call, queueing, bench::Cost::Queueing)->Arg(4)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(mesh_call, everything, bench::Cost::Everything)->Arg(4)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
