// Networks of stations whose answers have product form or a closed form: tandems, feedback by retries, Jackson's open
// networks, fork and join. A station gives its worker back while what it has called is at work, so a chain of calls is
// a one-way chain of stations.
#include <doctest/doctest.h>

#include <cmath>

#include "tests/theory/formulas.h"
#include "tests/theory/probe.h"

namespace {

using namespace theory;

const char* const kNames[] = {"a", "b", "c"};

// Sojourns in a tandem of M/M/1 queues are independent exponentials.
Values tandem(double lambda, const std::vector<double>& mu) {
  Values v{{"mean_end_to_end", 0}, {"var_end_to_end", 0}};
  std::vector<double> rates;
  for (const double m : mu) {
    rates.push_back(m - lambda);
    v["mean_sojourn_" + std::to_string(rates.size())] = 1 / rates.back();
    v["mean_end_to_end"] += 1 / rates.back();
    v["var_end_to_end"] += 1 / (rates.back() * rates.back());
  }
  const auto tail = [=](double t) {  // hypoexponential with distinct rates
    double sum = 0;
    for (const double r : rates) {
      double weight = 1;
      for (const double other : rates) weight *= other > r || other < r ? other / (other - r) : 1;
      sum += weight * std::exp(-r * t);
    }
    return sum;
  };
  quantiles_of(v, "e2e", tail, v["mean_end_to_end"]);
  return v;
}

// a works and calls b, b works and calls c: time at a station is its sojourn without the call.
std::function<Measure(const Size&)> chain(double lambda, const std::vector<double>& mu) {
  return [=](const Size& size) -> Measure {
    std::vector<models::ServiceSpec> services;
    for (std::size_t i = 0; i < mu.size(); ++i) {
      std::vector<models::StepSpec> next;
      if (i + 1 < mu.size()) next.push_back(support::call(kNames[i + 1]));
      services.push_back(station(kNames[i], exponential_rate(mu[i]), 1, next));
    }
    return [mu, plan = plan_of(open(services, "a", lambda, size))](std::uint64_t seed) {
      const Probe probe(plan, seed);
      Values v;
      probe.latency(v, "e2e");
      v["mean_end_to_end"] = v["mean_e2e"];
      v["var_end_to_end"] = v["var_e2e"];
      for (std::size_t i = 0; i < mu.size(); ++i) {
        const double below = i + 1 < mu.size() ? mean(probe.edge(kNames[i], kNames[i + 1]).ok) : 0;
        v["mean_sojourn_" + std::to_string(i + 1)] = mean(probe.endpoint(kNames[i]).sojourn) - below;
      }
      return v;
    };
  };
}

Values feedback(double lambda, double mu, double again) {
  const double effective = lambda / (1 - again);
  const double rho = effective / mu;
  return {{"effective_arrival_rate", effective},
          {"rho", rho},
          {"mean_in_system", rho / (1 - rho)},
          {"mean_total_sojourn", rho / (1 - rho) / lambda},
          {"mean_visits", 1 / (1 - again)}};
}

// A client that retries at once, 100 times if need be; what fails has done its work and joins the end of the queue.
std::function<Measure(const Size&)> retried(double lambda, double mu, double again) {
  return [=](const Size& size) -> Measure {
    models::ServiceSpec s = station("station", exponential_rate(mu), 1);
    s.versions[0].endpoints[0].errors.rate = again;
    models::ScenarioSpec spec = open({caller("client", {support::call("station")}), s}, "client", lambda, size);
    spec.candidates = {support::candidate(models::EnforcedBy::Library)};
    models::RetrySpec retries;
    retries.max = 100;
    retries.retry_on = static_cast<std::uint32_t>(models::RetryOn::FiveXx);
    retries.backoff = models::BackoffSpec{.law = models::BackoffLaw::Exponential, .base = 0, .max = 0};
    spec.policy.defaults.retries = retries;
    return [plan = plan_of(spec)](std::uint64_t seed) {
      const Probe probe(plan, seed);
      Values v;
      probe.station(v, "station");
      probe.latency(v, "total_sojourn");
      const models::EdgeResults& edge = probe.edge("client", "station");
      v["mean_visits"] = static_cast<double>(edge.attempts) / static_cast<double>(edge.calls);
      v["effective_arrival_rate"] = static_cast<double>(probe.endpoint("station").requests) / probe.duration();
      return v;
    };
  };
}

using Routing = std::vector<std::vector<double>>;

// All arrivals come to the first station. Traffic equations by iteration, then M/M/1 at every station.
Values jackson(double lambda, const std::vector<double>& mu, const Routing& to) {
  std::vector<double> rate(mu.size(), 0);
  for (int i = 0; i < 200; ++i) {
    std::vector<double> next(mu.size(), 0);
    next[0] = lambda;
    for (std::size_t j = 0; j < mu.size(); ++j) {
      for (std::size_t k = 0; k < mu.size(); ++k) next[k] += rate[j] * to[j][k];
    }
    rate = next;
  }
  Values v{{"mean_total_sojourn", 0}};
  for (std::size_t j = 0; j < mu.size(); ++j) {
    const std::string id = std::to_string(j + 1);
    v["rate_" + id] = rate[j];
    v["L_" + id] = rate[j] / (mu[j] - rate[j]);
    v["mean_total_sojourn"] += v["L_" + id] / lambda;
  }
  return v;
}

// Hand-over by calls. Endpoints must not call in a circle, so the n-th visit of a circle is an endpoint of its own:
// `visits` of them (with the routing below, more than 8 visits carry less than 1e-9 of the load).
std::function<Measure(const Size&)> routed(double lambda, const std::vector<double>& mu, const Routing& to,
                                           int visits) {
  return [=](const Size& size) -> Measure {
    std::vector<models::ServiceSpec> services;
    for (std::size_t j = 0; j < mu.size(); ++j) {
      models::ServiceSpec s = station(kNames[j], exponential_rate(mu[j]), 1);
      std::vector<models::EndpointSpec>& endpoints = s.versions[0].endpoints;
      const models::EndpointSpec plain = endpoints[0];
      endpoints.clear();
      for (int visit = 0; visit < visits; ++visit) {
        models::EndpointSpec e = plain;
        e.name = visit == 0 ? "default" : "again" + std::to_string(visit);
        models::StepSpec choose = support::group(models::StepKind::Choose, {});
        for (std::size_t k = 0; k < mu.size(); ++k) {
          const int next = k < j ? visit + 1 : visit;  // back to an earlier station: a further visit
          if (to[j][k] <= 0 || next >= visits) continue;
          choose.children.push_back(support::call(kNames[k], next == 0 ? "default" : "again" + std::to_string(next)));
          choose.children.back().probability = to[j][k];
        }
        if (!choose.children.empty()) e.steps.push_back(choose);
        endpoints.push_back(e);
      }
      services.push_back(s);
    }
    return [mu, plan = plan_of(open(services, "a", lambda, size))](std::uint64_t seed) {
      const Probe probe(plan, seed);
      Values v;
      probe.latency(v, "total_sojourn");
      const std::vector<models::Catalog::Endpoint>& endpoints = plan.catalog.endpoints;
      for (std::size_t j = 0; j < mu.size(); ++j) {
        const models::ServiceResults& s = probe.service(kNames[j]);
        const std::string id = std::to_string(j + 1);
        v["L_" + id] = seconds(static_cast<double>(s.queue_time + s.busy_worker_time)) / probe.duration();
        double requests = 0;
        for (std::size_t e = 0; e < endpoints.size(); ++e) {
          if (endpoints[e].service == kNames[j]) requests += static_cast<double>(probe.results().endpoints[e].requests);
        }
        v["rate_" + id] = requests / probe.duration();
      }
      return v;
    };
  };
}

// Both branches get every request of the same Poisson stream. R. Nelson, A. Tantawi, 1988; L. Flatto, S. Hahn, 1984.
Values fork_join_of_two(double lambda, double mu) {
  const double rho = lambda / mu;
  return {{"mean_response", (12 - rho) / 8 / (mu - lambda)}, {"rho", rho}};
}

std::function<Measure(const Size&)> fork_join(double lambda, double mu) {
  return [=](const Size& size) -> Measure {
    const models::StepSpec both = support::group(models::StepKind::Parallel, {support::call("a"), support::call("b")});
    const std::vector<models::ServiceSpec> services{caller("root", {both}), station("a", exponential_rate(mu), 1),
                                                    station("b", exponential_rate(mu), 1)};
    return [plan = plan_of(open(services, "root", lambda, size))](std::uint64_t seed) {
      const Probe probe(plan, seed);
      Values a, b;
      probe.station(a, "a");
      probe.station(b, "b");
      return Values{{"mean_response", mean(probe.entry().total.ok)}, {"rho", (a["rho"] + b["rho"]) / 2}};
    };
  };
}

}  // namespace

