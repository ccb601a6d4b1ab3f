// Stations without queues: how many requests are in progress, the slowest of n parallel calls, n calls in a row, and
// processor sharing, where the mean does not depend on the service law beyond its mean.
#include <doctest/doctest.h>

#include <cmath>

#include "tests/theory/formulas.h"
#include "tests/theory/probe.h"

namespace {

using namespace theory;

// The number in progress is Poisson with mean lambda E[S], whatever the law.
Values infinite_server(double load) {
  double term = std::exp(-load), at_most_9 = 0;
  for (int k = 0; k <= 9; ++k) {
    at_most_9 += term;
    term *= load / (k + 1);
  }
  return {{"mean_in_flight", load},
          {"var_in_flight", load},
          {"prob_empty", std::exp(-load)},
          {"prob_in_flight_gt_9", 1 - at_most_9}};
}

Measure in_flight(const Size& size) {
  const models::ServiceSpec s = station("station", exponential_rate(20), models::kUnlimited);
  return [plan = plan_of(open({s}, "station", 100, size), Levels::Yes)](std::uint64_t seed) {
    const Probe probe(plan, seed);
    const std::vector<std::int64_t>& levels = probe.service("station").level_time;
    double m1 = 0, m2 = 0, beyond = 0;
    for (std::size_t k = 0; k < levels.size(); ++k) {
      const double p = probe.time_share(levels, k);
      const auto n = static_cast<double>(k);
      m1 += n * p;
      m2 += n * n * p;
      if (k > 9) beyond += p;
    }
    return Values{{"mean_in_flight", m1},
                  {"var_in_flight", m2 - m1 * m1},
                  {"prob_empty", probe.time_share(levels, 0)},
                  {"prob_in_flight_gt_9", beyond}};
  };
}

Values slowest_of(int n, double mu) {
  Values v{{"mean", 0}, {"var", 0}};
  for (int k = 1; k <= n; ++k) {
    v["mean"] += 1 / (k * mu);
    v["var"] += 1 / (k * mu * k * mu);
  }
  v["frac_over_single_p99"] = 1 - std::pow(0.99, n);
  v["min_mean"] = 1 / (n * mu);
  quantiles_of(
      v, "", [=](double t) { return 1 - std::pow(-std::expm1(-mu * t), n); }, 1 / mu);
  return v;
}

// The root calls n services at once. The fastest of them is seen by a twin whose callees all fail after the same work
// (equal identities draw equal times): the first failure ends its request.
std::function<Measure(const Size&)> fan_out(int n, double mu) {
  return [=](const Size& size) -> Measure {
    std::vector<models::StepSpec> calls;
    std::vector<models::ServiceSpec> services;
    for (int i = 0; i < n; ++i) {
      services.push_back(station("leaf" + std::to_string(i), exponential_rate(mu), models::kUnlimited));
      calls.push_back(support::call(services.back().name));
    }
    services.push_back(caller("root", {support::group(models::StepKind::Parallel, calls)}));
    const models::Plan plan = plan_of(open(services, "root", 100, size));
    for (models::ServiceSpec& s : services) {
      if (s.name != "root") s.versions[0].endpoints[0].errors.rate = 1;
    }
    return [=, twin = plan_of(open(services, "root", 100, size))](std::uint64_t seed) {
      const Probe probe(plan, seed);
      Values v;
      probe.latency(v, "slowest");
      quantiles(v, "", probe.entry().total.ok);
      v["mean"] = v["mean_slowest"];
      v["var"] = v["var_slowest"];
      v["frac_over_single_p99"] = 1 - probe.entry().total.ok.fraction_below(-std::log(0.01) / mu * 1e9);
      v["min_mean"] = mean(Probe(twin, seed).entry().total.failed);
      return v;
    };
  };
}

Values in_a_row(unsigned n, double mu) {
  Values v{{"mean", n / mu}, {"var", n / (mu * mu)}};
  quantiles_of(
      v, "", [=](double t) { return erlang_tail(n, mu, t); }, n / mu);
  return v;
}

Measure five_calls(const Size& size) {
  std::vector<models::StepSpec> calls;
  std::vector<models::ServiceSpec> services;
  for (int i = 0; i < 5; ++i) {
    services.push_back(station("leaf" + std::to_string(i), exponential_rate(100), models::kUnlimited));
    calls.push_back(support::call(services.back().name));
  }
  services.push_back(caller("root", calls));
  return [plan = plan_of(open(services, "root", 100, size))](std::uint64_t seed) {
    const Probe probe(plan, seed);
    Values v;
    probe.latency(v, "sum");
    quantiles(v, "", probe.entry().total.ok);
    v["mean"] = v["mean_sum"];
    v["var"] = v["var_sum"];
    return v;
  };
}

Values processor_sharing(double lambda, double service) {
  const double rho = lambda * service;
  return {{"rho", rho},
          {"mean_sojourn", service / (1 - rho)},
          {"mean_in_system", rho / (1 - rho)},
          {"slowdown", 1 / (1 - rho)}};
}

// One core, and no limit on the requests that share it.
std::function<Measure(const Size&)> one_core(double lambda, const sim::Distribution& law) {
  return [=](const Size& size) -> Measure {
    models::ServiceSpec s = station("station", law, models::kUnlimited);
    s.cpu = 1.0;
    return [plan = plan_of(open({s}, "station", lambda, size), Levels::Yes)](std::uint64_t seed) {
      const Probe probe(plan, seed);
      Values v;
      probe.station(v, "station");
      probe.latency(v, "sojourn");
      const models::ServiceResults& service = probe.service("station");
      v["rho"] = 1 - probe.time_share(service.level_time, 0);  // the core works while somebody is there
      const auto requests = static_cast<double>(probe.endpoint("station").requests);
      v["slowdown"] = v["mean_sojourn"] / (seconds(static_cast<double>(service.cpu_time)) / requests);
      return v;
    };
  };
}

}  // namespace

