// What the factories convert, collapse and refuse.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/distributions/distribution.h"

using D = sim::Distribution;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::string refusal(const std::function<D()>& make) {
  try {
    static_cast<void>(make());
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("every numeric parameter of every factory refuses NaN, infinity and negative values") {
  const std::vector<std::pair<const char*, std::function<D(double)>>> parameters = {
      {"constant", [](double x) { return D::constant(x); }},
      {"uniform lo", [](double x) { return D::uniform(x, 5); }},
      {"uniform hi", [](double x) { return D::uniform(0, x); }},
      {"exponential", [](double x) { return D::exponential(x); }},
      {"gamma mean", [](double x) { return D::gamma(x, 1); }},
      {"gamma cv", [](double x) { return D::gamma(1, x); }},
      {"gamma median", [](double x) { return D::gamma_quantiles(x, 0.9, 5); }},
      {"gamma q", [](double x) { return D::gamma_quantiles(1, x, 5); }},
      {"gamma value", [](double x) { return D::gamma_quantiles(1, 0.9, x); }},
      {"erlang mean", [](double x) { return D::erlang(3, x); }},
      {"lognormal mean", [](double x) { return D::lognormal(x, 1); }},
      {"lognormal cv", [](double x) { return D::lognormal(1, x); }},
      {"lognormal median", [](double x) { return D::lognormal_quantiles(x, 0.9, 5); }},
      {"lognormal q", [](double x) { return D::lognormal_quantiles(1, x, 5); }},
      {"lognormal value", [](double x) { return D::lognormal_quantiles(1, 0.9, x); }},
      {"weibull scale", [](double x) { return D::weibull(x, 1); }},
      {"weibull shape", [](double x) { return D::weibull(1, x); }},
      {"weibull median", [](double x) { return D::weibull_quantiles(x, 0.9, 5); }},
      {"weibull q", [](double x) { return D::weibull_quantiles(1, x, 5); }},
      {"weibull value", [](double x) { return D::weibull_quantiles(1, 0.9, x); }},
      {"pareto min", [](double x) { return D::pareto(x, 2); }},
      {"pareto alpha", [](double x) { return D::pareto(1, x); }},
      {"hyperexponential probability",
       [](double x) {
         return D::hyperexponential({x, 1 - x}, {1, 2});
       }},
      {"hyperexponential mean",
       [](double x) {
         return D::hyperexponential({0.5, 0.5}, {1, x});
       }},
      {"empirical value",
       [](double x) {
         return D::empirical({1, x});
       }},
      {"empirical weight",
       [](double x) {
         return D::empirical({1, 2}, {1, x});
       }},
      {"quantile q",
       [](double x) {
         return D::empirical_quantiles({{0, 1}, {x, 2}, {1, 3}});
       }},
      {"quantile value",
       [](double x) {
         return D::empirical_quantiles({{0, 1}, {0.5, x}, {1, 3}});
       }},
      {"mixture weight",
       [](double x) {
         return D::mixture({x, 1 - x}, {D::constant(1), D::constant(2)});
       }},
      {"shifted", [](double x) { return D::shifted(x, D::exponential(1)); }},
      {"truncated lo", [](double x) { return D::truncated(D::exponential(1), x, 2); }},
      {"with_min", [](double x) { return D::with_min(D::exponential(1), x); }},
  };
  for (const auto& parameter : parameters) {
    const std::string name = parameter.first;
    const std::function<D(double)>& make = parameter.second;
    CAPTURE(name);
    for (const double bad : {kNan, kInf, -kInf, -1.0, -1e-300}) {
      CAPTURE(bad);
      CHECK_FALSE(refusal([&make, bad] { return make(bad); }).empty());
    }
  }
  CHECK_FALSE(refusal([] { return D::truncated(D::exponential(1), 0, kNan); }).empty());
  CHECK_FALSE(refusal([] { return D::truncated(D::exponential(1), 0, -1); }).empty());
}

TEST_CASE("contradictory parameters are refused with a sentence that names them") {
  CHECK(refusal([] { return D::uniform(5e6, 1e6); }) ==
        "uniform: the upper bound (1 ms) is below the lower bound (5 ms)");
  CHECK(refusal([] { return D::exponential(-3); }) == "exponential: the mean must not be negative, got -3");
  CHECK(refusal([] { return D::exponential(kNan); }) == "exponential: the mean must be a finite number, got nan");
  CHECK(refusal([] { return D::erlang(0, 1); }) == "Erlang: the number of stages must be at least 1, got 0");
  CHECK(refusal([] { return D::lognormal_quantiles(2e6, 0.99, 1e6); }) ==
        "lognormal: the value at quantile 0.99 (1 ms) must be above the median (2 ms)");
  CHECK(refusal([] { return D::lognormal_quantiles(2e6, 0.01, 3e6); }) ==
        "lognormal: the value at quantile 0.01 (3 ms) must be below the median (2 ms)");
  CHECK(refusal([] { return D::lognormal_quantiles(1, 0.5, 2); }) ==
        "lognormal: the second quantile must differ from the median (0.5)");
  CHECK(refusal([] { return D::lognormal_quantiles(1, 1, 2); }) ==
        "lognormal: the quantile must lie strictly between 0 and 1, got 1");
  CHECK(refusal([] {
          return D::hyperexponential({0.5, 0.4}, {1, 2});
        }) == "hyperexponential: the probabilities must sum to 1, got 0.9");
  CHECK(refusal([] { return D::hyperexponential({1}, {1, 2}); }) == "hyperexponential: 1 probabilities for 2 means");
  CHECK(refusal([] { return D::hyperexponential({}, {}); }) == "hyperexponential: probabilities are missing");
  CHECK(refusal([] { return D::mixture({0.5, 0.6}, {D(), D()}); }) == "mixture: the weights must sum to 1, got 1.1");
  CHECK(refusal([] { return D::mixture({1}, {}); }) == "mixture: 1 weights for 0 parts");
  CHECK(refusal([] { return D::empirical({}); }) == "empirical: values are missing");
  CHECK(refusal([] {
          return D::empirical({1, 2}, {0, 0});
        }) == "empirical: the sum of the weights must be positive, got 0");
  CHECK(refusal([] { return D::empirical({1, 2}, {1}); }) == "empirical: 1 weights for 2 values");
  CHECK_FALSE(refusal([] { return D::empirical_quantiles({{0, 1}}); }).empty());
  CHECK_FALSE(refusal([] { return D::empirical_quantiles({{0.1, 1}, {1, 2}}); }).empty());
  CHECK_FALSE(refusal([] { return D::empirical_quantiles({{0, 1}, {0.9, 2}}); }).empty());
  CHECK_FALSE(refusal([] { return D::empirical_quantiles({{0, 1}, {0.5, 3}, {1, 2}}); }).empty());
  CHECK_FALSE(refusal([] { return D::empirical_quantiles({{0, 1}, {0.5, 2}, {0.5, 3}, {1, 4}}); }).empty());
  CHECK(refusal([] { return D::truncated(D::exponential(1e6), 1e9, 2e9); }) ==
        "truncated: exponential, mean 1 ms lies between 1 s and 2 s with a probability of less than 1e-9");
  CHECK_FALSE(refusal([] { return D::truncated(D::constant(5), 6, 7); }).empty());
  CHECK_FALSE(refusal([] { return D::truncated(D::exponential(1), 3, 2); }).empty());
  CHECK_FALSE(refusal([] { return D::gamma_quantiles(1, 0.99, 1e9); }).empty());
  CHECK_FALSE(refusal([] { return D::lognormal(1, 1e7); }).empty());
}

TEST_CASE("degenerate parameters give constants") {
  for (const D& law :
       {D::uniform(7, 7), D::gamma(7, 0), D::lognormal(7, 0), D::lognormal_quantiles(7, 0.99, 7),
        D::weibull_quantiles(7, 0.9, 7), D::empirical({7, 7, 7}), D::empirical_quantiles({{0, 7}, {1, 7}}),
        D::shifted(3, D::constant(4)), D::with_min(D::constant(2), 7), D::truncated(D::constant(7), 0, 9),
        D::mixture({1}, {D::constant(7)})}) {
    CHECK(law.is_constant());
    CHECK(law == D::constant(7));
    CHECK(law.sample(1, 2) == 7);
    CHECK(law.variance() == 0);
  }
  for (const D& law : {D(), D::exponential(0), D::gamma(0, 2), D::erlang(3, 0), D::lognormal(0, 1), D::weibull(0, 1)}) {
    CHECK(law.is_constant());
    CHECK(law.sample(1, 2) == 0);
    CHECK(law == D::constant(0));
  }
  CHECK(D::erlang(1, 5) == D::exponential(5));
  CHECK(D::shifted(0, D::exponential(5)) == D::exponential(5));
  CHECK(D::with_min(D::pareto(5, 2), 4) == D::pareto(5, 2));
}

TEST_CASE("given means, variations and quantiles are met") {
  CHECK(D::gamma(3e6, 0.7).mean() == doctest::Approx(3e6).epsilon(1e-14));
  CHECK(D::gamma(3e6, 0.7).cv() == doctest::Approx(0.7).epsilon(1e-14));
  CHECK(D::lognormal(3e6, 2.5).mean() == doctest::Approx(3e6).epsilon(1e-13));
  CHECK(D::lognormal(3e6, 2.5).cv() == doctest::Approx(2.5).epsilon(1e-13));
  CHECK(D::lognormal(3e6, 1e-3).cv() == doctest::Approx(1e-3).epsilon(1e-9));
  CHECK(D::erlang(4, 8e6).cv() == doctest::Approx(0.5).epsilon(1e-14));
  CHECK(D::weibull(1e6, 1).mean() == doctest::Approx(1e6).epsilon(1e-13));
  CHECK(D::weibull(1e6, 1).cv() == doctest::Approx(1).epsilon(1e-12));
  for (const auto& given : {std::pair{0.99, 4e6}, std::pair{0.9, 1.5e6}, std::pair{0.1, 0.6e6}}) {
    const double q = given.first;
    const double value = given.second;
    CAPTURE(q);
    for (const D& law : {D::lognormal_quantiles(1e6, q, value), D::gamma_quantiles(1e6, q, value),
                         D::weibull_quantiles(1e6, q, value)}) {
      CAPTURE(law.describe());
      CHECK(law.quantile(0.5) == doctest::Approx(1e6).epsilon(1e-9));
      CHECK(law.quantile(q) == doctest::Approx(value).epsilon(1e-9));
    }
  }
  CHECK(D::pareto(1e6, 3).mean() == doctest::Approx(1.5e6));
  CHECK(D::pareto(1e6, 3).variance() == doctest::Approx(0.75e12));
  CHECK(D::hyperexponential({0.5, 0.5}, {1, 3}).variance() == doctest::Approx(6));  // 2 (1 + 9) / 2 - 4
}

TEST_CASE("constants are exact and rounded half to even") {
  CHECK(D::constant(0).sample(1, 1) == 0);
  CHECK(D::constant(2.5).sample(1, 1) == 2);
  CHECK(D::constant(3.5).sample(1, 1) == 4);
  CHECK(D::constant(1e9 + 1).sample(9, 9) == 1'000'000'001);
  CHECK(D::constant(1e300).sample(1, 1) == sim::kHorizonMax);
}

TEST_CASE("draws are rounded half to even and clamped to one nanosecond and the horizon") {
  using sim::detail::drawn_duration;
  CHECK(drawn_duration(0) == 1);
  CHECK(drawn_duration(-5) == 1);
  CHECK(drawn_duration(kNan) == 1);
  CHECK(drawn_duration(1.5) == 2);
  CHECK(drawn_duration(2.5) == 2);
  CHECK(drawn_duration(2.5000001) == 3);
  CHECK(drawn_duration(123456789.4) == 123456789);
  CHECK(drawn_duration(0x1p52 - 1) == sim::kHorizonMax);
  CHECK(drawn_duration(0x1p52 - 1.5) == sim::kHorizonMax - 1);  // half way: to the even neighbour
  CHECK(drawn_duration(1e300) == sim::kHorizonMax);
  CHECK(drawn_duration(kInf) == sim::kHorizonMax);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    CHECK(D::pareto(1e15, 0.01).sample(i, 1) <= sim::kHorizonMax);
    CHECK(D::exponential(1e-3).sample(i, 1) == 1);
  }
}

TEST_CASE("a law without mean or variance says so, and truncation cures it") {
  CHECK(D::pareto(1e6, 0.9).mean() == kInf);
  CHECK(D::pareto(1e6, 0.9).caution().find("infinite mean") != std::string::npos);
  CHECK(D::pareto(1e6, 2).variance() == kInf);
  CHECK(D::pareto(1e6, 2).mean() == 2e6);
  CHECK(D::pareto(1e6, 2).caution().find("infinite variance") != std::string::npos);
  CHECK(D::pareto(1e6, 2).cv() == kInf);
  CHECK(D::mixture({0.5, 0.5}, {D(), D::pareto(1, 0.5)}).caution().find("infinite mean") != std::string::npos);
  CHECK(D::shifted(5, D::pareto(1, 1.5)).caution().find("infinite variance") != std::string::npos);
  CHECK(D::with_min(D::pareto(1, 1.5), 3).caution().find("infinite variance") != std::string::npos);
  CHECK(D::truncated(D::pareto(1, 1.5), 2, kInf).caution().find("infinite variance") != std::string::npos);
  CHECK(D::truncated(D::pareto(1e6, 0.9), 0, 1e9).caution().empty());
  CHECK(D::lognormal(1e6, 500).caution().find("very rare draws") != std::string::npos);
  CHECK(D::exponential(1e6).caution().empty());
  CHECK(D().caution().empty());
}

TEST_CASE("descriptions are short and readable") {
  CHECK(D().describe() == "constant 0 ns");
  CHECK(D::exponential(2e6).describe() == "exponential, mean 2 ms");
  CHECK(D::constant(1500).describe() == "constant 1.5 us");
  CHECK(D::erlang(3, 9e9).describe() == "Erlang-3, mean 9 s");
  CHECK(D::gamma(2e6, 0.5).describe() == "gamma, mean 2 ms, cv 0.5");
  CHECK(D::shifted(1e6, D::exponential(2e6)).describe() == "1 ms plus exponential, mean 2 ms");
  CHECK(D::with_min(D::uniform(0, 1e6), 2e4).describe() == "uniform, 0 ns to 1 ms, at least 20 us");
}

TEST_CASE("the clamp moves the mean by what lies below it") {
  // max(E, m) with E exponential of mean 1: mean m + e^-m, second moment m^2 + 2 (m + 1) e^-m.
  const double m = 0.7;
  const D law = D::with_min(D::exponential(1), m);
  const double mean = m + std::exp(-m);
  CHECK(law.mean() == doctest::Approx(mean).epsilon(1e-14));
  CHECK(law.variance() == doctest::Approx(m * m + 2 * (m + 1) * std::exp(-m) - mean * mean).epsilon(1e-12));
  CHECK(law.min() == m);
  CHECK(law.cdf(m * 0.999) == 0);
  CHECK(law.cdf(m) == doctest::Approx(1 - std::exp(-m)).epsilon(1e-14));
}
