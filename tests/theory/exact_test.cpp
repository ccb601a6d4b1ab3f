// Cases without chance, each one run: a chain with and without sidecars, an open loop through a stall (no coordinated
// omission), and known answers of the statistics that reports are made of.
#include <doctest/doctest.h>

#include <cmath>

#include "sim/statistics/confidence.h"
#include "tests/theory/probe.h"

namespace {

using namespace theory;

constexpr double kTraversal = 0.0003;
constexpr double kOneWay = 0.0005;

// s1 -> s2 -> s3 -> s4 -> s5, synchronous, so seldom that nothing queues; requests enter at s1 without a sidecar.
models::ScenarioSpec chain_of_five() {
  std::vector<models::ServiceSpec> services;
  for (int i = 1; i <= 5; ++i) {
    std::vector<models::StepSpec> next;
    if (i < 5) next.push_back(support::call("s" + std::to_string(i + 1)));
    services.push_back(station("s" + std::to_string(i), constant(0.002), 1, next));
    services.back().blocking = true;
  }
  models::ScenarioSpec spec = open(services, "s1", 1, {1, 10, 0});
  spec.traffic[0].arrivals = models::ArrivalKind::Paced;
  spec.network.same_zone = constant(kOneWay);
  return spec;
}

double latency_of(const models::ScenarioSpec& spec) {
  const models::Plan plan = plan_of(spec);
  const Probe probe(plan, 1);
  const sim::Histogram& ok = probe.entry().total.ok;
  REQUIRE(ok.count() == 10);
  REQUIRE(ok.min() == ok.max());
  return seconds(static_cast<double>(ok.min()));
}

Measure path(const Size&) {
  return [](std::uint64_t) {
    models::ScenarioSpec spec = chain_of_five();
    const double without = latency_of(spec);
    spec.candidates = {support::candidate(models::EnforcedBy::Sidecar)};
    spec.candidates[0].profile->request_latency = constant(kTraversal);
    spec.candidates[0].profile->response_latency = constant(kTraversal);
    const double with = latency_of(spec);
    return Values{{"without_mesh", without},
                  {"with_mesh", with},
                  {"mesh_overhead", with - without},
                  {"sidecar_traversals", std::round((with - without) / kTraversal)}};
  };
}

Values path_formula() {
  const double without = 5 * 0.002 + 4 * 2 * kOneWay;
  const double overhead = 4 * 4 * kTraversal;  // client and server side, request and response
  return {{"without_mesh", without},
          {"with_mesh", without + overhead},
          {"mesh_overhead", overhead},
          {"sidecar_traversals", 16}};
}

// Arrival i at i / 1000 s; all replicas are frozen from the first arrival on for 1 s: it waits 1 s - i / 1000.
Measure stalled(const Size&) {
  return [](std::uint64_t seed) {
    models::ScenarioSpec spec =
        open({station("station", constant(0), models::kUnlimited)}, "station", 1000, {1, 100000, 0});
    spec.traffic[0].arrivals = models::ArrivalKind::Paced;
    models::TimelineEntrySpec stall;
    stall.name = "stall";
    stall.verb = models::TimelineVerb::Stall;
    stall.service = "station";
    stall.duration = sim::kSecond;
    models::TimelineEntrySpec half;  // changes nothing, but cuts windows of arrivals at half the stall
    half.name = "half";
    half.verb = models::TimelineVerb::Change;
    half.at = sim::kSecond / 2;
    spec.timeline = {stall, half};
    const models::Plan plan = plan_of(spec);
    const Probe probe(plan, seed);
    const sim::Histogram& all = probe.entry().total.ok;
    double affected = 0;
    all.for_each_bucket([&](std::int64_t, std::int64_t hi, std::uint64_t count) {
      if (hi > 1) affected += static_cast<double>(count);
    });
    double over_half = -1;
    for (std::size_t w = 0; w < plan.catalog.windows.size(); ++w) {
      const sim::Histogram& window = probe.entry().windows[w].ok;
      if (plan.catalog.windows[w].name == "before half") {
        REQUIRE(window.min() > sim::kSecond / 2);
        over_half = static_cast<double>(window.count());
      } else if (plan.catalog.windows[w].name == "after half") {
        REQUIRE(window.max() <= sim::kSecond / 2);
      }
    }
    return Values{{"requests", static_cast<double>(all.count())},
                  {"affected", affected},
                  {"max_latency", seconds(static_cast<double>(all.max()))},
                  {"mean_latency", mean(all)},
                  {"count_over_half_stall", over_half}};
  };
}

std::function<Measure(const Size&)> known(const Values& values) {
  return [values](const Size&) -> Measure { return [values](std::uint64_t) { return values; }; };
}

Values quantile_functions() {
  return {{"z_0975", sim::normal_quantile(0.975)},           {"z_0995", sim::normal_quantile(0.995)},
          {"t_0975_4", sim::student_t_quantile(0.975, 4)},   {"t_0975_9", sim::student_t_quantile(0.975, 9)},
          {"t_0975_19", sim::student_t_quantile(0.975, 19)}, {"t_0975_31", sim::student_t_quantile(0.975, 31)}};
}

Values proportions(std::uint64_t failures, std::uint64_t trials) {
  const sim::Proportion w = sim::wilson(failures, trials);
  const sim::Proportion c = sim::clopper_pearson(failures, trials);
  return {{"wilson_lo", w.lo}, {"wilson_hi", w.hi}, {"clopper_lo", c.lo}, {"clopper_hi", c.hi}};
}

Values big_offset() {
  const sim::MeanInterval i = sim::mean_interval({1000000001, 1000000002, 1000000003, 1000000004, 1000000005});
  return {{"mean", i.mean}, {"sd", i.sd}, {"half_width", i.half_width}};
}

}  // namespace

