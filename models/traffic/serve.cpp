// The application: admission, the bounded queue, workers, and the endpoint's steps. A frame is a Work row
// that runs a program; branches of a parallel step that are more than one call get frames of their own.
// An asynchronous server gives its worker back at each call and takes one again, at the head of the queue,
// when the next `work` step comes (a reply needs none); a blocking server keeps it.
#include "models/traffic/mesh.h"
#include "sim/check.h"

namespace models {
namespace {

constexpr std::uint64_t kService = 200;  // + salt of the step: drawn by the try
constexpr std::uint64_t kSkip = 1ull << 40;
constexpr std::uint64_t kError = 210ull << 40;  // xor the endpoint's name

}  // namespace

// What an endpoint draws errors by: the try, or the root request, found through the frames that wait.
sim::Key Mesh::error_key(const Work& work) const {
  sim::Key key = work.key;
  const Work* asked = &work;
  for (std::uint32_t depth = 0; depth < 1024 && belongs_to(asked->key, calls_[asked->call]); ++depth) {
    const Call* call = &calls_[asked->call];
    while ((call->flags & call_flag::kInner) != 0 && calls_.generation(call->parent) == call->parent_generation) {
      call = &calls_[call->parent];
    }
    key = call->key;
    if ((call->flags & (call_flag::kRoot | call_flag::kDetached | call_flag::kInner)) != 0) break;
    std::uint32_t frame = call->parent;
    if (works_.generation(frame) != call->parent_generation) break;
    while ((works_[frame].flags & work_flag::kBranch) != 0) {
      if (works_.generation(works_[frame].call) != works_[frame].mark) return key;
      frame = works_[frame].call;
    }
    asked = &works_[frame];
  }
  return key;
}

// True if the row still holds the call that made this try: rows are reused, identities are not.
bool Mesh::belongs_to(sim::Key of_try, Call call) const {
  if (call.state == CallState::Free) return false;
  for (std::uint32_t attempt = call.attempt + 1U; attempt-- > 0;) {
    call.attempt = static_cast<std::uint8_t>(attempt);
    if (key_of_try(call) == of_try) return true;
  }
  return false;
}

// REQUIRES: the op's endpoint draws errors.
bool Mesh::error_drawn(const Work& work, const Op& op) const {
  const ErrorSpec& error = plan_.errors[op.error];
  const sim::Key key = error.per == ErrorPer::Request ? error_key(work) : work.key;
  return sim::bernoulli(sim::bits(key, kError ^ plan_.endpoint_keys[op.endpoint]), error.rate);
}

void Mesh::at_server(std::uint32_t w) {
  Work& work = works_[w];
  Pod& pod = pods_[work.pod];
  if (SIM_UNLIKELY((pod.flags & pod_flag::kDown) != 0)) return no_application(w);
  work.flags = static_cast<std::uint8_t>(work.flags & ~work_flag::kNewConnection);  // from here the bit means: begun
  work.mark = now_;
  if (SIM_UNLIKELY((pod.flags & pod_flag::kGuarded) != 0) && turned_away(w)) return;
  if (SIM_UNLIKELY(plan_.carries_deadlines)) start_deadline(w);
  const Op& op = plan_.ops[work.pc];
  if (measuring_) {
    work.flags |= work_flag::kMeasured;
    ++pod.requests;
  }
  if (op.error != kNone) {
    const ErrorSpec& error = plan_.errors[op.error];
    if (error.when == ErrorWhen::Before && error_drawn(work, op)) {
      if (measuring_) {
        recorder_.request_arrived(op.endpoint, false);
        ++recorder_.results.endpoints[op.endpoint].errors;
      }
      work.outcome = Outcome::Error;
      work.pending = error.status;
      return respond(w);
    }
  }
  const bool starts = pod.free_workers > 0 && (pod.flags & pod_flag::kStalled) == 0;
  if (!starts && pod.queue_length >= plan_.services[pod.service].queue_capacity) {
    if (measuring_) {
      recorder_.request_arrived(op.endpoint, false);
      ++recorder_.results.endpoints[op.endpoint].rejected;
    }
    work.outcome = Outcome::Overflow;
    work.pending = 503;
    return respond(w);
  }
  if (measuring_) recorder_.request_arrived(op.endpoint, !starts);
  work.flags |= work_flag::kArrived;
  enter(pod);
  if (SIM_UNLIKELY(work.link == kGone)) return arrive_gone(w, starts);
  if (starts) return begin(w);
  enqueue(work.pod, w, false);
}

// The cancellation was faster: it takes effect right behind the request.
void Mesh::arrive_gone(std::uint32_t w, bool starts) {
  const std::uint32_t generation = works_.generation(w);
  works_[w].link = kNone;
  if (starts) {
    begin(w);
  } else {
    enqueue(works_[w].pod, w, false);
  }
  if (works_.generation(w) == generation) on_cancel(w);
}

// True if the step took no time. A frame without a worker (asynchronous, after a call) queues at the head.
bool Mesh::start_work(std::uint32_t w, const Op& op) {
  Work& work = works_[w];
  Pod& pod = pods_[work.pod];
  const bool borrows =  // a branch runs on its parent's worker
      (pod.flags & pod_flag::kBlocking) != 0 && (work.flags & work_flag::kBranch) != 0;
  if ((work.flags & work_flag::kHasWorker) == 0 && !borrows) {
    if (pod.free_workers == 0 || (pod.flags & pod_flag::kStalled) != 0) {
      if (requeued_at_.size() < works_.capacity()) requeued_at_.resize(works_.capacity());
      requeued_at_[w] = now_;
      enqueue(work.pod, w, true);
      return false;
    }
    take_worker(pod, work);
  }
  sim::Duration time = plan_.durations[op.index].sample(work.key, kService + op.salt);
  if ((pod.flags & pod_flag::kSlowed) != 0) {
    time = static_cast<sim::Duration>(
        std::min(static_cast<double>(time) * pod.slow, static_cast<double>(sim::kHorizonMax)));
  }
  if (time == 0) return true;
  const bool outlives = time > longest_;  // never of use, and sums of such times would overflow
  if (SIM_UNLIKELY(outlives)) {
    time = longest_;
    if (measuring_) pod.cpu_time += measure_end_ - now_;
  } else if (measuring_) {  // both or neither: what is useful is part of what was spent
    work.cpu += static_cast<float>(time);
    pod.cpu_time += time;
  }
  if ((pod.flags & pod_flag::kStops) != 0) {  // to give back what a stopped step will not spend
    if (step_ends_.size() < works_.capacity()) step_ends_.resize(works_.capacity());
    step_ends_[w] = outlives ? measure_end_ : now_ + time;
  }
  if ((pod.flags & pod_flag::kShares) != 0) {
    cpu_groups_[pod.cpu_group].add(pod.cpu_member, {0.0, work.key, w, works_.generation(w), now_, time}, now_);
    schedule_cpu(pod.cpu_group);
  } else {
    push(now_ + time, EventKind::ServiceDone, w, works_.generation(w), work.key);
  }
  return false;
}

void Mesh::run_frame(std::uint32_t w) {
  for (;;) {
    Work& work = works_[w];
    const Op& op = plan_.ops[work.pc];
    switch (op.kind) {
      case OpKind::Work:
        if (!start_work(w, op)) return;
        ++work.pc;
        continue;
      case OpKind::Wait: {
        const sim::Duration wait = plan_.durations[op.index].sample(work.key, kService + op.salt);
        if (wait > 0) return push(now_ + wait, EventKind::ServiceDone, w, works_.generation(w), work.key);
        ++work.pc;
        continue;
      }
      case OpKind::CallMaybe:
        if (sim::bits(work.key, kSkip + op.salt) >> 12 >= op.below) {
          ++work.pc;
          continue;
        }
        [[fallthrough]];
      case OpKind::Call: work.pending = 1; return leave_for_calls(w, op);
      case OpKind::Detach:
        open_call(w, op.index, op.salt, true);
        ++work.pc;
        continue;
      case OpKind::Skip:
        work.pc = sim::bits(work.key, kSkip + op.salt) >> 12 < op.below ? work.pc + 1 : op.jump;
        continue;
      case OpKind::Choose: {
        const double u = sim::uniform(sim::bits(work.key, kSkip + op.salt));
        std::uint32_t target = op.jump;
        for (std::uint32_t i = 0; i < op.count; ++i) {
          if (u < plan_.alternatives[op.index + i].cumulative) {
            target = plan_.alternatives[op.index + i].start;
            break;
          }
        }
        work.pc = target;
        continue;
      }
      case OpKind::Parallel: work.pending = op.count; return leave_for_calls(w, op);
      case OpKind::Jump:
      case OpKind::Skipped: work.pc = op.jump; continue;
      case OpKind::EndBranch: return finish_branch(w, true);
      case OpKind::Reply: {
        if (op.error != kNone) {
          const ErrorSpec& error = plan_.errors[op.error];
          if (error.when == ErrorWhen::After && error_drawn(work, op)) {
            if ((work.flags & work_flag::kMeasured) != 0) ++recorder_.results.endpoints[op.endpoint].errors;
            return finish(w, Outcome::Error, error.status);
          }
        }
        return finish(w, Outcome::Ok, 200);
      }
    }
    SIM_UNREACHABLE();
  }
}

// Starts the children of a Call or Parallel step. The children's first events lie ahead, so none of them can
// end before all are started, but for local replies: hence the copies and the generation check.
void Mesh::leave_for_calls(std::uint32_t w, const Op& op) {
  const std::uint32_t p = works_[w].pod;
  const std::uint32_t generation = works_.generation(w);
  const bool gave = (pods_[p].flags & pod_flag::kBlocking) == 0 && (works_[w].flags & work_flag::kHasWorker) != 0;
  if (gave) give_worker(pods_[p], works_[w]);
  if (op.kind != OpKind::Parallel) {
    open_call(w, op.index, op.salt, false);
  } else {
    for (std::uint32_t i = 0; i < op.count; ++i) {
      if (works_.generation(w) != generation || (works_[w].flags & work_flag::kReplied) != 0) break;
      const Branch& branch = plan_.branches[op.index + i];
      if (branch.call != kNone) {
        open_call(w, branch.call, branch.salt, false);
      } else {
        const std::uint32_t b = new_work();
        Work& frame = works_.renew(b);
        frame.key = sim::child_key(works_[w].key, branch.salt);
        if (SIM_UNLIKELY(options_.trace_links)) link("branch-of", frame.key, p, works_[w].key);
        frame.mark = generation;
        frame.call = w;
        frame.pod = p;
        frame.pc = branch.start;
        frame.flags = static_cast<std::uint8_t>(work_flag::kBranch | work_flag::kBegun |
                                                (works_[w].flags & work_flag::kMeasured));
        run_frame(b);
      }
    }
  }
  if (gave) drain_queue(p);
}

void Mesh::on_service_done(std::uint32_t w) {
  if ((works_[w].flags & work_flag::kReplied) != 0) return;  // its pod died meanwhile
  ++works_[w].pc;
  run_frame(w);
}

void Mesh::schedule_cpu(std::uint32_t group) {
  const CpuGroup& cpu = cpu_groups_[group];
  const CpuGroup::Job* job = cpu.next_job();
  if (job == nullptr) return;
  push(cpu.next_completion(now_), EventKind::CpuDone, group, cpu.version() & 0xffffff, job->order);
}

void Mesh::on_cpu_done(std::uint32_t group, std::uint32_t version) {
  if ((cpu_groups_[group].version() & 0xffffff) != version) return;  // the load changed since: another event stands
  CpuGroup::Job job;
  while (cpu_groups_[group].pop_due(now_, job)) {
    if (works_.generation(job.work) != job.generation) continue;
    Work& work = works_[job.work];
    work.parts.queueing += static_cast<float>(now_ - job.started - job.service);  // time shared with others
    ++work.pc;
    run_frame(job.work);
  }
  schedule_cpu(group);
}

void Mesh::finish(std::uint32_t w, Outcome outcome, std::uint16_t status) {
  Work& work = works_[w];
  const std::uint32_t p = work.pod;
  Pod& pod = pods_[p];
  if ((work.flags & work_flag::kHasWorker) != 0) give_worker(pod, work);
  leave(pod);
  work.flags = static_cast<std::uint8_t>(work.flags & ~work_flag::kArrived);
  if ((work.flags & work_flag::kMeasured) != 0) {
    recorder_.observe(recorder_.results.endpoints[plan_.ops[work.pc].endpoint].sojourn, now_ - work.mark);
    if (SIM_UNLIKELY(!measuring_)) recorder_.results.services[pod.service].partial_time -= now_ - work.mark;
  } else {
    note_partial(work);
  }
  recorder_.fact(Fact::WorkEnded, now_, work.key, static_cast<std::uint64_t>(outcome));
  if (SIM_UNLIKELY(options_.trace != nullptr)) {
    add_trace("work-ended", work.key, p, static_cast<std::uint64_t>(outcome));
    if (options_.trace_links) link_parts(work);
  }
  work.outcome = outcome;
  work.pending = status;
  respond(w);
  drain_queue(p);
}

void Mesh::finish_branch(std::uint32_t w, bool ok) {
  const Work work = works_[w];  // a copy: the row is released before the parent goes on
  if ((work.flags & work_flag::kHasWorker) != 0) give_worker(pods_[work.pod], works_[w]);
  free_work(w);
  if (works_.generation(work.call) == work.mark) {
    Work& parent = works_[work.call];
    if ((parent.flags & work_flag::kReplied) == 0) {
      parent.cpu += work.cpu;
      parent.flags |= work.flags & work_flag::kDegraded;
      if (!ok) {
        fail_frame(work.call);
      } else if (--parent.pending == 0) {  // the last branch is the critical path
        parent.parts.add(work.parts);
        parent.pc = plan_.ops[parent.pc].jump;
        run_frame(work.call);
      }
    }
  }
  drain_queue(work.pod);
}

// A call failed after its policy: the frame answers 500 at once; siblings are abandoned, not cancelled.
void Mesh::fail_frame(std::uint32_t w) {
  if ((works_[w].flags & work_flag::kBranch) != 0) return finish_branch(w, false);
  finish(w, Outcome::Error, 500);
}

void Mesh::child_done(std::uint32_t w, std::uint32_t call_plan, bool ok, const Parts& parts, float cpu, bool degraded) {
  Work& work = works_[w];
  if ((work.flags & work_flag::kReplied) != 0) return;
  const CallPlan& plan = plan_.calls[call_plan];
  work.cpu += cpu;
  if (degraded) work.flags |= work_flag::kDegraded;
  bool fall_back = false;
  if (!ok) {
    if (plan.on_failure == OnFailure::Fail) return fail_frame(w);
    work.flags |= work_flag::kDegraded;
    fall_back = plan.on_failure == OnFailure::Fallback;
  }
  if (--work.pending != 0) return;
  work.parts.add(parts);  // the last child to end is the critical path
  const Op& op = plan_.ops[work.pc];
  work.pc = op.kind == OpKind::Parallel ? op.jump : fall_back ? plan.fallback : work.pc + 1;
  run_frame(w);
}

// Presence in the measured part that no sojourn will tell of, so that Little's law can be asked of every run exactly.
void Mesh::note_partial(const Work& work) {
  if (!measuring_) return;
  recorder_.results.services[pods_[work.pod].service].partial_time += now_ - std::max(work.mark, measure_begin_);
}

// Ends a frame without an answer: its caller has gone, or its pod has died.
void Mesh::stop_frame(std::uint32_t w) {
  Work& work = works_[w];
  Pod& pod = pods_[work.pod];
  if ((work.flags & work_flag::kQueued) != 0) {
    remove_queued(pod, w);
  } else if (pod.cpu_group != kNone) {
    if (cpu_groups_[pod.cpu_group].remove(pod.cpu_member, w, now_)) schedule_cpu(pod.cpu_group);
  } else if (measuring_ && plan_.ops[work.pc].kind == OpKind::Work && w < step_ends_.size() && step_ends_[w] > now_) {
    pod.cpu_time -= step_ends_[w] - now_;
  }
  if ((work.flags & work_flag::kHasWorker) != 0) give_worker(pod, work);
  if ((work.flags & work_flag::kArrived) != 0) {
    leave(pod);
    note_partial(work);
  }
  if ((pod.flags & pod_flag::kCancels) != 0 && (work.flags & work_flag::kBegun) != 0) {
    abandon_children(w);
  }
  recorder_.fact(Fact::WorkEnded, now_, work.key, static_cast<std::uint64_t>(Outcome::Withdrawn));
  trace("work-withdrawn", work.key, work.pod, 0);
  free_work(w);
}

}  // namespace models
