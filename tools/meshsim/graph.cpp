#include "tools/meshsim/graph.h"

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include "models/fleet/draw.h"
#include "models/fleet/validate.h"
#include "reports/escape.h"
#include "reports/output_files.h"
#include "scenarios/reader/reader.h"
#include "tools/meshsim/common.h"
#include "tools/meshsim/output.h"

namespace meshsim {
namespace {

struct GraphArguments {
  LoadArguments load;
  std::string format = "text";
  std::string candidate;  // empty: the baseline
};

const models::CandidateSpec* find_candidate(const models::ScenarioSpec& scenario, const std::string& name) {
  for (const models::CandidateSpec& candidate : scenario.candidates) {
    if (candidate.name == name) return &candidate;
  }
  return nullptr;
}

int draw(const GraphArguments& arguments) {
  const reader::LoadResult loaded = reader::load(arguments.load.file, load_options(arguments.load));
  const std::string diagnostics = loaded.text(colour_wanted(STDERR_FILENO));
  static_cast<void>(reports::write_descriptor(STDERR_FILENO, diagnostics, "standard error"));
  if (!loaded.scenario || !complain_of_findings(*loaded.scenario, loaded, false)) return kBadInput;
  const models::ScenarioSpec& scenario = *loaded.scenario;

  const std::string wanted = arguments.candidate.empty() ? scenario.baseline : arguments.candidate;
  const models::CandidateSpec* candidate = find_candidate(scenario, wanted);
  if (candidate == nullptr && !arguments.candidate.empty()) {
    std::string names;
    for (const models::CandidateSpec& one : scenario.candidates) {
      names += (names.empty() ? "" : ", ") + reports::for_terminal(one.name);
    }
    complain(fmt::format("error: no candidate {}; there are: {}", reports::for_terminal(wanted), names));
    return kBadInput;
  }
  const models::FleetGraph graph = models::build(scenario);
  const models::Flow flow = models::compute_flow(scenario, graph, candidate);
  const models::Drawing drawing{.spec = scenario,
                                .graph = graph,
                                .flow = flow,
                                .candidate = candidate != nullptr ? candidate->name : std::string()};
  std::string text;
  if (arguments.format == "dot") {
    text = models::write_dot(drawing);
  } else if (arguments.format == "mermaid") {
    text = models::write_mermaid(drawing);
  } else {
    text = models::write_text(drawing);
  }
  return print_result(text) ? kOk : kBadInput;
}

}  // namespace

void add_graph(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("graph", "Draw the fleet with expected rates and utilisation (nothing is simulated)");
  const auto arguments = std::make_shared<GraphArguments>();  // lives as long as the callback
  command->add_option("FILE", arguments->load.file, "Scenario file")->required();
  command->add_option("--format", arguments->format, "dot (Graphviz), mermaid or text")
      ->check(CLI::IsMember({"dot", "mermaid", "text"}))
      ->capture_default_str();
  command->add_option("--candidate", arguments->candidate, "Whose split and sidecars count; the baseline if absent");
  add_load_options(*command, arguments->load);
  command->callback([arguments, &exit_code] { exit_code = draw(*arguments); });
}

}  // namespace meshsim
