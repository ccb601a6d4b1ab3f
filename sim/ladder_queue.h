// The engine's event list: a ladder queue (Tang, Goh, Thng, ACM TOMACS 15(3), 2005), O(1) amortised per event.
// Not a total order by itself: events come out by key, equal keys in the order of push; EventQueue resolves identity.
//
// Levels, from late to early: the top (one unsorted list of everything beyond the rungs), rungs (up to 256 unsorted
// buckets each, every rung subdividing the bucket being drained in the rung before it), and the bottom (a sorted array
// that events leave from its head). bounds_[i] is the least key that still belongs to level i; a push walks
// from the top down to the first level that takes it. What belongs to no level is inserted into the bottom.
// Lists are chains of 256-byte chunks, filled in push order, so that sorting the bottom stably keeps equal keys in
// order.
//
// Invariants: bounds_ decrease from the top down; a bucket's events all reach the bottom together, so all pending
// events of one key are side by side once one of them is at the head; two sentinels of key kNoKey stand at end_, so
// that an empty bottom looks like equal keys; all keys before head_ are 0, and there are at least kStride of them.
// Memory: chunks are reused last-in-first-out and never given back; about 33 bytes per event at 1e5 and more pending.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "sim/check.h"
#include "sim/event.h"

namespace sim {

class LadderQueue {
 public:
  LadderQueue();
  ~LadderQueue();
  LadderQueue(LadderQueue&&) noexcept;
  LadderQueue& operator=(LadderQueue&&) noexcept;

  // Requires key < kNoKey, and not below the key of the last pop's time.
  void push(Event e) {
    if (e.key < bounds_[depth_ - 1]) return insert_into_bottom(e.key, e.payload);
    // The usual levels without a branch to mispredict; bounds_[i] is 0 for i >= depth_.
    unsigned level = unsigned{e.key < bounds_[0]} + unsigned{e.key < bounds_[1]} + unsigned{e.key < bounds_[2]};
    if (SIM_UNLIKELY(level == 3)) {
      while (e.key < bounds_[level]) ++level;
    }
    Rung& rung = *rungs_[level];
    const std::uint64_t index = ((e.key - rung.base) >> rung.shift) & rung.mask;
    Bucket& bucket = rung.buckets[index];
    Event* place = bucket.write;
    if ((reinterpret_cast<std::uintptr_t>(place) & (kChunkBytes - 1)) == 0) place = extend(rung, index);
    *place = e;
    bucket.write = place + 1;
  }

  // Brings the least events to the bottom. Before front_key and pop; needless after a pop that left some. `pending`:
  // about how many events there are, for speed only.
  void prepare(std::size_t pending) {
    if (head_ == end_) refill(pending);
  }

  // Of the bottom only: kNoKey if it is empty, even if later levels are not.
  [[nodiscard]] std::uint64_t front_key() const { return head_->key; }
  // False also if the bottom is empty.
  [[nodiscard]] bool front_is_unique() const { return head_[0].key != head_[1].key; }
  // Requires a non-empty bottom.
  Event pop() {
    const Event e = *head_;
    head_->key = 0;
    ++head_;
    return e;
  }

  // The same, without the key, which front_key() has told.
  std::uint64_t pop_payload() {
    head_->key = 0;
    return (head_++)->payload;
  }

  // The payload of the event `ahead` places behind the front, if the bottom reaches that far; else of none. A hint of
  // what will be needed soon, not a promise: events may still come between. Requires ahead <= kStride.
  [[nodiscard]] std::uint64_t payload_ahead(std::ptrdiff_t ahead) const { return head_[ahead].payload; }

  [[nodiscard]] std::size_t bytes() const;

