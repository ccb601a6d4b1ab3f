// `expect`: one line per expectation, read by a small parser that points at the word it does not understand.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "scenarios/reader/decode.h"
#include "scenarios/reader/expect_words.h"

namespace reader {

using models::ExpectMetric;
using models::ExpectMetricInfo;
using models::ExpectOperator;
using models::ExpectQuantity;
using models::ExpectSpec;
using models::ExpectTarget;
using models::ExpectTerm;
using models::TimelineEntrySpec;
using models::TimelineVerb;

namespace {

constexpr const char* kExample = "e.g. sidecar p99(web) during slow-payment < 250ms";

// The names that terms may refer to.
struct Names {
  std::vector<std::string> candidates;
  std::vector<std::string> entries;  // "web/default", sorted, once
};

class LineParser {
 public:
  LineParser(Context& context, NodeId at, const models::ScenarioSpec& spec, const Names& names)
      : context_(context), at_(at), spec_(spec), names_(names), tokens_(tokens_of(context.node(at).text)) {}

  bool parse(ExpectSpec& out) {
    if (!term(out.left, true)) return false;
    if (peek() == "-") {
      ++next_;
      if (!term(out.right.emplace(), false)) return false;
      const ExpectQuantity a = models::info_of(out.left.metric).quantity;
      if (a != models::info_of(out.right->metric).quantity)
        return fail(Code::BadExpectation, right_at_, "the two sides of the difference have different units",
                    fmt::format("{} and {}", models::name_of(out.left), models::name_of(*out.right)));
      if (out.left == *out.right)
        return fail(Code::BadExpectation, right_at_, "a difference of a thing with itself is always zero", "");
    }
    const std::size_t op_at = here();
    const std::optional<ExpectOperator> op = operator_of(peek());
    if (!op) {
      const std::string word = peek();
      if (word.empty()) return fail(Code::BadExpectation, op_at, "an operator and a value are missing", kExample);
      const bool minus = word.size() > 1 && word[0] == '-';
      return fail(
          Code::BadExpectation, op_at, fmt::format("`{}` stands where an operator is due", printable(word, 40)),
          minus          ? "write blanks around a minus sign"
          : word == "==" ? "one `=` is enough"
          : word == "!=" ? "there are < <= > >= and ="
          : out.left.window.empty()
              ? "one of < <= > >= =; or before, during, after and the name of a timeline entry; or - and another term"
              : "one of < <= > >= =");
    }
    out.op = *op;
    ++next_;
    return value(out);
  }

 private:
  [[nodiscard]] std::string peek(std::size_t ahead = 0) const {
    return next_ + ahead < tokens_.size() ? tokens_[next_ + ahead].text : std::string();
  }
  [[nodiscard]] std::size_t here() const {
    return next_ < tokens_.size() ? tokens_[next_].at : context_.node(at_).text.size();
  }

  // The caret stands under the word if the text stands in the file as it was read; else under its start.
  bool fail(Code code, std::size_t offset, std::string message, std::string hint) {
    const Node& node = context_.node(at_);
    Place place = node.place;
    const std::string_view line = context_.report.sources.line(place.source, place.line);
    for (const std::size_t quote : {std::size_t{0}, std::size_t{1}}) {
      const std::size_t start = place.column + quote;  // 1-based
      if (start >= 1 && start - 1 <= line.size() && line.substr(start - 1, node.text.size()) == node.text) {
        place.column = static_cast<std::uint32_t>(start + offset);
        break;
      }
    }
    context_.report.error(code, place, context_.tree.path_of(at_), std::move(message), std::move(hint));
    return false;
  }

