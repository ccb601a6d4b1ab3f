// What callees do before a request reaches the application: authorization, decided beforehand for every caller, and
// rate limits. Only where somebody at the callee's end enforces it: its proxy, or a library that can.
#pragma once

#include "models/plan/intents.h"
#include "models/plan/plan.h"

namespace models {

// REQUIRES: calls, clusters and holders (with `alters`) are filled. Writes Plan::denied, HolderPlan::rate_limits,
// authorizes, and the bits of `alters` that concern the callee.
void compile_guards(Plan& plan, const Intents& intents);

// What a layer-4 proxy makes of the rules: it knows who calls, not what for. A rule that names endpoints admits nobody,
// and refuses whoever else it matches (mesh semantics 16).
[[nodiscard]] DestinationPolicySpec at_layer_4(DestinationPolicySpec intent);

// True if somebody at this end evaluates what the callee is told.
[[nodiscard]] bool guards(const HolderPlan& holder, Knob knob);

}  // namespace models
