// max(X, least) of another law: an atom at least. Exact moments through partial moments.
#pragma once

#include <string>

#include "sim/distributions/distribution.h"
#include "sim/distributions/support.h"
#include "sim/random/keyed.h"

namespace sim::detail {

struct Clamped {
  double least = 0;
  Distribution inner;
  Partial under;  // of inner up to least

  [[nodiscard]] double sample(Draws& draws) const {
    const double x = inner.sample_real(draws);
    return x > least ? x : least;
  }
  [[nodiscard]] double mean() const { return inner.mean() + (least * under.p - under.m1); }
  [[nodiscard]] double variance() const {
    if (inner.variance() == kInfinity) return kInfinity;
    // With Y = max(X, least) = X + D, D = max(least - X, 0): Var X + Var D + 2 Cov(X, D).
    const double d1 = least * under.p - under.m1;
    const double d2 = least * least * under.p - 2 * least * under.m1 + under.m2;
    const double xd = least * under.m1 - under.m2;
    const double v = inner.variance() + (d2 - d1 * d1) + 2 * (xd - inner.mean() * d1);
    return v > 0 ? v : 0;
  }
  [[nodiscard]] double min() const { return inner.min() > least ? inner.min() : least; }
  [[nodiscard]] Partial below(double x, Edge edge) const {
    if (edge == Edge::Included ? x < least : x <= least) return {};
    const Partial a = detail::below(inner, x, edge);
    return {a.p, a.m1 + least * under.p - under.m1, a.m2 + least * least * under.p - under.m2};
  }
  [[nodiscard]] double quantile(double q) const {
    const double x = inner.quantile(q);
    return x > least ? x : least;
  }
  [[nodiscard]] std::string describe() const { return inner.describe() + ", at least " + text_of(least); }
  friend bool operator==(const Clamped& a, const Clamped& b) { return a.least == b.least && a.inner == b.inner; }
};

}  // namespace sim::detail
