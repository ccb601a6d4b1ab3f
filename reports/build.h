// Results to Report: what `meshsim run` says about each candidate. Pure functions; no formatting, no files.
// Success is an entry request answered with success; everything else that arrived failed, what was still open at
// the end of the drain included (and counted apart as unfinished). Rates are per second of the measured part.
#pragma once

#include <vector>

#include "models/plan/catalog.h"
#include "models/run.h"
#include "models/spec/scenario_spec.h"
#include "reports/report.h"

namespace reports {

// One candidate: names and what was measured. Both outlive the call.
struct Input {
  const models::Catalog* catalog = nullptr;
  const models::CandidateRun* run = nullptr;
};

// `scenario` as it was run: seed, replications and overrides applied. REQUIRES: at least one input.
[[nodiscard]] Report build_run(const models::ScenarioSpec& scenario, const std::vector<Input>& inputs);

// Shared with compare.cpp: the report's header, completeness and one candidate's part.
[[nodiscard]] Report build_header(const models::ScenarioSpec& scenario, const std::vector<Input>& inputs);
[[nodiscard]] CandidateReport build_candidate(const models::ScenarioSpec& scenario, const Input& input);

}  // namespace reports
