// The client sends one try: version by the split, replica by the balancer, a connection, and the message.
// Everything read here belongs to the client pod (its view, its connections, its snapshot).
#include <algorithm>

#include "models/balance/pick.h"
#include "models/traffic/mesh.h"
#include "sim/check.h"

namespace models {
namespace {

constexpr std::uint64_t kSplit = 11;
constexpr std::uint64_t kLoss = 40;  // + direction
constexpr std::uint64_t kConnectLoss = 61;

constexpr sim::Duration kRetransmission = 200 * sim::kMillisecond;  // first retransmission timeout of Linux TCP
constexpr std::uint8_t kUnpooled = 255;                             // an HTTP/1.1 connection beyond the 64 tracked

double share_of(const SplitRow* row, const SplitRow* first) {
  return row->cumulative - (row == first ? 0.0 : (row - 1)->cumulative);
}

std::uint32_t lowest_bit(std::uint64_t bits) { return static_cast<std::uint32_t>(__builtin_ctzll(bits)); }

}  // namespace

// A connection of the application to its proxy belongs to one worker of the proxy.
std::uint32_t Mesh::client_worker(const Call& call, std::uint32_t lane) const {
  const std::uint64_t connection = proxies_[call.pod].key + (lane + 1) * sim::detail::kChildStep;
  return sim::below(sim::mix(connection), proxies_[call.pod].workers);
}

// Every loss is a retransmission, its timeout doubling.
sim::Duration Mesh::retransmissions(sim::Key key, std::uint64_t direction) const {
  sim::Duration delay = 0;
  sim::Draws draws(key, kLoss + direction);
  for (sim::Duration wait = kRetransmission;
       sim::bernoulli(draws.next(), plan_.network.loss) && wait < 60 * sim::kSecond; wait *= 2) {
    delay += wait;
  }
  return delay;
}

std::uint32_t Mesh::pick_replica(const Call& call, const CallPlan& plan, const Routing& routing, std::uint32_t first,
                                 std::uint32_t count, std::uint32_t lane, std::uint32_t worker, sim::Key key) {
  const RetryPolicy* const retry =
      call.attempt > 0 && call.policy != kNone ? &plan_.policies[call.policy].retry : nullptr;
  const bool avoid = retry != nullptr && retry->avoid_tried_hosts;
  const Pod& client = pods_[call.pod];
  const std::uint32_t offset = first - plan.first_pod;
  std::uint32_t picked = 0;
  for (std::uint64_t repick = 0;; ++repick) {
    switch (routing.balancer) {
      case LoadBalancer::ConnectionRandom: {
        std::uint32_t& pin = pins_[views_[client.first_view + plan.view].pins + lane];
        if (pin == kNone || routing.split != kNone || repick > 0) {
          pin = !routing.weighted ? pick_random(count, key, repick)
                                  : pick_random_by_weight(count, key, repick, [this, first](std::uint32_t i) {
                                      return plan_.weights[first + i];
                                    });
        }
        picked = pin;
        break;
      }
      case LoadBalancer::Random: picked = pick_random(count, key, repick); break;
      case LoadBalancer::RoundRobin:
        picked = pick_round_robin(count, views_[client.first_view + plan.view].round_robin[worker & 3]);
        break;
      case LoadBalancer::LeastRequest: {
        const HostView* const hosts = &hosts_[client.first_host + plan.hosts + offset];
        picked = pick_least_request(count, routing.choices, key, repick,
                                    [hosts](std::uint32_t i) { return hosts[i].active; });
        break;
      }
      case LoadBalancer::PickFirst: picked = views_[client.first_view + plan.view].round_robin[0] % count; break;
      case LoadBalancer::PeakEwma: SIM_UNREACHABLE();  // its clusters are pooled
    }
    // Envoy's previous_hosts: tried replicas are rejected, but the last of the allowed picks is taken anyway.
    if (!avoid || repick >= retry->repicks || (call.tried >> ((offset + picked) & 31) & 1u) == 0) break;
  }
  return picked;
}

// Chooses the connection; true if it must be opened first. HTTP/2: the client worker's own. HTTP/1.1: an idle
// one of the pool, else a new one.
bool Mesh::reserve_connection(Call& call, std::uint32_t host, std::uint32_t lane, bool http1) {
  HostView& view = hosts_[host];
  ++view.active;
  if (!http1) {
    call.connection = static_cast<std::uint8_t>(lane % kConnections);
    const std::uint64_t bit = std::uint64_t{1} << call.connection;
    if ((view.open & bit) != 0) return false;
    view.open |= bit;
    return true;
  }
  std::uint64_t& idle = idle_[host];
  if (idle != 0) {
    call.connection = static_cast<std::uint8_t>(lowest_bit(idle));
    idle &= idle - 1;
    return false;
  }
  if (~view.open == 0) {
    call.connection = kUnpooled;
    return true;
  }
  call.connection = static_cast<std::uint8_t>(lowest_bit(~view.open));
  view.open |= std::uint64_t{1} << call.connection;
  return true;
}

// When a message that is ready at `at` can use the connection. Two messages of one connection pass in order,
// so the one that opens it has been here before those that wait for it.
sim::Time Mesh::connection_ready(std::uint32_t host, std::uint32_t id, bool fresh, bool tls, sim::Time at,
                                 std::uint32_t from, const Work& work) {
  HostView& view = hosts_[host];
  if (fresh) {
    const double trips = plan_.network.connect_round_trips + (tls ? plan_.proxy.handshake_round_trips : 0.0);
    sim::Time ready = at;
    if (trips > 0.0) {
      const sim::Duration trip = network(from, work.pod, work.key, 3) + network(work.pod, from, work.key, 4);
      ready += static_cast<sim::Duration>(trips * static_cast<double>(trip));
      if (plan_.network.loss > 0.0 && sim::bernoulli(sim::bits(work.key, kConnectLoss), plan_.network.loss))
        ready += kSynRetransmission;
    }
    for (std::size_t i = 0; view.connecting > 0 && i < connecting_.size(); ++i) {
      Connecting& entry = connecting_[i];
      if (entry.host != host || entry.id != id || entry.opened != work.mark) continue;
      entry.ready = ready;
      if (ready <= now_) forget_connecting(i);
      break;
    }
    return ready;
  }
  if (view.connecting == 0) return at;
  sim::Time ready = at;
  for (std::size_t i = 0; i < connecting_.size();) {  // and forget every connection that is open by now
    const Connecting entry = connecting_[i];
    if (entry.host == host && entry.id == id && entry.opened <= work.mark) ready = std::max(at, entry.ready);
    if (entry.ready > now_) {
      ++i;
      continue;
    }
    forget_connecting(i);
  }
  return ready;
}

void Mesh::forget_connecting(std::size_t i) {
  --hosts_[connecting_[i].host].connecting;
  connecting_[i] = connecting_.back();
  connecting_.pop_back();
}

// An HTTP/1.1 connection goes back to the pool if it can serve again; a connection that broke is gone.
void Mesh::free_connection(const Call& call, const CallPlan& plan, std::uint32_t host, std::uint32_t server_pod,
                           bool reusable, bool broken) {
  if (call.connection == kUnpooled) return;
  HostView& view = hosts_[host];
  const std::uint64_t bit = std::uint64_t{1} << call.connection;
  if (plan.http1 && reusable) {
    idle_[host] |= bit;
  } else {  // HTTP/1.1: a request that nobody waits for costs its connection
    const auto opened = breaks_ ? opened_.find(connection_key(host, call.connection)) : opened_.end();
    const bool replaced = opened != opened_.end() && opened->second > call.attempt_started;  // not its own any more
    for (std::size_t i = 0; !replaced && view.connecting > 0 && i < connecting_.size(); ++i) {
      if (connecting_[i].host != host || connecting_[i].id != call.connection) continue;
      forget_connecting(i);
      break;
    }
    if (!replaced) view.open &= ~bit;
  }
  if (!broken) return;  // kube-proxy: the next connection may go elsewhere
  std::uint32_t& pin = pins_[views_[pods_[call.pod].first_view + plan.view].pins + client_lane(call)];
  if (pin == server_pod - plan.first_pod) pin = kNone;  // the others find out by themselves
  if (routing_of(call.config, plan).balancer == LoadBalancer::PickFirst) {
    std::uint32_t& first = views_[pods_[call.pod].first_view + plan.view].round_robin[0];
    if (first % plan.pods == server_pod - plan.first_pod) ++first;
  }
}

void Mesh::send(std::uint32_t slot) {
  Call& call = calls_[slot];
  const CallPlan& plan = plan_of(call);
  const Routing& routing = routing_of(call.config, plan);
  const sim::Key key = key_of_try(call);
  std::uint32_t first = plan.first_pod;
  std::uint32_t count = plan.pods;
  if (SIM_UNLIKELY(routing.split != kNone || call.version != kNoVersion)) {
    const bool again = call.attempt > 0 && routing.split != kNone && call.policy != kNone &&
                       plan_.policies[call.policy].retry.style == RetryStyle::Linkerd;
    if (call.version == kNoVersion || again) call.version = draw_version(call, routing, plan);
    const VersionPlan& version = plan_.versions[plan_.services[plan.service].first_version + call.version];
    first = version.first_pod;
    count = version.pods;
  }
  const bool measured = (call.flags & call_flag::kMeasured) != 0;
  ++recorder_.results.attempts;
  if (SIM_UNLIKELY(count == 0)) {  // no endpoint: answered locally, at once
    if (measured) recorder_.attempt_sent(plan.edge, false);
    if (measured) recorder_.attempt_ended(plan.edge, Outcome::NoHealthy);
    return attempt_ended(slot, Outcome::NoHealthy, 503, Parts{}, 0, false);
  }

  if (SIM_UNLIKELY(plan.pooled)) return send_pooled(slot, count);
  const ProxyPlan& proxy = plan_.proxy;
  const std::uint32_t lane = client_lane(call);
  const std::uint32_t worker = proxy.queueing ? client_worker(call, lane) : 0;
  const std::uint32_t pod = first + pick_replica(call, plan, routing, first, count, lane, worker, key);
  const std::uint32_t host = host_index(call, plan, pod);
  call.tried |= 1u << ((pod - plan.first_pod) & 31);
  const bool fresh = reserve_connection(call, host, proxy.queueing ? worker : lane, plan.http1);

  const std::uint32_t w = new_message(slot, call, plan, key, pod);
  if (SIM_UNLIKELY(fresh)) {
    Work& work = works_[w];
    work.flags |= work_flag::kNewConnection;
    if (call.connection != kUnpooled) {
      connecting_.push_back({host, call.connection, now_, sim::kHorizonMax});
      if (breaks_) opened_[connection_key(host, call.connection)] = now_;
      ++hosts_[host].connecting;
    }
    if (routing.mtls && proxy.present && proxies_[call.pod].present) {
      const std::uint64_t open = hosts_[host].open;  // another connection is there: this one is a stream of its tunnel
      work.handshakes = proxy.tunnels && (open & (open - 1)) != 0 ? 0 : 1;
    }
    if (measuring_) ++recorder_.results.resources.handshakes;
  }
  if (measured) recorder_.attempt_sent(plan.edge, fresh);
  recorder_.fact(Fact::AttemptSent, now_, key, plan_.pods[pod].key);
  if (SIM_UNLIKELY(options_.trace != nullptr)) {
    if (options_.trace_links) link_try(call, key, pod);
    add_trace("attempt-sent", key, pod, call.attempt);
  }

  // The per-try timer starts when the try is on a connection; time to connect is not covered (client_out()).
  if (call.policy != kNone && !fresh) {
    const CallPolicy& policy = plan_.policies[call.policy];
    if (policy.per_try > 0) arm(policy.per_try_lane, slot);
  }
  depart(w, call, plan, routing, pod, host, worker);
}

// Once per call: retries stay on the version. Linkerd draws for each try, among the versions that can serve.
std::uint8_t Mesh::draw_version(const Call& call, const Routing& routing, const CallPlan& plan) {
  const bool anew = call.policy != kNone && plan_.policies[call.policy].retry.style == RetryStyle::Linkerd;
  const SplitRow* row = &plan_.splits[routing.split];
  const SplitRow* const end = row + routing.split_count;
  const std::uint32_t first = plan_.services[plan.service].first_version;
  double u = sim::uniform(sim::bits(anew && call.attempt > 0 ? key_of_try(call) : call.key, kSplit));
  if (anew) {
    double ready = 0.0;
    for (const SplitRow* r = row; r != end; ++r)
      ready += can_serve(call, plan, routing, r->version) ? share_of(r, row) : 0.0;
    if (ready > 0.0) {
      u *= ready;
      for (const SplitRow* r = row; r != end; ++r) {
        if (!can_serve(call, plan, routing, r->version)) continue;
        row = r;
        u -= share_of(r, &plan_.splits[routing.split]);
        if (u < 0.0) break;
      }
      return static_cast<std::uint8_t>(row->version - first);
    }
  }
  while (u >= row->cumulative && row != end - 1) ++row;
  return static_cast<std::uint8_t>(row->version - first);
}

// Linkerd skips a backend all of whose replicas are shut or down, or that has none.
bool Mesh::can_serve(const Call& call, const CallPlan& plan, const Routing& routing, std::uint32_t version) {
  const std::uint32_t pods = plan_.versions[version].pods;
  if (pods == 0 || !plan.pooled) return pods > 0;
  const std::uint32_t first = views_[pods_[call.pod].first_view + plan.view].limited;
  const std::uint32_t v = first + 1 + (version - plan_.services[plan.service].first_version);
  const ClusterView& view = cluster_views_[v];
  const bool ejects = routing.outlier != kNone;
  if ((ejects ? view.ejected : 0) + view.unready < view.hosts) return true;
  list_available(v, ejects, ejects);  // who is due for a probe can serve it
  return !cluster_views_[v].available.empty();
}

}  // namespace models
