// Closed loops: users who think, ask and wait for the answer. The machine repairman by its birth-death chain, with the
// response seen by an arrival (which sees the system without itself), and a network of stations by mean value analysis.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/theory/formulas.h"
#include "tests/theory/probe.h"

namespace {

using namespace theory;

std::vector<double> repairman(unsigned users, double think, double mu, unsigned c) {
  std::vector<double> birth, death;
  for (unsigned k = 0; k < users; ++k) {
    birth.push_back((users - k) / think);
    death.push_back(std::min(k + 1, c) * mu);
  }
  return birth_death(birth, death);
}

Values finite_source(unsigned users, double think, double service, unsigned c) {
  const std::vector<double> p = repairman(users, think, 1 / service, c);
  double at_server = 0, busy = 0;
  for (unsigned k = 0; k <= users; ++k) {
    at_server += k * p[k];
    busy += std::min(k, c) * p[k];
  }
  const double rate = busy / service;
  Values v{{"throughput", rate},
           {"mean_response", users / rate - think},
           {"utilisation", busy / c},
           {"mean_at_server", at_server}};
  if (c == 1) {
    const std::vector<double> seen = repairman(users - 1, think, 1 / service, c);
    const auto tail = [=](double t) {
      double sum = 0;
      for (unsigned k = 0; k < seen.size(); ++k) sum += seen[k] * erlang_tail(k + 1, 1 / service, t);
      return sum;
    };
    quantiles_of(v, "response", tail, users * service);
  }
  return v;
}

models::ScenarioSpec users(std::vector<models::ServiceSpec> services, const std::string& entry, std::uint32_t n,
                           double think, double rate, const Size& size) {
  models::ScenarioSpec spec = open(std::move(services), entry, rate, size);
  spec.traffic[0].rate.rate = 0;
  spec.traffic[0].users = n;
  spec.traffic[0].think_time = exponential_rate(1 / think);
  return spec;
}

std::function<Measure(const Size&)> closed(unsigned n, double think, double service, unsigned workers) {
  return [=](const Size& size) -> Measure {
    const double rate = finite_source(n, think, service, workers)["throughput"];
    const models::ServiceSpec s = station("station", exponential_rate(1 / service), workers);
    return [plan = plan_of(users({s}, "station", n, think, rate, size))](std::uint64_t seed) {
      const Probe probe(plan, seed);
      Values v;
      probe.station(v, "station");
      probe.latency(v, "response");
      v["mean_at_server"] = v["mean_in_system"];
      return v;
    };
  };
}

Values mean_value_analysis(unsigned users, double think, const std::vector<double>& demands) {
  std::vector<double> queue(demands.size(), 0);
  Values v;
  for (unsigned n = 1; n <= users; ++n) {
    double response = 0;
    for (std::size_t i = 0; i < demands.size(); ++i) response += demands[i] * (1 + queue[i]);
    const double rate = n / (think + response);
    for (std::size_t i = 0; i < demands.size(); ++i) queue[i] = rate * demands[i] * (1 + queue[i]);
    v["throughput"] = rate;
    v["mean_response"] = response;
  }
  for (std::size_t i = 0; i < queue.size(); ++i) v["queue_" + std::to_string(i + 1)] = queue[i];
  return v;
}

// The root has no cost: it calls one station after another.
Measure three_stations(const Size& size) {
  const std::vector<double> demands{0.02, 0.012, 0.005};
  std::vector<models::ServiceSpec> services;
  std::vector<models::StepSpec> calls;
  for (std::size_t i = 0; i < demands.size(); ++i) {
    services.push_back(station("s" + std::to_string(i + 1), exponential_rate(1 / demands[i]), 1));
    calls.push_back(support::call(services.back().name));
  }
  services.push_back(caller("root", calls));
  const double rate = mean_value_analysis(25, 0.5, demands)["throughput"];
  return [plan = plan_of(users(services, "root", 25, 0.5, rate, size))](std::uint64_t seed) {
    const Probe probe(plan, seed);
    Values v;
    probe.latency(v, "response");
    for (const char* id : {"1", "2", "3"}) {
      Values s;
      probe.station(s, std::string("s") + id);
      v[std::string("queue_") + id] = s["mean_in_system"];
    }
    v["throughput"] = static_cast<double>(probe.entry().total.arrivals) / probe.duration();
    return v;
  };
}

}  // namespace

TEST_CASE("machine repairman: users of one station") {
  judge({"closed_20",
         "20 users, 1 worker",
         {32, 300000, 20000},
         {
             stat("throughput", 99.81309501476457, 0.0006),
             stat("mean_response", 0.10037450994823431, 0.00139),
             stat("utilisation", 0.9981309501476456, 4.12e-05),
             stat("mean_at_server", 10.018690498523544, 0.00091),
             stat("response_p50", 0.09686851508264203, 0.00156),
             stat("response_p90", 0.15912997239574841, 0.00126),
             stat("response_p95", 0.17888583762348598, 0.00139),
             stat("response_p99", 0.2185325010483582, 0.00201),
             stat("response_p999", 0.26707807368428305, 0.00414).full_only(),
         },
         finite_source(20, 0.1, 0.01, 1),
         closed(20, 0.1, 0.01, 1)});
  judge({"closed_50",
         "50 users, 1 worker",
         {32, 300000, 20000},
         {
             stat("throughput", 44.76062722482239, 0.000501),
             stat("mean_response", 0.11705315809944843, 0.00327),
             stat("utilisation", 0.8952125444964478, 0.000546),
             stat("mean_at_server", 5.2393727751776105, 0.00325),
             stat("response_p50", 0.09590208154214655, 0.00394),
             stat("response_p90", 0.2464492661115515, 0.00347),
             stat("response_p95", 0.29835839750154763, 0.00345),
             stat("response_p99", 0.4040336128557667, 0.00418),
             stat("response_p999", 0.5336856584825563, 0.00839).full_only(),
         },
         finite_source(50, 1, 0.02, 1),
         closed(50, 1, 0.02, 1)});
  judge({"closed_c4",
         "30 users, 4 workers",
         {32, 300000, 20000},
         {
             stat("throughput", 392.77518849193837, 0.000536),
             stat("mean_response", 0.026379569990622617, 0.00175),
             stat("utilisation", 0.9819379712298459, 0.000198),
             stat("mean_at_server", 10.36124057540308, 0.00146),
         },
         finite_source(30, 0.05, 0.01, 4),
         closed(30, 0.05, 0.01, 4)});
}

TEST_CASE("mean value analysis: users of three stations in turn") {
  judge({"mva_3",
         "25 users, 3 stations",
         {32, 300000, 20000},
         {
             stat("throughput", 41.29007503616265, 0.000453),
             stat("mean_response", 0.10547237993887186, 0.00171),
             stat("queue_1", 3.166530953686218, 0.00229),
             stat("queue_2", 0.9307553425416629, 0.00179),
             stat("queue_3", 0.2576761856907944, 0.00106),
         },
         mean_value_analysis(25, 0.5, {0.02, 0.012, 0.005}),
         three_stations});
}
