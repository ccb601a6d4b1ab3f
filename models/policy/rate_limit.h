// Envoy's local rate limit (mesh semantics 13): a token bucket that starts full and is refilled continuously, in
// integers, so that no rounding depends on the order of requests.
// Units: the level counts nanoseconds times tokens per fill, a token is one fill interval of them.
// Invariant: 0 <= level <= max_tokens * fill_interval.
#pragma once

#include <algorithm>
#include <cstdint>

#include "models/spec/policy_spec.h"
#include "sim/time.h"

namespace models {

struct TokenBucket {
  std::int64_t level = -1;  // -1: not used yet, full
  sim::Time at = 0;         // when the level was so
};

// Takes a token if there is one. REQUIRES: limit.max_tokens > 0, max_tokens * fill_interval < 2^62, time does not
// go back.
[[nodiscard]] inline bool take_token(const RateLimitSpec& limit, TokenBucket& bucket, sim::Time now) {
  const std::int64_t full = static_cast<std::int64_t>(limit.max_tokens) * limit.fill_interval;
  const std::int64_t per_fill = limit.tokens_per_fill;
  if (bucket.level < 0 || now - bucket.at > (full - bucket.level) / per_fill) {
    bucket.level = full;
  } else {
    bucket.level = std::min(full, bucket.level + (now - bucket.at) * per_fill);
  }
  bucket.at = now;
  if (bucket.level < limit.fill_interval) return false;
  bucket.level -= limit.fill_interval;
  return true;
}

}  // namespace models
