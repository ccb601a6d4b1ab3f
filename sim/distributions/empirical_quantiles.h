// Linear between quantile points: a mixture of uniforms, with atoms where two points have the same value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/distributions/distribution.h"
#include "sim/distributions/guide_table.h"
#include "sim/distributions/support.h"
#include "sim/distributions/uniform.h"
#include "sim/random/keyed.h"

namespace sim::detail {

struct EmpiricalQuantiles {
  std::vector<QuantilePoint> points;  // q ascending from 0 to 1, values not descending
  std::vector<double> upper;          // q at the right end of each segment
  std::vector<std::uint32_t> guide;

  [[nodiscard]] double sample(Draws& draws) const {
    const double u = sim::uniform(draws.next());
    return on_segment(find_cell(upper, guide, u), u);
  }
  [[nodiscard]] double mean() const {
    double sum = 0;
    for (std::size_t i = 0; i + 1 < points.size(); ++i) {
      sum += (points[i + 1].q - points[i].q) * (points[i].value + points[i + 1].value) / 2;
    }
    return sum;
  }
  [[nodiscard]] double variance() const {
    const double m = mean();
    double sum = 0;
    for (std::size_t i = 0; i + 1 < points.size(); ++i) {
      const double a = points[i].value - m;
      const double b = points[i + 1].value - m;
      sum += (points[i + 1].q - points[i].q) * (a * a + a * b + b * b) / 3;
    }
    return sum;
  }
  [[nodiscard]] double min() const { return points.front().value; }
  [[nodiscard]] Partial below(double x, Edge edge) const {
    Partial sum;
    for (std::size_t i = 0; i + 1 < points.size(); ++i) {
      const double w = points[i + 1].q - points[i].q;
      const double lo = points[i].value;
      const double hi = points[i + 1].value;
      if (!(lo < hi)) {  // an atom
        if (edge == Edge::Included ? lo <= x : lo < x) sum = {sum.p + w, sum.m1 + w * lo, sum.m2 + w * lo * lo};
        continue;
      }
      const Partial part = Uniform{lo, hi}.below(x, edge);
      sum = {sum.p + w * part.p, sum.m1 + w * part.m1, sum.m2 + w * part.m2};
    }
    return sum;
  }
  [[nodiscard]] double quantile(double q) const {
    std::size_t i = 0;
    while (i + 1 < upper.size() && upper[i] < q) ++i;
    return on_segment(i, q);
  }
  [[nodiscard]] std::string describe() const {
    return "empirical, " + std::to_string(points.size()) + " quantile points from " + text_of(points.front().value) +
           " to " + text_of(points.back().value) + ", mean " + text_of(mean());
  }
  friend bool operator==(const EmpiricalQuantiles&, const EmpiricalQuantiles&) = default;

 private:
  [[nodiscard]] double on_segment(std::size_t i, double u) const {
    const QuantilePoint& a = points[i];
    const QuantilePoint& b = points[i + 1];
    return a.value + (b.value - a.value) * ((u - a.q) / (b.q - a.q));
  }
};

}  // namespace sim::detail
