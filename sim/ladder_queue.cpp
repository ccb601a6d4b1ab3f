#include "sim/ladder_queue.h"

#include <algorithm>
#include <cstring>

namespace sim {
namespace {

constexpr Event kSentinel{kNoKey, 0};

unsigned bit_width(std::uint64_t x) { return x == 0 ? 0 : 64U - static_cast<unsigned>(__builtin_clzll(x)); }

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) { return a + b < a ? kNoKey : a + b; }

void copy(Event* to, const Event* from, std::size_t count) {
  std::memmove(static_cast<void*>(to), from, count * sizeof(Event));
}

// The chunk that holds the event before `write`.
template <class Chunk>
Chunk* chunk_before(Event* write) {
  return reinterpret_cast<Chunk*>((reinterpret_cast<std::uintptr_t>(write) - 1) & ~(sizeof(Chunk) - 1));
}

// Calls visit(events, count) for each chunk of a chain, in push order.
template <class Bucket, class Visit>
void for_each_chunk(const Bucket& bucket, Visit&& visit) {
  auto* chunk = bucket.first;
  auto* const last = chunk_before<std::remove_pointer_t<decltype(chunk)>>(bucket.write);
  for (; chunk != last; chunk = chunk->next) visit(chunk->events, std::size(chunk->events));
  visit(last->events, static_cast<std::size_t>(bucket.write - last->events));
}

// Sorts by counting, for each event, the keys that are less: quadratic, but with no branch on data. Keys behind the
// last
// are padded with kNoKey to kPadded, so that the inner loop unrolls. False, and disorder in `to`, if keys are equal.
template <std::size_t kPadded>
bool rank_distinct(const Event* from, std::size_t count, Event* to) {
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

// The same for any keys, stably.
void rank_any(const Event* from, std::size_t count, Event* to) {
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t rank = 0;
    for (std::size_t j = 0; j < i; ++j) rank += static_cast<std::size_t>(from[j].key <= from[i].key);
    for (std::size_t j = i + 1; j < count; ++j) rank += static_cast<std::size_t>(from[j].key < from[i].key);
    to[rank] = from[i];
  }
}

// counts[d] becomes the number of smaller digits.
void accumulate(std::uint32_t* counts, std::size_t digits) {
  std::uint32_t sum = 0;
  for (std::size_t d = 0; d < digits; ++d) {
    const std::uint32_t count = counts[d];
    counts[d] = sum;
    sum += count;
  }
}

}  // namespace

LadderQueue::LadderQueue() : bottom_(128) {
  rung_storage_.push_back(std::make_unique<Rung>());  // the top: one bucket
  rungs_[0] = rung_storage_[0].get();
  reset_bottom(0);
  bounds_[0] = kNoKey;  // while few events are pending the bottom is the whole queue
}

LadderQueue::~LadderQueue() = default;
LadderQueue::LadderQueue(LadderQueue&&) noexcept = default;
LadderQueue& LadderQueue::operator=(LadderQueue&&) noexcept = default;

LadderQueue::Chunk* LadderQueue::add_slab() {
  const std::size_t chunks = std::clamp(chunks_ / 2, kChunksAtFirst, kChunksPerSlab);  // small runs stay small
  auto* slab = static_cast<Chunk*>(::operator new (chunks * sizeof(Chunk), std::align_val_t{kChunkBytes}));
  slabs_.emplace_back(slab);
  for (std::size_t i = 0; i < chunks; ++i) slab[i].next = i + 1 < chunks ? slab + i + 1 : nullptr;
  chunks_ += chunks;
  return slab;
}

void LadderQueue::free_chain(const Bucket& bucket) {
  chunk_before<Chunk>(bucket.write)->next = free_;
  free_ = bucket.first;
}

