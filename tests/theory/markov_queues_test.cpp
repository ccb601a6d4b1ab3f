// One station with exponential service and an unbounded FIFO queue: M/M/1 and M/M/c.
#include <doctest/doctest.h>

#include <cmath>

#include "tests/theory/formulas.h"
#include "tests/theory/probe.h"

namespace {

using namespace theory;

// Erlang C; the queue of those who wait drains at rate c mu - lambda.
Values mmc(double lambda, double mu, unsigned c) {
  const double delay = erlang_c(lambda / mu, c);
  const double drain = c * mu - lambda;
  Values v;
  v["rho"] = lambda / (c * mu);
  v["mean_wait"] = delay / drain;
  v["mean_sojourn"] = delay / drain + 1 / mu;
  v["mean_in_system"] = lambda * v["mean_sojourn"];
  quantiles_of(
      v, "wait", [=](double t) { return delay * std::exp(-drain * t); }, 1 / drain);
  const auto sojourn = [=](double t) {
    const double own = std::exp(-mu * t);
    return (1 - delay) * own + delay * (drain * own - mu * std::exp(-drain * t)) / (drain - mu);
  };
  quantiles_of(v, "sojourn", sojourn, 1 / drain);
  if (c == 1) {
    v["prob_no_wait"] = 1 - delay;
    v["var_sojourn"] = 1 / (drain * drain);
    v.erase("wait_p50");  // a bound in one of the cases: at load 0.5 the median sits on the edge of the atom
  } else {
    v["prob_wait"] = delay;
  }
  return v;
}

// Requests arrive at the station itself.
std::function<Measure(const Size&)> single(double lambda, double mu, unsigned workers) {
  return [=](const Size& size) -> Measure {
    const models::ServiceSpec s = station("station", exponential_rate(mu), workers);
    return [plan = plan_of(open({s}, "station", lambda, size))](std::uint64_t seed) {
      const Probe probe(plan, seed);
      Values v;
      probe.station(v, "station");
      probe.latency(v, "sojourn");
      return v;
    };
  };
}

}  // namespace

