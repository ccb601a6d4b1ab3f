// How long a run needs until it has forgotten its start, from a first run without warm-up: one pooled MSER-5 cut on the
// mean latency averaged over all replications, per candidate; the largest is everybody's. Never a cut per replication:
// those give intervals that are far too short (coverage of 95 % intervals measured at 59 to 73 %).
// Not for transient studies: the reader refuses `warmup: auto` with a timeline or with rates that change.
// A cut beyond 45 % of the series is a refusal: there is no steady state, or the run is too short to see one.
// Units: nanoseconds; latencies of requests however they ended, by their arrival.
#pragma once

#include <string>
#include <vector>

#include "models/spec/scenario_spec.h"
#include "reports/build.h"
#include "sim/statistics/warmup.h"

namespace reports {

inline constexpr std::int64_t kWarmupBuckets = 500;  // of the series: a hundred MSER batches of five

struct SteadyState {
  struct Candidate {
    std::string name;
    std::vector<double> series;  // ns; mean over all requests of all replications in a bucket
    sim::WarmUp found;
    std::string busiest;  // service with the highest expected utilisation
    double utilisation = 0.0;
  };
  sim::Duration bucket = 0;
  std::vector<Candidate> candidates;
  bool settled = false;   // all of them
  sim::Duration cut = 0;  // the largest
};

// `first_run`: from cold, timeline buckets of one width in all candidates. REQUIRES: at least one input.
[[nodiscard]] SteadyState find_steady_state(const std::vector<Input>& first_run);

// Series and cut of each candidate into its part of the report, and what was found into the warnings.
void add_warmup(Report& report, const SteadyState& found);

// What is said instead of figures when there is no steady state.
[[nodiscard]] Report build_refusal(const models::ScenarioSpec& scenario, Report::Kind kind, const SteadyState& found);

}  // namespace reports
