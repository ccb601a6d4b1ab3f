// The client sends one try: version by the split, replica by the balancer, a connection, and the message.
// Everything read here belongs to the client pod (its view, its connections, its snapshot).
#include <algorithm>

#include "models/balance/pick.h"
#include "models/traffic/mesh.h"
#include "sim/check.h"

namespace models {
namespace {

constexpr std::uint64_t kSplit = 11;
constexpr std::uint64_t kLane = 12;
constexpr std::uint64_t kNetwork = 20;  // + direction
constexpr std::uint64_t kLoss = 40;     // + direction
constexpr std::uint64_t kConnectLoss = 61;

constexpr sim::Duration kRetransmission = 200 * sim::kMillisecond;  // first retransmission timeout of Linux TCP
constexpr sim::Duration kSynRetransmission = 1 * sim::kSecond;      // RFC 6298: initial timeout
constexpr std::uint8_t kUnpooled = 255;                             // an HTTP/1.1 connection beyond the 64 tracked

std::uint32_t lowest_bit(std::uint64_t bits) { return static_cast<std::uint32_t>(__builtin_ctzll(bits)); }

}  // namespace

sim::Key Mesh::key_of_try(const Call& call) const {
  if ((call.flags & call_flag::kAppLayer) != 0) return sim::try_key(call.key, call.attempt, 0);
  return sim::try_key(call.key, call.outer_attempt, call.attempt);
}

std::uint32_t Mesh::client_lane(const Call& call) const {
  return sim::below(sim::bits(call.key, kLane), plan_.services[pods_[call.pod].service].lanes);
}

// A connection of the application to its proxy belongs to one worker of the proxy.
std::uint32_t Mesh::client_worker(const Call& call) const {
  if (!plan_.proxy.present || !plan_.proxy.queueing) return 0;
  const std::uint64_t connection = plan_.pods[call.pod].key + (client_lane(call) + 1) * sim::detail::kChildStep;
  return sim::below(sim::mix(connection), plan_.proxy.workers);
}

std::uint32_t Mesh::host_index(const Call& call, std::uint32_t server_pod) const {
  const CallPlan& plan = plan_of(call);
  return views_[pods_[call.pod].first_view + plan.view].hosts + server_pod - plan_.services[plan.service].first_pod;
}

sim::Duration Mesh::network(std::uint32_t from, std::uint32_t to, sim::Key key, std::uint64_t direction) {
  const bool near = plan_.zones == 1 || plan_.pods[from].zone == plan_.pods[to].zone;
  const NetworkSpec& network = plan_.network;
  sim::Duration delay = (near ? network.same_zone : network.cross_zone).sample(key, kNetwork + direction);
  if (network.loss > 0.0) {  // every loss is a retransmission, its timeout doubling
    sim::Draws draws(key, kLoss + direction);
    for (sim::Duration wait = kRetransmission; sim::bernoulli(draws.next(), network.loss) && wait < 60 * sim::kSecond;
         wait *= 2) {
      delay += wait;
    }
  }
  return delay;
}

std::uint32_t Mesh::pick_replica(Call& call, View& view, const Routing& routing, std::uint32_t first,
                                 std::uint32_t count, std::uint32_t lane, std::uint32_t worker, sim::Key key) {
  const RetryPolicy* retry = call.policy != kNone ? &plan_.policies[call.policy].retry : nullptr;
  const bool avoid = retry != nullptr && retry->avoid_tried_hosts && call.attempt > 0;
  const std::uint32_t offset = first - plan_.services[plan_of(call).service].first_pod;
  const HostView* hosts = &hosts_[view.hosts + offset];
  std::uint32_t picked = 0;
  for (std::uint64_t repick = 0;; ++repick) {
    switch (routing.balancer) {
      case LoadBalancer::ConnectionRandom: {
        std::uint32_t& pin = pins_[view.pins + lane];
        if (pin == kNone || routing.split != kNone || repick > 0) pin = pick_random(count, key, repick);
        picked = pin;
        break;
      }
      case LoadBalancer::Random: picked = pick_random(count, key, repick); break;
      case LoadBalancer::RoundRobin: picked = pick_round_robin(count, view.round_robin[worker & 3]); break;
      case LoadBalancer::LeastRequest:
        picked = pick_least_request(count, routing.choices, key, repick,
                                    [hosts](std::uint32_t i) { return hosts[i].active; });
        break;
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
    call.connection = static_cast<std::uint8_t>(lane & 63);
    const std::uint64_t bit = std::uint64_t{1} << call.connection;
    if ((view.open & bit) != 0) return false;
    view.open |= bit;
    return true;
  }
  if (view.idle != 0) {
    call.connection = static_cast<std::uint8_t>(lowest_bit(view.idle));
    view.idle &= view.idle - 1;
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
                                 std::uint32_t from, std::uint32_t to, sim::Key key) {
  HostView& view = hosts_[host];
  if (fresh) {
    const double trips = plan_.network.connect_round_trips + (tls ? plan_.proxy.handshake_round_trips : 0.0);
    sim::Time ready = at;
    if (trips > 0.0) {
      const sim::Duration trip = network(from, to, key, 3) + network(to, from, key, 4);
      ready += static_cast<sim::Duration>(trips * static_cast<double>(trip));
      if (plan_.network.loss > 0.0 && sim::bernoulli(sim::bits(key, kConnectLoss), plan_.network.loss))
        ready += kSynRetransmission;
    }
    if (ready > at && id != kUnpooled) {
      connecting_.push_back({host, static_cast<std::uint8_t>(id), ready});
      ++view.connecting;
    }
    return ready;
  }
  if (view.connecting == 0) return at;
  sim::Time ready = at;
  for (std::size_t i = 0; i < connecting_.size();) {  // and forget every connection that is open by now
    const Connecting entry = connecting_[i];
    if (entry.host == host && entry.id == id) ready = std::max(at, entry.ready);
    if (entry.ready > now_) {
      ++i;
      continue;
    }
    --hosts_[entry.host].connecting;
    connecting_[i] = connecting_.back();
    connecting_.pop_back();
  }
  return ready;
}

// The try is over for the client: its view forgets it, the connection is free again or gone.
void Mesh::release_connection(const Call& call, bool reusable, bool broken) {
  const std::uint32_t index = host_index(call, works_[call.work].pod);
  HostView& view = hosts_[index];
  --view.active;
  if (call.connection == kUnpooled) return;
  const std::uint64_t bit = std::uint64_t{1} << call.connection;
  const bool http1 = plan_.services[plan_of(call).service].http1;
  if (http1 && reusable) {
    view.idle |= bit;
  } else if (http1 || broken) {  // HTTP/1.1: a request that nobody waits for costs its connection
    view.open &= ~bit;
    if (view.connecting > 0) {
      for (std::size_t i = 0; i < connecting_.size(); ++i) {
        if (connecting_[i].host == index && connecting_[i].id == call.connection) {
          connecting_[i] = connecting_.back();
          connecting_.pop_back();
          --view.connecting;
          break;
        }
      }
    }
  }
  if (broken && !pins_.empty()) {  // kube-proxy: the next connection may go elsewhere
    const CallPlan& plan = plan_of(call);
    const View& v = views_[pods_[call.pod].first_view + plan.view];
    const std::uint32_t lanes = plan_.services[pods_[call.pod].service].lanes;
    const std::uint32_t replica = works_[call.work].pod - plan_.services[plan.service].first_pod;
    for (std::uint32_t l = 0; l < lanes; ++l) {
      if (pins_[v.pins + l] == replica) pins_[v.pins + l] = kNone;
    }
  }
}

void Mesh::send(std::uint32_t slot) {
  Call& call = calls_[slot];
  const CallPlan& plan = plan_of(call);
  const ServicePlan& caller = plan_.services[pods_[call.pod].service];
  const ServicePlan& callee = plan_.services[plan.service];
  const Routing& routing = plan_.routings[call.snapshot * plan_.clusters.size() + plan.cluster];
  const sim::Key key = key_of_try(call);
  View& view = views_[pods_[call.pod].first_view + plan.view];

  std::uint32_t first = callee.first_pod;
  std::uint32_t count = callee.pods;
  if (routing.split != kNone) {
    if (call.version == 0xffff) {  // once per call: retries stay on the version (trap 14)
      const double u = sim::uniform(sim::bits(call.key, kSplit));
      const SplitRow* row = &plan_.splits[routing.split];
      while (u >= row->cumulative && row + 1 < &plan_.splits[routing.split] + routing.split_count) ++row;
      call.version = static_cast<std::uint16_t>(row->version - callee.first_version);
    }
    const VersionPlan& version = plan_.versions[callee.first_version + call.version];
    first = version.first_pod;
    count = version.pods;
  }
  const bool measured = (call.flags & call_flag::kMeasured) != 0;
  ++recorder_.results.attempts;
  if (count == 0) {  // no endpoint: answered locally, at once
    if (measured) recorder_.attempt_sent(plan.edge, false);
    if (measured) recorder_.attempt_ended(plan.edge, Outcome::NoHealthy);
    return attempt_ended(slot, Outcome::NoHealthy, 503, Parts{}, 0, false);
  }

  const std::uint32_t lane = client_lane(call);
  const bool proxied = plan_.proxy.present;
  const std::uint32_t worker = client_worker(call);
  const std::uint32_t picked = pick_replica(call, view, routing, first, count, lane, worker, key);
  const std::uint32_t pod = first + picked;
  const std::uint32_t host = view.hosts + pod - callee.first_pod;
  call.tried |= 1u << ((pod - callee.first_pod) & 31);
  const bool fresh = reserve_connection(call, host, proxied && plan_.proxy.queueing ? worker : lane, callee.http1);

  const std::uint32_t w = new_work();
  Work& work = works_[w];
  work = Work{};
  work.key = key;
  work.mark = now_;
  work.call = slot;
  work.call_generation = calls_.generation(slot);
  work.pod = pod;
  work.pc =
      plan_.programs[plan_.versions[plan_.pods[pod].version].program_base + plan.endpoint - callee.first_endpoint];
  if (fresh) work.flags |= work_flag::kNewConnection;
  if (fresh && proxied && routing.mtls) work.call_generation |= 1u << 31;
  call.work = w;
  if (measured) recorder_.attempt_sent(plan.edge, fresh);
  if (fresh && measuring_) ++recorder_.results.resources.handshakes;
  if (proxied && plan_.proxy.queueing) {
    const sim::Key pair =
        plan_.pods[call.pod].key ^ (plan_.pods[pod].key + (call.connection + 1u) * sim::detail::kAppStep);
    work.call_generation |= sim::below(sim::mix(pair), plan_.proxy.workers) << 24;
  }
  recorder_.fact(Fact::AttemptSent, now_, key, plan_.pods[pod].key);
  trace("attempt-sent", key, pod, call.attempt);

  // The per-try timer starts when the try is on a connection; time to connect is not covered (passed()).
  if (call.policy != kNone && !fresh) {
    const CallPolicy& policy = plan_.policies[call.policy];
    if (policy.per_try > 0) arm(policy.per_try_lane, slot);
  }

  Visit v{.work = w,
          .pod = call.pod,
          .worker = worker,
          .host = host,
          .connection = call.connection,
          .stage = Stage::ClientOut,
          .cpu = 0,
          .post = 0};
  if (proxied) v.cpu = caller.request_cpu + (shakes_hands(work) ? plan_.proxy.handshake_client_cpu : 0);
  visit(v);
}

}  // namespace models
