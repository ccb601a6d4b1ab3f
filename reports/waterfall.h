// One request as a tree: what it called, which tries that took, where the time of each went, and what was decided on
// the way. Read from a trace with links (models/traffic/links.cpp); not a simulation of its own.
// A Selector picks the request in a first pass over all roots; a Follower keeps the records that belong to it in a
// second pass over the same run. Units: nanoseconds on the timeline's clock (0 = end of the warm-up).
// Errors: none; a request that the run left open has closed == kOpen.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/plan/plan.h"
#include "sim/trace.h"

namespace reports {

inline constexpr sim::Time kOpen = std::numeric_limits<sim::Time>::min();

struct Wanted {
  enum class Which { Number, Slowest, FirstFailed } which = Which::Slowest;
  std::uint64_t number = 1;            // in order of arrival, from 1, of those that arrive in the measured part
  std::optional<std::uint32_t> entry;  // of this one only
  sim::Time from = 0;                  // arrivals from then on only (numbers count all)
};

struct Chosen {
  std::uint64_t key = 0;
  std::uint64_t number = 0;
  std::uint32_t entry = 0;
  sim::Time opened = 0;
  sim::Time closed = kOpen;
  std::uint64_t outcome = 0;
};

class Selector {
 public:
  explicit Selector(const Wanted& wanted) : wanted_(wanted) {}
  void take(const sim::TraceRecord& record);
  [[nodiscard]] std::optional<Chosen> chosen() const;
  [[nodiscard]] std::uint64_t seen() const { return seen_; }  // requests that arrived in the measured part

 private:
  [[nodiscard]] bool eligible(const Chosen& one) const;

  Wanted wanted_;
  std::uint64_t seen_ = 0;
  std::unordered_map<std::uint64_t, Chosen> open_;  // looked up, never walked
  std::optional<Chosen> best_;
};

// What a try has spent by now, nanoseconds.
struct Spent {
  std::uint64_t network = 0, proxies = 0, connecting = 0;
};

struct TryStory {
  std::uint64_t key = 0;
  std::uint64_t number = 0;      // tries of its layer before it
  std::uint64_t app_number = 0;  // of the application's layer
  std::uint32_t pod = 0;
  sim::Time sent = kOpen, started = kOpen, worked = kOpen, ended = kOpen;
  std::uint64_t wait = 0;  // for a worker
  Spent there, all;        // until the work began; until now
  std::optional<std::uint64_t> outcome, work_outcome;
  std::vector<std::size_t> calls;  // of Story::calls, in order of opening
};

struct Note {
  sim::Time at = 0;
  std::string what;  // as the trace names it
  std::uint64_t detail = 0;
};

struct CallStory {
  std::uint64_t key = 0;
  std::uint32_t edge = 0;
  std::uint32_t pod = 0;     // caller's
  std::uint64_t config = 0;  // number of the last change that the caller has, 0: none
  sim::Time opened = kOpen, closed = kOpen;
  std::optional<std::uint64_t> outcome;
  std::vector<TryStory> tries;
  std::vector<Note> notes;
};

struct Story {
  Chosen request;
  TryStory root;  // the entry's own work
  std::vector<CallStory> calls;
};

class Follower {
 public:
  explicit Follower(const Chosen& request);
  void take(const sim::TraceRecord& record);
  [[nodiscard]] const Story& story() const { return story_; }

 private:
  struct Place {
    std::size_t call;
    std::size_t attempt;  // kRoot: the root's work
  };
  static constexpr std::size_t kRoot = std::numeric_limits<std::size_t>::max();
  [[nodiscard]] TryStory* work_of(std::uint64_t key);
  void take_try(TryStory& attempt, const sim::TraceRecord& record);

  Story story_;
  std::unordered_map<std::uint64_t, Place> works_;        // by identity of a try, a branch or the root
  std::unordered_map<std::uint64_t, std::size_t> calls_;  // by identity of a call
};

// `text` fits 100 columns; bars show time from the request's arrival to its end.
[[nodiscard]] std::string waterfall_text(const models::Plan& plan, const Story& story);
[[nodiscard]] std::string waterfall_json(const models::Plan& plan, const Story& story);

}  // namespace reports
