// What goes around a run: prices, sweeps, and whether a warm-up can be found.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "scenarios/reader/decode.h"

namespace reader {

using models::PricesSpec;
using models::ScenarioSpec;
using models::SweepSpec;

namespace {

constexpr std::size_t kAxesMost = 64;
constexpr std::size_t kValuesMost = 10'000;

}  // namespace

PricesSpec Decoder::prices(NodeId at, const ScenarioSpec& scenario) {
  PricesSpec out;
  const Object o(context_, at, "Prices");
  out.vcpu_hour = o.real("vcpuHour");
  out.gb_hour = o.real("gbHour");
  out.failed_request = o.real("failedRequest");
  out.engineer_hour = o.real("engineerHour");
  const NodeId often = o.get("perYear");
  if (often == kNoNode) return out;
  if (!context_.is(often, NodeKind::Map)) {
    context_.wrong_type(often, o.field("perYear").form);
    return out;
  }
  std::vector<std::string> known;
  for (const models::TimelineEntrySpec& entry : scenario.timeline) known.push_back(entry.name);
  for (const NodeId c : context_.tree.children(often)) {
    const std::string name = context_.tree.key_of(c);
    const auto count = context_.real(c, &o.field("perYear"), "Number");
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      context_.error_at_key(Code::UnknownTimelineEntry, c,
                            fmt::format("the timeline has no entry `{}`", printable(name, 60)),
                            known.empty() ? "add a `timeline`: what happens there can happen so often a year"
                                          : did_you_mean(name, known));
    } else if (const auto entry = std::find(known.begin(), known.end(), name) - known.begin();
               !scenario.timeline[static_cast<std::size_t>(entry)].part_of.empty()) {
      const std::string& whole = scenario.timeline[static_cast<std::size_t>(entry)].part_of;
      context_.error_at_key(
          Code::Conflict, c,
          fmt::format("`{}` is part of `{}`, and counted with it", printable(name, 60), printable(whole, 60)),
          fmt::format("say how often `{}` happens", printable(whole, 60)));
    } else if (count) {
      out.per_year[name] = *count;
    }
  }
  return out;
}

SweepSpec Decoder::sweep(NodeId at) {
  SweepSpec out;
  if (!context_.is(at, NodeKind::Map)) {
    context_.wrong_type(at, "Sweep");
    return out;
  }
  for (const NodeId c : context_.tree.children(at)) {
    const std::string path = context_.tree.key_of(c);
    if (path == "latinHypercube") {
      out.latin_hypercube =
          static_cast<std::uint32_t>(context_.count(c, find_field("Sweep", "latinHypercube")).value_or(0));
      continue;
    }
    if (!context_.is(c, NodeKind::List)) {
      context_.wrong_type(c, "[Text]");
      continue;
    }
    if (context_.node(c).size == 0 || context_.node(c).size > kValuesMost) {
      context_.error(Code::EmptyValue, c, fmt::format("`{}` needs 1 to {} values", printable(path, 60), kValuesMost),
                     "e.g. sweep: {fleet.size: [5, 60, 1000]}");
      continue;
    }
    models::SweepSpec::Axis axis{path, {}};
    std::set<std::string> seen;
    for (const NodeId v : context_.tree.children(c)) {
      if (!context_.is(v, NodeKind::Scalar)) {
        context_.wrong_type(v, "Text");
      } else if (!seen.insert(context_.node(v).text).second) {
        context_.error(Code::DuplicateName, v,
                       fmt::format("`{}` is listed twice", printable(context_.node(v).text, 60)));
      } else {
        axis.values.push_back(context_.node(v).text);
      }
    }
    out.axes.push_back(std::move(axis));
  }
  if (out.axes.empty() && !context_.report.failed())
    context_.error(Code::EmptyValue, at, "there is nothing to vary", "e.g. sweep: {fleet.size: [5, 60, 1000]}");
  if (out.axes.size() > kAxesMost)
    context_.error(Code::OutOfRange, at, fmt::format("{} paths are too many; at most {}", out.axes.size(), kAxesMost));
  return out;
}

// A cut exists only where there is a steady state to be reached.
void Decoder::check_auto_warmup(const ScenarioSpec& spec, NodeId root) {
  if (!spec.run.auto_warmup) return;
  const auto refuse = [&](const char* what, const char* hint) {
    const NodeId run = context_.tree.find(root, "run");
    const NodeId at = run == kNoNode ? kNoNode : context_.tree.find(run, "warmup");
    context_.error(Code::Conflict, at == kNoNode ? root : at, what, hint);
  };
  if (!spec.timeline.empty()) {
    refuse("warmup `auto` needs a steady state, and this scenario has a timeline",
           "a timeline is measured in its windows, with nothing deleted; say how long, e.g. warmup: 10s");
  } else if (std::any_of(spec.traffic.begin(), spec.traffic.end(), [](const models::TrafficSpec& t) {
               return t.rate.kind != models::RateShape::Kind::Constant;
             })) {
    refuse("warmup `auto` needs a steady state, and the rate of some traffic changes",
           "say how long, e.g. warmup: 10s, or take the `shape` away");
  }
}

}  // namespace reader
