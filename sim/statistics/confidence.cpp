#include "sim/statistics/confidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "sim/random/portable_math.h"
#include "sim/random/special_functions.h"
#include "sim/statistics/moments.h"

namespace sim {

namespace {

void require_level(double level) {
  if (!(level > 0 && level < 1))
    throw std::invalid_argument(fmt::format("the confidence level must lie between 0 and 1, got {}", level));
}

void require_counts(std::uint64_t failures, std::uint64_t trials) {
  if (failures > trials) throw std::invalid_argument(fmt::format("{} failures in {} trials", failures, trials));
}

// Upper tail of Student's t for t >= 0, without cancellation.
double t_tail(double t, double df) { return 0.5 * portable::beta_i(df / 2, 0.5, df / (df + t * t)); }

// The p-quantile of the beta distribution, by halving until neighbouring doubles.
double beta_quantile(double a, double b, double p) {
  double lo = 0;
  double hi = 1;
  for (int i = 0; i < 1100; ++i) {
    const double mid = lo + (hi - lo) / 2;
    if (!(mid > lo && mid < hi)) break;
    (portable::beta_i(a, b, mid) < p ? lo : hi) = mid;
  }
  return hi;
}

}  // namespace

double normal_quantile(double p) {
  if (!(p > 0 && p < 1)) throw std::invalid_argument(fmt::format("a probability must lie between 0 and 1, got {}", p));
  return portable::normal_quantile(p);
}

double student_t_cdf(double t, double degrees_of_freedom) {
  return t < 0 ? t_tail(-t, degrees_of_freedom) : 1 - t_tail(t, degrees_of_freedom);
}

double student_t_quantile(double p, double degrees_of_freedom) {
  if (!(p > 0 && p < 1)) throw std::invalid_argument(fmt::format("a probability must lie between 0 and 1, got {}", p));
  if (!(degrees_of_freedom >= 1)) throw std::invalid_argument("Student's t needs at least 1 degree of freedom");
  if (p == 0.5) return 0;
  const double tail = p < 0.5 ? p : 1 - p;
  double lo = 0;
  double hi = 1;
  while (t_tail(hi, degrees_of_freedom) > tail && hi < 1e300) {
    lo = hi;
    hi *= 2;
  }
  for (int i = 0; i < 1100; ++i) {
    const double mid = lo + (hi - lo) / 2;
    if (!(mid > lo && mid < hi)) break;
    (t_tail(mid, degrees_of_freedom) > tail ? lo : hi) = mid;
  }
  return p < 0.5 ? -hi : hi;
}

double symmetric_half_width(const std::vector<double>& deviations, double level) {
  constexpr std::size_t kLeastForSkewness = 10;
  constexpr double kFarthest = 2.5;
  const double n = static_cast<double>(deviations.size());
  double sum = 0, squares = 0;
  for (const double d : deviations) {
    sum += d;
    squares += d * d;
  }
  const double t = student_t_quantile(0.5 + level / 2, n - 1);
  const double plain = t * std::sqrt(squares / (n - 1) / n);
  if (deviations.size() < kLeastForSkewness) return plain;
  double second = 0, third = 0;
  for (const double d : deviations) {
    const double e = d - sum / n;
    second += e * e;
    third += e * e * e;
  }
  if (!(second > 0)) return plain;
  const double skewness_squared = n * third * third / (second * second * second);
  const double at = std::min(t, kFarthest);
  const double needed = skewness_squared * (at * at * at * at + 2 * at * at - 3) / 18;
  return plain * (1 + std::max(0.0, needed) / n);
}

MeanInterval mean_interval(const std::vector<double>& values, double level) {
  require_level(level);
  Moments moments;
  for (const double value : values) moments.observe(value);
  MeanInterval result{moments.mean(), moments.sd(), 0, values.size(), values.size() >= 2};
  if (result.valid) {
    std::vector<double> deviations(values);
    for (double& d : deviations) d -= result.mean;
    result.half_width = symmetric_half_width(deviations, level);
  }
  return result;
}

Proportion wilson(std::uint64_t failures, std::uint64_t trials, double level) {
  require_level(level);
  require_counts(failures, trials);
  if (trials == 0) return {};
  const double n = static_cast<double>(trials);
  const double p = static_cast<double>(failures) / n;
  const double z = portable::normal_quantile(0.5 + level / 2);
  const double scale = 1 / (1 + z * z / n);
  const double centre = (p + z * z / (2 * n)) * scale;
  const double half = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n)) * scale;
  // At the ends the bound is 0 or 1 exactly; the difference would leave a rounding error.
  return {failures == 0 ? 0 : std::max(0.0, centre - half), failures == trials ? 1 : std::min(1.0, centre + half)};
}

Proportion clopper_pearson(std::uint64_t failures, std::uint64_t trials, double level) {
  require_level(level);
  require_counts(failures, trials);
  if (trials == 0) return {};
  const double x = static_cast<double>(failures);
  const double n = static_cast<double>(trials);
  const double alpha = (1 - level) / 2;
  return {failures == 0 ? 0 : beta_quantile(x, n - x + 1, alpha),
          failures == trials ? 1 : beta_quantile(x + 1, n - x, 1 - alpha)};
}

}  // namespace sim
