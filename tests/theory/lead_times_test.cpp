// Changes that wait for releases. A service that gets changes at a rate and needs a lead time for each is an
// M/G/infinity station: it is up to date with probability exp(-rate E[lead time]), whatever the law. A fix that n
// services must release is everywhere when the slowest has it: E[max] by quadrature, P(all within d) = F(d)^n.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "models/control/lead_time.h"
#include "sim/statistics/moments.h"
#include "tests/theory/probe.h"

namespace {

using namespace theory;

constexpr double kDayNs = static_cast<double>(models::kDay);
constexpr double kPi = 3.14159265358979323846;
constexpr double kMedian = 21;  // days

double sigma() { return std::log(128.0 / kMedian) / 1.6448536269514722; }

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

// Integral of median e^(sigma z) n phi(z) Phi(z)^(n-1), Simpson's rule.
double mean_of_max(unsigned n) {
  constexpr int kSteps = 20000;
  constexpr double kLow = -12, kHigh = 14;
  constexpr double h = (kHigh - kLow) / kSteps;
  double sum = 0;
  for (int i = 0; i <= kSteps; ++i) {
    const double z = kLow + i * h;
    const double density = n * std::exp(-z * z / 2) / std::sqrt(2 * kPi) * std::pow(normal_cdf(z), n - 1.0);
    sum += (i == 0 || i == kSteps ? 1 : i % 2 == 1 ? 4 : 2) * kMedian * std::exp(sigma() * z) * density;
  }
  return sum * h / 3;
}

std::function<Measure(const Size&)> slowest(unsigned n) {
  return [=](const Size& size) -> Measure {
    return [=](std::uint64_t seed) {
      const sim::Distribution law = models::default_lead_time();
      sim::Moments days, within;
      for (double c = 0; c < size.requests; ++c) {
        double last = 0;
        for (unsigned s = 0; s < n; ++s) {
          const sim::Key change = sim::child_key(sim::mix(seed), static_cast<std::uint64_t>(c));
          last = std::max(last, static_cast<double>(models::lead_time(change, sim::mix(s + 1), law)) / kDayNs);
        }
        days.observe(last);
        within.observe(last <= 128 ? 1 : 0);
      }
      return Values{{"mean_days", days.mean()}, {"within_128_days", within.mean()}};
    };
  };
}

// Share of the time with a change pending, once the warm-up has filled the station.
std::function<Measure(const Size&)> pending(double per_year, const sim::Distribution& law) {
  return [=](const Size& size) -> Measure {
    return [=](std::uint64_t seed) {
      const double per_day = per_year / 365;
      const double from = size.warmup / per_day, to = (size.warmup + size.requests) / per_day;
      sim::Draws draws(sim::mix(seed), 2);
      double at = 0, covered = from, stale = 0, pending_days = 0;
      for (std::uint64_t c = 0; at < to; ++c) {
        at += sim::exponential(draws) / per_day;
        const sim::Key change = sim::child_key(sim::mix(seed), c);
        const double done = at + static_cast<double>(models::lead_time(change, 5, law)) / kDayNs;
        pending_days += std::max(0.0, std::min(done, to) - std::min(to, std::max(at, from)));
        stale += std::max(0.0, std::min(done, to) - std::min(to, std::max(at, covered)));
        covered = std::max(covered, std::min(done, to));
      }
      return Values{{"stale", stale / (to - from)}, {"mean_pending", pending_days / (to - from)}};
    };
  };
}

double mean_lead() { return kMedian * std::exp(sigma() * sigma() / 2); }

}  // namespace

TEST_CASE("a fix that n services must release is everywhere when the slowest has it") {
  judge({"lead_max_1",
         "lead time of one service",
         {32, 4000, 0},
         {stat("mean_days", 38.409255617025195, 0.01), share("within_128_days", 0.95, 0.002)},
         {{"mean_days", mean_lead()}, {"within_128_days", 0.95}},
         slowest(1)});
  CHECK(mean_of_max(1) == doctest::Approx(mean_lead()).epsilon(1e-9));
  for (const unsigned n : {5U, 40U}) {
    judge({n == 5 ? "lead_max_5" : "lead_max_40",
           n == 5 ? "slowest of 5 lead times" : "slowest of 40 lead times",
           {32, 4000, 0},
           {stat("mean_days", mean_of_max(n), 0.01), share("within_128_days", std::pow(0.95, n), 0.02)},
           {},
           slowest(n)});
  }
}

TEST_CASE("a service is up to date with the probability that no change is on its way") {
  const double busy = 8 * mean_lead() / 365;
  judge({"stale_a",
         "8 changes a year, default lead time",
         {32, 8000, 800},
         {stat("stale", 1 - std::exp(-busy), 0.01), stat("mean_pending", busy, 0.01)},
         {},
         pending(8, models::default_lead_time())});
  const double quarter = busy / 4;
  judge({"stale_b",
         "8 changes a year, lead times a quarter as long",
         {32, 8000, 800},
         {stat("stale", 1 - std::exp(-quarter), 0.01), stat("mean_pending", quarter, 0.01)},
         {},
         pending(8, sim::Distribution::lognormal_quantiles(kMedian / 4 * kDayNs, 0.95, 32 * kDayNs))});
}
