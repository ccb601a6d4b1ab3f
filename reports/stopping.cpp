#include "reports/stopping.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include <fmt/format.h>

#include "reports/measure.h"
#include "reports/numbers.h"
#include "sim/experiment/stopping.h"

namespace reports {
namespace {

constexpr double kSecondsPerNanosecond = 1e-9;

struct Latency3 {
  const char* name;
  models::ExpectMetric metric;
  double q;
};
constexpr Latency3 kLatencies[] = {{"mean", models::ExpectMetric::Mean, 0.0},
                                   {"p50", models::ExpectMetric::Percentile, 0.50},
                                   {"p99", models::ExpectMetric::Percentile, 0.99}};

Section expectations_section(const std::vector<Expectation>& expectations) {
  Section section{"expectations",
                  "Expectations (pass: the whole interval is on the right side; fail: on the wrong side)",
                  {},
                  {},
                  false};
  Table table;
  table.key = "expectations";
  table.audience = Audience::Machine;
  for (const char* key : {"name", "candidate", "expectation", "verdict", "unit", "measured", "threshold", "level",
                          "reason", "file", "line"}) {
    table.columns.push_back({key, "", Unit::None, Show::MachineOnly});
  }
  for (const Expectation& e : expectations) {
    add_row(table, {text_cell(e.name), text_cell(e.candidate), text_cell(e.text), text_cell(name_of(e.verdict)),
                    text_cell(std::string(unit_name(e.unit))), number_cell(e.measured), exact_cell(e.threshold),
                    exact_cell(e.level), text_cell(e.reason), text_cell(e.file), count_cell(e.line)});
    section.paragraphs.push_back(
        fmt::format("{:<12} {}: {}; measured {}", name_of(e.verdict), e.name, e.text, measured_words(e)));
  }
  section.tables.push_back(std::move(table));
  return section;
}

Section precision_section(const std::vector<PrecisionRow>& rows, std::uint32_t most) {
  Section section{"precision", "Precision asked for (latency of all entries)", {}, {}, false};
  Table table;
  table.key = "precision";
  table.label_columns = 2;
  table.columns = {{"candidate", "candidate", Unit::None, Show::Always},
                   {"latency", "latency", Unit::None, Show::Always},
                   {"estimate", "estimate", Unit::Seconds, Show::Always},
                   {"wanted_half_width", "wanted ±", Unit::Seconds, Show::Always},
                   {"reached", "reached", Unit::None, Show::Always}};
  bool all = true;
  for (const PrecisionRow& row : rows) {
    all = all && row.reached;
    add_row(table, {text_cell(row.candidate), text_cell(row.latency), number_cell(row.estimate), exact_cell(row.wanted),
                    text_cell(row.reached ? "reached" : "not reached")});
  }
  if (!all) section.paragraphs.push_back(fmt::format("not reached within the budget of {} replications", most));
  section.tables.push_back(std::move(table));
  return section;
}

}  // namespace

double level_of_look(const models::ScenarioSpec& scenario) {
  const std::uint32_t most = std::max(scenario.run.max_replications, scenario.run.replications);
  return sim::level_of_each(scenario.run.confidence, sim::waves(scenario.run.replications, most).size());
}

std::vector<PrecisionRow> precision_of(const models::ScenarioSpec& scenario, const std::vector<Input>& inputs) {
  std::vector<PrecisionRow> rows;
  if (scenario.run.precision == sim::Precision{}) return rows;
  const double relative = scenario.run.precision.relative;
  const double absolute = scenario.run.precision.absolute * kSecondsPerNanosecond;
  for (const Input& input : inputs) {
    const View view(*input.catalog, *input.run, scenario.run.confidence);
    for (const Latency3& latency : kLatencies) {
      models::ExpectTerm term;
      term.metric = latency.metric;
      term.q = latency.q;
      const Estimate estimate = measure(view, term).estimate(scenario.run.confidence);
      if (!has_value(estimate)) continue;
      const double wanted = std::max(absolute, std::fabs(estimate.value) * relative / (1.0 + relative));
      const bool reached = estimate.certainty == Certainty::Interval &&
                           sim::precise_enough(estimate.value, estimate.half_width, {relative, absolute});
      rows.push_back({view.catalog().candidate, latency.name, estimate, wanted, reached});
    }
  }
  return rows;
}

Judged judged(const models::ScenarioSpec& scenario, const std::vector<Input>& inputs) {
  return {judge(scenario, inputs, level_of_look(scenario)), precision_of(scenario, inputs)};
}

bool Judged::failed() const {
  return std::any_of(expectations.begin(), expectations.end(),
                     [](const Expectation& e) { return e.verdict == Verdict::Fail; });
}

bool Judged::inconclusive() const {
  return std::any_of(expectations.begin(), expectations.end(),
                     [](const Expectation& e) { return e.verdict == Verdict::Inconclusive; }) ||
         std::any_of(precision.begin(), precision.end(), [](const PrecisionRow& row) { return !row.reached; });
}

bool enough(const models::ScenarioSpec& scenario, const std::vector<Input>& inputs) {
  return !judged(scenario, inputs).inconclusive();
}

void add_judgement(Report& report, const models::ScenarioSpec& scenario, const Judged& judged) {
  if (!judged.precision.empty()) {
    report.expectations.push_back(
        precision_section(judged.precision, std::max(scenario.run.max_replications, scenario.run.replications)));
  }
  if (!judged.expectations.empty()) report.expectations.push_back(expectations_section(judged.expectations));
  std::string silent;  // lines that compare with, or are about, a candidate that was not run
  for (const models::ExpectSpec& line : scenario.expect) {
    const bool spoke = std::any_of(judged.expectations.begin(), judged.expectations.end(),
                                   [&](const Expectation& e) { return e.name == line.name && e.line == line.line; });
    if (!spoke) silent += (silent.empty() ? "" : "; ") + line.name;
  }
  if (judged.expectations.empty() && !scenario.expect.empty()) {
    report.warnings.push_back("no expectation was judged: the candidates they name were not run");
  } else if (!silent.empty()) {
    report.warnings.push_back("not judged, as they name candidates that were not run: " + silent);
  }
}

}  // namespace reports
