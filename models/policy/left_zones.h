// Where retries go when those before them went to a zone in vain: Envoy's previous_priorities with an update frequency
// of 2, as Istio's retryRemoteLocalities sets it. Pure functions on what a call remembers of its tries.
// Source: mesh semantics 3.4, 3.5.
#pragma once

#include <array>
#include <cstdint>

#include "models/policy/panic.h"

namespace models {

// Bits are priorities, P0 the lowest.
struct LeftZones {
  std::uint8_t tries = 0;     // since all priorities were last open
  std::uint8_t tried = 0;     // where they went
  std::uint8_t excluded = 0;  // what has been left
  std::uint8_t first = 100;   // per cent of the load that P0 takes, as last computed
};

constexpr void note_try(LeftZones& left, std::uint32_t priority) {
  ++left.tries;
  left.tried = static_cast<std::uint8_t>(left.tried | 1u << priority);
}

// Per cent of the load by priority, for the next retry: `usual` until two tries have been made. Then, and after every
// second try, the priorities tried so far are left; when no healthy one remains, all are open again.
[[nodiscard]] constexpr std::array<std::uint32_t, 2> loads_of_retry(LeftZones& left,
                                                                    const std::array<std::uint32_t, 2>& health,
                                                                    const std::array<std::uint32_t, 2>& usual) {
  if (left.tries < 2) return usual;
  if (left.tries % 2 == 1) return {left.first, 100u - left.first};
  left.excluded = static_cast<std::uint8_t>(left.excluded | left.tried);
  std::array<std::uint32_t, 2> open{};
  for (std::uint32_t p = 0; p < open.size(); ++p) open[p] = (left.excluded >> p & 1u) != 0 ? 0 : health[p];
  if (open[0] + open[1] == 0) {
    left = {};
    open = health;
  }
  if (open[0] + open[1] == 0) return usual;
  const std::array<std::uint32_t, 2> load = priority_loads(open);
  left.first = static_cast<std::uint8_t>(load[0]);
  return load;
}

}  // namespace models
