// Picks among replicas of unequal weight, or of which some have just joined, as the workers of Envoys do: one schedule
// per worker, destination (or version of it) and list of replicas that may be picked, thrown away when the client's
// hosts change and made anew from the same start.
// Not here: the scheduler (models/balance/edf.h); which replicas may be picked, and who left some out (pooled.cpp,
// health.cpp): a list is known by what is in it. Exists only where somebody weighs or warms up; else every function
// returns at once.
// Owner: the client pod; the age of a replica is one for all clients, who know of a restart a nanosecond after it.
// Invariants: a replica that is not in the list is never picked. Units: nanoseconds. Source: mesh semantics 9.1, 9.2.
#pragma once

#include <cstdint>
#include <vector>

#include "models/balance/edf.h"
#include "models/plan/plan.h"
#include "models/traffic/pool_rows.h"
#include "models/traffic/rows.h"
#include "sim/time.h"

namespace models {

class WeightedPicks {
 public:
  // `workers`: of a client's proxy. REQUIRES: `views` are complete; they keep their places.
  void build(const Plan& plan, const std::vector<ClusterView>& views, std::uint32_t workers);

  struct Candidates {
    const std::uint32_t* list = nullptr;  // replicas of the view, ascending; null: all
    std::uint32_t count = 0;
  };
  // A replica of the view, or kNone: all are of the same weight and age, so the balancer's plain pick serves.
  [[nodiscard]] std::uint32_t pick(const Routing& routing, std::uint32_t view, std::uint32_t worker, Candidates among,
                                   const HostView* hosts, sim::Time now);

  // The client leaves a replica out, or takes it back.
  void hosts_changed(std::uint32_t view, sim::Time now);
  // The pod is back, as a new one.
  void joined(std::uint32_t pod, sim::Time now);

 private:
  struct Membership {
    sim::Key key = 0;  // the view's
    std::uint32_t first_pod = 0, pods = 0;
    std::uint32_t changes = 0;
    std::uint32_t seen = 0;  // of joins_
    sim::Time changed_at = 0;
    sim::Time joined_at = 0;  // of the youngest replica; the start of the client counts as one
  };
  struct Join {
    std::uint32_t pod;
    sim::Time at;
  };
  struct Joined {
    sim::Time at, before;  // the last time, and the one before it; kOfOld: it was there before the run
  };
  struct Schedule {
    std::vector<std::uint32_t> replicas;
    bool all = false;    // of the view
    bool plain = false;  // no schedule is needed
    EdfScheduler edf;
  };
  struct Worker {
    bool known = false;
    bool anew = false;  // the cluster itself is new, with all its hosts
    LoadBalancer balancer = LoadBalancer::RoundRobin;
    std::uint16_t warmup = kNoExtra;
    std::uint32_t changes = 0;  // of the hosts, when its schedules were made
    std::vector<Schedule> schedules;
  };
  struct Weigher;
  void see_joins(Membership& members, sim::Time now);
  [[nodiscard]] Schedule& schedule_of(Worker& worker, Candidates among, const Weigher& weigher, std::uint32_t number);

  const Plan* plan_ = nullptr;
  std::uint32_t workers_per_view_ = 1;
  std::vector<Membership> members_;  // by view
  std::vector<Worker> workers_;      // [view * workers + worker]
  std::vector<Join> joins_;          // by time
  std::vector<Joined> joined_;       // by pod
};

}  // namespace models
