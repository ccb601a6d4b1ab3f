// What every part of the reader needs while it walks a tree: the nodes, the report, the phrasebook. And Object, the
// view of
// one map through the field table: it reports unknown, not yet supported and missing keys, and reads scalars under
// their bounds.
// Invariant: a key is only ever read through its row of the table (a missing row throws std::logic_error; a test
// walks them all).
#pragma once

#include <filesystem>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scenarios/reader/fields.h"
#include "scenarios/reader/report.h"
#include "scenarios/reader/scalars.h"
#include "scenarios/reader/tree.h"
#include "sim/distributions/distribution.h"

namespace reader {

// How the user said each distribution, in canonical form: a Distribution forgets its parameters, `render` must not.
class Phrasebook {
 public:
  struct Phrase {
    std::string text;        // "{lognormal: {median: 120us, p99: 450us}, min: 20us}"
    std::string short_form;  // "2ms" if that is what was written
  };
  void remember(const sim::Distribution& value, Phrase phrase);
  [[nodiscard]] Phrase phrase_of(const sim::Distribution& value) const;  // the constant 0 if unknown and constant

 private:
  std::map<std::string, std::vector<std::pair<sim::Distribution, Phrase>>> by_description_;
};

struct Context {
  Tree& tree;
  Report& report;
  Phrasebook& phrases;
  std::filesystem::path root;                              // profiles by path must stay below; empty: no files
  double longest = static_cast<double>(sim::kHorizonMax);  // duration in the part that is being read

  void error(Code code, NodeId at, std::string message, std::string hint = {});
  void error_at_key(Code code, NodeId child, std::string message,
                    std::string hint = {});  // points at the key, not the value
  void warn(Code code, NodeId at, std::string message, std::string hint = {});
  void note(Code code, NodeId at, std::string message, std::string hint = {});
  void wrong_type(NodeId at, std::string_view form);  // what stands there, and what the form takes

  [[nodiscard]] const Node& node(NodeId id) const { return tree[id]; }
  [[nodiscard]] bool is(NodeId id, NodeKind kind) const { return id != kNoNode && tree[id].kind == kind; }

  // Whether refuse_boolean_words() has reported this text already: any key, and plain values.
  [[nodiscard]] bool boolean_word_reported(NodeId at, const std::string& text, bool at_key) const;
  // Name as a key of a map of names, or as a scalar. Reports and returns false.
  bool check_name(NodeId at, const std::string& text, std::string_view what, bool at_key);

  // A scalar under a field's bounds; nothing after a report. `field` may be null (no bounds).
  std::optional<sim::Duration> duration(NodeId at, const Field* field);
  std::optional<double> real(NodeId at, const Field* field,
                             std::string_view type);  // Rate Percent Factor Size Cores Number, Duration as double
  std::optional<std::uint64_t> count(NodeId at, const Field* field);
};

// Candidates within Damerau-Levenshtein distance 2, nearest first; "did you mean `x`?" or the whole list when it is
// short.
[[nodiscard]] std::string did_you_mean(std::string_view word, const std::vector<std::string>& allowed);
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

class Object {
 public:
  // `node` must be a Map (anything else is reported and reads as empty). `also` names a second type whose keys are
  // allowed.
  Object(Context& context, NodeId node, std::string_view type, std::string_view also = {});

  [[nodiscard]] NodeId node() const { return node_; }
  [[nodiscard]] std::string_view type() const { return type_; }
  [[nodiscard]] NodeId get(std::string_view key) const;  // kNoNode if absent, null or refused
  [[nodiscard]] bool has(std::string_view key) const { return get(key) != kNoNode; }
  // How many of these keys are present.
  [[nodiscard]] std::size_t count_of(std::initializer_list<std::string_view> keys) const;

  // With a value, or (absent, or reported) the table's default, or nothing.
  [[nodiscard]] std::optional<sim::Duration> duration(std::string_view key) const;
  [[nodiscard]] std::optional<double> real(std::string_view key) const;  // the type stands in the table
  [[nodiscard]] std::optional<std::uint64_t> count(std::string_view key) const;
  [[nodiscard]] std::optional<bool> boolean(std::string_view key) const;
  [[nodiscard]] std::optional<std::string> text(std::string_view key) const;
  [[nodiscard]] std::optional<std::string> name(std::string_view key) const;
  [[nodiscard]] std::optional<std::string> word(std::string_view key) const;  // one of the form's words
  // A count, or kUnlimited for the word `unlimited`.
  [[nodiscard]] std::optional<std::uint64_t> count_or_unlimited(std::string_view key) const;

  [[nodiscard]] const Field& field(std::string_view key) const;

 private:
  template <class T, class Read>
  std::optional<T> value(std::string_view key, Read&& read) const;

  Context& context_;
  NodeId node_;
  std::string_view type_;
  std::string_view also_;
  std::vector<NodeId> refused_;
};

inline constexpr std::uint64_t kUnlimitedCount = ~std::uint64_t{0};

}  // namespace reader
