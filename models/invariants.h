// What must hold of the results of any replication, whatever the scenario: nothing lost, nothing made up, no negative
// time. Cheap: once per run, over counters. Not here: what holds on average (tests/theory).
#pragma once

#include <string>

#include "models/plan/plan.h"
#include "models/results.h"

namespace models {

// The first invariant that is broken, with its numbers; empty: all hold.
[[nodiscard]] std::string broken_invariant(const Plan& plan, const Results& results);

// Little's law without noise: where every request came and went inside the measured part (no warm-up, traffic that
// ends well before it, no crash), the time integral of requests in a service is the sum of their sojourns, to the
// nanosecond. REQUIRES: such a run. Empty: it holds.
[[nodiscard]] std::string broken_littles_law(const Plan& plan, const Results& results);

}  // namespace models
