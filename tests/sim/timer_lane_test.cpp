#include "sim/timer_lane.h"

#include <doctest/doctest.h>

#include <deque>

namespace {

using namespace sim;

bool odd_slot(const TimerEntry& entry) { return entry.slot % 2 == 1; }

}  // namespace

TEST_CASE("a lane hands its entries out in the order they came in, whatever the mixture of calls") {
  TimerLane lane;
  std::deque<std::uint32_t> expected;
  std::uint32_t next = 0;
  for (std::uint32_t round = 0; round < 2'000; ++round) {
    for (std::uint32_t i = 0; i < round * 7 % 13; ++i, ++next) {
      lane.push({next, next + 1});
      expected.push_back(next);
    }
    for (std::uint32_t i = 0; i < round * 5 % 11 && !lane.empty(); ++i) {
      REQUIRE(lane.front().slot == expected.front());
      REQUIRE(lane.front().generation == expected.front() + 1);
      lane.pop_front();
      expected.pop_front();
    }
    REQUIRE(lane.size() == expected.size());
  }
}

TEST_CASE("stale heads are dropped up to the first live one or the limit") {
  TimerLane lane;
  for (const std::uint32_t slot : {1U, 3U, 5U, 4U, 7U}) lane.push({slot, 0});
  CHECK(lane.drop_stale(odd_slot, 2) == 2);
  CHECK(lane.front().slot == 5);
  CHECK(lane.drop_stale(odd_slot) == 1);
  CHECK(lane.front().slot == 4);
  CHECK(lane.drop_stale(odd_slot) == 0);
  CHECK(lane.size() == 2);
}

TEST_CASE("compaction removes stale entries anywhere, keeps the order and gives memory back") {
  TimerLane lane;
  for (std::uint32_t i = 0; i < 100'000; ++i) lane.push({i % 1'000 == 0 ? i : 2 * i + 1, i});
  for (int i = 0; i < 500; ++i) lane.pop_front();  // the ring starts somewhere in its middle
  const std::size_t before = lane.bytes();
  CHECK(lane.should_compact(99));
  CHECK_FALSE(lane.should_compact(lane.size()));
  CHECK(lane.compact(odd_slot) == 99'500 - 99);
  CHECK(lane.bytes() * 100 < before);
  for (std::uint32_t i = 1; i < 100; ++i) {
    REQUIRE(lane.front().slot == 1'000 * i);
    lane.pop_front();
  }
  CHECK(lane.empty());
}

TEST_CASE("an idle lane takes no memory") { CHECK(TimerLane{}.bytes() == 0); }
