"""Forty planted faults: what a test suite that deserves the name must notice.

Each one is a mistake that somebody could make: an index off by one, a timer that is not cancelled, a counter that goes
stale, a wrong unit, a biased draw. `good` stands exactly once in `file`; the mutation build has both, behind a number
chosen when a test starts (run.py). A fault whose text is no longer there stops the check: it has to be planted anew.

EXPRESSION: `good` is a C++ expression. STATEMENT: one or more whole statements; an empty `bad` leaves them out.
TEXT: `bad` is what stands there instead, with `@` for "this fault is planted".
"""

from __future__ import annotations

from dataclasses import dataclass

EXPRESSION = "expression"
STATEMENT = "statement"
TEXT = "text"


@dataclass(frozen=True)
class Fault:
    title: str
    file: str
    good: str
    bad: str
    kind: str = EXPRESSION


FAULTS = [
    # --- the engine -------------------------------------------------------------------------------------------------
    Fault("a probability draw is biased by 2%", "sim/random/keyed.h",
          "uniform(bits) < p", "uniform(bits) < 0.98 * p"),
    Fault("a gamma's scale is taken for its mean", "sim/distributions/gamma.h",
          "scale * boost * d * v", "scale * boost * v"),
    Fault("a lognormal forgets its spread by a tenth", "sim/distributions/lognormal.h",
          "mu + sigma * sim::normal(draws)", "mu + 0.9 * sigma * sim::normal(draws)"),
    Fault("a histogram's sum loses carries", "sim/statistics/histogram.h",
          "sum_high_ += sum_low_ < v ? 1U : 0U;", "", STATEMENT),
    Fault("a histogram's bucket ends one too early", "sim/statistics/histogram.h",
          "last == std::numeric_limits<std::int64_t>::max() ? last : last + 1", "last"),
    Fault("a stale timer at the head of a lane is not dropped", "sim/timer_lane.h",
          "dropped < max && size_ > 0 && is_stale(static_cast<const TimerEntry&>(ring_[head_]))",
          "false && is_stale(static_cast<const TimerEntry&>(ring_[head_])) && dropped < max"),
    Fault("Student's t is one-sided", "sim/statistics/confidence.cpp",
          "p < 0.5 ? p : 1 - p", "p < 0.5 ? p : 2 * (1 - p)"),
    # --- shared processors and queues -------------------------------------------------------------------------------
    Fault("a shared processor serves one request too many", "models/service/processor_sharing.cpp",
          "n > cpus_[i] ? cpus_[i] / n : 1.0", "n > cpus_[i] ? cpus_[i] / (n - 1) : 1.0"),
    Fault("a bounded queue holds one request more", "models/traffic/serve.cpp",
          "pod.queue_length >= plan_.services[pod.service].queue_capacity",
          "pod.queue_length > plan_.services[pod.service].queue_capacity"),
    Fault("a LIFO queue is a FIFO queue", "models/traffic/queue.cpp",
          "at_head || (pod.flags & pod_flag::kLifo) != 0", "at_head"),
    Fault("a slow-down divides instead of multiplying", "models/traffic/serve.cpp",
          "static_cast<double>(time) * pod.slow", "static_cast<double>(time) / pod.slow"),
    Fault("an error before the work is drawn after it was begun", "models/traffic/serve.cpp",
          "error.when == ErrorWhen::Before && error_drawn(work, op)", "false && error_drawn(work, op)"),
    # --- retries and timeouts ---------------------------------------------------------------------------------------
    Fault("one retry too many", "models/policy/retry.h",
          "retries_done >= policy.max", "retries_done > policy.max"),
    Fault("a per-try timeout is retried whatever retryOn says", "models/policy/retry.h",
          "return has(on, RetryOn::FiveXx) || has(on, RetryOn::GatewayError) || has(on, RetryOn::Reset);\n"
          "    case Outcome::ConnectFailure:",
          "if (@) return true;\n"
          "      return has(on, RetryOn::FiveXx) || has(on, RetryOn::GatewayError) || has(on, RetryOn::Reset);\n"
          "    case Outcome::ConnectFailure:", TEXT),
    Fault("gRPC errors are retried as HTTP errors", "models/policy/retry.h",
          "has(on, RetryOn::Internal) && status == 500", "has(on, RetryOn::FiveXx) && status == 500"),
    Fault("the back-off does not grow", "models/policy/backoff.cpp",
          "window < cap / 2 ? 2 * window : cap", "window"),
    Fault("full jitter has half of its window", "models/policy/backoff.cpp",
          "case BackoffLaw::FullJitter: return scaled(u, doubled(policy.base, k - 1, cap));",
          "case BackoffLaw::FullJitter: return scaled(u, doubled(policy.base, k - 1, cap) / (@ ? 2 : 1));", TEXT),
    Fault("the overall timeout starts again with each try", "models/traffic/expire.cpp",
          "lanes_[lane].per_try ? call.attempt_started : call.opened", "call.attempt_started"),
    Fault("the timer of a try that is over still fires", "models/traffic/expire.cpp",
          "call.attempt != entry.generation >> 24 || call.state != CallState::Waiting",
          "call.state != CallState::Waiting"),
    Fault("a timed-out try keeps its place in the client's view", "models/traffic/call.cpp",
          "release_connection(call, plan, work.pod, false, false);", "", STATEMENT),
    Fault("work of a caller that has gone is not withdrawn", "models/traffic/expire.cpp",
          "(!queued || begun) && service.when_caller_gone != WhenCallerGone::Cancel", "true"),
    # --- balancing, splits, connections -----------------------------------------------------------------------------
    Fault("least request picks the busier of the two", "models/balance/pick.h",
          "active(other) < active(best)", "active(other) > active(best)"),
    Fault("round robin skips every other replica", "models/balance/pick.h",
          "next++ % count", "(next += 2) % count"),
    Fault("a retry draws its version anew", "models/traffic/send.cpp",
          "anew && call.attempt > 0 ? key_of_try(call) : call.key",
          "key_of_try(call)"),
    Fault("the last version of a split takes the first one's share", "models/traffic/send.cpp",
          "u >= row->cumulative && row != end - 1", "u < row->cumulative && row != end - 1"),
    Fault("a handshake costs no round trip", "models/traffic/send.cpp",
          "trips > 0.0", "trips > 1e9"),
    Fault("a loss is not a delay", "models/traffic/send.cpp",
          "delay += wait;", "", STATEMENT),
    # --- proxies ----------------------------------------------------------------------------------------------------
    Fault("work after the reply does not occupy the proxy's worker", "models/traffic/mesh_inline.h",
          "free_at = departed + post;", "free_at = departed;", STATEMENT),
    Fault("a proxy's worker is never busy", "models/traffic/mesh_inline.h",
          "free_at > now_ ? free_at : now_", "now_"),
    Fault("the handshake's CPU is not counted", "models/traffic/proxy.cpp",
          "recorder_.results.resources.handshake_cpu += proxy.handshake_client_cpu + proxy.handshake_server_cpu;", "",
          STATEMENT),
    # --- faults, authorization, limits ------------------------------------------------------------------------------
    Fault("deny does not stand above allow", "models/policy/authorization.cpp",
          "policy.deny && any_matches(*policy.deny, caller, endpoint)",
          "policy.deny && !policy.allow && any_matches(*policy.deny, caller, endpoint)"),
    Fault("a rule that names callers admits the unknown", "models/policy/authorization.cpp",
          "caller.empty() || !has(rule.from, caller)", "!caller.empty() && !has(rule.from, caller)"),
    Fault("a strict callee takes plaintext", "models/traffic/proxy.cpp",
          "SIM_UNLIKELY(work.plaintext != 0) && is_strict(work.pod)", "false && is_strict(work.pod)"),
    Fault("a token bucket starts empty", "models/policy/rate_limit.h",
          "bucket.level = full;", "bucket.level = bucket.level < 0 ? 0 : full;", STATEMENT),
    Fault("an injected delay is covered by the timeout", "models/traffic/inject.cpp",
          "push(now_ + policy.timeout, EventKind::CallTimer,",
          "push(@ ? (call.opened + policy.timeout > now_ ? call.opened + policy.timeout : now_ + 1)\n"
          "            : now_ + policy.timeout, EventKind::CallTimer,", TEXT),
    # --- control plane and carriers ---------------------------------------------------------------------------------
    Fault("the debounce never gives up waiting for quiet", "models/control/debounce.cpp",
          "now - first_ >= in_.rule.max", "false"),
    Fault("a push takes its slot for good", "models/control/instance.cpp",
          "++free_slots_;\n      Proxy& proxy", "if (!@) ++free_slots_;\n      Proxy& proxy", TEXT),
    Fault("a release takes back what an earlier one brought", "models/traffic/propagate.cpp",
          "config[k] = std::max(config[k], arrival.snapshot);", "config[k] = arrival.snapshot;", STATEMENT),
    # --- counting ---------------------------------------------------------------------------------------------------
    Fault("requests of the warm-up are measured", "models/traffic/arrive.cpp",
          "if (measuring_) {\n    call.flags |= call_flag::kMeasured;",
          "if (measuring_ || @) {\n    call.flags |= call_flag::kMeasured;", TEXT),
    Fault("what is open at the end is forgotten", "models/traffic/mesh.cpp",
          "++results.edges[plan_of(call).edge].unfinished;", "", STATEMENT),
]
