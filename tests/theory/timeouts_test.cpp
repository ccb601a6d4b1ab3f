// Timeouts of a client: per attempt with retries and no queue at the callee; one overall on a queue whose server works
// on although nobody waits any more; and one whose queue drops the work that has not begun.
#include <doctest/doctest.h>

#include <cmath>

#include "sim/random/special_functions.h"
#include "tests/theory/formulas.h"
#include "tests/theory/probe.h"

namespace {

using namespace theory;

// What the attempts have in common: n attempts of at most tau, each in vain with probability p.
Values attempts(double p, int n, double mean_attempt, double mean_in_time, double backoff) {
  double tries = 0, pauses = 0;
  for (int k = 0; k < n; ++k) {
    tries += std::pow(p, k);
    if (k > 0) pauses += std::pow(p, k);
  }
  return {{"attempt_timeout_prob", p},
          {"success_prob", 1 - std::pow(p, n)},
          {"mean_attempts", tries},
          {"mean_latency_all", tries * mean_attempt + backoff * pauses},
          {"mean_success_attempt", mean_in_time}};
}

Values exponential_with_timeout(double mu, double tau, int n, double backoff) {
  const double p = std::exp(-mu * tau);
  const double in_time = 1 / mu - tau * p / (1 - p);
  Values v = attempts(p, n, (1 - p) / mu, in_time, backoff);
  v["failure_rate"] = std::pow(p, n);
  v["latency_of_failures"] = n * tau + (n - 1) * backoff;
  v["mean_latency_success"] =
      (v["mean_latency_all"] - v["failure_rate"] * v["latency_of_failures"]) / v["success_prob"];
  const double scale = tau + backoff;
  const auto tail = [=](double t) {  // attempt k starts at k (tau + backoff)
    double sum = 0;
    for (int k = 0; k < n; ++k) {
      const double x = t - k * scale;
      sum += std::pow(p, k) * (x <= 0 ? 1 - p : x >= tau ? 0 : std::exp(-mu * x) - p);
    }
    return sum / (1 - std::pow(p, n));
  };
  quantiles_of(v, "success", tail, scale);
  v.erase("success_p90");  // beside a gap of the density in one of the cases
  return v;
}

Values lognormal_with_timeout(double mean, double scv, double tau, int n) {
  const double sigma = std::sqrt(std::log(1 + scv));
  const double mu = std::log(mean) - sigma * sigma / 2;
  const double z = (std::log(tau) - mu) / sigma;
  const double p = sim::portable::normal_cdf(-z);
  const double below = mean * sim::portable::normal_cdf(z - sigma);  // E[S; S <= tau]
  Values v = attempts(p, n, below + tau * p, below / (1 - p), 0);
  v["mean_attempt_duration"] = below + tau * p;
  return v;
}

std::function<Measure(const Size&)> impatient(const sim::Distribution& law, double tau, std::uint32_t n,
                                              double backoff) {
  return [=](const Size& size) -> Measure {
    const models::ServiceSpec leaf = station("leaf", law, models::kUnlimited);
    models::ScenarioSpec spec = open({caller("client", {support::call("leaf")}), leaf}, "client", 100, size);
    spec.candidates = {support::candidate(models::EnforcedBy::Library)};
    models::RetrySpec retries;
    retries.max = n - 1;
    retries.retry_on = static_cast<std::uint32_t>(models::RetryOn::FiveXx);
    retries.per_try_timeout = nanoseconds(tau);
    retries.backoff = models::BackoffSpec{
        .law = models::BackoffLaw::Exponential, .base = nanoseconds(backoff), .max = nanoseconds(backoff)};
    spec.policy.defaults.retries = retries;
    return [plan = plan_of(spec)](std::uint64_t seed) {
      const Probe probe(plan, seed);
      const models::EntryWindow& requests = probe.entry().total;
      const models::EdgeResults& edge = probe.edge("client", "leaf");
      const auto ok = static_cast<double>(requests.ok.count());
      const auto failed = static_cast<double>(requests.failed.count());
      const auto tries = static_cast<double>(edge.attempts);
      const double sum_ok = seconds(static_cast<double>(requests.ok.sum()));
      const double sum_failed = seconds(static_cast<double>(requests.failed.sum()));
      double waited = 0;  // of successes, for attempts that brought nothing
      for (const models::AttributionBucket& bucket : probe.entry().attribution.buckets) {
        waited += seconds(static_cast<double>(bucket.nanoseconds[static_cast<std::size_t>(models::Part::Retries)]));
      }
      Values v;
      probe.latency(v, "success");
      const auto in_vain = edge.attempt_outcomes[static_cast<std::size_t>(models::Outcome::PerTryTimeout)];
      v["attempt_timeout_prob"] = static_cast<double>(in_vain) / tries;
      v["success_prob"] = ok / (ok + failed);
      v["failure_rate"] = failed / (ok + failed);
      v["mean_attempts"] = tries / static_cast<double>(edge.calls);
      v["mean_latency_all"] = (sum_ok + sum_failed) / (ok + failed);
      v["mean_latency_success"] = sum_ok / ok;
      v["mean_attempt_duration"] = (sum_ok + sum_failed) / tries;
      v["mean_success_attempt"] = (sum_ok - waited) / ok;
      const bool same = requests.failed.min() == requests.failed.max();
      v["latency_of_failures"] = same ? seconds(static_cast<double>(requests.failed.min())) : -1;
      return v;
    };
  };
}

// The server never notices that a client has gone: its sojourns stay exponential with rate theta = mu - lambda.
Values zombies(double lambda, double mu, double timeout) {
  const double theta = mu - lambda;
  const double gone = std::exp(-theta * timeout);
  return {{"timeout_prob", gone},
          {"mean_latency_success", 1 / theta - timeout * gone / (1 - gone)},
          {"mean_latency_all", (1 - gone) / theta},
          {"server_utilisation", lambda / mu},
          {"goodput", lambda * (1 - gone)}};
}

std::function<Measure(const Size&)> abandoned(double lambda, double mu, double timeout) {
  return [=](const Size& size) -> Measure {
    const models::ServiceSpec s = station("station", exponential_rate(mu), 1);
    models::ScenarioSpec spec = open({caller("client", {support::call("station")}), s}, "client", lambda, size);
    spec.candidates = {support::candidate(models::EnforcedBy::Library)};
    spec.policy.defaults.timeout = nanoseconds(timeout);
    return [plan = plan_of(spec)](std::uint64_t seed) {
      const Probe probe(plan, seed);
      const models::EntryWindow& requests = probe.entry().total;
      const auto ok = static_cast<double>(requests.ok.count());
      const auto failed = static_cast<double>(requests.failed.count());
      Values v;
      probe.station(v, "station");
      v["server_utilisation"] = v["utilisation"];
      v["timeout_prob"] = failed / (ok + failed);
      v["mean_latency_success"] = mean(requests.ok);
      v["mean_latency_all"] = seconds(static_cast<double>(requests.ok.sum() + requests.failed.sum())) / (ok + failed);
      v["goodput"] = ok / probe.duration();
      return v;
    };
  };
}

// M/M/1 whose queued requests leave after tau: the virtual wait has density lambda p0 exp(-(mu - lambda) x) below tau.
// What has begun by then is served to its end, whether or not the client still waits.
Values leaving_queue(double lambda, double mu, double tau) {
  const double theta = mu - lambda;
  const double left = std::exp(-theta * tau);
  const double busy_density = lambda * (1 - left) / theta;  // of the virtual wait in (0, tau), over p0
  const double p0 = 1 / (1 + busy_density + lambda * left / mu);
  const double weighted = lambda * ((1 - left) / (theta * theta) - tau * left / theta);
  return {{"prob_timeout", p0 * lambda * left / mu},
          {"prob_idle", p0},
          {"utilisation", 1 - p0},
          {"mean_wait_served", weighted / (1 + busy_density)},
          {"prob_no_wait", p0}};
}

std::function<Measure(const Size&)> withdrawn(double lambda, double mu, double tau) {
  return [=](const Size& size) -> Measure {
    models::ServiceSpec s = station("station", exponential_rate(mu), 1);
    s.queue.when_caller_gone = models::WhenCallerGone::Withdraw;
    models::ScenarioSpec spec = open({caller("client", {support::call("station")}), s}, "client", lambda, size);
    spec.candidates = {support::candidate(models::EnforcedBy::Library)};
    spec.policy.defaults.timeout = nanoseconds(tau);
    return [plan = plan_of(spec, Levels::Yes)](std::uint64_t seed) {
      const Probe probe(plan, seed);
      const models::EndpointResults& e = probe.endpoint("station");
      Values v;
      probe.station(v, "station");
      v["prob_timeout"] = 1 - static_cast<double>(e.sojourn.count()) / static_cast<double>(e.requests);
      v["prob_idle"] = probe.time_share(probe.service("station").level_time, 0);
      v["mean_wait_served"] = v["mean_wait"];
      return v;
    };
  };
}

}  // namespace

