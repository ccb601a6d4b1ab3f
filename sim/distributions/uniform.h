// Uniform between lo and hi, lo < hi.
#pragma once

#include <string>

#include "sim/distributions/support.h"
#include "sim/random/keyed.h"

namespace sim::detail {

struct Uniform {
  double lo = 0;
  double hi = 1;

  [[nodiscard]] double sample(Draws& draws) const { return lo + (hi - lo) * sim::uniform(draws.next()); }
  [[nodiscard]] double mean() const { return lo + (hi - lo) / 2; }
  [[nodiscard]] double variance() const { return (hi - lo) * (hi - lo) / 12; }
  [[nodiscard]] double min() const { return lo; }
  [[nodiscard]] Partial below(double x, Edge) const {
    if (!(x > lo)) return {};
    const double top = x < hi ? x : hi;
    const double p = (top - lo) / (hi - lo);
    return {p, p * (top + lo) / 2, p * (top * top + top * lo + lo * lo) / 3};
  }
  [[nodiscard]] double quantile(double q) const { return lo + (hi - lo) * q; }
  [[nodiscard]] std::string describe() const { return "uniform, " + text_of(lo) + " to " + text_of(hi); }
  friend bool operator==(const Uniform&, const Uniform&) = default;
};

}  // namespace sim::detail
