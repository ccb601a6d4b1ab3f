// GI/M/1: an arrival finds the worker busy with probability sigma, the root of sigma = A*(mu (1 - sigma)), and its
// sojourn is exponential with rate mu (1 - sigma). Round robin over k replicas makes Erlang-k arrivals of a Poisson
// stream, exactly. Source: Kleinrock I, chapter 6.
#include <doctest/doctest.h>

#include <cmath>

#include "tests/theory/formulas.h"
#include "tests/theory/probe.h"

namespace {

using namespace theory;

// `transform` is the Laplace transform of the time between arrivals.
Values gim1(double lambda, double mu, const std::function<double(double)>& transform) {
  const double sigma = where_falls_to([&](double x) { return transform(mu * (1 - x)) - x; }, 0, 0, 1 - 1e-6);
  const double rate = mu * (1 - sigma);
  Values v{{"sigma", sigma},
           {"rho", lambda / mu},
           {"prob_wait", sigma},
           {"mean_wait", sigma / rate},
           {"mean_sojourn", 1 / rate}};
  quantiles_of(
      v, "sojourn", [=](double t) { return std::exp(-rate * t); }, 1 / rate);
  return v;
}

Values measured(const Probe& probe) {
  Values v;
  probe.station(v, "station");
  probe.latency(v, "sojourn");
  v["sigma"] = v["prob_wait"];
  return v;
}

// Arrivals of a stated kind at one replica of rate 100.
std::function<Measure(const Size&)> source(double lambda, models::ArrivalKind kind, const sim::Distribution& gap) {
  return [=](const Size& size) -> Measure {
    models::ScenarioSpec spec = open({station("station", exponential_rate(100), 1)}, "station", lambda, size);
    spec.traffic[0].arrivals = kind;
    spec.traffic[0].interarrival = gap;
    return [plan = plan_of(spec)](std::uint64_t seed) { return measured(Probe(plan, seed)); };
  };
}

// One client with a round robin balancer before `replicas` of rate 100; Poisson arrivals at the client.
std::function<Measure(const Size&)> round_robin(double lambda, std::uint32_t replicas) {
  return [=](const Size& size) -> Measure {
    models::ServiceSpec s = station("station", exponential_rate(100), 1);
    s.versions[0].replicas = replicas;
    models::ScenarioSpec spec = open({caller("client", {support::call("station")}), s}, "client", lambda, size);
    spec.candidates = {support::candidate(models::EnforcedBy::Library)};
    spec.candidates[0].load_balancer = models::LoadBalancer::RoundRobin;
    return [plan = plan_of(spec)](std::uint64_t seed) { return measured(Probe(plan, seed)); };
  };
}

std::function<double(double)> constant_gaps(double lambda) {
  return [=](double s) { return std::exp(-s / lambda); };
}

double two_phase_gaps(double s) { return 0.4 * 40 / (40 + s) + 0.6 * 200 / (200 + s); }

std::function<double(double)> erlang_gaps(unsigned k, double lambda) {
  return [=](double s) { return std::pow(k * lambda / (k * lambda + s), k); };
}

}  // namespace

TEST_CASE("GI/M/1: arrivals at constant and at hyperexponential distances") {
  judge({"gim1_d",
         "D/M/1, load 0.8",
         {32, 121875, 5000},
         {
             stat("sigma", 0.6286297964969467, 0.00259),
             stat("rho", 0.8, 0.00116),
             share("prob_wait", 0.6286297964969467, 0.00259),
             stat("mean_wait", 0.016927308399198975, 0.0103),
             stat("mean_sojourn", 0.026927308399198973, 0.0068),
             stat("sojourn_p50", 0.018664587896972902, 0.00564, 5.3e-06),
             stat("sojourn_p90", 0.062002418914448916, 0.00748, 1.8e-05),
             stat("sojourn_p95", 0.08066700681142182, 0.00883, 2.3e-05),
             stat("sojourn_p99", 0.12400483782889785, 0.0136, 3.5e-05),
             stat("sojourn_p999", 0.18600725674334675, 0.0275, 5.3e-05).full_only(),
         },
         gim1(80, 100, constant_gaps(80)),
         source(80, models::ArrivalKind::Paced, {})});
  judge({"gim1_h2",
         "H2/M/1, load 0.77",
         {32, 296875, 5000},
         {
             stat("sigma", 0.8455996254682469, 0.000772),
             stat("rho", 0.7692307692307693, 0.00111),
             share("prob_wait", 0.8455996254682469, 0.000772),
             stat("mean_wait", 0.05476668227215638, 0.00818),
             stat("mean_sojourn", 0.06476668227215639, 0.00694),
             stat("sojourn_p50", 0.04489284321116699, 0.00515, 5.3e-06),
             stat("sojourn_p90", 0.149130797122549, 0.00792, 1.8e-05),
             stat("sojourn_p95", 0.194023640333716, 0.00934, 2.3e-05),
             stat("sojourn_p99", 0.298261594245098, 0.0145, 3.5e-05),
             stat("sojourn_p999", 0.447392391367647, 0.0298, 5.3e-05).full_only(),
         },
         gim1(1000.0 / 13, 100, two_phase_gaps),
         source(1000.0 / 13, models::ArrivalKind::Renewal,
                sim::Distribution::hyperexponential({0.4, 0.6}, {25e6, 5e6}))});
}

TEST_CASE("round robin: each of k replicas sees Erlang-k arrivals") {
  judge({"rr_2",
         "2 replicas at load 0.8",
         {32, 181250, 5000},
         {
             stat("sigma", 0.7398529491264557, 0.00155),
             stat("rho", 0.8, 0.00109),
             share("prob_wait", 0.7398529491264557, 0.00155),
             stat("mean_wait", 0.02843979766989913, 0.00955),
             stat("mean_sojourn", 0.03843979766989913, 0.00715),
             stat("sojourn_p50", 0.026644437376185336, 0.00579, 5.3e-06),
             stat("sojourn_p90", 0.08851090509241699, 0.0082, 1.8e-05),
             stat("sojourn_p95", 0.11515534246860233, 0.00972, 2.3e-05),
             stat("sojourn_p99", 0.17702181018483398, 0.0135, 3.5e-05),
             stat("sojourn_p999", 0.265532715277251, 0.0311, 5.3e-05).full_only(),
         },
         gim1(80, 100, erlang_gaps(2, 80)),
         round_robin(160, 2)});
  judge({"rr_10",
         "10 replicas at load 0.9",
         {32, 478125, 5000},
         {
             stat("sigma", 0.8233301819416355, 0.00133),
             stat("rho", 0.9, 0.000706),
             share("prob_wait", 0.8233301819416355, 0.00133),
             stat("mean_wait", 0.0466027639010553, 0.00925),
             stat("mean_sojourn", 0.05660276390105529, 0.00767),
             stat("sojourn_p50", 0.03923404620991673, 0.00675, 5.3e-06),
             stat("sojourn_p90", 0.13033268038083143, 0.00823, 1.8e-05),
             stat("sojourn_p95", 0.16956672659074815, 0.00971, 2.3e-05),
             stat("sojourn_p99", 0.26066536076166286, 0.0143, 3.5e-05),
             stat("sojourn_p999", 0.39099804114249426, 0.0455, 5.3e-05).full_only(),
         },
         gim1(90, 100, erlang_gaps(10, 90)),
         round_robin(900, 10)});
}
