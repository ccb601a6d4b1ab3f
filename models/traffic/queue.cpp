// A replica's bounded queue and its workers, and the integrals that tell utilisation. Queue links stand in the
// work rows; what re-enters at the head (asynchronous servers) and what is taken out (withdrawn) is rare.
#include "models/traffic/mesh.h"

namespace models {

void Mesh::note_level(Pod& pod, std::uint32_t before) {
  const auto credit = [&](std::vector<std::int64_t>& levels, std::uint32_t level, sim::Time since) {
    if (levels.size() <= level) levels.resize(level + 1);
    levels[level] += now_ - since;
  };
  ServiceResults& results = recorder_.results.services[pod.service];
  if (measuring_) credit(results.level_time, before, pod.level_since);
  pod.level_since = now_;
  if (measuring_) credit(results.total_level_time, service_in_system_[pod.service], service_level_since_[pod.service]);
  service_level_since_[pod.service] = now_;
}

void Mesh::enqueue(std::uint32_t p, std::uint32_t w, bool at_head) {
  Pod& pod = pods_[p];
  Work& work = works_[w];
  work.flags |= work_flag::kQueued;
  ++pod.queue_length;
  pod.queue_sum -= now_;
  if (at_head || (pod.flags & pod_flag::kLifo) != 0) {
    work.link = pod.queue_head;
    pod.queue_head = w;
    if (pod.queue_tail == kNone) pod.queue_tail = w;
  } else {
    work.link = kNone;
    if (pod.queue_tail == kNone) {
      pod.queue_head = w;
    } else {
      works_[pod.queue_tail].link = w;
    }
    pod.queue_tail = w;
  }
}

std::uint32_t Mesh::dequeue(Pod& pod) {
  const std::uint32_t w = pod.queue_head;
  Work& work = works_[w];
  pod.queue_head = work.link;
  if (pod.queue_head == kNone) pod.queue_tail = kNone;
  --pod.queue_length;
  pod.queue_sum += now_;
  work.link = kNone;
  work.flags = static_cast<std::uint8_t>(work.flags & ~work_flag::kQueued);
  return w;
}

void Mesh::remove_queued(Pod& pod, std::uint32_t w) {
  if (pod.queue_head == w) {
    (void)dequeue(pod);
    return;
  }
  std::uint32_t before = pod.queue_head;
  while (works_[before].link != w) before = works_[before].link;
  works_[before].link = works_[w].link;
  if (pod.queue_tail == w) pod.queue_tail = before;
  --pod.queue_length;
  pod.queue_sum += now_;
  works_[w].link = kNone;
  works_[w].flags = static_cast<std::uint8_t>(works_[w].flags & ~work_flag::kQueued);
}

void Mesh::drain(std::uint32_t p) {
  Pod& pod = pods_[p];
  if ((pod.flags & pod_flag::kDraining) != 0) return;
  pod.set(pod_flag::kDraining, true);  // work that ends at once must not start the next one deeper in the stack
  while (pod.free_workers > 0 && pod.queue_head != kNone && (pod.flags & pod_flag::kIdle) == 0) {
    const std::uint32_t w = dequeue(pod);
    Work& work = works_[w];
    if ((work.flags & work_flag::kBegun) == 0) {
      begin(w);
    } else {
      work.parts.queueing += static_cast<float>(now_ - requeued_at_[w]);
      take_worker(pod, work);
      run_frame(w);
    }
  }
  pod.set(pod_flag::kDraining, false);
}

}  // namespace models
