#include "tools/meshsim/swarm_check.h"

#include <fmt/format.h>

#include "models/fleet/validate.h"
#include "models/invariants.h"
#include "models/plan/compile.h"
#include "models/run.h"
#include "scenarios/reader/reader.h"

namespace meshsim {
namespace {

std::string breaks_in(const models::ScenarioSpec& spec, const models::ScenarioSpec& reversed, std::size_t candidate,
                      const SwarmCase& c, const SwarmWitness& witness) {
  const models::Plan plan = models::compile(spec, candidate);
  const models::RunOptions options{.seed = c.seed};
  const models::Results r = models::run(plan, options);
  if (r.stopped != models::Stopped::Complete) return "the run did not complete: " + r.stopped_detail;
  if (std::string broken = models::broken_invariant(plan, r); !broken.empty()) return broken;
  models::RunOptions other = options;
  other.reference_queue = other.reference_stations = true;
  if (models::run(plan, other).fingerprint != r.fingerprint)
    return "heap and stations differ from ladder and recursion";
  other = options;
  other.shuffle = c.seed | 1;
  if (models::run(plan, other).fingerprint != r.fingerprint) return "the order of equal times matters";
  if (models::run(models::compile(reversed, candidate), options).fingerprint != r.fingerprint) {
    return "the order of services in the file matters";
  }
  return witness ? witness(spec, plan, r, c.seed) : "";
}

}  // namespace

std::string what_breaks(const SwarmCase& c, const SwarmWitness& witness) {
  const reader::LoadResult loaded = reader::load_text("swarm.yaml", case_text(c));
  if (!loaded.scenario) return "the scenario does not load:\n" + loaded.text();
  const reader::LoadResult reversed = reader::load_text("swarm.yaml", case_text(c, true));
  for (const models::Finding& finding : models::validate(*loaded.scenario)) {
    if (finding.severity == models::Finding::Severity::Error) return "the scenario is not valid: " + finding.message;
  }
  std::vector<models::Plan> plans;
  for (std::size_t i = 0; i < loaded.scenario->candidates.size(); ++i) {
    const std::string broken = breaks_in(*loaded.scenario, *reversed.scenario, i, c, witness);
    if (!broken.empty()) return fmt::format("candidate {}: {}", loaded.scenario->candidates[i].name, broken);
    plans.push_back(models::compile(*loaded.scenario, i));
  }
  models::ExperimentOptions options;
  options.seed = c.seed;
  options.replications = 2;
  options.threads = 1;
  const std::vector<models::CandidateRun> alone = models::run_experiment(plans, options);
  options.threads = 4;
  const std::vector<models::CandidateRun> together = models::run_experiment(plans, options);
  for (std::size_t i = 0; i < alone.size(); ++i) {
    if (alone[i].merged.fingerprint != together[i].merged.fingerprint) return "the number of threads matters";
  }
  return "";
}

SwarmCase shrink(SwarmCase c, const SwarmWitness& witness) {
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (const SwarmCase& less : smaller_cases(c)) {
      if (what_breaks(less, witness).empty()) continue;
      c = less;
      smaller = true;
      break;
    }
  }
  return c;
}

}  // namespace meshsim
