#include "models/results.h"

#include <algorithm>

#include "sim/check.h"

namespace models {
namespace {

template <class T>
void add_each(std::vector<T>& into, const std::vector<T>& from) {
  if (into.size() < from.size()) into.resize(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) into[i] += from[i];
}

template <class T>
void merge_each(std::vector<T>& into, const std::vector<T>& from) {
  if (into.size() < from.size()) into.resize(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) into[i].merge(from[i]);
}

void add(OutcomeCounts& into, const OutcomeCounts& from) {
  for (std::size_t i = 0; i < kOutcomes; ++i) into[i] += from[i];
}

void merge_endpoint(EndpointResults& into, const EndpointResults& from) {
  into.requests += from.requests;
  into.rejected += from.rejected;
  into.waited += from.waited;
  into.errors += from.errors;
  into.duplicates += from.duplicates;
  into.denied += from.denied;
  into.rate_limited += from.rate_limited;
  into.inbound_retries += from.inbound_retries;
  into.wait.merge(from.wait);
  into.sojourn.merge(from.sojourn);
}

void merge_service(ServiceResults& into, const ServiceResults& from) {
  into.busy_worker_time += from.busy_worker_time;
  into.worker_time += from.worker_time;
  into.cpu_time += from.cpu_time;
  into.cpu_capacity += from.cpu_capacity;
  into.in_system_time += from.in_system_time;
  into.partial_time += from.partial_time;
  into.queue_time += from.queue_time;
  add_each(into.version_requests, from.version_requests);
  add_each(into.level_time, from.level_time);
  add_each(into.total_level_time, from.total_level_time);
}

void merge_edge(EdgeResults& into, const EdgeResults& from) {
  into.calls += from.calls;
  into.attempts += from.attempts;
  into.leg = from.leg;
  into.unfinished += from.unfinished;
  into.retry_limit_exceeded += from.retry_limit_exceeded;
  into.retries_refused += from.retries_refused;
  into.waited += from.waited;
  into.waiting_time += from.waiting_time;
  into.late_responses += from.late_responses;
  into.handshakes += from.handshakes;
  into.hedges += from.hedges;
  into.mirrored += from.mirrored;
  into.cross_zone += from.cross_zone;
  add(into.outcomes, from.outcomes);
  add(into.attempt_outcomes, from.attempt_outcomes);
  into.ignored_failures += from.ignored_failures;
  into.ok.merge(from.ok);
  into.failed.merge(from.failed);
}

}  // namespace

const char* name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::Ok: return "ok";
    case Outcome::Error: return "error";
    case Outcome::Overflow: return "overflow";
    case Outcome::NoHealthy: return "no-healthy-upstream";
    case Outcome::Timeout: return "timeout";
    case Outcome::PerTryTimeout: return "per-try-timeout";
    case Outcome::AppTimeout: return "application-timeout";
    case Outcome::ConnectFailure: return "connect-failure";
    case Outcome::ConnectionTermination: return "connection-termination";
    case Outcome::Withdrawn: return "withdrawn";
    case Outcome::PoolOverflow: return "pool-overflow";
    case Outcome::FaultAbort: return "fault-abort";
    case Outcome::RateLimited: return "rate-limited";
    case Outcome::Denied: return "denied";
  }
  SIM_UNREACHABLE();
}

const char* flag_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::Ok:
    case Outcome::Error:
    case Outcome::Overflow:
    case Outcome::Denied:
    case Outcome::AppTimeout: return "-";
    case Outcome::NoHealthy: return "UH";
    case Outcome::Timeout:
    case Outcome::PerTryTimeout: return "UT";
    case Outcome::ConnectFailure: return "UF";
    case Outcome::ConnectionTermination: return "UC";
    case Outcome::Withdrawn: return "DC";  // downstream connection termination
    case Outcome::PoolOverflow: return "UO";
    case Outcome::FaultAbort: return "FI";
    case Outcome::RateLimited: return "RL";
  }
  SIM_UNREACHABLE();
}

const char* name_of(Part part) {
  switch (part) {
    case Part::Application: return "application";
    case Part::Queueing: return "queueing";
    case Part::Sidecars: return "sidecars";
    case Part::Network: return "network";
    case Part::Retries: return "retries";
    case Part::Handshakes: return "handshakes";
  }
  SIM_UNREACHABLE();
}

const char* name_of(Stopped stopped) {
  switch (stopped) {
    case Stopped::Complete: return "complete";
    case Stopped::Events: return "event limit";
    case Stopped::InFlight: return "in-flight limit";
    case Stopped::Instant: return "too many events at one instant";
    case Stopped::Depth: return "call depth limit";
    case Stopped::Memory: return "memory limit";
    case Stopped::Interrupted: return "interrupted";
  }
  SIM_UNREACHABLE();
}

std::size_t Attribution::bucket_of(sim::Duration latency) {
  const auto value = static_cast<std::uint64_t>(std::max<sim::Duration>(latency, 8));
  const unsigned octave = 63u - static_cast<unsigned>(__builtin_clzll(value));
  const std::size_t sub = (value >> (octave - 3)) & 7u;
  return std::min(kBuckets - 1, static_cast<std::size_t>(octave) * kPerOctave + sub);
}

