// Flow equations: what the traffic asks of every endpoint, call and service when nothing fails and nothing queues.
// Not a simulation: no retries, no time-outs, no queueing. It predicts mean rates and utilisation exactly in
// the steady state below capacity; a simulated run has to agree with it (and a test says so).
// Approximations, all on latency, none on open rates: the mean of a parallel block is taken as the largest of its
// branches' means (a lower bound); closed loops send users / (think time + no-load latency), an upper bound; the peak
// of several shaped workloads is the sum of their peaks.
// Units: seconds, requests per second, cores, workers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "models/fleet/fleet_graph.h"
#include "models/spec/scenario_spec.h"

namespace models {

struct VersionFlow {
  std::string name;
  std::uint32_t replicas = 0;
  double share = 0.0;               // of the service's requests: the policy's split if it acts, else by replicas
  double rate = 0.0;                // requests/s in, all its pods
  double pod_rate = 0.0;            // requests/s in, one pod
  double cpu_demand = 0.0;          // cores busy, all its pods
  double worker_demand = 0.0;       // workers held, all its pods
  double cpu_utilisation = 0.0;     // of its cores; 0: unlimited
  double worker_utilisation = 0.0;  // of its workers; 0: unlimited
  [[nodiscard]] double utilisation() const {
    return cpu_utilisation > worker_utilisation ? cpu_utilisation : worker_utilisation;
  }
};

struct ServiceFlow {
  double rate = 0.0;       // requests/s in, mean over the measured part
  double open_rate = 0.0;  // of them: from sources that do not wait for answers
  double peak_rate = 0.0;  // at the peak of the shapes
  double call_rate = 0.0;  // calls/s out
  std::uint32_t replicas = 0;
  double cpu_demand = 0.0;     // cores busy
  double worker_demand = 0.0;  // workers held
  double utilisation = 0.0;    // of the busiest version, of workers or cores, whichever is higher; 0: unlimited
  double peak_utilisation = 0.0;
  double capacity = 0.0;              // requests/s at which the busiest version saturates; 0: unlimited
  double pod_request_rate = 0.0;      // requests/s into one pod, mean over pods
  double pod_call_rate = 0.0;         // calls/s out of one pod
  double proxy_utilisation = 0.0;     // of one sidecar's workers, if the candidate has sidecars that can queue
  std::vector<VersionFlow> versions;  // in name order, as ServiceVertex::versions

  [[nodiscard]] double cpu_per_request() const { return rate > 0 ? cpu_demand / rate : 0.0; }
  // What one sidecar carries: the unit that published cost tables count in.
  [[nodiscard]] double pod_exchange_rate() const { return pod_request_rate + pod_call_rate; }
};

// Calls of one service to one endpoint of another: the unit in which results count.
struct EdgeFlow {
  std::size_t caller = 0;  // service vertex
  std::size_t callee = 0;  // endpoint vertex
  double rate = 0.0;       // calls/s
};

struct Flow {
  std::vector<ServiceFlow> services;  // by service vertex
  std::vector<double> endpoint_rate;  // by endpoint vertex: requests/s, mean over the measured part
  std::vector<double> endpoint_peak_rate;
  std::vector<double> endpoint_latency;  // seconds without queueing, network and sidecars included
  std::vector<EdgeFlow> edges;           // by (caller, callee)
  std::vector<double> traffic_rate;      // by ScenarioSpec::traffic
  double node_utilisation = 0.0;         // of all node cores together; 0: no nodes
  [[nodiscard]] double pod_request_rate(std::size_t service) const { return services[service].pod_request_rate; }
  [[nodiscard]] double pod_call_rate(std::size_t service) const { return services[service].pod_call_rate; }
  [[nodiscard]] double pod_exchange_rate(std::size_t service) const { return services[service].pod_exchange_rate(); }
};

// For one candidate: its sidecars add latency, and `none` does not enforce the policy's split. Without a candidate the
// policy acts and there are no sidecars. Throws std::invalid_argument if the endpoint graph has a cycle.
[[nodiscard]] Flow compute_flow(const ScenarioSpec& spec, const FleetGraph& graph,
                                const CandidateSpec* candidate = nullptr);

// Mean and largest rate of a shape over the measured part, requests/s.
[[nodiscard]] double offered_mean(const RateShape& shape, sim::Duration duration);
[[nodiscard]] double offered_peak(const RateShape& shape, sim::Duration duration);

// The profile as a candidate's telemetry has it: without metrics their CPU is saved; logs and traces come after the
// reply.
[[nodiscard]] ProxyProfileSpec with_telemetry(ProxyProfileSpec profile, const TelemetrySpec& telemetry);

// CPU seconds of one exchange, its logs and traces aside, through one proxy that carries `rps` exchanges/s: linear
// between points, flat outside.
[[nodiscard]] double proxy_cpu(const ProxyProfileSpec& profile, double rps);

// Mean seconds that one unloaded proxy adds to one exchange.
[[nodiscard]] double proxy_latency(const ProxyProfileSpec& profile, double rps);

// Mean one-way network delay between two services over the replicas of both, losses included; seconds.
[[nodiscard]] double mean_network_delay(const ScenarioSpec& spec, const ServiceSpec& caller, const ServiceSpec& callee);

}  // namespace models
