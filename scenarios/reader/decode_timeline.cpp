#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "scenarios/reader/decode.h"
#include "scenarios/reader/words.h"

namespace reader {

using models::TimelineEntrySpec;
using models::TimelineVerb;

std::vector<TimelineEntrySpec> Decoder::timeline(NodeId at) {
  std::vector<TimelineEntrySpec> out;
  if (!context_.is(at, NodeKind::List)) {
    context_.wrong_type(at, "[TimelineEntry]");
    return out;
  }
  std::set<std::string> names;
  for (const NodeId c : context_.tree.children(at)) {
    auto entry = timeline_entry(c, duration_);
    if (!entry) continue;
    part_of(c, *entry, out);
    if (!entry->name.empty() && !names.insert(entry->name).second) {
      context_.error(Code::DuplicateName, context_.tree.find(c, "name"),
                     fmt::format("two timeline entries are named `{}`", entry->name),
                     "windows of the report are named after them");
    }
    out.push_back(std::move(*entry));
  }
  return out;
}

// A story begins with the entry that it is named after.
void Decoder::part_of(NodeId at, const TimelineEntrySpec& entry, const std::vector<TimelineEntrySpec>& above) {
  if (entry.part_of.empty()) return;
  const NodeId where = context_.tree.find(at, "partOf");
  std::vector<std::string> known;
  known.reserve(above.size());
  for (const TimelineEntrySpec& one : above) {
    known.push_back(one.name);
    if (one.name != entry.part_of) continue;
    if (!one.part_of.empty()) {
      context_.error(Code::Conflict, where,
                     fmt::format("`{}` is itself a part, of `{}`", printable(one.name, 60), printable(one.part_of, 60)),
                     fmt::format("partOf: {}", printable(one.part_of, 60)));
    } else if (one.at > entry.at) {
      context_.error(Code::Conflict, where, fmt::format("`{}` begins later than its part", printable(one.name, 60)),
                     "a story begins with the entry that it is named after");
    }
    return;
  }
  context_.error(Code::UnknownTimelineEntry, where,
                 fmt::format("no entry `{}` stands above this one", printable(entry.part_of, 60)),
                 known.empty() ? "partOf names an entry above it" : did_you_mean(entry.part_of, known));
}

std::optional<TimelineEntrySpec> Decoder::timeline_entry(NodeId at, sim::Duration duration) {
  if (!context_.is(at, NodeKind::Map)) {
    context_.wrong_type(at, "TimelineEntry");
    return std::nullopt;
  }
  const Object o(context_, at, "TimelineEntry");
  TimelineEntrySpec out;
  out.name = o.name("name").value_or("");
  out.part_of = o.name("partOf").value_or("");
  out.at = o.duration("at").value_or(0);
  out.duration = o.duration("for").value_or(0);
  // A verb that is not built yet is one all the same: its own report is enough.
  std::size_t later = 0;
  for (const Field* f : fields_of("TimelineEntry")) later += f->later && context_.tree.find(at, f->key) != kNoNode;
  const std::size_t verbs = o.count_of({"slow", "stall", "crash", "change", "down"}) + later;
  if (verbs != 1) {
    context_.error(Code::Conflict, at, verbs == 0 ? "this entry does nothing" : "this entry does several things",
                   "exactly one of slow, stall, crash, change, down; give each its own entry");
    return std::nullopt;
  }
  if (later > 0) return std::nullopt;
  if (const NodeId t = o.get("slow"); t != kNoNode) {
    out.verb = TimelineVerb::Slow;
    version_target(t, out);
    out.factor = o.real("by").value_or(1.0);
    if (!o.has("by") && context_.tree.find(at, "by") == kNoNode)
      context_.error(Code::MissingField, at, "`by` is missing: how much slower?", "e.g. by: 4x");
  }
  if (const NodeId t = o.get("stall"); t != kNoNode) {
    out.verb = TimelineVerb::Stall;
    version_target(t, out);
  }
  if (const NodeId t = o.get("crash"); t != kNoNode) {
    out.verb = TimelineVerb::Crash;
    version_target(t, out);
  }
  if (const NodeId t = o.get("change"); t != kNoNode) {
    out.verb = TimelineVerb::Change;
    out.change = policy(t);
  }
  if (const NodeId t = o.get("down"); t != kNoNode) {
    out.verb = TimelineVerb::Down;
    if (o.word("down") && !control_plane_ && !context_.report.failed())
      context_.warn(Code::NoEffect, t, "no candidate has a control plane that could be down",
                    "sidecar, proxyless and gateway have one");
  }
  if (o.word("container")) {
    out.application = true;
    if (out.verb != TimelineVerb::Crash)
      context_.error_at_key(Code::Conflict, o.get("container"), "`container` goes with `crash` only");
  }
  if (out.verb != TimelineVerb::Slow && o.has("by"))
    context_.error_at_key(Code::Conflict, o.get("by"), "`by` goes with `slow` only");
  if (const auto n = o.count("replicas")) {
    out.replicas = static_cast<std::uint32_t>(*n);
    if (out.verb == TimelineVerb::Change || out.verb == TimelineVerb::Down)
      context_.error_at_key(Code::Conflict, o.get("replicas"),
                            fmt::format("`replicas` does not go with `{}`", word_of(out.verb)));
  }
  const bool needs_length =
      out.verb == TimelineVerb::Slow || out.verb == TimelineVerb::Stall || out.verb == TimelineVerb::Down;
  if (needs_length && context_.tree.find(at, "for") == kNoNode)
    context_.error(Code::MissingField, at, "`for` is missing: how long?", "e.g. for: 30s");
  if (o.has("at") && out.at >= duration) {
    context_.error(Code::OutsideRun, o.get("at"),
                   fmt::format("`at: {}` is not before the end of the run (run.duration is {})", write_duration(out.at),
                               write_duration(duration)),
                   "let the run last longer or the entry start earlier");
  } else if (o.has("for") && out.duration > duration - out.at) {
    context_.error(Code::OutsideRun, o.get("for"),
                   fmt::format("the window ends at {}, after the run (run.duration is {})",
                               write_duration(out.at + out.duration), write_duration(duration)),
                   "shorten it; crash and change without `for` last for good");
  }
  return out;
}

void Decoder::version_target(NodeId at, TimelineEntrySpec& entry) {
  if (!context_.is(at, NodeKind::Scalar)) {
    context_.wrong_type(at, "VersionTarget");
    return;
  }
  const std::string text = context_.node(at).text;
  const std::size_t mark = text.find('@');
  const std::string service = text.substr(0, mark);
  if (service.find('/') != std::string::npos) {
    context_.error(Code::UnknownService, at, "faults hit a service or one version of it, not an endpoint",
                   "write `service` or `service@version`");
    return;
  }
  if (!check_service(at, service, false)) return;
  entry.service = service;
  if (mark == std::string::npos) return;
  entry.version = text.substr(mark + 1);
  const auto& versions = known_[service].versions;
  if (std::find(versions.begin(), versions.end(), entry.version) == versions.end()) {
    context_.error(Code::UnknownVersion, at,
                   fmt::format("`{}` has no version `{}`", service, printable(entry.version, 60)),
                   did_you_mean(entry.version, versions));
  }
}

}  // namespace reader
