// Reads the figures of a case from the results of one replication, by name, in seconds. Also the few builders that
// the cases share: laws in seconds, scenarios of a number of requests. Not a report: no confidence intervals here.
// Errors: std::runtime_error for a run that did not complete, std::out_of_range for a name that does not exist.
#pragma once

#include <cstdint>
#include <string>

#include "models/results.h"
#include "models/run.h"
#include "sim/distributions/distribution.h"
#include "sim/statistics/histogram.h"
#include "tests/support/fleet_builder.h"
#include "tests/theory/case.h"

namespace theory {

[[nodiscard]] double seconds(double nanoseconds);
[[nodiscard]] sim::Duration nanoseconds(double seconds);
[[nodiscard]] sim::Distribution constant(double seconds);
[[nodiscard]] sim::Distribution exponential_rate(double per_second);

// A scenario with open Poisson traffic for `size` requests at `rate` on the endpoint "default" of `entry`.
[[nodiscard]] models::ScenarioSpec open(std::vector<models::ServiceSpec> services, const std::string& entry,
                                        double rate, const Size& size);
// A service of one replica that works `law` on `workers` and then does `after`.
[[nodiscard]] models::ServiceSpec station(const std::string& name, const sim::Distribution& law, std::uint32_t workers,
                                          std::vector<models::StepSpec> after = {});
// A caller without work or limit, whose calls a policy can act on: entry requests have no client of their own.
[[nodiscard]] models::ServiceSpec caller(const std::string& name, std::vector<models::StepSpec> steps);

enum class Levels : bool { No, Yes };  // record how long k requests were there

// The plan of the scenario's first candidate. Runs drain until nothing of the case can still be on its way.
[[nodiscard]] models::Plan plan_of(const models::ScenarioSpec& spec, Levels levels = Levels::No);

class Probe {
 public:
  Probe(const models::Plan& plan, std::uint64_t seed);

  [[nodiscard]] double duration() const { return seconds(static_cast<double>(plan_.duration)); }
  [[nodiscard]] const models::Results& results() const { return results_; }
  [[nodiscard]] const models::EntryResults& entry() const { return results_.entries.front(); }
  [[nodiscard]] const models::EndpointResults& endpoint(const std::string& service,
                                                        const std::string& name = "default") const;
  [[nodiscard]] const models::ServiceResults& service(const std::string& name) const;
  [[nodiscard]] const models::EdgeResults& edge(const std::string& caller, const std::string& callee) const;

  // Workers and queue of a service with the one endpoint "default".
  void station(Values& values, const std::string& service) const;
  // Latency of the root requests that succeeded: mean, variance and quantiles, "mean_<of>", "<of>_p50", ...
  void latency(Values& values, const std::string& of) const;
  // Fraction of time with exactly k requests at one replica (pods = 1) or at the whole service.
  [[nodiscard]] double time_share(const std::vector<std::int64_t>& levels, std::size_t level, double pods = 1) const;

 private:
  const models::Plan& plan_;
  models::Results results_;
};

void quantiles(Values& values, const std::string& prefix, const sim::Histogram& histogram);
[[nodiscard]] double mean(const sim::Histogram& histogram);      // seconds
[[nodiscard]] double variance(const sim::Histogram& histogram);  // seconds^2; inside a bucket as if uniform

}  // namespace theory
