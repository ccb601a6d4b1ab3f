// The library in two functions: one replication, and a whole experiment. Knows no YAML and no report format.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "models/invariants.h"
#include "models/plan/plan.h"
#include "models/results.h"
#include "models/traffic/run_options.h"

namespace models {

// One replication. Never throws for what happens in the model: a limit is data in Results.
[[nodiscard]] Results run(const Plan& plan, const RunOptions& options);

struct CandidateRun {
  std::string name;
  std::vector<Results> replications;  // by index; edge and endpoint histograms are only in `merged`
  Results merged;                     // of all replications, in index order
};

// What must hold of every replication does not hold of this one: a defect of the simulator, never of the scenario.
struct BrokenInvariant : std::logic_error {
  BrokenInvariant(const std::string& what, std::string of, std::uint64_t with, std::uint32_t at)
      : std::logic_error(what), candidate(std::move(of)), seed(with), replication(at) {}
  std::string candidate;
  std::uint64_t seed;
  std::uint32_t replication;  // from 0
};

struct ExperimentOptions {
  std::uint64_t seed = 1;
  std::uint32_t replications = 10;
  // Waves: these numbers of replications, ascending, replace `replications`. After each complete one `enough` is asked;
  // a yes, the last wave, an interruption or a limit ends the experiment.
  std::vector<std::uint32_t> waves;
  std::function<bool(const std::vector<CandidateRun>&)> enough;
  unsigned threads = 0;  // 0: one per core
  bool reference_queue = false;
  bool reference_stations = false;
  const std::atomic<int>* interrupt = nullptr;
  // Asked of each replication as it ends, on its thread; what it returns is what is broken, empty is well.
  std::function<std::string(const Plan&, const Results&)> audit = broken_invariant;
  // Called from worker threads under a lock after each finished replication; `total` is of the wave.
  std::function<void(std::uint32_t done, std::uint32_t total)> progress;
};

// All candidates x replications on a pool of threads; the answer does not depend on their number.
// After an interruption or a limit each candidate keeps its complete prefix of replications.
// Throws BrokenInvariant for the first that the audit objects to.
[[nodiscard]] std::vector<CandidateRun> run_experiment(const std::vector<Plan>& plans,
                                                       const ExperimentOptions& options);

}  // namespace models
