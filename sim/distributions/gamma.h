// Gamma with shape k and scale s (Erlang when k is an integer); mean k s, cv 1 / sqrt(k).
// Source: G. Marsaglia, W. W. Tsang, "A simple method for generating gamma variables", ACM TOMS 26(3), 2000;
// their power of a uniform for k < 1 is taken as exp(-E / k), which costs no logarithm.
#pragma once

#include <cmath>
#include <string>

#include "sim/distributions/support.h"
#include "sim/random/keyed.h"
#include "sim/random/portable_math.h"
#include "sim/random/special_functions.h"

namespace sim::detail {

struct Gamma {
  double shape = 1;
  double scale = 1;
  bool erlang = false;  // only for the text

  [[nodiscard]] double sample(Draws& draws) const {
    double boost = 1;
    double k = shape;
    if (k < 1) {
      boost = portable::exp(-sim::exponential(draws) / k);
      k += 1;
    }
    const double d = k - 1.0 / 3;
    const double c = 1 / std::sqrt(9 * d);
    for (;;) {
      const double x = sim::normal(draws);
      const double t = 1 + c * x;
      if (t <= 0) continue;
      const double v = t * t * t;
      const double u = sim::uniform(draws.next());
      const double xx = x * x;
      if (u < 1 - 0.0331 * xx * xx || portable::log(u) < 0.5 * xx + d * (1 - v + portable::log(v))) {
        return scale * boost * d * v;
      }
    }
  }
  [[nodiscard]] double mean() const { return shape * scale; }
  [[nodiscard]] double variance() const { return shape * scale * scale; }
  [[nodiscard]] double min() const { return 0; }
  [[nodiscard]] Partial below(double x, Edge) const {
    if (!(x > 0)) return {};
    const double t = x / scale;
    return {portable::gamma_p(shape, t), mean() * portable::gamma_p(shape + 1, t),
            mean() * scale * (shape + 1) * portable::gamma_p(shape + 2, t)};
  }
  [[nodiscard]] std::string describe() const {
    if (erlang) return "Erlang-" + number_of(shape) + ", mean " + text_of(mean());
    return "gamma, mean " + text_of(mean()) + ", cv " + number_of(1 / std::sqrt(shape));
  }
  friend bool operator==(const Gamma&, const Gamma&) = default;
};

}  // namespace sim::detail
