// The only writer of statistics: observes named facts and never influences a run. Everything is O(1) and
// allocation-free once a histogram's octaves have been touched.
// Facts go into the fingerprint with time, identity and outcome: call opened, attempt sent, attempt ended,
// work started, work ended, call closed, snapshot applied.
#pragma once

#include <cstdint>

#include "models/plan/plan.h"
#include "models/results.h"
#include "models/traffic/rows.h"
#include "sim/random/keyed.h"
#include "sim/time.h"

namespace models {

enum class Fact : std::uint64_t { CallOpened = 1, AttemptSent, AttemptEnded, WorkStarted, WorkEnded, CallClosed, SnapshotApplied };

class Recorder {
 public:
  explicit Recorder(const Plan& plan);

  void fact(Fact kind, sim::Time at, sim::Key id, std::uint64_t detail) {
    results.fingerprint.add(static_cast<std::uint64_t>(kind), at, id, detail);
  }

  // Root requests. `arrived` and `now` on the engine's clock; only measured ones are reported here.
  void root_opened(std::uint32_t entry, sim::Time arrived);
  void root_closed(std::uint32_t entry, sim::Time arrived, sim::Time now, Outcome outcome, bool degraded,
                   const Parts& parts, float cpu);
  void root_unfinished(std::uint32_t entry, sim::Time arrived);

  void call_closed(std::uint32_t edge, sim::Duration latency, Outcome outcome) {
    EdgeResults& e = results.edges[edge];
    ++e.outcomes[static_cast<std::size_t>(outcome)];
    (outcome == Outcome::Ok ? e.ok : e.failed).observe(latency);
  }

  Results results;

 private:
  template <class F>
  void each_window(std::uint32_t entry, sim::Time arrived, F&& f);
  const Plan& plan_;
};

}  // namespace models
