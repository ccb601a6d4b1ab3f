// When an experiment has said enough, and the sections that say what it said: expectations and precision.
// Looks are at complete prefixes; where there are several, each may spend its part of the error (Bonferroni), so that
// looking often does not make a wrong decision likelier.
#pragma once

#include <vector>

#include "models/spec/scenario_spec.h"
#include "reports/expect.h"
#include "reports/report.h"

namespace reports {

// The level of each look: that of the scenario, shared by as many looks as there may be.
[[nodiscard]] double level_of_look(const models::ScenarioSpec& scenario);

struct PrecisionRow {
  std::string candidate;
  std::string latency;  // "mean", "p50", "p99"
  Estimate estimate;    // seconds
  double wanted = 0.0;  // half-width
  bool reached = false;
};
// Latencies of all entries of every candidate; empty if the scenario asks for no precision. No success: no row.
[[nodiscard]] std::vector<PrecisionRow> precision_of(const models::ScenarioSpec& scenario,
                                                     const std::vector<Input>& inputs);

// Every expectation is decided, and the precision is reached, as far as the scenario asks for them.
[[nodiscard]] bool enough(const models::ScenarioSpec& scenario, const std::vector<Input>& inputs);

// Judges and fills report.expectations; `budget` replications were the most that were allowed.
struct Judged {
  std::vector<Expectation> expectations;
  std::vector<PrecisionRow> precision;
  [[nodiscard]] bool failed() const;
  [[nodiscard]] bool inconclusive() const;  // or not precise enough
};
[[nodiscard]] Judged judged(const models::ScenarioSpec& scenario, const std::vector<Input>& inputs);
void add_judgement(Report& report, const models::ScenarioSpec& scenario, const Judged& judged);

}  // namespace reports
