// `meshsim render FILE`: the scenario as the simulator sees it.
#include <memory>

#include <CLI/CLI.hpp>

#include "scenarios/reader/render.h"
#include "tools/meshsim/command.h"
#include "tools/meshsim/common.h"
#include "tools/meshsim/output.h"

namespace meshsim {

void add_render(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<LoadArguments>();
  CLI::App* command = app.add_subcommand(
      "render", "Print a scenario with `extends` merged, short forms expanded and every default written out.");
  command->footer("The output is a scenario itself: it loads back to the same fleet and gives the same results.");
  command->add_option("FILE", arguments->file, "Scenario file.")->required();
  add_load_options(*command, *arguments);
  command->callback([arguments, &exit_code] {
    const auto loaded = load_and_complain(*arguments);
    exit_code = loaded && print_result(reader::render(*loaded->scenario, loaded->phrases)) ? kOk : kBadInput;
  });
}

}  // namespace meshsim
