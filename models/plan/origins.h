// Who said what is intended on one edge: for each part of a destination's policy the layer that it comes from. Values
// of the spec in; nothing is run. Not here: what product or library make of it (compile_policies.h), which the caller
// of this reads from the plan.
#pragma once

#include <cstdint>
#include <string>

#include "models/plan/intents.h"
#include "models/spec/scenario_spec.h"

namespace models {

// A part of DestinationPolicySpec that is replaced as a whole by the layer above.
enum class PolicyPart : std::uint8_t {
  Timeout,
  Deadline,
  Retries,
  Backoff,  // of the retries: who says retries without a back-off leaves it to the product
  Budget,
  Hedging,
  Balancer,
  Warmup,
  Locality,
  Split,
  Mtls,
  Pool,
  Outliers,
  Accrual,
  Fault,
  Mirror,
  RateLimit,
  Authorization,
};

enum class SaidBy : std::uint8_t { Nobody, Defaults, Destination, Deviation, Change };

struct Origin {
  SaidBy by = SaidBy::Nobody;
  std::string change;  // its name, with SaidBy::Change
};

[[nodiscard]] bool says(const DestinationPolicySpec& policy, PolicyPart part);

// The knob that a part travels with.
[[nodiscard]] Knob knob_of(PolicyPart part);

// `after`: how many of the timeline's changes, in order of time, have reached everybody. `deviates`: what acts at the
// caller is a library, which deviations concern.
[[nodiscard]] Origin origin_of(const ScenarioSpec& spec, const Deviations& deviations, const std::string& caller,
                               const std::string& callee, bool deviates, std::uint32_t after, PolicyPart part);

}  // namespace models
