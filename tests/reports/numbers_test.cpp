#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "reports/numbers.h"

using namespace reports;

namespace {
std::string text(const Estimate& estimate, Unit unit, bool with_sign = false, int decimals = kAnyDecimals) {
  const ScreenNumber number = screen_number(estimate, unit, with_sign, decimals);
  return number.extra.empty() ? number.main : number.main + " " + number.extra;
}
}  // namespace

TEST_CASE("values without an interval and their difference are shown with the same digits") {
  const auto show = [](double value, int decimals, bool sign) {
    return screen_number(no_interval(value, 20), Unit::Seconds, sign, kAnyDecimals, decimals).main;
  };
  const int small =
      common_decimals(no_interval(0.1301, 20), no_interval(0.1295637, 20), no_interval(-0.000537, 20), Unit::Seconds);
  CHECK(show(0.1301, small, false) == "130.1");
  CHECK(show(0.1295637, small, false) == "129.6");
  CHECK(show(-0.000537, small, true) == "-0.5");
  const int large =
      common_decimals(no_interval(7.1659, 20), no_interval(1.842, 20), no_interval(-5.3239, 20), Unit::Seconds);
  CHECK(show(7.1659, large, false) == "7166");
  CHECK(show(-5.3239, large, true) == "-5324");
  // five digits of the value are the most, however small the difference is
  const int tiny =
      common_decimals(no_interval(6.0097, 20), no_interval(6.0097001, 20), no_interval(1e-7, 20), Unit::Seconds);
  CHECK(show(6.0097, tiny, false) == "6009.7");
  CHECK(show(1e-7, tiny, true) == "0.0");
  CHECK(common_decimals(missing(), missing(), missing(), Unit::Seconds) == -1);
}

TEST_CASE("canonical numbers have nine digits and one spelling") {
  CHECK(canonical_text(240.0) == "240");
  CHECK(canonical_text(0.1 + 0.2) == "0.3");
  CHECK(canonical_text(1.0 / 3.0) == "0.333333333");
  CHECK(canonical_text(-0.0) == "0");
  CHECK(canonical_text(9007199254740991.0) == "9007199254740991");  // counts keep all their digits
  CHECK(canonical_text(std::numeric_limits<double>::infinity()) == "");
  CHECK(canonical_text(std::nan("")) == "");
}

TEST_CASE("the half-width decides how many digits are shown") {
  CHECK(text(interval(0.18423, 0.0061), Unit::Seconds) == "184.2 ±6.1");
  CHECK(text(interval(0.412, 0.031), Unit::Seconds) == "412 ±31");
  CHECK(text(interval(0.03121, 0.000031), Unit::Seconds) == "31.210 ±0.031");
  CHECK(text(interval(0.9971, 0.0003), Unit::Fraction) == "99.710 ±0.030");
}

TEST_CASE("large numbers are not more precise than their interval") {
  CHECK(text(interval(139'080.0, 10'333.0), Unit::Count) == "139,000 ±11,000");
  CHECK(text(interval(5200.4, 321.8), Unit::PerMillion) == "5200 ±330");
}

TEST_CASE("a tiny interval is rounded up, never to nothing") {
  CHECK(text(interval(4.5, 4e-8), Unit::Cores) == "4.5000 ±0.0001");
  CHECK(text(interval(0.499462, 1.5e-6), Unit::Fraction, false, 1) == "49.9 ±0.1");
  CHECK(text(interval(200.0, 0.0), Unit::PerSecond) == "200 ±0");  // the same in every replication
}

TEST_CASE("no interval is said, not hidden") {
  CHECK(text(no_interval(0.845, 60), Unit::Seconds) == "845 ·");
  CHECK(text(missing(), Unit::Seconds) == "-");
}

TEST_CASE("a bound is never rounded to the wrong side") {
  CHECK(text(upper_bound(2.994e-6), Unit::Fraction) == "<0.0003");
  CHECK(text(upper_bound(3.01), Unit::PerMillion) == "<3.1");
  CHECK(text(upper_bound(321.0), Unit::PerMillion) == "<330");
  CHECK(text(lower_bound(1.0 - 2.994e-6), Unit::Fraction) == ">99.99970");
}

TEST_CASE("differences show their sign, and zero has none") {
  CHECK(text(interval(0.0009, 0.0001), Unit::Seconds, true) == "+0.90 ±0.10");
  CHECK(text(interval(-0.0009, 0.0001), Unit::Seconds, true) == "-0.90 ±0.10");
  CHECK(text(interval(-0.00000001, 0.001), Unit::Seconds, true) == "0.0 ±1.0");
}

TEST_CASE("values that are not finite are shown as missing") {
  CHECK(text(exact(std::nan("")), Unit::Seconds) == "-");
  CHECK(text(interval(std::numeric_limits<double>::infinity(), 1.0), Unit::None) == "-");
}

TEST_CASE("counts are grouped from ten thousand on") {
  CHECK(grouped(9999) == "9999");
  CHECK(grouped(10'000) == "10,000");
  CHECK(grouped(1'234'567) == "1,234,567");
}

TEST_CASE("numbers in sentences carry their unit") {
  CHECK(spoken(interval(0.0009, 0.0001), Unit::Seconds) == "0.90 ±0.10 ms");
  CHECK(spoken(exact(0.9), Unit::Gigabytes) == "0.9 GB");
  CHECK(spoken(exact(20.0), Unit::PerSecond) == "20/s");
}