void Attribution::observe(sim::Duration latency, const std::array<std::int64_t, kParts>& parts) {
  if (buckets.empty()) buckets.resize(kBuckets);
  AttributionBucket& bucket = buckets[bucket_of(latency)];
  ++bucket.count;
  for (std::size_t i = 0; i < kParts; ++i) bucket.nanoseconds[i] += parts[i];
}

void Attribution::merge(const Attribution& other) {
  if (other.buckets.empty()) return;
  if (buckets.empty()) buckets.resize(kBuckets);
  for (std::size_t b = 0; b < kBuckets; ++b) {
    buckets[b].count += other.buckets[b].count;
    for (std::size_t i = 0; i < kParts; ++i) buckets[b].nanoseconds[i] += other.buckets[b].nanoseconds[i];
  }
}

void EntryWindow::merge(const EntryWindow& other) {
  arrivals += other.arrivals;
  unfinished += other.unfinished;
  add(outcomes, other.outcomes);
  degraded += other.degraded;
  ok.merge(other.ok);
  failed.merge(other.failed);
  ok_runs.merge(other.ok_runs);
}

void ClusterResults::merge(const ClusterResults& other) {
  ejections += other.ejections;
  refused += other.refused;
  panics += other.panics;
  ejected_time += other.ejected_time;
  time += other.time;
  for (std::size_t i = 0; i < by_detector.size(); ++i) by_detector[i] += other.by_detector[i];
}

void ChangeResults::merge(const ChangeResults& other) {
  holders += other.holders;
  arrived += other.arrived;
  delay.merge(other.delay);
  complete.merge(other.complete);
  stale_calls += other.stale_calls;
  stale_failed += other.stale_failed;
}

void Results::merge(const Results& other) {
  if (entries.size() < other.entries.size()) entries.resize(other.entries.size());
  for (std::size_t i = 0; i < other.entries.size(); ++i) {
    entries[i].total.merge(other.entries[i].total);
    merge_each(entries[i].windows, other.entries[i].windows);
    merge_each(entries[i].timeline, other.entries[i].timeline);
    entries[i].attribution.merge(other.entries[i].attribution);
    entries[i].ok_sum_of_squares += other.entries[i].ok_sum_of_squares;
  }
  if (endpoints.size() < other.endpoints.size()) endpoints.resize(other.endpoints.size());
  for (std::size_t i = 0; i < other.endpoints.size(); ++i) merge_endpoint(endpoints[i], other.endpoints[i]);
  if (services.size() < other.services.size()) services.resize(other.services.size());
  for (std::size_t i = 0; i < other.services.size(); ++i) merge_service(services[i], other.services[i]);
  if (edges.size() < other.edges.size()) edges.resize(other.edges.size());
  for (std::size_t i = 0; i < other.edges.size(); ++i) merge_edge(edges[i], other.edges[i]);
  merge_each(clusters, other.clusters);
  merge_each(changes, other.changes);
  resources.app_cpu += other.resources.app_cpu;
  resources.useful_cpu += other.resources.useful_cpu;
  resources.proxy_client_cpu += other.resources.proxy_client_cpu;
  resources.proxy_server_cpu += other.resources.proxy_server_cpu;
  resources.handshake_cpu += other.resources.handshake_cpu;
  resources.handshakes += other.resources.handshakes;
  fingerprint.append(other.fingerprint);
  events += other.events;
  calls_opened += other.calls_opened;
  calls_closed += other.calls_closed;
  attempts += other.attempts;
  retries += other.retries;
  roots_opened += other.roots_opened;
  roots_closed += other.roots_closed;
  unfinished_calls += other.unfinished_calls;
  peak_in_flight = std::max(peak_in_flight, other.peak_in_flight);
  peak_bytes = std::max(peak_bytes, other.peak_bytes);
  if (stopped == Stopped::Complete && other.stopped != Stopped::Complete) {
    stopped = other.stopped;
    stopped_at = other.stopped_at;
    stopped_detail = other.stopped_detail;
  }
}

std::vector<Served> Results::served_by_bucket() const {
  if (!served.empty()) return served;
  std::vector<Served> sums;
  for (const EntryResults& entry : entries) {
    sums.resize(std::max(sums.size(), entry.timeline.size()));
    for (std::size_t b = 0; b < entry.timeline.size(); ++b) {
      sums[b].arrivals += entry.timeline[b].arrivals;
      sums[b].ok += entry.timeline[b].outcomes[static_cast<std::size_t>(Outcome::Ok)];
    }
  }
  return sums;
}

void Results::drop_details() {
  served = served_by_bucket();
  for (EdgeResults& edge : edges) {
    edge.ok.clear();
    edge.failed.clear();
  }
  for (EndpointResults& endpoint : endpoints) {
    endpoint.wait.clear();
    endpoint.sojourn.clear();
  }
  for (EntryResults& entry : entries) {
    entry.timeline.clear();
    entry.timeline.shrink_to_fit();
  }
}

}  // namespace models
