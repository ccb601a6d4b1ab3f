#include "scenarios/reader/files.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include <fmt/format.h>

namespace reader {
namespace fs = std::filesystem;
namespace {

bool is_below(const fs::path& root, const fs::path& file) {
  const fs::path relative = file.lexically_relative(root);
  return !relative.empty() && *relative.begin() != ".." && relative != ".";
}

// Copies nothing: moves the children of `over` into `base`, recursively. `over` wins; null removes.
void merge(Tree& tree, NodeId base, NodeId over) {
  std::map<std::string, NodeId> index;  // big maps (services) must not be searched linearly
  for (const NodeId c : tree.children(base)) index.emplace(tree.key_of(c), c);
  std::vector<NodeId> gone;
  for (const NodeId c : tree.children(over)) {
    const auto found = index.find(tree.key_of(c));
    const bool removes = tree[c].kind == NodeKind::Null;
    if (found == index.end()) {
      tree[c].parent = tree[c].next = kNoNode;
      tree.append(base, c);
    } else if (tree[c].kind == NodeKind::Map && tree[found->second].kind == NodeKind::Map) {
      merge(tree, found->second, c);
    } else if (removes) {
      gone.push_back(found->second);
    } else {
      tree.replace(found->second, c);
    }
  }
  for (const NodeId c : gone) tree.unlink(c);
  tree[over].first = tree[over].last = kNoNode;
  tree[over].size = 0;
  tree[base].place = tree[over].place;
}

NodeId load_chain(Context& context, std::uint32_t source, std::vector<fs::path>& chain) {
  const NodeId root = parse(context.tree, source, context.report);
  if (root == kNoNode) return kNoNode;
  if (!context.is(root, NodeKind::Map)) {
    refuse_boolean_words(context, root);
    context.wrong_type(root, "Scenario");
    return kNoNode;
  }
  const NodeId extends = context.tree.find(root, "extends");
  if (extends == kNoNode || context.is(extends, NodeKind::Null)) return root;
  if (!context.is(extends, NodeKind::Scalar)) {
    context.wrong_type(extends, "File");
    return kNoNode;
  }
  const auto file = resolve_below(context, extends, context.node(extends).text);
  if (!file) return kNoNode;
  if (std::find(chain.begin(), chain.end(), *file) != chain.end()) {
    context.error(Code::ExtendsCycle, extends, "`extends` goes round in a circle: this file is already being read");
    return kNoNode;
  }
  if (chain.size() > kMaxExtends) {
    context.error(Code::ExtendsCycle, extends, fmt::format("`extends` goes deeper than {} files", kMaxExtends));
    return kNoNode;
  }
  chain.push_back(*file);
  std::error_code ignored;
  fs::path shown = fs::relative(*file, ignored);
  const auto base_source =
      read_source(*file, ignored || shown.empty() ? file->string() : shown.string(), context.report);
  if (!base_source) return kNoNode;
  const NodeId base = load_chain(context, *base_source, chain);
  if (base == kNoNode) return kNoNode;
  context.tree.unlink(extends);
  merge(context.tree, base, root);
  return base;
}

// Splits "a.b\.c[2].d" into its steps.
std::vector<std::string> split_path(std::string_view text) {
  std::vector<std::string> out(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      out.back() += text[++i];
    } else if (text[i] == '.') {
      out.emplace_back();
    } else if (text[i] == '[' && text.find(']', i) != std::string_view::npos) {
      const std::size_t end = text.find(']', i);
      if (!out.back().empty()) out.emplace_back();
      out.back() = std::string(text.substr(i + 1, end - i - 1));
      i = end;
    } else {
      out.back() += text[i];
    }
  }
  return out;
}

NodeId list_item(const Tree& tree, NodeId list, const std::string& step) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
  const bool number = error == std::errc{} && end == step.data() + step.size() && !step.empty();
  std::size_t i = 0;
  for (const NodeId c : tree.children(list)) {
    if (number && i == index) return c;
    const NodeId name = tree.find(c, "name");
    if (!number && name != kNoNode && tree[name].kind == NodeKind::Scalar && tree[name].text == step) return c;
    ++i;
  }
  return kNoNode;
}

}  // namespace

std::optional<fs::path> resolve_below(Context& context, NodeId at, const std::string& text) {
  const auto refuse = [&](std::string message, std::string hint) {
    context.error(Code::ExtendsPath, at, std::move(message), std::move(hint));
    return std::nullopt;
  };
  if (context.root.empty()) return refuse("this text has no directory to read other files from", {});
  const fs::path given(text);
  if (text.empty() || given.is_absolute() || text.find('\\') != std::string::npos)
    return refuse("this is not a relative path", "write it relative to this file, with forward slashes");
  std::error_code error;
  const fs::path root = fs::weakly_canonical(context.root, error);
  if (error) return refuse("the root directory cannot be resolved", {});
  const fs::path from = fs::path(context.report.sources.list[context.node(at).place.source].name).parent_path();
  const fs::path start = from.empty() ? fs::path(".") : from;
  // Twice: `..` is judged before and after symbolic links are followed.
  const fs::path plain = (fs::weakly_canonical(start, error) / given).lexically_normal();
  const fs::path real = error ? fs::path() : fs::weakly_canonical(plain, error);
  if (error || !is_below(root, plain) || !is_below(root, real)) {
    return refuse("this path leads out of the root directory",
                  "move the file below the directory of the scenario, or widen it with --root DIR");
  }
  return real;
}

