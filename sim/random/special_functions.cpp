#include "sim/random/special_functions.h"

#include <cmath>
#include <initializer_list>
#include <limits>

#include "sim/random/portable_math.h"

namespace sim::portable {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kTiny = 1e-300;  // keeps Lentz's denominators away from 0
constexpr double kEps = 1e-16;
constexpr int kMaxTerms = 1'000'000;

// x^a e^-x / gamma(a)
double gamma_prefix(double a, double x) { return exp(a * log(x) - x - lgamma(a)); }

double gamma_series(double a, double x) {  // gamma_p for x < a + 1
  double term = 1 / a;
  double sum = term;
  for (int n = 1; n < kMaxTerms; ++n) {
    term *= x / (a + n);
    sum += term;
    if (term < sum * kEps) break;
  }
  return sum * gamma_prefix(a, x);
}

double gamma_fraction(double a, double x) {  // gamma_q for x >= a + 1
  double b = x + 1 - a;
  double c = 1 / kTiny;
  double d = 1 / b;
  double h = d;
  for (int n = 1; n < kMaxTerms; ++n) {
    const double an = -n * (n - a);
    b += 2;
    d = an * d + b;
    if (std::fabs(d) < kTiny) d = kTiny;
    c = b + an / c;
    if (std::fabs(c) < kTiny) c = kTiny;
    d = 1 / d;
    h *= d * c;
    if (std::fabs(d * c - 1) < kEps * 4) break;
  }
  return h * gamma_prefix(a, x);
}

// The part of lgamma(x) beyond (x - 1/2) log x - x + log(2 pi) / 2, for x >= 16.
double stirling(double x) {
  const double z = 1 / (x * x);
  return (1.0 / 12 + z * (-1.0 / 360 + z * (1.0 / 1260 - z / 1680))) / x;
}

// log of the beta function; the difference of two large lgamma values is formed before it can cancel.
double log_beta(double a, double b) {
  const double small = a < b ? a : b;
  const double large = a < b ? b : a;
  if (large < 16) return lgamma(a) + lgamma(b) - lgamma(a + b);
  const double rise = (large + small - 0.5) * log1p(small / large) + small * log(large) - small +
                      stirling(large + small) - stirling(large);  // lgamma(large + small) - lgamma(large)
  return lgamma(small) - rise;
}

double beta_fraction(double a, double b, double x) {
  double c = 1;
  double d = 1 - (a + b) * x / (a + 1);
  if (std::fabs(d) < kTiny) d = kTiny;
  d = 1 / d;
  double h = d;
  for (int m = 1; m < kMaxTerms; ++m) {
    for (const double an : {m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))}) {
      d = 1 + an * d;
      if (std::fabs(d) < kTiny) d = kTiny;
      c = 1 + an / c;
      if (std::fabs(c) < kTiny) c = kTiny;
      d = 1 / d;
      h *= d * c;
    }
    if (std::fabs(d * c - 1) < kEps * 4) break;
  }
  return h;
}

}  // namespace

double gamma_p(double a, double x) {
  if (!(a > 0) || !(x >= 0)) return kNan;
  if (x == 0) return 0;
  return x < a + 1 ? gamma_series(a, x) : 1 - gamma_fraction(a, x);
}

double gamma_q(double a, double x) {
  if (!(a > 0) || !(x >= 0)) return kNan;
  if (x == 0) return 1;
  return x < a + 1 ? 1 - gamma_series(a, x) : gamma_fraction(a, x);
}

double beta_i(double a, double b, double x) {
  if (!(a > 0) || !(b > 0) || !(x >= 0) || !(x <= 1)) return kNan;
  if (x == 0 || x == 1) return x;
  const double prefix = exp(a * log(x) + b * log1p(-x) - log_beta(a, b));
  // The fraction converges quickly on this side of the mean.
  return x < (a + 1) / (a + b + 2) ? prefix * beta_fraction(a, b, x) / a : 1 - prefix * beta_fraction(b, a, 1 - x) / b;
}

double normal_cdf(double z) {
  const double q = 0.5 * gamma_q(0.5, 0.5 * z * z);
  return z > 0 ? 1 - q : q;
}

double normal_quantile(double p) {
  if (!(p > 0) || !(p < 1)) return kNan;
  if (p == 0.5) return 0;
  const double q = p < 0.5 ? p : 1 - p;
  const double t = std::sqrt(-2 * log(q));
  double x = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (int i = 0; i < 4; ++i) {  // Halley's method on the upper tail probability
    const double tail = 0.5 * gamma_q(0.5, 0.5 * x * x);
    const double density = 0.398942280401432678 * exp(-0.5 * x * x);
    const double step = (tail - q) / density;
    x += step / (1 + 0.5 * x * step);
  }
  return p < 0.5 ? -x : x;
}

}  // namespace sim::portable