  bool term(ExpectTerm& out, bool first) {
    if (!first) right_at_ = here();
    const std::string who = peek();
    if (who.empty()) return fail(Code::BadExpectation, here(), "a candidate and a metric are missing", kExample);
    const bool each = who == "each";
    if (each && !first)
      return fail(Code::BadExpectation, here(), "`each` stands at the start of the line only",
                  "name the candidate that is subtracted");
    if (!each && std::find(names_.candidates.begin(), names_.candidates.end(), who) == names_.candidates.end()) {
      const bool metric = peek(1) == "(" || operator_of(peek(1)).has_value();
      return fail(Code::UnknownCandidate, here(), fmt::format("there is no candidate `{}`", printable(who, 60)),
                  metric ? "a line starts with a candidate, or with `each`" : did_you_mean(who, names_.candidates));
    }
    out.candidate = each ? "" : who;
    ++next_;
    const std::size_t metric_at = here();
    const std::string word = peek();
    const ExpectMetricInfo* info = find_metric(word, out);
    if (info == nullptr) {
      if (word.empty()) return fail(Code::BadExpectation, metric_at, "a metric is missing", kExample);
      std::vector<std::string> known{"p50", "p90", "p95", "p99", "p99.9"};
      for (const ExpectMetricInfo& m : models::expect_metrics()) {
        if (m.metric != ExpectMetric::Percentile) known.push_back(m.name);
      }
      return fail(Code::UnknownMetric, metric_at, fmt::format("there is no metric `{}`", printable(word, 60)),
                  did_you_mean(word, known));
    }
    ++next_;
    if (peek() == "(") {
      ++next_;
      const std::size_t target_at = here();
      const std::string name = peek();
      if (name.empty() || name == ")" || peek(1) != ")")
        return fail(Code::BadExpectation, target_at, "the parentheses hold one name",
                    fmt::format("{}", target_words(info->target)));
      next_ += 2;
      if (!target(name, target_at, *info, out)) return false;
    } else if (models::target_required(info->target)) {
      return fail(Code::BadExpectation, metric_at, fmt::format("`{}` of what?", word),
                  fmt::format("{} takes {} in parentheses", word, target_words(info->target)));
    }
    const std::string when = peek();
    if (when == "before" || when == "during" || when == "after") return window(*info, out);
    return true;
  }

  static const ExpectMetricInfo* find_metric(const std::string& word, ExpectTerm& out) {
    if (const auto q = percentile_of(word)) {
      out.metric = ExpectMetric::Percentile;
      out.q = *q;
      return &models::info_of(out.metric);
    }
    for (const ExpectMetricInfo& m : models::expect_metrics()) {
      if (m.metric == ExpectMetric::Percentile || word != m.name) continue;
      out.metric = m.metric;
      return &m;
    }
    return nullptr;
  }

  static const char* target_words(ExpectTarget target) {
    switch (target) {
      case ExpectTarget::Entry: return "an entry point";
      case ExpectTarget::Callee:
      case ExpectTarget::Endpoint: return "`service` or `service/endpoint`";
      case ExpectTarget::Service: return "a service";
      case ExpectTarget::Version: return "`service@version`";
      case ExpectTarget::Change: return "a change of the timeline";
      case ExpectTarget::Nothing: return "nothing";
    }
    return "";
  }

  bool target(const std::string& name, std::size_t at, const ExpectMetricInfo& info, ExpectTerm& out) {
    out.target = name;
    switch (info.target) {
      case ExpectTarget::Entry: return entry(name, at, out);
      case ExpectTarget::Callee:
      case ExpectTarget::Endpoint: return endpoint(name, at);
      case ExpectTarget::Service: return service(name, at) != nullptr;
      case ExpectTarget::Version: return version(name, at);
      case ExpectTarget::Change: return change(name, at);
      case ExpectTarget::Nothing:
        return fail(Code::BadExpectation, at, fmt::format("`{}` is of the whole candidate", info.name),
                    fmt::format("write `{}` without parentheses", info.name));
    }
    return false;
  }

