// Passive health as one client sees it: samples, ejections, returns at ticks (Envoy, gRPC) or after penalties
// (Linkerd).
// Ticks are on a grid of the client's own phase; one is scheduled only when there may be something to do at it.
// Decisions are values of models/policy/outlier_detection.h. Source: mesh semantics 7, 23.
#include <algorithm>

#include "models/traffic/mesh.h"

namespace models {
namespace {

constexpr std::uint64_t kEnforce = 5;
constexpr std::uint64_t kEjectionJitter = 6;
constexpr std::uint64_t kPenalty = 7;

// Number of the interval that holds `now`; ticks stand between intervals.
std::int64_t interval_at(const ClusterView& view, const OutlierDetection& policy, sim::Time now) {
  return (now - view.phase + policy.interval) / policy.interval;
}

}  // namespace

void Mesh::note_health(std::uint32_t slot, std::uint32_t status, bool local) {
  const Call& call = calls_[slot];
  const Routing& routing = routing_of(call.config, plan_of(call));
  if (routing.outlier == kNone) return;
  const OutlierDetection& policy = plan_.outliers[routing.outlier];
  const Ticket& ticket = tickets_[slot];
  HostHealth& host = health_[ticket.health];
  if (policy.accrual) {
    if (status < 500) {
      host.run_5xx = 0;
      if (!ticket.probe) return;
      bring_back(ticket.view, ticket.health);
      host.times = 0;
    } else if (ticket.probe || (!host.ejected && ++host.run_5xx >= policy.shut.max_failures)) {
      eject(ticket.view, ticket.health, policy, Detector::Accrual);
    }
    return;
  }
  const std::int64_t interval = interval_at(cluster_views_[ticket.view], policy, now_);
  if (host.interval != interval) {
    host.interval = interval;
    host.ok = host.total = 0;
  }
  if (!(policy.split_local && local)) {
    ++host.total;
    if (status < 500) ++host.ok;
  }
  if (SIM_LIKELY(status < 500)) {
    (void)note_sample(policy, host, status, local);
    return;
  }
  if (policy.by_rates()) arm_tick(ticket.view, policy);
  const Detector detector = note_sample(policy, host, status, local);
  if (detector != Detector::None && !host.ejected) eject(ticket.view, ticket.health, policy, detector);
}

void Mesh::eject(std::uint32_t v, std::uint32_t h, const OutlierDetection& policy, Detector detector) {
  ClusterView& view = cluster_views_[v];
  HostHealth& host = health_[h];
  ClusterResults& results = recorder_.results.clusters[view.cluster];
  const sim::Key key = sim::child_key(view.key, (h - view.first_health) + (std::uint64_t{host.times} << 32));
  if (detector != Detector::Accrual) {
    const double enforcing = detector == Detector::Consecutive5xx       ? policy.enforcing_5xx
                             : detector == Detector::ConsecutiveGateway ? policy.enforcing_gateway
                             : detector == Detector::SuccessRate        ? policy.sr_enforcing
                             : detector == Detector::FailurePercentage  ? policy.fp_enforcing
                                                                        : 1.0;
    if (!may_eject(policy, view.ejected, view.hosts)) {
      if (measuring_) ++results.refused;
      return;
    }
    if (!sim::bernoulli(sim::bits(key ^ static_cast<std::uint64_t>(now_), kEnforce), enforcing)) return;
    host.times = next_multiplier(policy, host.times);
    host.until = static_cast<sim::Duration>(sim::uniform(sim::bits(key, kEjectionJitter)) *
                                            static_cast<double>(policy.max_jitter));
    arm_tick(v, policy);
  } else {
    host.until = now_ + penalty(policy.shut, host.times, sim::uniform(sim::bits(key, kPenalty)));
    ++host.times;
    host.run_5xx = 0;
    host.probing = false;
  }
  if (measuring_) {
    ++results.ejections;
    ++results.by_detector[static_cast<std::size_t>(detector)];
  }
  trace("ejected", view.key, view.pod, h - view.first_health);
  if (!host.ejected) {
    host.ejected = true;
    host.ejected_at = now_;
    ++view.ejected;
    weighted_.hosts_changed(v, now_);
  }
  list_available(v, policy.accrual);
  list_localities(v);
  if (policy.accrual) replicas_changed(v);  // its next penalty ends at another time
}

void Mesh::bring_back(std::uint32_t v, std::uint32_t h) {
  ClusterView& view = cluster_views_[v];
  HostHealth& host = health_[h];
  host.ejected = host.probing = false;
  host.run_5xx = host.run_gateway = host.run_local = 0;
  host.returned_at = now_;
  --view.ejected;
  weighted_.hosts_changed(v, now_);
  if (measuring_) {
    recorder_.results.clusters[view.cluster].ejected_time += now_ - std::max(host.ejected_at, measure_begin_);
  }
  trace("returned", view.key, view.pod, h - view.first_health);
  list_available(v, false);
  list_localities(v);
  replicas_changed(v);
}

// Accrual: a shut replica whose penalty is over takes one request.
void Mesh::list_available(std::uint32_t v, bool accrual, bool ejections) {
  ClusterView& view = cluster_views_[v];
  view.available.clear();
  if (view.ejected + view.unready == 0) return;
  for (std::uint32_t i = 0; i < view.hosts; ++i) {
    const HostHealth& host = health_[view.first_health + i];
    if (host.unready) continue;
    const bool probation = accrual && host.ejected && !host.probing && host.until <= now_;
    if (!ejections || !host.ejected || probation) view.available.push_back(i);
  }
}

void Mesh::arm_tick(std::uint32_t v, const OutlierDetection& policy) {
  ClusterView& view = cluster_views_[v];
  if (view.tick_armed) return;
  view.tick_armed = true;
  const sim::Time at = view.phase + interval_at(view, policy, now_) * policy.interval;
  if (at <= measure_end_ + plan_.drain) push(at, EventKind::OutlierTick, v, 0, view.key);
}

void Mesh::on_outlier_tick(std::uint32_t v) {
  ClusterView& view = cluster_views_[v];
  view.tick_armed = false;
  const Routing& routing = routings_[pods_[view.pod].config * plan_.clusters.size() + view.cluster];
  if (routing.outlier == kNone) return;  // switched off: who is out stays out of nobody's way
  const OutlierDetection& policy = plan_.outliers[routing.outlier];
  if (!policy.on) return;
  const std::int64_t ended = interval_at(view, policy, now_) - 1;
  const std::uint32_t last = view.first_health + view.hosts;
  for (std::uint32_t h = view.first_health; h < last; ++h) {
    const HostHealth& host = health_[h];
    if (host.ejected && now_ - host.ejected_at >= ejection_time(policy, host.times) + host.until) bring_back(v, h);
  }
  const auto rate = [&](const HostHealth& host) { return 100.0 * host.ok / host.total; };
  const auto counts = [&](const HostHealth& host, std::uint32_t volume) {
    return !host.ejected && host.interval == ended && host.total > 0 && host.total >= volume;
  };
  if (policy.success_rate && policy.sr_enforcing > 0.0) {
    std::vector<double> rates;
    for (std::uint32_t h = view.first_health; h < last; ++h) {
      if (counts(health_[h], policy.sr_volume)) rates.push_back(rate(health_[h]));
    }
    if (const auto threshold = success_rate_threshold(policy, rates)) {
      for (std::uint32_t h = view.first_health; h < last; ++h) {
        if (!counts(health_[h], policy.sr_volume) || rate(health_[h]) >= *threshold) continue;
        eject(v, h, policy, Detector::SuccessRate);
      }
    }
  }
  if (policy.failure_percentage && policy.fp_enforcing > 0.0) {
    std::uint32_t eligible = 0;
    for (std::uint32_t h = view.first_health; h < last; ++h) eligible += counts(health_[h], policy.fp_volume) ? 1U : 0U;
    for (std::uint32_t h = view.first_health; h < last && eligible >= policy.fp_hosts; ++h) {
      if (!counts(health_[h], policy.fp_volume) || !fails_too_often(policy, rate(health_[h]))) continue;
      eject(v, h, policy, Detector::FailurePercentage);
    }
  }
  bool more = false;
  for (std::uint32_t h = view.first_health; h < last; ++h) {
    HostHealth& host = health_[h];
    if (!host.ejected && host.times > 0 && now_ - host.returned_at >= policy.interval) --host.times;
    more = more || host.times > 0;
  }
  if (more) arm_tick(v, policy);
}

// Closes the integrals of the measured part.
void Mesh::end_health() {
  if (recorder_.results.clusters.empty()) return;
  for (const ClusterView& view : cluster_views_) {
    ClusterResults& results = recorder_.results.clusters[view.cluster];
    for (std::uint32_t h = view.first_health; h < view.first_health + view.hosts && view.ejected > 0; ++h) {
      if (health_[h].ejected) results.ejected_time += now_ - std::max(health_[h].ejected_at, measure_begin_);
    }
    const bool whole =
        views_[pods_[view.pod].first_view + view.cluster - plan_.services[pods_[view.pod].service].first_cluster]
            .limited == static_cast<std::uint32_t>(&view - cluster_views_.data());
    if (whole) results.time += static_cast<std::int64_t>(view.hosts) * (now_ - measure_begin_);
  }
}

}  // namespace models
