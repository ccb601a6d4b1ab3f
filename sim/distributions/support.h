// What the kinds of distributions share: partial moments, argument checks, text. Not part of the public interface.
#pragma once

#include <limits>
#include <string>
#include <string_view>

namespace sim {
class Distribution;
}

namespace sim::detail {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

// E[1; A], E[X; A], E[X^2; A] over an event A such as X <= x. With them truncation and clamps are exact.
struct Partial {
  double p = 0;
  double m1 = 0;
  double m2 = 0;
};

// What belongs to the event A: X <= x, or X < x. They differ at an atom only.
enum class Edge { Included, Excluded };

// Of another distribution over X <= x (or X < x).
[[nodiscard]] Partial below(const Distribution& d, double x, Edge edge);

[[nodiscard]] std::string text_of(double ns);   // "2 ms", four significant digits
[[nodiscard]] std::string number_of(double x);  // four significant digits

// Throw std::invalid_argument: "exponential: the mean must be ..., got ...".
void require_finite(std::string_view law, std::string_view what, double x);
void require_non_negative(std::string_view law, std::string_view what, double x);
void require_positive(std::string_view law, std::string_view what, double x);
[[noreturn]] void refuse(std::string_view law, std::string_view sentence);

}  // namespace sim::detail
