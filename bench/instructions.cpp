// Runs N units of one workload and nothing else, for callgrind: bench/run.sh takes the difference of two N, which
// removes
// start-up. Instruction counts hardly depend on the machine or its load, so they are what a change is judged by.
//   meshsim_instructions hold|mm1|chain UNITS [PENDING]
#include <cstdio>
#include <cstdlib>
#include <string>

#include "bench/stations.h"

namespace {

void hold(std::uint64_t units, std::uint32_t pending) {
  bench::Ladder queue;
  bench::Stream stream(pending);
  for (std::uint32_t i = 0; i < pending; ++i) {
    queue.push(
        sim::make_event(stream.delay<bench::Delay::Exponential>(), static_cast<std::uint32_t>(stream.bits()), 1, i, 0));
  }
  for (std::uint64_t i = 0; i < units; ++i) {
    const sim::Event e = queue.pop();
    const sim::Time at = sim::time_of(e) + stream.delay<bench::Delay::Exponential>();
    queue.push(sim::make_event(at, sim::tie_of(e), 1, sim::subject_of(e), 0));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string workload = argc > 2 ? argv[1] : "";
  const std::uint64_t units = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 0;
  const auto pending = static_cast<std::uint32_t>(argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 1'000);
  if (workload == "hold") {
    hold(units, pending);
  } else if (workload == "mm1") {
    bench::Mm1(4711).run(units);
  } else if (workload == "chain") {
    bench::Chain(4711, 1).run(units);
  } else {
    std::fputs("usage: meshsim_instructions hold|mm1|chain UNITS [PENDING]\n", stderr);
    return 2;
  }
  return 0;
}
