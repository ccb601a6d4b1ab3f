// Percentiles with intervals by sections: refusals, grouping, exceedance runs, coverage.
#include "sim/statistics/quantile.h"

#include <doctest/doctest.h>

#include <cmath>
#include <deque>
#include <stdexcept>
#include <vector>

#include "sim/random/keyed.h"
#include "sim/statistics/comparison.h"
#include "sim/statistics/exceedance_runs.h"

namespace {

struct Run {
  sim::Histogram latencies;
  sim::ExceedanceRuns runs;
};

// Replications of independent exponential latencies with mean 1 ms times `factor`.
std::deque<Run> replications(std::size_t n, std::size_t requests, std::uint64_t seed = 0, double factor = 1) {
  std::deque<Run> all(n);
  for (std::size_t r = 0; r < n; ++r) {
    for (std::size_t i = 0; i < requests; ++i) {
      sim::Draws draws(sim::child_key(seed * 1000 + r, i), 1);
      const auto ns = static_cast<std::int64_t>(factor * 1e6 * sim::exponential(draws));
      all[r].latencies.observe(ns);
      all[r].runs.observe(ns);
    }
  }
  return all;
}

std::vector<sim::QuantileSource> sources_of(const std::deque<Run>& runs, double q) {
  std::vector<const sim::Histogram*> histograms;
  for (const Run& run : runs) histograms.push_back(&run.latencies);
  const double threshold = sim::pooled_quantile(histograms, q);
  std::vector<sim::QuantileSource> sources;
  for (const Run& run : runs) sources.push_back({&run.latencies, run.runs.above(threshold)});
  return sources;
}

}  // namespace

