// `meshsim run FILE` and what `meshsim compare FILE` shares with it: load, validate, compile, simulate, report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/plan/plan.h"
#include "models/run.h"
#include "models/spec/scenario_spec.h"
#include "reports/build.h"
#include "reports/report.h"
#include "reports/stopping.h"
#include "tools/meshsim/common.h"

namespace meshsim {

struct SimulationArguments {
  LoadArguments load;
  std::string candidate;  // run only; empty: all
  std::optional<std::uint64_t> seed;
  std::optional<std::uint32_t> replications;
  unsigned threads = 0;  // 0: one per core
  std::optional<std::uint64_t> max_events;
  std::optional<std::uint64_t> max_in_flight;
  std::optional<std::uint64_t> max_memory_mb;
  std::string trace;  // file for the events of replication 0; empty: none
  std::string out;    // directory; empty: none
  bool json = false;
  bool all = false;
  bool check_determinism = false;
  bool reference = false;
};

// The options that run and compare share.
void add_simulation_options(CLI::App& command, SimulationArguments& arguments);

// Loads, overrides, validates. Nothing: what is wrong has been printed. `rendered`: the same as canonical YAML.
[[nodiscard]] std::optional<models::ScenarioSpec> load_scenario(const SimulationArguments& arguments,
                                                                std::string* rendered = nullptr);

[[nodiscard]] std::vector<reports::Input> inputs_of(const std::vector<models::Plan>& plans,
                                                    const std::vector<models::CandidateRun>& runs);
// Waves until the scenario has its precision and its decisions, where it asks for them. The arguments must outlive the
// options.
void stop_when_enough(models::ExperimentOptions& options, const models::ScenarioSpec& scenario,
                      const std::vector<models::Plan>& plans);
// The wave that was run last, complete or not.
[[nodiscard]] std::uint32_t replications_asked(const models::ScenarioSpec& scenario,
                                               const std::vector<models::CandidateRun>& runs);
[[nodiscard]] int judgement_code(const reports::Judged& judged);

// To standard output, and to --out if given. Returns the exit code.
[[nodiscard]] int write_report(const SimulationArguments& arguments, const reports::Report& report);

// Everything from the file to the written report. Returns the exit code; throws nothing.
[[nodiscard]] int simulate(const SimulationArguments& arguments, reports::Report::Kind kind);

void add_run(CLI::App& app, int& exit_code);

}  // namespace meshsim
