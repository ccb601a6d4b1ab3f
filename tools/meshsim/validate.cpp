// `meshsim validate FILE...`: every problem of every file, without running anything.
#include <map>
#include <memory>
#include <set>

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "scenarios/reader/findings.h"
#include "tools/meshsim/command.h"
#include "tools/meshsim/common.h"
#include "tools/meshsim/output.h"
#include "tools/meshsim/reachability.h"

namespace meshsim {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  LoadArguments load;
  std::vector<std::string> files;
  bool json = false;
  bool strict = false;
  bool reachability = false;
};

std::string plural(std::size_t n, const char* one, const char* many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

std::string summary(const models::ScenarioSpec& s) {
  std::size_t endpoints = 0;
  std::size_t replicas = 0;
  for (const auto& service : s.services) {
    if (!service.versions.empty()) endpoints += service.versions.front().endpoints.size();
    for (const auto& v : service.versions) replicas += v.replicas;
  }
  return fmt::format("ok: {}, {}, {}, {}, {}, {}", plural(s.services.size(), "service", "services"),
                     plural(endpoints, "endpoint", "endpoints"), plural(replicas, "replica", "replicas"),
                     plural(s.traffic.size(), "traffic source", "traffic sources"),
                     plural(s.candidates.size(), "candidate", "candidates"),
                     plural(s.timeline.size(), "timeline entry", "timeline entries"));
}

int validate(const Arguments& arguments) {
  bool failed = false;
  bool warned = false;
  Json report = Json::array();
  std::string out;
  for (const std::string& file : arguments.files) {
    LoadArguments load = arguments.load;
    load.file = file;
    const reader::LoadResult result = reader::load(file, load_options(load));
    std::vector<reader::Diagnostic> diagnostics = result.diagnostics;
    if (result.scenario) {
      const auto found = reader::diagnostics_of(models::validate(*result.scenario), result);
      diagnostics.insert(diagnostics.end(), found.begin(), found.end());
    }
    bool good = result.scenario.has_value();
    Json problems = Json::array();
    std::string text;
    for (const reader::Diagnostic& d : diagnostics) {
      good = good && d.severity != reader::Severity::Error;
      warned = warned || d.severity == reader::Severity::Warning;
      text += reader::format(d, result.sources, colour_wanted(STDERR_FILENO));
      problems.push_back({{"code", d.code},
                          {"severity", reader::name_of(d.severity)},
                          {"file", reader::printable(d.file, 4096)},
                          {"line", d.line},
                          {"column", d.column},
                          {"path", d.path},
                          {"message", d.message},
                          {"hint", d.hint}});
    }
    failed = failed || !good;
    report.push_back({{"file", reader::printable(file, 4096)}, {"ok", good}, {"problems", problems}});
    const bool reach = good && arguments.reachability;
    if (arguments.json && reach) report.back()["reachability"] = reachability_json(*result.scenario);
    if (arguments.json) continue;
    complain(text);
    if (good)
      out += fmt::format("{}{}\n", arguments.files.size() > 1 ? reader::printable(file, 400) + ": " : "",
                         summary(*result.scenario));
    if (reach) out += "\n" + reachability_text(*result.scenario);
  }
  if (arguments.json) out = report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  if (!print_result(out)) return kBadInput;
  return failed || (arguments.strict && warned) ? kBadInput : kOk;
}

}  // namespace

void add_validate(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "validate", "Check scenario files: syntax, units, references, call cycles, load. Runs nothing.");
  command->footer(
      "Every problem is reported in one pass, as file:line:column with the line and a hint.\n"
      "`meshsim explain CODE` says more about a code. Exit code 0 if all files are good, 2 if not.");
  command->add_option("FILE", arguments->files, "Scenario files.")->required();
  add_load_options(*command, arguments->load);
  command->add_flag("--json", arguments->json, "One JSON document on standard output instead of text.");
  command->add_flag("--reachability", arguments->reachability,
                    "Also who can call whom in each candidate: every caller and endpoint, by the rules.");
  command->add_flag("--strict", arguments->strict, "Warnings fail, too.");
  command->callback([arguments, &exit_code] { exit_code = validate(*arguments); });
}

}  // namespace meshsim
