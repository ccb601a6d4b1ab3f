// Always the same value.
#pragma once

#include <string>

#include "sim/distributions/support.h"
#include "sim/random/keyed.h"

namespace sim::detail {

struct Constant {
  double value = 0;

  [[nodiscard]] double sample(Draws&) const { return value; }
  [[nodiscard]] double mean() const { return value; }
  [[nodiscard]] double variance() const { return 0; }
  [[nodiscard]] double min() const { return value; }
  [[nodiscard]] Partial below(double x, Edge edge) const {
    const bool in = edge == Edge::Included ? value <= x : value < x;
    return in ? Partial{1, value, value * value} : Partial{};
  }
  [[nodiscard]] double quantile(double) const { return value; }
  [[nodiscard]] std::string describe() const { return "constant " + text_of(value); }
  friend bool operator==(const Constant&, const Constant&) = default;
};

}  // namespace sim::detail
