// A constant plus another law.
#pragma once

#include <string>

#include "sim/distributions/distribution.h"
#include "sim/distributions/support.h"
#include "sim/random/keyed.h"

namespace sim::detail {

struct Shifted {
  double offset = 0;
  Distribution inner;

  [[nodiscard]] double sample(Draws& draws) const { return offset + inner.sample_real(draws); }
  [[nodiscard]] double mean() const { return offset + inner.mean(); }
  [[nodiscard]] double variance() const { return inner.variance(); }
  [[nodiscard]] double min() const { return offset + inner.min(); }
  [[nodiscard]] Partial below(double x, Edge edge) const {
    const Partial a = detail::below(inner, x - offset, edge);
    return {a.p, a.m1 + offset * a.p, a.m2 + 2 * offset * a.m1 + offset * offset * a.p};
  }
  [[nodiscard]] double quantile(double q) const { return offset + inner.quantile(q); }
  [[nodiscard]] std::string describe() const { return text_of(offset) + " plus " + inner.describe(); }
  friend bool operator==(const Shifted&, const Shifted&) = default;
};

}  // namespace sim::detail
