// One plain sentence about a candidate, made from measured differences only. It says what is paid and what is avoided,
// and "undecided" where the interval contains zero or was refused. No judgement about what a millisecond is worth.
#pragma once

#include <string>

#include "reports/estimate.h"

namespace reports {

// Differences against the baseline: seconds, cores, gigabytes; positive means the candidate has more.
struct Payoff {
  std::string candidate;
  std::string baseline;
  Estimate p50;
  Estimate p99;
  Estimate cores;
  Estimate gigabytes;            // Exact
  Estimate avoided_per_million;  // failed requests, baseline - candidate, per million requests
  Estimate avoided_per_day;      // of such traffic
  Estimate success_before;       // share of requests, of the baseline
  Estimate success_after;        // of the candidate
  int p50_decimals = -1;         // with which the table shows them (numbers.h: common_decimals)
  int p99_decimals = -1;
  bool failures_seen = true;  // in either; if not, avoided_per_million is a bound on both
};

enum class Direction : std::uint8_t { Gain, Loss, Undecided };
// `lower_is_better`: of a difference candidate - baseline.
[[nodiscard]] Direction direction_of(const Estimate& difference, bool lower_is_better);

[[nodiscard]] std::string verdict(const Payoff& payoff);

}  // namespace reports
