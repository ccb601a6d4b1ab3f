#include "reports/baseline.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/measure.h"
#include "reports/numbers.h"
#include "sim/statistics/confidence.h"

namespace reports {
namespace {

using Json = nlohmann::ordered_json;

struct Figure {
  const char* key;
  models::ExpectMetric metric;
  double q;
};
constexpr Figure kFigures[] = {
    {"success", models::ExpectMetric::Success, 0},   {"goodput", models::ExpectMetric::Goodput, 0},
    {"mean", models::ExpectMetric::Mean, 0},         {"p50", models::ExpectMetric::Percentile, 0.50},
    {"p99", models::ExpectMetric::Percentile, 0.99}, {"amplification", models::ExpectMetric::Amplification, 0},
    {"vcpu", models::ExpectMetric::Vcpu, 0}};

const Figure* figure_of(const std::string& key) {
  const auto known =
      std::find_if(std::begin(kFigures), std::end(kFigures), [&](const Figure& f) { return key == f.key; });
  return known == std::end(kFigures) ? nullptr : known;
}

Measure measure_figure(const View& view, const Figure& figure) {
  models::ExpectTerm term;
  term.metric = figure.metric;
  term.q = figure.q;
  return measure(view, term);
}

double margin_of(const Figure& figure, double margin, double value) {
  return unit_of(figure.metric) == Unit::Fraction ? margin / 10.0 : margin * std::fabs(value);
}

// One figure on both sides.
struct Comparison {
  std::string candidate;
  const Figure* figure = nullptr;
  Measure now;
  Estimate then;
  double confidence = 0.95;  // of `then`
  double replications = 10;
  double margin = 0.0;
  Verdict verdict = Verdict::Inconclusive;
  Bounds difference;

