#include "sim/distributions/support.h"

#include <fmt/format.h>

#include <stdexcept>

namespace sim::detail {

std::string number_of(double x) { return fmt::format("{:.4g}", x); }

std::string text_of(double ns) {
  const double size = ns < 0 ? -ns : ns;
  if (size >= 999.95e6) return fmt::format("{:.4g} s", ns * 1e-9);
  if (size >= 999.95e3) return fmt::format("{:.4g} ms", ns * 1e-6);
  if (size >= 999.95) return fmt::format("{:.4g} us", ns * 1e-3);
  return fmt::format("{:.4g} ns", ns);
}

void refuse(std::string_view law, std::string_view sentence) {
  throw std::invalid_argument(fmt::format("{}: {}", law, sentence));
}

void require_finite(std::string_view law, std::string_view what, double x) {
  if (!(x - x == 0)) refuse(law, fmt::format("{} must be a finite number, got {}", what, x));
}

void require_non_negative(std::string_view law, std::string_view what, double x) {
  require_finite(law, what, x);
  if (x < 0) refuse(law, fmt::format("{} must not be negative, got {}", what, x));
}

void require_positive(std::string_view law, std::string_view what, double x) {
  require_finite(law, what, x);
  if (!(x > 0)) refuse(law, fmt::format("{} must be positive, got {}", what, x));
}

}  // namespace sim::detail
