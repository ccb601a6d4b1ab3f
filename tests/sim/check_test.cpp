#include "sim/check.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "sim/event_queue.h"
#include "sim/slot_table.h"

namespace {

// Runs `f` in a child process; returns what it wrote to stderr, or "" if it did not end by abort().
template <class F>
std::string dying_words(F f) {
  int pipe_ends[2];
  REQUIRE(pipe(pipe_ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);  // not the test framework's handler
    dup2(pipe_ends[1], 2);
    f();
    _exit(0);
  }
  close(pipe_ends[1]);
  std::string text;
  char buffer[256];
  for (ssize_t n = 0; (n = read(pipe_ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(n));
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT ? text : "";
}

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

sim::OrderKey no_order(const sim::Event&) { return {}; }

}  // namespace

TEST_CASE("a broken check says what broke, prints the context and aborts") {
  const std::string text = dying_words([] {
    const int event = 42;
    sim::set_check_context(
        [](std::FILE* out, const void* data) { std::fprintf(out, "event %d\n", *static_cast<const int*>(data)); },
        &event);
    SIM_CHECK(1 + 1 == 3, "arithmetic");
  });
  CHECK(contains(text, "arithmetic"));
  CHECK(contains(text, "1 + 1 == 3"));
  CHECK(contains(text, "check_test.cpp"));
  CHECK(contains(text, "event 42"));
}

TEST_CASE("a check that holds is silent, and evaluates its condition once") {
  int calls = 0;
  SIM_CHECK(++calls == 1, "counted");
  CHECK(calls == 1);
}

TEST_CASE("the unreachable aborts") {
  CHECK(contains(dying_words([] { SIM_UNREACHABLE(); }), "cannot reach"));
}

TEST_CASE("a push into the past, a pop from nothing and a double release break an invariant") {
  for (const sim::QueueKind kind : {sim::QueueKind::Ladder, sim::QueueKind::Heap, sim::QueueKind::Shuffled}) {
    CHECK(contains(dying_words([kind] {
                     sim::EventQueue queue(kind);
                     queue.push(sim::make_event(10, 0, 1, 0, 0));
                     static_cast<void>(queue.pop(no_order));
                     queue.push(sim::make_event(10, 0, 1, 0, 0));  // the same instant is legal
                     queue.push(sim::make_event(9, 4095, 1, 0, 0));
                   }),
                   "into the past"));
    CHECK(
        contains(dying_words([kind] { static_cast<void>(sim::EventQueue(kind).pop(no_order)); }), "empty event queue"));
  }
  CHECK(contains(dying_words([] {
                   sim::SlotTable<std::uint64_t> table;
                   const std::uint32_t slot = table.acquire();
                   table.release(slot);
                   table.release(slot);
                 }),
                 "not held"));
}