  bool entry(const std::string& name, std::size_t at, ExpectTerm& out) {
    std::vector<std::string> of_service;
    for (const std::string& e : names_.entries) {
      if (e == name) return true;
      if (e.substr(0, e.find('/')) == name) of_service.push_back(e);
    }
    if (of_service.size() == 1) {
      out.target = of_service.front();
      return true;
    }
    if (of_service.size() > 1)
      return fail(Code::AmbiguousEndpoint, at, fmt::format("`{}` has several entry points", name),
                  did_you_mean("", of_service));
    std::vector<std::string> known = names_.entries;
    for (const std::string& e : names_.entries) known.push_back(e.substr(0, e.find('/')));
    const std::string near = did_you_mean(name, known);
    return fail(Code::UnknownEntry, at, fmt::format("`{}` is not an entry point", printable(name, 60)),
                near.rfind("did you", 0) == 0 ? near : did_you_mean("", names_.entries));
  }

  const models::ServiceSpec* service(const std::string& name, std::size_t at) {
    std::vector<std::string> known;
    for (const models::ServiceSpec& s : spec_.services) {
      if (s.name == name) return &s;
      known.push_back(s.name);
    }
    fail(Code::UnknownService, at, fmt::format("there is no service `{}`", printable(name, 60)),
         did_you_mean(name, known));
    return nullptr;
  }

  bool endpoint(const std::string& name, std::size_t at) {
    const std::size_t slash = name.find('/');
    const models::ServiceSpec* s = service(name.substr(0, slash), at);
    if (s == nullptr || slash == std::string::npos) return s != nullptr;
    std::set<std::string> known;
    for (const models::VersionSpec& v : s->versions) {
      for (const models::EndpointSpec& e : v.endpoints) known.insert(e.name);
    }
    const std::string wanted = name.substr(slash + 1);
    if (known.count(wanted) > 0) return true;
    return fail(Code::UnknownEndpoint, at + slash + 1,
                fmt::format("`{}` has no endpoint `{}`", s->name, printable(wanted, 60)),
                did_you_mean(wanted, {known.begin(), known.end()}));
  }

  bool version(const std::string& name, std::size_t at) {
    const std::size_t mark = name.find('@');
    const models::ServiceSpec* s = service(name.substr(0, mark), at);
    if (s == nullptr) return false;
    std::vector<std::string> known;
    for (const models::VersionSpec& v : s->versions) known.push_back(v.name);
    const std::string wanted = mark == std::string::npos ? std::string() : name.substr(mark + 1);
    if (std::find(known.begin(), known.end(), wanted) != known.end()) return true;
    return mark == std::string::npos ? fail(Code::BadExpectation, at, "a version is missing",
                                            fmt::format("write `{}@{}`", name, known.front()))
                                     : fail(Code::UnknownVersion, at + mark + 1,
                                            fmt::format("`{}` has no version `{}`", s->name, printable(wanted, 60)),
                                            did_you_mean(wanted, known));
  }

  bool change(const std::string& name, std::size_t at) {
    std::vector<std::string> known;
    for (const TimelineEntrySpec& e : spec_.timeline) {
      if (e.verb != TimelineVerb::Change) continue;
      if (e.name == name) return true;
      known.push_back(e.name);
    }
    return fail(Code::UnknownTimelineEntry, at,
                fmt::format("there is no change `{}` in the timeline", printable(name, 60)),
                known.empty() ? "the timeline has no `change`" : did_you_mean(name, known));
  }

  bool window(const ExpectMetricInfo& info, ExpectTerm& out) {
    const std::size_t when_at = here();
    const std::string when = peek();
    ++next_;
    if (!models::has_windows(info.target))
      return fail(Code::BadExpectation, when_at, fmt::format("`{}` is of the whole run", info.name),
                  "windows go with what is measured at entry points");
    std::vector<std::string> known;
    for (const TimelineEntrySpec& e : spec_.timeline) {
      known.push_back(e.name);
      if (e.name != peek()) continue;
      const sim::Time end = e.at + e.duration;
      const bool none = when == "before" ? e.at == 0 : when == "during" ? e.duration == 0 : end >= spec_.run.duration;
      if (none)
        return fail(Code::UnknownTimelineEntry, when_at, fmt::format("there is no time {} `{}`", when, e.name),
                    when == "during" ? "it has no `for`: write `after`" : "");
      out.window = when + " " + e.name;
      ++next_;
      return true;
    }
    return fail(Code::UnknownTimelineEntry, here(),
                fmt::format("there is no entry `{}` in the timeline", printable(peek(), 60)),
                known.empty() ? "the scenario has no timeline" : did_you_mean(peek(), known));
  }

