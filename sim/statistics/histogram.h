// A log-linear histogram of nanoseconds: 128 sub-buckets per octave, exact below 256 ns. Not a sketch: counts
// are integers, so merging is exact and free of order, and equal content means equal histograms.
// Invariants: a bucket [lo, hi) has hi - lo = 1 or (hi - lo) / lo <= 1/128; count() is the sum of all cells;
// negative values count as 0. Memory: 128 bytes per octave from the least to the greatest touched one, nothing when
// empty. sum() is exact. An observation touches two cache lines: the first of the object, and a cell's.
// Units: nanoseconds. Errors: none; statistics of an empty histogram are 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace sim {

__extension__ using Int128 = __int128;

class alignas(64) Histogram {
 public:
  void observe(std::int64_t ns) {
    const std::uint64_t v = ns < 0 ? 0 : static_cast<std::uint64_t>(ns);
    const unsigned block = block_of(v);
    // In one comparison: the block stands within the open ones (below them the difference wraps around).
    if (block - first_block_ >= blocks_) [[unlikely]]
      open(block);
    if (++cells_[cell_of(block, sub_of(v, block))] == 0) [[unlikely]]
      carry(block, sub_of(v, block), 1);
    if (count_ == 0 || static_cast<std::int64_t>(v) < min_) min_ = static_cast<std::int64_t>(v);
    if (static_cast<std::int64_t>(v) > max_) max_ = static_cast<std::int64_t>(v);
    ++count_;
    sum_low_ += v;
    sum_high_ += sum_low_ < v ? 1U : 0U;
  }

  // n observations of one value, as if observed one by one.
  void observe_many(std::int64_t ns, std::uint64_t n);

  void merge(const Histogram& other);
  void clear() { *this = Histogram(); }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] Int128 sum() const { return (static_cast<Int128>(sum_high_) << 64) + static_cast<Int128>(sum_low_); }
  [[nodiscard]] double mean() const;
  [[nodiscard]] std::int64_t min() const { return min_; }
  [[nodiscard]] std::int64_t max() const { return max_; }

  // The value below which a fraction q of the observations lies, linear inside its bucket; q <= 0 gives
  // min(), q >= 1 gives max(). Never outside [min, max].
  [[nodiscard]] double quantile(double q) const;
  // How far quantile(q) may be off because a bucket is taken to be evenly filled: 0 where its neighbours are about as
  // full, up to its width where it holds a lump (constant times, timeouts). Not a statistical error.
  [[nodiscard]] double quantile_resolution(double q) const;
  // The fraction of observations smaller than ns, linear inside the bucket.
  [[nodiscard]] double fraction_below(double ns) const;
  // How many observations lie above quantile q: floor(count (1 - q)), guarded against rounding of q.
  [[nodiscard]] std::uint64_t tail_count(double q) const;
  [[nodiscard]] std::size_t bytes() const;

  // Calls f(lo, hi, count) for every non-empty bucket [lo, hi), ascending. The very last bucket ends at 2^63 - 1,
  // included.
  template <class F>
  void for_each_bucket(F f) const {
    for (unsigned block = first_block_; block < end_block(); ++block) {
      for (unsigned sub = 0; sub < kCells; ++sub) {
        const std::uint64_t n = cell_count(block, sub);
        if (n != 0) f(lower(block, sub), upper(block, sub), n);
      }
    }
  }

  friend bool operator==(const Histogram& a, const Histogram& b);

 private:
  static constexpr unsigned kCells = 128;
  static constexpr unsigned kBlocks = 57;  // 0..127, then one octave each up to 2^63
  struct Carry {                           // a cell that passed 2^8: how often
    std::uint32_t cell;                    // block * kCells + sub
    std::uint32_t times;
    friend bool operator==(const Carry&, const Carry&) = default;
  };

  static unsigned block_of(std::uint64_t v) { return 57U - static_cast<unsigned>(__builtin_clzll(v | 64)); }
  static unsigned shift_of(unsigned block) { return block == 0 ? 0 : block - 1; }
  static unsigned sub_of(std::uint64_t v, unsigned block) {
    return static_cast<unsigned>(v >> shift_of(block)) & (kCells - 1);
  }
  static std::int64_t width(unsigned block) { return std::int64_t{1} << shift_of(block); }
  static std::int64_t lower(unsigned block, unsigned sub) {
    return block == 0 ? static_cast<std::int64_t>(sub) : static_cast<std::int64_t>(kCells + sub) << shift_of(block);
  }
  static std::int64_t last_in(unsigned block, unsigned sub) { return lower(block, sub) + (width(block) - 1); }
  static std::int64_t upper(unsigned block, unsigned sub) {
    const std::int64_t last = last_in(block, sub);
    return last == std::numeric_limits<std::int64_t>::max() ? last : last + 1;
  }
  [[nodiscard]] unsigned end_block() const { return first_block_ + blocks_; }
  // REQUIRES: the block is open.
  [[nodiscard]] std::size_t cell_of(unsigned block, unsigned sub) const {
    return std::size_t{block - first_block_} * kCells + sub;
  }
  [[nodiscard]] std::uint64_t cell_count(unsigned block, unsigned sub) const {
    const std::uint64_t n = cells_[cell_of(block, sub)];
    return carries_.empty() ? n : n + carried(block, sub);
  }
  [[nodiscard]] std::uint64_t block_count(unsigned block) const;
  [[nodiscard]] std::uint64_t carried(unsigned block, unsigned sub) const;
  void open(unsigned block);
  void carry(unsigned block, unsigned sub, std::uint32_t times);
  void add_sum(const Int128& more);

  std::uint64_t count_ = 0;
  std::uint64_t sum_low_ = 0;
  std::int64_t min_ = 0;
  std::int64_t max_ = 0;
  std::uint32_t sum_high_ = 0;
  std::uint16_t first_block_ = 0;
  std::uint16_t blocks_ = 0;         // open ones: first_block_ and those that follow
  std::vector<std::uint8_t> cells_;  // kCells per open block
  std::vector<Carry> carries_;       // sorted by cell; empty unless a cell passed 2^8
};

}  // namespace sim
