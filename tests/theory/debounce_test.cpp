// Poisson changes at a debounce: a batch ends with the first gap of at least the quiet time, or at its maximum age.
// Without a maximum the product's loop and the textbook's are the same. With one the closed form is the textbook's,
// which pushes at the maximum itself; the product's loop looks only when a timer fires (models/control/debounce.h).
#include <doctest/doctest.h>

#include <cmath>

#include "models/control/debounce.h"
#include "sim/random/keyed.h"
#include "sim/statistics/moments.h"
#include "tests/theory/probe.h"

namespace {

using namespace theory;

struct Loop {
  double rate;
  double max;  // 0: none
  models::DebounceMax when = models::DebounceMax::AtTimer;
};

// Whole cycles only: the last batch ends because the changes do.
void measure(Values& values, const Loop& loop, std::uint64_t seed, double changes, const std::string& suffix) {
  std::vector<sim::Time> events;
  sim::Draws draws(sim::mix(seed), 1);
  double at = 0;
  for (double i = 0; i < changes; ++i) {
    at += sim::exponential(draws) / loop.rate;
    events.push_back(nanoseconds(at));
  }
  const std::function<sim::Duration(std::size_t)> prepare = [](std::size_t) { return sim::Duration{0}; };
  const models::DebounceRule rule{nanoseconds(0.1), loop.max > 0 ? nanoseconds(loop.max) : sim::kHorizonMax, loop.when};
  std::vector<models::DebouncedPush> pushes = models::debounce({events, rule, prepare, -1, sim::kHorizonMax});
  pushes.pop_back();
  sim::Moments delay, by_max;
  for (const models::DebouncedPush& push : pushes) {
    delay.observe(seconds(static_cast<double>(push.decided - push.first)));
    by_max.observe(push.by_max ? 1 : 0);
  }
  const auto n = static_cast<double>(pushes.size());
  values["mean_first_event_to_push" + suffix] = delay.mean();
  values["mean_events_per_push" + suffix] = static_cast<double>(pushes.back().end) / n;
  values["push_rate" + suffix] = n / seconds(static_cast<double>(pushes.back().decided));
  values["prob_push_by_max" + suffix] = by_max.mean();
}

std::function<Measure(const Size&)> debounced(double rate, double max) {
  return [=](const Size& size) -> Measure {
    return [=](std::uint64_t seed) {
      Values values;
      measure(values, {rate, 0}, seed, size.requests, "_no_max");
      if (max > 0) measure(values, {rate, max, models::DebounceMax::AtMax}, seed, size.requests, "");
      return values;
    };
  };
}

Values without_max(double rate, double quiet) {
  const double events = std::exp(rate * quiet);
  return {{"mean_events_per_push_no_max", events},
          {"mean_first_event_to_push_no_max", (events - 1) / rate},
          {"push_rate_no_max", rate / events}};
}

}  // namespace

TEST_CASE("a debounce waits for the first gap of its quiet time") {
  judge({"debounce_a",
         "10 changes/s, quiet 0.1 s, no maximum",
         {32, 62500, 0},
         {stat("mean_events_per_push_no_max", 2.718281828459045, 0.00182),
          stat("mean_first_event_to_push_no_max", 0.1718281828459045, 0.00128),
          stat("push_rate_no_max", 3.6787944117144233, 0.00123)},
         without_max(10, 0.1),
         debounced(10, 0)});
}

TEST_CASE("a debounce with a maximum pushes at the latest then") {
  judge({"debounce_b",
         "20 changes/s, quiet 0.1 s, maximum 0.5 s",
         {32, 62500, 0},
         {stat("mean_events_per_push_no_max", 7.38905609893065, 0.00328),
          stat("mean_first_event_to_push_no_max", 0.3194528049465325, 0.00278),
          stat("push_rate_no_max", 2.7067056647322536, 0.0024), stat("prob_push_by_max", 0.1759586686601844, 0.00751),
          stat("mean_first_event_to_push", 0.2761533111928412, 0.00188),
          stat("mean_events_per_push", 6.523066223856824, 0.00268)},
         without_max(20, 0.1),
         debounced(20, 0.5)});
}

TEST_CASE("the product's loop pushes later than its maximum, by less than the quiet time") {
  Values values;
  measure(values, {20, 0.5, models::DebounceMax::AtTimer}, 1, 62500, "");
  CHECK(values.at("mean_first_event_to_push") > 0.2761533111928412 * 1.01);
  CHECK(values.at("mean_first_event_to_push") < 0.2761533111928412 + 0.1 * 0.1759586686601844);
  CHECK(values.at("prob_push_by_max") < 0.1759586686601844 * 0.95);
}
