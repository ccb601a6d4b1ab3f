#include "reports/numbers.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace reports {
namespace {

// Decimal exponent of |value| > 0: 184.2 -> 2. From the printed form, because log10 is not portable.
int decimal_exponent(double value) {
  const std::string text = fmt::format("{:e}", value);
  const std::size_t e = text.find('e');
  int exponent = 0;
  const std::size_t digits = text[e + 1] == '+' ? e + 2 : e + 1;
  std::from_chars(text.data() + digits, text.data() + text.size(), exponent);
  return exponent;
}

std::string group_digits(std::string text) {
  const std::size_t sign = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  std::size_t point = text.find('.');
  if (point == std::string::npos) {
    point = text.size();
  }
  if (point - sign < 5) {
    return text;  // 9999 reads well without
  }
  for (std::size_t at = point; at > sign + 3;) {
    at -= 3;
    text.insert(at, ",");
  }
  return text;
}

std::string fixed(double value, int decimals, bool with_sign) {
  decimals = std::clamp(decimals, 0, 9);
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (text.find_first_not_of("-0.") == std::string::npos && text.starts_with('-')) {
    text.erase(0, 1);  // "-0.0"
  }
  if (with_sign && !text.starts_with('-') && text.find_first_not_of("0.") != std::string::npos) {
    text.insert(0, "+");
  }
  return group_digits(std::move(text));
}

std::string significant(double value, int digits, bool with_sign, int most_decimals) {
  if (value == 0.0) {
    return "0";
  }
  const int exponent = decimal_exponent(value);
  if (exponent < -6 && most_decimals == kAnyDecimals) {
    return fmt::format("{:.{}e}", value, digits - 1);
  }
  std::string text = fixed(value, std::min(digits - 1 - exponent, most_decimals), with_sign);
  if (text.find('.') != std::string::npos) {  // a constant 20 is "20", not "20.00"
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) {
      text.pop_back();
    }
  }
  return text;
}

double power_of_ten(int exponent) {  // exponent >= 0
  double power = 1.0;
  for (int i = 0; i < exponent; ++i) {
    power *= 10.0;
  }
  return power;
}

constexpr int kMostDigits = 5;  // of a value beside its interval; what is measured better than that is not read

ScreenNumber with_half_width(double value, double half_width, Unit unit, bool with_sign, int most_decimals) {
  if (!(half_width > 0.0)) {
    return {significant(value, 4, with_sign, most_decimals), "±0"};
  }
  const int by_half_width = 1 - decimal_exponent(half_width);
  if (by_half_width < 0) {  // 139,080 ±10,333 says no more than 139,000 ±10,000
    const double step = power_of_ten(-by_half_width);
    return {fixed(std::floor(value / step + 0.5) * step, 0, with_sign),
            "±" + fixed(std::ceil(half_width / step) * step, 0, false)};
  }
  // A share near 100% is read from its far end, so its digits are not counted from the front.
  const int by_value = unit == Unit::Fraction || value == 0.0 ? 4 : kMostDigits - 1 - decimal_exponent(value);
  const int decimals = std::clamp(std::min({by_half_width, by_value, most_decimals}), 0, 9);
  const double step = power_of_ten(decimals);
  double steps = std::floor(half_width * step + 0.5);
  if (steps < 1.0) {
    steps = 1.0;
  }
  return {fixed(value, decimals, with_sign), "±" + fixed(steps / step, decimals, false)};
}

// Rounded up to two significant digits: a bound that is rounded down is no bound.
std::string bound(double value) {
  if (!(value > 0.0)) {
    return "0";
  }
  const int second_digit = decimal_exponent(value) - 1;
  const double unit = power_of_ten(std::max(second_digit, 0));
  const double parts = power_of_ten(std::max(-second_digit, 0));
  double steps = std::ceil(value * parts / unit);
  if (steps * unit / parts < value) {
    steps += 1.0;
  }
  return significant(steps * unit / parts, 2, false, kAnyDecimals);
}

// A lower bound on a percentage near 100: 100 minus the bound on the rest, "99.99970".
std::string complement(double percent) {
  const double rest = 100.0 - percent;
  if (!(rest > 0.0)) {
    return "100";
  }
  const int decimals = std::clamp(1 - decimal_exponent(rest), 0, 9);
  const double steps = power_of_ten(decimals);
  return fixed(std::floor(percent * steps) / steps, decimals, false);
}

}  // namespace

double canonical(double value) {
  if (!std::isfinite(value)) {
    return value;
  }
  const std::string text = fmt::format("{:.9g}", value);
  double rounded = 0.0;
  std::from_chars(text.data(), text.data() + text.size(), rounded);
  return rounded == 0.0 ? 0.0 : rounded;
}

std::string canonical_text(double value) {
  if (!std::isfinite(value)) {
    return {};
  }
  if (value == std::floor(value) && std::fabs(value) < 9007199254740992.0) {  // 2^53: counts keep all their digits
    return fmt::format("{:.0f}", value == 0.0 ? 0.0 : value);
  }
  return fmt::format("{}", canonical(value));
}

int common_decimals(const Estimate& a, const Estimate& b, const Estimate& difference, Unit unit) {
  const double larger = std::max(std::fabs(a.value), std::fabs(b.value)) * screen_factor(unit);
  const double apart = difference.value * screen_factor(unit);
  if (!(larger > 0.0) || !std::isfinite(larger)) {
    return -1;
  }
  const int most = kMostDigits - 1 - decimal_exponent(larger);
  const int by_value = 2 - decimal_exponent(larger);
  const int by_difference = apart != 0.0 && std::isfinite(apart) ? -decimal_exponent(apart) : 0;
  return std::clamp(std::max(by_value, std::min(by_difference, most)), 0, 9);
}

ScreenNumber screen_number(const Estimate& estimate, Unit unit, bool with_sign, int most_decimals, int decimals) {
  const double value = estimate.value * screen_factor(unit);
  if (estimate.certainty != Certainty::Missing && !std::isfinite(value)) {
    return {"-", {}};
  }
  switch (estimate.certainty) {
    case Certainty::Missing: return {"-", {}};
    case Certainty::Exact:
      return {unit == Unit::Count ? fixed(value, 0, with_sign) : significant(value, 4, with_sign, most_decimals), {}};
    case Certainty::NoInterval:
      return {decimals >= 0 ? fixed(value, std::min(decimals, most_decimals), with_sign)
                            : significant(value, 3, with_sign, most_decimals),
              "·"};
    case Certainty::UpperBound: return {"<" + bound(value), {}};
    case Certainty::LowerBound:
      return {unit == Unit::Fraction ? ">" + complement(value) : ">" + significant(value, 3, false, kAnyDecimals), {}};
    case Certainty::Interval:
      return with_half_width(value, estimate.half_width * screen_factor(unit), unit, with_sign, most_decimals);
  }
  return {"-", {}};
}

std::string spoken(const Estimate& estimate, Unit unit, bool with_sign, int decimals) {
  const int most_decimals = unit == Unit::Cores || unit == Unit::Gigabytes ? 3 : kAnyDecimals;
  const ScreenNumber number = screen_number(estimate, unit, with_sign, most_decimals, decimals);
  std::string text = number.main;
  if (estimate.certainty == Certainty::Interval) {
    text += " " + number.extra;
  }
  const std::string_view title = unit_title(unit);
  if (!title.empty()) {
    text += unit == Unit::PerSecond || unit == Unit::PerMillion || unit == Unit::Fraction ? "" : " ";
    text += title;
  }
  return text;
}

std::string grouped(std::uint64_t count) { return group_digits(fmt::format("{}", count)); }

}  // namespace reports
