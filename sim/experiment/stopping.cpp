#include "sim/experiment/stopping.h"

#include <algorithm>
#include <cmath>

namespace sim {

std::vector<std::uint32_t> waves(std::uint32_t min, std::uint32_t max) {
  std::vector<std::uint32_t> sizes{min};
  while (sizes.back() < max) {
    const std::uint64_t next = std::uint64_t{sizes.back()} + (sizes.back() + 1) / 2;
    sizes.push_back(static_cast<std::uint32_t>(std::min<std::uint64_t>(next, max)));
  }
  return sizes;
}

bool precise_enough(double value, double half_width, const Precision& wanted) {
  const bool relative =
      wanted.relative > 0.0 && half_width <= std::fabs(value) * wanted.relative / (1.0 + wanted.relative);
  const bool absolute = wanted.absolute > 0.0 && half_width <= wanted.absolute;
  return relative || absolute;
}

double level_of_each(double level, std::size_t looks) {
  return looks <= 1 ? level : 1.0 - (1.0 - level) / static_cast<double>(looks);
}

}  // namespace sim
