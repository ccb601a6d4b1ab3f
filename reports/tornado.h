// Which of several inputs matters most: the effect of each one's low and high value against the scenario as it is, all
// others unchanged, largest first. Differences are paired by replication, under the same random numbers.
// Not a decomposition: inputs that only act together show nothing alone.
#pragma once

#include <vector>

#include "reports/sweep.h"

namespace reports {

[[nodiscard]] std::vector<SweepMetric> tornado_metrics();

// Changed - base, one row per candidate, in their order. REQUIRES: the same candidates in both.
[[nodiscard]] std::vector<SweepRow> tornado_effects(const models::ScenarioSpec& scenario,
                                                    const std::vector<Input>& base, const std::vector<Input>& changed);

// Of a sweep whose points are the base, then the first and the last value of each path (point 1 + 2a and 2 + 2a).
[[nodiscard]] Section tornado_section(const Sweep& sweep);

}  // namespace reports
