// Choosing where a request goes: a weighted split between versions, the least loaded of some replicas, and one replica
// that is down until somebody notices. Clients know their own requests only; here there is one client, so it knows all.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/theory/formulas.h"
#include "tests/theory/probe.h"

namespace {

using namespace theory;

// A mixture of two exponentials; failures keep their latency.
Values canary(double weight, double fail_stable, double fail_canary, double stable, double canary) {
  Values v{{"canary_share", weight},
           {"overall_failure", (1 - weight) * fail_stable + weight * fail_canary},
           {"mean_latency", (1 - weight) * stable + weight * canary}};
  const auto tail = [=](double t) { return (1 - weight) * std::exp(-t / stable) + weight * std::exp(-t / canary); };
  quantiles_of(v, "latency", tail, stable + canary);
  return v;
}

models::VersionSpec version(const std::string& name, double mean, double errors) {
  models::VersionSpec v = station("x", exponential_rate(1 / mean), models::kUnlimited).versions[0];
  v.name = name;
  v.endpoints[0].errors.rate = errors;
  return v;
}

// Exactly size.requests of them: arrivals are paced, which matters to nobody where nothing queues.
std::function<Measure(const Size&)> split(double weight, const models::VersionSpec& stable,
                                          const models::VersionSpec& canary) {
  return [=](const Size& size) -> Measure {
    models::ServiceSpec target = caller("target", {});
    target.versions = {stable, canary};
    models::ScenarioSpec spec = open({caller("client", {support::call("target")}), target}, "client", 1000, size);
    spec.traffic[0].arrivals = models::ArrivalKind::Paced;
    spec.candidates = {support::candidate(models::EnforcedBy::Library)};
    spec.policy.defaults.split = {{"stable", 1 - weight}, {"canary", weight}};
    return [plan = plan_of(spec)](std::uint64_t seed) {
      const Probe probe(plan, seed);
      const models::EntryWindow& requests = probe.entry().total;
      sim::Histogram all = requests.ok;
      all.merge(requests.failed);
      const auto n = static_cast<double>(all.count());
      const auto of_canary = static_cast<double>(probe.service("target").version_requests[0]);  // in name order
      Values v{{"canary_share", of_canary / n}, {"mean_canary_count", of_canary},
               {"accept_lo", of_canary},        {"accept_hi", of_canary},
               {"mean_latency", mean(all)},     {"overall_failure", static_cast<double>(requests.failed.count()) / n}};
      quantiles(v, "latency", all);
      return v;
    };
  };
}

// Of d replicas drawn the least loaded, in the limit of many replicas.
// Source: N. Vvedenskaya, R. Dobrushin, F. Karpelevich, 1996.
Values two_choices(double rho, int levels) {
  Values v{{"mean_sojourn", 0}};
  for (int k = 1; k <= levels; ++k) v["s_" + std::to_string(k)] = std::pow(rho, std::pow(2, k) - 1);
  for (int k = 1; k <= 40; ++k) v["mean_sojourn"] += std::pow(rho, std::pow(2, k) - 2);
  return v;
}

// Two queues of rate 1 each; an arrival joins the shorter with probability `shorter` (a tie: either). Balance
// equations of the pair of queue lengths, cut off at 70, by symmetric Gauss-Seidel sweeps.
Values two_queues(double lambda, double shorter) {
  constexpr int kMost = 70, kWidth = kMost + 1;
  std::vector<double> p(kWidth * kWidth, 1.0 / (kWidth * kWidth));
  const auto at = [](int i, int j) { return static_cast<std::size_t>(i * kWidth + j); };
  const auto joins = [=](int i, int j) { return lambda * (i == j ? 0.5 : i < j ? shorter : 1 - shorter); };
  const auto relax = [&](int i, int j) {
    const double out =
        (i > 0 ? 1 : 0) + (j > 0 ? 1 : 0) + (i < kMost ? joins(i, j) : 0) + (j < kMost ? joins(j, i) : 0);
    double in = 0;
    if (i < kMost) in += p[at(i + 1, j)];
    if (j < kMost) in += p[at(i, j + 1)];
    if (i > 0) in += joins(i - 1, j) * p[at(i - 1, j)];
    if (j > 0) in += joins(j - 1, i) * p[at(i, j - 1)];
    const double change = std::fabs(in / out - p[at(i, j)]);
    p[at(i, j)] = in / out;
    return change;
  };
  for (double change = 1; change > 1e-15;) {
    change = 0;
    for (int s = 0; s < kWidth * kWidth; ++s) change = std::max(change, relax(s / kWidth, s % kWidth));
    for (int s = kWidth * kWidth - 1; s >= 0; --s) change = std::max(change, relax(s / kWidth, s % kWidth));
    double total = 0;
    for (const double x : p) total += x;
    for (double& x : p) x /= total;
  }
  double in_system = 0;
  for (int i = 0; i < kWidth; ++i) {
    for (int j = 0; j < kWidth; ++j) in_system += (i + j) * p[at(i, j)];
  }
  return {{"mean_in_system", in_system}, {"mean_sojourn", in_system / lambda}, {"prob_both_idle", p[0]}};
}

// Rate 1 at every replica. The balancer draws with replacement and keeps the first of equals.
std::function<Measure(const Size&)> least_request(double lambda, std::uint32_t replicas, std::uint32_t choices) {
  return [=](const Size& size) -> Measure {
    models::ServiceSpec s = station("station", exponential_rate(1), 1);
    s.versions[0].replicas = replicas;
    models::ScenarioSpec spec = open({caller("client", {support::call("station")}), s}, "client", lambda, size);
    spec.candidates = {support::candidate(models::EnforcedBy::Library)};
    spec.policy.defaults.load_balancer = models::LoadBalancer::LeastRequest;
    spec.policy.defaults.least_request_choices = choices;
    return [=, plan = plan_of(spec, Levels::Yes)](std::uint64_t seed) {
      const Probe probe(plan, seed);
      const models::ServiceResults& service = probe.service("station");
      Values v;
      probe.station(v, "station");
      probe.latency(v, "sojourn");
      v["prob_both_idle"] = probe.time_share(service.total_level_time, 0);
      double at_least = 1;
      for (std::size_t k = 1; k <= 6; ++k) {
        at_least -= probe.time_share(service.level_time, k - 1, replicas);
        v["s_" + std::to_string(k)] = at_least;
      }
      return v;
    };
  };
}

enum class Excluded : bool { No, Yes };

// 5 replicas, the first one down: it refuses at once. Failed requests out of all those in the window.
models::Plan one_down(const Size& size, models::LoadBalancer balancer, std::uint32_t retries, Excluded previous) {
  models::ServiceSpec s = station("station", constant(0), models::kUnlimited);
  s.versions[0].replicas = 5;
  models::ScenarioSpec spec = open({caller("client", {support::call("station")}), s}, "client", 1000, size);
  spec.traffic[0].arrivals = models::ArrivalKind::Paced;
  // Istio's policy keeps away from replicas that a request has tried.
  spec.candidates = {
      support::candidate(previous == Excluded::Yes ? models::EnforcedBy::Sidecar : models::EnforcedBy::Library)};
  spec.policy.defaults.load_balancer = balancer;
  models::RetrySpec policy;
  policy.max = retries;
  policy.retry_on =
      static_cast<std::uint32_t>(models::RetryOn::ConnectFailure) | static_cast<std::uint32_t>(models::RetryOn::Reset);
  policy.backoff = models::BackoffSpec{.law = models::BackoffLaw::Exponential, .base = 0, .max = 0};
  spec.policy.defaults.retries = policy;
  models::TimelineEntrySpec down;
  down.name = "down";
  down.verb = models::TimelineVerb::Crash;
  down.service = "station";
  down.replicas = 1;
  spec.timeline = {down};
  models::Plan plan = plan_of(spec);
  // A pick of a tried replica is accepted after so many others in vain: make that never happen.
  for (models::CallPolicy& p : plan.policies) p.retry.repicks = 255;
  return plan;
}

Values dead_replica(double requests, int replicas) {
  return {{"mean_failures_no_retry", requests / replicas},
          {"mean_failures_with_retries", requests / replicas / replicas},
          {"mean_failures_rr_no_retry", requests / replicas},
          {"failures_retry_other_host", 0}};
}

Measure failures(const Size& size) {
  using models::LoadBalancer;
  std::vector<std::pair<std::string, models::Plan>> runs;
  runs.emplace_back("mean_failures_no_retry", one_down(size, LoadBalancer::Random, 0, Excluded::No));
  runs.emplace_back("mean_failures_with_retries", one_down(size, LoadBalancer::Random, 1, Excluded::No));
  runs.emplace_back("mean_failures_rr_no_retry", one_down(size, LoadBalancer::RoundRobin, 0, Excluded::No));
  runs.emplace_back("failures_retry_other_host", one_down(size, LoadBalancer::Random, 1, Excluded::Yes));
  return [runs](std::uint64_t seed) {
    Values v;
    for (const auto& [key, plan] : runs) v[key] = static_cast<double>(Probe(plan, seed).entry().total.failed.count());
    return v;
  };
}

}  // namespace

