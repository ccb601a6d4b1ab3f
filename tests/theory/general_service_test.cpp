// One worker, Poisson arrivals, any service law: Pollaczek and Khinchine's mean and variance of the wait, and the whole
// distribution of the wait for constant service (A. K. Erlang, 1909; C. D. Crommelin, 1932).
#include <doctest/doctest.h>

#include <cmath>

#include "tests/theory/formulas.h"
#include "tests/theory/probe.h"

namespace {

using namespace theory;

// From the first three moments of the service time.
Values pollaczek_khinchine(double lambda, double m1, double m2, double m3) {
  const double rho = lambda * m1;
  const double wait = lambda * m2 / (2 * (1 - rho));
  return {{"rho", rho},
          {"mean_wait", wait},
          {"mean_sojourn", wait + m1},
          {"mean_in_system", lambda * (wait + m1)},
          {"prob_no_wait", 1 - rho},
          {"var_wait", wait * wait + lambda * m3 / (3 * (1 - rho))}};
}

Values lognormal(double lambda, double mean, double scv) {
  return pollaczek_khinchine(lambda, mean, mean * mean * (1 + scv), std::pow(mean, 3) * std::pow(1 + scv, 3));
}

// P(wait <= t); the sum alternates, so far in the tail it loses digits: used up to p95 only.
double crommelin(double lambda, double service, double t) {
  long double sum = 0;
  for (int j = 0; j <= static_cast<int>(t / service + 1e-9); ++j) {
    const long double x = static_cast<long double>(lambda) * (t - j * static_cast<long double>(service));
    sum += std::exp(x) * std::pow(-x, j) / std::tgamma(static_cast<long double>(j) + 1);
  }
  return static_cast<double>((1 - static_cast<long double>(lambda) * service) * sum);
}

Values md1(double lambda, double service) {
  Values v;
  const double rho = lambda * service;
  v["rho"] = rho;
  v["mean_wait"] = rho * service / (2 * (1 - rho));
  v["prob_no_wait"] = 1 - rho;
  const auto tail = [=](double t) { return 1 - crommelin(lambda, service, t); };
  v["wait_p50"] = where_falls_to(tail, 0.5, 0, 10 * service);
  v["wait_p90"] = where_falls_to(tail, 0.1, 0, 20 * service);
  v["wait_p95"] = where_falls_to(tail, 0.05, 0, 20 * service);
  for (const int k : {1, 2, 5}) v["P_wait_le_" + std::to_string(k) + "D"] = crommelin(lambda, service, k * service);
  return v;
}

std::function<Measure(const Size&)> one_worker(double lambda, const sim::Distribution& law, double constant_time = 0) {
  return [=](const Size& size) -> Measure {
    const models::ServiceSpec s = station("station", law, 1);
    return [=, plan = plan_of(open({s}, "station", lambda, size))](std::uint64_t seed) {
      const Probe probe(plan, seed);
      Values v;
      probe.station(v, "station");
      probe.latency(v, "sojourn");
      for (const int k : {1, 2, 5}) {  // where service is constant
        const double at = k * constant_time * 1e9;
        v["P_wait_le_" + std::to_string(k) + "D"] = probe.endpoint("station").wait.fraction_below(at);
      }
      return v;
    };
  };
}

}  // namespace

