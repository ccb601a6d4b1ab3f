#include "sim/statistics/design.h"

#include <numeric>
#include <utility>

namespace sim {
namespace {

constexpr std::uint64_t kPurpose = 0x4c48;  // of these draws; nobody else's

}  // namespace

std::vector<std::vector<double>> latin_hypercube(std::uint32_t points, const std::vector<Key>& coordinates) {
  std::vector<std::vector<double>> design(points, std::vector<double>(coordinates.size()));
  for (std::size_t c = 0; c < coordinates.size(); ++c) {
    Draws draws(coordinates[c], kPurpose);
    std::vector<std::uint32_t> part(points);
    std::iota(part.begin(), part.end(), 0u);
    for (std::uint32_t i = points; i > 1; --i) std::swap(part[i - 1], part[below(draws.next(), i)]);
    for (std::uint32_t p = 0; p < points; ++p) design[p][c] = (part[p] + uniform(draws.next())) / points;
  }
  return design;
}

}  // namespace sim
