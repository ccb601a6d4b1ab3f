// Weibull: scale times the (1 / shape)-th power of a standard exponential; shape < 1 has a heavy tail.
#pragma once

#include <string>

#include "sim/distributions/support.h"
#include "sim/random/keyed.h"
#include "sim/random/portable_math.h"
#include "sim/random/special_functions.h"

namespace sim::detail {

struct Weibull {
  double scale = 1;
  double shape = 1;

  [[nodiscard]] double sample(Draws& draws) const { return scale * portable::pow(sim::exponential(draws), 1 / shape); }
  [[nodiscard]] double raw_moment(int n) const {
    return portable::exp(n * portable::log(scale) + portable::lgamma(1 + n / shape));
  }
  [[nodiscard]] double mean() const { return raw_moment(1); }
  [[nodiscard]] double variance() const {
    // E[X^2] / E[X]^2 - 1 through expm1, so that a large shape (small cv) keeps its digits.
    const double excess = portable::lgamma(1 + 2 / shape) - 2 * portable::lgamma(1 + 1 / shape);
    return mean() * mean() * portable::expm1(excess);
  }
  [[nodiscard]] double min() const { return 0; }
  [[nodiscard]] Partial below(double x, Edge) const {
    if (!(x > 0)) return {};
    const double t = portable::pow(x / scale, shape);
    return {-portable::expm1(-t), raw_moment(1) * portable::gamma_p(1 + 1 / shape, t),
            raw_moment(2) * portable::gamma_p(1 + 2 / shape, t)};
  }
  [[nodiscard]] double quantile(double q) const { return scale * portable::pow(-portable::log1p(-q), 1 / shape); }
  [[nodiscard]] std::string describe() const {
    return "Weibull, scale " + text_of(scale) + ", shape " + number_of(shape);
  }
  friend bool operator==(const Weibull&, const Weibull&) = default;
};

}  // namespace sim::detail
