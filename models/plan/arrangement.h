// Who acts on the calls of each service in one candidate: the compiled side of `enrolled`, `others`, `libraries`,
// `teams` and `carriers`. Not here: what the policy says (compile_policies.h), when a change arrives (models/traffic).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/plan/plan.h"
#include "models/spec/scenario_spec.h"

namespace models {

// By service in plan order (name order); `names` are the services' names in that order.
[[nodiscard]] std::vector<HolderPlan> arrange(const ScenarioSpec& spec, const CandidateSpec& candidate,
                                              const std::vector<std::string>& names);

// True if the client's end acts by the candidate's own means, not by what is left of the libraries.
[[nodiscard]] inline bool is_proxied(const HolderPlan& holder) {
  return holder.by == EnforcedBy::Sidecar || holder.by == EnforcedBy::Ambient;
}

// True if somebody does at the client's end what the policy says of requests; a layer-4 proxy sees connections.
[[nodiscard]] inline bool sees_requests(const HolderPlan& holder) {
  return holder.by != EnforcedBy::None && holder.by != EnforcedBy::Ambient;
}

// The deviations that concern one caller towards one destination, laid over each other in the order of the list.
// `teams` and `languages` by caller name; a share takes the groups whose names draw lowest, so that a greater share
// contains a smaller one.
class Deviations {
 public:
  Deviations(const ScenarioSpec& spec, const CandidateSpec& candidate);
  // Fields present replace the intended ones.
  [[nodiscard]] DestinationPolicySpec of(const std::string& caller, const std::string& callee) const;
  [[nodiscard]] bool empty() const { return chosen_.empty(); }

 private:
  struct Chosen {
    std::vector<std::string> callers;  // sorted
    std::string to;
    DestinationPolicySpec policy;
  };
  std::vector<Chosen> chosen_;
};

}  // namespace models
