// The future event list: push events, pop the least. It knows no kinds, calls no handlers and reads no clock.
// Order: by key (time, then 12 bits of identity); where two pending events have equal keys, by the OrderKey that the
// caller's function gives (called only then); where those tie too, by push order.
// Requires: an event's OrderKey does not change while it is pending at the current time; push() never goes back before
// the time of the last popped event (the very same time is legal, with any tie, any number of times).
// Errors: a push into the past or a pop from an empty queue breaks an invariant (SIM_CHECK).
// Ladder is the engine's queue, Heap its oracle, Shuffled a test of the model (see their headers).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "sim/check.h"
#include "sim/event.h"
#include "sim/heap_queue.h"
#include "sim/ladder_queue.h"
#include "sim/shuffled_queue.h"
#include "sim/tie_group.h"

namespace sim {

enum class QueueKind : std::uint8_t { Ladder, Heap, Shuffled };

class EventQueue {
 public:
  explicit EventQueue(QueueKind kind = QueueKind::Ladder, std::uint64_t shuffle_seed = 0) : kind_(kind) {
    if (kind == QueueKind::Heap) heap_ = std::make_unique<HeapQueue>();
    if (kind == QueueKind::Shuffled) shuffled_ = std::make_unique<ShuffledQueue>(shuffle_seed);
  }

  void push(Event e) {
    SIM_CHECK(e.key >= now_, "event pushed into the past");
    SIM_CHECK(e.key != kNoKey, "event pushed beyond the horizon");  // the last tie of the last nanosecond, never used
    ++size_;
    if (SIM_LIKELY(kind_ == QueueKind::Ladder))
      ladder_.push(e);
    else
      push_elsewhere(e);
  }

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }

  // order_key: OrderKey(const Event&), called only for events whose keys are equal (by Shuffled: for every event).
  template <class FullKey>
  Event pop(FullKey&& order_key) {
    std::uint64_t key = ladder_.front_key();
    std::uint64_t payload = 0;
    // Two keys are also equal where the ladder's bottom is empty, and while another kind of queue leaves it unused.
    if (SIM_LIKELY(ladder_.front_is_unique() && ties_.empty())) {
      --size_;
      payload = ladder_.pop_payload();
    } else {
      const Event e = pop_otherwise(order_key);
      key = e.key;
      payload = e.payload;
    }
    now_ = key & ~static_cast<std::uint64_t>(kTieMask);
    return Event{key, payload};  // of two numbers in registers: as an object it would pass through memory
  }

  // What the ladder's bottom holds `ahead` (at most 8) places behind the front; anything if it is shorter: a hint.
  [[nodiscard]] std::uint64_t payload_ahead(std::ptrdiff_t ahead) const { return ladder_.payload_ahead(ahead); }

  [[nodiscard]] std::size_t bytes() const;

 private:
  SIM_COLD void push_elsewhere(const Event& e);

  // Ties, an empty bottom, and the other kinds. Not inline: its many registers would burden every pop.
  template <class FullKey>
  [[gnu::noinline]] Event pop_otherwise(FullKey& order_key) {
    SIM_CHECK(size_ != 0, "pop from an empty event queue");
    --size_;
    if (kind_ == QueueKind::Heap) return pop_tied(*heap_, order_key);
    if (kind_ == QueueKind::Shuffled) return shuffled_->pop(order_key);
    ladder_.prepare(size_);
    if (ladder_.front_is_unique() && ties_.empty()) return ladder_.pop();
    return pop_tied(ladder_, order_key);
  }

  // One path for ladder and heap: the events of one key move to the tie group, which hands them out by identity. A
  // lower
  // tie pushed at the same instant meanwhile goes first, and may be a group of its own.
  template <class Queue, class FullKey>
  Event pop_tied(Queue& queue, FullKey& order_key) {
    if (ties_.empty() || queue.front_key() < ties_.key()) {
      const Event e = queue.pop();
      if (queue.front_key() != e.key) return e;  // alone: the heap's usual case
      ties_.add(e, order_key(e));
    }
    const std::uint64_t key = ties_.key();
    while (queue.front_key() == key) {
      const Event e = queue.pop();
      ties_.add(e, order_key(e));
    }
    return ties_.pop();
  }

  LadderQueue ladder_;
  TieGroup ties_;
  std::unique_ptr<HeapQueue> heap_;
  std::unique_ptr<ShuffledQueue> shuffled_;
  std::uint64_t now_ = 0;  // least legal key: the time of the last popped event, tie 0
  std::size_t size_ = 0;
  QueueKind kind_;
};

}  // namespace sim