NodeId load_with_bases(Context& context, std::uint32_t source) {
  std::vector<fs::path> chain;
  std::error_code error;
  if (!context.root.empty()) chain.push_back(fs::weakly_canonical(context.report.sources.list[source].name, error));
  return load_chain(context, source, chain);
}

void apply_override(Context& context, NodeId root, const std::string& text) {
  Tree& tree = context.tree;
  const std::size_t equals = text.find('=');
  const std::string path = text.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : text.substr(equals + 1);
  const std::string shown = fmt::format("--set {}", printable(path, 100));
  const auto source = add_source(shown, value, context.report);
  if (!source) return;
  const Place place{*source, 1, 1};
  const auto refuse = [&](std::string message, std::string hint) {
    context.report.error(Code::BadOverride, place, {}, std::move(message), std::move(hint));
  };
  if (equals == std::string::npos || path.empty())
    return refuse("an override is `path=value`", "e.g. --set services.web.replicas=5");
  const NodeId fresh = value.empty() ? kNoNode : parse(tree, *source, context.report);
  if (value.empty()) return refuse("the value is missing", "e.g. --set services.web.replicas=5");
  if (fresh == kNoNode) return;

  std::vector<std::string> steps = split_path(path);
  NodeId here = root;
  for (std::size_t i = 0; i < steps.size();) {
    if (tree[here].kind == NodeKind::List) {
      const NodeId item = list_item(tree, here, steps[i]);
      if (item == kNoNode)
        return refuse(fmt::format("the list has no item `{}`", printable(steps[i], 60)),
                      "items are named by index (from 0) or by their `name`");
      if (i + 1 == steps.size()) return tree.replace(item, fresh);
      here = item;
      ++i;
      continue;
    }
    if (tree[here].kind == NodeKind::Null) tree[here].kind = NodeKind::Map;
    if (tree[here].kind != NodeKind::Map) {
      return refuse(fmt::format("`{}` is a single value, it has no keys", printable(tree.path_of(here), 100)),
                    fmt::format("set it as a whole: --set {}='{{...}}'", printable(tree.path_of(here), 100)));
    }
    // The longest run of steps that is a key: names may hold dots (istio-1.24).
    NodeId found = kNoNode;
    std::size_t used = 1;
    std::string key = steps[i];
    std::string longest = steps[i];
    for (std::size_t n = 1; i + n <= steps.size(); ++n) {
      if (n > 1) key += "." + steps[i + n - 1];
      if (const NodeId c = tree.find(here, key); c != kNoNode) {
        found = c;
        used = n;
        longest = key;
      }
    }
    const bool last = i + used == steps.size();
    if (found != kNoNode && last) return tree.replace(found, fresh);
    if (found == kNoNode) {
      Node key_node;
      key_node.kind = NodeKind::Scalar;
      key_node.text = longest;
      key_node.place = place;
      const NodeId key_id = tree.add(std::move(key_node));
      NodeId child = fresh;
      if (!last) {
        Node map;
        map.kind = NodeKind::Map;
        map.place = place;
        child = tree.add(std::move(map));
      }
      tree[child].key = key_id;
      tree.append(here, child);
      if (last) return;
      found = child;
    }
    here = found;
    i += used;
  }
}

void refuse_boolean_words(Context& context, NodeId root) {
  std::vector<NodeId> open{root};
  while (!open.empty()) {
    const NodeId at = open.back();
    open.pop_back();
    const Node& n = context.node(at);
    constexpr const char* kWhy = "YAML 1.1 tools read on, off, yes and no as true and false, YAML 1.2 tools as text: ";
    if (n.kind == NodeKind::Scalar && n.plain && is_boolean_word(n.text)) {
      context.error(Code::BooleanWord, at, fmt::format("`{}` is never a value", n.text),
                    std::string(kWhy) + "write true or false, or another word");
    }
    if (n.key != kNoNode && is_boolean_word(context.tree.key_of(at))) {
      context.error_at_key(Code::BooleanWord, at, fmt::format("`{}` is never a key", context.tree.key_of(at)),
                           std::string(kWhy) + "take another name");
    }
    for (const NodeId c : context.tree.children(at)) open.push_back(c);
  }
}

}  // namespace reader