// Gives bucket `index`, whose last chunk is full or which is empty, another chunk.
Event* LadderQueue::extend(Rung& rung, std::uint64_t index) {
  if (SIM_UNLIKELY(free_ == nullptr)) free_ = add_slab();
  Chunk* const chunk = free_;
  free_ = chunk->next;
  Bucket& bucket = rung.buckets[index];
  if (bucket.write == nullptr) {
    bucket.first = chunk;
    rung.occupied[index / 64] |= std::uint64_t{1} << (index % 64);
  } else {
    chunk_before<Chunk>(bucket.write)->next = chunk;
  }
  return chunk->events;
}

inline void LadderQueue::append(Rung& rung, const Event& e) {
  const std::uint64_t index = (e.key - rung.base) >> rung.shift;
  Bucket& bucket = rung.buckets[index];
  Event* place = bucket.write;
  if ((reinterpret_cast<std::uintptr_t>(place) & (kChunkBytes - 1)) == 0) place = extend(rung, index);
  *place = e;
  bucket.write = place + 1;
}

LadderQueue::Span LadderQueue::measure(const Bucket& bucket) {
  Span span;
  for_each_chunk(bucket, [&](const Event* events, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t key = events[i].key;
      span.min = key < span.min ? key : span.min;
      span.max = key > span.max ? key : span.max;
    }
    span.count += count;
  });
  return span;
}

// A large batch spreads the cost of a refill, a small one makes insertions far into the bottom rare and short; of n
// pending events with like delays, (batch^2 / 2 n) fall into it per refill, so the best batch grows as the root of n.
// Where delays are not alike the insertions themselves say so. Performance only: no order depends on it.
void LadderQueue::choose_batch(std::size_t pending) {
  batch_limit_ = std::clamp(std::size_t{1} << (bit_width(pending) / 2 + 1), kBatchLeast, kBatchMost);
  batch_ = std::min(batch_, batch_limit_);
}

void LadderQueue::adapt_batch() {
  if (far_insertions_ > 6)
    batch_ = std::max(kBatchLeast, batch_ / 2);
  else if (far_insertions_ < 2)
    batch_ = std::min(batch_limit_, batch_ * 2);
  far_insertions_ = 0;
}

void LadderQueue::refill(std::size_t pending) {
  choose_batch(pending);
  for (;;) {
    Rung& rung = *rungs_[depth_ - 1];
    std::size_t word = 0;
    while (word < rung.occupied.size() && rung.occupied[word] == 0) ++word;
    if (word == rung.occupied.size()) {
      if (depth_ == 1) return;  // nothing pending
      --depth_;
      bounds_[depth_] = 0;
      continue;
    }
    const std::size_t index = word * 64 + static_cast<unsigned>(__builtin_ctzll(rung.occupied[word]));
    const Bucket bucket = rung.buckets[index];
    rung.buckets[index] = Bucket{};
    rung.occupied[word] &= rung.occupied[word] - 1;
    const std::uint64_t last = saturating_add(rung.base, ((std::uint64_t{index} + 1) << rung.shift) - 1);
    const std::uint64_t end = depth_ == 1 ? kNoKey : std::min(saturating_add(last, 1), bounds_[depth_ - 2]);
    if (bucket.write <= bucket.first->events + kRankAtMost && bucket.write > bucket.first->events) {
      bounds_[depth_ - 1] = end;
      return rank_into_bottom(bucket);
    }
    const Span span = measure(bucket);
    // Greater keys that come later belong to this very bucket, next time.
    bounds_[depth_ - 1] = span.max + 1;
    if (span.min == span.max || depth_ == kMaxDepth) return copy_into_bottom(bucket, span);
    if (depth_ > 1) adapt_batch();
    if (span.count <= 2 * (depth_ == 1 ? kBatchLeast : batch_)) {
      bounds_[depth_ - 1] = depth_ == 1 ? span.max + 1 : end;
      if (radix_into_bottom(bucket, span)) return;
      spread_bottom();
    } else {
      open_rung(span);
      spread_chain(bucket);
    }
  }
}

