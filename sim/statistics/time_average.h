// The time integral of an integer level (queue length, busy workers): exact, in level x nanoseconds.
// Invariant: time never runs backwards (a step back counts as no time). Units: nanoseconds.
#pragma once

#include <cstdint>

#include "sim/statistics/histogram.h"  // Int128
#include "sim/time.h"

namespace sim {

class TimeAverage {
 public:
  explicit TimeAverage(Time start = 0, std::int64_t level = 0)
      : start_(start), last_(start), level_(level), max_(level) {}

  void set(Time now, std::int64_t level) {
    advance(now);
    level_ = level;
    if (level > max_) max_ = level;
  }
  void add(Time now, std::int64_t change) { set(now, level_ + change); }
  // Forgets the past but keeps the level: the cut at the end of warm-up.
  void restart(Time now) { *this = TimeAverage(now, level_); }

  [[nodiscard]] std::int64_t level() const { return level_; }
  [[nodiscard]] std::int64_t max() const { return max_; }
  [[nodiscard]] Int128 integral(Time now) const {
    return now > last_ ? integral_ + static_cast<Int128>(level_) * (now - last_) : integral_;
  }
  [[nodiscard]] double average(Time now) const {
    return now > start_ ? static_cast<double>(integral(now)) / static_cast<double>(now - start_)
                        : static_cast<double>(level_);
  }

 private:
  void advance(Time now) {
    integral_ = integral(now);
    if (now > last_) last_ = now;
  }

  Time start_;
  Time last_;
  std::int64_t level_;
  std::int64_t max_;
  Int128 integral_ = 0;
};

}  // namespace sim
