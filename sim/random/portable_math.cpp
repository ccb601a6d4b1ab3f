#include "sim/random/portable_math.h"

#include <cfloat>
#include <cstring>
#include <limits>

#if defined(__FAST_MATH__)
#error "portable_math needs IEEE arithmetic: build without -ffast-math"
#endif
static_assert(FLT_EVAL_METHOD == 0, "doubles must be evaluated as doubles (x87 is not supported)");
static_assert(std::numeric_limits<double>::is_iec559, "IEEE 754 doubles are required");

namespace sim::portable {

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
// ln 2 in two parts; the first has 38 significant bits, so its product with an exponent is exact.
constexpr double kLn2Hi = 0x1.62e42fefa0000p-1;
constexpr double kLn2Lo = 0x1.cf79abc9e3b3ap-40;
constexpr double kInvLn2 = 0x1.71547652b82fep+0;
// pi / 2 in three parts of 33 bits, so that products with integers below 2^20 are exact.
constexpr double kHalfPi1 = 0x1.921fb54400000p+0;
constexpr double kHalfPi2 = 0x1.0b4611a600000p-34;
constexpr double kHalfPi3 = 0x1.3198a2e037073p-69;
constexpr double kTwoOverPi = 0x1.45f306dc9c883p-1;
constexpr double kRound = 0x1.8p52;  // adding and subtracting rounds to an integer (half to even)

std::uint64_t to_bits(double x) {
  std::uint64_t b = 0;
  std::memcpy(&b, &x, sizeof b);
  return b;
}

double from_bits(std::uint64_t b) {
  double x = 0;
  std::memcpy(&x, &b, sizeof x);
  return x;
}

double power_of_two(int e) { return from_bits(static_cast<std::uint64_t>(1023 + e) << 52); }  // -1022 <= e <= 1023

// log(1 + f) - f for f in [sqrt(1/2) - 1, sqrt(2) - 1], from log(1 + f) = 2 artanh(s), s = f / (2 + f).
// The series in s stands beside f^2 / 2, so that the leading f stays exact.
double log1p_tail(double f) {
  const double s = f / (2.0 + f);
  const double z = s * s;
  const double w = z * z;
  const double odd = 2.0 / 3 + w * (2.0 / 7 + w * (2.0 / 11 + w * (2.0 / 15 + w * (2.0 / 19 + w * (2.0 / 23)))));
  const double even = 2.0 / 5 + w * (2.0 / 9 + w * (2.0 / 13 + w * (2.0 / 17 + w * (2.0 / 21))));
  const double series = z * odd + w * even;
  const double half_square = 0.5 * f * f;
  return s * (half_square + series) - half_square;
}

// (e^r - 1) for |r| <= 0.35 plus the small correction c of r.
double expm1_kernel(double r, double c) {
  const double r2 = r * r;
  const double r4 = r2 * r2;
  const double a = 1.0 / 2 + r * (1.0 / 6);
  const double b = 1.0 / 24 + r * (1.0 / 120);
  const double d = 1.0 / 720 + r * (1.0 / 5040);
  const double e = 1.0 / 40320 + r * (1.0 / 362880);
  const double g = 1.0 / 3628800 + r * (1.0 / 39916800);
  const double h = 1.0 / 479001600 + r * (1.0 / 6227020800) + r2 * (1.0 / 87178291200);
  const double poly = (a + r2 * b) + r4 * ((d + r2 * e) + r4 * (g + r2 * h));
  return r + (r2 * poly + (c + c * r));
}

struct Reduced {
  double r = 0;  // x = k ln 2 + r + c
  double c = 0;
  int k = 0;
};

Reduced reduce_by_ln2(double x) {
  const double k = (x * kInvLn2 + kRound) - kRound;
  const double hi = x - k * kLn2Hi;
  const double lo = k * kLn2Lo;
  const double r = hi - lo;
  return {r, (hi - r) - lo, static_cast<int>(k)};
}

double sin_kernel(double r, double c) {
  const double z = r * r;
  const double poly =
      -1.0 / 6 +
      z * (1.0 / 120 +
           z * (-1.0 / 5040 +
                z * (1.0 / 362880 + z * (-1.0 / 39916800 + z * (1.0 / 6227020800 + z * (-1.0 / 1307674368000.0))))));
  return r + (r * (z * poly) + c * (1.0 - 0.5 * z));
}

double cos_kernel(double r, double c) {
  const double z = r * r;
  const double poly =
      1.0 / 24 +
      z * (-1.0 / 720 +
           z * (1.0 / 40320 + z * (-1.0 / 3628800 +
                                   z * (1.0 / 479001600 + z * (-1.0 / 87178291200.0 + z * (1.0 / 20922789888000.0))))));
  const double half = 0.5 * z;
  const double top = 1.0 - half;
  return top + (((1.0 - top) - half) + (z * z * poly - r * c));
}

// Quarter turn of x: sin(x + quarters * pi / 2).
double circular(double x, unsigned quarters) {
  if (!(x >= -0x1p20 && x <= 0x1p20)) return kNan;
  const double n = (x * kTwoOverPi + kRound) - kRound;
  const double a = x - n * kHalfPi1;  // exact: the leading bits cancel
  const double w = n * kHalfPi2;
  const double b = a - w;
  const double lost = (a - b) - w;
  const double r = b - (n * kHalfPi3 - lost);
  const double c = (b - r) - (n * kHalfPi3 - lost);
  const unsigned turn = (static_cast<unsigned>(static_cast<std::int64_t>(n)) + quarters) & 3U;
  const double value = (turn & 1U) != 0 ? cos_kernel(r, c) : sin_kernel(r, c);
  return (turn & 2U) != 0 ? -value : value;
}

}  // namespace

