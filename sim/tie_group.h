// Pending events whose 64-bit keys are equal, ordered by identity. The rare path of the queue: two requests that share
// 12 bits of identity in one nanosecond, or a test with everything at one instant.
// A binary heap on (key, OrderKey, arrival), each OrderKey computed once, so a mass of n ties costs n log n however the
// arrivals and departures interleave. More than one key stands in it only if a lower tie came at the same instant.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/event.h"

namespace sim {

// Identity of an event, compared by (root, call, rank); what these hold is the caller's choice (the mesh: tie and class
// of event, identity of call or try, nothing). `owner` is whose state its handler touches; it does not order.
struct OrderKey {
  std::uint64_t root = 0;
  std::uint64_t call = 0;
  std::uint32_t rank = 0;
  std::uint32_t owner = 0;

  friend constexpr bool operator<(const OrderKey& a, const OrderKey& b) {
    if (a.root != b.root) return a.root < b.root;
    if (a.call != b.call) return a.call < b.call;
    return a.rank < b.rank;
  }
};

class TieGroup {
 public:
  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] std::size_t size() const { return heap_.size(); }
  [[nodiscard]] std::uint64_t key() const { return heap_.front().event.key; }
  [[nodiscard]] std::size_t bytes() const { return heap_.capacity() * sizeof(Node); }

  void add(const Event& e, const OrderKey& order) {
    heap_.push_back(Node{order, arrivals_++, e});
    std::push_heap(heap_.begin(), heap_.end(), Later{});
  }

  Event pop() {
    std::pop_heap(heap_.begin(), heap_.end(), Later{});
    const Event e = heap_.back().event;
    heap_.pop_back();
    return e;
  }

 private:
  struct Node {
    OrderKey order;
    std::uint64_t arrival = 0;
    Event event;
  };
  struct Later {
    bool operator()(const Node& a, const Node& b) const {
      if (a.event.key != b.event.key) return a.event.key > b.event.key;
      if (a.order < b.order) return false;
      if (b.order < a.order) return true;
      return a.arrival > b.arrival;
    }
  };

  std::vector<Node> heap_;
  std::uint64_t arrivals_ = 0;
};

}  // namespace sim
