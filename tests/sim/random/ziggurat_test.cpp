// Ziggurat tables and the standard exponential and normal numbers drawn from them.
#include "sim/random/ziggurat.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

namespace {

constexpr int kDraws = 1'000'000;

std::uint64_t to_bits(double x) {
  std::uint64_t b = 0;
  std::memcpy(&b, &x, sizeof b);
  return b;
}

template <class Density>
void check_tables(const sim::detail::Ziggurat& z, Density density, double tail) {
  const double area = z.edge[0] * z.height[1];
  CHECK(area == doctest::Approx(z.edge[1] * density(z.edge[1]) + tail).epsilon(1e-12));
  for (std::size_t i = 1; i <= 256; ++i) {
    CAPTURE(i);
    CHECK(z.edge[i] < z.edge[i - 1]);
    CHECK(z.height[i] == doctest::Approx(density(z.edge[i])).epsilon(1e-12));
    if (i < 256) CHECK(z.edge[i] * (z.height[i + 1] - z.height[i]) == doctest::Approx(area).epsilon(1e-11));
  }
}

// Largest distance between the sorted sample and its distribution, times sqrt(n).
template <class Cdf>
double kolmogorov(std::vector<double> sample, Cdf cdf) {
  std::sort(sample.begin(), sample.end());
  double distance = 0;
  const double n = static_cast<double>(sample.size());
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double p = cdf(sample[i]);
    distance = std::max({distance, p - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - p});
  }
  return distance * std::sqrt(n);
}

}  // namespace

TEST_CASE("layers of the ziggurats have equal areas and close at the top") {
  const auto& e = sim::detail::kExponentialZiggurat;
  const auto& n = sim::detail::kNormalZiggurat;
  check_tables(
      e, [](double x) { return std::exp(-x); }, std::exp(-e.edge[1]));
  check_tables(
      n, [](double x) { return std::exp(-x * x / 2); },
      std::sqrt(std::acos(-1.0) / 2) * std::erfc(n.edge[1] / std::sqrt(2.0)));
}

TEST_CASE("exponential and normal draws are the same everywhere") {
  std::uint64_t e = 0;
  std::uint64_t n = 0;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    sim::Draws a(i << 12, 1);
    sim::Draws b(i << 12, 2);
    e = sim::mix(e ^ to_bits(sim::exponential(a)));
    n = sim::mix(n ^ to_bits(sim::normal(b)));
  }
  CHECK(e == 0x5bc13642524231c0);
  CHECK(n == 0x03016861f6b36cf4);
}

TEST_CASE("about 98 % of the draws cost one number") {
  int e = 0;
  int n = 0;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    sim::Draws a(i << 12, 1);
    sim::Draws b(i << 12, 1);
    sim::Draws one(i << 12, 1);
    static_cast<void>(sim::exponential(a));
    static_cast<void>(sim::normal(b));
    const std::uint64_t first = one.next();
    const std::uint64_t second = one.next();
    CHECK_UNARY(first != second);
    e += a.next() == second ? 1 : 0;
    n += b.next() == second ? 1 : 0;
  }
  CHECK(e > 0.975 * kDraws);
  CHECK(n > 0.98 * kDraws);
  CHECK(e < kDraws);  // the rare path was taken too
  CHECK(n < kDraws);
}

TEST_CASE("exponential draws follow their law, the tail beyond the tables included") {
  std::vector<double> sample;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    sim::Draws draws(i << 12, 7);
    sample.push_back(sim::exponential(draws));
  }
  CHECK(*std::min_element(sample.begin(), sample.end()) > 0);
  CHECK(kolmogorov(sample, [](double x) { return -std::expm1(-x); }) < 2.5);  // probability 7e-6
  const double r = sim::detail::kExponentialZiggurat.edge[1];
  const double expected = kDraws * std::exp(-r);
  const auto beyond = std::count_if(sample.begin(), sample.end(), [r](double x) { return x > r; });
  CHECK(std::fabs(static_cast<double>(beyond) - expected) < 4.5 * std::sqrt(expected));
}

TEST_CASE("normal draws follow their law, the tail beyond the tables included") {
  std::vector<double> sample;
  for (std::uint64_t i = 0; i < 4 * kDraws; ++i) {
    sim::Draws draws(i << 12, 8);
    sample.push_back(sim::normal(draws));
  }
  CHECK(kolmogorov(sample, [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }) < 2.5);
  const double r = sim::detail::kNormalZiggurat.edge[1];
  const double expected = 4.0 * kDraws * 0.5 * std::erfc(r / std::sqrt(2.0));
  for (const double sign : {-1.0, 1.0}) {
    const auto beyond = std::count_if(sample.begin(), sample.end(), [r, sign](double x) { return sign * x > r; });
    CHECK(std::fabs(static_cast<double>(beyond) - expected) < 4.5 * std::sqrt(expected));
  }
}
