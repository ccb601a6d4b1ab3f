// Two small models on the engine's public interface: M/M/1 (unit: customer) and chain C (unit: request).
// Chain C: Poisson 2.8 per ms -> three stations in series, four servers each, FIFO, service Exp(1 ms); every call
// arms a
// 10 ms timeout, cancelled by its completion; one retry; a call that times out in the queue is withdrawn, in service it
// is abandoned (the server finishes it for nobody). Each request ends in a latency histogram. 4 events per request.
// Known answers: M/M/1 sojourn 1 / (mu - lambda) = 5 ms; chain 3 x 1.357 = 4.07 ms (M/M/4 at 70 %).
#pragma once

#include <cstdint>
#include <vector>

#include "bench/support.h"
#include "sim/slot_table.h"
#include "sim/statistics/histogram.h"
#include "sim/timer_lane.h"

namespace bench {

using sim::Event;
using sim::Time;

inline constexpr std::uint8_t kArrive = 1;
inline constexpr std::uint8_t kDone = 2;
inline constexpr std::uint8_t kExpire = 3;

// Every draw has a name: the exponential of (key, purpose).
inline sim::Duration exponential(sim::Key key, std::uint64_t purpose, double mean) {
  sim::Draws draws(key, purpose);
  return 1 + static_cast<sim::Duration>(mean * sim::exponential(draws));
}

class Mm1 {
 public:
  explicit Mm1(std::uint64_t seed) : seed_(sim::mix(seed)), arrived_(1U << 16) { arrive_next(0); }

  void run(std::uint64_t customers) {
    for (const std::uint64_t target = served_ + customers; served_ < target;) {
      const Event e = queue_.pop(BySubject{});
      const Time now = sim::time_of(e);
      switch (sim::kind_of(e)) {
        case kArrive:
          arrived_[tail_++ & (arrived_.size() - 1)] = now;
          if (tail_ - head_ == 1) serve(now);
          arrive_next(now);
          break;
        case kDone:
          sojourn_ += static_cast<double>(now - arrived_[head_++ & (arrived_.size() - 1)]);
          ++served_;
          if (head_ != tail_) serve(now);
          break;
        default: SIM_UNREACHABLE();
      }
    }
  }

  [[nodiscard]] double mean_sojourn() const { return sojourn_ / static_cast<double>(served_) * 1e-6; }

 private:
  void arrive_next(Time now) {
    const sim::Key key = seed_ + arrivals_++;
    queue_.push(sim::make_event(now + exponential(key, 1, 1e6 / 0.8), 0, kArrive, 0, 0));
  }
  void serve(Time now) { queue_.push(sim::make_event(now + exponential(seed_ + head_, 2, 1e6), 0, kDone, 1, 0)); }

  sim::EventQueue queue_;
  std::uint64_t seed_;
  std::vector<Time> arrived_;
  std::uint64_t head_ = 0, tail_ = 0, arrivals_ = 0, served_ = 0;
  double sojourn_ = 0.0;
};

// `chains` independent chains of three stations share one queue.
class Chain {
 public:
  Chain(std::uint64_t seed, std::uint32_t chains) : seed_(sim::mix(seed)), stations_(3 * chains), ordinals_(chains, 0) {
    for (std::uint32_t c = 0; c < chains; ++c) arrive_next(0, c);
  }

  void run(std::uint64_t requests) {
    for (const std::uint64_t target = closed_ + requests; closed_ < target;) {
      const Event e = queue_.pop([this](const Event& x) { return identity(x); });
      ++events_;
      const Time now = sim::time_of(e);
      switch (sim::kind_of(e)) {
        case kArrive: {
          const std::uint32_t chain = sim::subject_of(e);
          open(now, root_key(chain, ordinals_[chain] - 1), now, 3 * chain, 0);
          arrive_next(now, chain);
          break;
        }
        case kDone: done(now, sim::subject_of(e)); break;
        case kExpire: expire(now); break;
        default: SIM_UNREACHABLE();
      }
    }
  }

  void forget() { latency_.clear(), closed_ = 0, failed_ = 0, events_ = 0; }

  [[nodiscard]] double mean_latency_ms() const { return latency_.mean() * 1e-6; }
  [[nodiscard]] double failed_fraction() const { return static_cast<double>(failed_) / static_cast<double>(closed_); }
  [[nodiscard]] double events_per_request() const {
    return static_cast<double>(events_) / static_cast<double>(closed_);
  }

 private:
  enum class State : std::uint8_t { Queued, Served, Abandoned };

  struct Call {
    sim::Key root = 0;
    Time root_start = 0;
    Time opened = 0;
    std::uint32_t station = 0;
    std::uint32_t previous = sim::kNone, next = sim::kNone;  // in the station's queue
    std::uint8_t attempt = 0;
    State state = State::Queued;
  };

