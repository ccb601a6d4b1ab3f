// yaml-cpp's parser behind an event handler of our own. Never YAML::Load or LoadAll: LoadAll(",") never ends on 0.7.0,
// Load ignores a second document, and YAML::Node follows alias cycles until the stack is gone.
#include <algorithm>
#include <istream>
#include <optional>
#include <streambuf>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "scenarios/reader/tree.h"

namespace reader {
namespace {

struct Stop {};  // thrown through the parser after a problem has been reported

// Reads from memory without the copy a stringstream makes.
struct ViewBuffer : std::streambuf {
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());
    setg(begin, begin, begin + text.size());
  }
};

class Builder : public YAML::EventHandler {
 public:
  Builder(Tree& tree, std::uint32_t source, Report& report)
      : tree_(tree), source_(source), report_(report), text_(report.sources.list[source].text) {}

  NodeId root = kNoNode;

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1)
      stop(Code::DocumentCount, mark, "a second YAML document starts here; a scenario is exactly one",
           "one file per scenario; share parts with `extends`");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    place_node(mark, NodeKind::Null, true, {});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    stop(Code::Alias, mark, "YAML aliases (`*name`) are not accepted",
         "write the value out, or share parts of files with `extends`");
  }
  void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
    stop(Code::Alias, mark, fmt::format("YAML anchors (`&{}`) are not accepted", printable(name, 40)),
         "remove the anchor");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    const bool plain = check_tag(mark, tag);
    if (value.size() > kMaxScalarBytes)
      stop(Code::Budget, mark, fmt::format("a scalar of {} bytes; the limit is {}", value.size(), kMaxScalarBytes), {});
    if (!plain) check_quote(mark);
    check_text(mark, value);
    const bool nothing =
        plain && (value.empty() || value == "~" || value == "null" || value == "Null" || value == "NULL");
    place_node(mark, nothing ? NodeKind::Null : NodeKind::Scalar, plain, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, NodeKind::List);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, NodeKind::Map);
  }
  void OnMapEnd() override { close(); }

  [[nodiscard]] Place place_of(const YAML::Mark& mark) const {
    if (mark.is_null()) return {source_, 1, 1};
    return {source_, static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)};
  }
  [[nodiscard]] NodeId innermost() const { return stack_.empty() ? kNoNode : stack_.back().node; }

 private:
  struct Open {
    NodeId node = kNoNode;
    NodeId key = kNoNode;                                     // pending key of a map
    std::vector<std::pair<std::string, std::uint32_t>> keys;  // with their lines; sorted at the end
  };

  [[noreturn]] void stop(Code code, const YAML::Mark& mark, std::string message, std::string hint) {
    report_.error(code, place_of(mark), {}, std::move(message), std::move(hint));
    throw Stop{};
  }
  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) stop(Code::Alias, mark, "YAML anchors (`&name`) are not accepted", "remove the anchor");
  }
  // Returns whether the node is plain (unquoted, untagged).
  bool check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?") return true;
    if (tag == "!") return false;  // yaml-cpp's mark of a quoted scalar
    constexpr std::string_view kCore = "tag:yaml.org,2002:";
    if (tag.compare(0, kCore.size(), kCore) == 0) {
      const std::string_view rest = std::string_view(tag).substr(kCore.size());
      if (rest == "str") return false;
      for (const std::string_view core : {"int", "float", "bool", "null", "map", "seq"}) {
        if (rest == core) return true;
      }
    }
    stop(Code::Tag, mark, fmt::format("YAML tags are not accepted: `{}`", printable(tag, 60)), "remove the tag");
  }
  // yaml-cpp takes a quoted scalar that the end of the file cuts off.
  void check_quote(const YAML::Mark& mark) {
    if (mark.pos < 0 || static_cast<std::size_t>(mark.pos) >= text_.size()) return;
    std::size_t i = static_cast<std::size_t>(mark.pos);
    const char quote = text_[i];
    if (quote != '"' && quote != '\'') return;
    for (++i; i < text_.size(); ++i) {
      if (quote == '"' && text_[i] == '\\') {
        ++i;
      } else if (text_[i] == quote) {
        if (quote == '\'' && i + 1 < text_.size() && text_[i + 1] == '\'') {
          ++i;
        } else {
          return;
        }
      }
    }
    stop(Code::Syntax, mark, "this quote is never closed", fmt::format("close it with {}", quote));
  }
  // yaml-cpp takes a bracket that is never closed for the start of a key.
  void check_bracket(const YAML::Mark& mark) {
    if (mark.pos < 0 || static_cast<std::size_t>(mark.pos) >= text_.size()) return;
    const auto start = static_cast<std::size_t>(mark.pos);
    const char bracket = text_[start];
    if (bracket != '[' && bracket != '{') return;
    std::size_t depth = 0;
    char quote = 0;
    for (std::size_t i = start; i < text_.size(); ++i) {
      const char c = text_[i];
      if (quote != 0) {
        if (c == '\\' && quote == '"')
          ++i;
        else if (c == quote)
          quote = 0;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '[' || c == '{') {
        ++depth;
      } else if ((c == ']' || c == '}') && --depth == 0) {
        return;
      }
    }
    stop(Code::Syntax, mark, fmt::format("this `{}` is never closed", bracket), "check the brackets from here on");
  }
  // Escapes such as "\x00" and "\u202e" bring back what the byte check keeps out.
  void check_text(const YAML::Mark& mark, const std::string& value) {
    for (const char c : value) {
      const auto u = static_cast<unsigned char>(c);
      if ((u < 0x20 && u != '\t' && u != '\n' && u != '\r') || u == 0x7f) {
        stop(Code::BadBytes, mark, fmt::format("an escape in this text makes the control character 0x{:02x}", u),
             "remove it");
      }
    }
  }
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, NodeKind kind) {
    refuse_anchor(mark, anchor);
    (void)check_tag(mark, tag);
    if (!stack_.empty() && tree_[stack_.back().node].kind == NodeKind::Map && stack_.back().key == kNoNode) {
      check_bracket(mark);
      stop(Code::ComplexKey, mark, "a key must be plain text, not a list or a map", {});
    }
    if (stack_.size() >= kMaxDepth)
      stop(Code::Budget, mark, fmt::format("nesting deeper than {} levels", kMaxDepth), {});
    stack_.push_back({place_node(mark, kind, false, {}), kNoNode, {}});
  }
  void close() {
    Open top = std::move(stack_.back());
    stack_.pop_back();
    if (tree_[top.node].kind == NodeKind::Map) check_duplicates(top);
  }
  NodeId place_node(const YAML::Mark& mark, NodeKind kind, bool plain, const std::string& text) {
    if (++count_ > kMaxNodes)
      stop(Code::Budget, mark, fmt::format("more than {} nodes", kMaxNodes),
           "use counts (`replicas`, `repeat`) instead of copies");
    Node node;
    node.kind = kind;
    node.plain = plain;
    node.place = place_of(mark);
    node.text = text;
    const NodeId id = tree_.add(std::move(node));
    if (stack_.empty()) {
      root = id;
      return id;
    }
    Open& top = stack_.back();
    if (tree_[top.node].kind == NodeKind::Map && top.key == kNoNode) {
      take_key(top, id, mark);
    } else {
      tree_[id].key = top.key;
      tree_.append(top.node, id);
      if (top.key != kNoNode && mark.is_null()) tree_[id].place = tree_[top.key].place;
      top.key = kNoNode;
    }
    return id;
  }
  void take_key(Open& top, NodeId id, const YAML::Mark& mark) {
    Node& key = tree_[id];
    if (key.kind == NodeKind::Null) stop(Code::ComplexKey, mark, "a key is missing", {});
    if (key.text.size() > kMaxKeyBytes)
      stop(Code::Budget, mark, fmt::format("a key of {} bytes; the limit is {}", key.text.size(), kMaxKeyBytes), {});
    if (top.keys.empty()) tree_[top.node].place = key.place;
    top.keys.emplace_back(key.text, static_cast<std::uint32_t>(id));
    top.key = id;
  }
  void check_duplicates(Open& top) {
    std::stable_sort(top.keys.begin(), top.keys.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t i = 1; i < top.keys.size(); ++i) {
      if (top.keys[i].first != top.keys[i - 1].first) continue;
      const Node& first = tree_[static_cast<NodeId>(top.keys[i - 1].second)];
      const Node& again = tree_[static_cast<NodeId>(top.keys[i].second)];
      report_.error(Code::DuplicateKey, again.place, tree_.path_of(top.node),
                    fmt::format("duplicate key `{}` on line {}: line {} has it already", printable(again.text, 60),
                                again.place.line, first.place.line),
                    "remove one of the two");
      duplicates = true;
    }
  }

 public:
  bool duplicates = false;

 private:
  Tree& tree_;
  std::uint32_t source_;
  Report& report_;
  std::string_view text_;
  std::vector<Open> stack_;
  std::size_t documents_ = 0;
  std::size_t count_ = 0;
};

