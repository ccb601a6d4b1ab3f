#include "models/control/lead_time.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace {

constexpr sim::Duration kYear = 365 * models::kDay;

}  // namespace

TEST_CASE("half of the services have a change after 21 days, and 95% after 128") {
  const sim::Distribution law = models::default_lead_time();
  CHECK(law.quantile(0.5) / static_cast<double>(models::kDay) == doctest::Approx(21));
  CHECK(law.quantile(0.95) / static_cast<double>(models::kDay) == doctest::Approx(128));
  int half = 0, late = 0;
  constexpr int kServices = 20000;
  for (int s = 0; s < kServices; ++s) {
    const sim::Duration lead = models::lead_time(1, sim::mix(static_cast<sim::Key>(s)), law);
    half += lead <= 21 * models::kDay ? 1 : 0;
    late += lead > 128 * models::kDay ? 1 : 0;
  }
  CHECK(half == doctest::Approx(0.5 * kServices).epsilon(0.03));  // 4 standard errors
  CHECK(late == doctest::Approx(0.05 * kServices).epsilon(0.125));
}

TEST_CASE("a lead time may be longer than the horizon of a run") {
  const auto law = sim::Distribution::constant(2.0 * static_cast<double>(kYear));
  CHECK(models::lead_time(1, 2, law) == 2 * kYear);
  CHECK(models::lead_time(1, 2, sim::Distribution::constant(0)) == 1);
}

TEST_CASE("who is early with a change is early under every lognormal law") {
  const auto slow = models::default_lead_time();
  const auto fast = sim::Distribution::lognormal_quantiles(4 * 3600e9, 0.95, 2.0 * static_cast<double>(models::kDay));
  const auto order = [](const sim::Distribution& law, sim::Key change) {
    std::vector<sim::Key> services;
    for (sim::Key s = 0; s < 100; ++s) services.push_back(sim::mix(s + 1));
    std::sort(services.begin(), services.end(), [&](sim::Key a, sim::Key b) {
      return models::lead_time(change, a, law) < models::lead_time(change, b, law);
    });
    return services;
  };
  CHECK(order(slow, 1) == order(fast, 1));
  CHECK_FALSE(order(slow, 1) == order(slow, 2));
}
