// A probabilistic choice among exponentials: cv above 1. Probabilities sum to 1, means are positive.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sim/distributions/exponential.h"
#include "sim/distributions/support.h"
#include "sim/random/keyed.h"

namespace sim::detail {

struct Hyperexponential {
  std::vector<double> probabilities;
  std::vector<double> means;

  [[nodiscard]] double sample(Draws& draws) const {
    double u = sim::uniform(draws.next());
    std::size_t i = 0;
    while (i + 1 < means.size() && u >= probabilities[i]) u -= probabilities[i++];
    return means[i] * sim::exponential(draws);
  }
  [[nodiscard]] double mean() const {
    double sum = 0;
    for (std::size_t i = 0; i < means.size(); ++i) sum += probabilities[i] * means[i];
    return sum;
  }
  [[nodiscard]] double variance() const {
    const double m = mean();
    double sum = 0;  // variance within plus variance between the phases
    for (std::size_t i = 0; i < means.size(); ++i) {
      sum += probabilities[i] * (means[i] * means[i] + (means[i] - m) * (means[i] - m));
    }
    return sum;
  }
  [[nodiscard]] double min() const { return 0; }
  [[nodiscard]] Partial below(double x, Edge edge) const {
    Partial sum;
    for (std::size_t i = 0; i < means.size(); ++i) {
      const Partial part = Exponential{means[i]}.below(x, edge);
      sum.p += probabilities[i] * part.p;
      sum.m1 += probabilities[i] * part.m1;
      sum.m2 += probabilities[i] * part.m2;
    }
    return sum;
  }
  [[nodiscard]] std::string describe() const {
    std::string text = "hyperexponential, mean " + text_of(mean()) + " (";
    for (std::size_t i = 0; i < means.size(); ++i) {
      if (i > 0) text += ", ";
      text += number_of(probabilities[i]) + " with mean " + text_of(means[i]);
    }
    return text + ")";
  }
  friend bool operator==(const Hyperexponential&, const Hyperexponential&) = default;
};

}  // namespace sim::detail
