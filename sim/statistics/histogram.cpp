#include "sim/statistics/histogram.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace sim {

double Histogram::mean() const {
  // One rounding of the exact integer sum: both conversions below 2^53 are exact in every realistic run.
  return count_ == 0 ? 0.0 : static_cast<double>(sum()) / static_cast<double>(count_);
}

std::uint64_t Histogram::carried(unsigned block, unsigned sub) const {
  const std::uint32_t cell = block * kCells + sub;
  const auto it = std::lower_bound(carries_.begin(), carries_.end(), cell,
                                   [](const Carry& c, std::uint32_t key) { return c.cell < key; });
  return it != carries_.end() && it->cell == cell ? std::uint64_t{it->times} << 8 : 0;
}

std::uint64_t Histogram::block_count(unsigned block) const {
  const std::uint8_t* const cells = &cells_[cell_of(block, 0)];
  std::uint32_t low = 0;  // 128 cells below 2^8 each: vectors of 32 bits hold the sum
  for (unsigned sub = 0; sub < kCells; ++sub) low += cells[sub];
  std::uint64_t total = low;
  for (const Carry& c : carries_) total += c.cell / kCells == block ? std::uint64_t{c.times} << 8 : 0;
  return total;
}

void Histogram::open(unsigned block) {
  const unsigned first = blocks_ == 0 ? block : std::min<unsigned>(first_block_, block);
  const unsigned end = blocks_ == 0 ? block + 1 : std::max(end_block(), block + 1);
  std::vector<std::uint8_t> cells(std::size_t{end - first} * kCells);
  if (blocks_ != 0) {
    std::copy(cells_.begin(), cells_.end(), cells.begin() + std::ptrdiff_t{first_block_ - first} * kCells);
  }
  cells_ = std::move(cells);
  first_block_ = static_cast<std::uint16_t>(first);
  blocks_ = static_cast<std::uint16_t>(end - first);
}

void Histogram::add_sum(const Int128& more) {
  const Int128 total = sum() + more;
  sum_low_ = static_cast<std::uint64_t>(total);
  sum_high_ = static_cast<std::uint32_t>(total >> 64);
}

void Histogram::carry(unsigned block, unsigned sub, std::uint32_t times) {
  const std::uint32_t cell = block * kCells + sub;
  const auto it = std::lower_bound(carries_.begin(), carries_.end(), cell,
                                   [](const Carry& c, std::uint32_t key) { return c.cell < key; });
  if (it != carries_.end() && it->cell == cell) {
    it->times += times;
  } else {
    carries_.insert(it, Carry{cell, times});
  }
}

void Histogram::observe_many(std::int64_t ns, std::uint64_t n) {
  if (n == 0) return;
  observe(ns);
  const std::uint64_t v = ns < 0 ? 0 : static_cast<std::uint64_t>(ns);
  const unsigned block = block_of(v);
  const unsigned sub = sub_of(v, block);
  const std::size_t cell = cell_of(block, sub);
  const std::uint64_t total = cells_[cell] + (n - 1);
  cells_[cell] = static_cast<std::uint8_t>(total);
  if ((total >> 8) != 0) carry(block, sub, static_cast<std::uint32_t>(total >> 8));
  count_ += n - 1;
  add_sum(static_cast<Int128>(v) * static_cast<Int128>(n - 1));
}

void Histogram::merge(const Histogram& other) {
  if (other.count_ == 0) return;
  if (&other == this) {
    merge(Histogram(other));
    return;
  }
  if (blocks_ == 0 || other.first_block_ < first_block_) open(other.first_block_);
  if (other.end_block() > end_block()) open(other.end_block() - 1);
  for (unsigned block = other.first_block_; block < other.end_block(); ++block) {
    std::uint8_t* const into = &cells_[cell_of(block, 0)];
    const std::uint8_t* const from = &other.cells_[other.cell_of(block, 0)];
    for (unsigned sub = 0; sub < kCells; ++sub) {
      into[sub] = static_cast<std::uint8_t>(into[sub] + from[sub]);
      if (into[sub] < from[sub]) carry(block, sub, 1);
    }
  }
  for (const Carry& c : other.carries_) carry(c.cell / kCells, c.cell % kCells, c.times);
  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  count_ += other.count_;
  add_sum(other.sum());
}

