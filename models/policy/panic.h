// How much of a priority is healthy, and when a balancer stops caring (Envoy's panic): pure functions.
// Percentages are whole numbers, as in Envoy. Source: mesh semantics 8.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace models {

inline constexpr std::uint32_t kOverprovisioning = 140;  // per cent

// Per cent of its share that a priority can take; 1.4 times as many replicas as needed are assumed.
[[nodiscard]] constexpr std::uint32_t health_of(std::uint32_t healthy, std::uint32_t total) {
  if (total == 0) return 0;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(100, std::uint64_t{kOverprovisioning} * healthy / total));
}

// Shares of the load in per cent, first priorities first.
template <std::size_t N>
[[nodiscard]] constexpr std::array<std::uint32_t, N> priority_loads(const std::array<std::uint32_t, N>& health) {
  std::array<std::uint32_t, N> load{};
  std::uint32_t available = 0;
  for (const std::uint32_t h : health) available += h;
  available = std::min<std::uint32_t>(available, 100);
  if (available == 0) return load;
  std::uint32_t rest = 100;
  for (std::size_t p = 0; p < N; ++p) {
    load[p] = std::min(rest, health[p] * 100 / available);
    rest -= load[p];
  }
  for (std::size_t p = 0; p < N && rest > 0; ++p) {
    if (health[p] == 0) continue;
    load[p] += rest;
    rest = 0;
  }
  return load;
}

// One priority: are all replicas used, whatever their health? `threshold` is a share of 1; 0: never.
[[nodiscard]] constexpr bool panics(std::uint32_t healthy, std::uint32_t total, double threshold) {
  if (health_of(healthy, total) >= 100) return false;
  return 100.0 * healthy / total < threshold * 100.0;
}

}  // namespace models
