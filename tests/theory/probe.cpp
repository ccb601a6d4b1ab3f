#include "tests/theory/probe.h"

#include <cmath>
#include <stdexcept>
#include <utility>

namespace theory {
namespace {

constexpr sim::Duration kDrain = 3600 * sim::kSecond;  // ends when the last event is done: costs nothing

double real(std::uint64_t count) { return static_cast<double>(count); }
double real(std::int64_t time) { return static_cast<double>(time); }

}  // namespace

double seconds(double ns) { return ns * 1e-9; }
sim::Duration nanoseconds(double s) { return static_cast<sim::Duration>(std::llround(s * 1e9)); }
sim::Distribution constant(double s) { return sim::Distribution::constant(s * 1e9); }
sim::Distribution exponential_rate(double per_second) { return sim::Distribution::exponential(1e9 / per_second); }

models::ScenarioSpec open(std::vector<models::ServiceSpec> services, const std::string& entry, double rate,
                          const Size& size) {
  return support::scenario(std::move(services), entry, rate, nanoseconds(size.requests / rate),
                           nanoseconds(size.warmup / rate));
}

models::ServiceSpec station(const std::string& name, const sim::Distribution& law, std::uint32_t workers,
                            std::vector<models::StepSpec> after) {
  std::vector<models::StepSpec> steps{support::work(law)};
  for (models::StepSpec& step : after) steps.push_back(std::move(step));
  return support::service(name, std::move(steps), 1, workers);
}

models::ServiceSpec caller(const std::string& name, std::vector<models::StepSpec> steps) {
  return support::service(name, std::move(steps));
}

models::Plan plan_of(const models::ScenarioSpec& spec, Levels levels) {
  models::Plan plan = models::compile(spec, 0);
  plan.record_levels = levels == Levels::Yes;
  plan.drain = kDrain;
  return plan;
}

Probe::Probe(const models::Plan& plan, std::uint64_t seed) : plan_(plan) {
  models::RunOptions options;
  options.seed = seed;
  results_ = models::run(plan, options);
  if (results_.stopped != models::Stopped::Complete) throw std::runtime_error(results_.stopped_detail);
}

const models::EndpointResults& Probe::endpoint(const std::string& service, const std::string& name) const {
  const auto& rows = plan_.catalog.endpoints;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].service == service && rows[i].name == name) return results_.endpoints[i];
  }
  throw std::out_of_range("no endpoint " + service + "/" + name);
}

const models::ServiceResults& Probe::service(const std::string& name) const {
  const auto& rows = plan_.catalog.services;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].name == name) return results_.services[i];
  }
  throw std::out_of_range("no service " + name);
}

const models::EdgeResults& Probe::edge(const std::string& caller, const std::string& callee) const {
  const auto& rows = plan_.catalog.edges;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].caller == caller && rows[i].callee == callee + "/default") return results_.edges[i];
  }
  throw std::out_of_range("no edge " + caller + " -> " + callee);
}

void Probe::station(Values& values, const std::string& name) const {
  const models::ServiceResults& s = service(name);
  const models::EndpointResults& e = endpoint(name);
  const double length = real(plan_.duration);
  const double accepted = real(e.requests - e.rejected);
  values["mean_busy"] = real(s.busy_worker_time) / length;
  values["rho"] = values["utilisation"] = s.worker_time > 0 ? real(s.busy_worker_time) / real(s.worker_time) : 0;
  values["mean_in_system"] = real(s.in_system_time) / length;
  values["prob_wait"] = real(e.waited) / real(e.requests);
  values["prob_no_wait"] = 1 - values["prob_wait"];
  values["prob_wait_accepted"] = real(e.waited) / accepted;
  values["block_prob"] = real(e.rejected) / real(e.requests);
  values["throughput"] = accepted / duration();
  values["mean_wait"] = values["mean_wait_accepted"] = mean(e.wait);
  values["mean_sojourn_accepted"] = mean(e.sojourn);
  values["var_wait"] = variance(e.wait);
  quantiles(values, "wait", e.wait);
}

void Probe::latency(Values& values, const std::string& of) const {
  const sim::Histogram& ok = entry().total.ok;
  const double n = real(ok.count());
  const double m = mean(ok);
  values["mean_" + of] = m;
  values["var_" + of] = (entry().ok_sum_of_squares - n * m * m) / (n - 1);
  quantiles(values, of, ok);
}

double Probe::time_share(const std::vector<std::int64_t>& levels, std::size_t level, double pods) const {
  return level < levels.size() ? real(levels[level]) / (real(plan_.duration) * pods) : 0;
}

void quantiles(Values& values, const std::string& prefix, const sim::Histogram& histogram) {
  const std::string name = prefix.empty() ? "p" : prefix + "_p";
  values[name + "50"] = seconds(histogram.quantile(0.5));
  values[name + "90"] = seconds(histogram.quantile(0.9));
  values[name + "95"] = seconds(histogram.quantile(0.95));
  values[name + "99"] = seconds(histogram.quantile(0.99));
  values[name + "999"] = seconds(histogram.quantile(0.999));
}

double mean(const sim::Histogram& histogram) { return seconds(histogram.mean()); }

double variance(const sim::Histogram& histogram) {
  double squares = 0;
  histogram.for_each_bucket([&](std::int64_t lo, std::int64_t hi, std::uint64_t count) {
    // Integers lo .. hi - 1: exactly (sum of x^2) / width for a bucket of one value or a uniform one.
    const double width = real(hi - lo);
    const double middle = (real(lo) + real(hi) - 1) / 2;
    squares += real(count) * (middle * middle + (width * width - 1) / 12);
  });
  const double n = real(histogram.count());
  const double m = histogram.mean();
  return (squares - n * m * m) / (n - 1) * 1e-18;
}

}  // namespace theory
