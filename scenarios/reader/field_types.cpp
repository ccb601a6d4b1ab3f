// The rows of the table of types: see fields.h.
#include "scenarios/reader/fields.h"

namespace reader {
namespace {

constexpr Type kTypes[] = {
    {"Scenario", "", "", "The whole file."},
    {"Run", "", "run", "How long and how often."},
    {"Replications", "Count", "run.replications", "A count, or the same with a name."},
    {"Team", "", "teams.<name>", "Who changes and releases its services together, at its own pace."},
    {"Library", "", "libraries.<language>", "What the library of one language can do."},
    {"Support",
     "!=timeout,retries,mtls,telemetry,loadBalancer,split,connectionPool,outlierDetection,fault,mirror,rateLimit,"
     "authorization",
     "libraries.<language>.supports[]", "One thing a library can do."},
    {"Prices", "", "prices", "Bare numbers, all in one currency. What is not said is not known."},
    {"Sweep", "", "sweep", "Paths with their values."},
    {"Network", "", "network",
     "One-way delays between pods. Every distribution gets a `min` (its lookahead) unless it is a constant."},
    {"Node", "", "node", "CPU shared by the pods of a node."},
    {"Service", "", "services.<name>",
     "One service: its replicas and what its endpoints do. With `endpoints`, `serviceTime` and `errors` here are what "
     "an endpoint takes that does not say its own."},
    {"Queue", "", "services.<name>.queue", "Requests that wait for a worker."},
    {"Endpoint", "", "services.<name>.endpoints.<name>", "What one request does, and how it fails."},
    {"Version", "", "services.<name>.versions.<name>",
     "One version of a service. Its own keys replace the service's for it; the more specific one wins: version's "
     "endpoint, version, service's endpoint, service."},
    {"Errors", "Percent", "errors", "A percentage (HTTP 500 after the work, drawn per attempt), or the parts."},
    {"Call", "!Target|[Call]|CallStep", "calls[]",
     "`service`, `service/endpoint`, a nested list (in parallel), or a map."},
    {"CallStep", "", "calls[]", "A call with its own (the application's) policy, present in every candidate."},
    {"Telemetry", "=none,metrics", "candidates.<name>.telemetry",
     "What proxies report of requests. Its CPU is spent after the reply, on the worker."},
    {"OnFailure", "=fail,ignore", "calls[].onFailure", "What the caller does when the call fails after its policy."},
    {"Fallback", "", "calls[].onFailure.fallback", "Work done instead of the failed call."},
    {"Step", "", "steps[]",
     "One step: exactly one of work, wait, call, parallel, sequence, choose; optional probability and repeat."},
    {"StepOrCall", "!Target|[Call]|Step", "steps[].parallel[]", "A step, or a call in its short form."},
    {"Branch", "", "steps[].choose[]", "One branch of a choose: a probability and one step."},
    {"Distribution", "Duration", "(any distribution)",
     "A duration alone is exponential with that mean. Exactly one shape, and any of shift, min, max."},
    {"Delay", "!Duration|Distribution", "(delays of carriers and of the control plane)",
     "A distribution; but a duration alone is constant here, not exponential."},
    {"LeadTime", "!Duration|Distribution", "redeploy",
     "As Delay (a duration alone is constant), with durations of up to 3650 days. The clock ends at 52 days: what "
     "takes "
     "longer never arrives in a run."},
    {"MeanCv", "", "gamma, lognormal", "Mean and coefficient of variation."},
    {"LognormalShape", "", "lognormal", "Mean and cv, or the median and one upper percentile."},
    {"ErlangShape", "", "erlang", "k exponential phases."},
    {"WeibullShape", "", "weibull", "Scale and shape."},
    {"ParetoShape", "", "pareto", "Smallest value and tail index."},
    {"Phase", "", "hyperexponential[]", "One exponential branch."},
    {"Percentiles", "", "empirical", "Percentile points p0 .. p100; linear in between."},
    {"Part", "+Distribution", "mixture[]", "A weight and a distribution."},
    {"Traffic", "![TrafficEntry]|{TrafficShort}", "traffic", "A map from entry to rate, or a list of named sources."},
    {"TrafficShort", "!Rate|TrafficEntry", "traffic.<entry>",
     "A rate, or the source's fields (`to` is the key unless said)."},
    {"TrafficEntry", "", "traffic[]",
     "One source of requests: open (`rate` or `shape`) or closed (`users` and `thinkTime`)."},
    {"Shape", "", "traffic[].shape", "How the rate changes; t = 0 is the end of warm-up."},
    {"RatePoint", "", "traffic[].shape.steps[]", "A rate from a time on (steps) or at a time (ramp)."},
    {"Diurnal", "", "traffic[].shape.diurnal", "mean (1 + amplitude sin(2 pi (t - phase) / period))."},
    {"Policy", "", "policy",
     "`defaults`, and one entry per destination service. What it leaves open each candidate's product decides."},
    {"Destination", "", "policy.<service>",
     "Policy towards one destination. Istio and Gateway API names, but for `retries.max` and `split`."},
    {"LocalityLbSetting", "", "policy.<service>.localityLbSetting", "As an Istio DestinationRule has it."},
    {"Warmup", "Duration", "policy.<service>.warmup", "A duration, or the parts, by Istio's names."},
    {"Hedging", "", "policy.<service>.hedging", "Hedged requests, by gRPC's names."},
    {"Retries", "Count", "retries", "Tries after the first, or the parts."},
    {"Fault", "", "policy.<service>.fault", "As an Istio VirtualService has it."},
    {"FaultDelay", "", "fault.delay", "An injected delay."},
    {"FaultAbort", "", "fault.abort", "An injected answer."},
    {"Mirror", "", "policy.<service>.mirror", "Mirrored traffic."},
    {"RateLimit", "", "policy.<service>.rateLimit", "Envoy's local rate limit."},
    {"Rule", "", "policy.<service>.allow[], deny[]",
     "Matches if all of its keys do. An empty rule matches everything."},
    {"Backoff", "", "retries.backoff", "The pause before a retry."},
    {"ConnectionPool", "", "policy.<service>.connectionPool",
     "Istio's names of Envoy's limits, per client and destination (with a split: and version). Absent: unlimited, or "
     "Envoy's 1,024 connections, waiting and active requests and 3 retries with `product: envoy`."},
    {"OutlierDetection", "", "policy.<service>.outlierDetection",
     "Istio's and Envoy's names. With proxyless gRPC: as gRPC does it, by success rate and failure percentage only."},
    {"SuccessRate", "", "outlierDetection.successRate", "Replicas that succeed less often than the others."},
    {"FailurePercentage", "", "outlierDetection.failurePercentage", "Replicas that fail too often."},
    {"FailureAccrual", "", "policy.<service>.failureAccrual", "Linkerd's circuit breaker of one endpoint."},
    {"RetryBudget", "", "policy.<service>.retryBudget", "Of exactly one kind; each client process has its own."},
    {"Candidates", "![Name]|{Candidate}", "candidates",
     "A list of the names that need no body (none, library, automated, sidecar, proxyless, gateway, ambient, node), or "
     "a map."},
    {"Candidate", "Null", "candidates.<name>",
     "Who enforces the policy, with which product. The names none, library, automated (a library with fleet "
     "automation), "
     "sidecar, proxyless, gateway, ambient and node need no body."},
    {"Waypoint", "", "candidates.<name>.waypoint", "A proxy in front of one service, with pods of its own."},
    {"Enrolled", "", "candidates.<name>.enrolled", "Teams, services, or both: together they are enrolled."},
    {"Deviation", "+Destination", "candidates.<name>.deviations[]",
     "Whose calls, to whom, and the policy fields that replace the intended ones there."},
    {"Found", "+Destination", "survey.found[]",
     "How often a survey found it, and the policy fields that replace the intended ones there; none: as intended."},
    {"Survey", "File", "candidates.<name>.deviations[].from",
     "What was found in place of the intended policy: a path to a YAML file, or what would stand in it."},
    {"Carriers", "", "candidates.<name>.carriers",
     "push: by the control plane; runtimeConfig: the library reads it while it runs; replicaRatio: by numbers of "
     "replicas; redeploy: with the next release, after the team's lead time."},
    {"ControlPlane", "", "candidates.<name>.controlPlane",
     "istiod and its like. The delays are distributions; a duration alone is constant."},
    {"Debounce", "", "controlPlane.debounce", "When changes are pushed."},
    {"Profile", "Text", "candidates.<name>.profile",
     "A built-in profile's name, a path to a YAML file, or the values of a cost profile."},
    {"CpuPoint", "", "profile.cpuPerRequest[]",
     "CPU of one exchange at one request rate; linear between points, flat outside."},
    {"ProxyLatency", "", "profile.latency", "Delay of one traversal that occupies no worker."},
    {"Handshake", "", "profile.handshake", "What a new mTLS connection costs."},
    {"TimelineEntry", "", "timeline[]", "name, at, for, one verb with its target, its amount."},
    {"Expectation", "!Text", "expect.<name>",
     "`CANDIDATE METRIC(TARGET) [before|during|after ENTRY] [- CANDIDATE METRIC(TARGET) ...] OPERATOR VALUE`. The "
     "candidate may be `each`. Operators: < <= > >= compare the whole interval with the value; = asks for exactly that "
     "value in every replication. The value carries the unit of the metric."},
    {"Limits", "", "limits", "Guards. Reaching one ends the run with a partial report and exit code 3."},
};

}  // namespace

std::span<const Type> types() { return kTypes; }

}  // namespace reader
