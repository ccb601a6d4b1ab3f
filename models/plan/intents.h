// What is intended towards each destination at the start and after each change: `policy`, the changes of the timeline
// laid over it, and the deviations of those whose library deviates. Values of the spec in, values of the spec out.
// Not here: what a product or a library makes of it (compile_policies.h, compile_guards.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/plan/arrangement.h"
#include "models/plan/plan.h"
#include "models/spec/scenario_spec.h"

namespace models {

// Field by field: what `over` says replaces what `base` says.
[[nodiscard]] DestinationPolicySpec overlay(const DestinationPolicySpec& base, const DestinationPolicySpec& over);
[[nodiscard]] PolicySpec overlay(const PolicySpec& base, const PolicySpec& over);

class Intents {
 public:
  // `changes` in order of time. Snapshot 0 is the start, k + 1 what holds after change k.
  Intents(const Plan& plan, const ScenarioSpec& spec, const CandidateSpec& candidate,
          const std::vector<const TimelineEntrySpec*>& changes);

  // Of one client. Libraries deviate; what is pushed to proxies is the same for all.
  [[nodiscard]] DestinationPolicySpec at(std::uint32_t snapshot, const ClusterPlan& cluster) const;
  [[nodiscard]] DestinationPolicySpec at(std::uint32_t snapshot, const ClusterPlan& cluster, bool of_library) const;
  // Of nobody in particular: what the callee itself is told.
  [[nodiscard]] DestinationPolicySpec at(std::uint32_t snapshot, const std::string& callee) const;

 private:
  [[nodiscard]] DestinationPolicySpec after(std::uint32_t snapshot, const std::string& callee,
                                            DestinationPolicySpec said) const;

  const Plan& plan_;
  const PolicySpec& base_;
  std::vector<PolicySpec> changed_;  // all changes so far, laid over each other
  Deviations deviations_;
};

}  // namespace models
