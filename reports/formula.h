// `--formula`: what the flow equations, M/M/c and the retries' arithmetic say, beside what was simulated. A cell
// without a figure is a "-": no formula holds there. Pure functions; formulas are in models/fleet.
#pragma once

#include <vector>

#include "models/spec/scenario_spec.h"
#include "reports/build.h"
#include "reports/report.h"

namespace reports {

// One section for each candidate of the report. `scenario` as it was run; inputs in the report's order of candidates.
void add_formulas(Report& report, const models::ScenarioSpec& scenario, const std::vector<Input>& inputs);

}  // namespace reports
