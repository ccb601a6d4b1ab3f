// Lognormal: log X is normal with mean mu and standard deviation sigma; the median is exp(mu).
#pragma once

#include <string>

#include "sim/distributions/support.h"
#include "sim/random/keyed.h"
#include "sim/random/portable_math.h"
#include "sim/random/special_functions.h"

namespace sim::detail {

struct Lognormal {
  double mu = 0;
  double sigma = 1;

  [[nodiscard]] double sample(Draws& draws) const { return portable::exp(mu + sigma * sim::normal(draws)); }
  [[nodiscard]] double mean() const { return portable::exp(mu + 0.5 * sigma * sigma); }
  [[nodiscard]] double variance() const { return mean() * mean() * portable::expm1(sigma * sigma); }
  [[nodiscard]] double min() const { return 0; }
  [[nodiscard]] Partial below(double x, Edge) const {
    if (!(x > 0)) return {};
    const double z = (portable::log(x) - mu) / sigma;
    return {portable::normal_cdf(z), mean() * portable::normal_cdf(z - sigma),
            portable::exp(2 * mu + 2 * sigma * sigma) * portable::normal_cdf(z - 2 * sigma)};
  }
  [[nodiscard]] double quantile(double q) const { return portable::exp(mu + sigma * portable::normal_quantile(q)); }
  [[nodiscard]] std::string describe() const {
    return "lognormal, median " + text_of(portable::exp(mu)) + ", mean " + text_of(mean()) + ", p99 " +
           text_of(quantile(0.99));
  }
  friend bool operator==(const Lognormal&, const Lognormal&) = default;
};

}  // namespace sim::detail