TEST_CASE("trap 32: a chain of five with sidecars takes four traversals per hop longer") {
  judge({"path_5",
         "5 services, 4 hops, constant times",
         {1, 1, 0},
         {
             exact("without_mesh", 0.014),
             exact("with_mesh", 0.0188),
             exact("mesh_overhead", 0.0048),
             exact("sidecar_traversals", 16),
         },
         path_formula(),
         path});
}

TEST_CASE("trap 49: an open loop counts every request that a stall delays") {
  judge({"stall_a",
         "1 s stall at 1,000 requests/s",
         {1, 1, 0},
         {
             exact("requests", 100000),
             exact("affected", 1000),
             exact("max_latency", 1),
             exact("mean_latency", 0.005005),
             exact("count_over_half_stall", 500),
         },
         {},
         stalled});
}

TEST_CASE("quantiles of the normal law and of Student's t") {
  judge({"stat_quantiles",
         "quantiles of reports",
         {1, 1, 0},
         {
             exact("z_0975", 1.9599639845400543),
             exact("z_0995", 2.575829303548901),
             exact("t_0975_4", 2.7764451051977943),
             exact("t_0975_9", 2.2621571627982053),
             exact("t_0975_19", 2.0930240544083096),
             exact("t_0975_31", 2.0395134463964086),
         },
         {},
         known(quantile_functions())});
}

TEST_CASE("intervals for failure rates near zero have a width") {
  judge({"wilson_0",
         "0 of 10,000",
         {1, 1, 0},
         {
             exact("wilson_lo", 0),
             exact("wilson_hi", 0.00038399837067659584),
             exact("clopper_lo", 0),
             exact("clopper_hi", 0.0003688199146187623),
         },
         {},
         known(proportions(0, 10000))});
  judge({"wilson_7",
         "7 of 2,000",
         {1, 1, 0},
         {
             exact("wilson_lo", 0.001696431697042418),
             exact("wilson_hi", 0.007207196253241746),
             exact("clopper_lo", 0.0014083038325025405),
             exact("clopper_hi", 0.007197961714658003),
         },
         {},
         known(proportions(7, 2000))});
}

TEST_CASE("an interval of large numbers keeps their small differences") {
  judge({"ci_big_offset",
         "1e9 + 1 .. 1e9 + 5",
         {1, 1, 0},
         {
             exact("mean", 1000000003.0),
             exact("sd", 1.5811388300841898),
             exact("half_width", 1.9632431614775576),
         },
         {},
         known(big_offset())});
}