TEST_CASE("timeouts per attempt, retries without a queue") {
  judge({"rto_a",
         "exponential 10 ms, 3 attempts of 20 ms",
         {32, 125000, 0},
         {
             stat("attempt_timeout_prob", 0.1353352832366127, 0.00235),
             share("success_prob", 0.9975212478233336, 4.98e-05),
             stat("failure_rate", 0.0024787521766663585, 0.0201),
             stat("mean_attempts", 1.1536509221253468, 0.000354),
             stat("mean_latency_all", 0.009975212478233336, 0.000915),
             stat("mean_latency_success", 0.009850905300589324, 0.000922),
             exact("latency_of_failures", 0.06),
             stat("mean_success_attempt", 0.006869647145006687, 0.000718),
             stat("success_p50", 0.006906714954222149, 0.00144, 5.3e-06),
             stat("success_p90", 0.022805215239559674, 0.00129, 1.8e-05),
             stat("success_p95", 0.029497113770724386, 0.00141, 2.3e-05),
             stat("success_p99", 0.0438571626058796, 0.00182, 3.4e-05),
             stat("success_p999", 0.05661794414002358, 0.0016, 4.3e-05).full_only(),
         },
         exponential_with_timeout(100, 0.02, 3, 0),
         impatient(exponential_rate(100), 0.02, 3, 0)});
  judge({"rto_b",
         "exponential 50 ms, 4 attempts of 25 ms, 10 ms apart",
         {32, 125000, 0},
         {
             share("attempt_timeout_prob", 0.6065306597126334, 0.000543),
             share("success_prob", 0.8646647167633873, 0.000396),
             stat("failure_rate", 0.1353352832366127, 0.00253),
             stat("mean_attempts", 2.1975402610325054, 0.000537),
             stat("mean_latency_all", 0.05520863844849442, 0.000746),
             stat("mean_latency_success", 0.043502470840414795, 0.000868),
             exact("latency_of_failures", 0.13),
             stat("mean_success_attempt", 0.011462647936580044, 0.000599),
             stat("success_p50", 0.038310958475848644, 0.00107, 5.9e-06),
             stat("success_p95", 0.11613914455275297, 0.000489, 1.8e-05),
             stat("success_p99", 0.1269033735291834, 0.000253, 2e-05),
             stat("success_p999", 0.12968156337003003, 8.32e-05, 0.0016).full_only(),
         },
         exponential_with_timeout(20, 0.025, 4, 0.01),
         impatient(exponential_rate(20), 0.025, 4, 0.01)});
  judge({"rto_c",
         "exponential 100 ms, 2 attempts of 250 ms",
         {32, 125000, 0},
         {
             stat("attempt_timeout_prob", 0.0820849986238988, 0.00321),
             share("success_prob", 0.9932620530009145, 8.24e-05),
             stat("failure_rate", 0.006737946999085467, 0.0121),
             stat("mean_attempts", 1.0820849986238987, 0.000254),
             stat("mean_latency_all", 0.09932620530009145, 0.00102),
             stat("mean_latency_success", 0.09660817254684788, 0.000907),
             exact("latency_of_failures", 0.5),
             stat("mean_success_attempt", 0.077643627541537, 0.000677),
             stat("success_p50", 0.06864318320708272, 0.00144, 5.2e-06),
             stat("success_p90", 0.22437111575664134, 0.00126, 1.7e-05),
             stat("success_p95", 0.28752675098511044, 0.00134, 2.2e-05),
             stat("success_p99", 0.40941105378622605, 0.00145, 3.1e-05),
             stat("success_p999", 0.48624900182531683, 0.000838, 3.7e-05).full_only(),
         },
         exponential_with_timeout(10, 0.25, 2, 0),
         impatient(exponential_rate(10), 0.25, 2, 0)});
  judge({"rto_ln",
         "lognormal 10 ms, cv^2 2, 3 attempts of 25 ms",
         {32, 125000, 0},
         {
             stat("attempt_timeout_prob", 0.08101539052883443, 0.00323),
             share("success_prob", 0.9994682560106583, 2.31e-05),
             stat("mean_attempts", 1.087578884031374, 0.00028),
             stat("mean_attempt_duration", 0.008394167808788194, 0.000788),
             stat("mean_latency_all", 0.009129319657853949, 0.00101),
             stat("mean_success_attempt", 0.006930239070306392, 0.000756),
         },
         lognormal_with_timeout(0.01, 2, 0.025, 3),
         impatient(sim::Distribution::lognormal(0.01e9, std::sqrt(2.0)), 0.025, 3, 0)});
}

