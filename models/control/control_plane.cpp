#include "models/control/control_plane.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "models/control/debounce.h"
#include "models/control/draws.h"
#include "models/control/instance.h"
#include "sim/check.h"

namespace models {
namespace {

using control::Purpose;
using control::purpose;

// What all instances share: what they see, and when a push is ready for their proxies.
class FrontEnd {
 public:
  explicit FrontEnd(const PropagationInput& input) : in_(input), outages_(merged(input.outages)) {
    SIM_CHECK(std::is_sorted(in_.changes.begin(), in_.changes.end()), "changes must ascend");
    sim::Time last = kEver;
    for (std::size_t i = 0; i < in_.changes.size(); ++i) {
      const sim::Key key = sim::child_key(in_.key, i);
      last = std::max(last, in_.changes[i] + in_.spec.watch_delay.sample(key, purpose(Purpose::Watch)));
      seen_.push_back(last);
    }
    sim::Time up = kEver;
    for (std::size_t o = 0; o <= outages_.size(); ++o) {
      const sim::Time down = o < outages_.size() ? outages_[o].from : kNever;
      if (o == 0) {
        watch(0, kEver, kEver, down);
      } else {
        recover(o - 1, up, down);
      }
      if (o < outages_.size()) up = outages_[o].until;
    }
  }

  [[nodiscard]] std::vector<Push>& pushes() { return pushes_; }
  [[nodiscard]] const std::vector<control::Recovery>& recoveries() const { return recoveries_; }

 private:
  static constexpr sim::Time kNever = sim::Time{1} << 61;
  static constexpr sim::Time kEver = -kNever;

  sim::Duration context(std::size_t push) const {
    return in_.spec.push_context.sample(sim::child_key(in_.key, push), purpose(Purpose::Context));
  }

  // Lists everything at `up`: the state that was then. Down again before that is computed: nobody ever connects.
  void recover(std::size_t outage, sim::Time up, sim::Time down) {
    const sim::Key key = sim::child_key(in_.key, outage);
    const sim::Time listed = up + in_.spec.watch_delay.sample(key, purpose(Purpose::Relist));
    const sim::Time ready = std::min(down, listed + context(pushes_.size()));
    recoveries_.push_back({outages_[outage].from, ready});
    if (ready == down) return;
    const auto next = std::upper_bound(in_.changes.begin(), in_.changes.end(), up) - in_.changes.begin();
    pushes_.push_back({up, listed, ready, next - 1, true});
    watch(static_cast<std::size_t>(next), listed, ready, down);
  }

  // Watches from change `next` on; what happens before `listed` is seen then.
  void watch(std::size_t next, sim::Time listed, sim::Time busy_until, sim::Time down) {
    std::vector<sim::Time> events;
    for (std::size_t i = next; i < seen_.size(); ++i) events.push_back(std::max(seen_[i], listed));
    const std::size_t before = pushes_.size();
    const std::function<sim::Duration(std::size_t)> prepare = [&](std::size_t k) { return context(before + k); };
    const DebounceRule rule{in_.spec.debounce_quiet, in_.spec.debounce_max};
    for (const DebouncedPush& push : debounce({events, rule, prepare, busy_until, down})) {
      const auto change = static_cast<std::int64_t>(next + push.end) - 1;
      pushes_.push_back({push.first, push.decided, push.prepared, change, false});
    }
  }

  const PropagationInput& in_;
  std::vector<Outage> outages_;
  std::vector<sim::Time> seen_;  // when the watch brings each change, were there no outage
  std::vector<Push> pushes_;
  std::vector<control::Recovery> recoveries_;
};

}  // namespace

std::vector<Outage> merged(std::vector<Outage> outages) {
  std::sort(outages.begin(), outages.end(),
            [](const Outage& a, const Outage& b) { return std::tie(a.from, a.until) < std::tie(b.from, b.until); });
  std::vector<Outage> result;
  for (const Outage& outage : outages) {
    if (outage.until <= outage.from) continue;
    if (!result.empty() && outage.from <= result.back().until) {
      result.back().until = std::max(result.back().until, outage.until);
    } else {
      result.push_back(outage);
    }
  }
  return result;
}

std::vector<Push> pushes(const PropagationInput& input) {
  std::vector<Push> all = std::move(FrontEnd(input).pushes());
  const auto late = [&](const Push& push) { return push.enqueued > input.until; };
  all.erase(std::remove_if(all.begin(), all.end(), late), all.end());
  return all;
}

std::vector<Delivery> propagate(const PropagationInput& input) {
  FrontEnd front(input);
  std::vector<control::Member> members;
  for (std::size_t p = 0; p < input.proxies.size(); ++p)
    members.push_back({input.proxies[p], static_cast<std::uint32_t>(p)});
  std::stable_sort(members.begin(), members.end(),
                   [](const control::Member& a, const control::Member& b) { return a.key < b.key; });
  const std::size_t instances = std::max<std::uint32_t>(1, input.spec.instances);
  std::vector<Delivery> deliveries;
  for (std::size_t i = 0; i < std::min(instances, members.size()); ++i) {
    std::vector<control::Member> own;
    for (std::size_t p = i; p < members.size(); p += instances) own.push_back(members[p]);
    control::Instance(input, front.pushes(), front.recoveries(), std::move(own)).run(deliveries);
  }
  std::sort(deliveries.begin(), deliveries.end(), [](const Delivery& a, const Delivery& b) {
    return std::tie(a.at, a.proxy, a.change) < std::tie(b.at, b.proxy, b.change);
  });
  return deliveries;
}

}  // namespace models
