// Strict readers of scalars: numbers with units, as the scenario language has them. Pure functions of the text.
// Not yaml-cpp's conversions: those take "012" as octal, ".nan" as a number and 1e-400 as zero.
// Units: durations in nanoseconds, rates per second, percentages as fractions, sizes in megabytes (10^6 bytes).
// Rounding: decimal text is converted once, correctly rounded (double) or half to even (integer nanoseconds).
// Errors: a Problem with code, message and the fix; never an exception.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "scenarios/reader/codes.h"
#include "sim/time.h"

namespace reader {

struct Problem {
  Code code = Code::MalformedScalar;
  std::string message;
  std::string hint;
};

template <class T>
struct Parsed {
  std::optional<T> value;
  Problem problem;
};

[[nodiscard]] Parsed<sim::Duration> parse_duration(std::string_view text);
[[nodiscard]] Parsed<double> parse_duration_real(
    std::string_view text,
    double most = static_cast<double>(sim::kHorizonMax));  // nanoseconds, fractions kept
[[nodiscard]] Parsed<double> parse_rate(std::string_view text);
[[nodiscard]] Parsed<double> parse_percent(std::string_view text);
[[nodiscard]] Parsed<double> parse_factor(std::string_view text);
[[nodiscard]] Parsed<double> parse_size(std::string_view text);
[[nodiscard]] Parsed<double> parse_cores(std::string_view text);   // 2, 0.5, 500m
[[nodiscard]] Parsed<double> parse_number(std::string_view text);  // a bare decimal
[[nodiscard]] Parsed<std::uint64_t> parse_count(std::string_view text);
[[nodiscard]] Parsed<bool> parse_bool(std::string_view text);

[[nodiscard]] bool is_name(std::string_view text);          // [A-Za-z0-9][A-Za-z0-9._-]{0,252}
[[nodiscard]] bool is_boolean_word(std::string_view text);  // on, off, yes, no in the spellings of YAML 1.1

// The shortest text that reads back to the same value.
[[nodiscard]] std::string write_duration(sim::Duration value);
[[nodiscard]] std::string write_duration_real(double nanoseconds);
[[nodiscard]] std::string write_rate(double per_second);
[[nodiscard]] std::string write_percent(double fraction);
[[nodiscard]] std::string write_size(double megabytes);
[[nodiscard]] std::string write_number(double value);

}  // namespace reader