TEST_CASE("a client that leaves does not unburden the server") {
  judge({"zombie_a",
         "M/M/1 at load 0.8, clients leave after 100 ms",
         {32, 243750, 5000},
         {
             stat("timeout_prob", 0.1353352832366127, 0.013),
             stat("mean_latency_success", 0.034348235725033434, 0.00238),
             stat("mean_latency_all", 0.04323323583816936, 0.00371),
             stat("server_utilisation", 0.8, 0.00102),
             stat("goodput", 69.17317734107098, 0.0018),
         },
         zombies(80, 100, 0.1),
         abandoned(80, 100, 0.1)});
}

TEST_CASE("M/M/1+D: queued work leaves with its client") {
  judge({"mm1d_a",
         "load 0.9, out of the queue after 50 ms",
         {32, 300000, 10000},
         {
             stat("prob_timeout", 0.10730620903994947, 0.00376),
             stat("prob_idle", 0.19657558813595452, 0.00261),
             stat("utilisation", 0.8034244118640455, 0.000638),
             stat("mean_wait_served", 0.017877032330730125, 0.00161),
             stat("prob_no_wait", 0.19657558813595452, 0.00264),
         },
         leaving_queue(90, 100, 0.05),
         withdrawn(90, 100, 0.05)});
  judge({"mm1d_over",
         "load 1.5, out of the queue after 50 ms",
         {32, 300000, 10000},
         {
             stat("prob_timeout", 0.34595452290515616, 0.00184),
             stat("prob_idle", 0.018931784357734203, 0.00917),
             stat("utilisation", 0.9810682156422658, 0.000177),
             stat("mean_wait_served", 0.03347348036564538, 0.000904),
             stat("prob_no_wait", 0.018931784357734203, 0.00865),
         },
         leaving_queue(150, 100, 0.05),
         withdrawn(150, 100, 0.05)});
}
