// Mean and variance of a stream of doubles in one pass, stable for values with a large common offset. Not for
// latencies (histograms hold those) and not order-free: feed it in replication order.
// Units: those of the data. Errors: none; mean and variance of too few values are 0.
// Source: B. P. Welford, Technometrics 4(3), 1962; merge after Chan, Golub, LeVeque, 1979; the sum after
// A. Neumaier, ZAMM 54, 1974.
#pragma once

#include <cmath>
#include <cstdint>

namespace sim {

class Moments {
 public:
  void observe(double x) {
    ++count_;
    const double delta = x - mean_;
    mean_ += delta / static_cast<double>(count_);
    squares_ += delta * (x - mean_);
    add_to_sum(x);
  }

  void merge(const Moments& other) {
    if (other.count_ == 0) return;
    const double n = static_cast<double>(count_);
    const double m = static_cast<double>(other.count_);
    const double delta = other.mean_ - mean_;
    count_ += other.count_;
    mean_ += delta * (m / (n + m));
    squares_ += other.squares_ + delta * delta * (n * m / (n + m));
    add_to_sum(other.sum_);
    lost_ += other.lost_;
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] double sum() const { return sum_ + lost_; }
  [[nodiscard]] double mean() const { return count_ == 0 ? 0 : mean_; }
  [[nodiscard]] double variance() const { return count_ < 2 ? 0 : squares_ / static_cast<double>(count_ - 1); }
  [[nodiscard]] double sd() const { return std::sqrt(variance()); }

 private:
  void add_to_sum(double x) {
    const double total = sum_ + x;
    lost_ += std::fabs(sum_) >= std::fabs(x) ? (sum_ - total) + x : (x - total) + sum_;
    sum_ = total;
  }

  std::uint64_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;
  double sum_ = 0;
  double lost_ = 0;  // what rounding took from sum_
};

}  // namespace sim
