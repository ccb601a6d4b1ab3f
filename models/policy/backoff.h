// Back-off laws: the delay before retry k (k = 1, 2, ...), a pure function of the policy and a keyed draw.
// Units: nanoseconds. Envoy's current law has a resolution of one millisecond, as the code draws whole ones.
// Source: mesh semantics 3.3 (Envoy, current code and older strategy), 3.6 (Linkerd), 3.7 (gRPC).
#pragma once

#include "models/spec/policy_spec.h"
#include "sim/random/keyed.h"
#include "sim/time.h"

namespace models {

// `previous` is the delay before the retry before (only the decorrelated law reads it; pass base for k = 1).
[[nodiscard]] sim::Duration backoff_delay(const BackoffSpec& policy, std::uint32_t k, sim::Duration previous,
                                          sim::Key key);

}  // namespace models
