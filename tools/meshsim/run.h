// `meshsim run FILE` and what `meshsim compare FILE` shares with it: load, validate, compile, simulate, report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "models/spec/scenario_spec.h"
#include "reports/report.h"
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
  bool formula = false;
  bool check_determinism = false;
  bool reference = false;
};

// Seed, replications, threads and limits: of every command that simulates.
void add_experiment_options(CLI::App& command, SimulationArguments& arguments);
// The options that run and compare share: FILE, those above, outputs.
void add_simulation_options(CLI::App& command, SimulationArguments& arguments);

// Loads, overrides, validates. Nothing: what is wrong has been printed. `rendered`: the same as canonical YAML, without
// what a run does not depend on (prices, sweep).
[[nodiscard]] std::optional<models::ScenarioSpec> load_scenario(const SimulationArguments& arguments,
                                                                std::string* rendered = nullptr);

// To standard output, and to --out if given. Returns the exit code.
[[nodiscard]] int write_report(const SimulationArguments& arguments, const reports::Report& report);

// Everything from the file to the written report. Returns the exit code; throws nothing.
[[nodiscard]] int simulate(const SimulationArguments& arguments, reports::Report::Kind kind);

void add_run(CLI::App& app, int& exit_code);

}  // namespace meshsim
