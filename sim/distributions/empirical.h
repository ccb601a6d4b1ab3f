// One of a list of values with given probabilities.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/distributions/guide_table.h"
#include "sim/distributions/support.h"
#include "sim/random/keyed.h"

namespace sim::detail {

struct Empirical {
  std::vector<double> values;         // ascending, distinct
  std::vector<double> probabilities;  // sum to 1
  std::vector<double> upper;          // cumulative probabilities
  std::vector<std::uint32_t> guide;

  [[nodiscard]] double sample(Draws& draws) const {
    return values[find_cell(upper, guide, sim::uniform(draws.next()))];
  }
  [[nodiscard]] double mean() const {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += probabilities[i] * values[i];
    return sum;
  }
  [[nodiscard]] double variance() const {
    const double m = mean();
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += probabilities[i] * (values[i] - m) * (values[i] - m);
    return sum;
  }
  [[nodiscard]] double min() const { return values.front(); }
  [[nodiscard]] Partial below(double x, Edge edge) const {
    Partial sum;
    for (std::size_t i = 0; i < values.size() && (edge == Edge::Included ? values[i] <= x : values[i] < x); ++i) {
      sum.p += probabilities[i];
      sum.m1 += probabilities[i] * values[i];
      sum.m2 += probabilities[i] * values[i] * values[i];
    }
    return sum;
  }
  [[nodiscard]] double quantile(double q) const {
    std::size_t i = 0;
    while (i + 1 < upper.size() && upper[i] < q) ++i;
    return values[i];
  }
  [[nodiscard]] std::string describe() const {
    return "empirical, " + std::to_string(values.size()) + " values from " + text_of(values.front()) + " to " +
           text_of(values.back()) + ", mean " + text_of(mean());
  }
  friend bool operator==(const Empirical&, const Empirical&) = default;
};

}  // namespace sim::detail
