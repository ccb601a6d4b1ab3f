// A bounded queue answers 503 at once when it is full: M/M/c/K, and with no queue at all Erlang's loss system, whose
// answer may not depend on the service law beyond its mean.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/theory/formulas.h"
#include "tests/theory/probe.h"

namespace {

using namespace theory;

// Poisson arrivals see the time averages of the birth-death chain.
Values mmck(double lambda, double mu, unsigned c, unsigned capacity) {
  std::vector<double> birth(capacity, lambda), death(capacity);
  for (unsigned k = 0; k < capacity; ++k) death[k] = std::min(k + 1, c) * mu;
  const std::vector<double> p = birth_death(birth, death);
  double in_system = 0, busy = 0, waits = 0;
  for (unsigned k = 0; k <= capacity; ++k) {
    in_system += k * p[k];
    busy += std::min(k, c) * p[k];
    if (k >= c && k < capacity) waits += p[k];
  }
  Values v;
  v["block_prob"] = p[capacity];
  v["throughput"] = lambda * (1 - p[capacity]);
  v["mean_in_system"] = in_system;
  v["mean_sojourn_accepted"] = in_system / v["throughput"];
  v["mean_wait_accepted"] = capacity == c ? 0 : in_system / v["throughput"] - 1 / mu;
  v["prob_wait_accepted"] = waits / (1 - p[capacity]);
  v["utilisation"] = busy / c;
  return v;
}

Values erlang_loss(double lambda, double mean_service, unsigned c) {
  const double load = lambda * mean_service;
  const double blocked = erlang_b(load, c);
  return {{"block_prob", blocked}, {"mean_busy", load * (1 - blocked)}, {"utilisation", load * (1 - blocked) / c}};
}

std::function<Measure(const Size&)> bounded(double lambda, const sim::Distribution& law, unsigned workers,
                                            std::uint32_t queue) {
  return [=](const Size& size) -> Measure {
    models::ServiceSpec s = station("station", law, workers);
    s.queue.capacity = queue;
    return [plan = plan_of(open({s}, "station", lambda, size))](std::uint64_t seed) {
      Values v;
      Probe(plan, seed).station(v, "station");
      return v;
    };
  };
}

}  // namespace

TEST_CASE("M/M/c/K: blocking, and what is accepted") {
  judge({"mm1k_a",
         "1 worker, 9 places, load 0.9",
         {32, 200000, 5000},
         {
             stat("block_prob", 0.05081373132741239, 0.00814),
             stat("throughput", 85.42676418053289, 0.00074),
             stat("mean_in_system", 3.9694405985861736, 0.0027),
             stat("mean_sojourn_accepted", 0.04646600672123705, 0.0026),
             stat("mean_wait_accepted", 0.03646600672123705, 0.00315),
             share("prob_wait_accepted", 0.8464660067212371, 0.000885),
             stat("utilisation", 0.8542676418053289, 0.000822),
         },
         mmck(90, 100, 1, 10),
         bounded(90, exponential_rate(100), 1, 9)});
  judge({"mmck_a",
         "5 workers, 3 places, load 0.9",
         {32, 200000, 5000},
         {
             stat("block_prob", 0.11123197775823546, 0.00431),
             stat("throughput", 39.9945610008794, 0.000693),
             stat("mean_in_system", 4.71765763548988, 0.00102),
             stat("mean_sojourn_accepted", 0.1179574801530175, 0.00111),
             stat("mean_wait_accepted", 0.017957480153017513, 0.00305),
             stat("prob_wait_accepted", 0.46524637872540586, 0.00207),
             stat("utilisation", 0.7998912200175881, 0.000719),
         },
         mmck(45, 10, 5, 8),
         bounded(45, exponential_rate(10), 5, 3)});
  judge({"mmck_over",
         "10 workers, 10 places, load 1.5",
         {32, 200000, 5000},
         {
             stat("block_prob", 0.3344216838613125, 0.00267),
             stat("throughput", 99.83674742080314, 0.000949),
             stat("mean_in_system", 18.044591456562916, 0.000533),
             stat("mean_sojourn_accepted", 0.18074097887530877, 0.00135),
             stat("mean_wait_accepted", 0.08074097887530877, 0.0019),
             share("prob_wait_accepted", 0.9874789855913902, 0.000383),
             stat("utilisation", 0.9983674742080313, 6.78e-05),
         },
         mmck(150, 10, 10, 20),
         bounded(150, exponential_rate(10), 10, 10)});
  judge({"cb_pending0",
         "10 workers, no place, load 0.8",
         {32, 200000, 5000},
         {
             stat("block_prob", 0.1216610642529515, 0.00378),
             stat("throughput", 70.26711485976388, 0.000623),
             stat("mean_in_system", 7.026711485976388, 0.000715),
             stat("mean_sojourn_accepted", 0.1, 0.000806),
             exact("mean_wait_accepted", 0),
             exact("prob_wait_accepted", 0),
             stat("utilisation", 0.7026711485976388, 0.000715),
         },
         mmck(80, 10, 10, 10),
         bounded(80, exponential_rate(10), 10, 0)});
}

TEST_CASE("Erlang's loss formula holds for every service law with the same mean") {
  judge({"erlb_7_10_exponential",
         "7 erlangs on 10 workers, exponential",
         {32, 200000, 5000},
         {
             stat("block_prob", 0.07874088296957026, 0.00522),
             stat("mean_busy", 6.448813819213008, 0.000712),
             stat("utilisation", 0.6448813819213008, 0.000712),
         },
         erlang_loss(70, 0.1, 10),
         bounded(70, exponential_rate(10), 10, 0)});
  judge({"erlb_7_10_deterministic",
         "7 erlangs on 10 workers, constant",
         {32, 200000, 5000},
         {
             stat("block_prob", 0.07874088296957026, 0.00384),
             stat("mean_busy", 6.448813819213008, 0.000536),
             stat("utilisation", 0.6448813819213008, 0.000536),
         },
         erlang_loss(70, 0.1, 10),
         bounded(70, constant(0.1), 10, 0)});
  judge({"erlb_7_10_lognormal_scv4",
         "7 erlangs on 10 workers, lognormal with cv 2",
         {32, 200000, 5000},
         {
             stat("block_prob", 0.07874088296957026, 0.00653),
             stat("mean_busy", 6.448813819213008, 0.00134),
             stat("utilisation", 0.6448813819213008, 0.00134),
         },
         erlang_loss(70, 0.1, 10),
         bounded(70, sim::Distribution::lognormal(0.1e9, 2), 10, 0)});
  judge({"erlb_90_100",
         "90 erlangs on 100 workers, exponential",
         {32, 200000, 5000},
         {
             stat("block_prob", 0.026957380464359214, 0.0168),
             stat("mean_busy", 87.57383575820766, 0.000814),
             stat("utilisation", 0.8757383575820767, 0.000814),
         },
         erlang_loss(900, 0.1, 100),
         bounded(900, exponential_rate(10), 100, 0)});
}
