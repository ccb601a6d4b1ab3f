#include <doctest/doctest.h>

#include <cmath>

#include "reports/sampling.h"

using namespace reports;

namespace {

struct Store {
  std::vector<sim::Histogram> histograms;
  std::vector<sim::ExceedanceRuns> runs;
  [[nodiscard]] Latencies view(bool with_runs = true) const {
    Latencies all;
    for (std::size_t r = 0; r < histograms.size(); ++r) {
      all.push_back({&histograms[r], with_runs ? &runs[r] : nullptr});
    }
    return all;
  }
};

// `count` observations spread evenly over [0, 1000 ms) x scale, shifted; in `bursts` ascents from lowest to highest.
void add_even(Store& store, std::uint64_t count, double scale, double shift_ms, std::uint64_t bursts) {
  sim::Histogram& histogram = store.histograms.emplace_back();
  sim::ExceedanceRuns& runs = store.runs.emplace_back();
  for (std::uint64_t burst = 0; burst < bursts; ++burst) {
    for (std::uint64_t i = burst; i < count; i += bursts) {
      const double share = (static_cast<double>(i) + 0.5) / static_cast<double>(count);
      const auto ns = static_cast<std::int64_t>((share * 1000.0 * scale + shift_ms) * 1e6);
      histogram.observe(ns);
      runs.observe(ns);
    }
  }
}

Store replications(std::size_t n, std::uint64_t count, double shift_ms = 0.0, std::uint64_t bursts = 20) {
  Store store;
  for (std::size_t r = 0; r < n; ++r) {
    add_even(store, count, 1.0 + 0.001 * static_cast<double>(r % 5), shift_ms, bursts);
  }
  return store;
}

}  // namespace

TEST_CASE("a mean has Student's interval over replications") {
  const Estimate mean = mean_of({1.0, 2.0, 3.0, 4.0, 5.0}, 0.95);
  CHECK(mean.certainty == Certainty::Interval);
  CHECK(mean.value == doctest::Approx(3.0));
  CHECK(mean.half_width == doctest::Approx(2.7764451052 * std::sqrt(2.5 / 5.0)).epsilon(1e-9));  // t(4, 0.975)
}

TEST_CASE("one replication gives an estimate without an interval, and says what is needed") {
  CHECK(mean_of({3.0}, 0.95) == no_interval(3.0, 2));
  CHECK(ratio_of({{1.0, 4.0}}, 0.95) == no_interval(0.25, 2));
  CHECK(mean_of({}, 0.95) == missing());
}

TEST_CASE("a ratio is that of the sums, not the mean of ratios") {
  const Estimate ratio = ratio_of({{1.0, 10.0}, {9.0, 30.0}}, 0.95);
  CHECK(ratio.value == doctest::Approx(0.25));
  CHECK(ratio.half_width > 0.0);
  CHECK(ratio_of({{1.0, 4.0}, {2.0, 8.0}}, 0.95).half_width == doctest::Approx(0.0));  // exactly proportional
  CHECK(ratio_of({{0.0, 0.0}}, 0.95) == missing());
}

TEST_CASE("no failure in n requests is an upper bound, never zero plus or minus zero") {
  const Estimate none = proportion_of({{0.0, 500'000.0}, {0.0, 500'000.0}}, 0.95);
  CHECK(none.certainty == Certainty::UpperBound);
  CHECK(none.value == doctest::Approx(2.9957e-6).epsilon(1e-3));  // the rule of three
  CHECK(proportion_of({{0.0, 10.0}}, 0.99).value == doctest::Approx(1.0 - std::pow(0.01, 0.1)));
  CHECK(proportion_of({{1.0, 10.0}, {2.0, 10.0}}, 0.95).certainty == Certainty::Interval);
}

