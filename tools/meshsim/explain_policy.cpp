// `meshsim explain policy FILE --edge A/B`: what each candidate does on one edge, and who said so.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "models/plan/compile.h"
#include "reports/escape.h"
#include "scenarios/reader/context.h"
#include "tools/meshsim/command.h"
#include "tools/meshsim/common.h"
#include "tools/meshsim/effective.h"
#include "tools/meshsim/output.h"

namespace meshsim {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  LoadArguments load;
  std::string edge;
  std::string candidate;  // empty: all
  bool json = false;
};

struct Chosen {
  Edge edge;
  std::string endpoint;  // empty: all
};

std::string text_of(const Edge& edge) { return edge.caller + "/" + edge.callee; }

// "A/B" or "A/B/endpoint"; complains and gives nothing if there is no such edge.
std::optional<Chosen> choose(const models::Plan& plan, const std::string& text) {
  const std::vector<Edge> edges = edges_of(plan);
  std::vector<std::string> names;
  names.reserve(edges.size());
  for (const Edge& edge : edges) names.push_back(text_of(edge));
  if (edges.empty()) {
    complain("error: no service of this fleet calls another\n");
    return std::nullopt;
  }
  if (text.empty()) {
    complain(fmt::format("error: which edge? `--edge CALLER/CALLEE`; there are: {}\n", fmt::join(names, ", ")));
    return std::nullopt;
  }
  const std::size_t first = text.find('/');
  const std::size_t second = first == std::string::npos ? first : text.find('/', first + 1);
  const std::string pair = text.substr(0, second);
  const auto found = std::find(names.begin(), names.end(), pair);
  if (found == names.end()) {
    complain(fmt::format("error: nobody calls over an edge `{}`; {}\n", reports::for_terminal(pair),
                         reader::did_you_mean(pair, names)));
    return std::nullopt;
  }
  Chosen chosen{edges[static_cast<std::size_t>(found - names.begin())], {}};
  if (second == std::string::npos) return chosen;
  chosen.endpoint = text.substr(second + 1);
  std::vector<std::string> endpoints;
  for (const models::Catalog::Endpoint& endpoint : plan.catalog.endpoints) {
    if (endpoint.service == chosen.edge.callee) endpoints.push_back(endpoint.name);
  }
  if (std::find(endpoints.begin(), endpoints.end(), chosen.endpoint) != endpoints.end()) return chosen;
  complain(fmt::format("error: `{}` has no endpoint `{}`; {}\n", chosen.edge.callee,
                       reports::for_terminal(chosen.endpoint), reader::did_you_mean(chosen.endpoint, endpoints)));
  return std::nullopt;
}

void table(std::string& out, const std::vector<EffectiveValue>& values) {
  std::size_t name = 0;
  std::size_t from = 0;
  for (const EffectiveValue& v : values) {
    name = std::max(name, v.name.size());
    from = std::max(from, v.from.size());
  }
  for (const EffectiveValue& v : values) {
    std::string line = fmt::format("  {:<{}}  {:<{}}  {}", v.name, name, v.from, from, v.value);
    if (!v.carrier.empty()) line += fmt::format("  [{}]", v.carrier);
    out += reports::for_terminal(line) + "\n";
  }
}

Json json_of(const std::vector<EffectiveValue>& values) {
  Json out = Json::array();
  for (const EffectiveValue& v : values) {
    out.push_back({{"name", v.name},
                   {"value", v.value},
                   {"from", v.from},
                   {"carrier", v.carrier.empty() ? Json() : Json(v.carrier)}});
  }
  return out;
}

int explain_policy(const Arguments& arguments) {
  LoadArguments load = arguments.load;
  load.errors_only = true;
  const auto loaded = load_and_complain(load);
  if (!loaded || !complain_of_findings(*loaded->scenario, *loaded, true)) return kBadInput;
  const models::ScenarioSpec& spec = *loaded->scenario;
  std::vector<std::string> names;
  for (const models::CandidateSpec& c : spec.candidates) names.push_back(c.name);
  if (!arguments.candidate.empty() && std::find(names.begin(), names.end(), arguments.candidate) == names.end()) {
    complain(fmt::format("error: there is no candidate `{}`; {}\n", reports::for_terminal(arguments.candidate),
                         reader::did_you_mean(arguments.candidate, names)));
    return kBadInput;
  }
  std::string out;
  Json candidates = Json::array();
  for (std::size_t c = 0; c < spec.candidates.size(); ++c) {
    if (!arguments.candidate.empty() && names[c] != arguments.candidate) continue;
    const models::Plan plan = models::compile(spec, c);
    const auto chosen = choose(plan, arguments.edge);
    if (!chosen) return kBadInput;
    const auto values = effective_policy(spec, c, plan, chosen->edge, chosen->endpoint, 0);
    const auto changes = effective_changes(spec, c, plan, chosen->edge);
    if (out.empty()) {
      out =
          fmt::format("{} calls {}{}: what each candidate does, who said so, and how a change of it would travel.\n",
                      chosen->edge.caller, chosen->edge.callee, chosen->endpoint.empty() ? "" : "/" + chosen->endpoint);
    }
    out += fmt::format("\n{}\n", names[c]);
    table(out, values);
    Json later = Json::array();
    for (const EffectiveChange& change : changes) {
      out += fmt::format("  once `{}` has arrived:\n", change.change);
      table(out, change.values);
      later.push_back({{"change", change.change}, {"values", json_of(change.values)}});
    }
    candidates.push_back({{"candidate", names[c]}, {"values", json_of(values)}, {"changes", later}});
  }
  if (arguments.json) {
    const Json document = {{"edge", arguments.edge}, {"candidates", candidates}};
    out = document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  return print_result(out) ? kOk : kBadInput;
}

}  // namespace

void add_explain_policy(CLI::App& explain, int& exit_code) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = explain.add_subcommand(
      "policy", "The effective policy of one edge in every candidate, each value with who said so. Runs nothing.");
  command->footer(
      "Example: meshsim explain policy scenarios/first-look.yaml --edge web/payment\n"
      "Who said so: the policy's entry of the destination, its defaults, a deviation, a change of the timeline, the\n"
      "product where the policy is silent, or the application's own call; [in brackets] what carries a change.");
  command->add_option("FILE", arguments->load.file, "Scenario file.")->required();
  command->add_option("--edge", arguments->edge, "Who calls whom, as CALLER/CALLEE or CALLER/CALLEE/ENDPOINT.")
      ->type_name("A/B");
  command->add_option("--candidate", arguments->candidate, "Of this candidate only.")->type_name("NAME");
  add_load_options(*command, arguments->load);
  command->add_flag("--json", arguments->json, "One JSON document on standard output instead of text.");
  command->callback([arguments, &exit_code] { exit_code = explain_policy(*arguments); });
}

}  // namespace meshsim
