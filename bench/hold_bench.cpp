// The hold model: with N events pending, pop one and push one. Time per iteration = one event through the queue.
// Exponential delays at several sizes against the standard library's heap; then all seven distributions.
#include <benchmark/benchmark.h>

#include <cstdint>

#include "bench/support.h"

namespace {

using namespace bench;

template <class Queue, Delay kDelay>
void hold(benchmark::State& state) {
  const auto pending = static_cast<std::uint32_t>(state.range(0));
  Queue queue;
  Stream stream(pending);
  for (std::uint32_t i = 0; i < pending; ++i) {
    queue.push(sim::make_event(stream.delay<kDelay>(), static_cast<std::uint32_t>(stream.bits()), 1, i, 0));
  }
  // Pending times reach their steady state, and every structure its final size, before the clock starts.
  const auto step = [&] {
    const sim::Event e = queue.pop();
    const sim::Time at = sim::time_of(e) + stream.delay<kDelay>();
    queue.push(sim::make_event(at, sim::tie_of(e), 1, sim::subject_of(e), 0));
  };
  for (std::uint32_t i = 0; i < 3 * pending; ++i) step();
  for (auto _ : state) step();
}

#define MESHSIM_HOLD(queue, name) BENCHMARK_TEMPLATE(hold, queue, Delay::Exponential)->Name("hold/exponential/" name)
MESHSIM_HOLD(Ladder, "ladder")->Arg(2)->Arg(30)->Arg(70)->Arg(150)->RangeMultiplier(10)->Range(10, 1'000'000);
MESHSIM_HOLD(Heap, "heap")->RangeMultiplier(10)->Range(10, 1'000'000);
MESHSIM_HOLD(StandardQueue, "std")->RangeMultiplier(10)->Range(10, 1'000'000);

#define MESHSIM_DELAY(delay, name)                                                                        \
  BENCHMARK_TEMPLATE(hold, Ladder, Delay::delay)->Name("hold/" name "/ladder")->Arg(1'000)->Arg(100'000); \
  BENCHMARK_TEMPLATE(hold, Heap, Delay::delay)->Name("hold/" name "/heap")->Arg(1'000)->Arg(100'000);     \
  BENCHMARK_TEMPLATE(hold, StandardQueue, Delay::delay)->Name("hold/" name "/std")->Arg(1'000)->Arg(100'000)
MESHSIM_DELAY(Bimodal, "bimodal");
MESHSIM_DELAY(Pareto, "pareto");
MESHSIM_DELAY(MicroOrTenMilli, "two-values");
MESHSIM_DELAY(MostlyZero, "mostly-zero");
MESHSIM_DELAY(Quantised, "quantised");
MESHSIM_DELAY(Constant, "constant");

}  // namespace
