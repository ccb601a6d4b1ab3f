#include "tools/meshsim/common.h"

#include <unistd.h>
#include <CLI/CLI.hpp>

#include "scenarios/reader/findings.h"
#include "tools/meshsim/output.h"

namespace meshsim {

void add_load_options(CLI::App& command, LoadArguments& arguments) {
  command
      .add_option("--set", arguments.set,
                  "Override one value: services.web.replicas=5, traffic.shoppers.rate=400/s, timeline.0.by=2x. May be "
                  "repeated.")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
  command
      .add_option("--root", arguments.root,
                  "Directory that `extends` and profile files must lie below. Default: the directory of FILE.")
      ->type_name("DIR");
}

reader::LoadOptions load_options(const LoadArguments& arguments) {
  reader::LoadOptions options;
  options.set = arguments.set;
  for (const std::string& price : arguments.prices) options.set.push_back("prices." + price);
  options.root = arguments.root;
  return options;
}

bool complain_of_findings(const models::ScenarioSpec& scenario, const reader::LoadResult& loaded, bool errors_only) {
  bool good = true;
  std::string text;
  for (const reader::Diagnostic& d : reader::diagnostics_of(models::validate(scenario), loaded)) {
    const bool error = d.severity == reader::Severity::Error;
    good = good && !error;
    if (error || !errors_only) text += reader::format(d, loaded.sources, colour_wanted(STDERR_FILENO));
  }
  complain(text);
  return good;
}

std::optional<reader::LoadResult> load_and_complain(const LoadArguments& arguments) {
  reader::LoadResult result = reader::load(arguments.file, load_options(arguments));
  if (!result.scenario || !arguments.errors_only) complain(result.text(colour_wanted(STDERR_FILENO)));
  if (!result.scenario) return std::nullopt;
  return result;
}

}  // namespace meshsim
