// What the commands that read a scenario share: the options, loading, and printing what was found.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/fleet/validate.h"
#include "scenarios/reader/reader.h"

namespace CLI {
class App;
}

namespace meshsim {

struct LoadArguments {
  std::string file;
  std::vector<std::string> set;
  std::vector<std::string> prices;  // KEY=VALUE: short for --set prices.KEY=VALUE
  std::string root;
  bool errors_only = false;  // warnings have been printed before
};

void add_load_options(CLI::App& command, LoadArguments& arguments);  // --set and --root
[[nodiscard]] reader::LoadOptions load_options(const LoadArguments& arguments);

// Prints what the model's checks found, errors only if so asked; false if there was an error.
[[nodiscard]] bool complain_of_findings(const models::ScenarioSpec& scenario, const reader::LoadResult& loaded,
                                        bool errors_only);

// Loads and prints every diagnostic on stderr; nothing if there was an error. Graph checks only when asked.
[[nodiscard]] std::optional<reader::LoadResult> load_and_complain(const LoadArguments& arguments);

}  // namespace meshsim
