#include "sim/shuffled_queue.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "sim/event_queue.h"

namespace {

using namespace sim;

OrderKey identity(const Event& e) { return {subject_of(e) / 10, 0, 0, subject_of(e) % 10}; }

// 300 events at each of three instants, of ten owners, three ties; returns their subjects as popped.
std::vector<Event> run(QueueKind kind, std::uint64_t seed) {
  EventQueue queue(kind, seed);
  for (std::uint32_t i = 0; i < 900; ++i) queue.push(make_event(Time{i % 3}, i * 7 % 3, 1, i * 37 % 300, i));
  std::vector<Event> popped;
  while (!queue.empty()) popped.push_back(queue.pop(identity));
  return popped;
}

std::vector<Event> of_owner(const std::vector<Event>& events, std::uint32_t owner) {
  std::vector<Event> result;
  for (const Event& e : events) {
    if (identity(e).owner == owner) result.push_back(e);
  }
  return result;
}

}  // namespace

TEST_CASE("the shuffled queue changes the order of owners at one instant, never the order within one") {
  const std::vector<Event> canonical = run(QueueKind::Heap, 0);
  const std::vector<Event> shuffled = run(QueueKind::Shuffled, 1);
  REQUIRE(shuffled.size() == canonical.size());
  CHECK(shuffled != canonical);
  for (std::uint32_t owner = 0; owner < 10; ++owner) CHECK(of_owner(shuffled, owner) == of_owner(canonical, owner));
  for (std::size_t i = 1; i < shuffled.size(); ++i) CHECK(time_of(shuffled[i - 1]) <= time_of(shuffled[i]));
}

TEST_CASE("the shuffled queue is a function of its seed") {
  CHECK(run(QueueKind::Shuffled, 1) == run(QueueKind::Shuffled, 1));
  CHECK(run(QueueKind::Shuffled, 1) != run(QueueKind::Shuffled, 2));
}

TEST_CASE("an event pushed at the current instant joins the shuffle") {
  bool before_the_rest = false;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    EventQueue queue(QueueKind::Shuffled, seed);
    for (std::uint32_t owner = 0; owner < 5; ++owner) queue.push(make_event(10, 0, 1, owner, 0));
    static_cast<void>(queue.pop(identity));
    queue.push(make_event(10, 0, 1, 9, 0));
    before_the_rest = before_the_rest || subject_of(queue.pop(identity)) == 9;
  }
  CHECK(before_the_rest);
}
