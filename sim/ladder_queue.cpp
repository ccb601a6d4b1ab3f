#include "sim/ladder_queue.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sim {
namespace {

constexpr Event kSentinel{kNoKey, 0};

unsigned bit_width(std::uint64_t x) { return x == 0 ? 0 : 64U - static_cast<unsigned>(__builtin_clzll(x)); }

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) { return a + b < a ? kNoKey : a + b; }

// Calls visit(events, count) for each chunk of a chain, in push order; `next_of` is read before the visit.
template <class Chunk, class Visit>
void for_each_chunk(Chunk* first, Event* write, Visit&& visit) {
  Chunk* const last = reinterpret_cast<Chunk*>((reinterpret_cast<std::uintptr_t>(write) - 1) & ~(sizeof(Chunk) - 1));
  for (Chunk* chunk = first;; chunk = chunk->next) {
    const bool at_end = chunk == last;
    visit(chunk->events, at_end ? static_cast<std::size_t>(write - chunk->events) : std::size(chunk->events));
    if (at_end) return;
  }
}

// Sorts by counting, for each event, the keys that are less: quadratic, but with no branch on data. The keys are padded
// with kNoKey to kPadded, so that the inner loop unrolls. Returns false, and leaves `to` in disorder, if keys are equal.
template <std::size_t kPadded>
inline bool rank_distinct(const Event* from, std::size_t count, Event* to) {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Event e = from[i];
    std::size_t rank = 0;
#pragma GCC unroll 16
    for (std::size_t j = 0; j < kPadded; ++j) rank += static_cast<std::size_t>(from[j].key < e.key);
    to[rank] = e;
    sum += rank;
  }
  return 2 * sum == count * (count - 1);
}

// Stable, for any keys.
inline void rank_any(const Event* from, std::size_t count, Event* to) {
  for (std::size_t i = 0; i < count; ++i) {
    const Event e = from[i];
    std::size_t rank = 0;
    for (std::size_t j = 0; j < i; ++j) rank += static_cast<std::size_t>(from[j].key <= e.key);
    for (std::size_t j = i + 1; j < count; ++j) rank += static_cast<std::size_t>(from[j].key < e.key);
    to[rank] = e;
  }
}

// `from` has room for four more events behind its last.
inline void rank_sort(Event* from, std::size_t count, Event* to) {
  for (std::size_t i = 0; i < 3; ++i) from[count + i].key = kNoKey;
  const bool sorted = count <= 4 ? rank_distinct<4>(from, count, to) : count <= 8 ? rank_distinct<8>(from, count, to) : 
     count <= 12 ? rank_distinct<12>(from, count, to) : false;
  if (!sorted) rank_any(from, count, to);
}

}  // namespace

LadderQueue::LadderQueue() {
  add_rung();  // the top: one bucket
  rungs_[0] = rung_storage_[0].get();
  bottom_.resize(256);
  reset_bottom(0);
  bounds_[0] = kNoKey;  // while few events are pending the bottom is the whole queue
}

LadderQueue::~LadderQueue() = default;
LadderQueue::LadderQueue(LadderQueue&&) noexcept = default;
LadderQueue& LadderQueue::operator=(LadderQueue&&) noexcept = default;

void LadderQueue::add_rung() { rung_storage_.push_back(std::make_unique<Rung>()); }

LadderQueue::Chunk* LadderQueue::add_slab() {
  const std::size_t chunks = kChunksPerSlab;
  auto* slab = static_cast<Chunk*>(::operator new(chunks * sizeof(Chunk), std::align_val_t{kChunkBytes}));
  slabs_.emplace_back(slab);
  for (std::size_t i = 0; i < chunks; ++i) slab[i].next = i + 1 < chunks ? slab + i + 1 : nullptr;
  return slab;
}

LadderQueue::Chunk* LadderQueue::take_chunk() {
  Chunk* chunk = free_;
  if (SIM_UNLIKELY(chunk == nullptr)) chunk = add_slab();
  free_ = chunk->next;
  return chunk;
}

void LadderQueue::free_chain(Chunk* first, Chunk* last) {
  last->next = free_;
  free_ = first;
}

Event* LadderQueue::extend(Rung& rung, std::uint64_t index) {
  Chunk* const chunk = take_chunk();
  Bucket& bucket = rung.buckets[index];
  if (bucket.write == nullptr) {
    bucket.first = chunk;
    rung.occupied[index / 64] |= std::uint64_t{1} << (index % 64);
  } else {
    reinterpret_cast<Chunk*>(reinterpret_cast<std::uintptr_t>(bucket.write) - kChunkBytes)->next = chunk;
  }
  return chunk->events;
}

