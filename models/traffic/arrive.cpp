// Workloads: open traffic by keyed inter-arrival draws (thinned where the rate changes), paced connections
// with catch-up, closed users with think time. A root request opens a call row without a client.
#include "models/traffic/mesh.h"
#include "models/workload/rate.h"

namespace models {
namespace {

constexpr std::uint64_t kInterarrival = 1;
constexpr std::uint64_t kThin = 2;
constexpr std::uint64_t kThink = 3;
constexpr std::uint64_t kReplica = 4;
constexpr std::uint64_t kPhase = 5;
constexpr std::uint64_t kJitter = 6;

constexpr double kJitterShare = 0.1;  // fortio's -jitter: each send within +-10 % of its interval

}  // namespace

void Mesh::start_workloads() {
  workloads_.resize(plan_.workloads.size());
  for (std::uint32_t w = 0; w < workloads_.size(); ++w) {
    const WorkloadPlan& plan = plan_.workloads[w];
    WorkloadState& state = workloads_[w];
    state.first_user = static_cast<std::uint32_t>(users_.size());
    const std::uint32_t users = plan.spec.users > 0 ? plan.spec.users : plan.spec.connections;
    for (std::uint32_t u = 0; u < users; ++u) {
      users_.push_back({w, u, 0, 0, false});
      const auto global = static_cast<std::uint32_t>(users_.size() - 1);
      const sim::Key key = sim::child_key(seed_key_ ^ plan.key, u);
      if (plan.spec.users > 0) {
        users_[global].due = plan.spec.think_time ? plan.spec.think_time->sample(key, kThink) : 0;
      } else if (plan.spec.arrivals == ArrivalKind::Jittered) {
        const double interval = 1e9 * plan.spec.connections / plan.peak_rate;
        users_[global].due = static_cast<sim::Time>(sim::uniform(sim::bits(key, kPhase)) * interval);
      }
      if (users_[global].due < measure_end_) push(users_[global].due, EventKind::UserSend, global, 0, key);
    }
    if (users == 0 && plan.peak_rate > 0.0) schedule_next_arrival(w);
  }
}

// The i-th candidate of a workload is a draw of its own (keyed by i), kept with probability rate / peak.
void Mesh::schedule_next_arrival(std::uint32_t workload) {
  const WorkloadPlan& plan = plan_.workloads[workload];
  WorkloadState& state = workloads_[workload];
  const double spacing = 1e9 / plan.peak_rate;
  for (;;) {
    const std::uint64_t i = state.ordinal++;
    const sim::Key key = sim::child_key(seed_key_ ^ plan.key, i);
    sim::Time at = 0;
    switch (plan.spec.arrivals) {
      case ArrivalKind::Poisson: {
        sim::Draws draws(key, kInterarrival);
        const auto gap = static_cast<sim::Duration>(sim::exponential(draws) * spacing);
        at = state.next + (gap < 1 ? 1 : gap);
        break;
      }
      case ArrivalKind::Renewal: at = state.next + plan.spec.interarrival->sample(key, kInterarrival); break;
      case ArrivalKind::Paced:  // exactly i intervals after the start: no drift
        at = static_cast<sim::Time>(static_cast<double>(i) * spacing);
        break;
      case ArrivalKind::Jittered: {
        const double u = 2.0 * sim::uniform(sim::bits(key, kJitter)) - 1.0;
        at = static_cast<sim::Time>((static_cast<double>(i) + 0.5 + kJitterShare * u) * spacing);
        break;
      }
    }
    state.next = at;
    if (at >= measure_end_) return;
    if (plan.spec.rate.kind != RateShape::Kind::Constant) {
      const double keep = rate_at(plan.spec.rate, at - plan_.warmup) / plan.peak_rate;
      if (!sim::bernoulli(sim::bits(key, kThin), keep)) continue;
    }
    push(at, EventKind::Arrive, workload, 0, key);
    return;
  }
}

sim::Key Mesh::key_of_arrival(std::uint32_t workload) const {
  return sim::child_key(seed_key_ ^ plan_.workloads[workload].key, workloads_[workload].ordinal - 1);
}

sim::Key Mesh::key_of_send(const User& u) const {
  return sim::child_key(sim::child_key(seed_key_ ^ plan_.workloads[u.workload].key, u.index), u.ordinal + 1);
}

// No client: any replica of the entry, drawn per request.
std::uint32_t Mesh::entry_pod(std::uint32_t workload, sim::Key key) const {
  const ServicePlan& service = plan_.services[plan_.workloads[workload].service];
  return service.first_pod + sim::below(sim::bits(key, kReplica), service.pods);
}

void Mesh::on_arrive(std::uint32_t workload) {
  const sim::Key key = key_of_arrival(workload);
  schedule_next_arrival(workload);
  open_root(workload, key, now_, kNone);
}

void Mesh::on_user_send(std::uint32_t user) {
  User& u = users_[user];
  if (u.busy) return;  // a paced connection that is late: it catches up when the answer is there
  u.busy = true;
  const sim::Key key = key_of_send(u);
  ++u.ordinal;
  open_root(u.workload, key, now_, user);
}

void Mesh::user_answered(std::uint32_t user) {
  User& u = users_[user];
  u.busy = false;
  const WorkloadPlan& plan = plan_.workloads[u.workload];
  const sim::Key key = sim::child_key(sim::child_key(seed_key_ ^ plan.key, u.index), u.ordinal);
  if (plan.spec.users > 0) {
    u.due = now_ + (plan.spec.think_time ? plan.spec.think_time->sample(key, kThink) : 0);
  } else {
    const double interval = 1e9 * plan.spec.connections / plan.peak_rate;
    double step = interval;
    if (plan.spec.arrivals == ArrivalKind::Jittered) {
      step *= 1.0 + kJitterShare * (2.0 * sim::uniform(sim::bits(key, kJitter)) - 1.0);
    }
    const sim::Time next = plan.spec.arrivals == ArrivalKind::Paced
                               ? static_cast<sim::Time>(static_cast<double>(u.ordinal) * interval)
                               : u.due + static_cast<sim::Duration>(step);
    u.due = next;
  }
  const sim::Time at = u.due < now_ ? now_ : u.due;  // catch-up: late ones go at once
  if (at < measure_end_) push(at, EventKind::UserSend, user, 0, key);
}

void Mesh::open_root(std::uint32_t workload, sim::Key key, sim::Time intended, std::uint32_t user) {
  const WorkloadPlan& plan = plan_.workloads[workload];
  const std::uint32_t slot = new_call();
  Call& call = calls_[slot];
  call = Call{};
  call.key = key;
  call.opened = call.attempt_started = intended;
  call.parent = user;
  call.plan = workload;
  call.flags = call_flag::kRoot;
  if (measuring_) {
    call.flags |= call_flag::kMeasured;
    recorder_.root_opened(plan.entry, intended);
  }
  ++recorder_.results.roots_opened;
  recorder_.fact(Fact::CallOpened, now_, key, plan.entry);
  trace("root-opened", key, plan.entry, workload);

  const std::uint32_t pod = entry_pod(workload, key);
  const std::uint32_t w = new_work();
  Work& work = works_.renew(w);
  work.key = sim::try_key(key, 0, 0);
  work.call = slot;
  work.pod = pod;
  work.pc = plan_.programs[plan_.pods[pod].programs + plan.endpoint];
  call.work = w;
  ++recorder_.results.attempts;
  at_server(w);
}

void Mesh::close_root(std::uint32_t w) {
  const Work& work = works_[w];
  const std::uint32_t slot = work.call;
  const Call& call = calls_[slot];
  const std::uint32_t user = call.parent;
  if (work.outcome == Outcome::Ok) recorder_.used(work.cpu);
  if ((call.flags & call_flag::kMeasured) != 0) {
    recorder_.root_closed(plan_.workloads[call.plan].entry, call.opened, now_, work.outcome,
                          (work.flags & work_flag::kDegraded) != 0, work.parts);
  }
  ++recorder_.results.roots_closed;
  recorder_.fact(Fact::CallClosed, now_, call.key, static_cast<std::uint64_t>(work.outcome));
  trace("root-closed", call.key, plan_.workloads[call.plan].entry, static_cast<std::uint64_t>(work.outcome));
  free_work(w);
  close_row(slot);
  if (user != kNone) user_answered(user);
}

}  // namespace models