TEST_CASE("a tandem of stations: sojourns are independent exponentials") {
  judge({"tandem_3",
         "three stations",
         {32, 131250, 5000},
         {
             stat("mean_end_to_end", 0.10333333333333333, 0.00363),
             stat("var_end_to_end", 0.004011111111111111, 0.0162),
             stat("mean_sojourn_1", 0.03333333333333333, 0.00426),
             stat("mean_sojourn_2", 0.02, 0.0029),
             stat("mean_sojourn_3", 0.05, 0.00599),
             stat("e2e_p50", 0.09022518263350743, 0.00307, 5.5e-06),
             stat("e2e_p90", 0.18730239347913724, 0.00474, 2.5e-05),
             stat("e2e_p95", 0.22468420330217798, 0.00588, 3.1e-05),
             stat("e2e_p99", 0.3083882992688905, 0.00927, 4.5e-05),
             stat("e2e_p999", 0.42514237094402924, 0.0264, 6.4e-05).full_only(),
         },
         tandem(50, {80, 100, 70}),
         chain(50, {80, 100, 70})});
  judge({"tandem_2",
         "two stations",
         {32, 243750, 5000},
         {
             stat("mean_end_to_end", 0.075, 0.00549),
             stat("var_end_to_end", 0.003125, 0.0208),
             stat("mean_sojourn_1", 0.05, 0.0071),
             stat("mean_sojourn_2", 0.025, 0.00379),
             stat("e2e_p50", 0.061397358864975785, 0.00428, 5.5e-06),
             stat("e2e_p90", 0.14848695028645448, 0.0068, 2.2e-05),
             stat("e2e_p95", 0.18380691735389357, 0.00809, 2.8e-05),
             stat("e2e_p99", 0.26479039695602136, 0.0122, 4e-05),
             stat("e2e_p999", 0.38003261828699825, 0.0274, 5.8e-05).full_only(),
         },
         tandem(80, {100, 120}),
         chain(80, {100, 120})});
}

