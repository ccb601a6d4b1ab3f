// What Linkerd does with requests to a destination none of whose replicas is available: they wait in a queue; when the
// head has waited for too long the destination fails fast, at once and for everybody, until a replica is available.
// Not here: which replicas are available (failure accrual, connections); the queue (models/traffic/failfast.cpp).
// Units: requests, nanoseconds. Source: mesh semantics 23.
#pragma once

#include <cstdint>

#include "sim/time.h"

namespace models {

inline constexpr std::uint32_t kFailFastQueue = 100;                 // requests of one client and destination
inline constexpr sim::Duration kFailFastTimeout = 3 * sim::kSecond;  // of unavailability, with a request waiting

}  // namespace models
