// `meshsim explain request FILE`: one request of replication 0 as a waterfall. Two runs of the same replication: the
// first finds the request among all, the second keeps what belongs to it.
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "models/plan/compile.h"
#include "models/run.h"
#include "reports/escape.h"
#include "reports/waterfall.h"
#include "scenarios/reader/scalars.h"
#include "tools/meshsim/command.h"
#include "tools/meshsim/experiment.h"
#include "tools/meshsim/output.h"
#include "tools/meshsim/run.h"

namespace meshsim {
namespace {

using models::Plan;
using models::ScenarioSpec;
using reports::Wanted;

struct Arguments {
  SimulationArguments simulation;
  std::string which = "worst";
  std::string entry;
  std::string after;
};

constexpr const char* kUsage = "meshsim: explain request: {}\n";

// The request asked for; nothing: printed.
std::optional<Wanted> wanted_of(const Arguments& arguments, const Plan& plan) {
  Wanted wanted;
  if (arguments.which == "worst") {
    wanted.which = Wanted::Which::Slowest;
  } else if (arguments.which == "failed") {
    wanted.which = Wanted::Which::FirstFailed;
  } else {
    const bool digits = !arguments.which.empty() && arguments.which.size() < 19 &&
                        arguments.which.find_first_not_of("0123456789") == std::string::npos;
    wanted.which = Wanted::Which::Number;
    wanted.number = digits ? std::stoull(arguments.which) : 0;
    if (wanted.number == 0) {
      complain(fmt::format(kUsage, fmt::format("`{}` is no request: worst, failed, or its number in order of arrival, "
                                               "from 1",
                                               reports::for_terminal(arguments.which))));
      return std::nullopt;
    }
  }
  if (!arguments.entry.empty()) {
    std::string names;
    for (std::size_t e = 0; e < plan.catalog.entries.size(); ++e) {
      const std::string& name = plan.catalog.entries[e].name;
      names += (names.empty() ? "" : ", ") + reports::for_terminal(name);
      if (name == arguments.entry || name.substr(0, name.find('/')) == arguments.entry) {
        wanted.entry = wanted.entry.value_or(static_cast<std::uint32_t>(e));
      }
    }
    if (!wanted.entry) {
      complain(fmt::format(kUsage,
                           fmt::format("no entry {}; there are: {}", reports::for_terminal(arguments.entry), names)));
      return std::nullopt;
    }
  }
  if (!arguments.after.empty()) {
    const auto after = reader::parse_duration(arguments.after);
    if (!after.value) {
      complain(fmt::format(
          kUsage, fmt::format("--after {}: {}", reports::for_terminal(arguments.after), after.problem.message)));
      return std::nullopt;
    }
    wanted.from = *after.value;
  }
  return wanted;
}

template <class Observer>
void observe(const Plan& plan, std::uint64_t seed, bool links, const std::atomic<int>* interrupt, Observer& observer) {
  sim::Trace trace([&observer](const sim::TraceRecord& record) { observer.take(record); });
  models::RunOptions options;
  options.seed = seed;
  options.trace = &trace;
  options.trace_links = links;
  options.interrupt = interrupt;
  static_cast<void>(models::run(plan, options));
}

int explain_request(const Arguments& arguments) {
  const Interruption interruption;
  std::optional<ScenarioSpec> scenario = load_scenario(arguments.simulation);
  if (!scenario) return kBadInput;
  std::size_t index = scenario->candidates.size();
  std::string names;
  const std::string& asked =
      arguments.simulation.candidate.empty() ? scenario->baseline : arguments.simulation.candidate;
  for (std::size_t c = 0; c < scenario->candidates.size(); ++c) {
    names += (c == 0 ? "" : ", ") + reports::for_terminal(scenario->candidates[c].name);
    if (scenario->candidates[c].name == asked) index = c;
  }
  if (index == scenario->candidates.size()) {
    complain(fmt::format("meshsim: no candidate {}; there are: {}", reports::for_terminal(asked), names));
    return kBadInput;
  }
  const auto steady = settle_warmup(*scenario, arguments.simulation.threads, interruption.flag());
  if (steady && !steady->settled) {
    complain("meshsim: no steady state was found (run.warmup: auto); give a warm-up to look at one request");
    return kInconclusive;
  }
  const Plan plan = models::compile(*scenario, index);
  const std::optional<Wanted> wanted = wanted_of(arguments, plan);
  if (!wanted) return kBadInput;
  reports::Selector selector(*wanted);
  observe(plan, scenario->seed, false, interruption.flag(), selector);
  const std::optional<reports::Chosen> chosen = selector.chosen();
  if (interruption.flag()->load() != 0) return 128 + interruption.flag()->load();
  if (!chosen) {
    complain(fmt::format("meshsim: replication 0 of {} has no such request ({} arrived in the measured part)",
                         reports::for_terminal(asked), selector.seen()));
    return kExpectationFailed;
  }
  reports::Follower follower(*chosen);
  observe(plan, scenario->seed, true, interruption.flag(), follower);
  if (interruption.flag()->load() != 0) return 128 + interruption.flag()->load();
  if (arguments.simulation.json) {
    return print_result(reports::waterfall_json(plan, follower.story())) ? kOk : kBadInput;
  }
  const std::string head =
      fmt::format("{} · candidate {} · seed {} · replication 0\n",
                  reports::for_terminal(arguments.simulation.load.file), reports::for_terminal(asked), scenario->seed);
  return print_result(head + reports::waterfall_text(plan, follower.story())) ? kOk : kBadInput;
}

}  // namespace

void add_explain_request(CLI::App& explain, int& exit_code) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = explain.add_subcommand(
      "request", "One request as a waterfall: every call and try, where its time went, and what policy decided.");
  command->add_option("FILE", arguments->simulation.load.file, "Scenario file.")->required();
  command
      ->add_option("WHICH,--id", arguments->which,
                   "worst (the slowest success), failed (the first failure), or a number in order of arrival.")
      ->capture_default_str();
  command->add_option("--candidate", arguments->simulation.candidate, "Of this candidate (default: the baseline)");
  command->add_option("--entry", arguments->entry, "Of this entry only: web or web/checkout");
  command->add_option("--after", arguments->after, "Arrived then or later, on the timeline's clock: 60s");
  command->add_option("--seed", arguments->simulation.seed, "Seed of all random numbers");
  command->add_flag("--json", arguments->simulation.json, "Print the whole tree as JSON");
  add_load_options(*command, arguments->simulation.load);
  command->callback([arguments, &exit_code] {
    try {
      exit_code = explain_request(*arguments);
    } catch (const std::exception& problem) {
      complain(fmt::format("meshsim: {}", reports::for_terminal(problem.what())));
      exit_code = kInternal;
    }
  });
}

}  // namespace meshsim