TEST_CASE("retries without limit are a feedback queue") {
  judge({"feedback_a",
         "40 % fail, load 0.67",
         {32, 103125, 5000},
         {
             stat("effective_arrival_rate", 66.66666666666667, 0.0012),
             stat("rho", 0.6666666666666666, 0.00144),
             stat("mean_in_system", 2, 0.00591),
             stat("mean_total_sojourn", 0.05, 0.00552),
             stat("mean_visits", 1.6666666666666667, 0.000686),
         },
         feedback(40, 100, 0.4),
         retried(40, 100, 0.4)});
  judge({"feedback_b",
         "20 % fail, load 0.875",
         {32, 571875, 5000},
         {
             stat("effective_arrival_rate", 87.5, 0.00051),
             stat("rho", 0.875, 0.000678),
             stat("mean_in_system", 7, 0.00669),
             stat("mean_total_sojourn", 0.1, 0.00645),
             stat("mean_visits", 1.25, 0.000211),
         },
         feedback(70, 100, 0.2),
         retried(70, 100, 0.2)});
}

TEST_CASE("open Jackson networks have product form") {
  const Routing circle{{0, 0.5, 0.3}, {0.1, 0, 0.4}, {0, 0, 0}};
  judge({"jackson_3",
         "three stations with a way back",
         {32, 121875, 5000},
         {
             stat("mean_total_sojourn", 0.05684468803772864, 0.00353),
             stat("rate_1", 105.26315789473684, 0.00103),
             stat("L_1", 2.3529411764705883, 0.00589),
             stat("rate_2", 52.63157894736842, 0.00144),
             stat("L_2", 1.408450704225352, 0.00657),
             stat("rate_3", 52.63157894736842, 0.00127),
             stat("L_3", 1.9230769230769231, 0.00647),
         },
         jackson(100, {150, 90, 80}, circle),
         routed(100, {150, 90, 80}, circle, 8)});
  const Routing forward{{0, 0.6, 0.3}, {0, 0, 0.5}, {0, 0, 0}};
  judge({"jackson_acyclic",
         "three stations, forward only",
         {32, 200000, 5000},
         {
             stat("mean_total_sojourn", 0.075, 0.00387),
             stat("rate_1", 100, 0.000777),
             stat("L_1", 2.5, 0.00482),
             stat("rate_2", 60, 0.000972),
             stat("L_2", 2, 0.0056),
             stat("rate_3", 60, 0.00107),
             stat("L_3", 3, 0.0078),
         },
         jackson(100, {140, 90, 80}, forward),
         routed(100, {140, 90, 80}, forward, 1)});
}

TEST_CASE("fork and join of two queues") {
  judge({"forkjoin2_a",
         "two branches at load 0.8",
         {32, 243750, 5000},
         {
             stat("mean_response", 0.07, 0.00575),
             stat("rho", 0.8, 0.000859),
         },
         fork_join_of_two(80, 100),
         fork_join(80, 100)});
}