LadderQueue::Span LadderQueue::measure(const Bucket& bucket) {
  Span span;
  for_each_chunk(bucket.first, bucket.write, [&](const Event* events, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      span.min = std::min(span.min, events[i].key);
      span.max = std::max(span.max, events[i].key);
    }
    span.count += count;
  });
  return span;
}

void LadderQueue::refill() {
  for (;;) {
    Rung& rung = *rungs_[depth_ - 1];
    unsigned word = 0;
    while (word < rung.occupied.size() && rung.occupied[word] == 0) ++word;
    if (word == rung.occupied.size()) {
      if (depth_ == 1) return;  // nothing pending
      --depth_;
      bounds_[depth_] = 0;
      continue;
    }
    const unsigned index = word * 64 + static_cast<unsigned>(__builtin_ctzll(rung.occupied[word]));
    const Bucket bucket = rung.buckets[index];
    rung.buckets[index] = Bucket{};
    rung.occupied[word] &= rung.occupied[word] - 1;
    const bool from_top = depth_ == 1;
    if (!from_top) {
      const std::uint64_t last = saturating_add(rung.base, ((std::uint64_t{index} + 1) << rung.shift) - 1);
      bounds_[depth_ - 1] = std::min(saturating_add(last, 1), bounds_[depth_ - 2]);
    }
    const std::size_t few = count_up_to_two_chunks(bucket);
    if (few <= kSortAtMost) {
      if (from_top) bounds_[0] = kNoKey;
      return sort_into_bottom(bucket, few);
    }
    const Span span = measure(bucket);
    bounds_[depth_ - 1] = span.max + 1;  // what comes later and is greater belongs to this very bucket, next time
    if (span.min == span.max || depth_ == kMaxDepth) return copy_into_bottom(bucket, span);
    open_rung(span.min, span.max, span.count);
    spread(bucket, span);
  }
}

// The number of events, or more than kSortAtMost if the chain is longer than two chunks.
std::size_t LadderQueue::count_up_to_two_chunks(const Bucket& bucket) {
  const Chunk* const last =
      reinterpret_cast<Chunk*>((reinterpret_cast<std::uintptr_t>(bucket.write) - 1) & ~(kChunkBytes - 1));
  const auto in_last = static_cast<std::size_t>(bucket.write - last->events);
  if (last == bucket.first) return in_last;
  return bucket.first->next == last ? kEventsPerChunk + in_last : kSortAtMost + 1;
}

void LadderQueue::open_rung(std::uint64_t base, std::uint64_t last, std::size_t count) {
  if (depth_ == rung_storage_.size()) add_rung();
  Rung& rung = *rung_storage_[depth_];
  rungs_[depth_] = &rung;
  // As many buckets as leave about kPerBucket events in each, a power of two, but never more than kBuckets.
  const unsigned bits = std::clamp(bit_width(count / kPerBucket), 2U, 8U);
  const unsigned width = bit_width(last - base);
  rung.base = base;
  rung.shift = width > bits ? width - bits : 0;
  rung.mask = kBuckets - 1;
  bounds_[depth_] = base;
  ++depth_;
  bounds_[depth_] = 0;
}

void LadderQueue::spread(const Bucket& bucket, const Span& span) {
  static_cast<void>(span);
  Rung& rung = *rungs_[depth_ - 1];
  Chunk* chunk = bucket.first;
  Chunk* const last =
      reinterpret_cast<Chunk*>((reinterpret_cast<std::uintptr_t>(bucket.write) - 1) & ~(kChunkBytes - 1));
  for (;;) {
    const bool at_end = chunk == last;
    const std::size_t count = at_end ? static_cast<std::size_t>(bucket.write - chunk->events) : 15;
    for (std::size_t i = 0; i < count; ++i) {
      const Event e = chunk->events[i];
      const std::uint64_t index = (e.key - rung.base) >> rung.shift;
      Bucket& to = rung.buckets[index];
      Event* place = to.write;
      if ((reinterpret_cast<std::uintptr_t>(place) & (kChunkBytes - 1)) == 0) place = extend(rung, index);
      *place = e;
      to.write = place + 1;
    }
    Chunk* const next = chunk->next;
    free_chain(chunk, chunk);
    if (at_end) return;
    chunk = next;
  }
}

void LadderQueue::reset_bottom(std::size_t count) {
  if (bottom_.size() < count + 64) bottom_.resize(2 * count + 64);
  head_ = bottom_.data();
  end_ = head_ + count;
  limit_ = bottom_.data() + bottom_.size() - 1;
  *end_ = kSentinel;
}

