// Collects configuration events until they pause, then lets one push be prepared: the loop of a control plane.
// Not the queue of proxies behind it (control_plane.h), and no random draw of its own.
// Rules: the first event of a batch starts a timer of `quiet`. When it fires and no push is being prepared, the batch
// is pushed if its first event is `max` old or its last one `quiet` old; else the timer is set to what is missing of
// `quiet`. While a push is being prepared timers do nothing and events keep merging; when it is ready the batch is
// looked at again at once. So `max` is tested only when a timer fires: a steady stream is pushed up to `quiet` later.
// Invariants: every event before `end` is in at most one push, in order; an event at the instant of a timer comes
// first, and so does the end of a preparation. Pushes are in order and do not overlap (`prepared` <= next `decided`).
// Units: nanoseconds. Errors: none; events must ascend.
// Source: istio/istio pilot/pkg/xds/discovery.go, debounce(); mesh semantics 20.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "sim/time.h"

namespace models {

// When a batch that never pauses is pushed. AtTimer is the product. AtMax is the textbook's debounce with a maximum.
enum class DebounceMax : std::uint8_t { AtTimer, AtMax };

struct DebounceRule {
  sim::Duration quiet = 100 * sim::kMillisecond;
  sim::Duration max = 10 * sim::kSecond;
  DebounceMax when = DebounceMax::AtTimer;
};

struct DebouncedPush {
  sim::Time first = 0;     // its first event
  sim::Time decided = 0;   // when the batch was closed
  sim::Time prepared = 0;  // when its push is ready for the proxies
  std::size_t begin = 0;   // its events: [begin, end)
  std::size_t end = 0;
  bool by_max = false;  // the events had not paused
};

struct DebounceInput {
  const std::vector<sim::Time>& events;  // ascending
  DebounceRule rule;
  const std::function<sim::Duration(std::size_t push)>& prepare;  // how long the k-th push takes to prepare
  sim::Time busy_until = 0;                                       // a push is being prepared when the loop starts
  sim::Time end = 0;                                              // nothing is decided or prepared from then on
};

[[nodiscard]] std::vector<DebouncedPush> debounce(const DebounceInput& input);

}  // namespace models
