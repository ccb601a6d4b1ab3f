// The factories of Distribution: they check arguments, convert parameters and collapse degenerate cases.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/distributions/distribution.h"
#include "sim/distributions/law.h"
#include "sim/random/portable_math.h"
#include "sim/random/special_functions.h"

namespace sim {

using namespace detail;  // NOLINT(google-build-using-namespace): the kinds are named on every line below

namespace {

constexpr double kMaxCv = 1e6;          // beyond it the parameters leave the range of doubles
constexpr double kSumTolerance = 1e-6;  // people write 0.333, 0.333, 0.334

void require_cv(std::string_view law, double cv) {
  require_non_negative(law, "the coefficient of variation (cv)", cv);
  if (cv > kMaxCv) refuse(law, fmt::format("the coefficient of variation (cv) must be at most 1e6, got {}", cv));
}

// A median and one further quantile must point the same way. False: they are equal, the law is constant.
bool check_quantile_pair(std::string_view law, double median, double q, double value) {
  require_positive(law, "the median", median);
  require_positive(law, "the value at the quantile", value);
  if (!(q > 0 && q < 1)) refuse(law, fmt::format("the quantile must lie strictly between 0 and 1, got {}", q));
  if (q == 0.5) refuse(law, "the second quantile must differ from the median (0.5)");
  if (value == median) return false;
  if ((q > 0.5) != (value > median)) {
    refuse(law, fmt::format("the value at quantile {} ({}) must be {} the median ({})", q, text_of(value),
                            q > 0.5 ? "above" : "below", text_of(median)));
  }
  return true;
}

std::vector<double> normalised(std::string_view law, std::string_view what, std::vector<double> weights,
                               bool must_sum_to_one) {
  if (weights.empty()) refuse(law, fmt::format("{} are missing", what));
  double sum = 0;
  for (const double w : weights) {
    require_non_negative(law, fmt::format("each of the {}", what), w);
    sum += w;
  }
  require_positive(law, fmt::format("the sum of the {}", what), sum);
  if (must_sum_to_one && std::fabs(sum - 1) > kSumTolerance)
    refuse(law, fmt::format("the {} must sum to 1, got {}", what, sum));
  for (double& w : weights) w /= sum;
  return weights;
}

}  // namespace

Distribution Distribution::constant(double ns) {
  require_non_negative("constant", "the value", ns);
  return Distribution(Law{Constant{ns}});
}

Distribution Distribution::uniform(double lo, double hi) {
  require_non_negative("uniform", "the lower bound", lo);
  require_non_negative("uniform", "the upper bound", hi);
  if (hi < lo)
    refuse("uniform", fmt::format("the upper bound ({}) is below the lower bound ({})", text_of(hi), text_of(lo)));
  return lo == hi ? constant(lo) : Distribution(Law{Uniform{lo, hi}});
}

Distribution Distribution::exponential(double mean) {
  require_non_negative("exponential", "the mean", mean);
  return mean == 0 ? constant(0) : Distribution(Law{Exponential{mean}});
}

Distribution Distribution::gamma(double mean, double cv) {
  require_non_negative("gamma", "the mean", mean);
  require_cv("gamma", cv);
  const double variance_ratio = cv * cv;
  if (mean == 0 || variance_ratio == 0) return constant(mean);
  return Distribution(Law{Gamma{1 / variance_ratio, mean * variance_ratio, false}});
}

Distribution Distribution::erlang(std::uint32_t k, double mean) {
  require_non_negative("Erlang", "the mean", mean);
  if (k == 0) refuse("Erlang", "the number of stages must be at least 1, got 0");
  if (mean == 0 || k == 1) return exponential(mean);
  return Distribution(Law{Gamma{static_cast<double>(k), mean / k, true}});
}

Distribution Distribution::gamma_quantiles(double median, double q, double value_at_q) {
  if (!check_quantile_pair("gamma", median, q, value_at_q)) return constant(median);
  const double ratio = value_at_q / median;
  // For a given shape the ratio of the two quantiles is fixed; the larger the shape the closer they are.
  const auto median_of = [](double shape) { return Distribution(Law{Gamma{shape, 1, false}}).quantile(0.5); };
  const auto spread_too_wide = [&](double shape) {
    const double p = portable::gamma_p(shape, median_of(shape) * ratio);
    return q > 0.5 ? p < q : p > q;  // too little mass between the median and the value
  };
  double lo = -3;  // log of the shape: 0.05 to 1e4
  double hi = 9.21;
  if (!spread_too_wide(portable::exp(lo)) || spread_too_wide(portable::exp(hi))) {
    refuse("gamma",
           fmt::format("no gamma distribution has the median {} and {} at quantile {} (shape outside 0.05..10000)",
                       text_of(median), text_of(value_at_q), q));
  }
  for (int i = 0; i < 52; ++i) {
    const double mid = (lo + hi) / 2;
    (spread_too_wide(portable::exp(mid)) ? lo : hi) = mid;
  }
  const double shape = portable::exp((lo + hi) / 2);
  return Distribution(Law{Gamma{shape, median / median_of(shape), false}});
}

Distribution Distribution::lognormal(double mean, double cv) {
  require_non_negative("lognormal", "the mean", mean);
  require_cv("lognormal", cv);
  const double s2 = portable::log1p(cv * cv);
  if (mean == 0 || s2 == 0) return constant(mean);
  return Distribution(Law{Lognormal{portable::log(mean) - 0.5 * s2, std::sqrt(s2)}});
}

Distribution Distribution::lognormal_quantiles(double median, double q, double value_at_q) {
  if (!check_quantile_pair("lognormal", median, q, value_at_q)) return constant(median);
  const double mu = portable::log(median);
  return Distribution(Law{Lognormal{mu, (portable::log(value_at_q) - mu) / portable::normal_quantile(q)}});
}

Distribution Distribution::weibull(double scale, double shape) {
  require_non_negative("Weibull", "the scale", scale);
  require_positive("Weibull", "the shape", shape);
  if (shape < 0.01 || shape > 1e6)
    refuse("Weibull", fmt::format("the shape must lie between 0.01 and 1e6, got {}", shape));
  return scale == 0 ? constant(0) : Distribution(Law{Weibull{scale, shape}});
}

Distribution Distribution::weibull_quantiles(double median, double q, double value_at_q) {
  if (!check_quantile_pair("Weibull", median, q, value_at_q)) return constant(median);
  const double ln2 = -portable::log1p(-0.5);
  const double shape = portable::log(-portable::log1p(-q) / ln2) / portable::log(value_at_q / median);
  return weibull(median / portable::pow(ln2, 1 / shape), shape);
}

Distribution Distribution::pareto(double min, double alpha) {
  require_positive("Pareto", "the minimum", min);
  require_positive("Pareto", "alpha", alpha);
  return Distribution(Law{Pareto{min, alpha}});
}

Distribution Distribution::hyperexponential(std::vector<double> probabilities, std::vector<double> means) {
  if (probabilities.size() != means.size()) {
    refuse("hyperexponential", fmt::format("{} probabilities for {} means", probabilities.size(), means.size()));
  }
  probabilities = normalised("hyperexponential", "probabilities", std::move(probabilities), true);
  for (const double mean : means) require_positive("hyperexponential", "each mean", mean);
  return Distribution(Law{Hyperexponential{std::move(probabilities), std::move(means)}});
}

Distribution Distribution::empirical(std::vector<double> values, std::vector<double> weights) {
  if (values.empty()) refuse("empirical", "values are missing");
  if (weights.empty()) weights.assign(values.size(), 1.0);
  if (weights.size() != values.size())
    refuse("empirical", fmt::format("{} weights for {} values", weights.size(), values.size()));
  weights = normalised("empirical", "weights", std::move(weights), false);
  std::vector<std::pair<double, double>> atoms;
  for (std::size_t i = 0; i < values.size(); ++i) {
    require_non_negative("empirical", "each value", values[i]);
    if (weights[i] > 0) atoms.emplace_back(values[i], weights[i]);
  }
  std::sort(atoms.begin(), atoms.end());
  Empirical law;
  double cumulative = 0;
  for (const auto& [value, weight] : atoms) {
    cumulative += weight;
    if (!law.values.empty() && law.values.back() == value) {
      law.probabilities.back() += weight;
      law.upper.back() = cumulative;
    } else {
      law.values.push_back(value);
      law.probabilities.push_back(weight);
      law.upper.push_back(cumulative);
    }
  }
  if (law.values.size() == 1) return constant(law.values.front());
  law.upper.back() = 1;
  law.guide = guide_table(law.upper);
  return Distribution(Law{std::move(law)});
}

Distribution Distribution::empirical_quantiles(std::vector<QuantilePoint> points) {
  constexpr std::string_view kName = "empirical quantiles";
  if (points.size() < 2) refuse(kName, "at least two points are needed, at q = 0 and q = 1");
  if (points.front().q != 0 || points.back().q != 1)
    refuse(kName, "the first point must have q = 0 and the last q = 1");
  EmpiricalQuantiles law;
  for (std::size_t i = 0; i < points.size(); ++i) {
    require_non_negative(kName, "each value", points[i].value);
    if (i == 0) continue;
    if (!(points[i].q > points[i - 1].q))
      refuse(kName, fmt::format("q must ascend, got {} after {}", points[i].q, points[i - 1].q));
    if (points[i].value < points[i - 1].value) {
      refuse(kName, fmt::format("values must not descend, got {} after {}", text_of(points[i].value),
                                text_of(points[i - 1].value)));
    }
    law.upper.push_back(points[i].q);
  }
  if (points.front().value == points.back().value) return constant(points.front().value);
  law.guide = guide_table(law.upper);
  law.points = std::move(points);
  return Distribution(Law{std::move(law)});
}

Distribution Distribution::mixture(std::vector<double> weights, std::vector<Distribution> parts) {
  if (weights.size() != parts.size())
    refuse("mixture", fmt::format("{} weights for {} parts", weights.size(), parts.size()));
  weights = normalised("mixture", "weights", std::move(weights), true);
  Mixture law;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (weights[i] == 0) continue;
    law.weights.push_back(weights[i]);
    law.parts.push_back(std::move(parts[i]));
  }
  if (law.parts.size() == 1) return law.parts.front();
  return Distribution(Law{std::move(law)});
}

