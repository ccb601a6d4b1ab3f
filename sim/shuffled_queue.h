// A queue for tests: among all pending events of the least TIME it returns a random one, but one owner's events keep
// their canonical order (key, OrderKey, push). A model in which handlers of different owners commute gives the same
// result on it; one that does not is found out. Deterministic in its seed. O(events of one instant) per pop: plain.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/event.h"
#include "sim/heap_queue.h"
#include "sim/tie_group.h"

namespace sim {

class ShuffledQueue {
 public:
  explicit ShuffledQueue(std::uint64_t seed) : state_(seed) {}

  void push(const Event& e) { future_.push(e); }
  [[nodiscard]] bool empty() const { return future_.empty() && instant_.empty(); }
  [[nodiscard]] std::size_t size() const { return future_.size() + instant_.size(); }
  [[nodiscard]] std::size_t bytes() const { return future_.bytes() + instant_.capacity() * sizeof(Pending); }

  template <class FullKey>
  Event pop(FullKey&& order_key) {
    const std::uint64_t time = (instant_.empty() ? future_.front_key() : instant_.front().event.key) >> kTieBits;
    while (!future_.empty() && future_.front_key() >> kTieBits == time) {  // later pushes for this very instant too
      const Event e = future_.pop();
      instant_.push_back(Pending{order_key(e), arrivals_++, e});
    }
    std::size_t chosen = static_cast<std::size_t>(random() % instant_.size());
    for (std::size_t i = 0; i < instant_.size(); ++i) {
      if (!meet(instant_[i], instant_[chosen]) || !before(instant_[i], instant_[chosen])) continue;
      chosen = i;
      i = static_cast<std::size_t>(-1);  // another owner perhaps: look again from the first
    }
    const Event e = instant_[chosen].event;
    instant_[chosen] = instant_.back();
    instant_.pop_back();
    return e;
  }

 private:
  struct Pending {
    OrderKey order;
    std::uint64_t arrival = 0;
    Event event;
  };

  // Owner 0 is everybody: what concerns many owners at once keeps its place among all.
  static bool meet(const Pending& a, const Pending& b) {
    return a.order.owner == b.order.owner || a.order.owner == 0 || b.order.owner == 0;
  }
  static bool before(const Pending& a, const Pending& b) {
    if (a.event.key != b.event.key) return a.event.key < b.event.key;
    if (a.order < b.order) return true;
    if (b.order < a.order) return false;
    return a.arrival < b.arrival;
  }

  std::uint64_t random() {  // SplitMix64 (Steele, Lea, Flood 2014): enough for a test's shuffle
    std::uint64_t x = state_ += 0x9e37'79b9'7f4a'7c15U;
    x = (x ^ (x >> 30)) * 0xbf58'476d'1ce4'e5b9U;
    x = (x ^ (x >> 27)) * 0x94d0'49bb'1331'11ebU;
    return x ^ (x >> 31);
  }

  HeapQueue future_;
  std::vector<Pending> instant_;  // everything pending at the current time, with its identity
  std::uint64_t arrivals_ = 0;
  std::uint64_t state_;
};

}  // namespace sim
