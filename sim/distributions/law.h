// The closed list of distribution kinds. A new kind: one header, one entry here, one factory.
// Every kind has sample, mean, variance, min, below (partial moments), describe and ==; quantile where there is
// a closed form (otherwise it is found by bisection).
#pragma once

#include <variant>

#include "sim/distributions/clamped.h"
#include "sim/distributions/constant.h"
#include "sim/distributions/empirical.h"
#include "sim/distributions/empirical_quantiles.h"
#include "sim/distributions/exponential.h"
#include "sim/distributions/gamma.h"
#include "sim/distributions/hyperexponential.h"
#include "sim/distributions/lognormal.h"
#include "sim/distributions/mixture.h"
#include "sim/distributions/pareto.h"
#include "sim/distributions/shifted.h"
#include "sim/distributions/truncated.h"
#include "sim/distributions/uniform.h"
#include "sim/distributions/weibull.h"

namespace sim::detail {

struct Law {
  std::variant<Constant, Uniform, Exponential, Gamma, Lognormal, Weibull, Pareto, Hyperexponential, Empirical,
               EmpiricalQuantiles, Mixture, Shifted, Truncated, Clamped>
      kind;
  friend bool operator==(const Law&, const Law&) = default;
};

}  // namespace sim::detail
