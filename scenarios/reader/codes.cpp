#include "scenarios/reader/codes.h"

#include <charconv>

#include <fmt/format.h>

namespace reader {
namespace {

constexpr Explanation kExplanations[] = {
    {Code::UnreadableFile, "the file cannot be read",
     "The file does not exist, may not be read, or is a directory, a pipe or a device. Only regular files are opened.",
     "meshsim validate no-such-file.yaml",
     "Check the path. A scenario that comes through a pipe must be saved to a file first."},
    {Code::TooLarge, "the file is larger than 16 MiB",
     "A scenario describes a fleet, it does not carry data. The limit protects against files that are not scenarios at "
     "all.",
     "meshsim validate access.log",
     "Say `replicas: 28` instead of writing 28 services; keep traces in files of their own."},
    {Code::BadBytes, "the file is not clean UTF-8 text",
     "The file holds a byte sequence that is not UTF-8, or a control character other than tab and line feed "
     "(a carriage return is accepted before a line feed).",
     "question: caf\\xe9        # Latin-1", "Save the file as UTF-8 with LF or CRLF line ends."},
    {Code::Syntax, "the file is not valid YAML",
     "Usually indentation, a missing space after a colon, a tab, or a bracket or quote that is never closed.",
     "services:\n  web: {replicas: 3", "services:\n  web: {replicas: 3}"},
    {Code::DocumentCount, "a scenario is exactly one YAML document",
     "The file is empty, or it holds a second document after `---` or `...`, which would otherwise be ignored "
     "silently.",
     "meshsim: 1\n---\nmeshsim: 1", "One file per scenario; share parts with `extends`."},
    {Code::Alias, "YAML anchors and aliases are not accepted",
     "Aliases make a file that cannot be read line by line, and nested ones grow without bound. The reader refuses "
     "both `&a` and `*a`.",
     "services:\n  web: &base {replicas: 3}\n  cart: *base",
     "Write the value out, or put shared parts into a file and name it with `extends`."},
    {Code::Tag, "YAML tags are not accepted",
     "A tag such as `!secret` or `!!python/object` asks the reader for a type it does not have. Only the core tags "
     "(!!str, !!int, ...) pass.",
     "seed: !vault abc", "Remove the tag."},
    {Code::Budget, "the document is too deep or too big",
     "Limits: 64 levels of nesting, 200000 nodes, 64 KiB per scalar, 253 characters per key.",
     "calls: [[[[ ... 65 levels ... ]]]]",
     "Flatten the structure; use counts (`replicas`, `repeat`) instead of copies."},
    {Code::DuplicateKey, "a key is written twice in one map",
     "YAML tools disagree which of the two wins, so neither does.",
     "services:\n  web: {replicas: 3}\n  web: {replicas: 5}", "Remove one of them. The message names both lines."},
    {Code::ComplexKey, "a key must be plain text", "A list or a map cannot be a key.", "? [web, cart]\n: 300/s",
     "web: 300/s\ncart: 300/s"},
    {Code::BooleanWord, "on, off, yes and no are neither keys nor values",
     "YAML 1.1 tools turn these words into true and false, YAML 1.2 tools leave them as text: the same file would mean "
     "two things.",
     "blocking: yes", "blocking: true"},
    {Code::EmptyValue, "a value is missing",
     "The key has no value (or `null`, `~`). Under `extends` a `null` removes a key of the base; elsewhere it says "
     "nothing.",
     "services:\n  web: {replicas: }", "services:\n  web: {replicas: 3}"},
    {Code::WrongType, "a map, a list or a single value stands where another is due",
     "The field takes another shape. The message says which shapes it takes.", "services: [web, cart]",
     "services:\n  web: {serviceTime: 2ms}\n  cart: {serviceTime: 4ms}"},
    {Code::UnknownField, "unknown field",
     "The key is not part of the vocabulary at this place: mostly a typing error, or a key one level too high or too "
     "low.",
     "services:\n  web: {replicsa: 3}",
     "services:\n  web: {replicas: 3}        # docs/scenario-reference.md lists all keys"},
    {Code::NotYetSupported, "a known field or value whose feature is not built yet",
     "The word belongs to the scenario language, but this version does not simulate it. Ignoring it would give numbers "
     "that look right and are not.",
     "policy:\n  payment: {rollout: {steps: [5%, 50%]}}",
     "Remove the key. `meshsim --version` and the CHANGELOG say what is built."},
    {Code::MissingField, "a required field is missing", "The field has no default that would be safe to guess.",
     "timeline:\n  - {name: slow-payment, slow: payment, by: 4x}",
     "timeline:\n  - {name: slow-payment, at: 60s, for: 30s, slow: payment, by: 4x}"},
    {Code::MalformedScalar, "the value cannot be read",
     "The text is not a number, duration, rate or whatever the field takes. Exponents (1e3), signs, hexadecimal, octal "
     "and digit "
     "separators are not part of the language.",
     "replicas: 3e0", "replicas: 3"},
    {Code::MissingUnit, "a unit is missing",
     "Durations, rates, percentages, factors and sizes carry their unit, so that nobody has to remember whether 250 "
     "are milliseconds or seconds.",
     "timeout: 250", "timeout: 250ms"},
    {Code::UnknownUnit, "a unit that does not fit",
     "Durations: ns us ms s m h d. Rates: /s /m /h. Percentages: %. Factors: x. Sizes: B KiB MiB GiB TiB (also Ki Mi "
     "Gi Ti) and kB MB GB TB.",
     "timeout: 250msec", "timeout: 250ms"},
    {Code::OutOfRange, "the value is outside its bounds",
     "The number is well formed but makes no sense here (or is larger than the simulator can hold).", "errors: 130%",
     "errors: 13%"},
    {Code::UnknownChoice, "not one of the accepted words", "The field takes one of a few words.",
     "queue: {discipline: random}", "queue: {discipline: fifo}        # or lifo"},
    {Code::BadName, "a name with characters that names may not have",
     "Names start with a letter or digit and go on with letters, digits, `.`, `_` and `-`, at most 253 in all, so that "
     "they can stand in "
     "paths, reports and metrics unescaped. `defaults` and `unlimited` are reserved.",
     "services:\n  \"web shop\": {serviceTime: 2ms}", "services:\n  web-shop: {serviceTime: 2ms}"},
    {Code::Conflict, "fields that exclude each other, or one too few",
     "Two keys say the same thing in two ways, or one of several is needed and none (or more than one) is there.",
     "web: {steps: [{work: 2ms}], calls: [cart]}", "web: {steps: [{work: 2ms}, {call: cart}]}"},
    {Code::ExtendsPath, "`extends` or `profile` leaves the scenario's root directory",
     "The path is absolute, climbs out with `..`, or goes through a symbolic link that leads out. A scenario from "
     "elsewhere must not be able to read "
     "the files of the machine it runs on. The root is the directory of the first file, or --root DIR.",
     "extends: ../../etc/passwd", "Move the base below the root, or widen the root with --root."},
    {Code::ExtendsCycle, "`extends` goes round in a circle or deeper than 8 files", "File a extends b and b extends a.",
     "# a.yaml\nextends: a.yaml", "Let both extend a third file."},
    {Code::BadOverride, "--set cannot be applied",
     "An override is `path=value` with a dotted path: services.web.replicas=5, traffic.shoppers.rate=400/s, "
     "timeline.0.by=2x. "
     "List items are named by index or by their `name`; a dot inside a key is written `\\.`.",
     "--set services.web.replicas", "--set services.web.replicas=5"},
    {Code::TooManyProblems, "more than 50 problems",
     "The list is cut after 50; the rest are often echoes of the first.", "", "Fix the first ones and run again."},
    {Code::FormatVersion, "a format version this program does not read", "`meshsim: 1` is the only one.", "meshsim: 2",
     "meshsim: 1"},
    {Code::UnknownService, "no such service",
     "A call, traffic, a policy, a team, a candidate or a timeline entry names a service that `services` does not "
     "have.",
     "traffic: {wbe: 300/s}", "traffic: {web: 300/s}"},
    {Code::UnknownEndpoint, "no such endpoint",
     "The service exists, but not the endpoint after the slash (or not in every version).", "calls: [payment/chrage]",
     "calls: [payment/charge]"},
    {Code::AmbiguousEndpoint, "the endpoint must be named",
     "A service with one endpoint may be named alone. This one has several.",
     "calls: [payment]        # payment has charge and refund", "calls: [payment/charge]"},
    {Code::UnknownVersion, "no such version",
     "A split or a target after `@` names a version the service does not have.", "slow: payment@v3",
     "slow: payment@v2"},
    {Code::UnknownZone, "no such zone", "`zones` at the top lists them all.",
     "zones: [a, b]\nservices:\n  web: {zones: {c: 1}}", "zones: [a, b, c]"},
    {Code::UnknownCandidate, "no such candidate", "`baseline` must name one of `candidates`.",
     "candidates: [none, sidecar]\nbaseline: library", "baseline: none"},
    {Code::DuplicateName, "a name is used twice in one list",
     "Names identify things in reports and in the seeds of random draws.",
     "timeline:\n  - {name: slow, ...}\n  - {name: slow, ...}", "Give each entry a name of its own."},
    {Code::UnknownProfile, "no such cost profile or product",
     "`product` and `profile` take the names that are built in, a path to a YAML file, or (profile) the values "
     "themselves.",
     "sidecar: {product: istio-1.42}", "sidecar: {product: istio-1.24}"},
    {Code::UnknownTeam, "no such team", "A deviation or `enrolled` names a team that `teams` does not have.",
     "halfway: {enforcedBy: sidecar, enrolled: {teams: [shpo]}}",
     "halfway: {enforcedBy: sidecar, enrolled: {teams: [shop]}}"},
    {Code::UnknownLanguage, "no such language",
     "A deviation names a language that no service has and `libraries` does not list.",
     "deviations: [{language: goo, timeout: 5s}]", "deviations: [{language: go, timeout: 5s}]"},
    {Code::BadDistribution, "a distribution that is incomplete or contradicts itself",
     "Give one of: a duration (exponential with that mean), {mean, cv}, {median, p99}, {constant}, {uniform: [lo, "
     "hi]}, {exponential}, {lognormal}, {gamma}, {erlang}, "
     "{weibull}, {pareto}, {hyperexponential}, {empirical}, {mixture}; each with optional shift, min, max.",
     "serviceTime: {median: 5ms}", "serviceTime: {median: 5ms, p99: 40ms}"},
    {Code::BadSplit, "a split that does not add up", "The shares of a split are percentages that add up to 100%.",
     "split: {v1: 90%, v2: 20%}", "split: {v1: 90%, v2: 10%}"},
    {Code::BadProbabilities, "probabilities that do not add up",
     "`choose` runs at most one of its branches: at most 100%. A hyperexponential's probabilities add up to 100%. "
     "requestShare and responseShare are parts of one whole: at most 100%. (A mixture has weights of any scale.)",
     "choose: [{probability: 70%, call: cart}, {probability: 50%, call: ads}]",
     "choose: [{probability: 70%, call: cart}, {probability: 30%, call: ads}]"},
    {Code::ReplicaMismatch, "replicas stated twice, differently",
     "Replicas stand on the service or on its versions, never on both; a count per zone must add up to `replicas`.",
     "payment: {replicas: 3, versions: {v1: {replicas: 2}}}",
     "payment: {versions: {v1: {replicas: 2}, v2: {replicas: 1}}}"},
    {Code::OutsideRun, "a timeline entry outside the run",
     "`at` counts from the end of warm-up and must lie before `run.duration`; so must the end of the window.",
     "run: {duration: 60s}\ntimeline:\n  - {name: late, at: 90s, ...}", "run: {duration: 120s}"},
    {Code::EmptyEndpoint, "an endpoint that does nothing",
     "No serviceTime, no steps and no calls. If the work really is negligible, say so with `serviceTime: 0s`.",
     "services:\n  web: {replicas: 3}", "services:\n  web: {replicas: 3, serviceTime: 2ms}"},
    {Code::TwoTeams, "a service in two teams",
     "A team releases its services at its own pace: a service with two teams would have two lead times.",
     "teams: {shop: {services: [web]}, pay: {services: [web]}}",
     "teams: {shop: {services: [web]}, pay: {services: [payment]}}"},
    {Code::EndpointCycle, "calls that form a cycle",
     "An endpoint calls another that, over some others, calls it again: a request would never end. Two services may "
     "call each other, as long as their endpoints do not.",
     "services:\n  web:  {serviceTime: 1ms, calls: [cart]}\n  cart: {serviceTime: 1ms, calls: [web]}",
     "services:\n  web:  {endpoints: {home: {calls: [cart]}, price: {serviceTime: 1ms}}}\n"
     "  cart: {serviceTime: 1ms, calls: [web/price]}"},
    {Code::CallDepth, "calls nested deeper than the limit",
     "`limits.callDepth` guards against chains that nobody meant; 64 unless the scenario says more.",
     "limits: {callDepth: 3}    # and a chain of five services", "limits: {callDepth: 5}"},
    {Code::FleetTooLarge, "a fleet that does not fit",
     "Every pod keeps a row for every replica that it may call: pods of callers times pods of callees, over all calls.",
     "services:\n  web: {replicas: 20000, serviceTime: 1ms, calls: [db]}\n  db: {replicas: 20000, serviceTime: 1ms}",
     "Fewer replicas, each with more workers."},
    {Code::BadExpectation, "an expectation that cannot be read",
     "An expectation is `CANDIDATE METRIC(TARGET) [before|during|after ENTRY] OPERATOR VALUE`; a difference has ` - "
     "CANDIDATE METRIC(TARGET)` before the operator, with blanks around the minus sign.",
     "expect: {fast: sidecar p99(web) 250ms}", "expect: {fast: sidecar p99(web) < 250ms}"},
    {Code::UnknownMetric, "no such metric",
     "The reference page lists all metrics with what may stand in their parentheses.",
     "expect: {fast: sidecar latency(web) < 250ms}", "expect: {fast: sidecar p99(web) < 250ms}"},
    {Code::UnknownEntry, "no such entry point",
     "What users feel is measured at the entry points, where traffic enters. Other services have callSuccess, "
     "amplification, rejected, duplicates and others.",
     "traffic: {web: 300/s}\nexpect: {fast: sidecar p99(payment) < 250ms}", "expect: {fast: sidecar p99(web) < 250ms}"},
    {Code::UnknownTimelineEntry, "no such entry in the timeline",
     "A window is `before`, `during` or `after` an entry of the timeline; `stale` takes the name of a change.",
     "expect: {fast: sidecar p99(web) during slow < 250ms}",
     "timeline: [{name: slow, at: 10s, for: 10s, slow: web, by: 2x}]"},
    {Code::RetryConditionsFilled, "note: retries without `retryOn`",
     "A retry policy that does not say what it retries on gets the same list in every candidate: connect-failure, "
     "refused-stream, unavailable, reset, 503.",
     "payment: {retries: 2}",
     "payment: {retries: {max: 2, retryOn: [connect-failure, refused-stream, unavailable, reset, 503]}}"},
    {Code::DistributionCaution, "warning: a distribution with infinite moments",
     "A Pareto tail with alpha <= 2 has no variance, with alpha <= 1 no mean: confidence intervals are not valid for "
     "it.",
     "serviceTime: {pareto: {min: 1ms, alpha: 1.5}}", "serviceTime: {pareto: {min: 1ms, alpha: 1.5}, max: 10s}"},
    {Code::NoEffect, "warning: something that changes nothing",
     "It is well formed, but nothing in this scenario is moved by it: a library no service uses, a deviation of "
     "nobody, "
     "an outage of a control plane that no candidate has.",
     "candidates: [none, library]\ntimeline: [{name: no-istiod, at: 10s, for: 5s, down: control-plane}]",
     "Remove it, or add what it acts on: candidates: [none, library, sidecar]"},
    {Code::UnreachableService, "warning: a service that no traffic reaches",
     "Nothing sends to it, and nobody calls it who is reached himself. It costs pods and does nothing.",
     "services:\n  web: {serviceTime: 1ms}\n  attic: {serviceTime: 1ms}\ntraffic: {web: 10/s}",
     "services:\n  web: {serviceTime: 1ms, calls: [attic]}\n  attic: {serviceTime: 1ms}"},
    {Code::Overload, "warning: offered more than it can serve",
     "The flow equations (rates along the calls, mean service times, no retries) ask for more workers or cores than "
     "there are. With open traffic the queue grows until it is full and there is no steady state; with users who wait "
     "for their answers it sets the pace of them all.",
     "services: {web: {replicas: 2, workers: 1, serviceTime: 10ms}}\ntraffic: {web: 300/s}    # it can serve 200/s",
     "services: {web: {replicas: 4, workers: 1, serviceTime: 10ms}}"},
    {Code::PeakOverload, "warning: offered more than it can serve at the peak",
     "On average there is enough, at the peak of the traffic's shape there is not: queues grow while it lasts.",
     "services: {web: {workers: 1, serviceTime: 10ms}}\n"
     "traffic: [{name: day, to: web, shape: {steps: [{at: 0s, rate: 50/s}, {at: 30s, rate: 250/s}]}}]",
     "Enough replicas for the peak; or leave it, if the peak is the question."},
    {Code::ProxyOverload, "warning: proxies carry more than they can",
     "The worker threads of each proxy are asked for more CPU than they have, by the cost profile's own numbers.",
     "candidates: {sidecar: {profile: {name: slow, workers: 1, cpuPerRequest: 20ms}}}", "A profile with more workers."},
    {Code::RetryAmplification, "warning: retries that multiply",
     "Retries of several layers multiply along a path of calls, and application and policy multiply on one call: the "
     "product is what one request can become when the last one fails.",
     "policy: {defaults: {retries: 4}}    # and a chain of four services: 5 x 5 x 5 = 125 tries",
     "policy: {payment: {retries: 1}}     # in one layer, next to what fails"},
};

}  // namespace

std::span<const Explanation> explanations() { return kExplanations; }

const Explanation* explanation_of(Code code) {
  for (const Explanation& e : kExplanations) {
    if (e.code == code) return &e;
  }
  return nullptr;
}

std::string text_of(Code code) { return fmt::format("MS{:03}", static_cast<unsigned>(code)); }

std::optional<Code> code_from_text(std::string_view text) {
  if (text.size() > 2 && (text[0] == 'M' || text[0] == 'm') && (text[1] == 'S' || text[1] == 's'))
    text.remove_prefix(2);
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  for (const Explanation& e : kExplanations) {
    if (static_cast<unsigned>(e.code) == number) return e.code;
  }
  return std::nullopt;
}

}  // namespace reader
