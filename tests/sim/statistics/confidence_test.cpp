// Intervals: known answers to nine digits, edge cases, and coverage where the truth is known.
#include "sim/statistics/confidence.h"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "sim/random/keyed.h"
#include "sim/statistics/batch_means.h"
#include "sim/statistics/comparison.h"
#include "sim/statistics/moments.h"
#include "sim/statistics/time_average.h"
#include "sim/statistics/warmup.h"

namespace {

// Relative to the ninth digit.
void check_close(double got, double expected) {
  CAPTURE(got);
  CAPTURE(expected);
  CHECK(std::fabs(got - expected) <= 1e-9 * std::fabs(expected));
}

}  // namespace

TEST_CASE("normal and Student t quantiles have nine right digits") {
  check_close(sim::normal_quantile(0.975), 1.9599639845400543);
  check_close(sim::normal_quantile(0.995), 2.575829303548901);
  check_close(sim::normal_quantile(0.025), -1.9599639845400543);
  check_close(sim::student_t_quantile(0.975, 4), 2.7764451051977943);
  check_close(sim::student_t_quantile(0.975, 9), 2.2621571627982053);
  check_close(sim::student_t_quantile(0.975, 19), 2.0930240544083096);
  check_close(sim::student_t_quantile(0.975, 31), 2.0395134463964086);
  check_close(sim::student_t_quantile(0.025, 31), -2.0395134463964086);
  check_close(sim::student_t_quantile(0.975, 1), std::tan(0.475 * std::acos(-1.0)));  // Cauchy
  check_close(sim::student_t_quantile(0.975, 2), 0.95 / std::sqrt(2 * 0.975 * 0.025));
  check_close(sim::student_t_quantile(0.75, 1e7),
              0.674489750196 * (1 + 1e-7 * (0.674489750196 * 0.674489750196 + 1) / 4));
  CHECK(sim::student_t_quantile(0.5, 7) == 0);
  CHECK(sim::normal_quantile(0.5) == 0);
  for (const double p : {0.001, 0.2, 0.7, 0.999})
    CHECK(sim::student_t_cdf(sim::student_t_quantile(p, 6), 6) == doctest::Approx(p).epsilon(1e-12));
}

