// Incomplete gamma and beta functions, normal distribution: for moments of truncated laws, for tests and for
// confidence intervals. Not for the event loop (slow). Built on portable_math, hence the same bits everywhere.
// Errors: relative error about 1e-13 for moderate arguments (parameters up to 1e4); NaN outside the domain.
// Source: series and continued fractions of the NIST Digital Library of Mathematical Functions, 8.7, 8.9, 8.17,
// evaluated with Lentz's method; A&S 26.2.23 for the starting value of the normal quantile.
#pragma once

namespace sim::portable {

[[nodiscard]] double gamma_p(double a, double x);           // lower regularised incomplete gamma, a > 0
[[nodiscard]] double gamma_q(double a, double x);           // 1 - gamma_p without cancellation
[[nodiscard]] double beta_i(double a, double b, double x);  // regularised incomplete beta, a, b > 0, 0 <= x <= 1
[[nodiscard]] double normal_cdf(double z);
[[nodiscard]] double normal_quantile(double p);  // 0 < p < 1

}  // namespace sim::portable
