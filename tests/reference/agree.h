// Runs one candidate on the engine and on the reference engine and compares what they tell.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "models/plan/compile.h"
#include "models/run.h"
#include "sim/trace.h"
#include "tests/reference/engine.h"

namespace reference {

// The first facts that only one of the two tells, by the engine's trace and the reference's list.
inline std::string first_difference(const models::ScenarioSpec& spec, const models::Plan& plan, std::uint64_t seed) {
  static constexpr std::pair<const char*, std::uint64_t> kNames[] = {
      {"root-opened", facts::kCallOpened},     {"call-opened", facts::kCallOpened},
      {"attempt-ended", facts::kAttemptEnded}, {"work-started", facts::kWorkStarted},
      {"work-ended", facts::kWorkEnded},       {"call-closed", facts::kCallClosed},
      {"root-closed", facts::kCallClosed}};
  sim::Trace trace(20'000'000);
  (void)models::run(plan, {.seed = seed, .trace = &trace});
  std::vector<std::string> fast, slow;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    for (const auto& [name, kind] : kNames) {
      const sim::TraceRecord& r = trace.at(i);
      if (name != std::string(r.what)) continue;
      fast.push_back(fmt::format("{:>15} {} {:016x} {}", r.at + plan.warmup, kind, r.call, r.detail));
    }
  }
  for (const std::string& line : simulate(spec, plan, seed, 0, true).facts) slow.push_back(line);
  std::sort(fast.begin(), fast.end());
  std::sort(slow.begin(), slow.end());
  std::vector<std::string> only_fast, only_slow;
  std::set_difference(fast.begin(), fast.end(), slow.begin(), slow.end(), std::back_inserter(only_fast));
  std::set_difference(slow.begin(), slow.end(), fast.begin(), fast.end(), std::back_inserter(only_slow));
  std::string text;
  for (std::size_t i = 0; i < 6 && i < only_fast.size(); ++i) text += "engine    " + only_fast[i] + "\n";
  for (std::size_t i = 0; i < 6 && i < only_slow.size(); ++i) text += "reference " + only_slow[i] + "\n";
  return text;
}

// Why it was not compared; empty: it was.
inline std::string check_agree(const models::ScenarioSpec& spec, std::size_t candidate, std::uint64_t seed = 1) {
  const models::Plan plan = models::compile(spec, candidate);
  const std::string why = refusal(spec, plan);
  if (!why.empty()) return why;
  const models::Results fast = models::run(plan, {.seed = seed});
  const Told slow = simulate(spec, plan, seed);
  CAPTURE(spec.file);
  CAPTURE(candidate);
  CAPTURE(seed);
  CHECK(fast.stopped == models::Stopped::Complete);
  CHECK(fast.roots_opened == slow.roots_opened);
  CHECK(fast.attempts == slow.attempts);
  CHECK(fast.retries == slow.retries);
  if (fast.fingerprint != slow.fingerprint) MESSAGE(first_difference(spec, plan, seed));
  CHECK(fast.fingerprint.facts() == slow.fingerprint.facts());
  CHECK(fast.fingerprint.hex() == slow.fingerprint.hex());
  return why;
}

}  // namespace reference