// A rung for the keys of `span`: as many buckets as leave about batch_ events in each.
void LadderQueue::open_rung(const Span& span) {
  if (depth_ == rung_storage_.size()) rung_storage_.push_back(std::make_unique<Rung>());
  Rung& rung = *rung_storage_[depth_];
  rungs_[depth_] = &rung;
  const unsigned bits = std::clamp(bit_width(span.count / batch_), 2U, 8U);
  const unsigned width = bit_width(span.max - span.min);
  rung.base = span.min;
  rung.shift = width > bits ? width - bits : 0;
  rung.mask = kBuckets - 1;
  bounds_[depth_] = rung.base;
  ++depth_;
  bounds_[depth_] = 0;
}

void LadderQueue::spread_chain(const Bucket& bucket) {
  Rung& rung = *rungs_[depth_ - 1];
  Chunk* const last = chunk_before<Chunk>(bucket.write);
  for (Chunk* chunk = bucket.first;;) {
    const bool at_end = chunk == last;
    const Event* const end = at_end ? bucket.write : chunk->events + kEventsPerChunk;
    for (const Event* e = chunk->events; e != end; ++e) append(rung, *e);
    Chunk* const next = chunk->next;
    chunk->next = free_;  // at once: the next bucket to grow takes it, still in the cache
    free_ = chunk;
    if (at_end) return;
    chunk = next;
  }
}

// The bottom becomes the lowest rung, and empty.
void LadderQueue::spread_bottom() {
  Span span;
  for (const Event* e = head_; e != end_; ++e) {
    span.min = std::min(span.min, e->key);
    span.max = std::max(span.max, e->key);
  }
  span.count = static_cast<std::size_t>(end_ - head_);
  // The level above takes what is greater, but nothing below its own base.
  bounds_[depth_ - 1] = std::max(span.max + 1, rungs_[depth_ - 1]->base);
  span.max = bounds_[depth_ - 1] - 1;
  open_rung(span);
  for (const Event* e = head_; e != end_; ++e) append(*rungs_[depth_ - 1], *e);
  end_ = head_;
  end_[0] = end_[1] = kSentinel;
}

// Requires an empty bottom. The first kStride places of the buffer always have key 0.
void LadderQueue::reset_bottom(std::size_t count) {
  if (bottom_.size() < count + 128) bottom_ = std::vector<Event>(2 * count + 128);
  first_ = bottom_.data() + kStride;
  head_ = first_;
  end_ = head_ + count;
  limit_ = bottom_.data() + bottom_.size() - 2 - kStride;
  end_[0] = end_[1] = kSentinel;
}

// Requires one chunk of at most kRankAtMost events.
void LadderQueue::rank_into_bottom(const Bucket& bucket) {
  Event* const from = bucket.first->events;
  const auto count = static_cast<std::size_t>(bucket.write - from);
  reset_bottom(count);
  for (std::size_t i = 0; i < 3; ++i) from[count + i].key = kNoKey;
  const bool done = count <= 4   ? rank_distinct<4>(from, count, head_)
                    : count <= 8 ? rank_distinct<8>(from, count, head_)
                                 : rank_distinct<12>(from, count, head_);
  if (!done) rank_any(from, count, head_);
  free_chain(bucket);
}