void LadderQueue::sort_into_bottom(const Bucket& bucket, std::size_t count) {
  reset_bottom(count);
  Chunk* const last =
      reinterpret_cast<Chunk*>((reinterpret_cast<std::uintptr_t>(bucket.write) - 1) & ~(kChunkBytes - 1));
  if (bucket.first == last && count <= kEventsPerChunk - 3) {
    rank_sort(last->events, count, head_);
  } else {
    Event gathered[2 * kEventsPerChunk + 4];
    Event* place = gathered;
    for_each_chunk(bucket.first, bucket.write, [&](const Event* events, std::size_t n) {
      std::memcpy(static_cast<void*>(place), events, n * sizeof(Event));
      place += n;
    });
    rank_sort(gathered, count, head_);
  }
  free_chain(bucket.first, last);
}

// A long chain that is not to be spread: all of one key, or (never seen) at the greatest depth.
void LadderQueue::copy_into_bottom(const Bucket& bucket, const Span& span) {
  reset_bottom(span.count);
  Event* place = head_;
  for_each_chunk(bucket.first, bucket.write, [&](const Event* events, std::size_t count) {
    std::memcpy(static_cast<void*>(place), events, count * sizeof(Event));
    place += count;
  });
  free_chain(bucket.first, reinterpret_cast<Chunk*>((reinterpret_cast<std::uintptr_t>(bucket.write) - 1) & ~(kChunkBytes - 1)));
  if (span.min == span.max) return;
  std::stable_sort(head_, end_, [](const Event& a, const Event& b) { return a.key < b.key; });
}

// The bottom is long, or its buffer is full: insert where few events move, else turn the bottom into a rung first.
void LadderQueue::insert_slowly(const Event& e) {
  Event* place = std::upper_bound(head_, end_, e.key, [](std::uint64_t key, const Event& x) { return key < x.key; });
  const auto before = static_cast<std::size_t>(place - head_);
  const auto after = static_cast<std::size_t>(end_ - place);
  if (std::min(before, after) > kShiftAtMost / 2 && depth_ < kMaxDepth) {
    spread_bottom();
    return push(e);
  }
  make_room(1, 1);
  place = head_ + before;
  if (before < after) {
    std::memmove(static_cast<void*>(head_ - 1), head_, before * sizeof(Event));
    --head_;
    place[-1] = e;
  } else {
    std::memmove(static_cast<void*>(place + 1), place, (after + 1) * sizeof(Event));
    *place = e;
    ++end_;
  }
}

// At least `before` and `after` free places around the bottom; growth and recentring are amortised over the insertions.
void LadderQueue::make_room(std::size_t before, std::size_t after) {
  const auto size = static_cast<std::size_t>(end_ - head_);
  if (head_ - bottom_.data() >= static_cast<std::ptrdiff_t>(before) && limit_ - end_ >= static_cast<std::ptrdiff_t>(after)) return;
  const std::size_t needed = 3 * size + before + after + 64;
  if (bottom_.size() >= needed) {  // room enough, at the wrong end
    Event* const head = bottom_.data() + (bottom_.size() - size) / 4;
    std::memmove(static_cast<void*>(head), head_, (size + 1) * sizeof(Event));
    head_ = head;
  } else {
    std::vector<Event> larger(2 * needed);
    Event* const head = larger.data() + (larger.size() - size) / 4;
    std::memcpy(static_cast<void*>(head), head_, (size + 1) * sizeof(Event));
    bottom_.swap(larger);
    head_ = head;
  }
  end_ = head_ + size;
  limit_ = bottom_.data() + bottom_.size() - 1;
}

void LadderQueue::spread_bottom() {
  const std::uint64_t first = head_->key;
  const std::uint64_t last = end_[-1].key;
  bounds_[depth_ - 1] = last + 1;
  open_rung(first, last, static_cast<std::size_t>(end_ - head_));
  Event* const end = end_;
  Event* from = head_;
  Rung& rung = *rungs_[depth_ - 1];
  for (; from != end; ++from) {
    const std::uint64_t index = (from->key - rung.base) >> rung.shift;
    Bucket& bucket = rung.buckets[index];
    Event* place = bucket.write;
    if ((reinterpret_cast<std::uintptr_t>(place) & (kChunkBytes - 1)) == 0) place = extend(rung, index);
    *place = *from;
    bucket.write = place + 1;
  }
  end_ = head_;
  *end_ = kSentinel;
}

std::size_t LadderQueue::bytes() const {
  return slabs_.size() * kChunksPerSlab * sizeof(Chunk) + rung_storage_.size() * sizeof(Rung) +
         bottom_.capacity() * sizeof(Event);
}

}  // namespace sim
