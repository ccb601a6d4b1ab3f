#include "tools/meshsim/common.h"

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

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
  options.root = arguments.root;
  return options;
}

std::string format(const models::Finding& finding, const std::string& file, bool colour) {
  const bool error = finding.severity == models::Finding::Severity::Error;
  const char* tint = !colour ? "" : error ? "\x1b[1;31m" : "\x1b[1;33m";
  const char* strong = colour ? "\x1b[1m" : "";
  const char* reset = colour ? "\x1b[0m" : "";
  std::string out = fmt::format("{}{}[{}]{}{}: {}{}\n  --> {}", tint, error ? "error" : "warning", finding.code, reset,
                                strong, reader::printable(finding.message, 2000), reset, reader::printable(file, 400));
  if (!finding.path.empty()) out += fmt::format(" ({})", reader::printable(finding.path, 400));
  return out + "\n";
}

std::optional<reader::LoadResult> load_and_complain(const LoadArguments& arguments) {
  reader::LoadResult result = reader::load(arguments.file, load_options(arguments));
  if (!result.scenario || !arguments.errors_only) complain(result.text(colour_wanted(STDERR_FILENO)));
  if (!result.scenario) return std::nullopt;
  return result;
}

}  // namespace meshsim