 private:
  static constexpr std::size_t kChunkBytes = 256;  // four cache lines: a list streams, a short one wastes little
  static constexpr std::size_t kEventsPerChunk = kChunkBytes / sizeof(Event) - 1;
  static constexpr unsigned kBuckets = 256;           // per rung: what still fits into the first-level cache
  static constexpr unsigned kMaxDepth = 20;           // levels; 64-bit keys need 9, pushes into the bottom may add some
  static constexpr std::size_t kRankAtMost = 12;      // events: so few are sorted by counting, in one chunk
  static constexpr std::ptrdiff_t kShort = 3;         // events: a bottom so short takes no loop
  static constexpr std::ptrdiff_t kWalkAtMost = 24;   // events that an insertion passes, from the bottom's nearer end
  static constexpr std::ptrdiff_t kTwoSided = 16;     // events: a bottom so long is walked from either end
  static constexpr std::ptrdiff_t kStride = 8;        // events that a walk looks at together
  static constexpr std::size_t kBatchLeast = 16;      // events aimed at per refill of the bottom: from here ...
  static constexpr std::size_t kBatchMost = 128;      // ... to here; 2 KiB leave room in the first-level cache
  static constexpr std::size_t kChunksAtFirst = 8;    // 2 KiB
  static constexpr std::size_t kChunksPerSlab = 256;  // at most: 64 KiB

  struct alignas(kChunkBytes) Chunk {
    Chunk* next = nullptr;
    std::uint64_t unused = 0;
    Event events[kEventsPerChunk];
  };
  static_assert(sizeof(Chunk) == kChunkBytes);

  // A chain of chunks. `write` is the next free place; at a chunk's end it is a multiple of 256, as is null.
  struct Bucket {
    Event* write = nullptr;
    Chunk* first = nullptr;
  };

  struct Rung {
    std::uint64_t base = 0;                               // least key of bucket 0
    std::uint64_t mask = 0;                               // number of buckets - 1
    unsigned shift = 0;                                   // a bucket is 2^shift keys wide
    std::array<std::uint64_t, kBuckets / 64> occupied{};  // one bit per bucket
    std::array<Bucket, kBuckets> buckets{};
  };

  struct Span {  // what a chain holds
    std::uint64_t min = kNoKey;
    std::uint64_t max = 0;
    std::size_t count = 0;
  };

  // Of two numbers: as an object the event would pass through memory, in halves that are then loaded as one and wait.
  // Walks from the nearer end. Without a branch on data, since no processor could predict it: keys are compared, and
  // places moved by one, some at a time. Beyond the bottom's ends this touches what does not matter: keys of 0 before
  // head_, anything behind the sentinels.
  void insert_into_bottom(std::uint64_t key, std::uint64_t payload) {
    Event* const head = head_;
    Event* const end = end_;
    const std::ptrdiff_t size = end - head;
    if (SIM_UNLIKELY(end >= limit_)) return insert_far(Event{key, payload});
    Event* place = end;
    if (size <= kShort) {
      place -= greater_before<kShort>(place, key);
      move_up<kShort + 1>(place);
    } else if (size >= kTwoSided && key < head[size / 2].key && head > first_) {
      place = head;
      for (;;) {
        const std::ptrdiff_t rest = greater_before<kStride>(place + kStride, key);
        place += kStride - rest;
        if (rest > 0) break;
        if (SIM_UNLIKELY(place - head >= kWalkAtMost)) return insert_far(Event{key, payload});
      }
      Event* to = place - ((place - head) & ~(kStride - 1));
      move_down<kStride>(to);
      while (SIM_UNLIKELY(to != place)) move_down<kStride>(to += kStride);
      put(place - 1, key, payload);
      head_ = head - 1;
      return;
    } else {
      for (;;) {
        const std::ptrdiff_t greater = greater_before<kStride>(place, key);
        place -= greater;
        if (greater < kStride) break;
        if (SIM_UNLIKELY(end - place >= kWalkAtMost)) return insert_far(Event{key, payload});
      }
      Event* from = place + ((end - place) & ~(kStride - 1));
      move_up<kStride>(from);
      while (SIM_UNLIKELY(from != place)) move_up<kStride>(from -= kStride);
    }
    put(place, key, payload);
    end_ = end + 1;
    put(end + 2, kNoKey, 0);
  }

