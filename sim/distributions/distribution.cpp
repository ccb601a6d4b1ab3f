// The value type: dispatch to the kinds, moments, quantiles and text. The factories are in factories.cpp.
#include "sim/distributions/distribution.h"

#include <cmath>

#include "sim/distributions/law.h"

namespace sim {

namespace {

const detail::Law kZero{detail::Constant{0}};

// A law without a closed form: bracket by doubling, then halve until neighbouring doubles.
template <class Kind>
double bisect_quantile(const Kind& kind, double q) {
  const auto cdf = [&kind](double x) { return kind.below(x, detail::Edge::Included).p; };
  double lo = kind.min();
  if (cdf(lo) >= q) return lo;
  const double start = kind.mean();
  double step = start > lo && start < 1e300 ? start - lo : 1.0;
  double hi = lo + step;
  while (cdf(hi) < q && hi < 1e300) {
    lo = hi;
    step *= 2;
    hi += step;
  }
  for (int i = 0; i < 1100; ++i) {
    const double mid = lo + (hi - lo) / 2;
    if (!(mid > lo && mid < hi)) break;
    (cdf(mid) < q ? lo : hi) = mid;
  }
  return hi;
}

}  // namespace

Distribution::Distribution() = default;
Distribution::Distribution(Distribution&& other) noexcept = default;
Distribution& Distribution::operator=(Distribution&& other) noexcept = default;
Distribution::~Distribution() = default;

Distribution::Distribution(const Distribution& other)
    : path_(other.path_),
      constant_(other.constant_),
      offset_(other.offset_),
      scale_(other.scale_),
      location_(other.location_),
      law_(other.law_ ? std::make_unique<const detail::Law>(*other.law_) : nullptr) {}

Distribution& Distribution::operator=(const Distribution& other) {
  if (this != &other) *this = Distribution(other);
  return *this;
}

Distribution::Distribution(detail::Law law) : law_(std::make_unique<const detail::Law>(std::move(law))) {
  path_ = Path::Other;
  if (const auto* constant = std::get_if<detail::Constant>(&law_->kind)) {
    path_ = Path::Constant;
    const double ns = constant->value;
    constant_ = ns >= static_cast<double>(kHorizonMax) ? kHorizonMax : static_cast<Duration>((ns + 0x1p52) - 0x1p52);
  } else if (const auto* exponential = std::get_if<detail::Exponential>(&law_->kind)) {
    path_ = Path::Exponential;
    scale_ = exponential->scale;
  } else if (const auto* lognormal = std::get_if<detail::Lognormal>(&law_->kind)) {
    path_ = Path::Lognormal;
    location_ = lognormal->mu;
    scale_ = lognormal->sigma;
  } else if (const auto* clamped = std::get_if<detail::Clamped>(&law_->kind)) {
    if (const auto* inner = std::get_if<detail::Lognormal>(&clamped->inner.law().kind)) {
      path_ = Path::Lognormal;
      location_ = inner->mu;
      scale_ = inner->sigma;
      offset_ = clamped->least;
    }
  } else if (const auto* shifted = std::get_if<detail::Shifted>(&law_->kind)) {
    if (const auto* inner = std::get_if<detail::Exponential>(&shifted->inner.law().kind)) {
      path_ = Path::Exponential;
      offset_ = shifted->offset;
      scale_ = inner->scale;
    }
  }
}

const detail::Law& Distribution::law() const { return law_ ? *law_ : kZero; }

Duration Distribution::sample_other(Key key, std::uint64_t purpose) const {
  Draws draws(key, purpose);
  return detail::drawn_duration(sample_real(draws));
}

double Distribution::sample_real(Draws& draws) const {
  return std::visit([&draws](const auto& kind) { return kind.sample(draws); }, law().kind);
}

double Distribution::mean() const {
  return std::visit([](const auto& kind) { return kind.mean(); }, law().kind);
}

double Distribution::variance() const {
  return std::visit([](const auto& kind) { return kind.variance(); }, law().kind);
}

double Distribution::min() const {
  return std::visit([](const auto& kind) { return kind.min(); }, law().kind);
}

double Distribution::cv() const {
  const double m = mean();
  if (m == 0) return 0;
  const double v = variance();
  return m == detail::kInfinity || v == detail::kInfinity ? detail::kInfinity : std::sqrt(v) / m;
}

double Distribution::cdf(double ns) const { return detail::below(*this, ns, detail::Edge::Included).p; }

double Distribution::quantile(double q) const {
  return std::visit(
      [q](const auto& kind) {
        if constexpr (requires { kind.quantile(q); }) {
          return kind.quantile(q);
        } else {
          return bisect_quantile(kind, q);
        }
      },
      law().kind);
}

std::string Distribution::describe() const {
  return std::visit([](const auto& kind) { return kind.describe(); }, law().kind);
}

std::string Distribution::caution() const {
  if (mean() == detail::kInfinity) {
    return describe() + " has an infinite mean: averages never settle and no interval for them is valid; truncate it";
  }
  if (variance() == detail::kInfinity) {
    return describe() + " has an infinite variance: intervals for averages are not valid; truncate it";
  }
  if (cv() > 100) {
    return describe() + " has a coefficient of variation of " + detail::number_of(cv()) +
           ": its mean is carried by very rare draws, and runs of ordinary length will mostly miss it";
  }
  return {};
}

bool operator==(const Distribution& a, const Distribution& b) { return a.law() == b.law(); }

namespace detail {

Partial below(const Distribution& d, double x, Edge edge) {
  if (x == kInfinity) {
    const double mean = d.mean();
    return {1, mean, mean == kInfinity ? kInfinity : d.variance() + mean * mean};
  }
  return std::visit([x, edge](const auto& kind) { return kind.below(x, edge); }, d.law().kind);
}

}  // namespace detail

}  // namespace sim