TEST_CASE("M/M/1: the sojourn is exponential, the wait has an atom at zero") {
  judge({"mm1_a",
         "M/M/1 at load 0.5",
         {32, 59375, 5000},
         {
             stat("rho", 0.5, 0.00202),
             stat("mean_sojourn", 0.02, 0.00415),
             stat("mean_wait", 0.01, 0.00733),
             stat("mean_in_system", 1, 0.0048),
             stat("prob_no_wait", 0.5, 0.00257),
             stat("var_sojourn", 0.0004, 0.0138),
             stat("sojourn_p50", 0.013862943611198907, 0.00403, 5.3e-06),
             stat("sojourn_p90", 0.04605170185988092, 0.00451, 1.8e-05),
             stat("sojourn_p95", 0.05991464547107982, 0.0053, 2.3e-05),
             stat("sojourn_p99", 0.09210340371976183, 0.00891, 3.5e-05),
             stat("sojourn_p999", 0.13815510557964275, 0.0205, 5.3e-05).full_only(),
             bound("wait_p50", 0.000405, Check::MeanAtMost),
             stat("wait_p90", 0.03218875824868201, 0.00662, 1.3e-05),
             stat("wait_p95", 0.04605170185988092, 0.00669, 1.8e-05),
             stat("wait_p99", 0.07824046010856292, 0.0104, 3e-05),
             stat("wait_p999", 0.12429216196844382, 0.0238, 4.8e-05).full_only(),
         },
         mmc(50, 100, 1),
         single(50, 100, 1)});
  judge({"mm1_b",
         "M/M/1 at load 0.8",
         {32, 243750, 5000},
         {
             stat("rho", 0.8, 0.00113),
             stat("mean_sojourn", 0.05, 0.00715),
             stat("mean_wait", 0.04, 0.00881),
             stat("mean_in_system", 4, 0.00752),
             stat("prob_no_wait", 0.2, 0.00481),
             stat("var_sojourn", 0.0025, 0.0236),
             stat("sojourn_p50", 0.03465735902799726, 0.00576, 5.3e-06),
             stat("sojourn_p90", 0.11512925464970228, 0.00809, 1.8e-05),
             stat("sojourn_p95", 0.14978661367769955, 0.00945, 2.3e-05),
             stat("sojourn_p99", 0.23025850929940456, 0.014, 3.5e-05),
             stat("sojourn_p999", 0.34538776394910686, 0.0337, 5.3e-05).full_only(),
             stat("wait_p50", 0.023500181462286777, 0.00845, 3.6e-06),
             stat("wait_p90", 0.1039720770839918, 0.00895, 1.6e-05),
             stat("wait_p95", 0.13862943611198905, 0.0102, 2.1e-05),
             stat("wait_p99", 0.2191013317336941, 0.0147, 3.4e-05),
             stat("wait_p999", 0.33423058638339637, 0.0344, 5.1e-05).full_only(),
         },
         mmc(80, 100, 1),
         single(80, 100, 1)});
  judge({"mm1_c",
         "M/M/1 at load 0.9",
         {32, 868750, 5000},
         {
             stat("rho", 0.9, 0.000569),
             stat("mean_sojourn", 0.01, 0.00759),
             stat("mean_wait", 0.009, 0.00838),
             stat("mean_in_system", 9, 0.00778),
             stat("prob_no_wait", 0.1, 0.0052),
             stat("var_sojourn", 0.0001, 0.0245),
             stat("sojourn_p50", 0.006931471805599453, 0.00599, 5.3e-06),
             stat("sojourn_p90", 0.02302585092994046, 0.0085, 1.8e-05),
             stat("sojourn_p95", 0.02995732273553991, 0.0103, 2.3e-05),
             stat("sojourn_p99", 0.04605170185988092, 0.0149, 3.5e-05),
             stat("sojourn_p999", 0.06907755278982138, 0.0322, 5.3e-05).full_only(),
             stat("wait_p50", 0.00587786664902119, 0.00709, 4.5e-06),
             stat("wait_p90", 0.021972245773362195, 0.00891, 1.7e-05),
             stat("wait_p95", 0.02890371757896165, 0.0107, 2.2e-05),
             stat("wait_p99", 0.044998096703302654, 0.0153, 3.5e-05),
             stat("wait_p999", 0.06802394763324311, 0.0327, 5.2e-05).full_only(),
         },
         mmc(900, 1000, 1),
         single(900, 1000, 1)});
}

