// Inversion of a cumulative table in about one step. upper[i] is the cumulative probability up to and including
// cell i. Source: H.-C. Chen, Y. Asau, "On generating random variates from an empirical distribution", AIIE
// Transactions 6, 1974.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sim::detail {

// Where to start looking in a cumulative table: entry i belongs to u in [i / size, (i + 1) / size).
[[nodiscard]] inline std::vector<std::uint32_t> guide_table(const std::vector<double>& upper) {
  std::vector<std::uint32_t> guide(upper.size());
  std::uint32_t at = 0;
  for (std::size_t i = 0; i < guide.size(); ++i) {
    const double u = static_cast<double>(i) / static_cast<double>(guide.size());
    while (at + 1 < upper.size() && upper[at] <= u) ++at;
    guide[i] = at;
  }
  return guide;
}

[[nodiscard]] inline std::size_t find_cell(const std::vector<double>& upper, const std::vector<std::uint32_t>& guide,
                                           double u) {
  std::size_t i = guide[static_cast<std::size_t>(u * static_cast<double>(guide.size()))];
  while (i + 1 < upper.size() && upper[i] <= u) ++i;
  return i;
}

}  // namespace sim::detail
