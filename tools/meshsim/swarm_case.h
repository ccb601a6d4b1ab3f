// Random small scenarios, drawn from one integer, written as YAML, and made smaller while they still fail.
// Not here: running them (swarm.cpp; tests/reference runs the same cases against the reference engine).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace meshsim {

struct SwarmStep {
  std::uint32_t kind = 0;          // work, wait, call, parallel calls, choose
  std::uint32_t micros = 1000;     // work, wait
  bool constant = false;           // else exponential
  std::uint32_t to = 0, also = 0;  // callees
  std::uint32_t repeat = 1;
  bool maybe = false, ignored = false;
  std::uint32_t timeout = 0;  // ms; of the application's own code
  std::uint32_t retries = 0;
};

struct SwarmService {
  std::uint32_t replicas = 1, workers = 4, capacity = 0;
  bool blocking = false, http1 = false, lifo = false, error_before = false;
  std::uint32_t errors = 0;  // per cent
  std::vector<SwarmStep> steps;
};

struct SwarmFault {
  std::uint32_t verb = 0;                            // slow, stall, crash
  std::uint32_t service = 0, at = 100, lasts = 100;  // ms
};

struct SwarmCase {
  std::uint64_t seed = 0;
  std::vector<SwarmService> services;  // calls go to later ones only
  std::vector<SwarmFault> faults;
  std::uint32_t rate = 100;
  std::uint32_t users = 0;  // instead of a rate
  std::uint32_t timeout = 0, per_try = 0, retries = 0;
  std::uint32_t backoff = 0, balancer = 0, loss = 0;
  bool paced = false;
  [[nodiscard]] bool crashes() const;
};

[[nodiscard]] SwarmCase draw_case(std::uint64_t seed);
// `reversed`: services in another order, which must not matter.
[[nodiscard]] std::string case_text(const SwarmCase& c, bool reversed = false);
// Cases with one thing less, largest cuts first.
[[nodiscard]] std::vector<SwarmCase> smaller_cases(const SwarmCase& c);

}  // namespace meshsim