// yaml-cpp's own sentences, in the user's words where the original says little.
std::pair<std::string, std::string> translate(const YAML::Exception& error) {
  const std::string_view msg = error.msg;
  const auto has = [&](std::string_view part) { return msg.find(part) != std::string_view::npos; };
  if (has("illegal map value"))
    return {"a `:` stands where no key can be (or a key is longer than 1024 characters)",
            "check the indentation and the quotes of this line and the one above"};
  if (has("end of map not found"))
    return {"this map is never closed, or the line is indented by another amount than its neighbours",
            "check brackets `{}` and indentation"};
  if (has("end of sequence not found"))
    return {"this list is never closed, or the line is indented by another amount than its neighbours",
            "check brackets `[]` and indentation"};
  if (has("end of map flow not found")) return {"a `{` is never closed", "check the brackets `{}` from here upwards"};
  if (has("end of sequence flow not found"))
    return {"a `[` is never closed", "check the brackets `[]` from here upwards"};
  if (has("referenced anchor is not defined"))
    return {"YAML aliases (`*name`) are not accepted", "write the value out, or share parts of files with `extends`"};
  if (has("bad file")) return {"the file is nested too deeply or broken off", {}};
  if (has("tab")) return {"a tab stands where YAML wants spaces", "indent with spaces"};
  if (has("undefined") || has("unknown")) return {printable(msg, 120), {}};
  return {"not valid YAML: " + printable(msg, 120), {}};
}

