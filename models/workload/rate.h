// The rate of a workload at a time: constant, steps, ramp or diurnal. Pure functions of the shape.
// Times are on the timeline's clock (0 = end of warm-up); before 0 a shape has its value at 0, but for the
// diurnal one, which is periodic. Units: requests per second.
#pragma once

#include "models/spec/scenario_spec.h"
#include "sim/time.h"

namespace models {

[[nodiscard]] double rate_at(const RateShape& shape, sim::Time t);
[[nodiscard]] double peak_rate(const RateShape& shape);  // a bound at any time, for thinning

}  // namespace models
