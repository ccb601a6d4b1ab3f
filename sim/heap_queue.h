// The order oracle: a plain binary heap on (key, push number). Not for speed. It shares nothing with the ladder but the
// interface, so that equal checksums mean something. See event_queue.h for the order and who resolves equal keys.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/event.h"

namespace sim {

class HeapQueue {
 public:
  void push(const Event& e) {
    heap_.push_back(Node{e, pushes_++});
    std::push_heap(heap_.begin(), heap_.end(), Later{});
  }

  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] std::size_t size() const { return heap_.size(); }
  [[nodiscard]] std::uint64_t front_key() const { return heap_.empty() ? kNoKey : heap_.front().event.key; }
  [[nodiscard]] std::size_t bytes() const { return heap_.capacity() * sizeof(Node); }

  // The least key; among equal keys the one pushed first.
  Event pop() {
    std::pop_heap(heap_.begin(), heap_.end(), Later{});
    const Event e = heap_.back().event;
    heap_.pop_back();
    return e;
  }

 private:
  struct Node {
    Event event;
    std::uint64_t push = 0;
  };
  struct Later {
    bool operator()(const Node& a, const Node& b) const {
      return a.event.key != b.event.key ? a.event.key > b.event.key : a.push > b.push;
    }
  };

  std::vector<Node> heap_;
  std::uint64_t pushes_ = 0;
};

}  // namespace sim
