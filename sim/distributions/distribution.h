// A probability distribution of durations as a value: copyable, comparable, cheap to sample.
// Not a random source: numbers come from (key, purpose), see sim/random/keyed.h. Not mutable.
// Units: double nanoseconds for every parameter and moment; sample() gives integer nanoseconds.
// Invariants: a constant is returned exactly (rounded half to even once, 0 allowed); every other draw is
// rounded half to even once and clamped to [1 ns, kHorizonMax]. Moments are those of the real-valued law,
// before rounding and clamping. A default-constructed value is the constant 0.
// Errors: factories throw std::invalid_argument with one clear sentence; sampling never throws.
// Degenerate parameters collapse: mean 0 or cv 0 gives a constant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/random/keyed.h"
#include "sim/random/portable_math.h"
#include "sim/time.h"

namespace sim {

namespace detail {
struct Law;  // the variant of all kinds: sim/distributions/law.h

// Rounds half to even once, clamped to [1, kHorizonMax]; NaN gives 1. In [2^52, 2^53) doubles have no fraction bits,
// so the sum is rounded and its mantissa is the integer: no conversion, no branch.
[[nodiscard]] inline Duration drawn_duration(double ns) {
  constexpr double kMost = static_cast<double>(kHorizonMax);
  ns = ns > 1.0 ? ns : 1.0;
  ns = ns < kMost ? ns : kMost;
  const double shifted = ns + 0x1p52;
  std::uint64_t bits = 0;
  std::memcpy(&bits, &shifted, sizeof bits);
  return static_cast<Duration>(bits & 0x000fffffffffffff);
}
}  // namespace detail

struct QuantilePoint {
  double q = 0;      // in [0, 1]
  double value = 0;  // nanoseconds
  friend bool operator==(const QuantilePoint&, const QuantilePoint&) = default;
};

class Distribution {
 public:
  Distribution();  // constant 0
  Distribution(const Distribution& other);
  Distribution(Distribution&& other) noexcept;
  Distribution& operator=(const Distribution& other);
  Distribution& operator=(Distribution&& other) noexcept;
  ~Distribution();

  [[nodiscard]] static Distribution constant(double ns);
  [[nodiscard]] static Distribution uniform(double lo, double hi);
  [[nodiscard]] static Distribution exponential(double mean);
  [[nodiscard]] static Distribution gamma(double mean, double cv);
  [[nodiscard]] static Distribution gamma_quantiles(double median, double q, double value_at_q);
  [[nodiscard]] static Distribution erlang(std::uint32_t k, double mean);
  [[nodiscard]] static Distribution lognormal(double mean, double cv);
  [[nodiscard]] static Distribution lognormal_quantiles(double median, double q, double value_at_q);
  [[nodiscard]] static Distribution weibull(double scale, double shape);
  [[nodiscard]] static Distribution weibull_quantiles(double median, double q, double value_at_q);
  [[nodiscard]] static Distribution pareto(double min, double alpha);
  [[nodiscard]] static Distribution hyperexponential(std::vector<double> probabilities, std::vector<double> means);
  // Discrete: one of the values, equally likely or with weights (any positive scale).
  [[nodiscard]] static Distribution empirical(std::vector<double> values, std::vector<double> weights = {});
  // Continuous: linear between quantile points; the first must be q = 0 and the last q = 1.
  [[nodiscard]] static Distribution empirical_quantiles(std::vector<QuantilePoint> points);
  [[nodiscard]] static Distribution mixture(std::vector<double> weights, std::vector<Distribution> parts);
  [[nodiscard]] static Distribution shifted(double offset, Distribution inner);
  // Conditioned on lo <= X <= hi (hi may be infinite). Refused when that has probability below 1e-9.
  [[nodiscard]] static Distribution truncated(Distribution inner, double lo, double hi);
  // max(X, lo): a clamp, with an atom at lo.
  [[nodiscard]] static Distribution with_min(Distribution inner, double lo);

  [[nodiscard]] double mean() const;      // may be infinite (Pareto)
  [[nodiscard]] double variance() const;  // may be infinite (Pareto)
  [[nodiscard]] double cv() const;        // 0 when the mean is 0
  [[nodiscard]] double min() const;       // greatest lower bound of the law (exponential: 0, although a draw is >= 1)
  [[nodiscard]] double cdf(double ns) const;      // P(X <= ns)
  [[nodiscard]] double quantile(double q) const;  // smallest x with cdf(x) >= q; q in (0, 1)
  [[nodiscard]] bool is_constant() const { return path_ == Path::Constant; }
  [[nodiscard]] std::string describe() const;  // "exponential, mean 2 ms"
  [[nodiscard]] std::string caution() const;   // warning for infinite moments; empty when there is none

  [[nodiscard]] Duration sample(Key key, std::uint64_t purpose) const {
    if (path_ == Path::Constant) return constant_;
    if (path_ == Path::Exponential) {
      Draws draws(key, purpose);
      return detail::drawn_duration(offset_ + scale_ * sim::exponential(draws));
    }
    if (path_ == Path::Lognormal) {
      Draws draws(key, purpose);
      const double value = portable::exp(location_ + scale_ * sim::normal(draws));
      return detail::drawn_duration(value > offset_ ? value : offset_);
    }
    return sample_other(key, purpose);
  }
  [[nodiscard]] double sample_real(Draws& draws) const;

  [[nodiscard]] const detail::Law& law() const;  // for the kinds themselves and for tests
  friend bool operator==(const Distribution& a, const Distribution& b);

 private:
  enum class Path : std::uint8_t { Constant, Exponential, Lognormal, Other };
  explicit Distribution(detail::Law law);
  [[nodiscard]] Duration sample_other(Key key, std::uint64_t purpose) const;

  Path path_ = Path::Constant;  // constants, (shifted) exponentials and (clamped) lognormals are sampled inline
  Duration constant_ = 0;
  double offset_ = 0;    // shift of an exponential, least value of a lognormal
  double scale_ = 0;     // mean of the exponential, sigma of the lognormal
  double location_ = 0;  // mu of the lognormal
  std::unique_ptr<const detail::Law> law_;
};

}  // namespace sim
