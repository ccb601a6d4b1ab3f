#include "tools/meshsim/compare.h"

#include <memory>

#include <CLI/CLI.hpp>

#include "tools/meshsim/run.h"

namespace meshsim {

void add_compare(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("compare", "Run all candidates with the same random numbers and compare them");
  const auto arguments = std::make_shared<SimulationArguments>();  // lives as long as the callback
  add_simulation_options(*command, *arguments);
  command->callback([arguments, &exit_code] { exit_code = simulate(*arguments, reports::Report::Kind::Compare); });
}

}  // namespace meshsim
