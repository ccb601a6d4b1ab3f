// The only writer of statistics: observes named facts and never influences a run. Everything is O(1) and
// allocation-free once a histogram's octaves have been touched.
// Facts go into the fingerprint with time, identity and outcome: call opened, attempt sent, attempt ended,
// work started, work ended, call closed, snapshot applied.
#pragma once

#include <cstdint>
#include <vector>

#include "models/plan/plan.h"
#include "models/results.h"
#include "models/traffic/rows.h"
#include "sim/check.h"
#include "sim/random/keyed.h"
#include "sim/time.h"

namespace models {

enum class Fact : std::uint64_t {
  CallOpened = 1,
  AttemptSent,
  AttemptEnded,
  WorkStarted,
  WorkEnded,
  CallClosed,
  SnapshotApplied
};

class Recorder {
 public:
  explicit Recorder(const Plan& plan);

  void fact(Fact kind, sim::Time at, sim::Key id, std::uint64_t detail) {
    results.fingerprint.add(static_cast<std::uint64_t>(kind), at, id, detail);
  }

  // Root requests. `arrived` and `now` on the engine's clock; only measured ones are reported here.
  void root_opened(std::uint32_t entry, sim::Time arrived);
  void root_closed(std::uint32_t entry, sim::Time arrived, sim::Time now, Outcome outcome, bool degraded,
                   const Parts& parts);
  // CPU, spent in the measured part, of work that somebody had a use for.
  void used(float cpu) { results.resources.useful_cpu += static_cast<std::int64_t>(cpu); }
  void root_unfinished(std::uint32_t entry, sim::Time arrived);

  // Client side, per edge; the common case touches one line, the rest stands in Results.
  void call_opened(std::uint32_t edge) { ++edges_[edge].calls; }
  void call_closed(std::uint32_t edge, sim::Duration latency, Outcome outcome) {
    if (outcome == Outcome::Ok) {
      ++edges_[edge].ok;
      observe(results.edges[edge].ok, latency);
    } else {
      ++results.edges[edge].outcomes[static_cast<std::size_t>(outcome)];
      observe(results.edges[edge].failed, latency);
    }
  }
  void attempt_sent(std::uint32_t edge, bool fresh) {
    ++edges_[edge].attempts;
    if (SIM_UNLIKELY(fresh)) ++results.edges[edge].handshakes;
  }
  void attempt_ended(std::uint32_t edge, Outcome outcome) {
    if (outcome == Outcome::Ok) {
      ++edges_[edge].attempts_ok;
    } else {
      ++results.edges[edge].attempt_outcomes[static_cast<std::size_t>(outcome)];
    }
  }
  // Server side, per endpoint.
  void request_arrived(std::uint32_t endpoint, bool waits) {
    ++endpoints_[endpoint].requests;
    endpoints_[endpoint].waited += waits ? 1 : 0;
  }

  // Most work does not wait at all: zeros are counted, not observed one by one.
  void work_began(std::uint32_t endpoint, sim::Duration wait) {
    if (wait == 0) {
      ++endpoints_[endpoint].began_at_once;
    } else {
      observe(results.endpoints[endpoint].wait, wait);
    }
  }

  // A histogram takes three cache lines and nobody reads it during the run: observations are logged and entered
  // by the thousand, so that their misses overlap (at 4,000 pods half of a call's time otherwise).
  void observe(sim::Histogram& histogram, std::int64_t value) {
    log_[logged_++] = {&histogram, value};
    if (logged_ == kLog) flush();
  }

  void finish();  // folds the hot counters into results; call once, at the end

  Results results;

 private:
  static constexpr std::size_t kLog = 2048;  // 32 KiB: half of it stays in L1
  struct Observation {
    sim::Histogram* histogram;
    std::int64_t value;
  };
  struct alignas(32) EdgeCounters {  // aligned: within one cache line
    std::uint64_t calls = 0, attempts = 0, ok = 0, attempts_ok = 0;
  };
  struct alignas(32) EndpointCounters {
    std::uint64_t requests = 0, waited = 0, began_at_once = 0;
  };
  void flush();
  std::vector<EdgeCounters> edges_;
  std::vector<EndpointCounters> endpoints_;
  std::vector<Observation> log_;
  std::size_t logged_ = 0;
  template <class F>
  void each_window(std::uint32_t entry, sim::Time arrived, F&& f);
  const Plan& plan_;
};

}  // namespace models