// A line at or above the problem that is indented with a tab: most likely its cause, whatever the parser stumbles over.
std::optional<Place> tab_indentation(std::string_view text, const Place& problem) {
  for (std::uint32_t line = 1; line <= problem.line && !text.empty(); ++line) {
    const std::size_t indentation = std::min(text.find_first_not_of(" \t"), text.size());
    const std::size_t tab = text.find('\t');
    const bool blank = indentation == text.size() || text[indentation] == '\n' || text[indentation] == '\r';
    if (tab < indentation && !blank) return Place{problem.source, line, static_cast<std::uint32_t>(tab + 1)};
    text.remove_prefix(std::min(text.size(), text.find('\n') + (text.find('\n') == text.npos ? 0 : 1)));
  }
  return std::nullopt;
}

}  // namespace

NodeId parse(Tree& tree, std::uint32_t source, Report& report) {
  Builder builder(tree, source, report);
  ViewBuffer buffer(report.sources.list[source].text);
  std::istream stream(&buffer);
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) {
      report.error(Code::DocumentCount, Place{source, 1, 1}, {}, "the file holds no YAML document",
                   "`meshsim init` writes a first scenario");
      return kNoNode;
    }
    (void)parser.HandleNextDocument(builder);  // true only for a second document, which the builder refuses
  } catch (const Stop&) {
    return kNoNode;
  } catch (const YAML::Exception& error) {
    auto [message, hint] = translate(error);
    const bool alias = error.msg.find("anchor") != std::string::npos;
    Place place = builder.place_of(error.mark);
    if (const auto tab = tab_indentation(report.sources.list[source].text, place); tab && !alias) {
      place = *tab;
      message = "a tab indents this line; YAML takes spaces only";
      hint = "put spaces in its place, two for each level (most editors: `expand tabs`)";
    }
    report.error(alias ? Code::Alias : Code::Syntax, place, {}, std::move(message), std::move(hint));
    return kNoNode;
  } catch (const std::exception& error) {  // std::length_error and friends from inside the library
    report.error(Code::Syntax, Place{source, 1, 1}, {}, "not valid YAML", {});
    return kNoNode;
  }
  if (builder.root == kNoNode) {
    report.error(Code::DocumentCount, Place{source, 1, 1}, {}, "the document is empty",
                 "`meshsim init` writes a first scenario");
    return kNoNode;
  }
  return builder.root;
}

}  // namespace reader
