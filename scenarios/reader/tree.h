// A YAML document as a flat array of nodes with their places: what the reader walks instead of YAML::Node.
// Built from yaml-cpp's parser events under limits, so that hostile files stay cheap (aliases, nesting, endless
// documents).
// Not a schema: any well-formed document passes. Several documents (extends, --set) share one Tree.
// Invariant: children of a map carry their key as a node; keys within one map are unique. Nodes are never removed
// from the array, only unlinked. Errors are reported; parse() returns -1 then.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/reader/report.h"

namespace reader {

inline constexpr std::size_t kMaxNodes = 200'000;
inline constexpr std::size_t kMaxDepth = 64;
inline constexpr std::size_t kMaxScalarBytes = 64u << 10;
inline constexpr std::size_t kMaxKeyBytes = 253;

using NodeId = std::int32_t;
inline constexpr NodeId kNoNode = -1;

enum class NodeKind : std::uint8_t { Null, Scalar, List, Map };

struct Node {
  NodeKind kind = NodeKind::Null;
  bool plain = false;  // a scalar without quotes
  Place place;
  std::string text;      // scalar
  NodeId key = kNoNode;  // of a map's child
  NodeId parent = kNoNode;
  NodeId first = kNoNode, last = kNoNode, next = kNoNode;
  std::uint32_t size = 0;  // children
};

class Tree {
 public:
  [[nodiscard]] const Node& operator[](NodeId id) const { return nodes_[static_cast<std::size_t>(id)]; }
  [[nodiscard]] Node& operator[](NodeId id) { return nodes_[static_cast<std::size_t>(id)]; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }

  NodeId add(Node node);
  void append(NodeId parent, NodeId child);
  void unlink(NodeId child);                     // from its parent
  void replace(NodeId old, NodeId replacement);  // at its place in the parent; keeps the old key
  [[nodiscard]] NodeId find(NodeId map,
                            std::string_view key) const;  // linear: maps of names go through Object or MapIndex
  [[nodiscard]] const std::string& key_of(NodeId child) const;
  [[nodiscard]] std::string path_of(NodeId id) const;  // "services.web.calls[1]", printable; empty for the root
  [[nodiscard]] std::vector<NodeId> children(NodeId id) const;

 private:
  std::deque<Node> nodes_;  // references stay valid while defaults are added
};

// Parses one source into the tree. Returns the root, or kNoNode after reporting.
[[nodiscard]] NodeId parse(Tree& tree, std::uint32_t source, Report& report);

}  // namespace reader
