// log, exp and their relatives from + - * / and bit operations only: the same bits on every machine and with
// every compiler flag, provided -ffp-contract=off and no fast-math (libm differs between two x86 servers).
// Not a libm: no errno, no floating-point exceptions promised, no directed rounding modes.
// Errors: at most 2 ulp for log, log1p, exp, expm1, pow (|y log x| < 700), sin, cos (|x| <= 2^20, absolute near
// zeros); lgamma about 1e-13 relative, for moments only. Domain errors give NaN, overflow infinity.
// Source: argument reductions as in W. J. Cody and W. Waite, "Software Manual for the Elementary Functions",
// 1980; series instead of fitted polynomials, so every coefficient can be checked by eye.
#pragma once

#include <cstdint>
#include <cstring>

namespace sim::portable {

[[nodiscard]] double log(double x);
[[nodiscard]] double log1p(double x);
namespace detail {
// 2^(i / 64), correctly rounded (computed with 80 decimal digits).
inline constexpr double kPowersOfTwo64[64] = {
    0x1.0000000000000p+0, 0x1.02c9a3e778061p+0, 0x1.059b0d3158574p+0, 0x1.0874518759bc8p+0, 0x1.0b5586cf9890fp+0,
    0x1.0e3ec32d3d1a2p+0, 0x1.11301d0125b51p+0, 0x1.1429aaea92de0p+0, 0x1.172b83c7d517bp+0, 0x1.1a35beb6fcb75p+0,
    0x1.1d4873168b9aap+0, 0x1.2063b88628cd6p+0, 0x1.2387a6e756238p+0, 0x1.26b4565e27cddp+0, 0x1.29e9df51fdee1p+0,
    0x1.2d285a6e4030bp+0, 0x1.306fe0a31b715p+0, 0x1.33c08b26416ffp+0, 0x1.371a7373aa9cbp+0, 0x1.3a7db34e59ff7p+0,
    0x1.3dea64c123422p+0, 0x1.4160a21f72e2ap+0, 0x1.44e086061892dp+0, 0x1.486a2b5c13cd0p+0, 0x1.4bfdad5362a27p+0,
    0x1.4f9b2769d2ca7p+0, 0x1.5342b569d4f82p+0, 0x1.56f4736b527dap+0, 0x1.5ab07dd485429p+0, 0x1.5e76f15ad2148p+0,
    0x1.6247eb03a5585p+0, 0x1.6623882552225p+0, 0x1.6a09e667f3bcdp+0, 0x1.6dfb23c651a2fp+0, 0x1.71f75e8ec5f74p+0,
    0x1.75feb564267c9p+0, 0x1.7a11473eb0187p+0, 0x1.7e2f336cf4e62p+0, 0x1.82589994cce13p+0, 0x1.868d99b4492edp+0,
    0x1.8ace5422aa0dbp+0, 0x1.8f1ae99157736p+0, 0x1.93737b0cdc5e5p+0, 0x1.97d829fde4e50p+0, 0x1.9c49182a3f090p+0,
    0x1.a0c667b5de565p+0, 0x1.a5503b23e255dp+0, 0x1.a9e6b5579fdbfp+0, 0x1.ae89f995ad3adp+0, 0x1.b33a2b84f15fbp+0,
    0x1.b7f76f2fb5e47p+0, 0x1.bcc1e904bc1d2p+0, 0x1.c199bdd85529cp+0, 0x1.c67f12e57d14bp+0, 0x1.cb720dcef9069p+0,
    0x1.d072d4a07897cp+0, 0x1.d5818dcfba487p+0, 0x1.da9e603db3285p+0, 0x1.dfc97337b9b5fp+0, 0x1.e502ee78b3ff6p+0,
    0x1.ea4afa2a490dap+0, 0x1.efa1bee615a27p+0, 0x1.f50765b6e4540p+0, 0x1.fa7c1819e90d8p+0,
};
[[nodiscard]] double exp_far(double x);  // the rest of the range, infinities and NaN
}  // namespace detail

// x = (64 e + i) ln 2 / 64 + r with |r| <= ln 2 / 128: exp x = 2^e 2^(i/64) (1 + (e^r - 1)), by table and a short
// series.
// Inline, because a lognormal draw is one of these.
[[nodiscard]] inline double exp(double x) {
  if (!(x > -700.0 && x < 700.0)) return detail::exp_far(x);
  constexpr double kInvStep = 0x1.71547652b82fep+6;
  constexpr double kStepHi = 0x1.62e42fefa0000p-7;  // ln 2 / 64, its last 15 bits zero: products with k are exact
  constexpr double kStepLo = 0x1.cf79abc9e3b3ap-46;
  constexpr double kRound = 0x1.8p52;  // adding and subtracting rounds to an integer
  const double k = (x * kInvStep + kRound) - kRound;
  const double r = (x - k * kStepHi) - k * kStepLo;
  const double r2 = r * r;
  const double p = r + r2 * ((0.5 + r * (1.0 / 6)) + r2 * (1.0 / 24 + r * (1.0 / 120)));
  const auto n = static_cast<std::int64_t>(k);
  const double t = detail::kPowersOfTwo64[n & 63];
  const double y = t + t * p;
  std::uint64_t bits = 0;
  std::memcpy(&bits, &y, sizeof bits);
  bits += static_cast<std::uint64_t>(n >> 6) << 52;
  double result = 0;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}
[[nodiscard]] double expm1(double x);
[[nodiscard]] double pow(double x, double y);  // x >= 0
[[nodiscard]] double sin(double x);            // radians
[[nodiscard]] double cos(double x);
[[nodiscard]] double lgamma(double x);  // x > 0
[[nodiscard]] double ldexp(double x, int exponent);

}  // namespace sim::portable
