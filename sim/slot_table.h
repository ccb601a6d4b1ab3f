// A slab of rows named by 32-bit slots, reused last-in-first-out, with a generation column to tell reuse apart.
// Not a container of live rows: it cannot be iterated, and a released row's content is gone (the free list is threaded
// through its first four bytes). Check the generation before reading a row that may have been released.
// Invariants: addresses never move (pages); rows are never constructed or destroyed, the owner writes every field after
// acquire(); size() + free = capacity(); no allocation while size() stays below its highest value so far.
// Generations: 24 bits, bumped by release(), so a fresh slot has generation 0; they wrap after 16.7 million reuses
// of one slot, longer than any event stays pending.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <vector>

#include "sim/check.h"
#include "sim/ids.h"

namespace sim {

template <class Row, unsigned kPageBits = 10>
class SlotTable {
  static_assert(std::is_trivially_copyable_v<Row>, "rows are raw storage");
  static_assert(sizeof(Row) >= sizeof(std::uint32_t), "a free row holds the next free slot");

 public:
  static constexpr std::uint32_t kRowsPerPage = 1U << kPageBits;

  SlotTable() = default;
  SlotTable(SlotTable&&) noexcept = default;
  SlotTable& operator=(SlotTable&&) noexcept = default;

  // Makes room for `rows` at once, so that a run of known size never allocates.
  void reserve(std::size_t rows) {
    while (generations_.size() < rows) add_page();
  }

  [[nodiscard]] std::uint32_t acquire() {
    if (SIM_UNLIKELY(free_head_ == kNone)) add_page();
    const std::uint32_t slot = free_head_;
    std::memcpy(&free_head_, static_cast<const void*>(&(*this)[slot]), sizeof free_head_);
    generations_[slot] &= kGenerationMask;
    ++live_;
    return slot;
  }

  void release(std::uint32_t slot) {
    SIM_CHECK(slot < generations_.size() && generations_[slot] <= kGenerationMask,
              "release of a slot that is not held");
    generations_[slot] = ((generations_[slot] + 1) & kGenerationMask) | kFree;
    std::memcpy(static_cast<void*>(&(*this)[slot]), &free_head_, sizeof free_head_);
    free_head_ = slot;
    --live_;
  }

  [[nodiscard]] Row& operator[](std::uint32_t slot) {
    return pages_[slot >> kPageBits].get()[slot & (kRowsPerPage - 1)];
  }
  [[nodiscard]] const Row& operator[](std::uint32_t slot) const {
    return pages_[slot >> kPageBits].get()[slot & (kRowsPerPage - 1)];
  }

  // Of a free slot: what its next owner will get.
  [[nodiscard]] std::uint32_t generation(std::uint32_t slot) const { return generations_[slot] & kGenerationMask; }
  // False for a free slot, whatever the generation asked for.
  [[nodiscard]] bool is_current(std::uint32_t slot, std::uint32_t generation) const {
    return generations_[slot] == generation;
  }

  [[nodiscard]] std::size_t size() const { return live_; }
  [[nodiscard]] std::size_t capacity() const { return generations_.size(); }
  [[nodiscard]] std::size_t bytes() const {
    return capacity() * sizeof(Row) + generations_.capacity() * sizeof(std::uint32_t) +
           pages_.capacity() * sizeof(Page);
  }

 private:
  static constexpr std::uint32_t kFree = 1U << 31;  // beside the 24 bits: catches a double release
  static constexpr std::size_t kAlign = alignof(Row) > 64 ? alignof(Row) : 64;
  struct FreePage {
    void operator()(Row* rows) const { ::operator delete (static_cast<void*>(rows), std::align_val_t{kAlign}); }
  };
  using Page = std::unique_ptr<Row, FreePage>;

  SIM_COLD void add_page() {
    const std::size_t first = generations_.size();
    SIM_CHECK(first + kRowsPerPage < kNone, "slot table beyond 32-bit slots");
    pages_.emplace_back(static_cast<Row*>(::operator new (sizeof(Row) * kRowsPerPage, std::align_val_t{kAlign})));
    generations_.resize(first + kRowsPerPage, kFree);
    for (std::uint32_t i = kRowsPerPage; i-- > 0;) {  // backwards: the lowest slot is handed out first
      const auto slot = static_cast<std::uint32_t>(first) + i;
      std::memcpy(static_cast<void*>(&(*this)[slot]), &free_head_, sizeof free_head_);
      free_head_ = slot;
    }
  }

  std::vector<Page> pages_;
  std::vector<std::uint32_t> generations_;
  std::uint32_t free_head_ = kNone;
  std::size_t live_ = 0;
};

}  // namespace sim