TEST_CASE("Wilson and Clopper-Pearson intervals have nine right digits") {
  const sim::Proportion w0 = sim::wilson(0, 10'000);
  CHECK(w0.lo == 0);
  check_close(w0.hi, 0.00038399837067659584);
  const sim::Proportion c0 = sim::clopper_pearson(0, 10'000);
  CHECK(c0.lo == 0);
  check_close(c0.hi, 0.0003688199146187623);
  const sim::Proportion w7 = sim::wilson(7, 2000);
  check_close(w7.lo, 0.001696431697042418);
  check_close(w7.hi, 0.007207196253241746);
  const sim::Proportion c7 = sim::clopper_pearson(7, 2000);
  check_close(c7.lo, 0.0014083038325025405);
  check_close(c7.hi, 0.007197961714658003);
}

TEST_CASE("proportions at the ends have a width and never leave 0 to 1") {
  for (const auto& interval : {sim::wilson(5, 5), sim::clopper_pearson(5, 5)}) {
    CHECK(interval.hi == 1);
    CHECK(interval.lo > 0.4);
    CHECK(interval.lo < 1);
  }
  CHECK(sim::wilson(0, 0).lo == 0);
  CHECK(sim::wilson(0, 0).hi == 1);
  CHECK_THROWS_AS(static_cast<void>(sim::wilson(3, 2)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(sim::clopper_pearson(3, 2)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(sim::wilson(1, 2, 0)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(sim::wilson(1, 2, 1)), std::invalid_argument);
  // Clopper-Pearson is exact: at its bounds the observed tail has probability alpha / 2.
  const sim::Proportion interval = sim::clopper_pearson(2, 20);
  const double u = interval.hi;
  const double tail = std::pow(1 - u, 20) + 20 * u * std::pow(1 - u, 19) + 190 * u * u * std::pow(1 - u, 18);
  CHECK(tail == doctest::Approx(0.025).epsilon(1e-10));
}

TEST_CASE("a large common offset does not hide the spread") {
  const std::vector<double> values{1000000001, 1000000002, 1000000003, 1000000004, 1000000005};
  const sim::MeanInterval interval = sim::mean_interval(values);
  CHECK(interval.mean == 1000000003.0);
  check_close(interval.sd, 1.5811388300841898);
  check_close(interval.half_width, 1.9632431614775576);
  CHECK(interval.n == 5);
  CHECK(interval.valid);
}

TEST_CASE("one value has no interval") {
  CHECK_FALSE(sim::mean_interval({}).valid);
  CHECK_FALSE(sim::mean_interval({5}).valid);
  CHECK(sim::mean_interval({5}).mean == 5);
  CHECK(sim::mean_interval({5, 5}).valid);
  CHECK_THROWS_AS(static_cast<void>(sim::mean_interval({1, 2}, 95)), std::invalid_argument);
}

TEST_CASE("moments merge as if everything had been observed in one place") {
  sim::Moments all;
  sim::Moments left;
  sim::Moments right;
  for (int i = 0; i < 1000; ++i) {
    const double x = 1e9 + std::sin(i);
    all.observe(x);
    (i < 300 ? left : right).observe(x);
  }
  left.merge(right);
  left.merge(sim::Moments());
  CHECK(left.count() == all.count());
  CHECK(left.mean() == doctest::Approx(all.mean()).epsilon(1e-15));
  CHECK(left.variance() == doctest::Approx(all.variance()).epsilon(1e-6));
  sim::Moments cancel;
  for (const double x : {1.0, 1e100, 1.0, -1e100}) cancel.observe(x);
  CHECK(cancel.sum() == 2);  // Neumaier's example
}

TEST_CASE("t intervals of normal data cover their mean as often as they say") {
  constexpr int kTrials = 20'000;
  for (const double level : {0.9, 0.95, 0.99}) {
    int covered = 0;
    for (std::uint64_t trial = 0; trial < kTrials; ++trial) {
      sim::Draws draws(sim::child_key(trial << 12, 5), 1);
      std::vector<double> values;
      for (int i = 0; i < 6; ++i) values.push_back(3 + 2 * sim::normal(draws));
      const sim::MeanInterval interval = sim::mean_interval(values, level);
      covered += std::fabs(interval.mean - 3) <= interval.half_width ? 1 : 0;
    }
    CAPTURE(level);
    CHECK(std::fabs(covered - kTrials * level) < 4.5 * std::sqrt(kTrials * level * (1 - level)));
  }
}

TEST_CASE("skewed replications are covered as often as symmetric ones") {
  // Exponential values have skewness 2: Student's t alone covers 91.9% of the means of 20 (with 1,600 trials +-0.7%).
  constexpr int kTrials = 20'000;
  int covered = 0, plain = 0;
  for (std::uint64_t trial = 0; trial < kTrials; ++trial) {
    sim::Draws draws(sim::child_key(trial << 12, 7), 1);
    std::vector<double> values;
    for (int i = 0; i < 20; ++i) values.push_back(sim::exponential(draws));
    const sim::MeanInterval interval = sim::mean_interval(values, 0.95);
    covered += std::fabs(interval.mean - 1) <= interval.half_width ? 1 : 0;
    plain += std::fabs(interval.mean - 1) <= sim::student_t_quantile(0.975, 19) * interval.sd / std::sqrt(20.0) ? 1 : 0;
  }
  CHECK(plain < 0.925 * kTrials);
  CHECK(covered > 0.932 * kTrials);
  CHECK(covered < 0.95 * kTrials);
}

TEST_CASE("the correction for skewness: its value, where it begins and where it stops growing") {
  std::vector<double> values(19, 0.0);
  values.push_back(20);  // mean 1, sum of squares 380, of cubes 6840: skewness^2 = 20 * 6840^2 / 380^3 = 17.0526...
  const sim::MeanInterval interval = sim::mean_interval(values, 0.95);
  const double t = sim::student_t_quantile(0.975, 19);
  const double factor = 1 + 20 * 6840.0 * 6840.0 / (380.0 * 380.0 * 380.0) * (t * t * t * t + 2 * t * t - 3) / 18 / 20;
  check_close(interval.half_width, factor * t * std::sqrt(380.0 / 19 / 20));
  const sim::MeanInterval sure = sim::mean_interval(values, 0.999);
  const sim::MeanInterval surer = sim::mean_interval(values, 0.9999);
  check_close(surer.half_width / sure.half_width,
              sim::student_t_quantile(0.99995, 19) / sim::student_t_quantile(0.9995, 19));
  std::vector<double> few(8, 0.0);
  few.push_back(9);
  check_close(sim::mean_interval(few, 0.95).half_width, sim::student_t_quantile(0.975, 8) * 1);
}

TEST_CASE("batch means see the correlation that the naive formula misses") {
  // An AR(1) series with coefficient 0.9 has 19 times the naive variance of the mean.
  constexpr int kTrials = 400;
  int covered = 0;
  int naive = 0;
  for (std::uint64_t trial = 0; trial < kTrials; ++trial) {
    sim::Draws draws(sim::child_key(trial << 12, 6), 1);
    std::vector<double> series;
    double x = sim::normal(draws) / std::sqrt(1 - 0.81);
    for (int i = 0; i < 6000; ++i) {
      series.push_back(x);
      x = 0.9 * x + sim::normal(draws);
    }
    const sim::MeanInterval batches = sim::batch_means(series);
    const sim::MeanInterval all = sim::mean_interval(series);
    CHECK_UNARY(std::fabs(batches.mean - all.mean) < 1e-9);
    covered += std::fabs(batches.mean) <= batches.half_width ? 1 : 0;
    naive += std::fabs(all.mean) <= all.half_width ? 1 : 0;
  }
  CHECK(covered > 0.90 * kTrials);
  CHECK(covered < 0.99 * kTrials);
  CHECK(naive < 0.5 * kTrials);
  CHECK_FALSE(sim::batch_means({1, 2, 3}, 2).valid);
  CHECK_FALSE(sim::batch_means({1, 2, 3}, 0).valid);
  CHECK(sim::batch_means({9, 1, 1, 3, 3}, 2).mean == 2);  // the odd one at the start is left out
}

TEST_CASE("pairing removes what both sides share") {
  std::vector<double> a;
  std::vector<double> b;
  for (std::uint64_t r = 0; r < 50; ++r) {
    sim::Draws draws(r << 12, 1);
    const double shared = 10 * sim::normal(draws);
    a.push_back(shared + sim::normal(draws));
    b.push_back(shared + 3 + sim::normal(draws));
  }
  const sim::PairedDifference difference = sim::paired_difference(a, b);
  CHECK(difference.valid);
  CHECK(difference.n == 50);
  CHECK(std::fabs(difference.mean - 3) < difference.half_width * 1.5);
  CHECK(difference.half_width < 0.6);
  CHECK(difference.variance_reduction > 30);  // (101 + 101) / 2 = 101 in the limit
  CHECK(difference.variance_reduction < 300);
  const sim::PairedDifference same = sim::paired_difference(a, a);
  CHECK(same.mean == 0);
  CHECK(same.half_width == 0);
  CHECK(same.variance_reduction == 0);
  CHECK_THROWS_AS(static_cast<void>(sim::paired_difference({1}, {1, 2})), std::invalid_argument);
  CHECK_FALSE(sim::paired_difference({1}, {2}).valid);
}

TEST_CASE("warm-up is cut where the transient ends") {
  std::vector<double> series;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    sim::Draws draws(i << 12, 3);
    series.push_back(10 * std::exp(-static_cast<double>(i) / 60) + 0.3 * sim::normal(draws));
  }
  const sim::WarmUp warm = sim::mser(series);
  CHECK(warm.settled);
  CHECK(warm.cut % 5 == 0);
  CHECK(warm.cut >= 120);
  CHECK(warm.cut <= 400);
}

TEST_CASE("a steady series needs no cut and a ramp never settles") {
  const sim::WarmUp steady = sim::mser(std::vector<double>(500, 7.0));
  CHECK(steady.settled);
  CHECK(steady.cut == 0);
  std::vector<double> ramp;
  for (int i = 0; i < 500; ++i) ramp.push_back(i);
  CHECK_FALSE(sim::mser(ramp).settled);
  CHECK_FALSE(sim::mser({1, 2, 3}).settled);
  CHECK_FALSE(sim::mser({}).settled);
}

TEST_CASE("time averages are exact integrals") {
  sim::TimeAverage queue(100, 0);
  queue.set(200, 3);
  queue.add(250, -1);
  CHECK_UNARY(queue.integral(300) == 3 * 50 + 2 * 50);
  CHECK(queue.average(300) == 250.0 / 200.0);
  CHECK(queue.level() == 2);
  CHECK(queue.max() == 3);
  queue.restart(300);
  CHECK(queue.average(300) == 2);
  CHECK(queue.average(400) == 2);
  CHECK(queue.max() == 2);
  sim::TimeAverage large(0, 1'000'000'000);
  CHECK_UNARY(large.integral(sim::kHorizonMax) == static_cast<sim::Int128>(sim::kHorizonMax) * 1'000'000'000);
}