  // How many of the kCount keys before `end`, ascending, are greater.
  template <std::ptrdiff_t kCount>
  static std::ptrdiff_t greater_before(const Event* end, std::uint64_t key) {
    std::ptrdiff_t greater = 0;
#pragma GCC unroll 8
    for (std::ptrdiff_t i = 1; i <= kCount; ++i) greater += static_cast<std::ptrdiff_t>(end[-i].key > key);
    return greater;
  }

  template <std::ptrdiff_t kCount>
  static void move_down(Event* to) {
    Event moved[static_cast<std::size_t>(kCount)];
#pragma GCC unroll 8
    for (std::ptrdiff_t i = 0; i < kCount; ++i) moved[i] = to[i - kCount];
#pragma GCC unroll 8
    for (std::ptrdiff_t i = 0; i < kCount; ++i) to[i - kCount - 1] = moved[i];
  }

  // In registers: a call of memmove costs as much as all the rest.
  template <std::ptrdiff_t kCount>
  static void move_up(Event* from) {
    Event moved[static_cast<std::size_t>(kCount)];
#pragma GCC unroll 8
    for (std::ptrdiff_t i = 0; i < kCount; ++i) moved[i] = from[i];
#pragma GCC unroll 8
    for (std::ptrdiff_t i = 0; i < kCount; ++i) from[i + 1] = moved[i];
  }

  // One store of 16 bytes: move_up will soon load it so, and two stores of 8 could not be forwarded to that.
  static void put(Event* place, std::uint64_t key, std::uint64_t payload) {
#if defined(__GNUC__)
    using Pair [[gnu::vector_size(16), gnu::aligned(8), gnu::may_alias]] = std::uint64_t;
    *reinterpret_cast<Pair*>(place) = Pair{key, payload};
#else
    *place = Event{key, payload};
#endif
  }

  Event* extend(Rung& rung, std::uint64_t index);
  void refill(std::size_t pending);
  void insert_far(Event e);
  SIM_COLD Chunk* add_slab();
  SIM_COLD void make_room();
  void choose_batch(std::size_t pending);
  void adapt_batch();
  void append(Rung& rung, const Event& e);
  void free_chain(const Bucket& bucket);
  static Span measure(const Bucket& bucket);
  void open_rung(const Span& span);
  void spread_chain(const Bucket& bucket);
  SIM_COLD void spread_bottom();
  void reset_bottom(std::size_t count);
  void rank_into_bottom(const Bucket& bucket);
  [[nodiscard]] bool radix_into_bottom(const Bucket& bucket, const Span& span);
  SIM_COLD void copy_into_bottom(const Bucket& bucket, const Span& span);

  Event* head_ = nullptr;   // first event of the bottom
  Event* end_ = nullptr;    // its end, where the sentinel stands
  Event* first_ = nullptr;  // head_ stays at or behind it: kStride places of the buffer are left before
  Event* limit_ = nullptr;  // end_ stays at or before it: kStride places of the buffer are left behind
  unsigned depth_ = 1;      // levels in use, the top included
  std::array<std::uint64_t, kMaxDepth + 1> bounds_{};
  std::array<Rung*, kMaxDepth> rungs_{};
  Chunk* free_ = nullptr;
  std::size_t batch_ = kBatchLeast;  // events aimed at per refill
  std::size_t batch_limit_ = kBatchLeast;
  std::size_t far_insertions_ = 0;  // since the last refill
  std::vector<Event> bottom_;
  std::vector<Event> scratch_;
  std::vector<std::unique_ptr<Rung>> rung_storage_;
  struct FreeSlab {
    void operator()(Chunk* slab) const { ::operator delete (static_cast<void*>(slab), std::align_val_t{kChunkBytes}); }
  };
  std::vector<std::unique_ptr<Chunk, FreeSlab>> slabs_;
  std::size_t chunks_ = 0;  // in all slabs
};

}  // namespace sim