  // The half-width of then at another level, by Student's t with as few degrees of freedom as a section's has.
  [[nodiscard]] double widened(double level) const {
    const double df = std::clamp(replications - 1.0, 1.0, 9.0);
    return then.half_width * sim::student_t_quantile(0.5 + level / 2.0, df) /
           sim::student_t_quantile(0.5 + confidence / 2.0, df);
  }
  void judge(double level) {
    const Estimate estimate = now.estimate(level);
    const Bounds a = bounds_of(estimate);
    const Bounds b = bounds_of(then);
    if (!a.known || !b.known) return;
    if (estimate.certainty == Certainty::Interval && then.certainty == Certainty::Interval) {
      const double other = widened(level);
      const double half = std::sqrt(estimate.half_width * estimate.half_width + other * other);
      difference = {true, estimate.value - then.value - half, estimate.value - then.value + half};
    } else {
      difference = {true, a.lo - b.hi, a.hi - b.lo};
    }
    verdict = Verdict::Inconclusive;
    if (difference.lo >= -margin && difference.hi <= margin) verdict = Verdict::Pass;
    if (difference.lo > margin || difference.hi < -margin) verdict = Verdict::Fail;
  }
};

void judge_all(std::vector<Comparison>& comparisons, double confidence) {
  std::vector<Comparison*> open;
  open.reserve(comparisons.size());
  for (Comparison& one : comparisons) open.push_back(&one);
  while (!open.empty()) {
    const double level = 1.0 - (1.0 - confidence) / static_cast<double>(open.size());
    std::vector<Comparison*> undecided;
    for (Comparison* one : open) {
      one->judge(level);
      if (one->verdict == Verdict::Inconclusive) undecided.push_back(one);
    }
    if (undecided.size() == open.size()) return;
    open = std::move(undecided);
  }
}

std::string words_of(const Comparison& one) {
  const Unit unit = unit_of(one.figure->metric);
  if (!one.difference.known) return fmt::format("{} has no interval", one.figure->key);
  const double middle = (one.difference.lo + one.difference.hi) / 2.0;
  return fmt::format("{} differs by {}, margin {}", one.figure->key,
                     spoken(interval(middle, one.difference.hi - middle), unit, true), spoken(exact(one.margin), unit));
}

std::string fingerprint_of(const Input& input) { return input.run->merged.fingerprint.hex(); }

}  // namespace

Baseline make_baseline(const models::ScenarioSpec& scenario, const std::vector<Input>& inputs, std::string digest,
                       double margin) {
  Baseline baseline;
  baseline.scenario = std::move(digest);
  baseline.replications = inputs.front().run->replications.size();
  baseline.confidence = scenario.run.confidence;
  baseline.margin = margin;
  for (const Input& input : inputs) {
    const View view(*input.catalog, *input.run, scenario.run.confidence);
    BaselineCandidate candidate{input.catalog->candidate, fingerprint_of(input), {}};
    for (const Figure& figure : kFigures) {
      const Estimate estimate = measure_figure(view, figure).estimate(scenario.run.confidence);
      if (bounds_of(estimate).known) candidate.figures.push_back({figure.key, estimate});
    }
    baseline.candidates.push_back(std::move(candidate));
  }
  return baseline;
}

std::string write_baseline(const Baseline& baseline) {
  const auto quoted = [](const std::string& text) {
    return Json(text).dump(-1, ' ', true, Json::error_handler_t::replace);
  };
  std::string out = "{\n";
  out += fmt::format(" \"meshsimBaseline\": 1,\n \"scenario\": {},\n", quoted(baseline.scenario));
  out += fmt::format(" \"replications\": {},\n \"confidence\": {},\n \"margin\": {},\n \"candidates\": {{",
                     baseline.replications, canonical_text(baseline.confidence), canonical_text(baseline.margin));
  const char* between = "\n";
  for (const BaselineCandidate& candidate : baseline.candidates) {
    out += fmt::format("{}  {}: {{\n   \"fingerprint\": {}", between, quoted(candidate.name),
                       quoted(candidate.fingerprint));
    for (const BaselineFigure& figure : candidate.figures) {
      const Estimate& e = figure.estimate;
      const std::string value = canonical_text(e.value);
      out += fmt::format(",\n   \"{}\": ", figure.key);
      if (e.certainty == Certainty::UpperBound) {
        out += fmt::format("{{\"atMost\": {}}}", value);
      } else if (e.certainty == Certainty::LowerBound) {
        out += fmt::format("{{\"atLeast\": {}}}", value);
      } else {
        out += fmt::format("{{\"value\": {}, \"halfWidth\": {}}}", value, canonical_text(e.half_width));
      }
    }
    out += "\n  }";
    between = ",\n";
  }
  return out + "\n }\n}\n";
}

std::optional<Baseline> read_baseline(std::string_view text, std::string& problem) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) {
    problem = "it is not JSON";
    return std::nullopt;
  }
  try {
    if (json.at("meshsimBaseline") != 1) {
      problem = "it is not a baseline of this program";
      return std::nullopt;
    }
    Baseline baseline;
    baseline.scenario = json.at("scenario").get<std::string>();
    baseline.replications = json.at("replications").get<std::uint64_t>();
    baseline.confidence = json.at("confidence").get<double>();
    baseline.margin = json.at("margin").get<double>();
    const auto within = [](double value, double least, double most) { return value >= least && value <= most; };
    if (!within(baseline.confidence, 0.5, 0.9999) || !within(baseline.margin, 0.0, 1.0)) {
      problem = "its confidence or its margin is out of bounds";
      return std::nullopt;
    }
    for (const auto& [name, one] : json.at("candidates").items()) {
      BaselineCandidate candidate{name, one.at("fingerprint").get<std::string>(), {}};
      for (const auto& [key, value] : one.items()) {
        if (key == "fingerprint") continue;
        if (figure_of(key) == nullptr) {
          problem = fmt::format("it has an unknown figure {}", key);
          return std::nullopt;
        }
        Estimate estimate;
        if (value.contains("atMost")) {
          estimate = upper_bound(value.at("atMost").get<double>());
        } else if (value.contains("atLeast")) {
          estimate = lower_bound(value.at("atLeast").get<double>());
        } else {
          const double half = value.at("halfWidth").get<double>();
          estimate =
              half > 0.0 ? interval(value.at("value").get<double>(), half) : exact(value.at("value").get<double>());
          if (half < 0.0) problem = "a half-width is negative";
        }
        candidate.figures.push_back({key, estimate});
      }
      baseline.candidates.push_back(std::move(candidate));
    }
    if (!problem.empty()) return std::nullopt;
    return baseline;
  } catch (const std::exception&) {  // a key is missing or of another type
    problem = "a key is missing, or its value has the wrong type";
    return std::nullopt;
  }
}

