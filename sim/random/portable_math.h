// log, exp and their relatives from + - * / and bit operations only: the same bits on every machine and with
// every compiler flag, provided -ffp-contract=off and no fast-math (libm differs between two x86 servers).
// Not a libm: no errno, no floating-point exceptions promised, no directed rounding modes.
// Errors: at most 2 ulp for log, log1p, exp, expm1, pow (|y log x| < 700), sin, cos (|x| <= 2^20, absolute near
// zeros); lgamma about 1e-13 relative, for moments only. Domain errors give NaN, overflow infinity.
// Source: argument reductions as in W. J. Cody and W. Waite, "Software Manual for the Elementary Functions",
// 1980; series instead of fitted polynomials, so every coefficient can be checked by eye.
#pragma once

#include <cstdint>

namespace sim::portable {

[[nodiscard]] double log(double x);
[[nodiscard]] double log1p(double x);
[[nodiscard]] double exp(double x);
[[nodiscard]] double expm1(double x);
[[nodiscard]] double pow(double x, double y);  // x >= 0
[[nodiscard]] double sin(double x);            // radians
[[nodiscard]] double cos(double x);
[[nodiscard]] double lgamma(double x);  // x > 0
[[nodiscard]] double ldexp(double x, int exponent);

}  // namespace sim::portable
