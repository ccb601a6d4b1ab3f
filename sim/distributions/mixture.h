// A probabilistic choice among distributions. Weights sum to 1.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sim/distributions/distribution.h"
#include "sim/distributions/support.h"
#include "sim/random/keyed.h"

namespace sim::detail {

struct Mixture {
  std::vector<double> weights;
  std::vector<Distribution> parts;

  [[nodiscard]] double sample(Draws& draws) const {
    double u = sim::uniform(draws.next());
    std::size_t i = 0;
    while (i + 1 < parts.size() && u >= weights[i]) u -= weights[i++];
    return parts[i].sample_real(draws);
  }
  [[nodiscard]] double mean() const {
    double sum = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) sum += weights[i] * parts[i].mean();
    return sum;
  }
  [[nodiscard]] double variance() const {
    const double m = mean();
    if (m == kInfinity) return kInfinity;
    double sum = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const double offset = parts[i].mean() - m;
      sum += weights[i] * (parts[i].variance() + offset * offset);
    }
    return sum;
  }
  [[nodiscard]] double min() const {
    double least = parts.front().min();
    for (const Distribution& part : parts) least = part.min() < least ? part.min() : least;
    return least;
  }
  [[nodiscard]] Partial below(double x, Edge edge) const {
    Partial sum;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const Partial part = detail::below(parts[i], x, edge);
      sum = {sum.p + weights[i] * part.p, sum.m1 + weights[i] * part.m1, sum.m2 + weights[i] * part.m2};
    }
    return sum;
  }
  [[nodiscard]] std::string describe() const {
    std::string text = "mixture (";
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (i > 0) text += "; ";
      text += number_of(weights[i]) + ": " + parts[i].describe();
    }
    return text + ")";
  }
  friend bool operator==(const Mixture&, const Mixture&) = default;
};

}  // namespace sim::detail
