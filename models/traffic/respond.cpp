// The answer travels back: server's proxy, wire, client's proxy, and the client's attempt ends. A late
// answer (its caller has given up or moved on) is dropped as soon as that is known: once late, always late,
// so nobody can tell where on the way it was dropped.
#include "models/policy/backoff.h"
#include "models/traffic/mesh.h"

namespace models {
namespace {

constexpr std::uint64_t kInbound = 0x696e'626f;  // "inbo"

}  // namespace

void Mesh::drop_late(std::uint32_t w) {
  trace("late-answer", works_[w].key, works_[w].pod, 0);
  free_work(w);
}

void Mesh::respond(std::uint32_t w) {
  Work& work = works_[w];
  work.flags |= work_flag::kReplied;
  const bool late = is_late(w);
  const Call& call = calls_[work.call];
  if (!late && (call.flags & call_flag::kRoot) != 0) return close_root(w);
  work.mark = now_;
  const std::uint32_t client = late ? kNone : call.pod;
  sim::Time at = now_;
  if (plan_.proxy.present) {
    const Proxy& proxy = proxies_[work.pod];
    const sim::Duration cpu = proxy.is_waypoint ? 0 : proxy.response_cpu;
    const sim::Duration post = proxy.is_waypoint ? 0 : proxy.post_cpu;
    if (!stations_.empty()) {
      return visit({.work = w,
                    .pod = work.pod,
                    .worker = work.proxy_worker,
                    .host = client,
                    .connection = 0,
                    .stage = Stage::ServerOut,
                    .cpu = cpu,
                    .post = post});
    }
    at = through(work.pod, work.proxy_worker, cpu, post, false);
  }
  if (SIM_UNLIKELY(late)) return drop_late(w);
  server_out(w, work.pod, client, at);
}

// The pod is down: the kernel of the node answers, no proxy is there to do it.
void Mesh::refuse(std::uint32_t w) {
  Work& work = works_[w];
  const bool fresh = (work.flags & work_flag::kNewConnection) != 0;
  answer_for(w, fresh ? Outcome::ConnectFailure : Outcome::ConnectionTermination);
}

// Nobody listens in the pod. Its proxy, if that lives on, tries again: no byte of the request has been taken.
void Mesh::no_application(std::uint32_t w) {
  Work& work = works_[w];
  const Pod& pod = pods_[work.pod];
  if (is_root(w) || (pod.flags & pod_flag::kCrashed) != 0) return refuse(w);
  if ((pod.flags & pod_flag::kGuarded) != 0 && turned_away(w)) return;
  if (work.pending >= plan_.proxy.inbound_retries || plan_.services[pod.service].grpc) return proxy_answers(w);
  const std::uint32_t k = ++work.pending;
  const sim::Duration delay = backoff_delay(BackoffSpec{}, k, 0, sim::child_key(work.key, kInbound + k));
  work.parts.retries += static_cast<float>(delay);
  if (measuring_) ++recorder_.results.endpoints[plan_.ops[work.pc].endpoint].inbound_retries;
  trace("inbound-retry", work.key, work.pod, static_cast<std::uint64_t>(delay));
  push_message(now_ + delay, EventKind::InboundRetry, w, work.key);
}

// Envoy gives the retry up with the request.
void Mesh::on_inbound_retry(std::uint32_t w) {
  if (is_late(w)) return drop_late(w);
  at_server(w);
}

// To its client that is an answer like any other.
void Mesh::proxy_answers(std::uint32_t w) {
  Work& work = works_[w];
  work.outcome = Outcome::Error;
  work.pending = plan_.services[pods_[work.pod].service].grpc ? 503 : plan_.proxy.without_application;
  trace("proxy-answers", work.key, work.pod, work.pending);
  respond(w);
}

// No filter chain of a strict proxy takes plaintext: it closes the connection that was accepted.
void Mesh::hang_up(std::uint32_t w) { answer_for(w, Outcome::ConnectionTermination); }

void Mesh::answer_for(std::uint32_t w, Outcome outcome) {
  Work& work = works_[w];
  work.outcome = outcome;
  work.pending = 503;
  work.flags |= work_flag::kReplied;
  if (is_late(w)) return drop_late(w);
  if ((calls_[work.call].flags & call_flag::kRoot) != 0) return close_root(w);
  const sim::Duration wire = network(work.pod, calls_[work.call].pod, work.key, 1);
  work.parts.network += static_cast<float>(wire);
  push_message(now_ + wire, EventKind::Deliver, w, work.key);
}

void Mesh::deliver(std::uint32_t w) {
  if (SIM_UNLIKELY(is_late(w))) return drop_late(w);
  const Work work = works_[w];  // a copy: the row is released before the caller goes on
  const Call& call = calls_[work.call];
  const CallPlan& plan = plan_of(call);
  const bool broken = work.outcome == Outcome::ConnectFailure || work.outcome == Outcome::ConnectionTermination;
  if (SIM_UNLIKELY(plan.pooled)) {
    end_pooled(work.call, work.pod, !broken, broken, work.outcome, work.pending);
  } else {
    release_connection(call, plan, work.pod, !broken, broken);
  }
  if ((call.flags & call_flag::kMeasured) != 0) recorder_.attempt_ended(plan.edge, work.outcome);
  recorder_.fact(Fact::AttemptEnded, now_, work.key, static_cast<std::uint64_t>(work.outcome));
  if (SIM_UNLIKELY(options_.trace != nullptr)) {
    if (options_.trace_links) link_parts(work);
    add_trace("attempt-ended", work.key, call.pod, static_cast<std::uint64_t>(work.outcome));
  }
  free_work(w);
  const bool degraded = (work.flags & work_flag::kDegraded) != 0;
  if (SIM_LIKELY(work.outcome == Outcome::Ok)) {
    return complete(work.call, Outcome::Ok, work.pending, work.parts, work.cpu, degraded);
  }
  attempt_ended(work.call, work.outcome, work.pending, work.parts, work.cpu, degraded);
}

}  // namespace models