std::vector<CheckLine> compare_baseline(const Baseline& baseline, const models::ScenarioSpec& scenario,
                                        const std::vector<Input>& inputs, const std::string& file) {
  std::vector<CheckLine> lines;
  const auto add = [&](const std::string& candidate, Verdict verdict, std::string detail) {
    CheckLine& line = lines.emplace_back();
    line.rule = CheckLine::Rule::Baseline;
    line.name = "as the baseline";
    line.candidate = candidate;
    line.text = fmt::format("{} is within {}% of its baseline", candidate, canonical_text(baseline.margin * 100.0));
    line.detail = std::move(detail);
    line.verdict = verdict;
    line.file = file;
    return lines.size() - 1;
  };
  std::vector<std::unique_ptr<View>> views;
  std::vector<Comparison> comparisons;
  std::set<std::string> seen;
  std::vector<std::size_t> compared;  // lines
  for (const Input& input : inputs) {
    const std::string& name = input.catalog->candidate;
    seen.insert(name);
    const auto known = std::find_if(baseline.candidates.begin(), baseline.candidates.end(),
                                    [&](const BaselineCandidate& c) { return c.name == name; });
    if (known == baseline.candidates.end()) {
      add(name, Verdict::Fail, "not in the baseline");
      continue;
    }
    if (known->fingerprint == fingerprint_of(input) && input.run->replications.size() == baseline.replications) {
      add(name, Verdict::Pass, "the same trajectory");
      continue;
    }
    compared.push_back(add(name, Verdict::Inconclusive, ""));
    const View& view = *views.emplace_back(std::make_unique<View>(*input.catalog, *input.run, scenario.run.confidence));
    for (const BaselineFigure& figure : known->figures) {
      Comparison& one = comparisons.emplace_back();
      one.candidate = name;
      one.figure = figure_of(figure.key);
      one.now = measure_figure(view, *one.figure);
      one.then = figure.estimate;
      one.confidence = baseline.confidence;
      one.replications = static_cast<double>(baseline.replications);
      one.margin = margin_of(*one.figure, baseline.margin, figure.estimate.value);
    }
  }
  judge_all(comparisons, scenario.run.confidence);
  for (const std::size_t index : compared) {
    CheckLine& line = lines[index];
    std::size_t count = 0;
    bool all = true;
    std::string words;
    for (const Comparison& one : comparisons) {
      if (one.candidate != line.candidate) continue;
      ++count;
      all = all && one.verdict == Verdict::Pass;
      if (one.verdict == Verdict::Fail) line.verdict = Verdict::Fail;
      if (one.verdict != Verdict::Pass)
        words += fmt::format("{}{} ({})", words.empty() ? "" : "; ", words_of(one),
                             one.verdict == Verdict::Fail ? "different" : "inconclusive");
    }
    if (all && count > 0) line.verdict = Verdict::Pass;
    line.detail = count == 0 ? "another trajectory, and the baseline has no figures to compare"
                  : all      ? fmt::format("another trajectory, all {} figures equivalent", count)
                             : "another trajectory; " + words;
  }
  for (const BaselineCandidate& candidate : baseline.candidates) {
    if (seen.count(candidate.name) == 0) add(candidate.name, Verdict::Fail, "in the baseline, but not in the scenario");
  }
  return lines;
}

}  // namespace reports
