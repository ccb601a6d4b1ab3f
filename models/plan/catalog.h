// Names and constants that reports need to read Results: the cold half of a Plan. Order = Results order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/results.h"
#include "models/spec/scenario_spec.h"
#include "sim/time.h"

namespace models {

struct Catalog {
  struct Entry {
    std::string name;
    std::string traffic;
    double offered_rate = 0.0;
    bool closed_loop = false;
  };  // "frontend/checkout"
  struct Endpoint {
    std::string service;
    std::string name;
  };
  struct Service {
    std::string name;
    std::vector<std::string> versions;
    std::uint32_t replicas = 0;
    std::uint32_t workers = 0;  // per replica; kUnlimited: no limit
    double expected_utilisation =
        0;  // of workers (held) or cores, whichever is higher, by the flow equations; 0: unlimited
  };
  struct Edge {
    std::string caller;
    std::string callee;
    Leg leg = Leg::Whole;
    // What the candidate does on it at the start. Coverage and spread are counts over edges.
    bool mtls = false;               // both ends can, and the policy does not say DISABLE
    bool refused = false;            // the callee is STRICT and the caller cannot: no call gets through
    bool restricted = false;         // the policy says who may call
    bool authorized = false;         // and somebody at the callee's end asks
    bool denied = false;             // and refuses this caller
    bool telemetry = false;          // somebody at either end reports the calls
    bool library = false;            // the caller's process has a library of the candidate's
    std::uint32_t retry_layers = 0;  // that may try again: application, library, proxy
    sim::Duration timeout = 0;       // overall, of the shortest layer; 0: none
    std::uint32_t attempts = 1;      // at most, all layers together
    bool idempotent = true;          // the callee's endpoint
  };                                 // service -> "service/endpoint"
  struct Change {                    // of policy, by the timeline
    std::string name;
    sim::Time at = 0;
    std::vector<std::string>
        carriers;  // "timeout by redeploy", ...: how it travels in this candidate; empty: nobody acts
  };
  struct Window {
    std::string name;
    sim::Time from = 0;
    sim::Time to = 0;
    std::string part_of = {};  // the timeline entry that its own belongs to
  };                           // [from, to) on the timeline's clock

  std::string candidate;
  EnforcedBy enforced_by = EnforcedBy::None;
  std::string product;
  std::string profile, profile_source, profile_date;
  std::vector<std::string> profile_assumed;
  std::vector<Entry> entries;  // sorted by name, like everything below
  std::vector<Endpoint> endpoints;
  std::vector<Service> services;
  std::vector<Edge> edges;
  std::vector<Change> changes;        // by time, then name
  std::size_t distinct_policies = 0;  // different ones in force at the start, over callers and destinations
  std::vector<Window> windows;        // "before X", "during X", "after X" for each timeline entry X
  sim::Duration timeline_bucket = 0;
  sim::Duration duration = 0, warmup = 0, drain = 0;
  std::uint32_t pods = 0;
  std::uint32_t proxies = 0;
  std::uint32_t enrolled = 0;      // services that the candidate acts in
  double library_cpu = 0.0;        // seconds of one call in the caller's process (assumed or the user's)
  double app_memory_mb = 0.0;      // of all replicas, where stated
  double proxy_memory_mb = 0.0;    // of all proxies
  std::vector<std::string> notes;  // what this candidate's product decided where the policy is silent
};

}  // namespace models
