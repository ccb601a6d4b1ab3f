// Every distribution of the catalogue against its own cdf and moments.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "sim/distributions/law.h"
#include "sim/statistics/moments.h"
#include "tests/sim/distributions/catalogue.h"

namespace {

constexpr std::size_t kDraws = 200'000;

std::vector<double> sample_of(const sim::Distribution& law, std::uint64_t purpose) {
  std::vector<double> sample;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    sim::Draws draws(sim::child_key(i << 12, 1), purpose);
    sample.push_back(law.sample_real(draws));
  }
  std::sort(sample.begin(), sample.end());
  return sample;
}

}  // namespace

TEST_CASE("the catalogue holds every kind of distribution") {
  std::vector<bool> seen(std::variant_size_v<decltype(sim::detail::Law::kind)>);
  for (const auto& entry : catalogue::entries()) seen[entry.law.law().kind.index()] = true;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    CAPTURE(i);
    CHECK(seen[i]);
  }
}

TEST_CASE("samples follow the cdf of their law, atoms included") {
  for (const catalogue::Entry& entry : catalogue::entries()) {
    const std::string& name = entry.name;
    const sim::Distribution& law = entry.law;
    CAPTURE(name);
    const std::vector<double> sample = sample_of(law, 21);
    const double n = static_cast<double>(sample.size());
    double distance = 0;
    // At each distinct value compare both sides of the step, so that atoms are compared with atoms.
    for (std::size_t i = 0; i < sample.size();) {
      std::size_t j = i;
      while (j < sample.size() && sample[j] == sample[i]) ++j;
      const double under = sim::detail::below(law, sample[i], sim::detail::Edge::Excluded).p;
      const double upto = sim::detail::below(law, sample[i], sim::detail::Edge::Included).p;
      distance = std::max(
          {distance, std::fabs(under - static_cast<double>(i) / n), std::fabs(upto - static_cast<double>(j) / n)});
      i = j;
    }
    CHECK(distance * std::sqrt(n) < 2.5);  // Kolmogorov: probability 7e-6 each; atoms only make it smaller
    if (!law.is_constant()) CHECK(distance > 0);
  }
}

TEST_CASE("mean and variance of samples are those of their law") {
  for (const catalogue::Entry& entry : catalogue::entries()) {
    const std::string& name = entry.name;
    const sim::Distribution& law = entry.law;
    CAPTURE(name);
    const std::vector<double> sample = sample_of(law, 22);
    const double n = static_cast<double>(sample.size());
    sim::Moments moments;
    for (const double x : sample) moments.observe(x);
    double fourth = 0;
    for (const double x : sample) fourth += std::pow(x - moments.mean(), 4) / n;
    const double tiny = 1e-9 * (1 + law.mean());
    CHECK(std::fabs(moments.mean() - law.mean()) <= 4.5 * std::sqrt(law.variance() / n) + tiny);
    // S^2 is the mean square about the true mean (standard error se) less the square of the mean's own error,
    // which matters where se vanishes (two equally likely values).
    const double se = std::sqrt(std::max(0.0, fourth - moments.variance() * moments.variance()) / n);
    const double mean_error = 4.5 * 4.5 * law.variance() / n;
    CHECK(std::fabs(moments.variance() - law.variance()) <= 4.5 * se + mean_error + tiny * (1 + law.mean()));
    CHECK(law.cv() == doctest::Approx(law.mean() == 0 ? 0 : std::sqrt(law.variance()) / law.mean()));
  }
}

TEST_CASE("moments are those of the cdf, by numerical integration") {
  // An independent way: E[X] and Var[X] from quantiles at the midpoints of many equal slices of probability.
  for (const catalogue::Entry& entry : catalogue::entries()) {
    const std::string& name = entry.name;
    const sim::Distribution& law = entry.law;
    CAPTURE(name);
    constexpr int kSlices = 20'000;
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < kSlices; ++i) {
      const double x = law.quantile((i + 0.5) / kSlices) / 1e6;
      sum += x / kSlices;
      squares += x * x / kSlices;
    }
    CHECK(sum == doctest::Approx(law.mean() / 1e6).epsilon(2e-3));  // the upper half of the last slice is cut short
    CHECK(squares == doctest::Approx((law.variance() + law.mean() * law.mean()) / 1e12).epsilon(0.06));
  }
}

