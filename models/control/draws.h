// The names of a control plane's draws. A number never changes its meaning: results would change silently.
#pragma once

#include <cstdint>

#include "sim/random/keyed.h"

namespace models::control {

enum class Purpose : std::uint64_t {
  Watch = 0x6c01,    // key: change
  Relist = 0x6c02,   // key: outage
  Context = 0x6c03,  // key: push
  Order = 0x6c04,    // key: push and proxy, as the next three
  Generate = 0x6c05,
  Network = 0x6c06,
  Apply = 0x6c07,
  LeadTime = 0x6c08,   // key: change and service
  Reconnect = 0x6d00,  // plus the attempt; key: outage and proxy
};

[[nodiscard]] constexpr std::uint64_t purpose(Purpose p) { return static_cast<std::uint64_t>(p); }

}  // namespace models::control
