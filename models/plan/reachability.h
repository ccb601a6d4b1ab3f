// Who can call whom in one candidate: every caller and every endpoint of the fleet, called or not, and somebody from
// outside who has no certificate. Decided by the rules (strictness, then authorization), not sampled; nothing is run.
// Not here: whether the network would let them (no network policies in the model).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/spec/scenario_spec.h"

namespace models {

enum class Reach : std::uint8_t {
  Mtls,       // may call, and both ends know each other
  Plaintext,  // may call; nobody knows who calls
  Denied,     // authorization refuses
  Refused,    // strict callee, caller without a certificate it trusts
};
[[nodiscard]] const char* name_of(Reach);  // "mtls", "plaintext", "denied", "refused"

struct ReachRow {
  std::string callee;                // "service/endpoint"
  std::vector<std::string> callers;  // services in name order, the callee's own left out; last: kOutsider
  std::vector<Reach> reach;          // of each
};

inline constexpr const char* kOutsider = "(outside)";

// Rows by callee in name order. `after`: how many of the timeline's changes, in order of time, have reached everybody.
// REQUIRES: a scenario without errors, index < candidates, after <= changes.
[[nodiscard]] std::vector<ReachRow> reachability(const ScenarioSpec& spec, std::size_t candidate, std::uint32_t after);

}  // namespace models
