#include "scenarios/reader/findings.h"

#include <charconv>

#include <fmt/format.h>

namespace reader {
namespace {

struct Row {
  std::string_view finding;
  Code code;
  const char* hint;
};
constexpr Row kRows[] = {
    {"missing-reference", Code::UnknownService, ""},
    {"missing-endpoint", Code::UnknownEndpoint, ""},
    {"two-teams", Code::TwoTeams, ""},
    {"bad-share", Code::OutOfRange, "from 0% to 100%"},
    {"no-control-plane", Code::Conflict, ""},
    {"bad-carrier", Code::Conflict, ""},
    {"endpoint-cycle", Code::EndpointCycle, "let one of these calls go to another endpoint, or remove it"},
    {"call-depth", Code::CallDepth, "shorten the chain, or raise limits.callDepth"},
    {"fleet-too-large", Code::FleetTooLarge, "fewer replicas of the services that many call"},
    {"infinite-mean", Code::DistributionCaution, "`max: 10s` cuts its tail off"},
    {"unreachable-service", Code::UnreachableService, "send traffic to it, call it from a service, or remove it"},
    {"overload", Code::Overload, "more replicas, workers or cpu; or less traffic"},
    {"peak-overload", Code::PeakOverload, "more replicas, workers or cpu; or a lower peak"},
    {"proxy-overload", Code::ProxyOverload, "more replicas, so that each proxy carries less; or more of its workers"},
    {"retry-amplification", Code::RetryAmplification, "retry in one layer only, the one next to what fails"},
};

const Row* row_of(std::string_view finding) {
  for (const Row& row : kRows) {
    if (row.finding == finding) return &row;
  }
  return nullptr;
}

// The child that the path's next step means; `path` is what is left of it then.
NodeId step(const Tree& tree, NodeId at, std::string_view& path) {
  if (path.front() == '.') path.remove_prefix(1);
  if (!path.empty() && path.front() == '[') {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(path.data() + 1, path.data() + path.size(), index);
    const auto length = static_cast<std::size_t>(end - path.data());
    if (error != std::errc{} || length >= path.size() || *end != ']') return kNoNode;
    const std::vector<NodeId> children = tree.children(at);
    if (index >= children.size()) return kNoNode;
    path.remove_prefix(length + 1);
    return children[index];
  }
  NodeId best = kNoNode;
  std::size_t longest = 0;
  for (const NodeId child : tree.children(at)) {
    std::string_view key = tree.key_of(child);
    if (tree[at].kind == NodeKind::List) {
      const NodeId named = tree[child].kind == NodeKind::Map ? tree.find(child, "name") : child;
      if (named == kNoNode || tree[named].kind != NodeKind::Scalar) continue;
      key = tree[named].text;
    }
    const bool fits = !key.empty() && path.starts_with(key) &&
                      (path.size() == key.size() || path[key.size()] == '.' || path[key.size()] == '[');
    if (fits && key.size() > longest) {
      longest = key.size();
      best = child;
    }
  }
  path.remove_prefix(longest);
  return best;
}

}  // namespace

NodeId nearest(const Tree& tree, NodeId root, std::string_view path) {
  NodeId at = root;
  while (at != kNoNode && !path.empty()) {
    std::string_view rest = path;
    const NodeId next = step(tree, at, rest);
    if (next == kNoNode) break;
    at = next;
    path = rest;
  }
  if (at == root) return kNoNode;
  // The model has steps where the file may have the short form of a list of calls.
  if (path.find("steps[") != std::string_view::npos && tree[at].kind == NodeKind::Map) {
    const NodeId calls = tree.find(at, "calls");
    if (calls != kNoNode) return calls;
  }
  return at;
}

std::vector<Diagnostic> diagnostics_of(const std::vector<models::Finding>& findings, const LoadResult& loaded) {
  std::vector<Diagnostic> out;
  for (const models::Finding& finding : findings) {
    if (out.size() == kMaxProblems) {
      Diagnostic& more = out.emplace_back();
      more.code = text_of(Code::TooManyProblems);
      more.severity = findings.front().severity == models::Finding::Severity::Error ? Severity::Error : Severity::Note;
      more.message = fmt::format("{} more findings follow; they are not shown", findings.size() - kMaxProblems);
      break;
    }
    Diagnostic& d = out.emplace_back();
    const Row* row = row_of(finding.code);
    d.code = row != nullptr ? text_of(row->code) : finding.code;
    d.severity = finding.severity == models::Finding::Severity::Error ? Severity::Error : Severity::Warning;
    d.message = printable(finding.message, 2000);
    d.hint = row != nullptr ? row->hint : "";
    d.path = printable(finding.path, 400);
    if (!loaded.sources.list.empty()) d.file = loaded.sources.list.front().name;
    const NodeId at = loaded.root == kNoNode ? kNoNode : nearest(loaded.tree, loaded.root, finding.path);
    if (at == kNoNode) continue;
    const NodeId key = loaded.tree[at].key;
    const Place place = loaded.tree[key == kNoNode ? at : key].place;
    d.source = place.source;
    d.line = place.line;
    d.column = place.column;
    d.file = loaded.sources.list[place.source].name;
    d.path = loaded.tree.path_of(at);
  }
  return out;
}

std::optional<Code> code_of_finding(std::string_view code) {
  const Row* row = row_of(code);
  return row != nullptr ? std::optional(row->code) : std::nullopt;
}

}  // namespace reader