TEST_CASE("enough replications give an interval around the pooled percentile") {
  const auto runs = replications(12, 10'000);
  const auto sources = sources_of(runs, 0.99);
  const sim::QuantileEstimate p99 = sim::estimate_quantile(sources, 0.99);
  CHECK(p99.valid);
  CHECK(p99.refusal.empty());
  CHECK(p99.runs_checked);
  CHECK(p99.sections == 12);
  CHECK(p99.group == 1);
  CHECK(p99.half_width > 0);
  CHECK(std::fabs(p99.value - 1e6 * std::log(100.0)) < 3 * p99.half_width);
}

TEST_CASE("short replications are grouped until a section has its tail") {
  const auto runs = replications(40, 2'500);
  const sim::QuantileEstimate p99 = sim::estimate_quantile(sources_of(runs, 0.99), 0.99);
  CHECK(p99.valid);
  CHECK(p99.group == 4);
  CHECK(p99.sections == 10);
  const sim::QuantileEstimate p95 = sim::estimate_quantile(sources_of(runs, 0.95), 0.95);
  CHECK(p95.group == 1);
  CHECK(p95.sections == 40);
}

TEST_CASE("too few tail samples are refused, with what would be enough") {
  const auto runs = replications(10, 2'500);
  const sim::QuantileEstimate p99 = sim::estimate_quantile(sources_of(runs, 0.99), 0.99);
  CHECK_FALSE(p99.valid);
  CHECK(p99.value > 0);
  CHECK(p99.sections == 2);
  CHECK(p99.needed == 40);
  CHECK(p99.refusal ==
        "2 of the 10 sections needed (100 tail samples in 8 separate runs each); about 40 replications would give an "
        "interval");
  const auto enough = replications(40, 2'500);
  CHECK(sim::estimate_quantile(sources_of(enough, 0.99), 0.99).valid);
  const sim::QuantileEstimate few = sim::estimate_quantile(sources_of(replications(5, 50'000), 0.99), 0.99);
  CHECK_FALSE(few.valid);
  CHECK(few.sections == 5);
  CHECK(few.needed == 10);
}

TEST_CASE("a tail in a few bursts is refused although it has many samples") {
  // Every replication has 200 slow requests of 10,000, all in two bursts: a group needs four replications for 8 runs.
  std::deque<Run> runs(20);
  for (Run& run : runs) {
    for (int i = 0; i < 10'000; ++i) {
      const std::int64_t ns = (i % 5000) < 100 ? 50'000'000 + i : 1'000'000 + i;
      run.latencies.observe(ns);
      run.runs.observe(ns);
    }
  }
  std::vector<sim::QuantileSource> sources;
  for (const Run& run : runs) sources.push_back({&run.latencies, run.runs.above(10e6)});
  CHECK(sources.front().runs.value() == 2);
  const sim::QuantileEstimate p99 = sim::estimate_quantile(sources, 0.99);
  CHECK_FALSE(p99.valid);
  CHECK(p99.group == 4);
  CHECK(p99.sections == 5);
  CHECK(p99.needed == 40);
}

TEST_CASE("unknown runs are refused unless the caller accepts them") {
  const auto runs = replications(12, 10'000);
  std::vector<sim::QuantileSource> sources;
  for (const Run& run : runs) sources.push_back({&run.latencies});
  const sim::QuantileEstimate refused = sim::estimate_quantile(sources, 0.99);
  CHECK_FALSE(refused.valid);
  CHECK_FALSE(refused.runs_checked);
  CHECK(refused.refusal == "separate exceedance runs were not counted");
  const sim::QuantileEstimate accepted = sim::estimate_quantile(sources, 0.99, 0.95, sim::UnknownRuns::Accept);
  CHECK(accepted.valid);
  CHECK_FALSE(accepted.runs_checked);
  CHECK(accepted.half_width == sim::estimate_quantile(sources_of(runs, 0.99), 0.99).half_width);
}

TEST_CASE("nothing observed gives no interval and no promise") {
  const sim::Histogram empty;
  const sim::QuantileEstimate estimate = sim::estimate_quantile({{&empty, 0}, {&empty, 0}}, 0.99);
  CHECK_FALSE(estimate.valid);
  CHECK(estimate.value == 0);
  CHECK(estimate.needed == 0);
  CHECK(estimate.refusal == "no samples beyond this percentile");
  CHECK_FALSE(sim::estimate_quantile({}, 0.99).valid);
  CHECK_THROWS_AS(static_cast<void>(sim::estimate_quantile({}, 1.0)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(sim::estimate_quantile({}, 0.5, 2)), std::invalid_argument);
}

TEST_CASE("sections are whole replications, all used, as equal as possible") {
  for (std::size_t n = 0; n <= 60; ++n) {
    for (std::size_t group = 1; group <= 12; ++group) {
      const sim::Sections sections = sim::group_replications(n, group);
      CHECK_UNARY(sections.count() == n / group);
      if (sections.count() == 0) continue;
      CHECK_UNARY(sections.first.front() == 0);
      CHECK_UNARY(sections.first.back() == n);
      std::size_t least = n;
      std::size_t most = 0;
      for (std::size_t s = 0; s < sections.count(); ++s) {
        const std::size_t size = sections.first[s + 1] - sections.first[s];
        least = std::min(least, size);
        most = std::max(most, size);
      }
      CHECK_UNARY(least >= group);
      CHECK_UNARY(most - least <= 1);
    }
  }
  CHECK(sim::group_replications(5, 0).count() == 0);
}

TEST_CASE("exceedance runs are counted for every threshold at once") {
  std::vector<std::int64_t> series;
  for (std::uint64_t i = 0; i < 5000; ++i)
    series.push_back(static_cast<std::int64_t>(sim::below(sim::bits(i << 12, 1), 200)));
  sim::ExceedanceRuns recorder;
  for (const std::int64_t x : series) recorder.observe(x);
  for (const std::int64_t threshold : {0, 1, 50, 100, 150, 190, 198, 199, 200}) {
    std::uint64_t expected = 0;
    bool above = false;
    for (const std::int64_t x : series) {
      if (x >= threshold && !above) ++expected;
      above = x >= threshold;
    }
    CAPTURE(threshold);
    CHECK(recorder.above(static_cast<double>(threshold)) == expected);
  }
  sim::ExceedanceRuns twice = recorder;
  twice.merge(recorder);
  CHECK(twice.above(150) == 2 * recorder.above(150));
  CHECK(sim::ExceedanceRuns().above(0) == 0);
}

TEST_CASE("the interval of a percentile covers the truth about as often as it says") {
  constexpr int kTrials = 300;
  int covered = 0;
  for (std::uint64_t trial = 1; trial <= kTrials; ++trial) {
    const auto runs = replications(10, 2'000, trial);
    const sim::QuantileEstimate p95 = sim::estimate_quantile(sources_of(runs, 0.95), 0.95);
    REQUIRE(p95.valid);
    covered += std::fabs(p95.value - 1e6 * std::log(20.0)) <= p95.half_width ? 1 : 0;
  }
  CHECK(covered >= 0.90 * kTrials);
  CHECK(covered <= 0.995 * kTrials);
}

TEST_CASE("the paired difference of percentiles uses the same sections on both sides") {
  const auto base = replications(10, 10'000);
  const auto slower = replications(10, 10'000, 0, 1.1);  // the same numbers, 10 % slower
  const auto other = replications(10, 10'000, 77, 1.1);  // other numbers
  const sim::QuantileDifference paired =
      sim::paired_quantile_difference(sources_of(base, 0.99), sources_of(slower, 0.99), 0.99);
  CHECK(paired.difference.valid);
  CHECK(paired.difference.sections == 10);
  CHECK(std::fabs(paired.difference.value - 0.1e6 * std::log(100.0)) < 0.05e6);
  CHECK(paired.variance_reduction > 20);
  const sim::QuantileDifference loose =
      sim::paired_quantile_difference(sources_of(base, 0.99), sources_of(other, 0.99), 0.99);
  CHECK(loose.difference.half_width > 3 * paired.difference.half_width);
  CHECK(loose.variance_reduction < 5);
  // The weaker side decides on the grouping.
  const auto thin = replications(10, 2'500);
  const sim::QuantileDifference refused =
      sim::paired_quantile_difference(sources_of(base, 0.99), sources_of(thin, 0.99), 0.99);
  CHECK_FALSE(refused.difference.valid);
  CHECK(refused.difference.needed == 40);
  CHECK(refused.difference.value != 0);
  CHECK_THROWS_AS(static_cast<void>(sim::paired_quantile_difference(sources_of(base, 0.99), {}, 0.99)),
                  std::invalid_argument);
}
