// Confidence intervals: Student's t for means of replications, widened where they are skewed; Wilson and
// Clopper-Pearson for proportions of independent trials. Not for correlated observations: requests of one run are not
// independent trials.
// `level` is the confidence (0.95), never alpha. Errors: std::invalid_argument for a level outside (0, 1), degrees
// of freedom below 1 or more failures than trials; too few values give `valid == false`, never a zero width.
// Sources: P. Hall, The Bootstrap and Edgeworth Expansion, 1992, section 2 (Student's statistic, terms of order 1/n);
// E. B. Wilson, JASA 22, 1927; C. J. Clopper, E. S. Pearson, Biometrika 26, 1934.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sim {

struct MeanInterval {
  double mean = 0;
  double sd = 0;
  double half_width = 0;  // 0 and meaningless unless valid
  std::size_t n = 0;
  bool valid = false;  // at least two values
};

struct Proportion {
  double lo = 0;
  double hi = 1;
};

[[nodiscard]] double normal_quantile(double p);
[[nodiscard]] double student_t_quantile(double p, double degrees_of_freedom);
[[nodiscard]] double student_t_cdf(double t, double degrees_of_freedom);

// Half-width of a symmetric interval from the deviations of n replications (or sections) from what is estimated.
// Skewed deviations lower the coverage of Student's t by a term in skewness^2 / n (93% for 95% at 20 replications with
// skewness 1.2); from ten values on it is put back. The expansion holds near the middle, so beyond t = 2.5 the factor
// stays what it is there.
[[nodiscard]] double symmetric_half_width(const std::vector<double>& deviations, double level);

[[nodiscard]] MeanInterval mean_interval(const std::vector<double>& values, double level = 0.95);
[[nodiscard]] Proportion wilson(std::uint64_t failures, std::uint64_t trials, double level = 0.95);
[[nodiscard]] Proportion clopper_pearson(std::uint64_t failures, std::uint64_t trials, double level = 0.95);

}  // namespace sim
