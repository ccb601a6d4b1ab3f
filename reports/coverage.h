// What an arrangement reaches, counted over edges (who calls which endpoint), and how alike it is from edge to edge.
// Counts come from the catalogue: they are facts of the candidate at the start, not estimates. Beside them stands the
// share of the calls that travelled over such edges. Internal to reports/: build_coverage.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "reports/view.h"

namespace reports {

struct Spread {               // of one parameter over edges
  std::size_t different = 0;  // values
  double entropy = 0.0;       // of their frequencies over ln(edges): 0 all alike, 1 every edge its own
  bool operator==(const Spread&) const = default;
};

struct Coverage {
  std::size_t edges = 0;
  std::size_t mtls = 0;
  std::size_t refused = 0;       // strict callee, plaintext caller
  bool restricted = false;       // the policy says somewhere who may call
  std::size_t unauthorised = 0;  // nobody at the callee asks who calls
  std::size_t denied = 0;        // the callee refuses this caller
  std::size_t blind = 0;         // nobody at either end reports
  std::size_t opaque = 0;        // more than one layer tries again
  std::uint32_t most_attempts = 0;
  std::string most_attempts_on;  // "web -> cart/get"
  std::size_t policies = 0;
  std::size_t enrolled = 0;
  std::size_t services = 0;
  Spread timeouts;
  Spread attempts;
  std::uint64_t duplicates = 0;  // measured: extra executions of endpoints that are not idempotent
  bool operator==(const Coverage&) const = default;
  [[nodiscard]] bool full() const;  // nothing in it that a reader would want to know
};

[[nodiscard]] Coverage coverage_of(const View& view);

}  // namespace reports
