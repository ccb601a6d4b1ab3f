#include "scenarios/reader/tree.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace reader {

NodeId Tree::add(Node node) {
  nodes_.push_back(std::move(node));
  return static_cast<NodeId>(nodes_.size() - 1);
}

void Tree::append(NodeId parent, NodeId child) {
  Node& p = (*this)[parent];
  if (p.last == kNoNode) {
    p.first = child;
  } else {
    (*this)[p.last].next = child;
  }
  p.last = child;
  ++p.size;
  (*this)[child].parent = parent;
  (*this)[child].next = kNoNode;
}

void Tree::unlink(NodeId child) {
  const NodeId parent = (*this)[child].parent;
  Node& p = (*this)[parent];
  NodeId before = kNoNode;
  for (NodeId c = p.first; c != child; c = (*this)[c].next) before = c;
  const NodeId after = (*this)[child].next;
  (before == kNoNode ? p.first : (*this)[before].next) = after;
  if (p.last == child) p.last = before;
  --p.size;
  (*this)[child].parent = (*this)[child].next = kNoNode;
}

void Tree::replace(NodeId old, NodeId replacement) {
  const NodeId parent = (*this)[old].parent;
  Node& p = (*this)[parent];
  NodeId before = kNoNode;
  for (NodeId c = p.first; c != old; c = (*this)[c].next) before = c;
  (before == kNoNode ? p.first : (*this)[before].next) = replacement;
  if (p.last == old) p.last = replacement;
  Node& r = (*this)[replacement];
  r.next = (*this)[old].next;
  r.parent = parent;
  if (r.key == kNoNode) r.key = (*this)[old].key;
  (*this)[old].parent = (*this)[old].next = kNoNode;
}

NodeId Tree::find(NodeId map, std::string_view key) const {
  if ((*this)[map].kind != NodeKind::Map) return kNoNode;
  for (NodeId c = (*this)[map].first; c != kNoNode; c = (*this)[c].next) {
    if (key_of(c) == key) return c;
  }
  return kNoNode;
}

const std::string& Tree::key_of(NodeId child) const {
  static const std::string kEmpty;
  const NodeId key = (*this)[child].key;
  return key == kNoNode ? kEmpty : (*this)[key].text;
}

std::vector<NodeId> Tree::children(NodeId id) const {
  std::vector<NodeId> out;
  out.reserve((*this)[id].size);
  for (NodeId c = (*this)[id].first; c != kNoNode; c = (*this)[c].next) out.push_back(c);
  return out;
}

std::string Tree::path_of(NodeId id) const {
  std::vector<std::string> steps;
  for (NodeId n = id; n != kNoNode && (*this)[n].parent != kNoNode; n = (*this)[n].parent) {
    const NodeId parent = (*this)[n].parent;
    if ((*this)[parent].kind == NodeKind::Map) {
      steps.push_back("." + printable(key_of(n), 60));
    } else {
      std::size_t index = 0;
      for (NodeId c = (*this)[parent].first; c != n && c != kNoNode; c = (*this)[c].next) ++index;
      steps.push_back(fmt::format("[{}]", index));
    }
  }
  std::string out;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) out += *step;
  if (!out.empty() && out[0] == '.') out.erase(0, 1);
  return out;
}

}  // namespace reader
