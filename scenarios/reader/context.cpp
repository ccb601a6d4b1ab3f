#include "scenarios/reader/context.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace reader {
namespace {

std::string_view description_of(std::string_view type) {
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"Duration", "a duration (250ms)"},
      {"Rate", "a rate (300/s)"},
      {"Percent", "a percentage (5%)"},
      {"Factor", "a factor (4x)"},
      {"Size", "a size (64MiB)"},
      {"Count", "a count (3)"},
      {"Cores", "a number of cores (2, 0.5, 500m)"},
      {"Number", "a bare number (1.5)"},
      {"Seed", "a whole number"},
      {"Bool", "true or false"},
      {"Name", "a name"},
      {"Text", "text"},
      {"File", "a file path"},
      {"Target", "`service` or `service/endpoint`"},
      {"VersionTarget", "`service` or `service@version`"},
      {"RetryCondition", "a retry condition (connect-failure, 503)"},
      {"Null", "nothing"}};
  for (const auto& [name, words] : kWords) {
    if (name == type) return words;
  }
  return {};
}

void describe_form(std::string_view form, std::vector<std::string>& out, int depth) {
  for (const Alternative& a : alternatives_of(form)) {
    switch (a.shape) {
      case Alternative::Shape::Words: {
        std::string words(a.of);
        for (std::size_t i = 0; (i = words.find(',', i)) != std::string::npos; i += 2) words.replace(i, 1, ", ");
        out.push_back("one of: " + words);
        break;
      }
      case Alternative::Shape::List: out.push_back("a list `[...]`"); break;
      case Alternative::Shape::Map: out.push_back("a map from names `{name: ...}`"); break;
      case Alternative::Shape::One: {
        if (is_scalar_type(a.of)) {
          out.emplace_back(description_of(a.of));
          break;
        }
        const Type* type = find_type(a.of);
        if (type == nullptr || depth > 3) break;
        const std::string_view inner = type->form;
        const bool plus = !inner.empty() && inner[0] == '+';
        if (!inner.empty() && !plus) describe_form(inner, out, depth + 1);
        if (inner.empty() || inner[0] != '!') {
          std::string keys;
          std::size_t shown = 0;
          for (const Field* f : fields_of(a.of)) {
            if (f->later || shown == 4) continue;
            keys += fmt::format("{}{}: ...", shown++ > 0 ? ", " : "", f->key);
          }
          if (!keys.empty()) out.push_back("a map {" + keys + "}");
        }
        break;
      }
    }
  }
}

std::string bound_text(double bound, std::string_view type) {
  constexpr double kDay = 86400e9;
  if (type == "Duration" && bound > kDay && bound <= static_cast<double>(sim::kHorizonMax))
    bound -= std::fmod(bound, kDay);  // nobody wants the last nanosecond of 52 days
  if (type == "Duration") return write_duration_real(bound);
  if (type == "Rate") return write_rate(bound);
  if (type == "Percent") return write_percent(bound);
  if (type == "Factor") return write_number(bound) + "x";
  if (type == "Size") return write_size(bound);
  return write_number(bound);
}

}  // namespace

void Phrasebook::remember(const sim::Distribution& value, Phrase phrase) {
  auto& list = by_description_[value.describe()];
  for (auto& [known, old] : list) {
    if (known == value) return;
  }
  list.emplace_back(value, std::move(phrase));
}

Phrasebook::Phrase Phrasebook::phrase_of(const sim::Distribution& value) const {
  const auto found = by_description_.find(value.describe());
  if (found != by_description_.end()) {
    for (const auto& [known, phrase] : found->second) {
      if (known == value) return phrase;
    }
  }
  if (value.is_constant()) return {fmt::format("{{constant: {}}}", write_duration_real(value.mean())), {}};
  throw std::logic_error("a distribution that no scenario text made: " + value.describe());
}

void Context::error(Code code, NodeId at, std::string message, std::string hint) {
  report.error(code, tree[at].place, tree.path_of(at), std::move(message), std::move(hint));
}
void Context::error_at_key(Code code, NodeId child, std::string message, std::string hint) {
  const NodeId key = tree[child].key;
  report.error(code, tree[key == kNoNode ? child : key].place, tree.path_of(child), std::move(message),
               std::move(hint));
}
void Context::warn(Code code, NodeId at, std::string message, std::string hint) {
  report.add(Severity::Warning, code, tree[at].place, tree.path_of(at), std::move(message), std::move(hint));
}
void Context::note(Code code, NodeId at, std::string message, std::string hint) {
  report.add(Severity::Note, code, tree[at].place, tree.path_of(at), std::move(message), std::move(hint));
}

void Context::wrong_type(NodeId at, std::string_view form) {
  const Node& n = tree[at];
  std::vector<std::string> forms;
  describe_form(form, forms, 0);
  std::sort(forms.begin(), forms.end());
  forms.erase(std::unique(forms.begin(), forms.end()), forms.end());
  const std::string expected = fmt::format("{}", fmt::join(forms, ", or "));
  if (n.kind == NodeKind::Null) {
    error(Code::EmptyValue, at, "the value is missing", "write " + expected);
    return;
  }
  const char* found = n.kind == NodeKind::List ? "a list" : n.kind == NodeKind::Map ? "a map" : nullptr;
  const std::string what = found != nullptr ? std::string(found) : "`" + printable(n.text, 60) + "`";
  if (n.kind == NodeKind::Scalar && n.plain && is_boolean_word(n.text)) return;  // reported for the whole tree
  error(Code::WrongType, at, what + " cannot stand here", "write " + expected);
}