TEST_CASE("a canary gets its share, and the mixture of both versions' latencies and errors") {
  judge({"canary_10",
         "10 % to a slower, failing version",
         {64, 100000, 0},
         {
             stat("canary_share", 0.1, 0.00237),
             stat("mean_canary_count", 10000, 0.00237).full_only(),
             bound("accept_lo", 9633, Check::EveryAtLeast).full_only(),
             bound("accept_hi", 10371, Check::EveryAtMost).full_only(),
             stat("overall_failure", 0.0059, 0.0103),
             stat("mean_latency", 0.011, 0.000847),
             stat("latency_p50", 0.007367201784500088, 0.00115, 5.4e-06),
             stat("latency_p90", 0.025290336778748215, 0.00109, 1.8e-05),
             stat("latency_p95", 0.03357517065999427, 0.00126, 2.3e-05),
             stat("latency_p99", 0.05510351649608939, 0.00209, 3.2e-05),
             stat("latency_p999", 0.09369986088810696, 0.00495, 4.1e-05).full_only(),
         },
         canary(0.1, 0.001, 0.05, 0.01, 0.02),
         split(0.1, version("stable", 0.01, 0.001), version("canary", 0.02, 0.05))});
  judge({"canary_1",
         "1 % to a much slower, failing version",
         {32, 1000000, 0},
         {
             stat("canary_share", 0.01, 0.00352),
             stat("mean_canary_count", 10000, 0.00352).full_only(),
             bound("accept_lo", 9615, Check::EveryAtLeast).full_only(),
             bound("accept_hi", 10389, Check::EveryAtMost).full_only(),
             stat("overall_failure", 0.00398, 0.00559),
             stat("mean_latency", 0.0109, 0.000542),
             stat("latency_p50", 0.0070191714235738395, 0.000512, 5.4e-06),
             stat("latency_p90", 0.023746804013761304, 0.000481, 1.8e-05),
             stat("latency_p95", 0.031435665703628324, 0.000564, 2.4e-05),
             stat("latency_p99", 0.054607606515719984, 0.00135, 3.7e-05),
             stat("latency_p999", 0.23025851919939527, 0.00485, 1.8e-05).full_only(),
         },
         canary(0.01, 0.002, 0.2, 0.01, 0.1),
         split(0.01, version("stable", 0.01, 0.002), version("canary", 0.1, 0.2))});
}