  struct Station {
    std::uint32_t first = sim::kNone, last = sim::kNone;
    std::uint32_t idle = 4;
  };

  static constexpr sim::Duration kTimeout = 10 * sim::kMillisecond;

  [[nodiscard]] sim::Key root_key(std::uint32_t chain, std::uint64_t ordinal) const {
    return sim::mix(seed_ + (std::uint64_t{chain} << 40) + ordinal);
  }

  sim::OrderKey identity(const Event& e) const {
    if (sim::kind_of(e) == kExpire) return {0, 0, 9, sim::kNone};
    const bool arrival = sim::kind_of(e) == kArrive;
    return {arrival ? 0 : calls_[sim::subject_of(e)].root, sim::subject_of(e), 0, sim::subject_of(e)};
  }

  void arrive_next(Time now, std::uint32_t chain) {
    const sim::Key key = root_key(chain, ordinals_[chain]++);
    queue_.push(
        sim::make_event(now + exponential(key, 1, 1e6 / 2.8), static_cast<std::uint32_t>(key), kArrive, chain, 0));
  }

  void open(Time now, sim::Key root, Time root_start, std::uint32_t station, std::uint8_t attempt) {
    const std::uint32_t slot = calls_.acquire();
    Call& call = calls_[slot];
    call = Call{root, root_start, now, station, sim::kNone, sim::kNone, attempt, State::Queued};
    arm(slot);
    Station& s = stations_[station];
    if (s.idle > 0) {
      --s.idle;
      serve(now, slot);
    } else {
      call.previous = s.last;
      (s.last == sim::kNone ? s.first : calls_[s.last].next) = slot;
      s.last = slot;
    }
  }

  void serve(Time now, std::uint32_t slot) {
    Call& call = calls_[slot];
    call.state = State::Served;
    const sim::Key key = sim::child_key(call.root, 2 * (call.station % 3) + call.attempt);
    queue_.push(sim::make_event(now + exponential(key, 2, 1e6), static_cast<std::uint32_t>(call.root), kDone, slot, 0));
  }

  void unlink(std::uint32_t slot) {
    const Call& call = calls_[slot];
    Station& s = stations_[call.station];
    (call.previous == sim::kNone ? s.first : calls_[call.previous].next) = call.next;
    (call.next == sim::kNone ? s.last : calls_[call.next].previous) = call.previous;
  }

  void done(Time now, std::uint32_t slot) {
    const Call call = calls_[slot];
    calls_.release(slot);
    Station& s = stations_[call.station];
    if (s.first != sim::kNone) {
      const std::uint32_t waiting = s.first;
      unlink(waiting);
      serve(now, waiting);
    } else {
      ++s.idle;
    }
    if (call.state == State::Abandoned) return;
    if (call.station % 3 != 2) return open(now, call.root, call.root_start, call.station + 1, 0);
    latency_.observe(now - call.root_start);
    ++closed_;
  }

  void arm(std::uint32_t slot) {
    const auto stale = [this](const sim::TimerEntry& x) { return is_stale(x); };
    if ((lane_.size() & 15) == 15) lane_.drop_stale(stale, 32);
    if (lane_.should_compact(calls_.size())) lane_.compact(stale);
    lane_.push({slot, calls_.generation(slot)});
    if (!armed_) rearm();
  }

  [[nodiscard]] bool is_stale(const sim::TimerEntry& x) const { return !calls_.is_current(x.slot, x.generation); }

  void rearm() {
    armed_ = !lane_.empty();
    if (armed_) queue_.push(sim::make_event(calls_[lane_.front().slot].opened + kTimeout, 0, kExpire, 0, 0));
  }

  void expire(Time now) {
    for (;;) {
      lane_.drop_stale([this](const sim::TimerEntry& x) { return is_stale(x); });
      if (lane_.empty() || calls_[lane_.front().slot].opened + kTimeout > now) break;
      const std::uint32_t slot = lane_.front().slot;
      lane_.pop_front();
      const Call call = calls_[slot];
      if (call.state == State::Abandoned) continue;
      if (call.state == State::Queued) {
        unlink(slot);
        calls_.release(slot);
      } else {
        calls_[slot].state = State::Abandoned;
      }
      if (call.attempt == 0) {
        open(now, call.root, call.root_start, call.station, 1);
      } else {
        ++failed_;
        ++closed_;
      }
    }
    rearm();
  }

  sim::EventQueue queue_;
  sim::SlotTable<Call> calls_;
  sim::TimerLane lane_;
  sim::Histogram latency_;
  std::uint64_t seed_;
  std::vector<Station> stations_;
  std::vector<std::uint64_t> ordinals_;
  std::uint64_t closed_ = 0, failed_ = 0, events_ = 0;
  bool armed_ = false;
};

}  // namespace bench
