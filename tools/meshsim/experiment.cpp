#include "tools/meshsim/experiment.h"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>
#include <unistd.h>

#include "models/plan/compile.h"
#include "reports/escape.h"
#include "sim/experiment/stopping.h"
#include "tools/meshsim/output.h"

namespace meshsim {

using models::CandidateRun;
using models::Plan;
using models::ScenarioSpec;

void override_scenario(ScenarioSpec& scenario, const SimulationArguments& arguments) {
  scenario.seed = arguments.seed.value_or(scenario.seed);
  if (arguments.replications) {  // exactly so many, whatever the scenario would stop at
    scenario.run.replications = *arguments.replications;
    scenario.run.max_replications = 0;
  }
  scenario.limits.events = arguments.max_events.value_or(scenario.limits.events);
  scenario.limits.in_flight = arguments.max_in_flight.value_or(scenario.limits.in_flight);
  scenario.limits.memory_mb = arguments.max_memory_mb.value_or(scenario.limits.memory_mb);
}

void limit_memory(ScenarioSpec& scenario) {
  if (scenario.limits.memory_mb != 0) return;
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page = ::sysconf(_SC_PAGESIZE);
  if (pages > 0 && page > 0) {
    scenario.limits.memory_mb =
        static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page) / 4 * 3 / 1'000'000;
  }
}

std::vector<reports::Input> inputs_of(const std::vector<Plan>& plans, const std::vector<CandidateRun>& runs) {
  std::vector<reports::Input> inputs;
  for (std::size_t i = 0; i < plans.size(); ++i) inputs.push_back({&plans[i].catalog, &runs[i]});
  return inputs;
}

std::optional<reports::SteadyState> settle_warmup(ScenarioSpec& scenario, unsigned threads,
                                                  const std::atomic<int>* interrupt) {
  if (!scenario.run.auto_warmup) return std::nullopt;
  std::vector<Plan> plans;
  for (std::size_t c = 0; c < scenario.candidates.size(); ++c) {
    plans.push_back(models::compile(scenario, c));
    models::Catalog& catalog = plans.back().catalog;
    catalog.timeline_bucket = std::max<sim::Duration>(catalog.duration / reports::kWarmupBuckets, 1);
  }
  models::ExperimentOptions options;
  options.seed = scenario.seed;
  options.replications = scenario.run.replications;
  options.threads = threads;
  options.interrupt = interrupt;
  const std::vector<CandidateRun> runs = models::run_experiment(plans, options);
  if (interrupt->load() != 0) return std::nullopt;
  reports::SteadyState found = reports::find_steady_state(inputs_of(plans, runs));
  scenario.run.warmup = found.cut;
  return found;
}

void stop_when_enough(models::ExperimentOptions& options, const ScenarioSpec& scenario,
                      const std::vector<Plan>& plans) {
  if (scenario.run.max_replications <= scenario.run.replications) return;
  options.waves = sim::waves(scenario.run.replications, scenario.run.max_replications);
  options.enough = [&scenario, &plans](const std::vector<CandidateRun>& runs) {
    return reports::enough(scenario, inputs_of(plans, runs));
  };
}

std::uint32_t replications_asked(const ScenarioSpec& scenario, const std::vector<CandidateRun>& runs) {
  std::size_t done = 0;
  for (const CandidateRun& run : runs) done = std::max(done, run.replications.size());
  const std::uint32_t most = std::max(scenario.run.max_replications, scenario.run.replications);
  for (const std::uint32_t wave : sim::waves(scenario.run.replications, most)) {
    if (wave >= done) return wave;
  }
  return most;
}

std::string defect_words(const models::BrokenInvariant& broken, const LoadArguments& load) {
  const std::string candidate = reports::for_terminal(broken.candidate);
  std::string command = fmt::format("meshsim run {} --seed {} --replications {} --candidate {}",
                                    reports::for_terminal(load.file), broken.seed, broken.replication + 1, candidate);
  for (const std::string& set : load.set) command += fmt::format(" --set '{}'", reports::for_terminal(set));
  return fmt::format(
      "an invariant is broken, which is a defect of meshsim and not of the scenario: {}, "
      "in candidate {}, replication {} of seed {}; nothing is reported. To see it again: {}",
      broken.what(), candidate, broken.replication + 1, broken.seed, command);
}

int judgement_code(const reports::Judged& judged) {
  return gravest(judged.failed() ? kExpectationFailed : kOk, judged.inconclusive() ? kInconclusive : kOk);
}

}  // namespace meshsim
