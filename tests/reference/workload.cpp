// Who asks: open traffic, paced connections, closed users. Identities: (workload, ordinal), (workload, user, k).
#include "models/workload/rate.h"
#include "tests/reference/engine.h"

namespace reference {
namespace {

constexpr std::uint64_t kInterarrival = 1, kThin = 2, kThink = 3, kReplica = 4, kPhase = 5, kJitter = 6;

double jitter(sim::Key key) { return 0.1 * (2.0 * sim::uniform(sim::bits(key, kJitter)) - 1.0); }

}  // namespace

void Engine::start_workload(std::uint32_t w) {
  const models::WorkloadPlan& plan = plan_.workloads[w];
  const models::TrafficSpec& spec = plan.spec;
  const std::uint32_t users = spec.users > 0 ? spec.users : spec.connections;
  if (users == 0) {
    if (plan.peak_rate > 0.0) next_arrival(w, 0, 0);
    return;
  }
  for (std::uint32_t u = 0; u < users; ++u) {
    const sim::Key key = sim::child_key(seed_ ^ plan.key, u);
    User& user = users_.emplace_back(User{w, u});
    if (spec.users > 0) {
      user.due = spec.think_time ? spec.think_time->sample(key, kThink) : 0;
    } else if (spec.arrivals == models::ArrivalKind::Jittered) {
      const double interval = 1e9 * spec.connections / plan.peak_rate;
      user.due = static_cast<sim::Time>(sim::uniform(sim::bits(key, kPhase)) * interval);
    }
    const std::size_t index = users_.size() - 1;
    if (user.due >= plan_.warmup + plan_.duration) continue;
    agenda_.of_request(user.due, Class::Arrival, key, [this, index] { send_of(index); });
  }
}

// Candidate i is kept with probability rate / peak rate.
void Engine::next_arrival(std::uint32_t w, std::uint64_t i, sim::Time before) {
  const models::WorkloadPlan& plan = plan_.workloads[w];
  const double spacing = 1e9 / plan.peak_rate;
  for (;; ++i) {
    const sim::Key key = sim::child_key(seed_ ^ plan.key, i);
    sim::Time at = 0;
    switch (plan.spec.arrivals) {
      case models::ArrivalKind::Poisson: {
        sim::Draws draws(key, kInterarrival);
        at = before + std::max<sim::Duration>(1, static_cast<sim::Duration>(sim::exponential(draws) * spacing));
        break;
      }
      case models::ArrivalKind::Renewal: at = before + plan.spec.interarrival->sample(key, kInterarrival); break;
      case models::ArrivalKind::Paced: at = static_cast<sim::Time>(static_cast<double>(i) * spacing); break;
      case models::ArrivalKind::Jittered:
        at = static_cast<sim::Time>((static_cast<double>(i) + 0.5 + jitter(key)) * spacing);
        break;
    }
    if (at >= plan_.warmup + plan_.duration) return;
    before = at;
    const bool varies = plan.spec.rate.kind != models::RateShape::Kind::Constant;
    const double share = varies ? models::rate_at(plan.spec.rate, at - plan_.warmup) / plan.peak_rate : 1.0;
    if (varies && !sim::bernoulli(sim::bits(key, kThin), share)) continue;
    agenda_.of_request(at, Class::Arrival, key, [this, w, i, at, key] {
      next_arrival(w, i + 1, at);
      open_root(w, key, std::nullopt);
    });
    return;
  }
}

void Engine::send_of(std::size_t index) {
  User& user = users_[index];
  if (user.busy) return;
  user.busy = true;
  const sim::Key mine = sim::child_key(seed_ ^ plan_.workloads[user.workload].key, user.index);
  open_root(user.workload, sim::child_key(mine, ++user.sent), index);
}

void Engine::answered(std::size_t index) {
  User& user = users_[index];
  user.busy = false;
  const models::WorkloadPlan& plan = plan_.workloads[user.workload];
  const models::TrafficSpec& spec = plan.spec;
  const sim::Key key = sim::child_key(sim::child_key(seed_ ^ plan.key, user.index), user.sent);
  if (spec.users > 0) {
    user.due = now() + (spec.think_time ? spec.think_time->sample(key, kThink) : 0);
  } else {
    const double interval = 1e9 * spec.connections / plan.peak_rate;
    if (spec.arrivals == models::ArrivalKind::Paced) {
      user.due = static_cast<sim::Time>(static_cast<double>(user.sent) * interval);
    } else {
      const bool jittered = spec.arrivals == models::ArrivalKind::Jittered;
      user.due += static_cast<sim::Duration>(interval * (jittered ? 1.0 + jitter(key) : 1.0));
    }
  }
  const sim::Time at = std::max(user.due, now());
  if (at >= plan_.warmup + plan_.duration) return;
  agenda_.of_request(at, Class::Arrival, key, [this, index] { send_of(index); });
}

// No client, no network: any replica of the entry, drawn by the request.
void Engine::open_root(std::uint32_t w, sim::Key key, std::optional<std::size_t> user) {
  const models::WorkloadPlan& plan = plan_.workloads[w];
  Call& call = calls_.emplace_back();
  call.key = key;
  call.callee = plan.service;
  call.endpoint = plan.endpoint;
  call.workload = w;
  call.user = user;
  ++told_.roots_opened;
  fact(facts::kCallOpened, key, plan.entry);
  const models::ServicePlan& service = plan_.services[plan.service];
  Request& r = requests_.emplace_back();
  r.key = sim::try_key(key, 0, 0);
  r.call = &call;
  r.pod = &pods_[service.first_pod + sim::below(sim::bits(key, kReplica), service.pods)];
  call.current = &r;
  ++told_.attempts;
  at_server(r);
}

void Engine::close_root(Request& r) {
  Call& call = *r.call;
  ++told_.roots_closed;
  fact(facts::kCallClosed, call.key, static_cast<std::uint64_t>(r.outcome));
  call.open = false;
  if (call.user) answered(*call.user);
}

}  // namespace reference
