// Names and constants that reports need to read Results: the cold half of a Plan. Order = Results order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

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
  };  // service -> "service/endpoint"
  struct Window {
    std::string name;
    sim::Time from = 0;
    sim::Time to = 0;
  };  // [from, to) on the timeline's clock

  std::string candidate;
  EnforcedBy enforced_by = EnforcedBy::None;
  std::string product;
  std::string profile, profile_source, profile_date;
  std::vector<std::string> profile_assumed;
  std::vector<Entry> entries;  // sorted by name, like everything below
  std::vector<Endpoint> endpoints;
  std::vector<Service> services;
  std::vector<Edge> edges;
  std::vector<Window> windows;  // "before X", "during X", "after X" for each timeline entry X
  sim::Duration timeline_bucket = 0;
  sim::Duration duration = 0, warmup = 0, drain = 0;
  std::uint32_t pods = 0;
  std::uint32_t proxies = 0;
  double app_memory_mb = 0.0;      // of all replicas, where stated
  double proxy_memory_mb = 0.0;    // of all proxies
  std::vector<std::string> notes;  // what this candidate's product decided where the policy is silent
};

}  // namespace models
