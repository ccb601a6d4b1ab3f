// Envoy's priorities as Istio makes them of zones: replicas of the client's own zone first (P0), all others second
// (P1). How much of the load each takes follows from the shares of healthy ones; too few of them anywhere, and a
// priority panics: all its replicas are used. A priority is drawn for each pick.
// Not here: who is unhealthy (health.cpp, ready.cpp); the arithmetic (models/policy/panic.h).
// Exists only where a client keeps to its zone: Mesh::localities_ is empty otherwise. Owner: the client.
// Source: mesh semantics 8, 10.
#include "models/policy/panic.h"
#include "models/traffic/mesh.h"

namespace models {
namespace {

constexpr std::uint64_t kPriority = 12;

}  // namespace

void Mesh::build_localities() {
  bool used = false;
  for (const Routing& routing : plan_.routings) used = used || routing.own_zone_first;
  if (!used) return;
  localities_.resize(cluster_views_.size());
  const ClusterView* whole = nullptr;  // of a destination; its versions follow
  for (std::uint32_t v = 0; v < cluster_views_.size(); ++v) {
    const ClusterView& view = cluster_views_[v];
    if (whole == nullptr || whole->pod != view.pod || whole->cluster != view.cluster) whole = &view;
    const ServicePlan& callee = plan_.services[plan_.clusters[view.cluster].callee];
    const std::uint32_t first_pod = callee.first_pod + (view.first_health - whole->first_health);
    for (std::uint32_t i = 0; i < view.hosts; ++i) {
      const bool own = plan_.pods[first_pod + i].zone == plan_.pods[view.pod].zone;
      localities_[v].all[own ? 0 : 1].push_back(i);
    }
    localities_[v].healthy = localities_[v].all;
  }
}

// The client leaves a replica out, or takes it back.
void Mesh::list_localities(std::uint32_t v) {
  if (localities_.empty()) return;
  const ClusterView& view = cluster_views_[v];
  Priorities& rows = localities_[v];
  for (std::size_t p = 0; p < rows.all.size(); ++p) {
    rows.healthy[p].clear();
    for (const std::uint32_t i : rows.all[p]) {
      const HostHealth& host = health_[view.first_health + i];
      if (!host.ejected && !host.unready) rows.healthy[p].push_back(i);
    }
  }
}

// Empty: there is nobody to send to. `left`: of a retry that leaves the zones that its call's tries went to.
const std::vector<std::uint32_t>& Mesh::draw_priority(const Routing& routing, std::uint32_t v, sim::Key key,
                                                      LeftZones* left) {
  const Priorities& rows = localities_[v];
  const OutlierDetection* const outlier = routing.outlier == kNone ? nullptr : &plan_.outliers[routing.outlier];
  const auto& healthy = outlier == nullptr ? rows.all : rows.healthy;
  std::array<std::uint32_t, 2> health{};
  std::array<bool, 2> panic{};
  for (std::size_t p = 0; p < health.size(); ++p) {
    health[p] =
        health_of(static_cast<std::uint32_t>(healthy[p].size()), static_cast<std::uint32_t>(rows.all[p].size()));
  }
  std::array<std::uint32_t, 2> load = priority_loads(health);
  if (health[0] + health[1] < 100 && outlier != nullptr) {
    bool all = true;
    for (std::size_t p = 0; p < panic.size(); ++p) {
      const auto total = static_cast<std::uint32_t>(rows.all[p].size());
      panic[p] = total > 0 && panics(static_cast<std::uint32_t>(healthy[p].size()), total, outlier->panic_threshold);
      all = all && (panic[p] || total == 0);
    }
    if (all) {  // nobody is to be preferred: by the number of replicas
      const std::size_t hosts = rows.all[0].size() + rows.all[1].size();
      load[0] = static_cast<std::uint32_t>(100 * rows.all[0].size() / hosts);
      load[1] = 100 - load[0];
    }
  }
  if (left != nullptr) load = loads_of_retry(*left, health, load);
  const std::uint32_t draw = 1 + sim::below(sim::bits(key, kPriority), 100);
  const std::size_t p = draw <= load[0] || load[1] == 0 ? 0 : 1;
  if (!panic[p]) return healthy[p];
  if (measuring_) ++recorder_.results.clusters[cluster_views_[v].cluster].panics;
  return rows.all[p];
}

}  // namespace models
