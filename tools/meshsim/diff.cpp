// `meshsim diff A B`: what two scenarios do differently on each edge in each candidate. Compares what is in force, not
// what is written: a default that is spelled out is no difference. Nothing is run.
#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "models/plan/compile.h"
#include "reports/escape.h"
#include "tools/meshsim/command.h"
#include "tools/meshsim/common.h"
#include "tools/meshsim/effective.h"
#include "tools/meshsim/output.h"

namespace meshsim {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  LoadArguments load;
  std::string first, second;
  bool json = false;
};

struct Difference {
  std::string name;
  EffectiveValue first, second;  // value "": it is not there
  bool operator==(const Difference& o) const {
    return name == o.name && first.value == o.first.value && second.value == o.second.value &&
           first.from == o.first.from && second.from == o.second.from;
  }
};

using Values = std::vector<std::pair<std::string, EffectiveValue>>;  // in the order of explain policy

// At the start, then what each change makes of it.
Values values_of(const models::ScenarioSpec& spec, std::size_t candidate, const models::Plan& plan, const Edge& edge) {
  Values out;
  for (EffectiveValue& v : effective_policy(spec, candidate, plan, edge, "", 0)) {
    std::string name = v.name;
    out.emplace_back(std::move(name), std::move(v));
  }
  for (EffectiveChange& change : effective_changes(spec, candidate, plan, edge)) {
    for (EffectiveValue& v : change.values) {
      std::string name = v.name + " after " + change.change;
      out.emplace_back(std::move(name), std::move(v));
    }
  }
  return out;
}

const EffectiveValue* find(const Values& values, const std::string& name) {
  for (const auto& [key, value] : values) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::vector<Difference> compare(const Values& a, const Values& b) {
  std::vector<Difference> out;
  for (const auto& [name, value] : a) {
    const EffectiveValue* const other = find(b, name);
    if (other == nullptr || other->value != value.value)
      out.push_back({name, value, other == nullptr ? EffectiveValue{} : *other});
  }
  for (const auto& [name, value] : b) {
    if (find(a, name) == nullptr) out.push_back({name, {}, value});
  }
  return out;
}

std::vector<std::string> candidates_of(const models::ScenarioSpec& spec) {
  std::vector<std::string> names;
  for (const models::CandidateSpec& c : spec.candidates) names.push_back(c.name);
  return names;
}

std::string shown(const EffectiveValue& v) {
  return v.value.empty() ? "nothing" : v.from.empty() ? v.value : fmt::format("{} ({})", v.value, v.from);
}

class Comparison {
 public:
  Comparison(const models::ScenarioSpec& a, const models::ScenarioSpec& b) : a_(a), b_(b) {
    const auto first = candidates_of(a);
    const auto second = candidates_of(b);
    for (std::size_t i = 0; i < first.size(); ++i) {
      const auto found = std::find(second.begin(), second.end(), first[i]);
      if (found == second.end())
        alone("candidate", first[i], "first");
      else
        candidate(first[i], i, static_cast<std::size_t>(found - second.begin()));
    }
    for (const std::string& name : second) {
      if (std::find(first.begin(), first.end(), name) == first.end()) alone("candidate", name, "second");
    }
  }

  [[nodiscard]] bool equal() const { return rows_.empty(); }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const Json& rows() const { return rows_; }

 private:
  void alone(const char* kind, const std::string& name, const char* where) {
    text_ += fmt::format("{} {} is in the {} only\n", kind, reports::for_terminal(name), where);
    rows_.push_back({{kind, name}, {"onlyIn", where}});
  }

  void candidate(const std::string& name, std::size_t of_a, std::size_t of_b) {
    const models::Plan first = models::compile(a_, of_a);
    const models::Plan second = models::compile(b_, of_b);
    std::map<std::string, Edge> edges;  // by name
    std::map<std::string, int> in;      // bit 0: the first, bit 1: the second
    const auto note = [&](const models::Plan& plan, int bit) {
      for (const Edge& edge : edges_of(plan)) {
        const std::string key = edge.caller + "/" + edge.callee;
        edges[key] = edge;
        in[key] |= bit;
      }
    };
    note(first, 1);
    note(second, 2);
    std::vector<std::pair<std::vector<Difference>, std::vector<std::string>>> groups;  // edges that differ alike
    for (const auto& [key, edge] : edges) {
      if (in[key] != 3) {
        if (edges_said_.insert(key).second) alone("edge", key, in[key] == 1 ? "first" : "second");
        continue;
      }
      const auto differences = compare(values_of(a_, of_a, first, edge), values_of(b_, of_b, second, edge));
      if (differences.empty()) continue;
      for (const Difference& d : differences) row(name, key, d);
      const auto alike =
          std::find_if(groups.begin(), groups.end(), [&](const auto& group) { return group.first == differences; });
      if (alike == groups.end())
        groups.push_back({differences, {key}});
      else
        alike->second.push_back(key);
    }
    for (const auto& [differences, keys] : groups) {
      text_ += reports::for_terminal(fmt::format("{}: {}", name, fmt::join(keys, ", "))) + "\n";
      for (const Difference& d : differences)
        text_ += reports::for_terminal(fmt::format("  {}: {} -> {}", d.name, shown(d.first), shown(d.second))) + "\n";
    }
  }

  void row(const std::string& candidate, const std::string& edge, const Difference& d) {
    const auto side = [](const EffectiveValue& v) {
      return v.value.empty() ? Json() : Json({{"value", v.value}, {"from", v.from}});
    };
    rows_.push_back({{"candidate", candidate},
                     {"edge", edge},
                     {"name", d.name},
                     {"first", side(d.first)},
                     {"second", side(d.second)}});
  }

  const models::ScenarioSpec& a_;
  const models::ScenarioSpec& b_;
  std::set<std::string> edges_said_;
  std::string text_;
  Json rows_ = Json::array();
};

int diff(const Arguments& arguments) {
  const auto read = [&](const std::string& file) {
    LoadArguments load = arguments.load;
    load.file = file;
    load.errors_only = true;
    auto loaded = load_and_complain(load);
    if (loaded && !complain_of_findings(*loaded->scenario, *loaded, true)) loaded.reset();
    return loaded;
  };
  const auto first = read(arguments.first);
  const auto second = read(arguments.second);
  if (!first || !second) return kBadInput;
  const Comparison comparison(*first->scenario, *second->scenario);
  std::string out = comparison.equal() ? "no difference in the effective policy of any edge\n" : comparison.text();
  if (arguments.json) {
    const Json document = {{"first", arguments.first},
                           {"second", arguments.second},
                           {"equal", comparison.equal()},
                           {"differences", comparison.rows()}};
    out = document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  if (!print_result(out)) return kBadInput;
  return comparison.equal() ? kOk : kExpectationFailed;
}

}  // namespace

void add_diff(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "diff", "What two scenarios do differently on each edge in each candidate: effective policy, not text.");
  command->footer(
      "A default that is spelled out is no difference; a product that decides otherwise is one. Runs nothing.\n"
      "Exit code 0 if nothing differs, 1 if something does, 2 if a scenario is bad.");
  command->add_option("A", arguments->first, "The first scenario file.")->required();
  command->add_option("B", arguments->second, "The second scenario file.")->required();
  add_load_options(*command, arguments->load);
  command->add_flag("--json", arguments->json, "One JSON document on standard output instead of text.");
  command->callback([arguments, &exit_code] { exit_code = diff(*arguments); });
}

}  // namespace meshsim