TEST_CASE("M/M/c: Erlang's C formula, from two workers to fifty") {
  judge({"mmc_2_080",
         "2 workers at load 0.8",
         {32, 243750, 5000},
         {
             stat("rho", 0.8, 0.00111),
             share("prob_wait", 0.7111111111111111, 0.00181),
             stat("mean_wait", 0.017777777777777778, 0.00931),
             stat("mean_sojourn", 0.02777777777777778, 0.00612),
             stat("mean_in_system", 4.444444444444445, 0.00655),
             stat("sojourn_p50", 0.020400314459260417, 0.00483, 5e-06),
             stat("sojourn_p90", 0.06171562431764138, 0.00695, 1.9e-05),
             stat("sojourn_p95", 0.07910684252012047, 0.00845, 2.4e-05),
             stat("sojourn_p99", 0.11937370236004272, 0.0115, 3.7e-05),
             stat("sojourn_p999", 0.1769412621565069, 0.0259, 5.4e-05).full_only(),
             stat("wait_p50", 0.008805514839733802, 0.0107, 2.7e-06),
             stat("wait_p90", 0.049041462650586315, 0.00909, 1.5e-05),
             stat("wait_p95", 0.06637014216458495, 0.0104, 2.1e-05),
             stat("wait_p99", 0.10660608997543745, 0.0134, 3.3e-05),
             stat("wait_p999", 0.1641707173002886, 0.0289, 5e-05).full_only(),
         },
         mmc(160, 100, 2),
         single(160, 100, 2)});
  judge({"mmc_4_090",
         "4 workers at load 0.9",
         {32, 868750, 5000},
         {
             stat("rho", 0.9, 0.000542),
             share("prob_wait", 0.7877532642953624, 0.0013),
             stat("mean_wait", 0.01969383160738406, 0.00899),
             stat("mean_sojourn", 0.02969383160738406, 0.00603),
             stat("mean_in_system", 10.689779378658262, 0.00622),
             stat("sojourn_p50", 0.022545036930267572, 0.00482, 5e-06),
             stat("sojourn_p90", 0.06424448465279335, 0.00687, 2e-05),
             stat("sojourn_p95", 0.08165524818411674, 0.00838, 2.5e-05),
             stat("sojourn_p99", 0.12193167436199086, 0.0141, 3.7e-05),
             stat("sojourn_p999", 0.17950013845382917, 0.0394, 5.5e-05).full_only(),
             stat("wait_p50", 0.011364420650701899, 0.00903, 3.5e-06),
             stat("wait_p90", 0.051600368461554406, 0.00884, 1.6e-05),
             stat("wait_p95", 0.06892904797555303, 0.0104, 2.1e-05),
             stat("wait_p99", 0.10916499578640555, 0.0166, 3.4e-05),
             stat("wait_p999", 0.1667296231112567, 0.044, 5.1e-05).full_only(),
         },
         mmc(360, 100, 4),
         single(360, 100, 4)});
  judge({"mmc_10_070",
         "10 workers at load 0.7",
         {32, 121875, 5000},
         {
             stat("rho", 0.7, 0.00132),
             stat("prob_wait", 0.22173121588381545, 0.00825),
             stat("mean_wait", 0.007391040529460515, 0.0179),
             stat("mean_sojourn", 0.10739104052946051, 0.00178),
             stat("mean_in_system", 7.517372837062236, 0.00227),
             stat("sojourn_p50", 0.07769612862245731, 0.00241, 5.1e-06),
             stat("sojourn_p90", 0.24069142450070155, 0.00186, 1.9e-05),
             stat("sojourn_p95", 0.3100669523108174, 0.00187, 2.4e-05),
             stat("sojourn_p99", 0.47103016367539563, 0.00219, 3.6e-05),
             stat("sojourn_p999", 0.7012894736499361, 0.00499, 5.4e-05).full_only(),
             exact("wait_p50", 0),
             stat("wait_p90", 0.0265431907695058, 0.0182, 6.1e-06),
             stat("wait_p95", 0.04964809678817064, 0.0153, 1.2e-05),
             stat("wait_p99", 0.10329602720264067, 0.0192, 2.4e-05),
             stat("wait_p999", 0.18004886363577552, 0.0327, 4.1e-05).full_only(),
         },
         mmc(70, 10, 10),
         single(70, 10, 10)});
  judge({"mmc_50_095",
         "50 workers at load 0.95",
         {32, 2000000, 7999},
         {
             stat("rho", 0.95, 0.000357),
             share("prob_wait", 0.6290947299151718, 0.0035),
             stat("mean_wait", 0.025163789196606876, 0.0152),
             stat("mean_sojourn", 0.12516378919660687, 0.00317),
             stat("mean_in_system", 59.45279986838826, 0.00327),
             stat("sojourn_p50", 0.09721613158998554, 0.00382, 5.1e-06),
             stat("sojourn_p90", 0.2647229356860435, 0.003, 2e-05),
             stat("sojourn_p95", 0.33440028363182955, 0.0027, 2.6e-05),
             stat("sojourn_p99", 0.4955227167543422, 0.00199, 3.8e-05),
             stat("sojourn_p999", 0.7257981525340379, 0.00179, 5.5e-05).full_only(),
             stat("wait_p50", 0.009186950037491539, 0.0234, 1.8e-06),
             stat("wait_p90", 0.07356446653485556, 0.014, 1.4e-05),
             stat("wait_p95", 0.10129035375725337, 0.016, 2e-05),
             stat("wait_p99", 0.16566787025461738, 0.0233, 3.2e-05),
             stat("wait_p999", 0.2577712739743792, 0.0405, 4.9e-05).full_only(),
         },
         mmc(475, 10, 50),
         single(475, 10, 50)});
}
