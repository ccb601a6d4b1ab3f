// Pareto: P(X > x) = (least / x)^alpha for x >= least > 0. The mean is infinite for alpha <= 1, the variance
// for alpha <= 2.
#pragma once

#include <string>

#include "sim/distributions/support.h"
#include "sim/random/keyed.h"
#include "sim/random/portable_math.h"

namespace sim::detail {

struct Pareto {
  double least = 1;
  double alpha = 3;

  [[nodiscard]] double sample(Draws& draws) const { return least * portable::exp(sim::exponential(draws) / alpha); }
  [[nodiscard]] double mean() const { return alpha <= 1 ? kInfinity : least * (alpha / (alpha - 1)); }
  [[nodiscard]] double variance() const {
    if (alpha <= 2) return kInfinity;
    return least * least * (alpha / ((alpha - 1) * (alpha - 1) * (alpha - 2)));
  }
  [[nodiscard]] double min() const { return least; }
  [[nodiscard]] Partial below(double x, Edge) const {
    if (!(x > least)) return {};
    const double l = portable::log(x / least);
    return {-portable::expm1(-alpha * l), least * part(1, l), least * least * part(2, l)};
  }
  [[nodiscard]] double quantile(double q) const { return least * portable::exp(-portable::log1p(-q) / alpha); }
  [[nodiscard]] std::string describe() const {
    return "Pareto, minimum " + text_of(least) + ", alpha " + number_of(alpha);
  }
  friend bool operator==(const Pareto&, const Pareto&) = default;

 private:
  // Integral of alpha y^(n - alpha - 1) from 1 to e^l.
  [[nodiscard]] double part(int n, double l) const {
    const double e = n - alpha;
    return e == 0 ? alpha * l : alpha * portable::expm1(e * l) / e;
  }
};

}  // namespace sim::detail
