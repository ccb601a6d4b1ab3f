// What several benchmarks share: the seven delay distributions, and the competitors behind one interface.
// Not a test: order is checked in tests/sim/event_queue_test.cpp. Delays are drawn with the engine's own generator,
// about 2 ns each, and that is included in every figure.
#pragma once

#include <cstdint>
#include <queue>
#include <vector>

#include "sim/event_queue.h"
#include "sim/random/keyed.h"
#include "sim/random/portable_math.h"

namespace bench {

enum class Delay : std::uint8_t { Exponential, Bimodal, Pareto, MicroOrTenMilli, MostlyZero, Quantised, Constant };
// A stream for benchmarks: the engine itself draws by key, here one long sequence is what costs the same.
class Stream {
 public:
  explicit Stream(std::uint64_t seed) : draws_(seed, 1) {}

  std::uint64_t bits() { return draws_.next(); }
  double exponential() { return sim::exponential(draws_); }

  template <Delay kDelay>
  sim::Duration delay() {
    switch (kDelay) {
      case Delay::Exponential: return 1 + static_cast<sim::Duration>(1e6 * exponential());
      case Delay::Bimodal: return 1 + static_cast<sim::Duration>((bits() >> 63 ? 1e6 : 1e11) * exponential());
      case Delay::Pareto: return static_cast<sim::Duration>(1e3 * sim::portable::exp(exponential() / 1.1));
      case Delay::MicroOrTenMilli: return bits() >> 63 ? 1'000 : 10'000'000;
      case Delay::MostlyZero: return bits() >> 62 ? 0 : 1 + static_cast<sim::Duration>(1e6 * exponential());
      case Delay::Quantised: return (1 + static_cast<sim::Duration>(10 * exponential())) * sim::kMillisecond;
      case Delay::Constant: return sim::kMillisecond;
    }
    SIM_UNREACHABLE();
  }

 private:
  sim::Draws draws_;
};

// Identity by subject: what resolves equal keys, cheap enough not to be what is measured.
struct BySubject {
  sim::OrderKey operator()(const sim::Event& e) const { return {sim::subject_of(e), 0, 0, sim::subject_of(e)}; }
};

template <sim::QueueKind kKind>
class EngineQueue {
 public:
  void push(const sim::Event& e) { queue_.push(e); }
  sim::Event pop() { return queue_.pop(BySubject{}); }

 private:
  sim::EventQueue queue_{kKind};
};
using Ladder = EngineQueue<sim::QueueKind::Ladder>;
using Heap = EngineQueue<sim::QueueKind::Heap>;

// The yardstick: the standard library's heap on the same 16 bytes, ordered by key and then by payload.
class StandardQueue {
 public:
  void push(const sim::Event& e) { queue_.push(e); }
  sim::Event pop() {
    const sim::Event e = queue_.top();
    queue_.pop();
    return e;
  }

 private:
  struct Later {
    bool operator()(const sim::Event& a, const sim::Event& b) const {
      return a.key != b.key ? a.key > b.key : a.payload > b.payload;
    }
  };
  std::priority_queue<sim::Event, std::vector<sim::Event>, Later> queue_;
};

}  // namespace bench
