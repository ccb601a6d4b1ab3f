#include "models/policy/outlier_detection.h"

#include <cmath>

namespace models {

std::optional<double> success_rate_threshold(const OutlierDetection& policy, const std::vector<double>& rates) {
  if (rates.size() < policy.sr_hosts || rates.empty()) return std::nullopt;
  const auto n = static_cast<double>(rates.size());
  double mean = 0.0;
  for (const double rate : rates) mean += rate;
  mean /= n;
  double variance = 0.0;  // of the population, as Envoy and A50 have it
  for (const double rate : rates) variance += (rate - mean) * (rate - mean);
  variance /= n;
  return mean - policy.sr_factor * std::sqrt(variance);
}

sim::Duration penalty(const FailureAccrualSpec& policy, std::uint32_t n, double u) {
  sim::Duration base = std::min(policy.min_penalty, policy.max_penalty);
  for (std::uint32_t i = 0; i < n && base < policy.max_penalty; ++i) {
    base = base > policy.max_penalty / 2 ? policy.max_penalty : base * 2;
  }
  return base + static_cast<sim::Duration>(u * policy.jitter * static_cast<double>(base));
}

}  // namespace models