double Histogram::quantile(double q) const {
  if (count_ == 0) return 0;
  if (!(q > 0)) return static_cast<double>(min_);
  if (q >= 1) return static_cast<double>(max_);
  const double rank = q * static_cast<double>(count_);
  std::uint64_t before = 0;
  for (unsigned block = first_block_; block < end_block(); ++block) {
    const std::uint64_t all = block_count(block);
    if (static_cast<double>(before + all) < rank) {
      before += all;
      continue;
    }
    for (unsigned sub = 0; sub < kCells; ++sub) {
      const std::uint64_t n = cell_count(block, sub);
      if (n == 0) continue;
      if (static_cast<double>(before + n) < rank) {
        before += n;
        continue;
      }
      // The integers of the bucket, narrowed by what is known of the extremes; one integer is returned exactly.
      const double lo = static_cast<double>(std::max(lower(block, sub), min_));
      const double hi = static_cast<double>(std::min(last_in(block, sub), max_));
      const double share = (rank - static_cast<double>(before)) / static_cast<double>(n);
      return lo + (hi - lo) * share;
    }
  }
  return static_cast<double>(max_);
}

double Histogram::quantile_resolution(double q) const {
  if (count_ == 0 || !(q > 0) || q >= 1) return 0;
  const auto value = static_cast<std::uint64_t>(quantile(q));
  const unsigned block = block_of(value);
  const unsigned sub = sub_of(value, block);
  const auto density = [this](unsigned b, unsigned s) {
    if (b < first_block_ || b >= end_block()) return 0.0;
    return static_cast<double>(cell_count(b, s)) / static_cast<double>(width(b));
  };
  const double here = density(block, sub);
  if (!(here > 0)) return 0;  // the last nanosecond of a bucket is not in it
  const double before = sub > 0 ? density(block, sub - 1) : density(block - 1, kCells - 1);
  const double behind = sub + 1 < kCells ? density(block, sub + 1) : density(block + 1, 0);
  const double lump = 1 - 1.25 * (before + behind) / 2 / here;  // a quarter more is chance
  const std::int64_t lo = std::max(lower(block, sub), min_);
  const std::int64_t hi = std::min(last_in(block, sub), max_);
  return lump > 0 ? lump * static_cast<double>(hi - lo) : 0;
}

double Histogram::fraction_below(double ns) const {
  if (count_ == 0 || !(ns > static_cast<double>(min_))) return 0;
  if (ns > static_cast<double>(max_)) return 1;
  double below = 0;
  for (unsigned block = first_block_; block < end_block(); ++block) {
    for (unsigned sub = 0; sub < kCells; ++sub) {
      const std::uint64_t n = cell_count(block, sub);
      if (n == 0) continue;
      const double lo = static_cast<double>(std::max(lower(block, sub), min_));
      const double hi = static_cast<double>(std::min(last_in(block, sub), max_));
      if (hi < ns) {
        below += static_cast<double>(n);
        continue;
      }
      if (lo < ns) below += static_cast<double>(n) * (ns - lo) / (hi - lo + 1);
      return below / static_cast<double>(count_);
    }
  }
  return below / static_cast<double>(count_);
}

std::uint64_t Histogram::tail_count(double q) const {
  if (!(q < 1)) return 0;
  if (!(q > 0)) return count_;
  const double tail = static_cast<double>(count_) * (1 - q);
  return static_cast<std::uint64_t>(std::floor(tail * (1 + 1e-12) + 1e-9));  // 1 - 0.99 is a little below 0.01
}

std::size_t Histogram::bytes() const {
  return sizeof(Histogram) + cells_.capacity() + carries_.capacity() * sizeof(Carry);
}

bool operator==(const Histogram& a, const Histogram& b) {
  if (a.count_ != b.count_ || a.sum() != b.sum() || a.min_ != b.min_ || a.max_ != b.max_) return false;
  const auto count = [](const Histogram& h, unsigned block, unsigned sub) {
    return block < h.first_block_ || block >= h.end_block() ? 0 : h.cell_count(block, sub);
  };
  const unsigned end = std::max(a.end_block(), b.end_block());
  for (unsigned block = std::min(a.first_block_, b.first_block_); block < end; ++block) {
    for (unsigned sub = 0; sub < Histogram::kCells; ++sub) {
      if (count(a, block, sub) != count(b, block, sub)) return false;
    }
  }
  return true;
}

}  // namespace sim
