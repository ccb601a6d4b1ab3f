#include "models/control/debounce.h"

#include <algorithm>

#include "sim/check.h"

namespace models {
namespace {

constexpr sim::Time kNever = sim::Time{1} << 62;

class Loop {
 public:
  explicit Loop(const DebounceInput& input) : in_(input), free_at_(input.busy_until) {
    SIM_CHECK(std::is_sorted(in_.events.begin(), in_.events.end()), "events of a control plane must ascend");
  }

  std::vector<DebouncedPush> run() {
    while (true) {
      const sim::Time event = next_ < in_.events.size() ? in_.events[next_] : kNever;
      const sim::Time ready = busy_ ? free_at_ : kNever;
      const sim::Time now = std::min({event, ready, timer_});
      if (now >= in_.end || now == kNever) break;
      if (now == ready) {
        busy_ = false;
        look(now);
      } else if (now == event) {
        observe(now);
      } else {
        timer_ = kNever;
        if (!busy_) look(now);
      }
    }
    if (!pushes_.empty() && pushes_.back().prepared >= in_.end) pushes_.pop_back();  // never ready
    return std::move(pushes_);
  }

 private:
  void observe(sim::Time now) {
    last_ = now;
    if (next_ == begin_) {
      first_ = now;
      timer_ = now + in_.rule.quiet;
    }
    ++next_;
    if (in_.rule.when == DebounceMax::AtMax) timer_ = std::min(last_ + in_.rule.quiet, first_ + in_.rule.max);
  }

  void look(sim::Time now) {
    if (next_ == begin_) return;
    const bool paused = now - last_ >= in_.rule.quiet;
    const bool old = now - first_ >= in_.rule.max;
    if (!paused && !old) {
      timer_ = last_ + in_.rule.quiet;
      if (in_.rule.when == DebounceMax::AtMax) timer_ = std::min(timer_, first_ + in_.rule.max);
      return;
    }
    const sim::Time prepared = now + in_.prepare(pushes_.size());
    pushes_.push_back({first_, now, prepared, begin_, next_, !paused});
    begin_ = next_;
    busy_ = true;
    free_at_ = prepared;
    timer_ = kNever;
  }

  const DebounceInput& in_;
  std::vector<DebouncedPush> pushes_;
  std::size_t next_ = 0;   // event not yet seen
  std::size_t begin_ = 0;  // first event of the open batch; no batch: next_
  sim::Time first_ = 0;
  sim::Time last_ = 0;
  sim::Time timer_ = kNever;
  bool busy_ = true;
  sim::Time free_at_ = 0;
};

}  // namespace

std::vector<DebouncedPush> debounce(const DebounceInput& input) { return Loop(input).run(); }

}  // namespace models
