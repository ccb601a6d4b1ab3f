#include "sim/event_queue.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace {

using namespace sim;

struct Random {  // SplitMix64: the tests draw from nothing they test
  std::uint64_t state;
  std::uint64_t operator()() {
    std::uint64_t x = state += 0x9e37'79b9'7f4a'7c15U;
    x = (x ^ (x >> 30)) * 0xbf58'476d'1ce4'e5b9U;
    x = (x ^ (x >> 27)) * 0x94d0'49bb'1331'11ebU;
    return x ^ (x >> 31);
  }
  std::uint64_t below(std::uint64_t n) { return (*this)() % n; }
  double unit() { return static_cast<double>((*this)() >> 11) * 0x1.0p-53; }
};

OrderKey by_subject(const Event& e) { return OrderKey{subject_of(e), 0, 0, subject_of(e)}; }

}  // namespace

namespace {

enum class Delay { Exponential, Bimodal, Pareto, MicroOrTenMilli, MostlyZero, Quantised, Constant };
constexpr Delay kAllDelays[] = {Delay::Exponential, Delay::Bimodal, Delay::Pareto, Delay::MicroOrTenMilli,
                                Delay::MostlyZero, Delay::Quantised, Delay::Constant};

// Roughly shaped delays: a test of order needs the shape of a distribution, not its exact law.
Duration draw(Delay delay, Random& random) {
  const double u = random.unit();
  double exponential = 0.0;  // a sum of halvings approximates an exponential well enough here, without libm
  for (std::uint64_t bits = random() | 1U << 30; (bits & 1U) == 0; bits >>= 1) exponential += 0.7;
  exponential += u;
  switch (delay) {
    case Delay::Exponential: return static_cast<Duration>(1e6 * exponential) + 1;
    case Delay::Bimodal: return random.below(2) == 0 ? static_cast<Duration>(1e6 * exponential) : static_cast<Duration>(1e11 * exponential);
    case Delay::Pareto: return static_cast<Duration>(1e6 / (u + 1e-7));
    case Delay::MicroOrTenMilli: return random.below(2) == 0 ? 1'000 : 10'000'000;
    case Delay::MostlyZero: return random.below(4) != 0 ? 0 : static_cast<Duration>(1e6 * exponential) + 1;
    case Delay::Quantised: return static_cast<Duration>(random.below(20)) * kMillisecond;
    case Delay::Constant: return kMillisecond;
  }
  return 0;
}

// The hold model: pop one, push one. Returns a checksum over everything popped, in order.
std::uint64_t hold_checksum(QueueKind kind, Delay delay, std::size_t pending, std::size_t steps, std::uint32_t ties) {
  EventQueue queue(kind);
  Random random{static_cast<std::uint64_t>(pending) * 7 + static_cast<std::uint64_t>(delay)};
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < pending; ++i, ++id) {
    queue.push(make_event(draw(delay, random), static_cast<std::uint32_t>(random.below(ties)), 1, id, id));
  }
  std::uint64_t sum = 0;
  Time now = 0;
  for (std::size_t i = 0; i < steps + pending; ++i) {
    const Event e = queue.pop(by_subject);
    REQUIRE(time_of(e) >= now);
    now = time_of(e);
    sum = (sum ^ e.key) * 0x9e37'79b9'7f4a'7c15U + e.payload;
    if (i < steps) {
      queue.push(make_event(now + draw(delay, random), static_cast<std::uint32_t>(random.below(ties)), 1,
                            static_cast<std::uint32_t>(random.below(1000)), id++));
    }
  }
  REQUIRE(queue.empty());
  return sum;
}

}  // namespace

TEST_CASE("the ladder and the heap agree on seven delay distributions at every size") {
  for (const Delay delay : kAllDelays) {
    for (const std::size_t pending : {1U, 2U, 10U, 40U, 100U, 1'000U, 30'000U}) {
      for (const std::uint32_t ties : {1U, 5U, 4096U}) {
        CAPTURE(static_cast<int>(delay));
        CAPTURE(pending);
        CAPTURE(ties);
        CHECK(hold_checksum(QueueKind::Ladder, delay, pending, 3 * pending + 500, ties) ==
              hold_checksum(QueueKind::Heap, delay, pending, 3 * pending + 500, ties));
      }
    }
  }
}
