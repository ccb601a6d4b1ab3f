// What must hold of the results of any replication, whatever the scenario: nothing lost, nothing made up, no negative
// time, and Little's law in every service to the nanosecond. Cheap: once per run, over counters. Not here: what holds
// on average (tests/theory).
#pragma once

#include <string>

#include "models/plan/plan.h"
#include "models/results.h"

namespace models {

// The first invariant that is broken, with its numbers; empty: all hold.
[[nodiscard]] std::string broken_invariant(const Plan& plan, const Results& results);

}  // namespace models
