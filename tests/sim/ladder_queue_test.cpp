#include "sim/ladder_queue.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "sim/event_queue.h"
#include "sim/slot_table.h"
#include "sim/timer_lane.h"

// Every allocation of this executable passes here; the tests below look at differences only.
namespace {
std::atomic<std::uint64_t> allocations{0};

void* counted(std::size_t size, std::size_t alignment) {
  ++allocations;
  void* p = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (p == nullptr) std::abort();
  return p;
}
}  // namespace

void* operator new(std::size_t size) { return counted(size == 0 ? 1 : size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

namespace {

using namespace sim;

OrderKey by_subject(const Event& e) { return {subject_of(e), 0, 0, 0}; }

struct Random {
  std::uint64_t state;
  std::uint64_t below(std::uint64_t n) {
    state = state * 6364136223846793005U + 1442695040888963407U;  // Knuth's MMIX
    return (state >> 33) % n;
  }
};

}  // namespace

TEST_CASE("nothing is allocated in steady state: queue, slot table and timer lane") {
  struct Row {
    std::uint64_t words[8];
  };
  for (const std::uint32_t pending : {3U, 40U, 700U, 20'000U}) {
    CAPTURE(pending);
    EventQueue queue;
    SlotTable<Row> rows;
    TimerLane lane;
    Random random{pending};
    const auto stale = [&](const TimerEntry& entry) { return !rows.is_current(entry.slot, entry.generation); };
    const auto open = [&](Time now) {
      const std::uint32_t slot = rows.acquire();
      lane.drop_stale(stale, 2);
      if (lane.should_compact(rows.size())) lane.compact(stale);
      lane.push({slot, rows.generation(slot)});
      queue.push(make_event(now + 1 + static_cast<Time>(random.below(1'000'000)), slot, 1, slot, 0));
    };
    for (std::uint32_t i = 0; i < pending; ++i) open(0);
    const auto run = [&](std::uint32_t events) {
      for (std::uint32_t i = 0; i < events; ++i) {
        const Event e = queue.pop(by_subject);
        rows.release(subject_of(e));
        open(time_of(e));
      }
    };
    run(30 * pending + 10'000);
    const std::uint64_t before = allocations;
    run(30 * pending + 10'000);
    CHECK(allocations == before);
  }
}

TEST_CASE("a million pending events take at most 36 bytes each") {
  EventQueue queue;
  Random random{3};
  for (std::uint32_t i = 0; i < 1'000'000; ++i)
    queue.push(make_event(static_cast<Time>(random.below(1'000'000'000)), i, 1, i, 0));
  for (std::uint32_t i = 0; i < 2'000'000; ++i) {
    const Event e = queue.pop(by_subject);
    queue.push(make_event(time_of(e) + 1 + static_cast<Time>(random.below(1'000'000'000)), i, 1, i, 0));
  }
  CHECK(queue.bytes() <= 36'000'000);
}

TEST_CASE("ever lower ties at one instant stay cheap and ordered") {
  // Each pop is followed by pushes below everything that is pending at this instant: the bottom's worst case.
  EventQueue queue;
  for (std::uint32_t i = 0; i < 20'000; ++i) queue.push(make_event(1'000, 4'000 + i % 90, 1, i, 0));
  std::uint64_t last_key = 0;
  std::uint32_t popped = 0;
  for (std::uint32_t tie = 3'999; tie > 0; --tie) {
    for (std::uint32_t i = 0; i < 20; ++i) queue.push(make_event(1'000, tie, 1, i, 0));
    const Event e = queue.pop(by_subject);
    ++popped;
    REQUIRE(tie_of(e) == tie);
  }
  while (!queue.empty()) {
    const Event e = queue.pop(by_subject);
    REQUIRE(e.key >= last_key);
    last_key = e.key;
    ++popped;
  }
  CHECK(popped == 20'000 + 20 * 3'999);
}

TEST_CASE("times up to the horizon are ordered") {
  EventQueue queue;
  for (const Time at : {kHorizonMax, kHorizonMax - 1, Time{0}, kHorizonMax / 2, Time{1}}) {
    for (std::uint32_t i = 0; i < 60; ++i) queue.push(make_event(at, i, 1, i, 0));
  }
  Event last = queue.pop(by_subject);
  for (int i = 1; i < 300; ++i) {
    const Event e = queue.pop(by_subject);
    CHECK(e.key > last.key);
    last = e;
  }
  CHECK(time_of(last) == kHorizonMax);
}
