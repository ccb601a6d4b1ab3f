// Numbers as text: canonical for machines, readable for people. Independent of locale and environment.
#pragma once

#include <string>

#include "reports/estimate.h"
#include "reports/report.h"

namespace reports {

// Nine significant digits: enough for every figure we can justify, few enough to read and to compare.
// Minus zero becomes zero.
[[nodiscard]] double canonical(double value);

// The shortest decimal form of canonical(value), "240", "0.0184", "1.5e-07"; empty if not finite.
[[nodiscard]] std::string canonical_text(double value);

// A number for the screen in two parts that are aligned apart: "184.2" and "±6.1", or "184" and "·" when an
// interval was refused, "<0.0003" for an upper bound, "-" for nothing. The unit is not part of it.
struct ScreenNumber {
  std::string main;
  std::string extra;
};
// The half-width decides the digits (two of its own, at most five of the value); it is rounded up, never to nothing.
// `decimals` (if not negative) replaces the three significant digits of an estimate without an interval.
[[nodiscard]] ScreenNumber screen_number(const Estimate& estimate, Unit unit, bool with_sign = false,
                                         int most_decimals = kAnyDecimals, int decimals = -1);

// The decimals with which estimates without an interval and their difference are read together, "129.9 129.4 -0.5":
// as many as the larger value would have alone, more to show one digit of the difference, at most five digits.
[[nodiscard]] int common_decimals(const Estimate& a, const Estimate& b, const Estimate& difference, Unit unit);

// The same as one text with its unit: "184.2 ±6.1 ms"; for sentences.
[[nodiscard]] std::string spoken(const Estimate& estimate, Unit unit, bool with_sign = false, int decimals = -1);

// "12,345"
[[nodiscard]] std::string grouped(std::uint64_t count);

}  // namespace reports