TEST_CASE("least request of two choices over 1,000 replicas is near the limit of many") {
  judge({"p2c_90",
         "load 0.9",
         {32, 1000000, 200000},
         {
             stat("mean_sojourn", 2.6140573773238756, 0.00212, 0.01),
             stat("s_1", 0.9, 0.000453, 0.01),
             stat("s_2", 0.729, 0.00135, 0.01),
             stat("s_3", 0.4782969, 0.00322, 0.01),
             stat("s_4", 0.205891132094649, 0.00704, 0.013),
             stat("s_5", 0.03815204244769458, 0.0149, 0.06),
         },
         two_choices(0.9, 5),
         least_request(900, 1000, 2)});
  judge({"p2c_99",
         "load 0.99",
         {32, 1000000, 1000000},
         {
             stat("mean_sojourn", 5.43199657916188, 0.0124, 0.01),
             stat("s_1", 0.99, 0.000463, 0.01),
             stat("s_2", 0.970299, 0.0014, 0.01),
             stat("s_3", 0.93206534790699, 0.00328, 0.01),
             stat("s_4", 0.8600583546412885, 0.007, 0.01),
             stat("s_5", 0.7323033696543976, 0.0144, 0.01),
             stat("s_6", 0.5309055429551135, 0.029, 0.012),
         },
         two_choices(0.99, 6),
         least_request(990, 1000, 2)});
}

TEST_CASE("least request over two replicas: two distinct choices, and two draws with replacement") {
  // 60 draws see both replicas but for 2^-59 of the requests, and the first of them breaks a tie at random.
  judge({"jsq2_80",
         "join the shorter of two queues, load 0.8",
         {32, 243750, 5000},
         {
             stat("mean_in_system", 4.729178588216101, 0.00603),
             stat("mean_sojourn", 2.955736617635063, 0.0057),
             stat("prob_both_idle", 0.09416477521224091, 0.00483),
         },
         two_queues(1.6, 1),
         least_request(1.6, 2, 60)});
  judge({"p2c2_repl_80",
         "two draws of two replicas, load 0.8",
         {32, 243750, 5000},
         {
             stat("mean_in_system", 5.228712933099922, 0.00505),
             stat("mean_sojourn", 3.267945583187451, 0.00465),
             stat("prob_both_idle", 0.0759620018207516, 0.00631),
         },
         two_queues(1.6, 0.75),
         least_request(1.6, 2, 2)});
}

TEST_CASE("one of five replicas is down") {
  judge({"dead_a",
         "random, random with a retry, round robin, retry elsewhere",
         {1000, 10000, 0},
         {
             stat("mean_failures_no_retry", 2000, 0.00126),
             stat("mean_failures_with_retries", 400, 0.0031),
             exact("mean_failures_rr_no_retry", 2000),
             exact("failures_retry_other_host", 0),
         },
         dead_replica(10000, 5),
         failures});
}
