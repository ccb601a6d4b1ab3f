// Runs about CALLS mesh calls of the benchmark's fleet once and prints how many there were, for callgrind: bench/run.sh
// divides the difference in instructions of two lengths by the difference in calls, which removes start-up.
//   meshsim_mesh_instructions none|library|fused|queueing|everything CALLS [SERVICES]
// SERVICES: 4 (16 pods) unless said
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "bench/mesh_fleet.h"
#include "models/plan/compile.h"
#include "models/run.h"

namespace {

std::optional<bench::Cost> cost_of(std::string_view name) {
  if (name == "none") return bench::Cost::None;
  if (name == "library") return bench::Cost::Library;
  if (name == "fused") return bench::Cost::Fused;
  if (name == "queueing") return bench::Cost::Queueing;
  if (name == "everything") return bench::Cost::Everything;
  return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
  const std::optional<bench::Cost> cost = argc > 2 ? cost_of(argv[1]) : std::nullopt;
  const double calls = argc > 2 ? std::strtod(argv[2], nullptr) : 0.0;
  const std::uint64_t services = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 4;
  if (!cost || !(calls >= 1.0) || services < 4 || services > 100'000) {
    std::fputs("usage: meshsim_mesh_instructions none|library|fused|queueing|everything CALLS [SERVICES]\n", stderr);
    return 2;
  }
  const models::Plan plan = models::compile(bench::mesh_fleet(static_cast<std::uint32_t>(services), *cost, calls), 0);
  const models::Results results = models::run(plan, {});
  std::printf("%" PRIu64 "\n", results.calls_opened);
  return results.stopped == models::Stopped::Complete ? 0 : 1;
}
