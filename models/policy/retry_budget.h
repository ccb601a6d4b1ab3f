// Budgets of retries: values, the state of one client process towards one cluster, and the decisions on it.
// Concurrency (Envoy) bounds retries in progress; Window (Linkerd, after tower's TpsBudget) retries per request;
// Tokens (gRPC A6) stops retrying when failures outweigh successes. Not here: the limit of attempts (retry.h).
// Units: nanoseconds. Source: mesh semantics 4.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "models/spec/limits_spec.h"

namespace models {

using RetryBudget = RetryBudgetSpec;  // nothing to compile: a value with all of its fields

// Retries that may be in progress while `in_progress` requests are active or wait for a connection.
[[nodiscard]] constexpr std::uint32_t concurrent_retries(const RetryBudget& budget, std::uint64_t in_progress) {
  const auto share = static_cast<std::uint64_t>(budget.share * static_cast<double>(in_progress));
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(share, budget.min_concurrency));
}

// What a process remembers. A window is ten slots, the current one among them; withdrawals count negative.
struct RetryBudgetState {
  static constexpr std::size_t kSlots = 10;
  std::array<std::int64_t, kSlots> slots{};
  std::int64_t sum = 0;   // of all slots
  std::int64_t slot = 0;  // number of the current slot since the start of the clock
  double tokens = 0.0;
  bool begun = false;
};

struct WindowUnits {
  std::int64_t deposit = 1, withdraw = 1, reserve = 0;
};
[[nodiscard]] constexpr WindowUnits window_units(const RetryBudget& budget) {
  WindowUnits units;
  if (budget.share <= 0.0) {
    units.deposit = 0;
  } else if (budget.share <= 1.0) {
    units.withdraw = static_cast<std::int64_t>(1.0 / budget.share);
  } else {
    units.deposit = 1000;
    units.withdraw = static_cast<std::int64_t>(1000.0 / budget.share);
  }
  const double seconds = static_cast<double>(budget.ttl) / 1e9;
  units.reserve = static_cast<std::int64_t>(budget.min_per_second * seconds * static_cast<double>(units.withdraw));
  return units;
}

// Forgets what has left the window.
constexpr void advance(const RetryBudget& budget, RetryBudgetState& state, sim::Time now) {
  const sim::Duration width = std::max<sim::Duration>(budget.ttl / static_cast<sim::Duration>(state.kSlots), 1);
  const std::int64_t slot = now / width;
  const std::int64_t gone = std::min<std::int64_t>(slot - state.slot, static_cast<std::int64_t>(state.kSlots));
  for (std::int64_t i = 1; i <= gone; ++i) {
    std::int64_t& expired = state.slots[static_cast<std::size_t>((state.slot + i) % 10)];
    state.sum -= expired;
    expired = 0;
  }
  state.slot = slot;
}

constexpr void pay_in(const RetryBudget& budget, RetryBudgetState& state, sim::Time now) {
  advance(budget, state, now);
  const std::int64_t units = window_units(budget).deposit;
  state.slots[static_cast<std::size_t>(state.slot % 10)] += units;
  state.sum += units;
}

// gRPC: `failed` is a status that would be retried; other failures change nothing.
constexpr void note_result(const RetryBudget& budget, RetryBudgetState& state, bool ok, bool failed) {
  if (!state.begun) state.tokens = budget.max_tokens;
  state.begun = true;
  if (failed) state.tokens = std::max(0.0, state.tokens - 1.0);
  if (ok) state.tokens = std::min(budget.max_tokens, state.tokens + budget.share);
}

// May one more retry begin? Takes what it costs. `retries` are in progress, `in_progress` requests are or wait.
[[nodiscard]] constexpr bool take_retry(const RetryBudget& budget, RetryBudgetState& state, std::uint32_t retries,
                                        std::uint64_t in_progress, sim::Time now) {
  switch (budget.kind) {
    case RetryBudget::Kind::None:
    case RetryBudget::Kind::OfProduct: return true;
    case RetryBudget::Kind::Concurrency: return retries < concurrent_retries(budget, in_progress);
    case RetryBudget::Kind::Window: {
      advance(budget, state, now);
      const WindowUnits units = window_units(budget);
      if (units.reserve + state.sum < units.withdraw) return false;
      state.slots[static_cast<std::size_t>(state.slot % 10)] -= units.withdraw;
      state.sum -= units.withdraw;
      return true;
    }
    case RetryBudget::Kind::Tokens:
      if (!state.begun) return true;
      return state.tokens > budget.max_tokens / 2;
  }
  return true;
}

}  // namespace models
