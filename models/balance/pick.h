// Load balancers as pure picks over a client's own view. None of them sees a server's queue.
// Source: mesh semantics 9.1 (Envoy): round robin starts at random; least request draws `choices` indices
// with replacement and keeps a strictly smaller active count, so the first draw wins ties.
#pragma once

#include <cstdint>

#include "sim/random/keyed.h"

namespace models {

namespace balance_purpose {
inline constexpr std::uint64_t kRandom = 101;
inline constexpr std::uint64_t kLeastRequest = 102;
}  // namespace balance_purpose

[[nodiscard]] inline std::uint32_t pick_random(std::uint32_t count, sim::Key key, std::uint64_t repick) {
  return sim::below(sim::bits(key, balance_purpose::kRandom + (repick << 8)), count);
}

// ztunnel: by weight. `weight(i)` is positive and whole; sums stay below 2^53.
template <class Weight>
[[nodiscard]] std::uint32_t pick_random_by_weight(std::uint32_t count, sim::Key key, std::uint64_t repick,
                                                  Weight&& weight) {
  double left = 0.0;
  for (std::uint32_t i = 0; i < count; ++i) left += weight(i);
  left *= sim::uniform(sim::bits(key, balance_purpose::kRandom + (repick << 8)));
  std::uint32_t picked = 0;
  while (picked + 1 < count && left >= weight(picked)) left -= weight(picked++);
  return picked;
}

// `next` is the balancer's state: it counts picks from a random start, so it does not know `count`.
[[nodiscard]] inline std::uint32_t pick_round_robin(std::uint32_t count, std::uint32_t& next) { return next++ % count; }

// `active(i)` is the client's own number of requests in flight to replica i.
template <class Active>
[[nodiscard]] std::uint32_t pick_least_request(std::uint32_t count, std::uint32_t choices, sim::Key key,
                                               std::uint64_t repick, Active&& active) {
  sim::Draws draws(key, balance_purpose::kLeastRequest + (repick << 8));
  std::uint32_t best = sim::below(draws.next(), count);
  for (std::uint32_t i = 1; i < choices; ++i) {
    const std::uint32_t other = sim::below(draws.next(), count);
    if (active(other) < active(best)) best = other;
  }
  return best;
}

}  // namespace models
