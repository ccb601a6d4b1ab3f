#include "models/traffic/weighted.h"

#include <algorithm>
#include <numeric>

#include "sim/check.h"

namespace models {
namespace {

constexpr std::uint64_t kScheduleStart = 3;
constexpr sim::Time kOfOld = -1;
constexpr double kMostPicks = 4096.0;  // that a schedule starts with: any cycle worth telling from another is shorter

}  // namespace

struct WeightedPicks::Weigher {
  const Plan& plan;
  const Membership& members;
  const WarmupSpec* warmup;  // or null
  const HostView* hosts;     // or null: requests in flight do not count
  const std::vector<Joined>& joined;
  sim::Time now;

  [[nodiscard]] std::uint32_t base(std::uint32_t replica) const {
    return plan.weights.empty() ? 1 : plan.weights[members.first_pod + replica];
  }
  [[nodiscard]] double part(std::uint32_t replica) const {
    const Joined& known = joined[members.first_pod + replica];
    const sim::Time since = known.at < now ? known.at : known.before;
    if (warmup == nullptr || since == kOfOld) return 1.0;
    return slow_start(now - since, warmup->duration, warmup->minimum, warmup->aggression);
  }
  double operator()(std::uint32_t replica) const {
    const double weight = base(replica) * part(replica);
    return hosts == nullptr ? weight : least_request_weight(weight, hosts[replica].active);
  }
  // How many picks a cycle takes: what a start is drawn from.
  [[nodiscard]] std::uint32_t cycle(const std::vector<std::uint32_t>& replicas) const {
    std::uint64_t sum = 0;
    std::uint32_t divisor = 0;
    double least = 1.0;
    for (const std::uint32_t replica : replicas) {
      sum += base(replica);
      divisor = std::gcd(divisor, base(replica));
      least = std::min(least, part(replica));
    }
    const std::uint64_t picks = sum / divisor;
    return static_cast<std::uint32_t>(std::min(kMostPicks, static_cast<double>(picks) / least));
  }
};

void WeightedPicks::build(const Plan& plan, const std::vector<ClusterView>& views, std::uint32_t workers) {
  const bool used = std::any_of(plan.routings.begin(), plan.routings.end(), [](const Routing& routing) {
    return (routing.weighted && routing.balancer != LoadBalancer::ConnectionRandom) || routing.warmup != kNoExtra;
  });
  if (!used) return;
  plan_ = &plan;
  workers_per_view_ = workers;
  workers_.resize(views.size() * workers);
  joined_.assign(plan.pods.size(), {kOfOld, kOfOld});
  members_.reserve(views.size());
  const ClusterView* whole = nullptr;  // of a destination; its versions follow
  for (const ClusterView& view : views) {
    if (whole == nullptr || whole->pod != view.pod || whole->cluster != view.cluster) whole = &view;
    Membership members;
    members.key = view.key;
    members.first_pod = plan.services[plan.clusters[view.cluster].callee].first_pod + view.first_health;
    members.first_pod -= whole->first_health;
    members.pods = view.hosts;
    members_.push_back(members);
  }
}

std::uint32_t WeightedPicks::pick(const Routing& routing, std::uint32_t v, std::uint32_t number, Candidates among,
                                  const HostView* hosts, sim::Time now) {
  if (!routing.weighted && routing.warmup == kNoExtra) return kNone;
  Membership& members = members_[v];
  see_joins(members, now);
  Worker& worker = workers_[std::size_t{v} * workers_per_view_ + number];
  const bool same_policy = worker.balancer == routing.balancer && worker.warmup == routing.warmup;
  if (!worker.known || !same_policy || worker.changes != members.changes) {
    worker.anew = worker.known ? !same_policy : members.changes == 0;
    worker.known = true;
    worker.balancer = routing.balancer;
    worker.warmup = routing.warmup;
    worker.changes = members.changes;
    worker.schedules.clear();
  }
  const bool by_load = routing.balancer == LoadBalancer::LeastRequest;
  const WarmupSpec* const warmup = routing.warmup == kNoExtra ? nullptr : &plan_->warmups[routing.warmup];
  const Weigher weigher{*plan_, members, warmup, by_load ? hosts : nullptr, joined_, now};
  Schedule& schedule = schedule_of(worker, among, weigher, number);
  return schedule.plain ? kNone : schedule.edf.pick(weigher);
}

WeightedPicks::Schedule& WeightedPicks::schedule_of(Worker& worker, Candidates among, const Weigher& weigher,
                                                    std::uint32_t number) {
  for (Schedule& known : worker.schedules) {
    if (known.all != (among.list == nullptr) || known.replicas.size() != among.count) continue;
    if (known.all || std::equal(known.replicas.begin(), known.replicas.end(), among.list)) return known;
  }
  Schedule& made = worker.schedules.emplace_back();
  made.all = among.list == nullptr;
  made.replicas.resize(among.count);
  if (made.all) {
    std::iota(made.replicas.begin(), made.replicas.end(), 0U);
  } else {
    std::copy_n(among.list, among.count, made.replicas.begin());
  }
  const bool alike = std::all_of(made.replicas.begin(), made.replicas.end(), [&](std::uint32_t replica) {
    return weigher.base(replica) == weigher.base(made.replicas.front());
  });
  // As Envoy decides it when its hosts change: not by the ages of this list, and not again before the next change.
  const Membership& members = weigher.members;
  const bool warming =
      weigher.warmup != nullptr && (worker.anew || members.changed_at - members.joined_at <= weigher.warmup->duration);
  made.plain = among.count <= 1 || (alike && !warming);
  if (made.plain) return made;
  made.edf.reserve(among.count);
  for (const std::uint32_t replica : made.replicas) made.edf.add(replica, weigher(replica));
  const std::uint64_t draw = sim::bits(sim::child_key(members.key, number), kScheduleStart);
  made.edf.start(sim::below(draw, weigher.cycle(made.replicas)), weigher);
  return made;
}

void WeightedPicks::hosts_changed(std::uint32_t view, sim::Time now) {
  if (members_.empty()) return;
  ++members_[view].changes;
  members_[view].changed_at = now;
}

void WeightedPicks::joined(std::uint32_t pod, sim::Time now) {
  if (members_.empty()) return;
  joined_[pod] = {now, joined_[pod].at};
  joins_.push_back({pod, now});
}

// Not those of this very instant: whether the client's own event came before or after must not matter.
void WeightedPicks::see_joins(Membership& members, sim::Time now) {
  for (; members.seen < joins_.size() && joins_[members.seen].at < now; ++members.seen) {
    const Join& join = joins_[members.seen];
    if (join.pod < members.first_pod || join.pod >= members.first_pod + members.pods) continue;
    ++members.changes;
    members.joined_at = join.at;
    members.changed_at = std::max(members.changed_at, join.at);
  }
}

}  // namespace models
