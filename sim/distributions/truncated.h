// Another law conditioned on lying in [lo, hi]; hi may be infinite. Exact moments through partial moments.
#pragma once

#include <string>

#include "sim/distributions/distribution.h"
#include "sim/distributions/support.h"
#include "sim/random/keyed.h"

namespace sim::detail {

struct Truncated {
  double lo = 0;
  double hi = kInfinity;
  Distribution inner;
  Partial under;   // of inner below lo, lo excluded
  Partial inside;  // of inner on [lo, hi]

  [[nodiscard]] double sample(Draws& draws) const {
    if (inside.p >= 0.25) {  // rejection; after 64 failures (at most 1e-8) inversion finishes the job, equally exact
      for (int i = 0; i < 64; ++i) {
        const double x = inner.sample_real(draws);
        if (x >= lo && x <= hi) return x;
      }
    }
    return quantile(sim::uniform(draws.next()));
  }
  [[nodiscard]] double mean() const { return inside.m1 / inside.p; }
  [[nodiscard]] double variance() const {
    if (inside.m2 == kInfinity) return kInfinity;
    const double v = inside.m2 / inside.p - mean() * mean();
    return v > 0 ? v : 0;
  }
  [[nodiscard]] double min() const { return inner.min() > lo ? inner.min() : lo; }
  [[nodiscard]] Partial below(double x, Edge edge) const {
    if (x < lo) return {};
    if (x > hi) return {1, inside.m1 / inside.p, inside.m2 / inside.p};
    const Partial a = detail::below(inner, x, edge);
    return {(a.p - under.p) / inside.p, (a.m1 - under.m1) / inside.p, (a.m2 - under.m2) / inside.p};
  }
  [[nodiscard]] double quantile(double q) const {
    const double x = inner.quantile(under.p + q * inside.p);
    return x < lo ? lo : (x > hi ? hi : x);
  }
  [[nodiscard]] std::string describe() const {
    if (hi == kInfinity) return inner.describe() + ", truncated to at least " + text_of(lo);
    return inner.describe() + ", truncated to " + text_of(lo) + " to " + text_of(hi);
  }
  friend bool operator==(const Truncated& a, const Truncated& b) {
    return a.lo == b.lo && a.hi == b.hi && a.inner == b.inner;
  }
};

}  // namespace sim::detail