// Sorts by two digits of the keys' leading bits, then in place where those are equal. Gives up if they say too little
// about the order (a few far outliers): the bottom then holds the events unsorted, equal keys in push order.
bool LadderQueue::radix_into_bottom(const Bucket& bucket, const Span& span) {
  reset_bottom(span.count);
  const unsigned width = bit_width(span.max - span.min);
  const unsigned bits = std::min(width, (bit_width(span.count) + 5) & ~1U);  // at most 16 for 2 * kBatchMost events
  const unsigned low_bits = bits / 2;
  const unsigned drop = width - bits;
  const std::uint64_t low_mask = (std::uint64_t{1} << low_bits) - 1;
  std::uint32_t low[256];
  std::uint32_t high[256];
  std::fill_n(low, std::size_t{1} << low_bits, 0U);
  std::fill_n(high, std::size_t{1} << (bits - low_bits), 0U);
  for_each_chunk(bucket, [&](const Event* events, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t digits = (events[i].key - span.min) >> drop;
      ++low[digits & low_mask];
      ++high[digits >> low_bits];
    }
  });
  accumulate(low, std::size_t{1} << low_bits);
  accumulate(high, std::size_t{1} << (bits - low_bits));
  if (scratch_.size() < span.count) scratch_.resize(std::max(2 * scratch_.size(), span.count));
  Event* const between = scratch_.data();
  for_each_chunk(bucket, [&](const Event* events, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) between[low[((events[i].key - span.min) >> drop) & low_mask]++] = events[i];
  });
  free_chain(bucket);
  for (std::size_t i = 0; i < span.count; ++i)
    head_[high[(between[i].key - span.min) >> drop >> low_bits]++] = between[i];
  std::size_t moves = 0;
  for (Event* i = head_ + 1; i < end_; ++i) {
    if (SIM_LIKELY(i[-1].key <= i->key)) continue;
    const Event e = *i;
    Event* place = i;
    for (; place != head_ && place[-1].key > e.key; --place) *place = place[-1];
    *place = e;
    moves += static_cast<std::size_t>(i - place);
    if (moves > 4 * span.count) return false;
  }
  return true;
}

// A chain of any length that is not to be spread: all of one key, or (never seen) at the greatest depth.
void LadderQueue::copy_into_bottom(const Bucket& bucket, const Span& span) {
  reset_bottom(span.count);
  Event* place = head_;
  for_each_chunk(bucket, [&](const Event* events, std::size_t count) {
    copy(place, events, count);
    place += count;
  });
  free_chain(bucket);
  if (span.min == span.max) return;
  std::stable_sort(head_, end_, [](const Event& a, const Event& b) { return a.key < b.key; });
}

// The bottom is long, or its buffer is full: insert where few events move, else turn the bottom into a rung first.
void LadderQueue::insert_far(Event e) {
  const Event* place = head_;
  for (auto left = static_cast<std::size_t>(end_ - head_); left > 0;) {  // upper bound without a branch on data
    const std::size_t half = left - left / 2;
    place += half * static_cast<std::size_t>(place[half - 1].key <= e.key);
    left -= half;
  }
  const auto before = static_cast<std::size_t>(place - head_);
  const auto after = static_cast<std::size_t>(end_ - place);
  const std::size_t moved = std::min(before, after);
  ++far_insertions_;
  if (moved > kWalkAtMost + (depth_ == 1 ? 0 : batch_) && depth_ < kMaxDepth) {
    spread_bottom();
    return push(e);
  }
  if (head_ == first_ || end_ >= limit_) make_room();
  if (before < after) {
    copy(head_ - 1, head_, before);
    --head_;
    head_[before] = e;
  } else {
    copy(head_ + before + 1, head_ + before, after + 2);
    head_[before] = e;
    ++end_;
  }
}

// Free places on both sides of the bottom, in proportion to its size: amortised over the insertions.
void LadderQueue::make_room() {
  const auto size = static_cast<std::size_t>(end_ - head_);
  const std::size_t needed = 3 * size + 64;
  std::vector<Event> larger(bottom_.size() < needed ? 2 * needed : 0);
  std::vector<Event>& to = larger.empty() ? bottom_ : larger;
  Event* const head = to.data() + kStride + (to.size() - size) / 4;
  copy(head, head_, size + 2);
  if (!larger.empty()) bottom_.swap(larger);
  if (larger.empty() && head > head_) std::fill(head_, head, Event{});  // a larger one begins with zeros
  first_ = bottom_.data() + kStride;
  head_ = head;
  end_ = head_ + size;
  limit_ = bottom_.data() + bottom_.size() - 2 - kStride;
}

std::size_t LadderQueue::bytes() const {
  return chunks_ * sizeof(Chunk) + rung_storage_.size() * sizeof(Rung) +
         (bottom_.capacity() + scratch_.capacity()) * sizeof(Event);
}

}  // namespace sim