Distribution Distribution::shifted(double offset, Distribution inner) {
  require_non_negative("shifted", "the offset", offset);
  if (offset == 0) return inner;
  if (inner.is_constant()) return constant(offset + inner.mean());
  return Distribution(Law{Shifted{offset, std::move(inner)}});
}

Distribution Distribution::truncated(Distribution inner, double lo, double hi) {
  require_non_negative("truncated", "the lower bound", lo);
  if (hi != kInfinity) require_non_negative("truncated", "the upper bound", hi);
  if (hi < lo)
    refuse("truncated", fmt::format("the upper bound ({}) is below the lower bound ({})", text_of(hi), text_of(lo)));
  const Partial under = below(inner, lo, Edge::Excluded);
  const Partial upto = below(inner, hi, Edge::Included);
  const Partial inside{upto.p - under.p, upto.m1 - under.m1, upto.m2 - under.m2};
  if (!(inside.p >= 1e-9)) {
    refuse("truncated", fmt::format("{} lies between {} and {} with a probability of less than 1e-9", inner.describe(),
                                    text_of(lo), text_of(hi)));
  }
  if (inner.is_constant()) return inner;
  return Distribution(Law{Truncated{lo, hi, std::move(inner), under, inside}});
}

Distribution Distribution::with_min(Distribution inner, double lo) {
  require_non_negative("minimum", "the lower bound", lo);
  if (inner.min() >= lo) return inner;
  if (inner.is_constant()) return constant(lo);
  const Partial under = below(inner, lo, Edge::Included);
  return Distribution(Law{Clamped{lo, std::move(inner), under}});
}

}  // namespace sim
