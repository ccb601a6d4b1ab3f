#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "scenarios/reader/decode.h"

namespace reader {

using models::LimitSpec;
using models::NodeSpec;
using models::RunSpec;
using models::ScenarioSpec;

namespace {

constexpr sim::Duration kSameZoneMin = 20 * sim::kMicrosecond;  // the lookahead of the execution model
constexpr sim::Duration kCrossZoneMin = 200 * sim::kMicrosecond;

}  // namespace

std::vector<std::string> Decoder::names(NodeId at, std::string_view what,
                                        const std::function<bool(NodeId, const std::string&)>& check) {
  std::vector<std::string> out;
  if (!context_.is(at, NodeKind::List)) {
    context_.wrong_type(at, "[Name]");
    return out;
  }
  for (const NodeId c : context_.tree.children(at)) {
    if (!context_.is(c, NodeKind::Scalar)) {
      context_.wrong_type(c, "Name");
      continue;
    }
    const std::string name = context_.node(c).text;
    if (!context_.check_name(c, name, what, false)) continue;
    if (std::find(out.begin(), out.end(), name) != out.end()) {
      context_.error(Code::DuplicateName, c, fmt::format("`{}` is listed twice", name));
    } else if (!check || check(c, name)) {
      out.push_back(name);
    }
  }
  return out;
}

RunSpec Decoder::run(NodeId at) {
  RunSpec out;
  const Object o(context_, at, "Run");
  out.duration = o.duration("duration").value_or(out.duration);
  const NodeId warmup = o.get("warmup");
  if (context_.is(warmup, NodeKind::Scalar) && context_.node(warmup).text == "auto") {
    out.auto_warmup = true;
    out.warmup = 0;
  } else {
    out.warmup = o.duration("warmup").value_or(out.warmup);
  }
  out.confidence = o.real("confidence").value_or(out.confidence);
  out.adoption = o.real("adoption");
  const NodeId n = o.get("replications");
  if (context_.is(n, NodeKind::Map)) {
    const Object r(context_, n, "Replications");
    out.replications = static_cast<std::uint32_t>(r.count("min").value_or(10));
    stopping(r, out);
    if (const auto confidence = r.real("confidence")) {
      if (o.has("confidence") && *confidence != out.confidence)
        context_.error_at_key(Code::Conflict, r.get("confidence"),
                              "`confidence` stands in `run`, too, with another value");
      out.confidence = *confidence;
    }
  } else {
    out.replications = static_cast<std::uint32_t>(o.count("replications").value_or(10));
  }
  return out;
}

void Decoder::stopping(const Object& r, RunSpec& out) {
  if (const NodeId p = r.get("precision"); p != kNoNode) {
    const bool relative = context_.is(p, NodeKind::Scalar) && context_.node(p).text.find('%') != std::string::npos;
    const auto value = context_.real(p, nullptr, relative ? "Percent" : "Duration");
    if (value && (*value == 0.0 || (relative && *value >= 1.0)))
      context_.error(Code::OutOfRange, p, "a precision is above zero and below 100%", "e.g. 5% or 1ms");
    if (value) (relative ? out.precision.relative : out.precision.absolute) = *value;
    if (value)
      out.max_replications = static_cast<std::uint32_t>(std::min<std::uint64_t>(10ull * out.replications, 100000));
  }
  if (const auto max = r.count("max")) {
    out.max_replications = static_cast<std::uint32_t>(*max);
    if (out.max_replications < out.replications)
      context_.error(Code::Conflict, r.get("max"), fmt::format("`max` is below `min`, which is {}", out.replications));
  }
  if (out.max_replications <= out.replications && out.precision == sim::Precision{}) out.max_replications = 0;
}

// More than the least number of replications needs a reason to go on.
void Decoder::check_stopping(const ScenarioSpec& spec, NodeId root) {
  if (spec.run.max_replications == 0 || !(spec.run.precision == sim::Precision{}) || !spec.expect.empty()) return;
  if (context_.report.failed()) return;  // perhaps the reason was there, and wrong
  const NodeId run = context_.tree.find(root, "run");
  const NodeId replications = run == kNoNode ? kNoNode : context_.tree.find(run, "replications");
  context_.error(Code::Conflict, replications == kNoNode ? root : replications,
                 "`max` replications, and nothing to stop at", "add a `precision`, or `expect` something");
}

LimitSpec Decoder::limits(NodeId at) {
  LimitSpec out;
  const Object o(context_, at, "Limits");
  const std::uint64_t events = o.count_or_unlimited("events").value_or(kUnlimitedCount);
  out.events = events == kUnlimitedCount ? 0 : events;
  out.in_flight = o.count("inFlight").value_or(out.in_flight);
  out.events_at_one_instant = o.count("eventsAtOneInstant").value_or(out.events_at_one_instant);
  out.call_depth = static_cast<std::uint32_t>(o.count("callDepth").value_or(out.call_depth));
  if (const auto mb = o.real("memory")) out.memory_mb = static_cast<std::uint64_t>(*mb);
  return out;
}

NodeSpec Decoder::node_spec(NodeId at) {
  NodeSpec out;
  const Object o(context_, at, "Node");
  out.cores = o.real("cores").value_or(1);
  out.count = static_cast<std::uint32_t>(o.count("count").value_or(1));
  return out;
}

ScenarioSpec Decoder::scenario(NodeId root) {
  ScenarioSpec out;
  const Object o(context_, root, "Scenario");
  if (o.node() == kNoNode) return out;
  if (const auto version = o.count("meshsim"); version && *version != 1) {
    context_.error(Code::FormatVersion, o.get("meshsim"), fmt::format("format version {} is not known", *version),
                   "write `meshsim: 1`");
  }
  out.question = o.text("question").value_or("");
  if (const NodeId seed = o.get("seed"); seed != kNoNode) out.seed = context_.count(seed, nullptr).value_or(1);
  out.run = run(o.get("run"));
  duration_ = out.run.duration;
  if (const NodeId at = o.get("zones"); at != kNoNode) out.zones = names(at, "zone");
  zones_ = out.zones;

  const Object network(context_, o.get("network"), "Network");
  const auto delay = [&](const char* key, sim::Duration least) {
    NodeId at = network.get(key);
    if (at == kNoNode) {
      const auto source =
          add_source(std::string("default of network.") + key, network.field(key).fallback, context_.report);
      at = source ? parse(context_.tree, *source, context_.report) : kNoNode;
    }
    return at == kNoNode ? sim::Distribution() : distribution(at, least).value_or(sim::Distribution());
  };
  out.network.same_zone = delay("sameZone", kSameZoneMin);
  out.network.cross_zone = delay("crossZone", kCrossZoneMin);
  out.network.loss = network.real("loss").value_or(0);
  out.network.connect_round_trips = network.real("connectRoundTrips").value_or(1);
  if (const NodeId at = o.get("node"); at != kNoNode) out.node = node_spec(at);

  if (const NodeId at = o.get("services"); at != kNoNode) {
    if (!context_.is(at, NodeKind::Map)) {
      context_.wrong_type(at, o.field("services").form);
    } else {
      learn_services(at);
      if (context_.node(at).size == 0)
        context_.error(Code::EmptyValue, at, "there are no services", "e.g. services: {web: {serviceTime: 2ms}}");
      for (const NodeId c : context_.tree.children(at)) {
        const std::string name = context_.tree.key_of(c);
        if (context_.check_name(c, name, "service", true)) out.services.push_back(service(c, name));
      }
    }
  }
  std::sort(out.services.begin(), out.services.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  for (const auto& s : out.services) {
    language_of_[s.name] = s.language;
    if (!s.language.empty()) languages_.insert(s.language);
  }
  if (const NodeId at = o.get("teams"); at != kNoNode) out.teams = teams(at);
  if (const NodeId at = o.get("libraries"); at != kNoNode) out.libraries = libraries(at);
  if (const NodeId at = o.get("traffic"); at != kNoNode) out.traffic = traffic(at);
  if (const NodeId at = o.get("policy"); at != kNoNode) out.policy = policy(at);
  NodeId at = o.get("candidates");
  if (at == kNoNode) {
    const auto source = add_source("default of candidates", o.field("candidates").fallback, context_.report);
    at = source ? parse(context_.tree, *source, context_.report) : kNoNode;
  }
  if (at != kNoNode) out.candidates = candidates(at);
  control_plane_ = std::any_of(out.candidates.begin(), out.candidates.end(),
                               [](const auto& c) { return has_control_plane(c.enforced_by); });
  if (const auto baseline = o.name("baseline")) {
    out.baseline = *baseline;
    std::vector<std::string> known;
    for (const auto& c : out.candidates) known.push_back(c.name);
    if (std::find(known.begin(), known.end(), *baseline) == known.end() && !known.empty()) {
      context_.error(Code::UnknownCandidate, o.get("baseline"), fmt::format("there is no candidate `{}`", *baseline),
                     did_you_mean(*baseline, known));
    }
  } else if (!out.candidates.empty()) {
    out.baseline = out.candidates.front().name;
  }
  if (const NodeId t = o.get("timeline"); t != kNoNode) out.timeline = timeline(t);
  if (const NodeId e = o.get("expect"); e != kNoNode) out.expect = expectations(e, out);
  check_stopping(out, root);
  out.limits = limits(o.get("limits"));
  if (const NodeId p = o.get("prices"); p != kNoNode) out.prices = prices(p, out);
  if (const NodeId s = o.get("sweep"); s != kNoNode) out.sweep = sweep(s);
  check_auto_warmup(out, root);
  check_times(out, root);
  check_weights(out, root);
  check_hedging(out, root);
  check_retries(out, root);
  return out;
}

// Warm-up, run and the longest call must fit the 52 bits of the clock together.
void Decoder::check_times(const ScenarioSpec& spec, NodeId root) {
  sim::Duration longest = 0;
  const auto consider = [&](const models::DestinationPolicySpec& p) {
    longest = std::max(longest, p.timeout.value_or(0));
  };
  consider(spec.policy.defaults);
  for (const auto& [name, p] : spec.policy.destinations) consider(p);
  const sim::Duration left = sim::kHorizonMax - spec.run.duration;
  if (spec.run.warmup > left || longest > left - spec.run.warmup) {
    const NodeId at = context_.tree.find(root, "run");
    context_.error(Code::OutOfRange, at == kNoNode ? root : at,
                   "warm-up, duration and the longest timeout together are longer than 52 days", "shorten the run");
  }
}

}  // namespace reader
