// Portable functions against long double libm, at most 2 ulp, and frozen bits.
#include "sim/random/portable_math.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "sim/random/keyed.h"
#include "sim/random/special_functions.h"

namespace {

namespace portable = sim::portable;
constexpr int kPoints = 1'000'000;

std::uint64_t to_bits(double x) {
  std::uint64_t b = 0;
  std::memcpy(&b, &x, sizeof b);
  return b;
}

// Error in units of the last place of the true value.
double ulps(double got, long double expected) {
  const double nearest = static_cast<double>(expected);
  if (got == nearest)
    return std::fabs(
        static_cast<double>((static_cast<long double>(got) - expected) /
                            std::max(std::nextafter(std::fabs(nearest), INFINITY) - std::fabs(nearest), 5e-324)));
  const double unit = std::nextafter(std::fabs(nearest), INFINITY) - std::fabs(nearest);
  return std::fabs(static_cast<double>((static_cast<long double>(got) - expected) / unit));
}

// The worst error of f over random points made by `point`, and the checksum of all results.
template <class Point, class F, class Reference>
double worst_error(Point point, F f, Reference reference, std::uint64_t* checksum = nullptr) {
  double worst = 0;
  for (std::uint64_t i = 0; i < kPoints; ++i) {
    const double x = point(sim::bits(i, 11));
    const double y = f(x);
    if (checksum != nullptr) *checksum = sim::mix(*checksum ^ to_bits(y));
    worst = std::max(worst, ulps(y, reference(static_cast<long double>(x))));
  }
  return worst;
}

auto between(double lo, double hi) {
  return [lo, hi](std::uint64_t b) { return lo + (hi - lo) * sim::uniform(b); };
}
// Positive doubles of every magnitude, subnormal ones included.
double any_positive(std::uint64_t b) {
  const std::uint64_t pattern = b % 0x7ff0000000000000;
  double x = 0;
  std::memcpy(&x, &pattern, sizeof x);
  return x == 0 ? 1 : x;
}

}  // namespace

TEST_CASE("log is right within 2 ulp and its bits are frozen") {
  std::uint64_t sum = 0;
  const auto reference = [](long double x) { return std::log(x); };
  CHECK(worst_error(any_positive, portable::log, reference, &sum) < 2);
  CHECK(worst_error(between(0.5, 2), portable::log, reference, &sum) < 2);
  CHECK(worst_error(between(0.999, 1.001), portable::log, reference, &sum) < 2);
  CHECK(sum == 0x8cb16e2fdd325f64);
}

TEST_CASE("exp is right within 2 ulp and its bits are frozen") {
  std::uint64_t sum = 0;
  const auto reference = [](long double x) { return std::exp(x); };
  CHECK(worst_error(between(-708, 709.7), portable::exp, reference, &sum) < 2);
  CHECK(worst_error(between(-1, 1), portable::exp, reference, &sum) < 2);
  CHECK(worst_error(between(-745, -708), portable::exp, reference, &sum) < 2);  // subnormal results
  CHECK(sum == 0x31df251dcc7d633a);
}

TEST_CASE("log1p and expm1 are right within 2 ulp, near 0 as well") {
  std::uint64_t sum = 0;
  const auto log1p_reference = [](long double x) { return std::log1p(x); };
  const auto expm1_reference = [](long double x) { return std::expm1(x); };
  CHECK(worst_error(between(-0.999999, 5), portable::log1p, log1p_reference, &sum) < 2);
  CHECK(worst_error(between(-1e-9, 1e-9), portable::log1p, log1p_reference, &sum) < 2);
  CHECK(worst_error(any_positive, portable::log1p, log1p_reference, &sum) < 2);
  CHECK(worst_error(between(-45, 5), portable::expm1, expm1_reference, &sum) < 2.5);
  CHECK(worst_error(between(-1e-9, 1e-9), portable::expm1, expm1_reference, &sum) < 2);
  CHECK(worst_error(between(5, 709), portable::expm1, expm1_reference, &sum) < 2);
  CHECK(sum == 0x68abe503528a52bc);
}

