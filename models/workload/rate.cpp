#include "models/workload/rate.h"

#include <algorithm>

#include "sim/random/portable_math.h"

namespace models {

double rate_at(const RateShape& shape, sim::Time t) {
  switch (shape.kind) {
    case RateShape::Kind::Constant: return shape.rate;
    case RateShape::Kind::Steps: {
      double rate = shape.points.empty() ? shape.rate : shape.points.front().rate;
      for (const RateShape::Point& point : shape.points) {
        if (point.at <= t) rate = point.rate;
      }
      return rate;
    }
    case RateShape::Kind::Ramp: {
      if (shape.points.empty()) return shape.rate;
      if (t <= shape.points.front().at) return shape.points.front().rate;
      for (std::size_t i = 1; i < shape.points.size(); ++i) {
        const RateShape::Point& a = shape.points[i - 1];
        const RateShape::Point& b = shape.points[i];
        if (t < b.at)
          return a.rate + (b.rate - a.rate) * static_cast<double>(t - a.at) / static_cast<double>(b.at - a.at);
      }
      return shape.points.back().rate;
    }
    case RateShape::Kind::Diurnal: {
      constexpr double kTwoPi = 6.283185307179586;
      const double turns = static_cast<double>(t - shape.phase) / static_cast<double>(shape.period);
      return shape.rate * (1.0 + shape.amplitude * sim::portable::sin(kTwoPi * turns));
    }
  }
  return shape.rate;
}

double peak_rate(const RateShape& shape) {
  double peak = shape.kind == RateShape::Kind::Diurnal
                    ? shape.rate * (1.0 + std::max(shape.amplitude, -shape.amplitude))
                    : shape.rate;
  if (shape.kind == RateShape::Kind::Steps || shape.kind == RateShape::Kind::Ramp) {
    peak = shape.points.empty() ? shape.rate : 0.0;
    for (const RateShape::Point& point : shape.points) peak = std::max(peak, point.rate);
  }
  return peak;
}

}  // namespace models