TEST_CASE("partial moments agree with the density") {
  // d E[X^k; X <= x] = x^k dP, on a fine grid between quantiles.
  for (const catalogue::Entry& entry : catalogue::entries()) {
    const std::string& name = entry.name;
    const sim::Distribution& law = entry.law;
    if (law.is_constant()) continue;
    CAPTURE(name);
    const double lo = law.min();
    const double hi = law.quantile(0.999);
    constexpr int kSteps = 20'000;
    sim::detail::Partial last = sim::detail::below(law, lo, sim::detail::Edge::Included);
    double m1 = last.m1;
    double m2 = last.m2;
    for (int i = 1; i <= kSteps; ++i) {
      const double a = lo + (hi - lo) * (i - 1) / kSteps;
      const double b = lo + (hi - lo) * i / kSteps;
      const sim::detail::Partial now = sim::detail::below(law, b, sim::detail::Edge::Included);
      CHECK_UNARY(now.p >= last.p - 1e-12);
      m1 += (now.p - last.p) * (a + b) / 2;
      m2 += (now.p - last.p) * (a * a + a * b + b * b) / 3;
      last = now;
    }
    CHECK(last.m1 == doctest::Approx(m1).epsilon(1e-3));
    CHECK(last.m2 == doctest::Approx(m2).epsilon(1e-3));
  }
}

TEST_CASE("quantile and cdf undo each other") {
  for (const catalogue::Entry& entry : catalogue::entries()) {
    const std::string& name = entry.name;
    const sim::Distribution& law = entry.law;
    CAPTURE(name);
    double last = -1;
    for (const double q : {1e-6, 0.01, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999999}) {
      CAPTURE(q);
      const double x = law.quantile(q);
      CHECK(x >= last);
      CHECK(x >= law.min());
      CHECK(law.cdf(x * (1 + 1e-9)) >= q - 1e-9);
      CHECK(sim::detail::below(law, x * (1 - 1e-9), sim::detail::Edge::Excluded).p <= q + 1e-9);
      last = x;
    }
  }
}

TEST_CASE("no sample lies below the lower bound, and drawn durations are whole and at least 1 ns") {
  for (const catalogue::Entry& entry : catalogue::entries()) {
    const std::string& name = entry.name;
    const sim::Distribution& law = entry.law;
    CAPTURE(name);
    CHECK(sample_of(law, 23).front() >= law.min());
    for (std::uint64_t i = 0; i < 20'000; ++i) {
      const sim::Duration drawn = law.sample(i << 12, 24);
      sim::Draws draws(i << 12, 24);
      const double real = law.sample_real(draws);
      const double least = law.is_constant() ? 0 : 1;
      CHECK_UNARY(drawn == static_cast<sim::Duration>(std::max(least, std::nearbyint(real))));
    }
  }
}

TEST_CASE("a copy equals its original, draws the same and is independent of it") {
  const auto entries = catalogue::entries();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    CAPTURE(entries[i].name);
    sim::Distribution copy = entries[i].law;
    CHECK(copy == entries[i].law);
    CHECK(copy.describe() == entries[i].law.describe());
    for (std::uint64_t k = 0; k < 100; ++k) CHECK(copy.sample(k, 3) == entries[i].law.sample(k, 3));
    sim::Distribution moved = std::move(copy);
    CHECK(moved == entries[i].law);
    for (std::size_t j = 0; j < i; ++j) CHECK(!(entries[i].law == entries[j].law));
    moved = entries[(i + 1) % entries.size()].law;
    CHECK(moved == entries[(i + 1) % entries.size()].law);
    CHECK(!entries[i].law.describe().empty());
  }
}

TEST_CASE("drawn durations of every distribution are the same everywhere") {
  std::uint64_t sum = 0;
  for (const catalogue::Entry& entry : catalogue::entries()) {
    const sim::Distribution& law = entry.law;
    for (std::uint64_t i = 0; i < 10'000; ++i)
      sum = sim::mix(sum ^ static_cast<std::uint64_t>(law.sample(i << 12, 25)));
  }
  CHECK(sum == 0x0e31a54bf4dce1f8);
}
