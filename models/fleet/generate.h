// A synthetic fleet of measured shape: who calls whom, how often, on how many replicas, in whose hands.
// Not a copy of anybody's fleet and not a fit: shapes are published, times and team sizes are assumed (below).
// The graph is layered: calls go down one layer or more, so there is no cycle, and everyone is called from the layer
// above, so traffic reaches everyone. Services are numbered from the entries down.
// What is measured (fleet statistics, Meta 2022, ATC'23, regular services; Alibaba 2021 agrees in kind):
//   fan-in    P(K >= k) = k^-alpha, alpha 1.31 (Hill estimate of the top 1,000; 1.03 of the top 300). Measured:
//             median 1, p90 19; this law has 1 and 5, about 3 edges per service: smaller fleets have fewer. Services
//             without callers (39%) are left out here, because traffic would never reach them
//   fan-out   callers are drawn by weights with a Pareto tail, exponent 1.1 (Hill, top 1,000), at most 30 times the
//             least
//   hot spots what is called by many is called often: the rate of a service goes with its fan-in
// What is assumed (payoff model 5, scaling): depth 1.2 ln(N)^0.75, services per request min(N, 1.5 N^0.4), 3 N^1.1
// pods, 20 N^0.9 requests/s, one team for six services, one language per team, entries N / 50 with shares 1/i, a
// third of the callers call in parallel, and all that make more than four calls per request; exponential service times
// whose means fill the pods (lognormal over services, cv 0.6) but are 50 ms at most, so that a seldom-called service
// idles; one worker per pod below 16 pods, then four.
// Invariants: the same shape gives the same fleet on every machine; validate() finds no error; every service is busy
// between `least_busy` and `most_busy` (its mean service time is moved to fit), or less where it works `longest_work`;
// service times are whole microseconds and probabilities multiples of 1e-6, so that the fleet can be written as text
// without loss.
// Units: requests per second, nanoseconds in laws. Errors: std::invalid_argument for a shape that makes no sense.
#pragma once

#include <cstdint>

#include "models/spec/scenario_spec.h"

namespace models {

struct FleetShape {
  std::uint32_t services = 60;
  std::uint64_t seed = 1;
  double rate = 0.0;  // requests/s, all entries together; 0: 20 N^0.9
  double calls_per_request =
      0.0;                      // mean, over all layers; 0: min(N, 1.5 N^0.4) - 1; bounded by what the graph can carry
  std::uint32_t depth = 0;      // layers, entries included; 0: 1 + 1.2 ln(N)^0.75
  std::uint32_t entries = 0;    // 0: N / 50, at least 1, at most 10
  std::uint32_t pods = 0;       // about; 0: 3 N^1.1
  std::uint32_t teams = 0;      // own neighbouring services; 0: N / 6, at least 1
  std::uint32_t languages = 4;  // at most one per team
  double fan_in_exponent = 1.31;
  double least_busy = 0.40;  // share of a service's workers
  double most_busy = 0.60;
  double longest_work = 0.050;  // seconds, the mean of a service; least_busy gives way to it
};

// One candidate, `none` with least request; a run and a policy are the reader's to add.
[[nodiscard]] ScenarioSpec generate_fleet(const FleetShape& shape);

}  // namespace models
