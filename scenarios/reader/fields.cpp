#include "scenarios/reader/fields.h"

#include <algorithm>
#include <array>

namespace reader {
namespace {

constexpr double kNone = -1;                 // no bound of its own beyond the type's
constexpr double kMax = 4503599627370495.0;  // sim::kHorizonMax: 52 days in nanoseconds
constexpr double kHuge = 1e18;

constexpr Type kTypes[] = {
    {"Scenario", "", "", "The whole file."},
    {"Run", "", "run", "How long and how often."},
    {"Replications", "Count", "run.replications", "A count, or the same with a name."},
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
    {"OnFailure", "=fail,ignore", "calls[].onFailure", "What the caller does when the call fails after its policy."},
    {"Fallback", "", "calls[].onFailure.fallback", "Work done instead of the failed call."},
    {"Step", "", "steps[]",
     "One step: exactly one of work, wait, call, parallel, sequence, choose; optional probability and repeat."},
    {"StepOrCall", "!Target|[Call]|Step", "steps[].parallel[]", "A step, or a call in its short form."},
    {"Branch", "", "steps[].choose[]", "One branch of a choose: a probability and one step."},
    {"Distribution", "Duration", "(any distribution)",
     "A duration alone is exponential with that mean. Exactly one shape, and any of shift, min, max."},
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
    {"Retries", "Count", "retries", "Tries after the first, or the parts."},
    {"Backoff", "", "retries.backoff", "The pause before a retry."},
    {"Candidates", "![Name]|{Candidate}", "candidates",
     "A list of the names that need no body (none, library, sidecar), or a map."},
    {"Candidate", "Null", "candidates.<name>",
     "Who enforces the policy, with which product. The names none, library and sidecar need no body."},
    {"Profile", "Text", "candidates.<name>.profile",
     "A built-in profile's name, a path to a YAML file, or the values of a cost profile."},
    {"CpuPoint", "", "profile.cpuPerRequest[]",
     "CPU of one exchange at one request rate; linear between points, flat outside."},
    {"ProxyLatency", "", "profile.latency", "Delay of one traversal that occupies no worker."},
    {"Handshake", "", "profile.handshake", "What a new mTLS connection costs."},
    {"TimelineEntry", "", "timeline[]", "name, at, for, one verb with its target, its amount."},
    {"Limits", "", "limits", "Guards. Reaching one ends the run with a partial report and exit code 3."},
};

#define LATER(type, key, doc) \
  { type, key, "Any", nullptr, kNone, kNone, false, true, doc }

constexpr Field kFields[] = {
    // ---- the whole file ----
    {"Scenario", "meshsim", "Count", nullptr, 0, 1e6, true, false, "Format version: 1."},
    {"Scenario", "question", "Text", "\"\"", kNone, kNone, false, false,
     "What the scenario is meant to answer; stands on top of every report."},
    {"Scenario", "extends", "File", nullptr, kNone, kNone, false, false,
     "Another scenario file, relative to this one, inside the root directory. Maps merge by key, lists replace, `key: "
     "null` removes."},
    {"Scenario", "seed", "Seed", "1", 0, kNone, false, false, "Seed of every random draw: a whole number below 2^64."},
    {"Scenario", "run", "Run", nullptr, kNone, kNone, false, false, "How long and how often."},
    {"Scenario", "zones", "[Name]", nullptr, kNone, kNone, false, false,
     "Availability zones; one zone if absent. Replicas spread evenly over them unless a service says otherwise."},
    {"Scenario", "network", "Network", nullptr, kNone, kNone, false, false, "Delays between pods."},
    {"Scenario", "node", "Node", nullptr, kNone, kNone, false, false,
     "Nodes whose CPU the pods share; absent: no sharing."},
    {"Scenario", "services", "{Service}", nullptr, kNone, kNone, true, false, "The fleet, by service name."},
    {"Scenario", "traffic", "Traffic", nullptr, kNone, kNone, true, false, "Where requests come from."},
    {"Scenario", "policy", "Policy", nullptr, kNone, kNone, false, false,
     "The intent, one document for all candidates."},
    {"Scenario", "candidates", "Candidates", "[none, sidecar]", kNone, kNone, false, false,
     "The architectures compared."},
    {"Scenario", "baseline", "Name", nullptr, kNone, kNone, false, false,
     "The candidate differences are taken against; the first one if absent."},
    {"Scenario", "timeline", "[TimelineEntry]", nullptr, kNone, kNone, false, false, "What happens during the run."},
    {"Scenario", "limits", "Limits", nullptr, kNone, kNone, false, false, "Guards against runs that grow without end."},
    LATER("Scenario", "teams", "Who owns which service, and how long a redeploy takes."),
    LATER("Scenario", "libraries", "What a language's library can do without a mesh."),
    LATER("Scenario", "expect", "Expectations that make the run fail."),
    LATER("Scenario", "sweep", "Variation of paths over values."),
    LATER("Scenario", "rollouts", "Progressive delivery."),
    LATER("Scenario", "controlPlane", "Propagation of configuration."),

    {"Run", "duration", "Duration", "60s", 1e6, kMax, false, false,
     "Measured part, from t = 0 (the end of warm-up). Arrivals stop at its end."},
    {"Run", "warmup", "Duration|=auto", "10s", 0, kMax, false, false,
     "Before t = 0, under the initial configuration; not measured. `auto` is not built yet."},
    {"Run", "replications", "Replications", "10", 1, 100000, false, false,
     "Independent repetitions, each with its own draws."},
    {"Run", "confidence", "Percent", "95%", 0.5, 0.9999, false, false, "Of every interval in the report."},
    {"Replications", "min", "Count", "10", 1, 100000, false, false, "Number of replications."},
    {"Replications", "confidence", "Percent", nullptr, 0.5, 0.9999, false, false, "As run.confidence."},
    LATER("Replications", "max", "Replications until the answer is precise enough, at most this many."),
    LATER("Replications", "precision", "Relative half-width at which to stop."),

    {"Network", "sameZone", "Distribution", "{median: 120us, p99: 450us, min: 20us}", kNone, kNone, false, false,
     "One-way delay inside a zone. `min` is 20us if not said."},
    {"Network", "crossZone", "Distribution", "{median: 700us, p99: 2ms, min: 200us}", kNone, kNone, false, false,
     "One-way delay between zones. `min` is 200us if not said."},
    {"Network", "loss", "Percent", "0%", 0, 0.5, false, false,
     "Probability that a message is lost. A loss is a delay: 200 ms doubling, 1 s when connecting."},
    {"Network", "connectRoundTrips", "Number", "1", 0, 100, false, false,
     "Round trips before the first request of a TCP connection."},

    {"Node", "cores", "Cores", nullptr, 0.001, 1e6, true, false, "Cores of one node."},
    {"Node", "count", "Count", nullptr, 1, 1e6, true, false,
     "Nodes per zone. Pods are spread over them round robin in name order."},

    // ---- services ----
    {"Service", "replicas", "Count", "1", 1, 1e6, false, false, "Pods. Here or on the versions, never both."},
    {"Service", "zones", "{Count}", nullptr, 0, 1e6, false, false,
     "Pods per zone, instead of an even spread: {a: 3, b: 1}."},
    {"Service", "workers", "Count|=unlimited", "4", 1, 1e6, false, false, "Requests served at once per replica."},
    {"Service", "cpu", "Cores", nullptr, 0.001, 1e6, false, false,
     "Cores per replica: 2, 0.5 or 500m. Absent: no contention between workers."},
    {"Service", "blocking", "Bool", "false", kNone, kNone, false, false,
     "A blocking server holds its worker during downstream calls, an asynchronous one does not."},
    {"Service", "queue", "Queue", nullptr, kNone, kNone, false, false, "Requests that wait for a worker."},
    {"Service", "protocol", "=http,http1,http2,grpc,tcp", "http2", kNone, kNone, false, false,
     "How it is called. `http` and `http1` are HTTP/1.1 with keep-alive: one request per connection at a time. `tcp` "
     "is not built yet."},
    {"Service", "memory", "Size", "0MB", 0, 1e9, false, false, "Memory of one application container; 0: not stated."},
    {"Service", "language", "Text", "\"\"", kNone, kNone, false, false, "Free text for the report."},
    {"Service", "serviceTime", "Distribution", nullptr, kNone, kNone, false, false,
     "CPU work before anything else: shorthand for a first step `work`."},
    {"Service", "calls", "[Call]", nullptr, kNone, kNone, false, false,
     "Calls in order; a nested list runs in parallel. Not together with `steps`, nor with `endpoints`."},
    {"Service", "steps", "[StepOrCall]", nullptr, kNone, kNone, false, false,
     "Work, waits and calls in order. Not together with `calls`, nor with `endpoints`."},
    {"Service", "errors", "Errors", nullptr, kNone, kNone, false, false, "How often requests fail by themselves."},
    {"Service", "idempotent", "Bool", "true", kNone, kNone, false, false,
     "false: repeated executions are counted as duplicates."},
    {"Service", "endpoints", "{Endpoint}", nullptr, kNone, kNone, false, false,
     "By name. A service without them has one, named `default`."},
    {"Service", "versions", "{Version}", nullptr, kNone, kNone, false, false,
     "By name. A service without them has one, named `v1`."},
    LATER("Service", "autoscaling", "Horizontal autoscaling."),
    LATER("Service", "startup", "Start-up time of a pod."),
    {"Queue", "capacity", "Count|=unlimited", "1024", 0, 1e9, false, false,
     "Waiting requests per replica; a full queue answers 503 at once."},
    {"Queue", "discipline", "=fifo,lifo", "fifo", kNone, kNone, false, false, "Who is served next."},
    {"Queue", "whenCallerGone", "=serve,withdraw,cancel", "serve", kNone, kNone, false, false,
     "serve: work goes on and is wasted (HTTP/1.1); withdraw: dropped while queued; cancel: its children stop too "
     "(HTTP/2 reset)."},
    {"Endpoint", "serviceTime", "Distribution", nullptr, kNone, kNone, false, false, "CPU work before anything else."},
    {"Endpoint", "calls", "[Call]", nullptr, kNone, kNone, false, false,
     "Calls in order; a nested list runs in parallel."},
    {"Endpoint", "steps", "[StepOrCall]", nullptr, kNone, kNone, false, false,
     "Work, waits and calls in order. Not together with `calls`."},
    {"Endpoint", "errors", "Errors", nullptr, kNone, kNone, false, false, "How often requests fail by themselves."},
    {"Endpoint", "idempotent", "Bool", "true", kNone, kNone, false, false,
     "false: repeated executions are counted as duplicates."},
    {"Version", "replicas", "Count", "1", 1, 1e6, false, false, "Pods of this version."},
    {"Version", "zones", "{Count}", nullptr, 0, 1e6, false, false, "Pods per zone."},
    {"Version", "serviceTime", "Distribution", nullptr, kNone, kNone, false, false,
     "Replaces the service's and its endpoints'."},
    {"Version", "calls", "[Call]", nullptr, kNone, kNone, false, false, "Replaces the service's."},
    {"Version", "steps", "[StepOrCall]", nullptr, kNone, kNone, false, false, "Replaces the service's."},
    {"Version", "errors", "Errors", nullptr, kNone, kNone, false, false, "Replaces the service's and its endpoints'."},
    {"Version", "idempotent", "Bool", "true", kNone, kNone, false, false, "Replaces the service's."},
    {"Version", "endpoints", "{Endpoint}", nullptr, kNone, kNone, false, false,
     "Merged over the service's endpoints, key by key."},
    {"Errors", "rate", "Percent", nullptr, 0, 1, true, false, "Probability."},
    {"Errors", "status", "Count", "500", 400, 599, false, false, "HTTP status."},
    {"Errors", "when", "=after,before", "after", kNone, kNone, false, false,
     "After the work is spent, or instead of it."},
    {"Errors", "per", "=attempt,request", "attempt", kNone, kNone, false, false,
     "A new draw for each try, or one for all tries of a request."},

    // ---- steps ----
    {"CallStep", "call", "Target", nullptr, kNone, kNone, true, false, "`service` or `service/endpoint`."},
    {"CallStep", "timeout", "Duration", nullptr, 0, kMax, false, false,
     "The application's own; the policy's also applies, the shorter one ends the call."},
    {"CallStep", "retries", "Retries", nullptr, 0, 100, false, false,
     "The application's own; composes with the policy's."},
    {"CallStep", "onFailure", "OnFailure", "fail", kNone, kNone, false, false,
     "fail: the caller fails too; ignore; or {fallback: {work: 2ms}}. The last two count as success and as degraded."},
    {"CallStep", "probability", "Percent", "100%", 0, 1, false, false, "Of the call being made."},
    {"CallStep", "repeat", "Count", "1", 1, 10000, false, false, "Times in a row."},
    {"CallStep", "fireAndForget", "Bool", "false", kNone, kNone, false, false,
     "The caller goes on at once and never sees the outcome."},
    {"OnFailure", "fallback", "Fallback", nullptr, kNone, kNone, true, false, "Work instead of the answer."},
    {"Fallback", "work", "Distribution", nullptr, kNone, kNone, true, false, "CPU work of the caller."},
    {"Step", "work", "Distribution", nullptr, kNone, kNone, false, false, "CPU time on the replica."},
    {"Step", "wait", "Distribution", nullptr, kNone, kNone, false, false,
     "Time that uses no CPU: a disk, a database outside of the model."},
    {"Step", "call", "Target", nullptr, kNone, kNone, false, false,
     "A call; takes timeout, retries, onFailure and fireAndForget beside it."},
    {"Step", "parallel", "[StepOrCall]", nullptr, kNone, kNone, false, false,
     "Steps at the same time; done when the last is."},
    {"Step", "sequence", "[StepOrCall]", nullptr, kNone, kNone, false, false, "Steps in order."},
    {"Step", "choose", "[Branch]", nullptr, kNone, kNone, false, false,
     "At most one branch runs; probabilities add up to at most 100%."},
    {"Step", "probability", "Percent", "100%", 0, 1, false, false, "Of the step being run."},
    {"Step", "repeat", "Count", "1", 1, 10000, false, false, "Times in a row."},
    {"Step", "timeout", "Duration", nullptr, 0, kMax, false, false, "With call only."},
    {"Step", "retries", "Retries", nullptr, 0, 100, false, false, "With call only."},
    {"Step", "onFailure", "OnFailure", nullptr, kNone, kNone, false, false, "With call only."},
    {"Step", "fireAndForget", "Bool", nullptr, kNone, kNone, false, false, "With call only."},
    {"Branch", "probability", "Percent", nullptr, 0, 1, true, false, "Of this branch."},
    {"Branch", "work", "Distribution", nullptr, kNone, kNone, false, false, "As in steps."},
    {"Branch", "wait", "Distribution", nullptr, kNone, kNone, false, false, "As in steps."},
    {"Branch", "call", "Target", nullptr, kNone, kNone, false, false, "As in steps."},
    {"Branch", "parallel", "[StepOrCall]", nullptr, kNone, kNone, false, false, "As in steps."},
    {"Branch", "sequence", "[StepOrCall]", nullptr, kNone, kNone, false, false, "As in steps."},
    {"Branch", "choose", "[Branch]", nullptr, kNone, kNone, false, false, "As in steps."},
    {"Branch", "repeat", "Count", "1", 1, 10000, false, false, "Times in a row."},
    {"Branch", "timeout", "Duration", nullptr, 0, kMax, false, false, "With call only."},
    {"Branch", "retries", "Retries", nullptr, 0, 100, false, false, "With call only."},
    {"Branch", "onFailure", "OnFailure", nullptr, kNone, kNone, false, false, "With call only."},
    {"Branch", "fireAndForget", "Bool", nullptr, kNone, kNone, false, false, "With call only."},

    // ---- distributions ----
    {"Distribution", "mean", "Duration", nullptr, 0, kMax, false, false,
     "With cv: a gamma distribution. Alone: exponential."},
    {"Distribution", "cv", "Number", nullptr, 0, 100, false, false,
     "Coefficient of variation: standard deviation over mean."},
    {"Distribution", "median", "Duration", nullptr, 0, kMax, false, false,
     "With one of p90, p95, p99: a lognormal distribution."},
    {"Distribution", "p90", "Duration", nullptr, 0, kMax, false, false, "Beside median."},
    {"Distribution", "p95", "Duration", nullptr, 0, kMax, false, false, "Beside median."},
    {"Distribution", "p99", "Duration", nullptr, 0, kMax, false, false, "Beside median."},
    {"Distribution", "constant", "Duration", nullptr, 0, kMax, false, false, "Always this."},
    {"Distribution", "uniform", "[Duration]", nullptr, 0, kMax, false, false, "[lowest, highest]."},
    {"Distribution", "exponential", "Duration", nullptr, 0, kMax, false, false, "Its mean."},
    {"Distribution", "lognormal", "LognormalShape", nullptr, kNone, kNone, false, false,
     "{mean, cv} or {median, p99}."},
    {"Distribution", "gamma", "MeanCv", nullptr, kNone, kNone, false, false, "{mean, cv}."},
    {"Distribution", "erlang", "ErlangShape", nullptr, kNone, kNone, false, false, "{k, mean}."},
    {"Distribution", "weibull", "WeibullShape", nullptr, kNone, kNone, false, false, "{scale, shape}."},
    {"Distribution", "pareto", "ParetoShape", nullptr, kNone, kNone, false, false, "{min, alpha}."},
    {"Distribution", "hyperexponential", "[Phase]", nullptr, kNone, kNone, false, false,
     "Exponential branches with probabilities."},
    {"Distribution", "empirical", "[Duration]|Percentiles", nullptr, 0, kMax, false, false,
     "Values, equally likely; or percentile points."},
    {"Distribution", "mixture", "[Part]", nullptr, kNone, kNone, false, false, "Distributions with weights."},
    {"Distribution", "shift", "Duration", nullptr, 0, kMax, false, false,
     "Added to every draw of the shape; min and max bound the sum."},
    {"Distribution", "min", "Duration", nullptr, 0, kMax, false, false, "Smaller draws are raised to it."},
    {"Distribution", "max", "Duration", nullptr, 0, kMax, false, false,
     "The distribution is conditioned on being at most this."},
    {"MeanCv", "mean", "Duration", nullptr, 0, kMax, true, false, "Mean."},
    {"MeanCv", "cv", "Number", nullptr, 0, 100, true, false, "Coefficient of variation."},
    {"LognormalShape", "mean", "Duration", nullptr, 0, kMax, false, false, "Mean, with cv."},
    {"LognormalShape", "cv", "Number", nullptr, 0, 100, false, false, "Coefficient of variation."},
    {"LognormalShape", "median", "Duration", nullptr, 0, kMax, false, false, "Median, with one percentile."},
    {"LognormalShape", "p90", "Duration", nullptr, 0, kMax, false, false, "90th percentile."},
    {"LognormalShape", "p95", "Duration", nullptr, 0, kMax, false, false, "95th percentile."},
    {"LognormalShape", "p99", "Duration", nullptr, 0, kMax, false, false, "99th percentile."},
    {"ErlangShape", "k", "Count", nullptr, 1, 1000, true, false, "Phases."},
    {"ErlangShape", "mean", "Duration", nullptr, 0, kMax, true, false, "Mean of the sum."},
    {"WeibullShape", "scale", "Duration", nullptr, 0, kMax, true, false, "Scale."},
    {"WeibullShape", "shape", "Number", nullptr, 0.05, 1000, true, false,
     "Shape; 1 is exponential, below 1 heavy-tailed."},
    {"ParetoShape", "min", "Duration", nullptr, 0, kMax, true, false, "Smallest value."},
    {"ParetoShape", "alpha", "Number", nullptr, 0.05, 1000, true, false, "Tail index."},
    {"Phase", "probability", "Percent", nullptr, 0, 1, true, false, "Of this branch; they add up to 100%."},
    {"Phase", "mean", "Duration", nullptr, 0, kMax, true, false, "Mean of this branch."},
    {"Percentiles", "p*", "Duration", nullptr, 0, kMax, false, false,
     "p0, p50, p99.9, p100: the value at that percentile. p0 and p100 default to the nearest given ones."},
    {"Part", "weight", "Number", nullptr, 0, 1e9, true, false, "Any positive scale."},

    // ---- traffic ----
    {"TrafficEntry", "name", "Name", nullptr, kNone, kNone, false, false,
     "Identifies its random draws; `to` if absent."},
    {"TrafficEntry", "to", "Target", nullptr, kNone, kNone, false, false,
     "`service` or `service/endpoint`. In the map form the key, if absent."},
    {"TrafficEntry", "rate", "Rate", nullptr, 0, 1e9, false, false, "Requests per second."},
    {"TrafficEntry", "arrivals", "=poisson,paced,jittered,renewal,bursts,trace", "poisson", kNone, kNone, false, false,
     "paced: evenly; jittered: evenly with a random offset in each interval; renewal: `interarrival`. bursts and trace "
     "are not built yet."},
    {"TrafficEntry", "connections", "Count", "0", 0, 1e6, false, false,
     "With paced and jittered: one request in flight on each, with catch-up; 0: no limit."},
    {"TrafficEntry", "via", "=gateway", nullptr, kNone, kNone, false, false,
     "Through the ingress gateway's proxy and the entry's inbound proxy."},
    {"TrafficEntry", "shape", "Shape", nullptr, kNone, kNone, false, false, "A rate that changes."},
    {"TrafficEntry", "interarrival", "Distribution", nullptr, kNone, kNone, false, false,
     "With arrivals: renewal; the time between two requests, instead of `rate`."},
    {"TrafficEntry", "users", "Count", nullptr, 1, 1e7, false, false,
     "Closed loop: so many users, each waits for its answer, thinks, asks again."},
    {"TrafficEntry", "thinkTime", "Distribution", nullptr, kNone, kNone, false, false, "With users."},
    {"Shape", "steps", "[RatePoint]", nullptr, kNone, kNone, false, false, "The rate from `at` on."},
    {"Shape", "ramp", "[RatePoint]", nullptr, kNone, kNone, false, false, "Linear between points."},
    {"Shape", "diurnal", "Diurnal", nullptr, kNone, kNone, false, false, "A sine wave."},
    {"RatePoint", "at", "Duration", nullptr, 0, kMax, true, false, "From t = 0."},
    {"RatePoint", "rate", "Rate", nullptr, 0, 1e9, true, false, "Requests per second."},
    {"Diurnal", "mean", "Rate", nullptr, 0, 1e9, true, false, "Mean rate."},
    {"Diurnal", "amplitude", "Percent", nullptr, 0, 1, true, false, "Of the mean."},
    {"Diurnal", "period", "Duration", "24h", 1e6, kMax, false, false, "One cycle."},
    {"Diurnal", "phase", "Duration", "0s", 0, kMax, false, false, "Shift to the right."},

    // ---- policy ----
    {"Policy", "defaults", "Destination", nullptr, kNone, kNone, false, false,
     "Towards every destination that does not say its own."},
    {"Policy", "*", "Destination", nullptr, kNone, kNone, false, false, "By service name."},
    LATER("Policy", "manifests", "Policy read from Kubernetes manifests."),
    {"Destination", "timeout", "Duration", nullptr, 0, kMax, false, false,
     "Overall: covers all tries and pauses. 0s: none."},
    {"Destination", "retries", "Retries", nullptr, 0, 100, false, false,
     "Tries after the first, or {max, retryOn, perTryTimeout, backoff}."},
    {"Destination", "loadBalancer", "=LEAST_REQUEST,ROUND_ROBIN,RANDOM,CONNECTION_RANDOM", nullptr, kNone, kNone, false,
     false, "How a replica is picked. CONNECTION_RANDOM: per connection, as kube-proxy does."},
    {"Destination", "leastRequestChoices", "Count", nullptr, 1, 100, false, false,
     "Replicas LEAST_REQUEST looks at; Envoy's default 2."},
    {"Destination", "mtls", "=STRICT,PERMISSIVE,DISABLE", nullptr, kNone, kNone, false, false,
     "Encryption between proxies."},
    {"Destination", "split", "{Percent}", nullptr, 0, 1, false, false,
     "Share of each version; adds up to 100%. Absent: by replica count."},
    LATER("Destination", "outlierDetection", "Passive health checks."),
    LATER("Destination", "connectionPool", "Connection and pending-request limits."),
    LATER("Destination", "circuitBreaker", "Connection and pending-request limits."),
    LATER("Destination", "allow", "Authorization."),
    LATER("Destination", "deny", "Authorization."),
    LATER("Destination", "mirror", "Mirrored traffic."),
    LATER("Destination", "fault", "Injected delays and aborts."),
    LATER("Destination", "rateLimit", "Rate limiting."),
    LATER("Destination", "hedging", "Hedged requests."),
    LATER("Destination", "retryBudget", "A budget for retries."),
    LATER("Destination", "localityLbSetting", "Zone-aware balancing."),
    LATER("Destination", "rollout", "Progressive delivery."),
    {"Retries", "max", "Count", nullptr, 0, 100, true, false, "Tries after the first."},
    {"Retries", "retryOn", "[RetryCondition]|RetryCondition", nullptr, kNone, kNone, false, false,
     "Envoy's conditions and HTTP statuses. Absent: connect-failure, refused-stream, unavailable, reset, 503, in every "
     "candidate."},
    {"Retries", "perTryTimeout", "Duration", nullptr, 0, kMax, false, false, "Of each try; 0s: none."},
    {"Retries", "backoff", "Backoff", nullptr, kNone, kNone, false, false, "Absent: the product's."},
    {"Backoff", "law",
     "=envoy,envoy-legacy,envoy-legacy-atom,full-jitter,exponential,decorrelated,linkerd,grpc,exponential-half-jitter",
     "envoy", kNone, kNone, false, false,
     "envoy is what its code does today, envoy-legacy what its documentation still says."},
    {"Backoff", "base", "Duration", "25ms", 0, kMax, false, false, "First step."},
    {"Backoff", "max", "Duration", "250ms", 0, kMax, false, false, "Cap."},

    // ---- candidates ----
    {"Candidate", "enforcedBy", "=none,library,sidecar,ambient,waypoint,grpc", nullptr, kNone, kNone, false, false,
     "none: nobody; library: every service's own process, alike, with no extra hop; sidecar: a proxy at both ends. "
     "Follows from the name or the product if absent."},
    {"Candidate", "product", "Name", nullptr, kNone, kNone, false, false,
     "istio-1.24 (a sidecar's default), istio-1.20, istio-2020-default-telemetry or envoy: behaviour and cost "
     "profile."},
    {"Candidate", "profile", "Profile", nullptr, kNone, kNone, false, false,
     "Cost profile of the proxies, instead of the product's."},
    {"Candidate", "loadBalancer", "=LEAST_REQUEST,ROUND_ROBIN,RANDOM,CONNECTION_RANDOM", nullptr, kNone, kNone, false,
     false, "Overrides what the product and the policy say."},
    LATER("Candidate", "deviations", "A library fleet's inconsistencies."),
    LATER("Candidate", "redeploy", "How long a change takes to arrive."),
    LATER("Candidate", "enrolled", "Which part of the fleet is in the mesh."),
    LATER("Candidate", "waypoints", "Ambient waypoints."),
    LATER("Candidate", "controlPlane", "Propagation of configuration."),
    LATER("Candidate", "carriers", "How a change travels."),
    LATER("Candidate", "policy", "Policy of one candidate alone."),
    {"Profile", "name", "Name", nullptr, kNone, kNone, false, false, "Name in reports."},
    {"Profile", "source", "Text", "\"\"", kNone, kNone, false, false, "Where the numbers come from."},
    {"Profile", "date", "Text", "\"\"", kNone, kNone, false, false, "When they were measured."},
    {"Profile", "assumed", "[Text]", nullptr, kNone, kNone, false, false,
     "Parts that are assumptions, not measurements."},
    {"Profile", "workers", "Count|=unlimited", "2", 1, 1e6, false, false,
     "Worker threads of one proxy. unlimited: its costs never queue."},
    {"Profile", "cpuPerRequest", "Duration|[CpuPoint]", "0s", 0, kMax, false, false,
     "CPU of one exchange (request and response) through one proxy."},
    {"Profile", "requestShare", "Percent", "0%", 0, 1, false, false, "Part of that CPU before the request leaves."},
    {"Profile", "responseShare", "Percent", "0%", 0, 1, false, false,
     "Part before the response leaves; the rest runs after the reply."},
    {"Profile", "latency", "ProxyLatency", nullptr, kNone, kNone, false, false, "Delay that occupies no worker."},
    {"Profile", "handshake", "Handshake", nullptr, kNone, kNone, false, false, "A new mTLS connection."},
    {"Profile", "memory", "Size", "0MB", 0, 1e9, false, false, "Memory of one proxy."},
    {"CpuPoint", "rps", "Rate|Number", nullptr, 0, 1e9, true, false,
     "Requests per second through the proxy: 500/s, or bare, as the key names the unit."},
    {"CpuPoint", "cpu", "Duration", nullptr, 0, kMax, true, false, "CPU time per exchange."},
    {"ProxyLatency", "request", "Distribution", "{constant: 0s}", kNone, kNone, false, false, "Of a request."},
    {"ProxyLatency", "response", "Distribution", "{constant: 0s}", kNone, kNone, false, false, "Of a response."},
    {"Handshake", "roundTrips", "Number", "0", 0, 100, false, false, "TLS, on top of TCP's."},
    {"Handshake", "clientCpu", "Duration", "0s", 0, kMax, false, false, "CPU time of the client's proxy."},
    {"Handshake", "serverCpu", "Duration", "0s", 0, kMax, false, false, "CPU time of the server's proxy."},

    // ---- timeline and limits ----
    {"TimelineEntry", "name", "Name", nullptr, kNone, kNone, true, false,
     "Names the windows of the report: before, during, after."},
    {"TimelineEntry", "at", "Duration", nullptr, 0, kMax, true, false, "Start, from t = 0."},
    {"TimelineEntry", "for", "Duration", nullptr, 1, kMax, false, false,
     "Length; needed by slow and stall. Absent with crash and change: for good."},
    {"TimelineEntry", "slow", "VersionTarget", nullptr, kNone, kNone, false, false,
     "Service times of this service times `by`."},
    {"TimelineEntry", "by", "Factor", nullptr, 0.000001, 1e6, false, false, "With slow."},
    {"TimelineEntry", "stall", "VersionTarget", nullptr, kNone, kNone, false, false, "Takes requests but serves none."},
    {"TimelineEntry", "crash", "VersionTarget", nullptr, kNone, kNone, false, false,
     "Connections break, the pods are gone; they come back after `for`."},
    {"TimelineEntry", "replicas", "Count", nullptr, 1, 1e6, false, false, "Only so many, the first ones in order."},
    {"TimelineEntry", "change", "Policy", nullptr, kNone, kNone, false, false,
     "Policy fields that replace the current ones."},
    LATER("TimelineEntry", "down", "Control plane outages."),
    LATER("TimelineEntry", "partition", "Network partitions."),
    LATER("TimelineEntry", "scale", "Changes of replica counts."),
    LATER("TimelineEntry", "rollout", "Progressive delivery."),
    LATER("TimelineEntry", "rotate", "Certificate rotation."),
    LATER("TimelineEntry", "delay", "Injected network delay."),
    LATER("TimelineEntry", "lose", "Injected packet loss."),
    LATER("TimelineEntry", "fail", "Injected errors."),
    {"Limits", "events", "Count|=unlimited", "unlimited", 1, kHuge, false, false, "Engine events per replication."},
    {"Limits", "inFlight", "Count", "5000000", 1, 1e9, false, false, "Open calls at once."},
    {"Limits", "eventsAtOneInstant", "Count", "1000000", 1, 1e12, false, false, "Stops endless loops in zero time."},
    {"Limits", "callDepth", "Count", "64", 1, 1000, false, false, "Calls inside calls."},
    {"Limits", "memory", "Size", nullptr, 1, 1e9, false, false,
     "Per process. Absent: three quarters of the machine's."},
};

#undef LATER

constexpr std::array<std::string_view, 18> kScalars = {
    "Duration", "Rate", "Percent", "Factor", "Size",   "Count", "Cores",         "Number",         "Seed",
    "Bool",     "Name", "Text",    "File",   "Target", "Any",   "VersionTarget", "RetryCondition", "Null"};

constexpr std::pair<std::string_view, const char*> kAdvice[] = {
    {"attempts", "say `retries: {max: n}`: tries after the first (Istio's `attempts: 2` is `max: 2`)"},
    {"numRetries", "say `retries: {max: n}`"},
    {"maxRetries", "say `retries: {max: n}`"},
    {"maxAttempts", "say `retries: {max: n}`: tries after the first (gRPC's `maxAttempts: 3` is `max: 2`)"},
    {"latency", "the time a service works is `serviceTime`; the network's delay is `network`"},
    {"duration", "the time a service works is `serviceTime`"},
    {"rps", "say `rate: 300/s`"},
    {"qps", "say `rate: 300/s`"},
    {"instances", "say `replicas`"},
    {"threads", "say `workers`"},
    {"concurrency", "say `workers`"},
    {"weight", "say `split: {v1: 90%, v2: 10%}` in the policy of the destination"},
    {"weights", "say `split: {v1: 90%, v2: 10%}`"},
    {"dependsOn", "say `calls: [other]`"},
    {"errorRate", "say `errors: 0.1%`"},
    {"cores", "say `cpu`"},
    {"baseInterval", "say `base`"},
    {"maxInterval", "say `max`"},
    {"simple", "say `loadBalancer: LEAST_REQUEST`"},
    {"entry", "say `to: service/endpoint`"},
    {"target", "say `to: service/endpoint`"},
};

}  // namespace

std::span<const Type> types() { return kTypes; }
std::span<const Field> fields() { return kFields; }

const Type* find_type(std::string_view name) {
  for (const Type& t : kTypes) {
    if (name == t.name) return &t;
  }
  return nullptr;
}

const Field* find_field(std::string_view type, std::string_view key) {
  for (const Field& f : kFields) {
    if (type == f.type && key == f.key) return &f;
  }
  return nullptr;
}

std::vector<const Field*> fields_of(std::string_view type) {
  std::vector<const Field*> out;
  for (const Field& f : kFields) {
    if (type == f.type) out.push_back(&f);
  }
  return out;
}

std::vector<Alternative> alternatives_of(std::string_view form) {
  std::vector<Alternative> out;
  if (!form.empty() && form[0] == '!') form.remove_prefix(1);
  while (!form.empty()) {
    const std::size_t bar = form.find('|');
    std::string_view one = form.substr(0, bar);
    form = bar == std::string_view::npos ? std::string_view{} : form.substr(bar + 1);
    if (one[0] == '=') {
      out.push_back({Alternative::Shape::Words, one.substr(1)});
    } else if (one[0] == '[') {
      out.push_back({Alternative::Shape::List, one.substr(1, one.size() - 2)});
    } else if (one[0] == '{') {
      out.push_back({Alternative::Shape::Map, one.substr(1, one.size() - 2)});
    } else {
      out.push_back({Alternative::Shape::One, one});
    }
  }
  return out;
}

bool is_scalar_type(std::string_view name) {
  return std::find(kScalars.begin(), kScalars.end(), name) != kScalars.end();
}

const char* advice_for(std::string_view key) {
  for (const auto& [word, advice] : kAdvice) {
    if (key == word) return advice;
  }
  return nullptr;
}

}  // namespace reader
