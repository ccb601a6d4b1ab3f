// One lane of timers that all have the same delay: deadlines are monotone, so a FIFO ring is the whole structure.
// It does not know deadlines: they stand in the owners' rows. The lane's user keeps ONE queue event per lane, at the
// deadline of its head; when that fires it pops what is due, drops stale heads and re-arms at the new head.
// Cancelling is free (the owner bumps its generation); the price is stale entries, which live as long as the oldest
// live one. So: drop_stale(.., 2) when arming, and compact() when should_compact(live) says so.
// Invariants: order of live entries = order of push. No allocation while the size stays within its usual factor of
// two; compact() gives memory back when three quarters would stay unused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/check.h"

namespace sim {

struct TimerEntry {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
};
static_assert(sizeof(TimerEntry) == 8);

class TimerLane {
 public:
  void push(TimerEntry entry) {
    if (SIM_UNLIKELY(size_ == ring_.size())) resize(ring_.empty() ? kSmallest : 2 * ring_.size());
    ring_[(head_ + size_) & mask_] = entry;
    ++size_;
  }

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t bytes() const { return ring_.size() * sizeof(TimerEntry); }

  [[nodiscard]] const TimerEntry& front() const {
    SIM_DCHECK(size_ > 0, "front of an empty lane");
    return ring_[head_];
  }

  // The i-th from the head.
  [[nodiscard]] const TimerEntry& operator[](std::size_t i) const {
    SIM_DCHECK(i < size_, "no such entry in a lane");
    return ring_[(head_ + i) & mask_];
  }

  void pop_front() {
    SIM_CHECK(size_ > 0, "pop from an empty lane");
    head_ = (head_ + 1) & mask_;
    --size_;
  }

  // Removes at most `max` stale entries from the head; returns how many.
  template <class IsStale>
  std::size_t drop_stale(IsStale&& is_stale, std::size_t max = static_cast<std::size_t>(-1)) {
    std::size_t dropped = 0;
    while (dropped < max && size_ > 0 && is_stale(static_cast<const TimerEntry&>(ring_[head_]))) {
      head_ = (head_ + 1) & mask_;
      --size_;
      ++dropped;
    }
    return dropped;
  }

  // Worth a compact(): more than twice as many entries as live ones (and enough of them to matter). Amortised O(1)
  // per push.
  [[nodiscard]] bool should_compact(std::size_t live) const { return size_ > kSmallest && size_ > 2 * live; }

  // Removes every stale entry, keeps the order of the rest, O(size). The head may change: the user re-arms lazily, when
  // the old head's event fires. Returns how many were removed.
  template <class IsStale>
  std::size_t compact(IsStale&& is_stale) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < size_; ++i) {
      const TimerEntry entry = ring_[(head_ + i) & mask_];
      if (!is_stale(entry)) ring_[(head_ + kept++) & mask_] = entry;
    }
    const std::size_t removed = size_ - kept;
    size_ = kept;
    // Live entries may double the ring's contents before the next compaction, hence 8 and not 4: no see-saw.
    if (ring_.size() > kSmallest && kept * 8 <= ring_.size()) {
      std::size_t smaller = ring_.size();
      while (smaller > kSmallest && kept * 4 <= smaller) smaller /= 2;
      resize(smaller);
    }
    return removed;
  }

 private:
  static constexpr std::size_t kSmallest = 16;  // entries: 128 bytes, so that thousands of idle lanes stay cheap

  void resize(std::size_t capacity) {
    std::vector<TimerEntry> moved(capacity);
    for (std::size_t i = 0; i < size_; ++i) moved[i] = ring_[(head_ + i) & mask_];
    ring_.swap(moved);
    mask_ = capacity - 1;
    head_ = 0;
  }

  std::vector<TimerEntry> ring_;  // size is a power of two, or zero
  std::size_t mask_ = 0;
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace sim
