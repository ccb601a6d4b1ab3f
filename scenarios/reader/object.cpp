// One map read through the field table: see context.h.
#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "scenarios/reader/context.h"

namespace reader {
namespace {

// The scalar type among a form's alternatives that numbers are read as.
std::string_view scalar_of(std::string_view form) {
  for (const Alternative& a : alternatives_of(form)) {
    if (is_scalar_type(a.of)) return a.of;
  }
  return {};
}

}  // namespace

Object::Object(Context& context, NodeId node, std::string_view type, std::string_view also)
    : context_(context), node_(node), type_(type), also_(also) {
  if (node == kNoNode) return;
  if (context.node(node).kind != NodeKind::Map) {
    context.wrong_type(node, type);
    node_ = kNoNode;
    return;
  }
  for (NodeId child = context.node(node).first; child != kNoNode; child = context.node(child).next) {
    const std::string& key = context.tree.key_of(child);
    const Field* field = find_field(type, key);
    if (field == nullptr && !also.empty()) field = find_field(also, key);
    if (field == nullptr) {
      refused_.push_back(child);
      if (is_boolean_word(key)) continue;
      std::vector<std::string> allowed;
      for (const std::string_view owner : {type, also}) {
        for (const Field* f : fields_of(owner)) {
          if (!f->later) allowed.emplace_back(f->key);
        }
      }
      const char* advice = advice_for(key);
      context.error_at_key(Code::UnknownField, child, fmt::format("unknown field `{}`", printable(key, 60)),
                           advice != nullptr ? advice : did_you_mean(key, allowed));
    } else if (field->later) {
      refused_.push_back(child);
      context.error_at_key(Code::NotYetSupported, child, fmt::format("`{}` is not yet supported", key),
                           fmt::format("{} Remove the key to run without it.", field->doc));
    } else if (context.node(child).kind == NodeKind::Null) {
      refused_.push_back(child);
      context.error(Code::EmptyValue, child, fmt::format("`{}` has no value", key),
                    "give it one or remove the key; `null` removes a key only in a file that extends another");
    }
  }
  for (const Field* f : fields_of(type)) {
    if (f->required && context.tree.find(node, f->key) == kNoNode) {
      context.error(Code::MissingField, node, fmt::format("`{}` is missing", f->key), f->doc);
    }
  }
}

NodeId Object::get(std::string_view key) const {
  (void)field(key);
  if (node_ == kNoNode) return kNoNode;
  const NodeId child = context_.tree.find(node_, key);
  return std::find(refused_.begin(), refused_.end(), child) != refused_.end() ? kNoNode : child;
}

std::size_t Object::count_of(std::initializer_list<std::string_view> keys) const {
  std::size_t n = 0;
  for (const std::string_view key : keys) n += has(key);
  return n;
}

const Field& Object::field(std::string_view key) const {
  const Field* f = find_field(type_, key);
  if (f == nullptr && !also_.empty()) f = find_field(also_, key);
  if (f == nullptr) throw std::logic_error("no row in the field table: " + std::string(type_) + "." + std::string(key));
  return *f;
}

// A scalar default travels the same road as a written value: as the text of a node that is in no map.
template <class T, class Read>
std::optional<T> Object::value(std::string_view key, Read&& read) const {
  const Field& f = field(key);
  NodeId at = get(key);
  if (at != kNoNode) {
    if (std::optional<T> v = read(at, f)) return v;
  }
  if (f.fallback == nullptr) return std::nullopt;
  Node node;
  node.kind = NodeKind::Scalar;
  node.text = f.fallback;
  if (node.text == "\"\"") node.text.clear();
  return read(context_.tree.add(std::move(node)), f);
}

std::optional<sim::Duration> Object::duration(std::string_view key) const {
  return value<sim::Duration>(key, [&](NodeId at, const Field& f) { return context_.duration(at, &f); });
}
std::optional<double> Object::real(std::string_view key) const {
  return value<double>(key, [&](NodeId at, const Field& f) { return context_.real(at, &f, scalar_of(f.form)); });
}
std::optional<std::uint64_t> Object::count(std::string_view key) const {
  return value<std::uint64_t>(key, [&](NodeId at, const Field& f) { return context_.count(at, &f); });
}
std::optional<std::uint64_t> Object::count_or_unlimited(std::string_view key) const {
  return value<std::uint64_t>(key, [&](NodeId at, const Field& f) -> std::optional<std::uint64_t> {
    if (context_.is(at, NodeKind::Scalar) && context_.node(at).text == "unlimited") return kUnlimitedCount;
    return context_.count(at, &f);
  });
}
std::optional<bool> Object::boolean(std::string_view key) const {
  return value<bool>(key, [&](NodeId at, const Field& f) -> std::optional<bool> {
    const Node& n = context_.node(at);
    if (n.kind != NodeKind::Scalar) {
      context_.wrong_type(at, f.form);
      return std::nullopt;
    }
    if (n.plain && is_boolean_word(n.text)) return std::nullopt;
    auto parsed = parse_bool(n.text);
    if (!parsed.value) context_.error(parsed.problem.code, at, parsed.problem.message, parsed.problem.hint);
    return parsed.value;
  });
}
std::optional<std::string> Object::text(std::string_view key) const {
  return value<std::string>(key, [&](NodeId at, const Field& f) -> std::optional<std::string> {
    const Node& n = context_.node(at);
    if (n.kind == NodeKind::Scalar) return n.text;
    context_.wrong_type(at, f.form);
    return std::nullopt;
  });
}
std::optional<std::string> Object::name(std::string_view key) const {
  return value<std::string>(key, [&](NodeId at, const Field& f) -> std::optional<std::string> {
    const Node& n = context_.node(at);
    if (n.kind != NodeKind::Scalar) {
      context_.wrong_type(at, f.form);
      return std::nullopt;
    }
    if (!context_.check_name(at, n.text, f.key, false)) return std::nullopt;
    return n.text;
  });
}
std::optional<std::string> Object::word(std::string_view key) const {
  return value<std::string>(key, [&](NodeId at, const Field& f) -> std::optional<std::string> {
    const Node& n = context_.node(at);
    if (n.kind != NodeKind::Scalar) {
      context_.wrong_type(at, f.form);
      return std::nullopt;
    }
    if (n.plain && is_boolean_word(n.text)) return std::nullopt;
    std::vector<std::string> words;
    for (const Alternative& a : alternatives_of(f.form)) {
      if (a.shape != Alternative::Shape::Words) continue;
      for (std::string_view rest = a.of; !rest.empty();) {
        const std::size_t comma = rest.find(',');
        words.emplace_back(rest.substr(0, comma));
        rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
      }
    }
    if (std::find(words.begin(), words.end(), n.text) != words.end()) return n.text;
    context_.error(Code::UnknownChoice, at, fmt::format("`{}` is not a choice for `{}`", printable(n.text, 60), f.key),
                   did_you_mean(n.text, words));
    return std::nullopt;
  });
}

}  // namespace reader