TEST_CASE("M/G/inf: requests in progress are Poisson") {
  judge({"mginf_a",
         "no limit on concurrency, load 5",
         {32, 100000, 5000},
         {
             stat("mean_in_flight", 5, 0.00148),
             stat("var_in_flight", 5, 0.00362),
             stat("prob_empty", 0.006737946999085467, 0.0188),
             stat("prob_in_flight_gt_9", 0.03182805730620481, 0.0124),
         },
         infinite_server(5),
         in_flight});
}

TEST_CASE("parallel calls: the slowest of n") {
  judge({"fan_10",
         "10 parallel calls",
         {32, 62500, 0},
         {
             stat("mean", 0.02928968253968254, 0.000601),
             stat("var", 0.00015497677311665406, 0.00298),
             stat("frac_over_single_p99", 0.09561792499119551, 0.00435),
             stat("min_mean", 0.001, 0.00141),
             stat("p50", 0.027035551918624043, 0.000729, 7.3e-06),
             stat("p90", 0.045582158207443865, 0.000976, 3.2e-05),
             stat("p95", 0.052753439105049746, 0.0012, 3.9e-05),
             stat("p99", 0.06903236794476113, 0.00205, 5.2e-05),
             stat("p999", 0.09209890188117358, 0.00486, 7e-05).full_only(),
         },
         slowest_of(10, 100),
         fan_out(10, 100)});
  judge({"fan_100",
         "100 parallel calls",
         {32, 12500, 0},
         {
             stat("mean", 0.0518737751763962, 0.000779),
             stat("var", 0.00016349839001848928, 0.00607),
             share("frac_over_single_p99", 0.6339676587267705, 0.0024),
             stat("min_mean", 0.0001, 0.00316),
             stat("p50", 0.049751468405857986, 0.000914, 1.2e-05),
             stat("p90", 0.06856064269625334, 0.00146, 4.7e-05),
             stat("p95", 0.07575621890539685, 0.00187, 5.5e-05),
             stat("p99", 0.09205369664023066, 0.00344, 6.9e-05),
             stat("p999", 0.11512430259009306, 0.00869, 8.8e-05).full_only(),
         },
         slowest_of(100, 100),
         fan_out(100, 100)});
  judge({"fan_4",
         "4 parallel calls",
         {32, 62500, 0},
         {
             stat("mean", 0.041666666666666664, 0.00081),
             stat("var", 0.0005694444444444445, 0.00322),
             stat("frac_over_single_p99", 0.03940399, 0.00698),
             stat("min_mean", 0.005, 0.00141),
             stat("p50", 0.036763996249775915, 0.00102, 6.1e-06),
             stat("p90", 0.07299605689247468, 0.00121, 2.6e-05),
             stat("p95", 0.08725788840804102, 0.00144, 3.2e-05),
             stat("p99", 0.11975399233666496, 0.00236, 4.5e-05),
             stat("p999", 0.16587348983157063, 0.00539, 6.3e-05).full_only(),
         },
         slowest_of(4, 50),
         fan_out(4, 50)});
}

TEST_CASE("calls one after another: Erlang's sum") {
  judge({"seq_5",
         "5 calls in a row",
         {32, 62500, 0},
         {
             stat("mean", 0.05, 0.000632),
             stat("var", 0.0005, 0.00253),
             stat("p50", 0.046709088827959835, 0.000815, 5.1e-06),
             stat("p90", 0.07993589586052631, 0.000924, 3.1e-05),
             stat("p95", 0.09153519026637573, 0.00109, 4e-05),
             stat("p99", 0.1160462557947718, 0.00176, 5.8e-05),
             stat("p999", 0.1479414922253721, 0.00403, 8.2e-05).full_only(),
         },
         in_a_row(5, 100),
         five_calls});
}

TEST_CASE("M/G/1 with processor sharing: the mean is insensitive to the law") {
  judge({"ps_exp",
         "exponential work, load 0.8",
         {32, 362500, 5000},
         {
             stat("rho", 0.8, 0.00084),
             stat("mean_sojourn", 0.05, 0.00561),
             stat("mean_in_system", 4, 0.00593),
             stat("slowdown", 5, 0.00537),
         },
         processor_sharing(80, 0.01),
         one_core(80, exponential_rate(100))});
  judge({"ps_det",
         "constant work, load 0.8",
         {32, 362500, 5000},
         {
             stat("rho", 0.8, 0.00057),
             stat("mean_sojourn", 0.05, 0.00365),
             stat("mean_in_system", 4, 0.00403),
             stat("slowdown", 5, 0.00365),
         },
         processor_sharing(80, 0.01),
         one_core(80, constant(0.01))});
}
