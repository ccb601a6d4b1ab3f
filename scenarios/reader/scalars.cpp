#include "scenarios/reader/scalars.h"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "scenarios/reader/diagnostic.h"

namespace reader {
namespace {

struct Unit {
  std::string_view name;
  int exponent;  // decimal
  int factor;    // on top of it
};

constexpr std::array<Unit, 7> kDurationUnits{
    {{"ns", 0, 1}, {"us", 3, 1}, {"ms", 6, 1}, {"s", 9, 1}, {"m", 9, 60}, {"h", 9, 3600}, {"d", 9, 86400}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Length of digits[.digits] at the start; 0 if there is none. A leading zero before another digit is refused (octal
// elsewhere).
std::size_t decimal_length(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size() && is_digit(text[i])) ++i;
  if (i == 0 || (i > 1 && text[0] == '0')) return 0;
  if (i < text.size() && text[i] == '.') {
    const std::size_t point = i++;
    while (i < text.size() && is_digit(text[i])) ++i;
    if (i == point + 1) return 0;
  }
  return i;
}

std::string quoted(std::string_view text) { return "`" + printable(text, 60) + "`"; }

// `number` x 10^exponent, correctly rounded; nothing if it does not fit a double.
std::optional<double> decimal(std::string_view number, int exponent) {
  if (number.size() > 400) return std::nullopt;
  const std::string text = exponent == 0 ? std::string(number) : fmt::format("{}e{}", number, exponent);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

bool is_exponent(std::string_view unit) {
  return unit.size() > 1 && (unit[0] == 'e' || unit[0] == 'E') &&
         (is_digit(unit[1]) || unit[1] == '-' || unit[1] == '+');
}

template <class T>
Parsed<T> fail(Code code, std::string message, std::string hint = {}) {
  return {std::nullopt, {code, std::move(message), std::move(hint)}};
}

template <class T>
Parsed<T> not_a(std::string_view what, std::string_view text, std::string hint) {
  std::string message = fmt::format("{} is not a {}", quoted(text), what);
  if (!text.empty() && (text[0] == '-' || text[0] == '+'))
    return fail<T>(Code::OutOfRange, message + ": signs are not part of the language", std::move(hint));
  const std::size_t digits = text.find_first_not_of("0123456789.");
  if (digits != std::string_view::npos && digits > 0 && is_exponent(text.substr(digits))) {
    message += ": exponents are not part of the language";
  } else if (text.size() > 1 && text[0] == '0' && is_digit(text[1])) {
    message += ": no leading zeros (octal elsewhere)";
  }
  return fail<T>(Code::MalformedScalar, std::move(message), std::move(hint));
}

struct Quantity {
  std::string_view number;
  std::string_view unit;
};

std::optional<Quantity> split_quantity(std::string_view text) {
  const std::size_t length = decimal_length(text);
  if (length == 0) return std::nullopt;
  return Quantity{text.substr(0, length), text.substr(length)};
}

// Exactly one number with one unit of a fixed set; `example` is the suffix proposed for a bare number.
struct UnitRule {
  const char* what;
  const char* example;
  const char* units;
};

template <class Convert>
Parsed<double> parse_with_unit(std::string_view text, const UnitRule& rule, Convert&& convert) {
  const auto q = split_quantity(text);
  if (!q) return not_a<double>(rule.what, text, fmt::format("write a number and a unit, e.g. {}", rule.example));
  if (q->unit.empty()) {
    const std::string_view suffix = std::string_view(rule.example).substr(decimal_length(rule.example));
    return fail<double>(Code::MissingUnit, fmt::format("the unit is missing: {} is a bare number", quoted(text)),
                        fmt::format("write `{}{}`; units are {}", printable(text, 40), suffix, rule.units));
  }
  if (is_exponent(q->unit))
    return not_a<double>(rule.what, text, fmt::format("write the number out, e.g. {}", rule.example));
  const std::optional<double> value = convert(*q);
  if (value && std::isfinite(*value)) return {value, {}};
  if (value || !decimal(q->number, 0))
    return fail<double>(Code::OutOfRange, fmt::format("{} is too large", quoted(text)));
  return fail<double>(Code::UnknownUnit, fmt::format("`{}` is not a unit of a {}", printable(q->unit, 40), rule.what),
                      fmt::format("units are {}", rule.units));
}

constexpr UnitRule kDurationRule{"duration", "250ms", "ns us ms s m h d"};

// Calls part(number, unit) for each piece of 1h30m; false if the text has another form.
template <class Part>
std::optional<Problem> duration_parts(std::string_view text, Part&& part) {
  const auto first = split_quantity(text);
  if (!first) return not_a<double>(kDurationRule.what, text, "write a number and a unit, e.g. 250ms").problem;
  if (first->unit.empty()) {
    return Problem{
        Code::MissingUnit, fmt::format("the unit is missing: {} is a bare number", quoted(text)),
        text == "0" ? std::string("write `0s`")
                    : fmt::format("write `{0}ms` or `{0}s`; units are {1}", printable(text, 40), kDurationRule.units)};
  }
  std::string_view rest = text;
  std::size_t last_rank = kDurationUnits.size();
  while (!rest.empty()) {
    const auto q = split_quantity(rest);
    if (!q) return not_a<double>(kDurationRule.what, text, "write a number and a unit, e.g. 250ms").problem;
    if (is_exponent(q->unit))
      return not_a<double>(kDurationRule.what, text, "write the number out, e.g. 250ms").problem;
    std::size_t length = 0;
    while (length < q->unit.size() && is_letter(q->unit[length])) ++length;
    const std::string_view name = q->unit.substr(0, length);
    std::size_t rank = 0;
    while (rank < kDurationUnits.size() && kDurationUnits[rank].name != name) ++rank;
    if (rank == kDurationUnits.size()) {
      const std::string_view shown = name.empty() ? q->unit : name;
      return Problem{Code::UnknownUnit, fmt::format("`{}` is not a unit of a duration", printable(shown, 40)),
                     fmt::format("units are {}", kDurationRule.units)};
    }
    if (rank >= last_rank)
      return not_a<double>(kDurationRule.what, text, "write larger units first and each once, e.g. 1h30m").problem;
    last_rank = rank;
    if (!part(q->number, kDurationUnits[rank]))
      return Problem{Code::OutOfRange, fmt::format("{} is too long", quoted(text)),
                     "the longest time that can be simulated is 52 days"};
    rest = q->unit.substr(length);
  }
  return std::nullopt;
}

// number x unit in integer nanoseconds, half to even; nothing above kHorizonMax.
std::optional<sim::Duration> exact_nanoseconds(std::string_view number, const Unit& unit) {
  __extension__ using Wide = unsigned __int128;
  constexpr Wide kLimit = Wide{1} << 100;
  const std::size_t point = number.find('.');
  const std::string_view whole = number.substr(0, point);
  const std::string_view fraction = point == std::string_view::npos ? std::string_view{} : number.substr(point + 1);
  Wide scale = static_cast<Wide>(unit.factor);
  for (int i = 0; i < unit.exponent; ++i) scale *= 10;
  Wide total = 0;
  for (const char c : whole) {
    total = total * 10 + static_cast<Wide>(c - '0');
    if (total > kLimit) return std::nullopt;
  }
  total *= scale;
  if (whole.size() > 20) return std::nullopt;
  // The fraction: sum of digit x scale / 10^k; a sticky remainder decides the rounding.
  Wide numerator = 0;
  Wide denominator = 1;
  bool sticky = false;
  for (std::size_t i = 0; i < fraction.size(); ++i) {
    if (i < 18) {
      numerator = numerator * 10 + static_cast<Wide>(fraction[i] - '0');
      denominator *= 10;
    } else {
      sticky = sticky || fraction[i] != '0';
    }
  }
  const Wide product = numerator * scale;
  total += product / denominator;
  const Wide remainder = product % denominator;
  const bool above = remainder * 2 > denominator || (remainder * 2 == denominator && (sticky || (total & 1) != 0));
  if (above) ++total;
  if (total > static_cast<Wide>(sim::kHorizonMax)) return std::nullopt;
  return static_cast<sim::Duration>(total);
}

}  // namespace

Parsed<sim::Duration> parse_duration(std::string_view text) {
  sim::Duration total = 0;
  auto problem = duration_parts(text, [&](std::string_view number, const Unit& unit) {
    const auto part = exact_nanoseconds(number, unit);
    if (!part || total > sim::kHorizonMax - *part) return false;
    total += *part;
    return true;
  });
  if (problem) return {std::nullopt, std::move(*problem)};
  return {total, {}};
}

Parsed<double> parse_duration_real(std::string_view text, double most) {
  double total = 0;
  auto problem = duration_parts(text, [&](std::string_view number, const Unit& unit) {
    const auto part = decimal(number, unit.exponent);
    if (!part) return false;
    total += *part * unit.factor;
    return total <= most;
  });
  if (problem) return {std::nullopt, std::move(*problem)};
  return {total, {}};
}

Parsed<double> parse_rate(std::string_view text) {
  return parse_with_unit(text, {"rate", "300/s", "/s /m /h"}, [](const Quantity& q) -> std::optional<double> {
    const auto value = decimal(q.number, 0);
    if (!value) return std::nullopt;
    if (q.unit == "/s") return *value;
    if (q.unit == "/m") return *value / 60.0;
    if (q.unit == "/h") return *value / 3600.0;
    return std::nullopt;
  });
}

Parsed<double> parse_percent(std::string_view text) {
  return parse_with_unit(text, {"percentage", "5%", "%"}, [](const Quantity& q) -> std::optional<double> {
    if (q.unit != "%") return std::nullopt;
    return decimal(q.number, -2);
  });
}

Parsed<double> parse_factor(std::string_view text) {
  return parse_with_unit(text, {"factor", "4x", "x"}, [](const Quantity& q) -> std::optional<double> {
    if (q.unit != "x") return std::nullopt;
    return decimal(q.number, 0);
  });
}

Parsed<double> parse_size(std::string_view text) {
  return parse_with_unit(text, {"size", "64MiB", "B KiB MiB GiB TiB (or kB MB GB TB)"},
                         [](const Quantity& q) -> std::optional<double> {
                           const auto value = decimal(q.number, 0);
                           if (!value) return std::nullopt;
                           struct SizeUnit {
                             std::string_view name;
                             double bytes;
                           };
                           constexpr SizeUnit kUnits[] = {{"B", 1},
                                                          {"KiB", 1024},
                                                          {"Ki", 1024},
                                                          {"MiB", 1048576},
                                                          {"Mi", 1048576},
                                                          {"GiB", 1073741824},
                                                          {"Gi", 1073741824},
                                                          {"TiB", 1099511627776},
                                                          {"Ti", 1099511627776},
                                                          {"kB", 1e3},
                                                          {"KB", 1e3},
                                                          {"MB", 1e6},
                                                          {"GB", 1e9},
                                                          {"TB", 1e12}};
                           for (const SizeUnit& unit : kUnits) {
                             if (q.unit == unit.name) return unit.bytes == 1e6 ? *value : *value * unit.bytes / 1e6;
                           }
                           return std::nullopt;
                         });
}

Parsed<double> parse_cores(std::string_view text) {
  const auto q = split_quantity(text);
  if (!q) return not_a<double>("number of cores", text, "write 2, 0.5 or 500m");
  if (!q->unit.empty() && q->unit != "m")
    return fail<double>(Code::UnknownUnit, fmt::format("`{}` is not a unit of cores", printable(q->unit, 40)),
                        "write 2, 0.5 or 500m");
  const auto value = decimal(q->number, q->unit == "m" ? -3 : 0);
  if (!value) return fail<double>(Code::OutOfRange, fmt::format("{} is too large", quoted(text)));
  return {value, {}};
}

Parsed<double> parse_number(std::string_view text) {
  if (decimal_length(text) != text.size() || text.empty())
    return not_a<double>("plain number", text, "write a bare number, e.g. 1.5");
  const auto value = decimal(text, 0);
  if (!value) return fail<double>(Code::OutOfRange, fmt::format("{} is too large", quoted(text)));
  return {value, {}};
}

Parsed<std::uint64_t> parse_count(std::string_view text) {
  const std::size_t length = decimal_length(text);
  if (length == 0 || length != text.size() || text.find('.') != std::string_view::npos) {
    std::string hint = "counts are bare whole numbers, e.g. 3";
    return not_a<std::uint64_t>("count", text, std::move(hint));
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return fail<std::uint64_t>(Code::OutOfRange, fmt::format("{} is too large", quoted(text)));
  return {value, {}};
}

Parsed<bool> parse_bool(std::string_view text) {
  if (text == "true") return {true, {}};
  if (text == "false") return {false, {}};
  return fail<bool>(Code::MalformedScalar, fmt::format("{} is neither true nor false", quoted(text)),
                    "write true or false");
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 253 || !(is_letter(text[0]) || is_digit(text[0]))) return false;
  for (const char c : text) {
    if (!is_letter(c) && !is_digit(c) && c != '.' && c != '_' && c != '-') return false;
  }
  return true;
}

bool is_boolean_word(std::string_view text) {
  for (const std::string_view word : {"yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF"}) {
    if (text == word) return true;
  }
  return false;
}

std::string write_number(double value) {
  // Never an exponent: the language has none.
  std::string text = fmt::format("{}", value);
  if (text.find('e') != std::string::npos) {
    for (int digits = 0; digits < 400; ++digits) {
      text = fmt::format("{:.{}f}", value, digits);
      const auto back = decimal(text, 0);
      if (back && *back == value) break;
    }
  } else if (text.size() > 2 && text.compare(text.size() - 2, 2, ".0") == 0) {
    text.resize(text.size() - 2);
  }
  return text;
}

std::string write_duration(sim::Duration value) {
  if (value == 0) return "0s";
  for (std::size_t rank = 4; rank-- > 0;) {  // s, ms, us, ns
    const Unit& unit = kDurationUnits[rank];
    sim::Duration scale = 1;
    for (int i = 0; i < unit.exponent; ++i) scale *= 10;
    if (value % scale == 0) return fmt::format("{}{}", value / scale, unit.name);
  }
  return fmt::format("{}ns", value);
}

std::string write_duration_real(double ns) {
  if (ns == 0) return "0s";
  if (ns == std::floor(ns) && ns <= static_cast<double>(sim::kHorizonMax))
    return write_duration(static_cast<sim::Duration>(ns));
  std::string best = write_number(ns) + "ns";
  for (const Unit& unit : kDurationUnits) {
    if (unit.factor != 1 || unit.exponent == 0) continue;
    double scale = 1;
    for (int i = 0; i < unit.exponent; ++i) scale *= 10;
    const std::string text = fmt::format("{}{}", write_number(ns / scale), unit.name);
    const auto back = parse_duration_real(text, ns);
    if (back.value && *back.value == ns && text.size() < best.size()) best = text;
  }
  return best;
}

std::string write_rate(double per_second) {
  const std::string text = write_number(per_second) + "/s";
  for (const auto& [suffix, scale] : {std::pair<const char*, double>{"/m", 60.0}, {"/h", 3600.0}}) {
    const std::string other = write_number(per_second * scale) + suffix;
    const auto back = parse_rate(other);
    if (text.size() > 12 && back.value && *back.value == per_second && other.size() < text.size()) return other;
  }
  return text;
}

std::string write_percent(double fraction) {
  // Shift the decimal point in the text, so that nothing is rounded.
  std::string best = write_number(fraction * 100.0);
  for (int digits = 0; digits < 400; ++digits) {
    const std::string text = fmt::format("{:.{}f}", fraction * 100.0, digits);
    const auto back = decimal(text, -2);
    if (back && *back == fraction) return text + "%";
    if (digits > 25) break;
  }
  std::string shifted = fmt::format("{:.30f}", fraction);  // 0.ddd -> ddd.d
  const std::size_t point = shifted.find('.');
  shifted.erase(point, 1);
  shifted.insert(point + 2, ".");
  const std::size_t lead = std::min(shifted.find_first_not_of('0'), point + 1);
  shifted.erase(0, lead);
  return shifted + "%";
}

std::string write_size(double megabytes) { return write_number(megabytes) + "MB"; }

}  // namespace reader
