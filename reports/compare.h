// Several candidates under the same random numbers to one Report: side by side, then paired differences against the
// baseline, then what is paid and what is avoided, then the verdict. Percentiles differ by the paired difference
// per section of replications; the variance-reduction factor shows how much pairing helped.
#pragma once

#include <cstddef>
#include <vector>

#include "reports/build.h"
#include "reports/card.h"
#include "reports/verdict.h"

namespace reports {

struct ReportOptions {
  Prices prices;  // what the reader pays, instead of what the scenario says; none at all: the card says what it needs
};

// REQUIRES: baseline < inputs.size(); all inputs from one experiment of `scenario`.
[[nodiscard]] Report build_compare(const models::ScenarioSpec& scenario, const std::vector<Input>& inputs,
                                   std::size_t baseline, const ReportOptions& options = {});

// What one candidate pays and avoids; all candidate - baseline but `avoided`. Also for programs that decide.
[[nodiscard]] Payoff payoff_of(const models::ScenarioSpec& scenario, const Input& baseline, const Input& candidate);

}  // namespace reports
