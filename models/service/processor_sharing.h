// Egalitarian processor sharing over the cores of a container and, above it, of a node. Each pod of a group
// has its own virtual time: it advances at min(1, cpu / running jobs), scaled down by one common factor when
// the pods of the node together want more cores than it has. A job is done when its pod's virtual time has
// advanced by its service. Not here: queues, workers, events; the caller schedules next_completion().
// Invariant: sums of doubles are formed in a fixed order; times are rounded up once, to whole nanoseconds.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/time.h"

namespace models {

class CpuGroup {
 public:
  struct Job {
    double finish;
    std::uint64_t order;
    std::uint32_t work;
    std::uint32_t generation;
    sim::Time started;
    sim::Duration service;
  };

  CpuGroup(double cores, std::vector<double> cpu_of_pods)
      : cores_(cores), cpus_(std::move(cpu_of_pods)), pods_(cpus_.size()) {}

  void add(std::uint32_t pod, const Job& job, sim::Time now);
  bool remove(std::uint32_t pod, std::uint32_t work, sim::Time now);  // a cancelled or killed job
  // Removes and returns one job that is due at `now`; false if none is.
  bool pop_due(sim::Time now, Job& job);
  [[nodiscard]] sim::Time next_completion(sim::Time now) const;     // kHorizonMax + 1: nothing runs
  [[nodiscard]] std::uint32_t version() const { return version_; }  // changes whenever next_completion may
  [[nodiscard]] const Job* next_job() const;

 private:
  struct PodState {
    double virtual_time = 0.0;
    double rate = 1.0;
    std::vector<Job> jobs;
  };  // jobs: binary heap
  void advance(sim::Time now);
  void rebalance();

  double cores_;  // of the node; 0: no node above the containers
  std::vector<double> cpus_;
  std::vector<PodState> pods_;
  sim::Time last_ = 0;
  std::uint32_t version_ = 0;
};

}  // namespace models
