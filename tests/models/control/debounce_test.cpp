#include "models/control/debounce.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <vector>

namespace {

using models::DebouncedPush;

constexpr sim::Duration kMs = sim::kMillisecond;

struct Setup {
  sim::Duration quiet = 100;  // everything in milliseconds
  sim::Duration max = 10000;
  sim::Duration prepare = 0;
  sim::Time end = 1000000;
  models::DebounceMax when = models::DebounceMax::AtTimer;
};

std::vector<DebouncedPush> run(std::initializer_list<sim::Time> events_ms, const Setup& setup) {
  std::vector<sim::Time> events;
  for (const sim::Time at : events_ms) events.push_back(at * kMs);
  const std::function<sim::Duration(std::size_t)> prepare = [&](std::size_t) { return setup.prepare * kMs; };
  const models::DebounceRule rule{setup.quiet * kMs, setup.max * kMs, setup.when};
  return models::debounce({events, rule, prepare, -1, setup.end * kMs});
}

void check(const DebouncedPush& push, sim::Time first_ms, sim::Time decided_ms, std::size_t begin, std::size_t end) {
  CHECK(push.first == first_ms * kMs);
  CHECK(push.decided == decided_ms * kMs);
  CHECK(push.begin == begin);
  CHECK(push.end == end);
}

}  // namespace

TEST_CASE("one event is pushed after the quiet time") {
  const auto pushes = run({1000}, {});
  REQUIRE(pushes.size() == 1);
  check(pushes[0], 1000, 1100, 0, 1);
  CHECK_FALSE(pushes[0].by_max);
}

TEST_CASE("events that do not pause share a push, and a pause ends it") {
  const auto pushes = run({0, 60, 120, 221, 250, 351}, {});
  REQUIRE(pushes.size() == 3);
  check(pushes[0], 0, 220, 0, 3);
  check(pushes[1], 221, 350, 3, 5);
  check(pushes[2], 351, 451, 5, 6);
}

TEST_CASE("an event at the instant of the timer joins the batch") {
  const auto pushes = run({0, 100}, {});
  REQUIRE(pushes.size() == 1);
  check(pushes[0], 0, 200, 0, 2);
}

TEST_CASE("the maximum is tested only when a timer fires") {
  // Timers fire at 100, 190 and 280: that is the first one after the maximum of 250.
  const auto pushes = run({0, 90, 180, 270, 360}, {.max = 250});
  REQUIRE(pushes.size() == 2);
  check(pushes[0], 0, 280, 0, 4);
  CHECK(pushes[0].by_max);
  check(pushes[1], 360, 460, 4, 5);
}

TEST_CASE("the textbook's debounce pushes at the maximum itself") {
  const auto pushes = run({0, 90, 180, 270, 360}, {.max = 250, .when = models::DebounceMax::AtMax});
  REQUIRE(pushes.size() == 2);
  check(pushes[0], 0, 250, 0, 3);
  CHECK(pushes[0].by_max);
  check(pushes[1], 270, 460, 3, 5);
}

TEST_CASE("while a push is prepared timers do nothing, and the batch is looked at when it is ready") {
  const auto pushes = run({0, 200, 300}, {.prepare = 500});
  REQUIRE(pushes.size() == 2);
  CHECK(pushes[0].prepared == 600 * kMs);
  check(pushes[1], 200, 600, 1, 3);
  CHECK(pushes[1].prepared == 1100 * kMs);
}

TEST_CASE("a batch that has not paused when the preparation ends waits for the rest of the quiet time") {
  const auto pushes = run({0, 200, 550}, {.prepare = 500});
  REQUIRE(pushes.size() == 2);
  check(pushes[1], 200, 650, 1, 3);
}

TEST_CASE("a batch older than the maximum is pushed as soon as the preparation ends") {
  const auto pushes = run({0, 200, 290, 550}, {.max = 300, .prepare = 500});
  REQUIRE(pushes.size() == 2);
  check(pushes[1], 200, 600, 1, 4);
  CHECK(pushes[1].by_max);
}

TEST_CASE("without a quiet time every instant has its push") {
  const auto pushes = run({0, 5, 5, 7}, {.quiet = 0});
  REQUIRE(pushes.size() == 3);
  check(pushes[1], 5, 5, 1, 3);
}

TEST_CASE("nothing is decided or prepared from the end on") {
  CHECK(run({0}, {.end = 100}).empty());
  CHECK(run({0}, {.end = 101}).size() == 1);
  CHECK(run({0}, {.prepare = 50, .end = 150}).empty());
  CHECK(run({0}, {.prepare = 50, .end = 151}).size() == 1);
}
