// What every command that simulates does between loading and reporting: overrides, limits, replications until enough.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/plan/plan.h"
#include "models/run.h"
#include "models/spec/scenario_spec.h"
#include "reports/build.h"
#include "reports/steady_state.h"
#include "reports/stopping.h"
#include "tools/meshsim/run.h"

namespace meshsim {

// Seed, replications and limits of the command line.
void override_scenario(models::ScenarioSpec& scenario, const SimulationArguments& arguments);
// Three quarters of the machine's memory, unless the scenario says otherwise.
void limit_memory(models::ScenarioSpec& scenario);

[[nodiscard]] std::vector<reports::Input> inputs_of(const std::vector<models::Plan>& plans,
                                                    const std::vector<models::CandidateRun>& runs);
// warmup `auto`: a first run from cold finds the cut and writes it into the scenario. Nothing: the scenario says how
// long itself, or the first run was interrupted.
[[nodiscard]] std::optional<reports::SteadyState> settle_warmup(models::ScenarioSpec& scenario, unsigned threads,
                                                                const std::atomic<int>* interrupt);

// Waves until the scenario has its precision and its decisions, where it asks for them. The arguments must outlive the
// options.
void stop_when_enough(models::ExperimentOptions& options, const models::ScenarioSpec& scenario,
                      const std::vector<models::Plan>& plans);
// The wave that was run last, complete or not.
[[nodiscard]] std::uint32_t replications_asked(const models::ScenarioSpec& scenario,
                                               const std::vector<models::CandidateRun>& runs);
// What is broken, where, and the command that shows it again.
[[nodiscard]] std::string defect_words(const models::BrokenInvariant& broken, const LoadArguments& load);
[[nodiscard]] int judgement_code(const reports::Judged& judged);

}  // namespace meshsim
