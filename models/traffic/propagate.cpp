// How a change of the intended policy reaches those who act by it. When it arrives depends on no request, so all
// arrivals are computed before the run: by the control plane's pipeline, by lead times of releases, by polls. A client
// acts by the snapshot it has: per knob, since a split may travel by replicas while a timeout waits for a release.
#include <algorithm>
#include <tuple>

#include "models/control/control_plane.h"
#include "models/plan/arrangement.h"
#include "models/traffic/mesh.h"
#include "models/traffic/releases.h"

namespace models {
namespace {

constexpr std::uint64_t kRuntimeConfig = 81;
constexpr std::uint64_t kReplicaRatio = 82;
constexpr sim::Key kControlPlaneSalt = 0x6973'7469'6f64;  // "istiod"

}  // namespace

void Mesh::start_propagation() {
  configs_.push_back(Config{});
  routings_.assign(plan_.routings.begin(), plan_.routings.begin() + static_cast<std::ptrdiff_t>(plan_.clusters.size()));
  recorder_.results.changes.resize(plan_.changes.size());
  if (plan_.changes.empty()) return;
  const sim::Time until = measure_end_ + plan_.drain;
  std::vector<sim::Time> at;
  for (const ChangePlan& change : plan_.changes) at.push_back(change.at);

  std::vector<std::uint32_t> pushed;  // pods
  std::vector<sim::Key> keys;
  for (std::uint32_t p = 0; p < pods_.size(); ++p) {
    if (knobs_by(plan_.holders[pods_[p].service], Carrier::Push) == 0) continue;
    if (plan_.holders[pods_[p].service].by == EnforcedBy::None) continue;
    if (plan_.pods[p].station != p) continue;  // one proxy for all pods of a node
    pushed.push_back(p);
    keys.push_back(plan_.pods[p].key);
  }
  if (!pushed.empty()) {
    const PropagationInput input{.spec = plan_.control_plane,
                                 .changes = at,
                                 .proxies = keys,
                                 .outages = plan_.control_plane_outages,
                                 .until = until,
                                 .key = seed_key_ ^ kControlPlaneSalt};
    for (const Delivery& delivery : propagate(input)) {
      for (std::uint32_t pod = pushed[delivery.proxy]; pod < pods_.size(); ++pod) {
        if (plan_.pods[pod].station != pushed[delivery.proxy]) continue;
        applies_.push_back({delivery.at, pod, static_cast<std::uint8_t>(delivery.change + 1),
                            knobs_by(plan_.holders[pods_[pod].service], Carrier::Push)});
        if (!plan_.proxy.shared) break;
      }
    }
  }
  for (std::size_t k = 0; k < plan_.changes.size(); ++k) {
    const sim::Key change = seed_key_ ^ plan_.changes[k].key;
    const std::vector<sim::Duration> releases = releases_of(plan_, k, seed_key_);
    for (std::size_t s = 0; s < plan_.services.size(); ++s) {
      const HolderPlan& holder = plan_.holders[s];
      if (holder.by == EnforcedBy::None || holder.alters[k] == 0) continue;  // a release that changes nothing is none
      const sim::Key own = sim::child_key(change, plan_.services[s].key);
      const auto arrives = [&](Carrier carrier, sim::Duration delay) {
        const std::uint16_t knobs = knobs_by(holder, carrier);
        if (knobs == 0 || delay > until - at[k]) return;
        const ServicePlan& service = plan_.services[s];
        for (std::uint32_t p = service.first_pod; p < service.first_pod + service.pods; ++p) {
          applies_.push_back({at[k] + delay, p, static_cast<std::uint8_t>(k + 1), knobs});
        }
      };
      arrives(Carrier::RuntimeConfig, plan_.runtime_config.sample(own, kRuntimeConfig));
      arrives(Carrier::ReplicaRatio, plan_.replica_ratio.sample(change, kReplicaRatio));  // the callee's: one for all
      arrives(Carrier::Redeploy, releases[s]);
    }
  }
  std::sort(applies_.begin(), applies_.end(), [](const Arrival& a, const Arrival& b) {
    return std::tie(a.at, a.pod, a.knobs, a.snapshot) < std::tie(b.at, b.pod, b.knobs, b.snapshot);
  });
  for (std::uint32_t k = 0; k < plan_.changes.size(); ++k) push_control(at[k], EventKind::Change, k);
  for (std::uint32_t i = 0; i < applies_.size(); ++i) push_control(applies_[i].at, EventKind::Apply, i);
}

// Of one destination, from the snapshots of its knobs.
Routing Mesh::compose(const Config& config, std::size_t cluster) const {
  const auto from = [&](Knob knob) -> const Routing& {
    return plan_.routings[config[static_cast<std::size_t>(knob)] * plan_.clusters.size() + cluster];
  };
  const std::size_t timeouts = config[static_cast<std::size_t>(Knob::Timeout)];
  const std::size_t retries = config[static_cast<std::size_t>(Knob::Retries)];
  Routing routing = from(Knob::LoadBalancer);
  routing.deadline = from(Knob::Timeout).deadline;
  routing.mtls = from(Knob::Mtls).mtls;
  routing.pool = from(Knob::ConnectionPool).pool;
  routing.outlier = from(Knob::OutlierDetection).outlier;
  routing.split = from(Knob::Split).split;
  routing.split_count = from(Knob::Split).split_count;
  routing.fault = from(Knob::Fault).fault;
  routing.mirror = from(Knob::Mirror).mirror;
  routing.policy = timeouts == retries
                       ? from(Knob::Timeout).policy
                       : plan_.mixed_policies[(timeouts * plan_.snapshots + retries) * plan_.clusters.size() + cluster];
  routing.prepares = prepares(plan_, routing);
  return routing;
}

std::uint16_t Mesh::config_of(const Config& config) {
  const auto known = std::find(configs_.begin(), configs_.end(), config);
  const auto index = static_cast<std::uint16_t>(known - configs_.begin());
  if (known != configs_.end()) return index;
  configs_.push_back(config);
  SIM_CHECK(configs_.size() < 0xffff, "more than 65,534 mixtures of configurations");
  for (std::size_t c = 0; c < plan_.clusters.size(); ++c) routings_.push_back(compose(config, c));
  return index;
}

void Mesh::on_change(std::uint32_t change) {
  Config config;
  config.fill(static_cast<std::uint8_t>(change + 1));
  intended_ = config_of(config);
  trace("policy-changed", plan_.changes[change].key, 0, change + 1);
}

void Mesh::on_apply(std::uint32_t index) {
  const Arrival& arrival = applies_[index];
  Pod& pod = pods_[arrival.pod];
  Config config = configs_[pod.config];
  const Config before = config;
  for (std::size_t k = 0; k < kKnobs; ++k) {  // a release carries every earlier change of the same file
    if ((arrival.knobs >> k & 1) != 0) config[k] = std::max(config[k], arrival.snapshot);
  }
  if (config == before) return;
  pod.config = config_of(config);
  recorder_.fact(Fact::SnapshotApplied, now_, plan_.pods[arrival.pod].key, arrival.snapshot);
  trace("snapshot-applied", plan_.pods[arrival.pod].key, arrival.pod, arrival.snapshot);

  // Which changes does the client have now, with all of their knobs that concern it?
  const HolderPlan& holder = plan_.holders[pod.service];
  const auto has = [&](const Config& c, std::size_t change) {
    for (std::size_t k = 0; k < kKnobs; ++k) {
      if ((holder.alters[change] >> k & 1) != 0 && c[k] <= change) return false;
    }
    return true;
  };
  for (std::size_t change = 0; change < plan_.changes.size(); ++change) {
    if (holder.alters[change] == 0 || has(before, change) || !has(config, change)) continue;
    if (now_ >= measure_end_) continue;
    ChangeResults& results = recorder_.results.changes[change];
    ++results.arrived;
    results.delay.observe(now_ - plan_.changes[change].at);
  }
}

// The first change that the client lacks and that alters what it does for this destination.
std::size_t Mesh::first_missing(std::uint16_t config, const CallPlan& plan) const {
  const Config& has = configs_[config];
  Config reached = has;
  for (std::size_t change = 0; change < plan_.changes.size(); ++change) {
    for (std::uint8_t& snapshot : reached) snapshot = std::max(snapshot, static_cast<std::uint8_t>(change + 1));
    if (!(compose(reached, plan.cluster) == routing_of(config, plan))) return change;
  }
  return plan_.changes.size() - 1;
}

// True if the client's configuration is not the intended one, as far as this call is concerned.
bool Mesh::note_stale(std::uint16_t config, const CallPlan& plan) {
  if (!plan.enforced || routing_of(config, plan) == routing_of(intended_, plan)) return false;
  ++recorder_.results.changes[first_missing(config, plan)].stale_calls;
  return true;
}

bool Mesh::is_strict(std::uint32_t pod) const {
  const HolderPlan& holder = plan_.holders[pods_[pod].service];
  if (holder.strict.empty()) return false;
  return holder.strict[configs_[pods_[pod].config][static_cast<std::size_t>(Knob::Mtls)]] != 0;
}

void Mesh::end_propagation() {
  for (std::size_t change = 0; change < plan_.changes.size(); ++change) {
    if (plan_.changes[change].at > measure_end_) continue;
    ChangeResults& results = recorder_.results.changes[change];
    for (std::size_t s = 0; s < plan_.services.size(); ++s) {
      if (plan_.holders[s].alters[change] != 0) results.holders += plan_.services[s].pods;
    }
    if (results.holders > 0 && results.arrived == results.holders) results.complete.observe(results.delay.max());
  }
}

}  // namespace models
