// The fleet that mesh calls are timed on: three layers, one or two callees each, odd services call in
// parallel, even ones in sequence; four replicas of every service; half a percent of server failures,
// timeouts, one retry, least request; workers 60 % busy. Sizes: services = 4 (16 pods) or 1000 (4,000 pods).
#pragma once

#include <string>
#include <vector>

#include "models/spec/scenario_spec.h"

namespace bench {

// Everything: queueing sidecars, and every policy at once: a canary split, pools with limits, outlier detection, a
// retry budget, deadlines, strict mTLS, authorization, rate limits, injected faults, one request in fifty mirrored.
enum class Cost { None, Library, Fused, Queueing, Everything };

// `calls` is the expected number of calls of the whole measured part, roots included.
[[nodiscard]] models::ScenarioSpec mesh_fleet(std::uint32_t services, Cost cost, double calls);

}  // namespace bench
