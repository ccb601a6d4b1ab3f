// What lies ahead, in the full order of docs/decisions/0005: time, the root's tie, class, identity. A sorted map and
// closures: slow, obvious, and nothing of the engine's queue in it.
// Not here: what an entry does. Invariant: entries that agree in the full order leave in the order they came in.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <tuple>
#include <utility>

#include "sim/random/keyed.h"
#include "sim/time.h"

namespace reference {

// Classes of what happens at one instant. A proxy worker that is done comes before all messages of that instant,
// because what it lets go is one of them. Of a call's timers the one that covers more comes first, its next try last.
enum class Class : std::uint64_t {
  Control,
  ProxyDone,
  Arrival,
  Message,
  Response,
  Step,
  AppTimeout,
  AppTry,
  Timeout,
  Try,
  Retry
};

class Agenda {
 public:
  void control(sim::Time at, std::uint64_t order, std::function<void()> what) {
    add(at, 0, Class::Control, order, std::move(what));
  }
  void of_request(sim::Time at, Class c, sim::Key key, std::function<void()> what) {
    add(at, key & sim::detail::kTieMask, c, key, std::move(what));
  }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  // Takes the next entry out and makes its time the present. REQUIRES: not empty.
  [[nodiscard]] std::function<void()> next() {
    const auto first = entries_.begin();
    now_ = std::get<0>(first->first);
    std::function<void()> what = std::move(first->second);
    entries_.erase(first);
    return what;
  }
  [[nodiscard]] sim::Time now() const { return now_; }

 private:
  // The last number tells entries apart that nothing else does.
  using Order = std::tuple<sim::Time, bool, std::uint64_t, Class, std::uint64_t, std::uint64_t>;
  void add(sim::Time at, std::uint64_t tie, Class c, std::uint64_t identity, std::function<void()> what) {
    entries_.emplace(Order{at, c != Class::Control, tie, c, identity, count_++}, std::move(what));
  }
  std::map<Order, std::function<void()>> entries_;
  std::uint64_t count_ = 0;
  sim::Time now_ = 0;
};

}  // namespace reference
