// The one list of distributions that every generic test goes through. A new kind belongs here.
#pragma once

#include <string>
#include <vector>

#include "sim/distributions/distribution.h"

namespace catalogue {

struct Entry {
  std::string name;
  sim::Distribution law;
};

inline std::vector<Entry> entries() {
  using D = sim::Distribution;
  constexpr double kMs = 1e6;
  return {
      {"constant", D::constant(5 * kMs)},
      {"zero", D()},
      {"uniform", D::uniform(1 * kMs, 9 * kMs)},
      {"exponential", D::exponential(2 * kMs)},
      {"gamma, cv below 1", D::gamma(2 * kMs, 0.4)},
      {"gamma, cv above 1", D::gamma(2 * kMs, 1.7)},
      {"gamma by quantiles", D::gamma_quantiles(1 * kMs, 0.95, 4 * kMs)},
      {"Erlang", D::erlang(4, 8 * kMs)},
      {"lognormal", D::lognormal(3 * kMs, 0.8)},
      {"lognormal by quantiles", D::lognormal_quantiles(0.12 * kMs, 0.99, 0.45 * kMs)},
      {"Weibull, light", D::weibull(2 * kMs, 2.5)},
      {"Weibull, heavy", D::weibull(2 * kMs, 0.7)},
      {"Weibull by quantiles", D::weibull_quantiles(1 * kMs, 0.9, 3 * kMs)},
      {"Pareto", D::pareto(1 * kMs, 6)},
      {"hyperexponential", D::hyperexponential({0.7, 0.25, 0.05}, {1 * kMs, 3 * kMs, 9 * kMs})},
      {"empirical", D::empirical({5 * kMs, 1 * kMs, 2 * kMs, 2 * kMs})},
      {"empirical, weighted", D::empirical({1 * kMs, 2 * kMs, 50 * kMs}, {90, 9.5, 0.5})},
      {"empirical quantiles",
       D::empirical_quantiles({{0, 1 * kMs}, {0.5, 2 * kMs}, {0.9, 2 * kMs}, {0.99, 7 * kMs}, {1, 9 * kMs}})},
      {"mixture", D::mixture({0.9, 0.1}, {D::lognormal(2 * kMs, 0.5), D::shifted(20 * kMs, D::exponential(5 * kMs))})},
      {"mixture with an atom", D::mixture({0.5, 0.5}, {D::constant(1 * kMs), D::uniform(0, 2 * kMs)})},
      {"shifted exponential", D::shifted(1 * kMs, D::exponential(2 * kMs))},
      {"shifted gamma", D::shifted(1 * kMs, D::gamma(2 * kMs, 0.5))},
      {"truncated exponential", D::truncated(D::exponential(2 * kMs), 1 * kMs, 5 * kMs)},
      {"truncated lognormal", D::truncated(D::lognormal(2 * kMs, 2), 0.5 * kMs, 20 * kMs)},
      {"truncated gamma", D::truncated(D::gamma(2 * kMs, 1.2), 0, 4 * kMs)},
      {"truncated Weibull", D::truncated(D::weibull(2 * kMs, 0.7), 0.1 * kMs, 9 * kMs)},
      {"truncated Pareto without a mean", D::truncated(D::pareto(1 * kMs, 0.9), 0, 100 * kMs)},
      {"truncated Pareto, alpha 1", D::truncated(D::pareto(1 * kMs, 1), 0, 50 * kMs)},
      {"truncated from below only", D::truncated(D::exponential(1 * kMs), 2 * kMs, 1.0 / 0.0)},
      {"truncated tail, by inversion", D::truncated(D::lognormal(2 * kMs, 1), 9 * kMs, 30 * kMs)},
      {"truncated empirical", D::truncated(D::empirical({1 * kMs, 2 * kMs, 3 * kMs, 4 * kMs}), 2 * kMs, 3 * kMs)},
      {"truncated mixture",
       D::truncated(D::mixture({0.5, 0.5}, {D::constant(1 * kMs), D::exponential(2 * kMs)}), 1 * kMs, 3 * kMs)},
      {"at least", D::with_min(D::lognormal_quantiles(0.12 * kMs, 0.99, 0.45 * kMs), 0.1 * kMs)},
      {"at least, shifted",
       D::with_min(D::shifted(1 * kMs, D::hyperexponential({0.5, 0.5}, {1 * kMs, 4 * kMs})), 2 * kMs)},
      {"truncated and at least", D::truncated(D::with_min(D::exponential(2 * kMs), 1 * kMs), 0, 6 * kMs)},
      {"shifted truncated", D::shifted(3 * kMs, D::truncated(D::uniform(0, 8 * kMs), 2 * kMs, 4 * kMs))},
  };
}

}  // namespace catalogue
