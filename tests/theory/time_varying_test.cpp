// Load that changes in time. M_t/M/inf: Poisson arrivals with a sinusoidal rate and no queue. The requests in progress
// at time t are Poisson with mean L [1/mu + b (mu sin gt - g cos gt) / (mu^2 + g^2)] for a rate L (1 + b sin gt) that
// has been running for ever (S. Eick, W. Massey, W. Whitt, 1993).
#include <doctest/doctest.h>

#include <cmath>

#include "tests/theory/probe.h"

namespace {

using namespace theory;

constexpr double kRate = 100, kAmplitude = 0.5, kPeriod = 20, kMu = 2, kAt = 5;

Values in_progress() {
  const double g = 2 * M_PI / kPeriod;
  const double swing = (kMu * std::sin(g * kAt) - g * std::cos(g * kAt)) / (kMu * kMu + g * g);
  return {{"mean_in_flight_at_t", kRate * (1 / kMu + kAmplitude * swing)},
          {"expected_arrivals_0_to_t", kRate * (kAt + kAmplitude * (1 - std::cos(g * kAt)) / g)}};
}

// One stretch per replication, one period of warm-up before it. The run ends at t: what is open then is in progress.
Measure stretch(const Size&) {
  models::ScenarioSpec spec = open({station("station", exponential_rate(kMu), models::kUnlimited)}, "station", kRate,
                                   {1, kRate * kAt, kRate * kPeriod});
  spec.traffic[0].rate.kind = models::RateShape::Kind::Diurnal;
  spec.traffic[0].rate.amplitude = kAmplitude;
  spec.traffic[0].rate.period = nanoseconds(kPeriod);
  models::Plan plan = plan_of(spec);
  plan.drain = 0;
  return [plan](std::uint64_t seed) {
    const Probe probe(plan, seed);
    return Values{{"mean_in_flight_at_t", static_cast<double>(probe.results().unfinished_calls)},
                  {"expected_arrivals_0_to_t", static_cast<double>(probe.entry().total.arrivals)}};
  };
}

}  // namespace

TEST_CASE("M_t/M/inf: requests in progress follow a sinusoidal rate with a lag") {
  judge({"mt_a",
         "at the crest of the rate",
         {4000, 659, 0},
         {
             stat("mean_in_flight_at_t", 74.39800339576833, 0.00367),
             stat("expected_arrivals_0_to_t", 659.1549430918953, 0.00123),
         },
         in_progress(),
         stretch});
}
