// Rows of the field table: policy, timeline and limits.
// See fields.h; joined by field_rows.cpp, of no use to anybody else.
#pragma once

#include "scenarios/reader/field_row.h"

namespace reader::rows {

inline constexpr Field kPolicy[] = {
    // ---- policy ----
    {"Policy", "defaults", "Destination", nullptr, kNone, kNone, false, false,
     "Towards every destination that does not say its own."},
    {"Policy", "*", "Destination", nullptr, kNone, kNone, false, false, "By service name."},
    later("Policy", "manifests", "Policy read from Kubernetes manifests."),
    {"Destination", "timeout", "Duration", nullptr, 0, kMax, false, false,
     "Overall: covers all tries and pauses. 0s: none."},
    {"Destination", "deadlinePropagation", "=none,grpc,envoy-expected", nullptr, kNone, kNone, false, false,
     "grpc: the callee is told how much time is left, and stops when it is over, with its own calls; envoy-expected: "
     "the next proxy takes what the caller expects for its timeout. Absent: grpc between gRPC services of product "
     "grpc, else none."},
    {"Destination", "retries", "Retries", nullptr, 0, 100, false, false,
     "Tries after the first, or {max, retryOn, perTryTimeout, backoff}."},
    {"Destination", "loadBalancer", "=LEAST_REQUEST,ROUND_ROBIN,RANDOM,CONNECTION_RANDOM,PEAK_EWMA,PICK_FIRST", nullptr,
     kNone, kNone, false, false, "How a replica is picked. CONNECTION_RANDOM: per connection, as kube-proxy does."},
    {"Destination", "leastRequestChoices", "Count", nullptr, 1, 100, false, false,
     "Replicas LEAST_REQUEST looks at; Envoy's default 2."},
    {"Destination", "warmup", "Duration|Warmup", nullptr, 0, kMax, false, false,
     "Istio's warmup, Envoy's slow start: a replica that is back after a crash gets a part of its weight that grows "
     "for so long. With ROUND_ROBIN and LEAST_REQUEST of Istio and Envoy. 0s, or absent: all of it at once."},
    {"Destination", "localityLbSetting", "LocalityLbSetting", nullptr, kNone, kNone, false, false,
     "Replicas of the client's own zone first; others take over as fewer than 71.4% of them are healthy. Absent: with "
     "Istio on wherever there is outlierDetection, with others off."},
    {"Destination", "mtls", "=STRICT,PERMISSIVE,DISABLE", nullptr, kNone, kNone, false, false,
     "Encryption between proxies."},
    {"Destination", "split", "{Percent}", nullptr, 0, 1, false, false,
     "Share of each version; adds up to 100%. Absent: by replica count."},
    {"Destination", "connectionPool", "ConnectionPool", nullptr, kNone, kNone, false, false,
     "Limits of one client's connections and requests: circuit breakers. Absent keys: the product's."},
    {"Destination", "outlierDetection", "OutlierDetection", nullptr, kNone, kNone, false, false,
     "Passive health: replicas that fail are left out, in the view of each client. Absent: nobody is."},
    {"Destination", "failureAccrual", "FailureAccrual", nullptr, kNone, kNone, false, false,
     "Linkerd's instead of outlierDetection: a replica is shut after failures in a row, then tried by one request."},
    {"Destination", "retryBudget", "RetryBudget", nullptr, kNone, kNone, false, false,
     "Bounds the retries of one client: of the concurrent, the windowed or the token kind. {}: as the product does "
     "by itself once it is asked to."},
    {"Destination", "hedging", "Hedging", nullptr, kNone, kNone, false, false,
     "A further try while earlier ones are under way: the first good answer wins, the others are given up. Each "
     "product has one way of it, or none."},
    {"Destination", "fault", "Fault", nullptr, kNone, kNone, false, false,
     "Injected by the client's proxy or library before the policy begins: timeouts do not cover it, retries do not see "
     "it."},
    {"Destination", "mirror", "Mirror", nullptr, kNone, kNone, false, false,
     "A copy of each request to another version; nobody waits for its answer."},
    {"Destination", "rateLimit", "Rate|RateLimit", nullptr, 0, 1e6, false, false,
     "A token bucket in every pod of this service; beyond it 429. 100/s: that many tokens, refilled every second. "
     "0/s: none."},
    {"Destination", "allow", "[Rule]", nullptr, kNone, kNone, false, false,
     "Who may call: one matching rule is enough, without any match 403. []: nobody. Absent: everybody whom `deny` lets "
     "pass."},
    {"Destination", "deny", "[Rule]", nullptr, kNone, kNone, false, false, "Who may not: stands above `allow`."},
    later("Destination", "rollout", "Progressive delivery."),
    {"LocalityLbSetting", "enabled", "Bool", "true", kNone, kNone, false, false,
     "false: zones do not matter. With Istio true does nothing without outlierDetection."},
    later("LocalityLbSetting", "distribute", "Shares by zone."),
    {"Warmup", "duration", "Duration", nullptr, 0, kMax, true, false, "How long; Envoy's slow_start_window."},
    {"Warmup", "minimumPercent", "Percent", "10%", 0, 1, false, false, "Of its weight, at least."},
    {"Warmup", "aggression", "Number", "1", 0.01, 100, false, false,
     "The part of its weight is the part of the duration, to the power of 1 / aggression. 1: it grows evenly; above: "
     "fast at first."},
    {"Hedging", "onPerTryTimeout", "Bool", "false", kNone, kNone, false, false,
     "Envoy's, also under Istio and Consul: a per-try timeout leaves its try running and sends the next of `retries`, "
     "whatever retryOn says. Needs `retries` with `perTryTimeout`."},
    {"Hedging", "delay", "Duration", nullptr, 0, kMax, false, false,
     "gRPC's without a control plane, and of libraries: the next try follows after so long, in place of `retries`. 0s: "
     "all at once."},
    {"Hedging", "maxAttempts", "Count", "2", 1, 100, false, false,
     "With `delay`: tries in all; gRPC makes at most five."},
    {"Hedging", "nonFatalStatusCodes", "[RetryCondition]|RetryCondition", nullptr, kNone, kNone, false, false,
     "With `delay`: failures that the next try follows at once; any other one ends the call, as without this key each "
     "does."},
    {"Retries", "max", "Count", nullptr, 0, 100, true, false, "Tries after the first."},
    {"Retries", "retryOn", "[RetryCondition]|RetryCondition", nullptr, kNone, kNone, false, false,
     "Envoy's conditions and HTTP statuses. Absent: connect-failure, refused-stream, unavailable, reset, 503, in every "
     "candidate."},
    {"Retries", "perTryTimeout", "Duration", nullptr, 0, kMax, false, false, "Of each try; 0s: none."},
    {"Retries", "backoff", "Backoff", nullptr, kNone, kNone, false, false, "Absent: the product's."},
    {"Retries", "retryIgnorePreviousHosts", "Bool", nullptr, kNone, kNone, false, false,
     "Retries avoid replicas that were tried. Absent: with Istio they do, else not."},
    {"Retries", "hostSelectionRetryMaxAttempts", "Count", nullptr, 0, 255, false, false,
     "Where they do: further picks before a tried replica is taken after all. Absent: 5, Envoy 1."},
    {"Retries", "retryRemoteLocalities", "Bool", nullptr, kNone, kNone, false, false,
     "After every second try the zones tried so far are left (Istio, Envoy, and only where a client keeps to its own "
     "zone). Absent: no."},
    {"Fault", "delay", "FaultDelay", nullptr, kNone, kNone, false, false, "Requests that are held."},
    {"Fault", "abort", "FaultAbort", nullptr, kNone, kNone, false, false,
     "Requests that are answered instead of sent; drawn apart from the delay, after it."},
    {"FaultDelay", "percentage", "Percent", "100%", 0, 1, false, false, "Share of requests."},
    {"FaultDelay", "fixedDelay", "Duration", nullptr, 0, kMax, true, false, "How long."},
    {"FaultAbort", "percentage", "Percent", "100%", 0, 1, false, false, "Share of requests."},
    {"FaultAbort", "httpStatus", "Count", nullptr, 400, 599, true, false, "The answer."},
    {"Mirror", "to", "Name", nullptr, kNone, kNone, true, false, "A version of the same service."},
    {"Mirror", "percentage", "Percent", "100%", 0, 1, false, false, "Share of requests."},
    {"RateLimit", "maxTokens", "Count", nullptr, 0, 1e6, true, false,
     "Size of the bucket; full at the start. 0: none."},
    {"RateLimit", "tokensPerFill", "Count", "1", 1, 1e6, false, false, "Tokens per fill interval, continuously."},
    {"RateLimit", "fillInterval", "Duration", nullptr, 50e6, 3.6e12, true, false, "At least 50ms, as in Envoy."},
    {"Rule", "from", "[Name]|Name", nullptr, kNone, kNone, false, false,
     "Callers, by service, or `gateway`; they must prove it by mTLS. Absent: anybody."},
    {"Rule", "to", "[Name]|Name", nullptr, kNone, kNone, false, false, "Endpoints. Absent: all."},
    {"Backoff", "law",
     "=envoy,envoy-legacy,envoy-legacy-atom,full-jitter,exponential,decorrelated,linkerd,grpc,exponential-half-jitter",
     nullptr, kNone, kNone, false, false,
     "Absent: the product's, of application code envoy. envoy is what its code does today, envoy-legacy what its "
     "documentation still says."},
    {"Backoff", "base", "Duration", "25ms", 0, kMax, false, false, "First step."},
    {"Backoff", "max", "Duration", "250ms", 0, kMax, false, false, "Cap."},

    // ---- timeline and limits ----
    {"TimelineEntry", "name", "Name", nullptr, kNone, kNone, true, false,
     "Names the windows of the report: before, during, after."},
    {"TimelineEntry", "at", "Duration", nullptr, 0, kMax, true, false, "Start, from t = 0."},
    {"TimelineEntry", "for", "Duration", nullptr, 1, kMax, false, false,
     "Length; needed by slow, stall and down. Absent with crash and change: for good."},
    {"TimelineEntry", "partOf", "Name", nullptr, kNone, kNone, false, false,
     "The earlier entry whose story this one belongs to: the fix of a bad change, the cure of an incident. The "
     "exchange "
     "rate counts what fails from an entry to the next one that is not part of another."},
    {"TimelineEntry", "slow", "VersionTarget", nullptr, kNone, kNone, false, false,
     "Service times of this service times `by`."},
    {"TimelineEntry", "by", "Factor", nullptr, 0.000001, 1e6, false, false, "With slow."},
    {"TimelineEntry", "stall", "VersionTarget", nullptr, kNone, kNone, false, false, "Takes requests but serves none."},
    {"TimelineEntry", "crash", "VersionTarget", nullptr, kNone, kNone, false, false,
     "Connections break, the pods are gone; they come back after `for`."},
    {"TimelineEntry", "container", "=application", nullptr, kNone, kNone, false, false,
     "With crash: the application's container alone goes down. A proxy in the pod, or of the node, lives on and "
     "answers "
     "for it: 503 by Envoy, 502 by Linkerd; where there is none, as if the pod crashed."},
    {"TimelineEntry", "replicas", "Count", nullptr, 1, 1e6, false, false, "Only so many, the first ones in order."},
    {"TimelineEntry", "change", "Policy", nullptr, kNone, kNone, false, false,
     "Policy fields that replace the current ones. They travel by each candidate's carriers."},
    {"TimelineEntry", "down", "=control-plane", nullptr, kNone, kNone, false, false,
     "Nothing is pushed for so long, in every candidate that has a control plane: all keep the last good "
     "configuration."},
    later("TimelineEntry", "partition", "Network partitions."),
    later("TimelineEntry", "scale", "Changes of replica counts."),
    later("TimelineEntry", "rollout", "Progressive delivery."),
    later("TimelineEntry", "rotate", "Certificate rotation."),
    later("TimelineEntry", "delay", "Injected network delay."),
    later("TimelineEntry", "lose", "Injected packet loss."),
    later("TimelineEntry", "fail", "Injected errors."),
    {"Limits", "events", "Count|=unlimited", "unlimited", 1, kHuge, false, false, "Engine events per replication."},
    {"Limits", "inFlight", "Count", "5000000", 1, 1e9, false, false, "Open calls at once."},
    {"Limits", "eventsAtOneInstant", "Count", "1000000", 1, 1e12, false, false, "Stops endless loops in zero time."},
    {"Limits", "callDepth", "Count", "64", 1, 1000, false, false, "Calls inside calls."},
    {"Limits", "memory", "Size", nullptr, 1, 1e9, false, false,
     "Per process. Absent: three quarters of the machine's."},
};

}  // namespace reader::rows
