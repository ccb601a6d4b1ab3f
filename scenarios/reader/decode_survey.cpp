// What a survey found in place of the intended policy: rows with how often each was seen, in the scenario or in a file.
#include <utility>

#include <fmt/format.h>

#include "scenarios/reader/decode.h"
#include "scenarios/reader/files.h"

namespace reader {

using models::DeviationSpec;

std::vector<DeviationSpec::Found> Decoder::survey(NodeId at, const std::string& to) {
  std::vector<DeviationSpec::Found> out;
  if (!context_.is(at, NodeKind::List)) {
    context_.wrong_type(at, "[Found]");
    return out;
  }
  std::uint64_t all = 0;
  const std::size_t before = context_.report.errors();
  for (const NodeId c : context_.tree.children(at)) {
    const Object o(context_, c, "Found", "Destination");
    if (o.node() == kNoNode) continue;
    DeviationSpec::Found found;
    found.count = o.count("count").value_or(0);
    found.policy = destination(o, to);
    all += found.count;
    out.push_back(std::move(found));
  }
  if (all == 0 && context_.report.errors() == before)
    context_.error(Code::EmptyValue, at, "this survey found nothing", "a row says how often it was found: {count: 3}");
  return out;
}

// A file below the root, or what would stand in it.
NodeId Decoder::survey_root(NodeId at) {
  if (context_.is(at, NodeKind::Map)) return at;
  if (!context_.is(at, NodeKind::Scalar)) {
    context_.wrong_type(at, "Survey");
    return kNoNode;
  }
  const auto file = resolve_below(context_, at, context_.node(at).text);
  if (!file) return kNoNode;
  const auto known = surveys_.find(file->string());  // ten candidates may name one file: its mistakes are told once
  if (known != surveys_.end()) return known->second;
  NodeId root = kNoNode;
  const auto source = read_source(*file, file->string(), context_.report);
  if (source) root = parse(context_.tree, *source, context_.report);
  if (root != kNoNode) refuse_boolean_words(context_, root);
  surveys_.emplace(file->string(), root);
  return root;
}

// Either a deviation says itself what is different, or a survey does.
void Decoder::surveyed(const Object& of, DeviationSpec& out) {
  const NodeId from = of.get("from");
  if (from == kNoNode) return;
  if (!(out.policy == models::DestinationPolicySpec{})) {
    context_.error_at_key(Code::Conflict, from, "this deviation says what is different, and refers to a survey, too",
                          "keep one of the two");
    return;
  }
  const NodeId root = survey_root(from);
  if (root == kNoNode) return;
  const Object o(context_, root, "Survey");
  if (const NodeId found = o.get("found"); found != kNoNode) out.survey = survey(found, out.to);
}

}  // namespace reader
