// The whole scenario as the user said it, defaults applied and short forms expanded. Plain values.
// Produced by scenarios/reader, consumed by models/fleet (validation) and models/plan (compilation).
// Names are unique within their list; references are by name and have been checked to exist.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/spec/candidate_spec.h"
#include "models/spec/expect_spec.h"
#include "models/spec/policy_spec.h"
#include "models/spec/service_spec.h"
#include "sim/distributions/distribution.h"
#include "sim/experiment/stopping.h"
#include "sim/time.h"

namespace models {

struct RunSpec {
  sim::Duration duration = 60 * sim::kSecond;  // measured part, from t = 0
  sim::Duration warmup = 10 * sim::kSecond;    // before t = 0, under the initial configuration
  bool auto_warmup = false;                    // `warmup` is not said: cut by what a first run shows
  std::uint32_t replications = 10;             // at least
  // Above `replications`: on until the precision is reached and every expectation is decided, at most so many.
  std::uint32_t max_replications = 0;  // 0: exactly `replications`
  sim::Precision precision;            // of the latencies of all entries together; nanoseconds
  double confidence = 0.95;
  // Frozen adoption: this share of the services that a release has to change has had it when the change is made (those
  // with the shortest lead times), the others never. Absent: releases arrive by their lead times.
  std::optional<double> adoption;
};

struct NetworkSpec {
  sim::Distribution same_zone;       // one way; reader default: lognormal median 120 us, p99 450 us, min 20 us
  sim::Distribution cross_zone;      // reader default: lognormal median 700 us, p99 2 ms, min 200 us
  double loss = 0.0;                 // probability per message; a loss is a delay (200 ms doubling; 1 s on connect)
  double connect_round_trips = 1.0;  // TCP: round trips before the first request of a connection
};

struct NodeSpec {
  double cores = 0.0;       // cores shared by the pods of one node
  std::uint32_t count = 0;  // nodes per zone; pods are spread over them round robin in name order
};

enum class ArrivalKind : std::uint8_t { Poisson, Paced, Jittered, Renewal };

struct RateShape {
  enum class Kind : std::uint8_t { Constant, Steps, Ramp, Diurnal };
  Kind kind = Kind::Constant;
  double rate = 0.0;  // requests per second; the mean, for Diurnal
  struct Point {
    sim::Time at;
    double rate;
  };
  std::vector<Point> points;  // Steps: the rate from `at` on; Ramp: linear between points
  double amplitude = 0.0;     // Diurnal: rate (1 + amplitude sin(2 pi (t - phase) / period))
  sim::Duration period = 0;
  sim::Duration phase = 0;
};

struct TrafficSpec {
  std::string name;
  std::string service;
  std::string endpoint;
  bool via_gateway = false;  // `via: gateway`: the gateway proxy and the entry's inbound proxy
  // open traffic (users == 0)
  ArrivalKind arrivals = ArrivalKind::Poisson;
  RateShape rate;
  std::optional<sim::Distribution> interarrival;  // Renewal
  std::uint32_t connections = 0;  // Paced, Jittered: one request in flight on each, with catch-up; 0: no limit
  // closed loop (users > 0)
  std::uint32_t users = 0;
  std::optional<sim::Distribution> think_time;
};

enum class TimelineVerb : std::uint8_t { Slow, Stall, Crash, Change, Down };

struct TimelineEntrySpec {
  std::string name;
  sim::Time at = 0;            // from t = 0
  sim::Duration duration = 0;  // `for`; 0 with Crash or Change: for good
  TimelineVerb verb = TimelineVerb::Slow;
  std::string service;                    // target of Slow, Stall, Crash
  std::string version;                    // empty: all versions
  std::optional<std::uint32_t> replicas;  // how many replicas (the first ones in order); absent: all
  bool application = false;               // Crash: not the pod, the application in it: its proxy lives on
  double factor = 1.0;                    // Slow: service times times this
  PolicySpec change;                      // Change: fields present replace the policy's
                                          // Down: the control plane, of every candidate that has one
  std::string part_of = {};               // the entry whose story it belongs to, in accounts
};

// Guards. Reaching one ends the run with a partial report and exit code 3.
struct LimitSpec {
  std::uint64_t events = 0;             // per replication; 0: none
  std::uint64_t in_flight = 5'000'000;  // open calls
  std::uint64_t events_at_one_instant = 1'000'000;
  std::uint32_t call_depth = 64;
  std::uint64_t memory_mb = 0;  // per process; 0: three quarters of the machine's, at most
};

// What the reader of a report pays, in one currency, whichever. Absent: not known, and then nothing is made of it.
struct PricesSpec {
  std::optional<double> vcpu_hour;
  std::optional<double> gb_hour;
  std::optional<double> failed_request;
  std::optional<double> engineer_hour;
  std::map<std::string, double> per_year;  // how often each timeline entry happens, by its name
  bool operator==(const PricesSpec&) const = default;
};

// What `meshsim sweep` varies: paths as of --set (or fleet.size), each with its values as text.
struct SweepSpec {
  struct Axis {
    std::string path;
    std::vector<std::string> values;
    bool operator==(const Axis&) const = default;
  };
  std::vector<Axis> axes;             // in the order of the file: the last one varies fastest
  std::uint32_t latin_hypercube = 0;  // so many points between the axes' ends instead of the grid; 0: the grid
  bool operator==(const SweepSpec&) const = default;
};

struct ScenarioSpec {
  std::string file;
  std::string question;
  std::uint64_t seed = 1;
  RunSpec run;
  std::vector<std::string> zones;  // empty: one zone
  NetworkSpec network;
  std::optional<NodeSpec> node;
  std::vector<TeamSpec> teams;
  std::vector<LibrarySpec> libraries;
  std::vector<ServiceSpec> services;
  std::vector<TrafficSpec> traffic;
  PolicySpec policy;
  std::vector<CandidateSpec> candidates;  // at least one; reader default: none, sidecar
  std::string baseline;                   // name of a candidate; reader default: the first
  std::vector<TimelineEntrySpec> timeline;
  std::vector<ExpectSpec> expect;  // in the order of the file
  LimitSpec limits;
  PricesSpec prices;
  SweepSpec sweep;
};

}  // namespace models
