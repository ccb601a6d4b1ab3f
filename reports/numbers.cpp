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

std::string significant(double value, int digits, bool with_sign) {
  if (value == 0.0) {
    return "0";
  }
  const int exponent = decimal_exponent(value);
  if (exponent < -6) {
    return fmt::format("{:.{}e}", value, digits - 1);
  }
  return fixed(value, digits - 1 - exponent, with_sign);
}

// Rounded up to two significant digits: a bound that is rounded down is no bound.
std::string bound(double value) {
  if (!(value > 0.0)) {
    return "0";
  }
  double unit = 1.0;  // of the second digit
  for (int e = decimal_exponent(value) - 1; e > 0; --e) {
    unit *= 10.0;
  }
  double parts = 1.0;
  for (int e = decimal_exponent(value) - 1; e < 0; ++e) {
    parts *= 10.0;
  }
  double steps = std::ceil(value * parts / unit);
  if (steps * unit / parts < value) {
    steps += 1.0;
  }
  return significant(steps * unit / parts, 2, false);
}

// A lower bound on a percentage near 100: 100 minus the bound on the rest, "99.99970".
std::string complement(double percent) {
  const double rest = 100.0 - percent;
  if (!(rest > 0.0)) {
    return "100";
  }
  const int decimals = std::clamp(1 - decimal_exponent(rest), 0, 9);
  double steps = 1.0;
  for (int i = 0; i < decimals; ++i) {
    steps *= 10.0;
  }
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

ScreenNumber screen_number(const Estimate& estimate, Unit unit, bool with_sign) {
  const double value = estimate.value * screen_factor(unit);
  if (estimate.certainty != Certainty::Missing && !std::isfinite(value)) {
    return {"-", {}};
  }
  switch (estimate.certainty) {
    case Certainty::Missing:
      return {"-", {}};
    case Certainty::Exact:
      return {unit == Unit::Count ? fixed(value, 0, with_sign) : significant(value, 4, with_sign), {}};
    case Certainty::NoInterval:
      return {significant(value, 3, with_sign), "·"};
    case Certainty::UpperBound:
      return {"<" + bound(value), {}};
    case Certainty::LowerBound:
      return {unit == Unit::Fraction ? ">" + complement(value) : ">" + significant(value, 3, false), {}};
    case Certainty::Interval: {
      const double half_width = estimate.half_width * screen_factor(unit);
      if (!(half_width > 0.0)) {
        return {significant(value, 4, with_sign), "±0"};
      }
      const int decimals = std::clamp(1 - decimal_exponent(half_width), 0, 6);
      return {fixed(value, decimals, with_sign), "±" + fixed(half_width, decimals, false)};
    }
  }
  return {"-", {}};
}

std::string spoken(const Estimate& estimate, Unit unit, bool with_sign) {
  const ScreenNumber number = screen_number(estimate, unit, with_sign);
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

std::string grouped(std::uint64_t count) {
  return group_digits(fmt::format("{}", count));
}

}  // namespace reports
