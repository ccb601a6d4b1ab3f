// `meshsim swarm`: random scenarios that must keep every invariant; a failing one is made smaller and printed.
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "tools/meshsim/command.h"
#include "tools/meshsim/output.h"
#include "tools/meshsim/swarm_check.h"

namespace meshsim {
namespace {

struct Arguments {
  std::uint64_t seed = 1;
  std::uint64_t count = 1;
  bool print = false;
};

int swarm(const Arguments& arguments) {
  const Interruption interruption;
  for (std::uint64_t i = 0; i < arguments.count && *interruption.flag() == 0; ++i) {
    const SwarmCase c = draw_case(arguments.seed + i);
    if (arguments.print) {
      if (!print_result(case_text(c))) return kBadInput;
      continue;
    }
    const std::string broken = what_breaks(c);
    if (broken.empty()) continue;
    const SwarmCase least = shrink(c);
    complain(fmt::format("seed {}: {}\nagain: meshsim swarm --seed {}\nsmallest scenario that fails ({}):", c.seed,
                         broken, c.seed, what_breaks(least)));
    (void)print_result(case_text(least));
    return kInternal;
  }
  if (const int signal = *interruption.flag(); signal != 0) return 128 + signal;
  if (arguments.print) return kOk;
  const std::string seeds = arguments.count == 1
                                ? fmt::format("seed {}", arguments.seed)
                                : fmt::format("seeds {} to {}", arguments.seed, arguments.seed + arguments.count - 1);
  return print_result(seeds + ": every invariant holds\n") ? kOk : kBadInput;
}

}  // namespace

void add_swarm(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("swarm", "Random scenarios that must keep every invariant; exit 4 if one fails");
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("--seed", arguments->seed, "The first scenario; the integer is all it takes to repeat it")
      ->capture_default_str();
  command->add_option("--count", arguments->count, "How many, with consecutive seeds")
      ->check(CLI::Range(1u, 10'000'000u))
      ->capture_default_str();
  command->add_flag("--print", arguments->print, "Print the scenarios instead of running them");
  command->callback([arguments, &exit_code] { exit_code = swarm(*arguments); });
}

}  // namespace meshsim