bool Context::boolean_word_reported(NodeId at, const std::string& text, bool at_key) const {
  return is_boolean_word(text) && (at_key || tree[at].plain);
}

bool Context::check_name(NodeId at, const std::string& text, std::string_view what, bool at_key) {
  if (boolean_word_reported(at, text, at_key)) return false;
  if (is_boolean_word(text)) {
    error(Code::BooleanWord, at, fmt::format("`{}` is never a name, not even in quotes", text),
          "other tools drop the quotes when they write the file again; take another name");
    return false;
  }
  if (is_name(text) && text != "defaults" && text != "unlimited") return true;
  std::string message = is_name(text) ? fmt::format("`{}` is reserved and cannot be the name of a {}", text, what)
                                      : fmt::format("`{}` is not a name", printable(text, 60));
  std::string hint = is_name(text) ? "take another name"
                                   : "names have letters, digits, `.`, `_` and `-`, start with a letter or digit, and "
                                     "have at most 253 characters";
  at_key ? error_at_key(Code::BadName, at, std::move(message), std::move(hint))
         : error(Code::BadName, at, std::move(message), std::move(hint));
  return false;
}

std::optional<double> Context::real(NodeId at, const Field* field, std::string_view type) {
  const Node& n = tree[at];
  if (n.kind != NodeKind::Scalar) {
    wrong_type(at, field != nullptr ? std::string_view(field->form) : type);
    return std::nullopt;
  }
  if (n.plain && is_boolean_word(n.text)) return std::nullopt;
  Parsed<double> parsed;
  if (type == "Duration")
    parsed = parse_duration_real(n.text, longest);
  else if (type == "Rate")
    parsed = parse_rate(n.text);
  else if (type == "Percent")
    parsed = parse_percent(n.text);
  else if (type == "Factor")
    parsed = parse_factor(n.text);
  else if (type == "Size")
    parsed = parse_size(n.text);
  else if (type == "Cores")
    parsed = parse_cores(n.text);
  else if (type == "Number")
    parsed = parse_number(n.text);
  else
    throw std::logic_error("not a numeric type: " + std::string(type));
  if (!parsed.value) {
    error(parsed.problem.code, at, std::move(parsed.problem.message), std::move(parsed.problem.hint));
    return std::nullopt;
  }
  const double v = *parsed.value;
  const bool longer = type == "Duration" && longest > static_cast<double>(sim::kHorizonMax);  // and checked above
  if (field != nullptr && ((field->min >= 0 && v < field->min) || (field->max >= 0 && v > field->max && !longer))) {
    error(
        Code::OutOfRange, at, fmt::format("`{}` is out of range", printable(n.text, 60)),
        fmt::format("from {} to {}", bound_text(field->min < 0 ? 0 : field->min, type), bound_text(field->max, type)));
    return std::nullopt;
  }
  return v;
}

std::optional<sim::Duration> Context::duration(NodeId at, const Field* field) {
  if (!real(at, field, "Duration")) return std::nullopt;
  const auto parsed = parse_duration(tree[at].text);
  if (!parsed.value) error(parsed.problem.code, at, parsed.problem.message, parsed.problem.hint);
  return parsed.value;
}

std::optional<std::uint64_t> Context::count(NodeId at, const Field* field) {
  const Node& n = tree[at];
  if (n.kind != NodeKind::Scalar) {
    wrong_type(at, field != nullptr ? std::string_view(field->form) : "Count");
    return std::nullopt;
  }
  if (n.plain && is_boolean_word(n.text)) return std::nullopt;
  auto parsed = parse_count(n.text);
  if (!parsed.value) {
    error(parsed.problem.code, at, std::move(parsed.problem.message), std::move(parsed.problem.hint));
    return std::nullopt;
  }
  const auto v = static_cast<double>(*parsed.value);
  if (field != nullptr && ((field->min >= 0 && v < field->min) || (field->max >= 0 && v > field->max))) {
    error(Code::OutOfRange, at, fmt::format("{} is out of range", *parsed.value),
          fmt::format("from {} to {}", write_number(field->min < 0 ? 0 : field->min), write_number(field->max)));
    return std::nullopt;
  }
  return parsed.value;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. Three rows suffice.
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before, last);
    std::swap(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& allowed) {
  const auto lower = [](std::string_view s) {
    std::string out(s);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
  };
  std::string best;
  std::size_t nearest = 3;
  const std::string low = lower(word.substr(0, 64));
  for (const std::string& candidate : allowed) {
    if (candidate.size() > low.size() + 2 || low.size() > candidate.size() + 2) continue;
    const std::size_t distance = edit_distance(low, lower(candidate));
    // Two edits on a two-letter word are another word.
    if (distance < nearest && distance < std::max<std::size_t>(candidate.size(), 2) - (candidate.size() > 3 ? 0 : 1)) {
      nearest = distance;
      best = candidate;
    }
  }
  if (!best.empty()) return fmt::format("did you mean `{}`?", printable(best, 60));
  if (allowed.empty()) return {};
  constexpr std::size_t kShown = 18;
  std::string list;
  for (std::size_t i = 0; i < allowed.size() && i < kShown; ++i)
    list += (i > 0 ? ", " : "") + printable(allowed[i], 40);
  return fmt::format("allowed here: {}{}", list, allowed.size() > kShown ? ", ..." : "");
}

}  // namespace reader
