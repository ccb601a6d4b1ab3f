#include "sim/random/ziggurat.h"

#include "sim/random/portable_math.h"

namespace sim::detail {

namespace {

// Rightmost edge and common area of 256 layers, from the closing condition of the construction
// (solved with 50 digits; the test re-derives both).
constexpr double kExponentialEdge = 7.697117470131049714;
constexpr double kExponentialArea = 0.003949659822581557220;
constexpr double kNormalEdge = 3.654152885361008772;
constexpr double kNormalArea = 0.004928673233974655347;

// exp(-x) for 0 <= x < 8 that the compiler can evaluate: series of x / 16, squared four times.
constexpr double decay(double x) {
  const double y = -x / 16;
  double term = 1;
  double sum = 1;
  for (int i = 1; i <= 18; ++i) {
    term = term * y / i;
    sum += term;
  }
  for (int i = 0; i < 4; ++i) sum *= sum;
  return sum;
}

struct ExponentialShape {
  static constexpr double density(double x) { return decay(x); }
  static constexpr double slope(double) { return 1; }  // -(log density)'
};

struct NormalShape {
  static constexpr double density(double x) { return decay(x * x / 2); }
  static constexpr double slope(double x) { return x; }
};

template <class Shape>
constexpr Ziggurat build(double r, double area) {
  Ziggurat z{};
  z.edge[0] = area / Shape::density(r);
  z.edge[1] = r;
  z.height[0] = 0;
  z.height[1] = Shape::density(r);
  for (std::size_t i = 1; i < 255; ++i) {
    const double y = z.height[i] + area / z.edge[i];
    double x = z.edge[i];
    for (int step = 0; step < 7; ++step) {  // Newton's method on log density
      const double f = Shape::density(x);
      x += (1 - y / f) / Shape::slope(x);
    }
    z.edge[i + 1] = x;
    z.height[i + 1] = y;
  }
  z.edge[256] = 0;
  z.height[256] = 1;
  for (std::size_t i = 0; i < 256; ++i) {
    z.layer[i].accept = static_cast<std::uint64_t>(z.edge[i + 1] / z.edge[i] * 0x1p52);
    z.layer[i].width = z.edge[i] * 0x1p-52;
  }
  return z;
}

// Uniform height inside the layer.
double height_in(const Ziggurat& z, std::size_t layer, Draws& draws) {
  return z.height[layer] + (z.height[layer + 1] - z.height[layer]) * uniform(draws.next());
}

}  // namespace

constinit const Ziggurat kExponentialZiggurat = build<ExponentialShape>(kExponentialEdge, kExponentialArea);
constinit const Ziggurat kNormalZiggurat = build<NormalShape>(kNormalEdge, kNormalArea);

double exponential_rare(Draws& draws, std::uint64_t bits) {
  const Ziggurat& z = kExponentialZiggurat;
  for (;;) {
    const std::size_t layer = bits & 0xff;
    const double x = position(bits) * z.layer[layer].width;
    if ((bits >> 12) < z.layer[layer].accept) return x;
    if (layer == 0) return z.edge[1] + exponential(draws);  // the tail of an exponential is an exponential
    // The tangent at the layer's outer edge lies below a convex curve, the chord across the layer above it:
    // hardly any point falls between the two and needs the curve itself.
    const double y = height_in(z, layer, draws);
    const double inward = z.edge[layer] - x;
    if (y < z.height[layer] * (1 + inward)) return x;
    const double slope = (z.height[layer + 1] - z.height[layer]) / (z.edge[layer] - z.edge[layer + 1]);
    if (y < z.height[layer] + inward * slope && y < portable::exp(-x)) return x;
    bits = draws.next();
  }
}

double normal_rare(Draws& draws, std::uint64_t bits) {
  const Ziggurat& z = kNormalZiggurat;
  for (;;) {
    const std::size_t layer = bits & 0xff;
    const double x = position(bits) * z.layer[layer].width;
    if ((bits >> 12) < z.layer[layer].accept) return with_sign(x, bits);
    if (layer == 0) {  // Marsaglia's tail method (Technometrics 6, 1964)
      for (;;) {
        const double a = exponential(draws) / z.edge[1];
        if (2 * exponential(draws) > a * a) return with_sign(z.edge[1] + a, bits);
      }
    }
    if (height_in(z, layer, draws) < portable::exp(-0.5 * x * x)) return with_sign(x, bits);
    bits = draws.next();
  }
}

}  // namespace sim::detail