double ldexp(double x, int exponent) {
  while (exponent > 1000) {
    x *= 0x1p1000;
    exponent -= 1000;
    if (x == kInf || x == -kInf || x == 0) return x;
  }
  while (exponent < -1000) {
    x *= 0x1p-1000;
    exponent += 1000;
    if (x == 0) return x;
  }
  return x * power_of_two(exponent);
}

double log(double x) {
  if (!(x > 0)) return x == 0 ? -kInf : kNan;
  if (x == kInf) return x;
  int k = 0;
  if (x < DBL_MIN) {
    x *= 0x1p54;
    k = -54;
  }
  std::uint64_t b = to_bits(x);
  k += static_cast<int>(b >> 52) - 1023;
  b = (b & 0x000fffffffffffff) | 0x3ff0000000000000;
  double m = from_bits(b);  // [1, 2)
  if (m > 0x1.6a09e667f3bcdp+0) {
    m *= 0.5;
    ++k;
  }
  const double f = m - 1.0;
  const double tail = log1p_tail(f);
  if (k == 0) return f + tail;
  const double e = k;
  return e * kLn2Hi + (f + (tail + e * kLn2Lo));
}

double log1p(double x) {
  if (!(x > -1)) return x == -1 ? -kInf : kNan;
  if (x > -0.29 && x < 0.41) return x + log1p_tail(x);
  const double u = 1.0 + x;
  if (u == kInf) return u;
  const double lost = u > 2.0 ? 1.0 - (u - x) : x - (u - 1.0);
  return log(u) + lost / u;
}

double detail::exp_far(double x) {
  if (!(x < 709.79)) return x != x ? kNan : kInf;
  if (x < -745.2) return 0;
  const Reduced red = reduce_by_ln2(x);
  const double y = 1.0 + expm1_kernel(red.r, red.c);
  if (red.k >= -1021 && red.k <= 1023) return y * power_of_two(red.k);
  return ldexp(y, red.k);
}

double expm1(double x) {
  if (!(x < 709.79)) return x != x ? kNan : kInf;
  if (x < -40) return -1;
  const Reduced red = reduce_by_ln2(x);
  const double p = expm1_kernel(red.r, red.c);
  if (red.k == 0) return p;
  if (red.k > 60) return ldexp(1.0 + p, red.k);
  return ldexp(p + (1.0 - ldexp(1.0, -red.k)), red.k);
}

double pow(double x, double y) {
  if (y == 0 || x == 1) return 1;
  if (x == 0) return y > 0 ? 0 : kInf;
  if (y == 1) return x;
  return exp(y * log(x));
}

double sin(double x) { return circular(x, 0); }
double cos(double x) { return circular(x, 1); }

double lgamma(double x) {
  if (!(x > 0)) return kNan;
  // Stirling's series with Bernoulli terms from 16 on; below, the recurrence gamma(x + 1) = x gamma(x).
  double product = 1;
  while (x < 16) {
    product *= x;
    x += 1;
  }
  const double z = 1 / (x * x);
  const double series = (1.0 / 12 + z * (-1.0 / 360 + z * (1.0 / 1260 + z * (-1.0 / 1680 + z * (1.0 / 1188))))) / x;
  return (x - 0.5) * log(x) - x + 0x1.d67f1c864beb5p-1 + series - log(product);
}

}  // namespace sim::portable
