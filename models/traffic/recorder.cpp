#include "models/traffic/recorder.h"

#include <algorithm>

namespace models {

Recorder::Recorder(const Plan& plan)
    : edges_(plan.catalog.edges.size()), endpoints_(plan.catalog.endpoints.size()), log_(kLog), plan_(plan) {
  const Catalog& catalog = plan.catalog;
  results.entries.resize(catalog.entries.size());
  results.endpoints.resize(catalog.endpoints.size());
  results.services.resize(catalog.services.size());
  results.edges.resize(catalog.edges.size());
  for (std::size_t e = 0; e < catalog.edges.size(); ++e) results.edges[e].leg = catalog.edges[e].leg;
  const auto buckets =
      catalog.timeline_bucket > 0
          ? static_cast<std::size_t>((catalog.duration + catalog.timeline_bucket - 1) / catalog.timeline_bucket)
          : 0;
  for (EntryResults& entry : results.entries) {
    entry.windows.resize(catalog.windows.size());
    entry.timeline.resize(buckets);
  }
  for (std::size_t s = 0; s < results.services.size(); ++s) {
    results.services[s].version_requests.resize(catalog.services[s].versions.size());
  }
}

void Recorder::flush() {
  for (std::size_t i = 0; i < logged_; ++i) log_[i].histogram->observe(log_[i].value);
  logged_ = 0;
}

void Recorder::finish() {
  flush();
  for (std::size_t i = 0; i < edges_.size(); ++i) {
    EdgeResults& edge = results.edges[i];
    edge.calls += edges_[i].calls;
    edge.attempts += edges_[i].attempts;
    edge.outcomes[static_cast<std::size_t>(Outcome::Ok)] += edges_[i].ok;
    edge.attempt_outcomes[static_cast<std::size_t>(Outcome::Ok)] += edges_[i].attempts_ok;
  }
  for (std::size_t i = 0; i < endpoints_.size(); ++i) {
    results.endpoints[i].requests += endpoints_[i].requests;
    results.endpoints[i].waited += endpoints_[i].waited;
    results.endpoints[i].wait.observe_many(0, endpoints_[i].began_at_once);
  }
}

template <class F>
void Recorder::each_window(std::uint32_t entry, sim::Time arrived, F&& f) {
  EntryResults& e = results.entries[entry];
  f(e.total, true);
  const sim::Time t = arrived - plan_.warmup;
  if (plan_.catalog.timeline_bucket > 0) {
    const auto bucket = static_cast<std::size_t>(t / plan_.catalog.timeline_bucket);
    if (bucket < e.timeline.size()) f(e.timeline[bucket], false);
  }
  if (e.windows.empty()) return;
  const auto segment = std::upper_bound(plan_.segments.begin(), plan_.segments.end(), t,
                                        [](sim::Time at, const Plan::Segment& s) { return at < s.until; });
  if (segment == plan_.segments.end()) return;
  for (std::uint32_t i = 0; i < segment->count; ++i) f(e.windows[plan_.segment_windows[segment->first + i]], true);
}

void Recorder::root_opened(std::uint32_t entry, sim::Time arrived) {
  each_window(entry, arrived, [](EntryWindow& w, bool) { ++w.arrivals; });
}

void Recorder::root_closed(std::uint32_t entry, sim::Time arrived, sim::Time now, Outcome outcome, bool degraded,
                           const Parts& parts) {
  const sim::Duration latency = now - arrived;
  const bool ok = outcome == Outcome::Ok;
  each_window(entry, arrived, [&](EntryWindow& w, bool with_runs) {
    ++w.outcomes[static_cast<std::size_t>(outcome)];
    if (ok && degraded) ++w.degraded;
    observe(ok ? w.ok : w.failed, latency);
    if (ok && with_runs) w.ok_runs.observe(latency);
  });
  if (!ok) return;
  EntryResults& e = results.entries[entry];
  const double seconds = sim::to_seconds(latency);
  e.ok_sum_of_squares += seconds * seconds;
  std::array<std::int64_t, kParts> split{};
  split[static_cast<std::size_t>(Part::Queueing)] = static_cast<std::int64_t>(parts.queueing);
  split[static_cast<std::size_t>(Part::Sidecars)] = static_cast<std::int64_t>(parts.sidecars);
  split[static_cast<std::size_t>(Part::Network)] = static_cast<std::int64_t>(parts.network);
  split[static_cast<std::size_t>(Part::Retries)] = static_cast<std::int64_t>(parts.retries);
  split[static_cast<std::size_t>(Part::Handshakes)] = static_cast<std::int64_t>(parts.handshakes);
  std::int64_t rest = latency;
  for (const std::int64_t part : split) rest -= part;
  split[static_cast<std::size_t>(Part::Application)] = rest;
  e.attribution.observe(latency, split);
}

void Recorder::root_unfinished(std::uint32_t entry, sim::Time arrived) {
  each_window(entry, arrived, [](EntryWindow& w, bool) { ++w.unfinished; });
}

}  // namespace models
