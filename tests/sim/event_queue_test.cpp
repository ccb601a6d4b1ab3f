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
constexpr Delay kAllDelays[] = {Delay::Exponential, Delay::Bimodal,   Delay::Pareto,  Delay::MicroOrTenMilli,
                                Delay::MostlyZero,  Delay::Quantised, Delay::Constant};

// Roughly shaped delays: a test of order needs the shape of a distribution, not its exact law.
Duration draw(Delay delay, Random& random) {
  const double u = random.unit();
  double exponential = 0.0;  // a sum of halvings approximates an exponential well enough here, without libm
  for (std::uint64_t bits = random() | 1U << 30; (bits & 1U) == 0; bits >>= 1) exponential += 0.7;
  exponential += u;
  switch (delay) {
    case Delay::Exponential: return static_cast<Duration>(1e6 * exponential) + 1;
    case Delay::Bimodal:
      return random.below(2) == 0 ? static_cast<Duration>(1e6 * exponential)
                                  : static_cast<Duration>(1e11 * exponential);
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
  bool ordered = true;  // one assertion at the end: they are dear
  for (std::size_t i = 0; i < steps + pending; ++i) {
    const Event e = queue.pop(by_subject);
    ordered = ordered && time_of(e) >= now;
    now = time_of(e);
    sum = (sum ^ e.key) * 0x9e37'79b9'7f4a'7c15U + e.payload;
    if (i < steps) {
      queue.push(make_event(now + draw(delay, random), static_cast<std::uint32_t>(random.below(ties)), 1,
                            static_cast<std::uint32_t>(random.below(1000)), id++));
    }
  }
  REQUIRE(ordered);
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

namespace {

// The order as the header states it, on the plainest structure there is: a sorted map from the whole key.
class Reference {
 public:
  void push(const Event& e, const OrderKey& order) {
    pending_[{e.key, order.root, order.call, order.rank, pushes_++}] = e;
  }
  Event pop() {
    const Event e = pending_.begin()->second;
    pending_.erase(pending_.begin());
    return e;
  }
  [[nodiscard]] std::size_t size() const { return pending_.size(); }

 private:
  std::map<std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::uint32_t, std::uint64_t>, Event> pending_;
  std::uint64_t pushes_ = 0;
};

// Few roots, calls and ranks, so that all three decide and full ties remain for the order of push.
OrderKey coarse(const Event& e) {
  const std::uint32_t s = subject_of(e);
  return OrderKey{s % 3, s / 3 % 3, s / 9 % 2, s % 7};
}

void compare_with_reference(QueueKind kind, std::uint64_t seed, std::uint64_t time_range, std::uint64_t ties) {
  EventQueue queue(kind);
  Reference reference;
  Random random{seed};
  Time now = 0;
  std::uint32_t serial = 0;
  for (int phase = 0; phase < 60; ++phase) {
    const std::uint64_t pushes = random.below(phase % 5 == 0 ? 2'000 : 60);
    for (std::uint64_t i = 0; i < pushes; ++i) {
      const Time at = now + static_cast<Time>(random.below(4) == 0 ? 0 : random.below(time_range));
      const Event e = make_event(at, static_cast<std::uint32_t>(random.below(ties)), 1,
                                 static_cast<std::uint32_t>(random.below(50)), serial++);
      queue.push(e);
      reference.push(e, coarse(e));
    }
    REQUIRE(queue.size() == reference.size());
    for (std::uint64_t pops = random.below(queue.size() + 1); pops > 0; --pops) {
      const Event e = queue.pop(coarse);
      if (e != reference.pop()) FAIL("out of order at time " << time_of(e));
      now = time_of(e);
    }
  }
  while (!queue.empty()) {
    if (queue.pop(coarse) != reference.pop()) FAIL("out of order at the end");
  }
  REQUIRE(reference.size() == 0);
}

}  // namespace

TEST_CASE("random pushes and pops come out in the full order, for the ladder and for the heap") {
  for (const QueueKind kind : {QueueKind::Ladder, QueueKind::Heap}) {
    for (const std::uint64_t time_range : {1U, 3U, 100U, 100'000U, 2'000'000'000U}) {
      for (const std::uint64_t ties : {1U, 3U, 4096U}) {
        for (std::uint64_t seed = 1; seed <= 4; ++seed) {
          CAPTURE(static_cast<int>(kind));
          CAPTURE(time_range);
          CAPTURE(ties);
          CAPTURE(seed);
          compare_with_reference(kind, seed, time_range, ties);
        }
      }
    }
  }
}

TEST_CASE("a hundred thousand events of one key come out by identity while more of that key arrive") {
  for (const QueueKind kind : {QueueKind::Ladder, QueueKind::Heap}) {
    EventQueue queue(kind);
    Reference reference;
    Random random{5};
    std::uint64_t order_calls = 0;
    const auto order = [&](const Event& e) {
      ++order_calls;
      return OrderKey{subject_of(e), 0, 0, 0};
    };
    const auto push = [&] {
      const Event e = make_event(1'000, 7, 1, static_cast<std::uint32_t>(random.below(1'000'000)), 0);
      queue.push(e);
      reference.push(e, OrderKey{subject_of(e), 0, 0, 0});
    };
    for (int i = 0; i < 100'000; ++i) push();
    for (int i = 0; i < 100'000; ++i) {  // each handler adds one: the group never shrinks meanwhile
      if (queue.pop(order) != reference.pop()) FAIL("out of order after " << i << " pops");
      push();
    }
    while (!queue.empty()) {
      if (queue.pop(order) != reference.pop()) FAIL("out of order at the end");
    }
    CHECK(order_calls == 200'000);  // once per event: linear, whatever the interleaving
  }
}

TEST_CASE("identity is asked for only where keys are equal") {
  for (const QueueKind kind : {QueueKind::Ladder, QueueKind::Heap}) {
    EventQueue queue(kind);
    int calls = 0;
    const auto order = [&](const Event& e) {
      ++calls;
      return by_subject(e);
    };
    for (std::uint32_t i = 0; i < 1'000; ++i) queue.push(make_event(Time{i / 4}, i % 4, 1, i, 0));
    for (std::uint32_t i = 0; i < 1'000; ++i) CHECK(subject_of(queue.pop(order)) == i);
    CHECK(calls == 0);
    queue.push(make_event(500, 9, 1, 2, 0));
    queue.push(make_event(500, 9, 1, 1, 0));
    CHECK(subject_of(queue.pop(order)) == 1);
    CHECK(subject_of(queue.pop(order)) == 2);
    CHECK(calls == 2);
  }
}

TEST_CASE("a push at the current instant comes out among what remains, lower ties first") {
  for (const QueueKind kind : {QueueKind::Ladder, QueueKind::Heap}) {
    EventQueue queue(kind);
    for (const std::uint32_t tie : {5U, 5U, 5U, 9U}) queue.push(make_event(100, tie, 1, 50 + tie, 0));
    queue.push(make_event(101, 0, 1, 1, 0));
    CHECK(tie_of(queue.pop(by_subject)) == 5);
    queue.push(make_event(100, 3, 1, 2, 0));  // below the tie that just ran, in the middle of a group: legal
    queue.push(make_event(100, 3, 1, 1, 0));
    queue.push(make_event(100, 5, 1, 0, 0));
    queue.push(make_event(100, 7, 1, 0, 0));
    std::vector<std::pair<std::uint32_t, std::uint32_t>> order;
    while (!queue.empty()) {
      const Event e = queue.pop(by_subject);
      order.emplace_back(tie_of(e), subject_of(e));
    }
    const std::vector<std::pair<std::uint32_t, std::uint32_t>> expected = {{3, 1},  {3, 2}, {5, 0},  {5, 55},
                                                                           {5, 55}, {7, 0}, {9, 59}, {0, 1}};
    CHECK(order == expected);
  }
}