TEST_CASE("sin and cos are right in absolute terms and pow within its stated error") {
  std::uint64_t sum = 0;
  double worst = 0;
  for (std::uint64_t i = 0; i < kPoints; ++i) {
    const double x = (sim::uniform(sim::bits(i, 12)) - 0.5) * (i % 2 == 0 ? 20 : 0x1p21);
    const double s = portable::sin(x);
    const double c = portable::cos(x);
    sum = sim::mix(sum ^ to_bits(s) ^ (to_bits(c) << 1));
    worst = std::max(
        {worst, static_cast<double>(std::fabs(static_cast<long double>(s) - std::sin(static_cast<long double>(x)))),
         static_cast<double>(std::fabs(static_cast<long double>(c) - std::cos(static_cast<long double>(x))))});
    const double base = any_positive(sim::bits(i, 13));
    const double y = (sim::uniform(sim::bits(i, 14)) - 0.5);
    const double p = portable::pow(base, y);
    sum = sim::mix(sum ^ to_bits(p));
    const double exponent = std::fabs(y * std::log(base));
    CHECK_UNARY(ulps(p, std::pow(static_cast<long double>(base), static_cast<long double>(y))) < 2 + 2 * exponent);
  }
  CHECK(worst < 2.3e-16);
  CHECK(sum == 0xdd87560366859c6f);
}

TEST_CASE("special arguments are answered, not computed") {
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(portable::log(0) == -inf);
  CHECK(portable::log(1) == 0);
  CHECK(portable::log(inf) == inf);
  CHECK(std::isnan(portable::log(-1)));
  CHECK(std::isnan(portable::log(nan)));
  CHECK(portable::exp(0) == 1);
  CHECK(portable::exp(710) == inf);
  CHECK(portable::exp(-746) == 0);
  CHECK(portable::exp(-inf) == 0);
  CHECK(portable::exp(inf) == inf);
  CHECK(std::isnan(portable::exp(nan)));
  CHECK(portable::log1p(-1) == -inf);
  CHECK(portable::log1p(0) == 0);
  CHECK(std::isnan(portable::log1p(-2)));
  CHECK(portable::expm1(-inf) == -1);
  CHECK(portable::expm1(inf) == inf);
  CHECK(portable::pow(0, 2) == 0);
  CHECK(portable::pow(0, -1) == inf);
  CHECK(portable::pow(5, 0) == 1);
  CHECK(portable::sin(0) == 0);
  CHECK(portable::cos(0) == 1);
  CHECK(std::isnan(portable::sin(inf)));
}

TEST_CASE("lgamma and the incomplete functions agree with references") {
  for (const double x : {0.01, 0.3, 0.5, 1.0, 1.5, 2.0, 3.7, 15.99, 16.0, 171.5, 1e4}) {
    CAPTURE(x);
    CHECK(std::fabs(portable::lgamma(x) - std::lgamma(x)) < 1e-13 * (1 + std::fabs(std::lgamma(x))));
  }
  for (const double x : {0.0, 0.1, 1.0, 2.5, 7.0, 30.0}) {
    CAPTURE(x);
    CHECK(portable::gamma_p(1, x) == doctest::Approx(-std::expm1(-x)).epsilon(1e-13));
    CHECK(portable::gamma_q(1, x) == doctest::Approx(std::exp(-x)).epsilon(1e-13));
    CHECK(portable::gamma_p(3, x) + portable::gamma_q(3, x) == doctest::Approx(1).epsilon(1e-13));
    CHECK(portable::normal_cdf(x - 3) == doctest::Approx(0.5 * std::erfc((3 - x) / std::sqrt(2.0))).epsilon(1e-12));
  }
  CHECK(portable::beta_i(2, 3, 0.4) == doctest::Approx(0.5248).epsilon(1e-13));        // 1 - sum of binomial terms
  CHECK(portable::beta_i(0.5, 0.5, 0.25) == doctest::Approx(1.0 / 3).epsilon(1e-13));  // arcsine law
  for (const double p : {1e-12, 1e-3, 0.2, 0.5, 0.9, 0.999999}) {
    CAPTURE(p);
    CHECK(portable::normal_cdf(portable::normal_quantile(p)) == doctest::Approx(p).epsilon(1e-11));
  }
}
