#include "models/service/processor_sharing.h"

#include <algorithm>
#include <cmath>

namespace models {
namespace {

bool later(const CpuGroup::Job& a, const CpuGroup::Job& b) {
  if (a.finish > b.finish) return true;
  if (a.finish < b.finish) return false;
  return a.order > b.order;
}

constexpr double kSlack = 1e-3;  // nanoseconds of virtual time: below the clock's resolution

}  // namespace

void CpuGroup::advance(sim::Time now) {
  const auto elapsed = static_cast<double>(now - last_);
  last_ = now;
  if (elapsed <= 0) return;
  for (PodState& pod : pods_) {
    if (!pod.jobs.empty()) pod.virtual_time += elapsed * pod.rate;
  }
}

void CpuGroup::rebalance() {
  ++version_;
  double wanted = 0.0;
  for (std::size_t i = 0; i < pods_.size(); ++i) {
    wanted += std::min(cpus_[i], static_cast<double>(pods_[i].jobs.size()));
  }
  const double factor = cores_ > 0.0 && wanted > cores_ ? cores_ / wanted : 1.0;
  for (std::size_t i = 0; i < pods_.size(); ++i) {
    PodState& pod = pods_[i];
    const auto n = static_cast<double>(pod.jobs.size());
    if (pod.jobs.empty()) pod.virtual_time = 0.0;  // keeps the numbers small, so the doubles exact
    pod.rate = (n > cpus_[i] ? cpus_[i] / n : 1.0) * factor;
  }
}

void CpuGroup::add(std::uint32_t pod, const Job& job, sim::Time now) {
  advance(now);
  PodState& state = pods_[pod];
  Job entry = job;
  entry.finish = state.virtual_time + static_cast<double>(job.service);
  state.jobs.push_back(entry);
  std::push_heap(state.jobs.begin(), state.jobs.end(), later);
  rebalance();
}

bool CpuGroup::remove(std::uint32_t pod, std::uint32_t work, sim::Time now) {
  advance(now);
  std::vector<Job>& jobs = pods_[pod].jobs;
  const auto found = std::find_if(jobs.begin(), jobs.end(), [&](const Job& j) { return j.work == work; });
  if (found == jobs.end()) return false;
  jobs.erase(found);
  std::make_heap(jobs.begin(), jobs.end(), later);
  rebalance();
  return true;
}

bool CpuGroup::pop_due(sim::Time now, Job& job) {
  advance(now);
  PodState* best = nullptr;
  for (PodState& pod : pods_) {
    if (pod.jobs.empty() || pod.jobs.front().finish > pod.virtual_time + kSlack) continue;
    if (best == nullptr || pod.jobs.front().order < best->jobs.front().order) best = &pod;
  }
  if (best == nullptr) return false;
  std::pop_heap(best->jobs.begin(), best->jobs.end(), later);
  job = best->jobs.back();
  best->jobs.pop_back();
  rebalance();
  return true;
}

sim::Time CpuGroup::next_completion(sim::Time now) const {
  sim::Time earliest = sim::kHorizonMax + 1;
  for (const PodState& pod : pods_) {
    if (pod.jobs.empty()) continue;
    const double remaining = (pod.jobs.front().finish - pod.virtual_time) / pod.rate;
    const auto whole = static_cast<sim::Duration>(std::ceil(std::max(0.0, remaining - kSlack)));
    earliest = std::min(earliest, now + whole);
  }
  return earliest;
}

const CpuGroup::Job* CpuGroup::next_job() const {
  const Job* best = nullptr;
  double soonest = 0.0;
  for (const PodState& pod : pods_) {
    if (pod.jobs.empty()) continue;
    const double remaining = (pod.jobs.front().finish - pod.virtual_time) / pod.rate;
    if (best == nullptr || remaining < soonest) {
      best = &pod.jobs.front();
      soonest = remaining;
    }
  }
  return best;
}

}  // namespace models
