// meshsim: the command line. One subcommand per file; this one only joins them and turns what escapes into an exit
// code.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <new>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "reports/version.h"
#include "scenarios/reader/context.h"
#include "scenarios/reader/diagnostic.h"
#include "tools/meshsim/check.h"
#include "tools/meshsim/command.h"
#include "tools/meshsim/compare.h"
#include "tools/meshsim/generate.h"
#include "tools/meshsim/graph.h"
#include "tools/meshsim/output.h"
#include "tools/meshsim/run.h"
#include "tools/meshsim/sweep.h"

namespace {

int run_command_line(int argc, char** argv) {
  int exit_code = meshsim::kOk;
  CLI::App app("meshsim simulates service-mesh traffic: one fleet, several architectures, the same random numbers.");
  app.footer(
      "First steps:\n"
      "  meshsim init                      write scenario.yaml, commented\n"
      "  meshsim validate scenario.yaml    check it\n"
      "  meshsim compare scenario.yaml     all candidates side by side, with confidence intervals\n"
      "  meshsim check scenarios           does what they expect hold? for a build service\n"
      "\n"
      "Exit codes: 0 ok, 1 expectation failed, 2 bad input or output, 3 limit reached, 4 internal error,\n"
      "5 inconclusive, 130/143 interrupted. `meshsim COMMAND --help` says more.");
  app.set_version_flag("--version", fmt::format("meshsim {} (scenario format 1)", reports::kProgramVersion));
  app.require_subcommand(1);
  meshsim::add_compare(app, exit_code);
  meshsim::add_run(app, exit_code);
  meshsim::add_check(app, exit_code);
  meshsim::add_sweep(app, exit_code);
  meshsim::add_validate(app, exit_code);
  meshsim::add_render(app, exit_code);
  meshsim::add_graph(app, exit_code);
  meshsim::add_init(app, exit_code);
  meshsim::add_generate(app, exit_code);
  meshsim::add_schema(app, exit_code);
  meshsim::add_explain(app, exit_code);
  meshsim::add_diff(app, exit_code);
  meshsim::add_swarm(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {  // --help, --version
    std::ostringstream text;
    const int code = app.exit(help, text, text);
    return meshsim::print_result(text.str()) && code == 0 ? meshsim::kOk : meshsim::kBadInput;
  } catch (const CLI::ParseError& error) {
    std::vector<std::string> commands;
    for (const CLI::App* command : app.get_subcommands({})) commands.push_back(command->get_name());
    if (argc > 1 && argv[1][0] != '-' && std::find(commands.begin(), commands.end(), argv[1]) == commands.end()) {
      meshsim::complain(fmt::format("meshsim: there is no command `{}`; {}\n", reader::printable(argv[1], 40),
                                    reader::did_you_mean(argv[1], commands)));
      return meshsim::kBadInput;
    }
    meshsim::complain(fmt::format("meshsim: {}\nTry `meshsim --help`.\n", reader::printable(error.what(), 400)));
    return meshsim::kBadInput;
  }
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run_command_line(argc, argv);
  } catch (const std::bad_alloc&) {
    meshsim::complain("meshsim: out of memory\n");
    return meshsim::kLimitReached;
  } catch (const std::exception& error) {
    meshsim::complain(fmt::format("meshsim: internal error: {}\n", reader::printable(error.what(), 400)));
    return meshsim::kInternal;
  }
}
