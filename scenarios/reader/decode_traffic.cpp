#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "scenarios/reader/decode.h"
#include "scenarios/reader/words.h"

namespace reader {

using models::ArrivalKind;
using models::RateShape;
using models::TrafficSpec;

std::vector<TrafficSpec> Decoder::traffic(NodeId at) {
  std::vector<TrafficSpec> out;
  const bool map = context_.is(at, NodeKind::Map);
  if (!map && !context_.is(at, NodeKind::List)) {
    context_.wrong_type(at, "Traffic");
    return out;
  }
  if (context_.node(at).size == 0)
    context_.error(Code::EmptyValue, at, "there is no traffic", "e.g. traffic: {web: 300/s}");
  std::set<std::string> names;
  for (const NodeId c : context_.tree.children(at)) {
    const std::size_t before = out.size();
    traffic_entry(c, context_.tree.key_of(c), map, out);
    if (out.size() > before && !names.insert(out.back().name).second) {
      context_.error(Code::DuplicateName, c,
                     fmt::format("two sources of traffic are named `{}`", printable(out.back().name, 60)),
                     "give each a `name` of its own");
    }
  }
  return out;
}

void Decoder::traffic_entry(NodeId at, const std::string& key, bool from_map, std::vector<TrafficSpec>& out) {
  TrafficSpec t;
  const auto take = [&](const std::optional<Target>& to) {
    if (!to) return;
    t.service = to->service;
    t.endpoint = to->endpoint;
  };
  if (from_map && context_.is(at, NodeKind::Scalar)) {
    t.name = key;
    take(target(at, key, true));
    t.rate.rate = context_.real(at, find_field("TrafficEntry", "rate"), "Rate").value_or(0);
    out.push_back(std::move(t));
    return;
  }
  if (!context_.is(at, NodeKind::Map)) {
    context_.wrong_type(at, from_map ? "TrafficShort" : "TrafficEntry");
    return;
  }
  const Object o(context_, at, "TrafficEntry");
  if (const NodeId to = o.get("to"); to != kNoNode) {
    take(target(to));
    t.name = from_map ? key : context_.node(to).text;
  } else if (from_map) {
    take(target(at, key, true));
    t.name = key;
  } else if (!context_.tree.find(at, "to") || context_.tree.find(at, "to") == kNoNode) {
    context_.error(Code::MissingField, at, "`to` is missing", o.field("to").doc);
  }
  if (const auto name = o.name("name")) t.name = *name;
  t.via_gateway = o.word("via") == "gateway";
  t.connections = static_cast<std::uint32_t>(o.count("connections").value_or(0));
  const std::string arrivals = o.word("arrivals").value_or("poisson");
  t.arrivals = find_value(kArrivals, arrivals).value_or(ArrivalKind::Poisson);
  if (arrivals == "bursts" || arrivals == "trace") {
    context_.error(Code::NotYetSupported, o.get("arrivals"),
                   fmt::format("arrivals `{}` are not yet supported", arrivals), "poisson, paced, jittered or renewal");
  }
  const bool closed = o.has("users") || o.has("thinkTime");
  const bool renewal = t.arrivals == ArrivalKind::Renewal;
  const std::size_t sources =
      o.count_of({"rate", "shape", "interarrival"}) - (o.has("rate") && o.has("shape") ? 1 : 0) + (closed ? 1 : 0);
  if (sources != 1) {
    context_.error(Code::Conflict, at,
                   sources == 0 ? "nothing says how many requests come" : "several keys say how many requests come",
                   "give one of rate, shape, interarrival (with arrivals: renewal), users (with thinkTime)");
  }
  if (renewal != o.has("interarrival") && sources == 1) {
    context_.error(Code::Conflict, at,
                   renewal ? "arrivals: renewal needs `interarrival`" : "`interarrival` goes with arrivals: renewal");
  }
  if (t.connections > 0 && t.arrivals != ArrivalKind::Paced && t.arrivals != ArrivalKind::Jittered) {
    context_.error_at_key(Code::Conflict, o.get("connections"), "`connections` goes with arrivals: paced or jittered");
  }
  if (closed) {
    t.users = static_cast<std::uint32_t>(o.count("users").value_or(0));
    t.think_time = distribution_or(o, "thinkTime");
    if (!o.has("users") || !o.has("thinkTime"))
      context_.error(Code::Conflict, at, "`users` and `thinkTime` go together",
                     "thinkTime: {constant: 0s} for users that never pause");
    if (o.has("arrivals"))
      context_.error_at_key(Code::Conflict, o.get("arrivals"),
                            "`arrivals` does not go with `users`: the loop decides when requests come");
  }
  t.rate.rate = o.real("rate").value_or(0);
  t.interarrival = distribution_or(o, "interarrival");
  if (const NodeId shape = o.get("shape"); shape != kNoNode) rate_shape(shape, o, t);
  out.push_back(std::move(t));
}

void Decoder::rate_shape(NodeId at, const Object& entry, TrafficSpec& t) {
  const Object o(context_, at, "Shape");
  if (o.node() == kNoNode) return;
  if (o.count_of({"steps", "ramp", "diurnal"}) != 1) {
    context_.error(Code::Conflict, at, "a shape is exactly one of steps, ramp, diurnal");
    return;
  }
  RateShape& shape = t.rate;
  if (const NodeId wave = o.get("diurnal"); wave != kNoNode) {
    const Object w(context_, wave, "Diurnal");
    shape.kind = RateShape::Kind::Diurnal;
    shape.rate = w.real("mean").value_or(0);
    shape.amplitude = w.real("amplitude").value_or(0);
    shape.period = w.duration("period").value_or(0);
    shape.phase = w.duration("phase").value_or(0);
    if (entry.has("rate"))
      context_.error_at_key(Code::Conflict, entry.get("rate"), "`rate` beside a diurnal shape", "its rate is `mean`");
    return;
  }
  const bool steps = o.has("steps");
  const char* key = steps ? "steps" : "ramp";
  shape.kind = steps ? RateShape::Kind::Steps : RateShape::Kind::Ramp;
  const NodeId list = o.get(key);
  if (!context_.is(list, NodeKind::List) || context_.node(list).size == 0) {
    context_.wrong_type(list, o.field(key).form);
    return;
  }
  for (const NodeId c : context_.tree.children(list)) {
    const Object p(context_, c, "RatePoint");
    const auto when = p.duration("at");
    const auto rate = p.real("rate");
    if (!when || !rate) continue;
    if (!shape.points.empty() && *when <= shape.points.back().at)
      context_.error(Code::Conflict, c, "the points of a shape go forward in time",
                     "sort them by `at`, each time once");
    shape.points.push_back({*when, *rate});
  }
  if (shape.points.empty()) return;
  if (!entry.has("rate")) shape.rate = shape.points.front().rate;
  if (shape.points.front().at > 0)
    shape.points.insert(shape.points.begin(), {0, shape.rate});  // `rate` (or the first one) until then
}

}  // namespace reader
