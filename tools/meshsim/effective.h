// The effective policy of an edge in words: what each candidate does on it, who said so, and how a change of it would
// travel. Read from the compiled plan, so that it is what a run does. For `explain policy` and `diff`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/plan/plan.h"
#include "models/spec/scenario_spec.h"

namespace meshsim {

struct EffectiveValue {
  std::string name;     // the key of the policy: "timeout", "loadBalancer", ...
  std::string value;    // in words
  std::string from;     // who said so
  std::string carrier;  // how a change of it travels; empty: it does not
};

struct Edge {
  std::string caller, callee;
};

// Of the whole fleet in plan order (by name); traffic that enters through the gateway comes from `gateway`.
[[nodiscard]] std::vector<Edge> edges_of(const models::Plan& plan);

// `endpoint`: only its calls by the application; empty: all. `after`: how many changes of the timeline have arrived.
// REQUIRES: an edge of edges_of(), the plan of this candidate.
[[nodiscard]] std::vector<EffectiveValue> effective_policy(const models::ScenarioSpec& spec, std::size_t candidate,
                                                           const models::Plan& plan, const Edge& edge,
                                                           const std::string& endpoint, std::uint32_t after);

// The values that the changes make: of each change, in order of time, those that are not as before.
struct EffectiveChange {
  std::string change;
  std::vector<EffectiveValue> values;
};
[[nodiscard]] std::vector<EffectiveChange> effective_changes(const models::ScenarioSpec& spec, std::size_t candidate,
                                                             const models::Plan& plan, const Edge& edge);

}  // namespace meshsim
