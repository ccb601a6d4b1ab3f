// Balancers that pick among connected replicas only (Linkerd, gRPC): when a replica crashes, each client learns it one
// network delay later, leaves the replica out and connects again with back-off until it succeeds.
// Not here: ejections (health.cpp), which add to this. Exists only where a plan crashes a callee of such a client:
// Plan::reconnects is empty otherwise. Owner: the client. Source: mesh semantics 9.3, 22, 23.
#include "models/traffic/mesh.h"

namespace models {

// The kernel of the crashed pod's node closes its connections; clients of all kinds keep one to each replica.
void Mesh::lose_connections(std::uint32_t p) {
  for (std::uint32_t v = 0; v < cluster_views_.size() && !plan_.reconnects.empty(); ++v) {
    const ClusterView& view = cluster_views_[v];
    const ServicePlan& callee = plan_.services[plan_.clusters[view.cluster].callee];
    const bool whole =
        views_[pods_[view.pod].first_view + view.cluster - plan_.services[pods_[view.pod].service].first_cluster]
            .limited == v;
    if (!whole || plan_.reconnects[view.cluster] == Reconnects::None) continue;
    if (p < callee.first_pod || p >= callee.first_pod + callee.pods) continue;
    const std::uint32_t i = p - callee.first_pod;
    const sim::Key key = sim::child_key(view.key, i);
    const sim::Duration wire = network(p, view.pod, key ^ static_cast<std::uint64_t>(now_), 1);
    push(now_ + wire, EventKind::ConnectionLost, v, i, key);
  }
}

void Mesh::on_connection_lost(std::uint32_t v, std::uint32_t i) {
  if (health_[cluster_views_[v].first_health + i].unready) return;  // it crashed again before this client was back
  set_ready(v, i, false);
  on_reconnect(v, i);  // the first attempt is made at once
}

void Mesh::on_reconnect(std::uint32_t v, std::uint32_t i) {
  const ClusterView& view = cluster_views_[v];
  HostHealth& host = health_[view.first_health + i];
  const std::uint32_t pod = plan_.services[plan_.clusters[view.cluster].callee].first_pod + i;
  if ((pods_[pod].flags & pod_flag::kCrashed) == 0) {
    host.failed_connects = 0;
    set_ready(v, i, true);
    return;
  }
  const sim::Key key = sim::child_key(view.key, i);
  const sim::Key draw = sim::child_key(key, ++host.connects);
  const sim::Time at = now_ + reconnect_delay(plan_.reconnects[view.cluster], ++host.failed_connects, draw);
  if (at <= measure_end_ + plan_.drain) push(at, EventKind::Reconnect, v, i, key);
}

// In the view of all replicas and in that of its version.
void Mesh::set_ready(std::uint32_t v, std::uint32_t i, bool ready) {
  const ClusterView& all = cluster_views_[v];
  const std::uint32_t h = all.first_health + i;
  health_[h].unready = !ready;
  trace(ready ? "connected-again" : "connection-lost", all.key, all.pod, i);
  for (std::uint32_t w = v; w < cluster_views_.size(); ++w) {
    ClusterView& view = cluster_views_[w];
    if (view.pod != all.pod || view.cluster != all.cluster) break;
    if (h < view.first_health || h >= view.first_health + view.hosts) continue;
    ready ? --view.unready : ++view.unready;
    list_available(w, false);
    list_localities(w);
    if (ready) replicas_changed(w);
  }
}

}  // namespace models
