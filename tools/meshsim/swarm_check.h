// What must hold of every random scenario: it loads, its runs keep the invariants and Little's law, and nothing that
// must not matter does (queue, order of equal times, stations of proxies, threads, order of services in the file).
#pragma once

#include <functional>
#include <string>

#include "models/plan/plan.h"
#include "models/results.h"
#include "models/spec/scenario_spec.h"
#include "tools/meshsim/swarm_case.h"

namespace meshsim {

// A further check of one run; what it returns is what broke, empty: nothing.
using SwarmWitness = std::function<std::string(const models::ScenarioSpec&, const models::Plan&, const models::Results&,
                                               std::uint64_t seed)>;

// What broke first, in words; empty: nothing.
[[nodiscard]] std::string what_breaks(const SwarmCase& c, const SwarmWitness& witness = {});
// The smallest case that still breaks, by greedy cuts. REQUIRES: this one breaks.
[[nodiscard]] SwarmCase shrink(SwarmCase c, const SwarmWitness& witness = {});

}  // namespace meshsim
