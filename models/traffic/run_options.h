// What one replication is asked to do besides its plan: seed, engine variants for tests, observers.
// None of it but seed and replication changes a result.
#pragma once

#include <atomic>
#include <cstdint>

#include "sim/trace.h"

namespace models {

struct RunOptions {
  std::uint64_t seed = 1;
  std::uint32_t replication = 0;
  std::uint32_t at_once = 1;                    // replications that share the memory limit
  bool reference_queue = false;                 // plain heap instead of the ladder (the order oracle)
  bool reference_stations = false;              // proxies by queue and events instead of recursion
  std::uint64_t shuffle = 0;                    // non-zero: equal-time events of different owners in a random order
  sim::Trace* trace = nullptr;                  // observer; may be null
  bool trace_links = false;                     // and who called whom, time by part, verdicts on retries (links.cpp)
  const std::atomic<int>* interrupt = nullptr;  // non-zero: stop at the next check and report what is complete
};

}  // namespace models