  template <class T>
  bool take(const Parsed<T>& parsed, std::size_t at, ExpectSpec& out, const std::string& canonical) {
    if (!parsed.value) return fail(parsed.problem.code, at, parsed.problem.message, parsed.problem.hint);
    out.value = static_cast<double>(*parsed.value);
    out.value_text = canonical;
    return true;
  }

  bool value(ExpectSpec& out) {
    const std::size_t at = here();
    const std::string text = peek();
    if (text.empty()) return fail(Code::BadExpectation, at, "a value is missing", kExample);
    if (next_ + 1 < tokens_.size())
      return fail(Code::BadExpectation, tokens_[next_ + 1].at,
                  fmt::format("`{}` after the value", printable(peek(1), 40)), "the line ends with the value");
    switch (models::info_of(out.left.metric).quantity) {
      case ExpectQuantity::Duration: {
        const auto v = parse_duration_real(text);
        return take(v, at, out, v.value ? write_duration_real(*v.value) : "");
      }
      case ExpectQuantity::Percent: {
        const auto v = parse_percent(text);
        return take(v, at, out, v.value ? write_percent(*v.value) : "");
      }
      case ExpectQuantity::Rate: {
        const auto v = parse_rate(text);
        return take(v, at, out, v.value ? write_rate(*v.value) : "");
      }
      case ExpectQuantity::Factor: {
        const auto v = parse_factor(text);
        return take(v, at, out, v.value ? write_number(*v.value) + "x" : "");
      }
      case ExpectQuantity::Cores: {
        const auto v = parse_cores(text);
        return take(v, at, out, v.value ? write_number(*v.value) : "");
      }
      case ExpectQuantity::Size: {
        const auto v = parse_size(text);
        return take(v, at, out, v.value ? write_size(*v.value) : "");
      }
      case ExpectQuantity::Count: {
        const auto v = parse_count(text);
        return take(v, at, out, v.value ? fmt::format("{}", *v.value) : "");
      }
    }
    return false;
  }

  Context& context_;
  NodeId at_;
  const models::ScenarioSpec& spec_;
  const Names& names_;
  std::vector<Token> tokens_;
  std::size_t next_ = 0;
  std::size_t right_at_ = 0;
};

}  // namespace

std::vector<ExpectSpec> Decoder::expectations(NodeId at, const models::ScenarioSpec& spec) {
  std::vector<ExpectSpec> out;
  if (!context_.is(at, NodeKind::Map)) {
    context_.wrong_type(at, "{Expectation}");
    return out;
  }
  Names names;
  for (const models::CandidateSpec& c : spec.candidates) names.candidates.push_back(c.name);
  std::set<std::string> entries;
  for (const models::TrafficSpec& t : spec.traffic) entries.insert(t.service + "/" + t.endpoint);
  names.entries.assign(entries.begin(), entries.end());
  for (const NodeId c : context_.tree.children(at)) {
    if (context_.node(c).kind != NodeKind::Scalar) {
      context_.wrong_type(c, "Text");
      continue;
    }
    ExpectSpec expect;
    expect.name = context_.tree.key_of(c);
    const NodeId key = context_.node(c).key;
    const Place place = context_.node(key == kNoNode ? c : key).place;
    expect.file = context_.report.sources.list[place.source].name;
    expect.line = place.line;
    if (LineParser(context_, c, spec, names).parse(expect)) out.push_back(std::move(expect));
  }
  return out;
}

}  // namespace reader
