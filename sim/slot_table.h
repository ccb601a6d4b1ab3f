// A slab of rows named by 32-bit slots, reused last-in-first-out, with a generation column to tell reuse apart; where
// the row has a member `generation` of 24 bits behind its first four bytes, that is the column: one cache line fewer.
// Not a container of live rows: it cannot be iterated, and a released row's content is gone (the free list is threaded
// through its first four bytes). Check the generation before reading a row that may have been released.
// Invariants: addresses never move (one range of addresses is reserved for the most rows there can be, and made usable
// as the table grows, so a row is found by one multiplication); rows are never constructed or destroyed, the owner
// writes every field after acquire(); size() + free = capacity(); no allocation while size() stays below its highest
// value so far.
// Generations: 24 bits, bumped by release(), so a fresh slot has generation 0; they wrap after 16.7 million reuses
// of one slot, longer than any event stays pending.
// Errors: std::bad_alloc when the system gives no addresses or no memory; more than kMostRows breaks an invariant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#include "sim/check.h"
#include "sim/ids.h"
#include "sim/reserved_array.h"

namespace sim {

template <class Row>
concept HoldsGeneration = requires(Row row) {
  row.generation = row.generation + 1;
};

template <class Row>
class SlotTable {
  static_assert(std::is_trivially_copyable_v<Row>, "rows are raw storage");
  static_assert(sizeof(Row) >= sizeof(std::uint32_t), "a free row holds the next free slot");

 public:
  // Where pointers have 32 bits (a browser), addresses for a million rows are all that can be set aside.
  static constexpr std::uint32_t kMostRows = sizeof(void*) == 8 ? 1U << 26 : 1U << 20;

  SlotTable() = default;
  SlotTable(SlotTable&&) noexcept = default;
  SlotTable& operator=(SlotTable&&) noexcept = default;

  // Makes room for `rows` at once, so that a run of known size never allocates.
  void reserve(std::size_t rows) {
    if (rows > capacity()) grow(rows - capacity());
  }

  [[nodiscard]] std::uint32_t acquire() {
    if (SIM_UNLIKELY(free_head_ == kNone)) grow(capacity() / 16);
    const std::uint32_t slot = free_head_;
    std::memcpy(&free_head_, static_cast<const void*>(&rows_[slot]), sizeof free_head_);
    if constexpr (!kInRow) generations_[slot] &= kGenerationMask;
    ++live_;
    return slot;
  }

  void release(std::uint32_t slot) {
    if constexpr (kInRow) {
      rows_[slot].generation = (rows_[slot].generation + 1) & kGenerationMask;
    } else {
      SIM_CHECK(slot < capacity() && generations_[slot] <= kGenerationMask, "release of a slot that is not held");
      generations_[slot] = ((generations_[slot] + 1) & kGenerationMask) | kFree;
    }
    std::memcpy(static_cast<void*>(&rows_[slot]), &free_head_, sizeof free_head_);
    free_head_ = slot;
    --live_;
  }

  [[nodiscard]] Row& operator[](std::uint32_t slot) { return rows_[slot]; }
  [[nodiscard]] const Row& operator[](std::uint32_t slot) const { return rows_[slot]; }

  // Asks for a row's cache line. Any number will do.
  void prefetch(std::uint32_t slot) const { __builtin_prefetch(&rows_[slot & (kMostRows - 1)], 1); }

  // A new row in an acquired slot, its generation kept.
  Row& renew(std::uint32_t slot) requires HoldsGeneration<Row> {
    Row row{};
    row.generation = rows_[slot].generation;
    return rows_[slot] = row;
  }

  // Of a free slot: what its next owner will get.
  [[nodiscard]] std::uint32_t generation(std::uint32_t slot) const {
    if constexpr (kInRow) {
      return rows_[slot].generation;
    } else {
      return generations_[slot] & kGenerationMask;
    }
  }
  // False for a free slot, whatever the generation asked for.
  [[nodiscard]] bool is_current(std::uint32_t slot, std::uint32_t generation) const requires(!HoldsGeneration<Row>) {
    return generations_[slot] == generation;
  }

  [[nodiscard]] std::size_t size() const { return live_; }
  [[nodiscard]] std::size_t capacity() const { return rows_.size(); }
  [[nodiscard]] std::size_t bytes() const { return rows_.bytes() + generations_.capacity() * sizeof(std::uint32_t); }

 private:
  static constexpr bool kInRow = HoldsGeneration<Row>;
  static constexpr std::uint32_t kFree = 1U << 31;  // beside the 24 bits: catches a double release

  SIM_COLD void grow(std::size_t more) {
    const std::size_t first = rows_.size();
    rows_.grow(more);
    SIM_CHECK(rows_.size() < kNone, "slot table beyond 32-bit slots");
    if constexpr (!kInRow) generations_.resize(rows_.size(), kFree);
    for (auto slot = static_cast<std::uint32_t>(rows_.size()); slot-- > first;) {  // the lowest is handed out first
      std::memcpy(static_cast<void*>(&rows_[slot]), &free_head_, sizeof free_head_);
      free_head_ = slot;
    }
  }

  ReservedArray<Row, kMostRows> rows_;
  std::vector<std::uint32_t> generations_;
  std::uint32_t free_head_ = kNone;
  std::size_t live_ = 0;
};

}  // namespace sim
