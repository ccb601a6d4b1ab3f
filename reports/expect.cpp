#include "reports/expect.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "reports/measure.h"
#include "reports/numbers.h"

namespace reports {
namespace {

using models::ExpectOperator;
using models::ExpectSpec;
using models::ExpectTerm;

Verdict side_of(ExpectOperator op, const Bounds& bounds, double threshold) {
  bool pass = false;
  bool fail = false;
  switch (op) {
    case ExpectOperator::Less:
      pass = bounds.hi < threshold;
      fail = bounds.lo >= threshold;
      break;
    case ExpectOperator::LessOrEqual:
      pass = bounds.hi <= threshold;
      fail = bounds.lo > threshold;
      break;
    case ExpectOperator::Greater:
      pass = bounds.lo > threshold;
      fail = bounds.hi <= threshold;
      break;
    case ExpectOperator::GreaterOrEqual:
      pass = bounds.lo >= threshold;
      fail = bounds.hi < threshold;
      break;
    case ExpectOperator::Equal: break;  // not a matter of intervals
  }
  return pass ? Verdict::Pass : fail ? Verdict::Fail : Verdict::Inconclusive;
}

// One line for one candidate, with what it measures.
struct Line {
  const ExpectSpec* spec = nullptr;
  Expectation result;
  Measure left;
  std::optional<Measure> right;
  double threshold = 0.0;

  [[nodiscard]] Estimate estimate(double level) const {
    return right ? difference(left, *right, level) : left.estimate(level);
  }
  [[nodiscard]] bool open_above() const { return !right && left.kind == Measure::Kind::AtLeast; }
  [[nodiscard]] Verdict verdict(double level) const {
    if (spec->op == ExpectOperator::Equal) return exactly();
    const Bounds bounds = bounds_of(estimate(level), open_above());
    return bounds.known ? side_of(spec->op, bounds, threshold) : Verdict::Inconclusive;
  }
  // Each replication for itself; decimal values of the file are met to nine digits.
  [[nodiscard]] Verdict exactly() const {
    std::vector<double> list = left.by_replication();
    if (right) {
      const std::vector<double> other = right->by_replication();
      list.resize(std::min(list.size(), other.size()));
      for (std::size_t r = 0; r < list.size(); ++r) list[r] -= other[r];
    }
    if (list.empty()) return Verdict::Inconclusive;
    const double slack = 1e-9 * std::fabs(threshold);
    const bool all =
        std::all_of(list.begin(), list.end(), [&](double value) { return std::fabs(value - threshold) <= slack; });
    return all ? Verdict::Pass : Verdict::Fail;
  }
};

std::string reason_of(const Line& line, std::size_t replications) {
  const Expectation& e = line.result;
  if (e.verdict == Verdict::Pass) return {};
  for (const Measure* m : {&line.left, line.right ? &*line.right : &line.left}) {
    if (m->kind == Measure::Kind::None) return "there is no value: " + m->reason;
  }
  if (e.measured.certainty == Certainty::Missing)
    return line.right ? "there is no difference to measure" : "there is no value: nothing was seen to measure";
  if (e.verdict == Verdict::Fail) {
    if (line.spec->op == ExpectOperator::Equal) return "not so in every replication";
    return line.open_above() ? "it was not over when the run ended" : "the whole interval is on the wrong side";
  }
  if (line.open_above()) return "it was not over in every replication";
  if (e.measured.certainty == Certainty::NoInterval) {
    return e.measured.needs > 0 ? fmt::format("there is no interval; {} replications would give one", e.measured.needs)
                                : "there is no interval";
  }
  std::string reason = fmt::format("the interval contains {}", spoken(exact(e.threshold), e.unit));
  const double away = std::fabs(e.measured.value - e.threshold);
  if (e.measured.certainty == Certainty::Interval && away > 0.0) {
    const double factor = e.measured.half_width / away;
    const double needed = std::ceil(static_cast<double>(replications) * factor * factor);
    if (needed <= 1e5) reason += fmt::format("; about {:.0f} replications would decide", needed);
  }
  return reason;
}

// Holm: the strictest level first; whoever is decided there lets the others have the next.
void decide(std::vector<Line>& lines, double level) {
  std::vector<Line*> open;
  open.reserve(lines.size());
  for (Line& line : lines) open.push_back(&line);
  while (!open.empty()) {
    const double each = 1.0 - (1.0 - level) / static_cast<double>(open.size());
    std::vector<Line*> undecided;
    for (Line* line : open) {
      line->result.verdict = line->verdict(each);
      line->result.level = each;
      line->result.measured = line->estimate(each);
      if (line->result.verdict == Verdict::Inconclusive) undecided.push_back(line);
    }
    if (undecided.size() == open.size()) break;
    open = std::move(undecided);
  }
}

}  // namespace

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::Pass: return "pass";
    case Verdict::Fail: return "fail";
    case Verdict::Inconclusive: return "inconclusive";
  }
  return "";
}

std::vector<Expectation> judge(const models::ScenarioSpec& scenario, const std::vector<Input>& inputs, double level) {
  std::vector<std::unique_ptr<View>> views;
  if (!scenario.expect.empty()) {
    for (const Input& input : inputs) views.push_back(std::make_unique<View>(*input.catalog, *input.run, level));
  }
  const auto view_of = [&](const std::string& candidate) -> const View* {
    for (const auto& view : views) {
      if (view->catalog().candidate == candidate) return view.get();
    }
    return nullptr;
  };
  std::vector<Line> lines;
  for (const ExpectSpec& spec : scenario.expect) {
    for (const auto& view : views) {
      const std::string& candidate = view->catalog().candidate;
      if (!spec.left.candidate.empty() && spec.left.candidate != candidate) continue;
      const View* other = spec.right ? view_of(spec.right->candidate) : nullptr;
      if (spec.right) {
        ExpectTerm left = spec.left;
        left.candidate = candidate;
        if (other == nullptr || left == *spec.right) continue;  // not run; or itself
      }
      Line& line = lines.emplace_back();
      line.spec = &spec;
      line.left = measure(*view, spec.left);
      if (other != nullptr) line.right = measure(*other, *spec.right);
      line.threshold = in_report_units(spec.left.metric, spec.value);
      line.result.name = spec.name;
      line.result.candidate = candidate;
      line.result.text = models::text_of(spec, candidate);
      line.result.threshold = line.threshold;
      line.result.unit = unit_of(spec.left.metric);
      line.result.file = spec.file;
      line.result.line = spec.line;
    }
  }
  decide(lines, level);
  std::vector<Expectation> results;
  for (Line& line : lines) {
    line.result.reason = reason_of(line, views.front()->replications().size());
    results.push_back(std::move(line.result));
  }
  return results;
}

std::string measured_words(const Expectation& expectation) {
  std::string words = has_value(expectation.measured) ? spoken(expectation.measured, expectation.unit) : "";
  if (!expectation.reason.empty()) words += (words.empty() ? "" : "; ") + expectation.reason;
  return words;
}

}  // namespace reports