TEST_CASE("a percentile needs ten sections with a hundred tail requests each") {
  const Store good = replications(10, 10'000);
  const Estimate p99 = percentile_of(good.view(), 0.99, 0.95);
  CHECK(p99.certainty == Certainty::Interval);
  CHECK(p99.value == doctest::Approx(0.992).epsilon(0.002));
  CHECK(p99.half_width > 0.0);

  const Store few = replications(9, 10'000);
  CHECK(percentile_of(few.view(), 0.99, 0.95).certainty == Certainty::NoInterval);
  CHECK(percentile_of(few.view(), 0.99, 0.95).needs == 10);

  const Store small = replications(10, 2'000);
  CHECK(percentile_of(small.view(), 0.99, 0.95).certainty == Certainty::NoInterval);
  CHECK(percentile_of(small.view(), 0.99, 0.95).needs == 50);
  CHECK(percentile_of(small.view(), 0.50, 0.95).certainty == Certainty::Interval);
}

TEST_CASE("a tail that came in fewer than eight runs has no interval, however many requests are in it") {
  const Store burst = replications(10, 100'000, 0.0, 1);
  CHECK(percentile_of(burst.view(), 0.99, 0.95).certainty == Certainty::NoInterval);
  CHECK(percentile_of(burst.view(), 0.99, 0.95).needs == 80);  // eight runs in each of ten sections
  const Store seven = replications(10, 100'000, 0.0, 7);
  CHECK(percentile_of(seven.view(), 0.99, 0.95).certainty == Certainty::NoInterval);
  const Store eight = replications(10, 100'000, 0.0, 8);
  CHECK(percentile_of(eight.view(), 0.99, 0.95).certainty == Certainty::Interval);
  const Store many = replications(80, 10'000, 0.0, 1);  // grouped by eight
  CHECK(percentile_of(many.view(), 0.99, 0.95).certainty == Certainty::Interval);
  CHECK(percentile_difference(eight.view(), seven.view(), 0.99, 0.95).estimate.certainty == Certainty::NoInterval);
  CHECK(percentile_difference(eight.view(), eight.view(), 0.99, 0.95).estimate.certainty == Certainty::Interval);
}

TEST_CASE("without counted runs there is no interval, and no number of replications that would give one") {
  const Store good = replications(10, 10'000);
  const Estimate unknown = percentile_of(good.view(false), 0.99, 0.95);
  CHECK(unknown == no_interval(percentile_of(good.view(), 0.99, 0.95).value, 0));
}

TEST_CASE("small replications are grouped into sections that are large enough") {
  const Store store = replications(50, 2'000);
  CHECK(percentile_of(store.view(), 0.99, 0.95).certainty == Certainty::Interval);
}

TEST_CASE("a percentile of nothing is missing") {
  const Store none = replications(10, 0);
  CHECK(percentile_of(none.view(), 0.99, 0.95) == missing());
}

TEST_CASE("pairing removes what both candidates share") {
  const std::vector<double> baseline{10.0, 20.0, 30.0, 40.0};
  const std::vector<double> candidate{11.0, 21.1, 30.9, 41.0};
  const Difference difference = difference_of(baseline, candidate, 0.95);
  CHECK(difference.estimate.value == doctest::Approx(1.0));
  CHECK(difference.estimate.half_width < 0.5);
  CHECK(difference.variance_reduction > 1000.0);
}

TEST_CASE("equal candidates differ by exactly zero") {
  const std::vector<double> values{1.0, 4.0, 2.0};
  CHECK(difference_of(values, values, 0.95).estimate == interval(0.0, 0.0));
  const std::vector<Ratio> ratios{{1.0, 10.0}, {3.0, 11.0}, {2.0, 9.0}};
  CHECK(ratio_difference(ratios, ratios, 0.95).estimate == interval(0.0, 0.0));
  const Store store = replications(10, 10'000);
  CHECK(percentile_difference(store.view(), store.view(), 0.99, 0.95).estimate == interval(0.0, 0.0));
}

TEST_CASE("a shift of a percentile is found per section, with less variance than unpaired") {
  const Store baseline = replications(12, 10'000);
  const Store candidate = replications(12, 10'000, 5.0);
  const Difference difference = percentile_difference(baseline.view(), candidate.view(), 0.99, 0.95);
  CHECK(difference.estimate.certainty == Certainty::Interval);
  CHECK(difference.estimate.value == doctest::Approx(0.005).epsilon(0.2));
  CHECK(difference.variance_reduction > 2.0);
}

TEST_CASE("the longer side of a comparison is cut to the pairs that exist") {
  CHECK(difference_of({1.0, 2.0, 3.0}, {2.0, 3.0}, 0.95).estimate.value == doctest::Approx(1.0));
  CHECK(difference_of({}, {2.0}, 0.95).estimate == missing());
}

TEST_CASE("a percentile difference is refused like a percentile") {
  const Store few = replications(4, 10'000);
  const Estimate difference = percentile_difference(few.view(), few.view(), 0.99, 0.95).estimate;
  CHECK(difference.certainty == Certainty::NoInterval);
  CHECK(difference.needs == 10);
}
