// `meshsim schema`: the scenario language for editors and for people.
#include <memory>

#include <CLI/CLI.hpp>

#include "scenarios/reader/schema.h"
#include "tools/meshsim/command.h"
#include "tools/meshsim/output.h"

namespace meshsim {

void add_schema(CLI::App& app, int& exit_code) {
  auto markdown = std::make_shared<bool>(false);
  CLI::App* command =
      app.add_subcommand("schema", "Print the JSON Schema (draft-07) of scenario files, for completion in editors.");
  command->footer(
      "  meshsim schema > meshsim.schema.json\n"
      "and as the first line of a scenario, for editors with the YAML language server:\n"
      "  # yaml-language-server: $schema=meshsim.schema.json");
  command->add_flag("--markdown", *markdown, "The reference page (docs/scenario-reference.md) instead.");
  command->callback([markdown, &exit_code] {
    exit_code = print_result(*markdown ? reader::reference_markdown() : reader::json_schema()) ? kOk : kBadInput;
  });
}

}  // namespace meshsim
