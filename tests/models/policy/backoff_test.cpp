// Back-off laws: ranges, the shape at the cap, and that a delay is a function of identity alone.
#include "models/policy/backoff.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <set>
#include <vector>

#include "sim/random/keyed.h"

namespace {

using models::BackoffLaw;
using models::BackoffSpec;
using sim::kMillisecond;

constexpr int kDraws = 20000;

struct Range {
  sim::Duration lo, hi;
  double mean;
};

Range range_of(const BackoffSpec& spec, std::uint32_t k, sim::Duration previous = 0) {
  Range r{std::numeric_limits<sim::Duration>::max(), -1, 0};
  for (int i = 0; i < kDraws; ++i) {
    const sim::Duration d = backoff_delay(spec, k, previous, sim::child_key(7, static_cast<std::uint64_t>(i)));
    r.lo = std::min(r.lo, d);
    r.hi = std::max(r.hi, d);
    r.mean += static_cast<double>(d) / kDraws;
  }
  return r;
}

BackoffSpec usual(BackoffLaw law) { return {.law = law, .base = 25 * kMillisecond, .max = 250 * kMillisecond}; }

// Draws fill [lo, hi) to within 1 % of its width, and never leave it.
void check_fills(const BackoffSpec& spec, std::uint32_t k, sim::Duration lo, sim::Duration hi) {
  CAPTURE(k);
  const Range r = range_of(spec, k);
  CHECK(r.lo >= lo);
  CHECK(r.hi <= hi);
  CHECK(r.lo < lo + (hi - lo) / 100 + 1);
  CHECK(r.hi > hi - (hi - lo) / 100 - 1);
}

}  // namespace

TEST_CASE("trap 13: Envoy today: whole milliseconds below 25, 50, 100, 200, then 250") {
  const BackoffSpec spec = usual(BackoffLaw::EnvoyCurrent);
  const std::vector<std::int64_t> windows{25, 50, 100, 200, 250, 250, 250};
  for (std::uint32_t k = 1; k <= windows.size(); ++k) {
    CAPTURE(k);
    std::set<sim::Duration> seen;
    for (std::uint64_t i = 0; i < kDraws; ++i) seen.insert(backoff_delay(spec, k, 0, sim::child_key(7, i)));
    CHECK(seen.size() == static_cast<std::size_t>(windows[k - 1]));
    CHECK(*seen.begin() == 0);
    CHECK(*seen.rbegin() == (windows[k - 1] - 1) * kMillisecond);
    CHECK(std::all_of(seen.begin(), seen.end(), [](sim::Duration d) { return d % kMillisecond == 0; }));
  }
}

TEST_CASE("Envoy as documented: continuous below (2^k - 1) base, at most the cap") {
  const BackoffSpec spec = usual(BackoffLaw::EnvoyLegacy);
  check_fills(spec, 1, 0, 25 * kMillisecond);
  check_fills(spec, 2, 0, 75 * kMillisecond);
  check_fills(spec, 3, 0, 175 * kMillisecond);
  check_fills(spec, 4, 0, 250 * kMillisecond);
  check_fills(spec, 9, 0, 250 * kMillisecond);
}

TEST_CASE("Envoy's older code: an atom at the cap, and the window stops growing once it exceeds the cap") {
  const BackoffSpec spec = usual(BackoffLaw::EnvoyLegacyAtom);
  check_fills(spec, 3, 0, 175 * kMillisecond);
  for (const std::uint32_t k : {4u, 5u, 20u}) {
    CAPTURE(k);
    int capped = 0;
    for (std::uint64_t i = 0; i < kDraws; ++i) {
      const sim::Duration d = backoff_delay(spec, k, 0, sim::child_key(7, i));
      CHECK(d <= spec.max);
      capped += d == spec.max ? 1 : 0;
    }
    CHECK(capped / static_cast<double>(kDraws) == doctest::Approx(125.0 / 375.0).epsilon(0.03));
  }
}

TEST_CASE("full jitter, plain doubling and half jitter around it") {
  check_fills(usual(BackoffLaw::FullJitter), 2, 0, 50 * kMillisecond);
  check_fills(usual(BackoffLaw::FullJitter), 9, 0, 250 * kMillisecond);
  for (std::uint32_t k = 1; k <= 6; ++k) {
    const Range r = range_of(usual(BackoffLaw::Exponential), k);
    CHECK(r.lo == r.hi);
    CHECK(r.lo == std::min(250 * kMillisecond, 25 * kMillisecond << (k - 1)));
  }
  check_fills(usual(BackoffLaw::ExponentialHalfJitter), 1, 25 * kMillisecond / 2, 75 * kMillisecond / 2);
}

TEST_CASE("Linkerd never waits less than the base and has an atom at the cap") {
  const BackoffSpec spec = usual(BackoffLaw::Linkerd);
  check_fills(spec, 1, 25 * kMillisecond, 50 * kMillisecond);
  check_fills(spec, 4, 200 * kMillisecond, 250 * kMillisecond);
  const Range capped = range_of(spec, 5);
  CHECK(capped.lo == 250 * kMillisecond);
  CHECK(capped.hi == 250 * kMillisecond);
}

TEST_CASE("gRPC: a fifth around the doubled base, the jitter may exceed the cap") {
  const BackoffSpec spec{.law = BackoffLaw::Grpc, .base = 100 * kMillisecond, .max = 500 * kMillisecond};
  check_fills(spec, 1, 80 * kMillisecond, 120 * kMillisecond);
  check_fills(spec, 9, 400 * kMillisecond, 600 * kMillisecond);
}

TEST_CASE("decorrelated jitter depends on the delay before") {
  const BackoffSpec spec{.law = BackoffLaw::Decorrelated, .base = 100 * kMillisecond, .max = sim::kSecond};
  check_fills(spec, 1, 100 * kMillisecond, 300 * kMillisecond);
  const Range second = range_of(spec, 2, 200 * kMillisecond);
  CHECK(second.lo >= 100 * kMillisecond);
  CHECK(second.hi > 590 * kMillisecond);
  CHECK(second.hi <= 600 * kMillisecond);
  CHECK(range_of(spec, 3, 900 * kMillisecond).hi == sim::kSecond);
}

TEST_CASE("no base is no delay, under every law") {
  for (int law = 0; law <= static_cast<int>(BackoffLaw::ExponentialHalfJitter); ++law) {
    BackoffSpec spec = usual(static_cast<BackoffLaw>(law));
    spec.base = 0;
    CHECK(backoff_delay(spec, 3, 0, 99) == 0);
  }
}

TEST_CASE("many retries do not overflow: the delay stays at the cap") {
  for (int law = 0; law <= static_cast<int>(BackoffLaw::ExponentialHalfJitter); ++law) {
    CAPTURE(law);
    const BackoffSpec spec = usual(static_cast<BackoffLaw>(law));
    const sim::Duration d = backoff_delay(spec, 200, 250 * kMillisecond, 99);
    CHECK(d >= 0);
    CHECK(d <= 375 * kMillisecond);
  }
}

TEST_CASE("equal identities wait equally long, different ones do not") {
  const BackoffSpec spec = usual(BackoffLaw::FullJitter);
  CHECK(backoff_delay(spec, 1, 0, 1234) == backoff_delay(spec, 1, 0, 1234));
  CHECK(backoff_delay(spec, 1, 0, 1234) != backoff_delay(spec, 1, 0, 1235));
}
