#include "sim/fingerprint.h"

#include <fmt/format.h>

namespace sim {

std::string Fingerprint::hex() const {
  // The number of facts is folded in, so that "nothing" and "facts that sum to zero" print differently.
  return fmt::format("{:016x}{:016x}", mix(low_ + facts_ * kOdd1), mix(high_ ^ (low_ * kOdd2)));
}

}  // namespace sim
