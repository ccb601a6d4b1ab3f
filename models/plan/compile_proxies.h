// What the candidate's proxies cost, and which pods share one: a sidecar serves its pod, the proxy of a node all
// enrolled pods that stand on it. CPU per exchange follows the rate that the flow equations expect. Units: nanoseconds.
// Not here: what a proxy does (compile_policies.h, compile_guards.h), how it queues (models/traffic/proxy.cpp).
#pragma once

#include "models/fleet/flow.h"
#include "models/plan/plan.h"

namespace models {

// Pods of one node where nobody says how many nodes there are: a published fleet of 500 nodes and 15,000 pods (The
// Register, 2024-08-12). Decides how many proxies an ambient fleet has, and how much each of them carries.
inline constexpr std::uint32_t kPodsPerNode = 30;

// REQUIRES: services, pods, calls, holders and guards are filled.
void compile_proxies(Plan& plan, const CandidateSpec& candidate, const Flow& flow);

}  // namespace models