TEST_CASE("M/G/1: mean and variance of the wait by Pollaczek and Khinchine") {
  judge({"mg1_det",
         "constant service, load 0.8",
         {32, 121875, 5000},
         {
             stat("rho", 0.8, 0.00095),
             stat("mean_wait", 0.02, 0.00791),
             stat("mean_sojourn", 0.03, 0.00528),
             stat("mean_in_system", 2.4, 0.00598),
             stat("prob_no_wait", 0.2, 0.00453),
             stat("var_wait", 0.0005333333333333334, 0.0215),
         },
         pollaczek_khinchine(80, 0.01, 1e-4, 1e-6),
         one_worker(80, constant(0.01))});
  judge({"mg1_logn",
         "lognormal service, cv^2 2, load 0.7",
         {32, 181250, 5000},
         {
             stat("rho", 0.7, 0.00154),
             stat("mean_wait", 0.035, 0.0125),
             stat("mean_sojourn", 0.045, 0.00988),
             stat("mean_in_system", 3.15, 0.0101),
             stat("prob_no_wait", 0.3, 0.00363),
             stat("var_wait", 0.003325, 0.0661).full_only(),
         },
         lognormal(70, 0.01, 2),
         one_worker(70, sim::Distribution::lognormal(0.01e9, std::sqrt(2.0)))});
  judge({"mg1_h2",
         "hyperexponential service, cv^2 5, load 0.57",
         {32, 209375, 5000},
         {
             stat("rho", 0.57, 0.00199),
             stat("mean_wait", 0.03802325581395349, 0.00974),
             stat("mean_sojourn", 0.04752325581395349, 0.00811),
             stat("mean_in_system", 2.8513953488372095, 0.00819),
             stat("prob_no_wait", 0.43, 0.00294),
             stat("var_wait", 0.004965535424553813, 0.0225).full_only(),
         },
         pollaczek_khinchine(60, 0.9 / 200 + 0.1 / 20, 2 * (0.9 / 4e4 + 0.1 / 400), 6 * (0.9 / 8e6 + 0.1 / 8e3)),
         one_worker(60, sim::Distribution::hyperexponential({0.9, 0.1}, {5e6, 50e6}))});
  judge({"mg1_erl4",
         "Erlang-4 service, load 0.85",
         {32, 256250, 5000},
         {
             stat("rho", 0.85, 0.000768),
             stat("mean_wait", 0.035416666666666666, 0.00712),
             stat("mean_sojourn", 0.04541666666666667, 0.0056),
             stat("mean_in_system", 3.8604166666666666, 0.00601),
             stat("prob_no_wait", 0.15, 0.00473),
             stat("var_wait", 0.0016085069444444443, 0.0205).full_only(),
         },
         pollaczek_khinchine(85, 0.01, 1e-4 * 5 / 4, 1e-6 * 30 / 16),
         one_worker(85, sim::Distribution::erlang(4, 0.01e9))});
  judge(
      {"mg1_bimodal",
       "cache hit 2 ms or miss 80 ms, load 0.59",
       {32, 346875, 5000},
       {
           stat("rho", 0.59, 0.00186),
           stat("mean_wait", 0.03948780487804878, 0.00666),
           stat("mean_sojourn", 0.04538780487804878, 0.00597),
           stat("mean_in_system", 4.538780487804878, 0.00618),
           stat("prob_no_wait", 0.41, 0.00283),
           stat("var_wait", 0.003641205433273845, 0.0161).full_only(),
       },
       pollaczek_khinchine(100, 0.95 * 0.002 + 0.05 * 0.08, 0.95 * 4e-6 + 0.05 * 6.4e-3, 0.95 * 8e-9 + 0.05 * 5.12e-4),
       one_worker(100, sim::Distribution::empirical({2e6, 80e6}, {0.95, 0.05}))});
}

TEST_CASE("M/D/1: the distribution of the wait") {
  judge({"md1_a",
         "constant 10 ms, load 0.8",
         {32, 121875, 5000},
         {
             stat("rho", 0.8, 0.000899),
             stat("mean_wait", 0.02, 0.00661),
             stat("prob_no_wait", 0.2, 0.00386),
             stat("wait_p50", 0.012759398733762351, 0.00622, 4e-08),
             stat("wait_p90", 0.05011511498446045, 0.00726, 1.7e-05),
             stat("wait_p95", 0.06620324996840724, 0.00848, 2.2e-05),
             stat("wait_p99", 0.10355886791994953, 0.0137, 3.4e-05),
             stat("wait_p999", 0.15700268194066433, 0.0318, 5.2e-05).full_only(),
             stat("P_wait_le_1D", 0.44510818569849353, 0.00336),
             share("P_wait_le_2D", 0.6345199363202282, 0.00283),
             share("P_wait_le_5D", 0.8995027617536019, 0.00176),
         },
         md1(80, 0.01),
         one_worker(80, constant(0.01), 0.01)});
  judge({"md1_b",
         "constant 5 ms, load 0.9",
         {32, 434375, 5000},
         {
             stat("rho", 0.9, 0.000585),
             stat("mean_wait", 0.0225, 0.0088),
             stat("prob_no_wait", 0.1, 0.00547),
             stat("wait_p50", 0.015065237596557793, 0.00697, 4.1e-06),
             stat("wait_p90", 0.053912524780134426, 0.00933, 1.7e-05),
             stat("wait_p95", 0.07064336915101063, 0.0112, 2.3e-05),
             stat("wait_p99", 0.10949118674770056, 0.0173, 3.5e-05),
             stat("wait_p999", 0.1650698487155965, 0.0396, 5.2e-05).full_only(),
             stat("P_wait_le_1D", 0.24596031111569497, 0.00513),
             stat("P_wait_le_2D", 0.38360046643716916, 0.00469),
             share("P_wait_le_5D", 0.6687091505084407, 0.00363),
         },
         md1(180, 0.005),
         one_worker(180, constant(0.005), 0.005)});
}
