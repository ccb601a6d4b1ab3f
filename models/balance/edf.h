// Envoy's balancer for replicas of unequal weight: earliest deadline first. Each replica is due every 1/weight; the one
// that is due first is picked and put back with the weight it has at that moment, so a change of weight (slow start,
// requests in flight) is seen when the replica is picked the next time, not before.
// Not here: which replicas are eligible; whose view this is (models/traffic/weighted.h).
// Invariants: ties go to the replica that was put in first; weights are positive. Picks are a function of the weights
// alone: sums and quotients of IEEE doubles, nothing a compiler may contract.
// Units: deadlines have none, windows and ages in nanoseconds. Source: mesh semantics 9.1 (Envoy's EdfScheduler).
// Envoys of today begin after up to 4e8 picks, older ones (until 1.29) after fewer picks than there are replicas, which
// sends every client's first request to the heaviest one: here a start is a place in the cycle, drawn by the caller.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/check.h"
#include "sim/random/portable_math.h"
#include "sim/time.h"

namespace models {

inline constexpr double kSlowStartFloor = 0.10;  // Envoy's and Istio's min_weight_percent

class EdfScheduler {
 public:
  void reserve(std::uint32_t replicas) { heap_.reserve(replicas); }

  void add(std::uint32_t replica, double weight) {
    SIM_CHECK(weight > 0.0, "a replica without weight is not in the scheduler");
    heap_.push_back({now_ + 1.0 / weight, order_++, replica});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }

  // `weight_of(replica)` is asked for the picked replica only. There has to be one.
  template <class WeightOf>
  std::uint32_t pick(WeightOf&& weight_of) {
    SIM_CHECK(!heap_.empty(), "a pick needs a replica");
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const std::uint32_t picked = heap_.back().replica;
    now_ = heap_.back().deadline;
    heap_.pop_back();
    add(picked, weight_of(picked));
    return picked;
  }

  // Clients must not be in step: each begins after a number of picks of its own.
  template <class WeightOf>
  void start(std::uint32_t picks, WeightOf&& weight_of) {
    for (; picks > 0; --picks) pick(weight_of);
  }

 private:
  struct Entry {
    double deadline;
    std::uint64_t order;
    std::uint32_t replica;
  };
  [[nodiscard]] static bool later(const Entry& a, const Entry& b) {
    return a.deadline > b.deadline || (a.deadline == b.deadline && a.order > b.order);
  }

  std::vector<Entry> heap_;
  double now_ = 0.0;  // deadline of the last pick
  std::uint64_t order_ = 0;
};

// Least request among unequal weights, bias 1: `active` are the client's own requests in flight to the replica.
[[nodiscard]] constexpr double least_request_weight(double weight, std::uint32_t active) {
  return weight / (static_cast<double>(active) + 1.0);
}

// The part of its weight that a replica gets at an age: that part of the window, to the power of 1 / aggression, never
// below the floor. Envoy knows ages in whole milliseconds, and none below one.
[[nodiscard]] inline double slow_start(sim::Time age, sim::Time window, double floor = kSlowStartFloor,
                                       double aggression = 1.0) {
  const sim::Time whole = std::max<sim::Time>(1, age / sim::kMillisecond) * sim::kMillisecond;
  if (age / sim::kMillisecond >= window / sim::kMillisecond) return 1.0;
  const double lived = static_cast<double>(whole) / static_cast<double>(window);
  return std::max(floor, aggression == 1.0 ? lived : sim::portable::pow(lived, 1.0 / aggression));
}

}  // namespace models
