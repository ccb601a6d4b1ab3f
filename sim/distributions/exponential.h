// Exponential with the given mean (> 0).
#pragma once

#include <string>

#include "sim/distributions/support.h"
#include "sim/random/keyed.h"
#include "sim/random/portable_math.h"

namespace sim::detail {

struct Exponential {
  double scale = 1;  // the mean

  [[nodiscard]] double sample(Draws& draws) const { return scale * sim::exponential(draws); }
  [[nodiscard]] double mean() const { return scale; }
  [[nodiscard]] double variance() const { return scale * scale; }
  [[nodiscard]] double min() const { return 0; }
  [[nodiscard]] Partial below(double x, Edge) const {
    if (!(x > 0)) return {};
    const double t = x / scale;
    const double e = portable::exp(-t);
    const double p = -portable::expm1(-t);
    return {p, scale * (p - t * e), scale * scale * (2 * p - (t * t + 2 * t) * e)};
  }
  [[nodiscard]] double quantile(double q) const { return -scale * portable::log1p(-q); }
  [[nodiscard]] std::string describe() const { return "exponential, mean " + text_of(scale); }
  friend bool operator==(const Exponential&, const Exponential&) = default;
};

}  // namespace sim::detail
