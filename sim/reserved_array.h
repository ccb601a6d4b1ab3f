// An array of raw elements that grows without moving: addresses for the most elements are reserved at once, memory is
// asked for page by page. Not a vector: nothing is constructed or destroyed, it never shrinks.
// Invariants: data() is fixed and starts on a page; elements [0, size()) are usable and were zero when they came;
// size() is what fits into the pages in use, so grow(n) may give more than n.
// Reserved addresses have no access rights and count against no limit of memory, only of address space (ulimit -v).
// Errors: std::bad_alloc; more than kMost elements breaks an invariant.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#include "sim/check.h"

namespace sim {

template <class T, std::size_t kMost>
class ReservedArray {
  static_assert(std::is_trivially_copyable_v<T>, "elements are raw storage");

 public:
  ReservedArray() = default;
  ~ReservedArray() {
    if (data_ != nullptr) ::munmap(data_, kReserved);
  }
  ReservedArray(ReservedArray&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  ReservedArray& operator=(ReservedArray&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  [[nodiscard]] T& operator[](std::size_t i) { return data_[i]; }
  [[nodiscard]] const T& operator[](std::size_t i) const { return data_[i]; }
  [[nodiscard]] T* data() { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t bytes() const { return pages(size_) * kPage; }

  // At least one element more, and at least `more`.
  SIM_COLD void grow(std::size_t more) {
    SIM_CHECK(size_ + more < kMost, "an array beyond its reserved addresses");
    if (data_ == nullptr) {
      void* const range = ::mmap(nullptr, kReserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (range == MAP_FAILED) throw std::bad_alloc();
      data_ = static_cast<T*>(range);
    }
    const std::size_t before = pages(size_) * kPage;
    const std::size_t after = pages(size_ + (more > 0 ? more : 1)) * kPage;
    if (after > before && ::mprotect(static_cast<std::byte*>(static_cast<void*>(data_)) + before, after - before,
                                     PROT_READ | PROT_WRITE) != 0) {
      throw std::bad_alloc();
    }
    size_ = after / sizeof(T);
  }

 private:
  static constexpr std::size_t kPage = 4096;
  static constexpr std::size_t kReserved = kMost * sizeof(T);
  static constexpr std::size_t pages(std::size_t elements) { return (elements * sizeof(T) + kPage - 1) / kPage; }

  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace sim
