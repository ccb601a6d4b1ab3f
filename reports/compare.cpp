#include "reports/compare.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "reports/card.h"
#include "reports/contest.h"
#include "reports/numbers.h"
#include "reports/sections.h"

namespace reports {
namespace {

using models::Results;

constexpr double kSecondsPerDay = 86'400.0;

// One thing that is compared: how to estimate it for one candidate and how it differs between two.
enum class Metric : std::uint8_t { Success, FailedPerMillion, Mean, P50, P90, P99 };
struct MetricInfo {
  Metric metric;
  const char* key;
  const char* title;
  Unit unit;
  double q;
};
constexpr MetricInfo kMetrics[] = {{Metric::Success, "success", "success", Unit::Fraction, 0.0},
                                   {Metric::FailedPerMillion, "failed_per_million", "failed", Unit::PerMillion, 0.0},
                                   {Metric::Mean, "mean", "mean", Unit::Seconds, 0.0},
                                   {Metric::P50, "p50", "p50", Unit::Seconds, 0.50},
                                   {Metric::P90, "p90", "p90", Unit::Seconds, 0.90},
                                   {Metric::P99, "p99", "p99", Unit::Seconds, 0.99}};

Estimate estimate_of(const MetricInfo& info, const Windows& windows, double confidence) {
  switch (info.metric) {
    case Metric::Success: return success_of(windows, confidence);
    case Metric::FailedPerMillion: return scaled(proportion_of(failure_ratios(windows), confidence), kMega);
    case Metric::Mean: return ratio_of(latency_ratios(windows), confidence);
    case Metric::P50:
    case Metric::P90:
    case Metric::P99: return percentile_of(latencies(windows), info.q, confidence);
  }
  return missing();
}

Difference difference_between(const MetricInfo& info, const Windows& baseline, const Windows& candidate,
                              double confidence) {
  switch (info.metric) {
    case Metric::Success:
    case Metric::FailedPerMillion: {
      if (!any_failure(baseline) && !any_failure(candidate)) {
        return {missing(), 0.0};  // 0 +- 0 would claim what was not measured; the bounds stand in the rows above
      }
      const bool success = info.metric == Metric::Success;
      Difference difference =
          ratio_difference(success ? success_ratios(baseline) : failure_ratios(baseline),
                           success ? success_ratios(candidate) : failure_ratios(candidate), confidence);
      difference.estimate = scaled(difference.estimate, success ? 1.0 : kMega);
      return difference;
    }
    case Metric::Mean: return ratio_difference(latency_ratios(baseline), latency_ratios(candidate), confidence);
    case Metric::P50:
    case Metric::P90:
    case Metric::P99: return percentile_difference(latencies(baseline), latencies(candidate), info.q, confidence);
  }
  return {};
}

std::string factor_text(double reduction) {
  if (!(reduction > 0.0)) {
    return "-";
  }
  return reduction < 9.95 ? fmt::format("÷{:.1f}", reduction)
                          : "÷" + grouped(static_cast<std::uint64_t>(std::llround(reduction)));
}

// Rows of one subject (an entry, a window): every candidate, then the differences and how much pairing helped.
void add_side_by_side(Table& screen, Table& machine, const Contest& contest, const std::string& subject,
                      const std::vector<Windows>& windows) {
  const double confidence = contest.base().confidence();
  std::vector<int> decimals;  // by metric: values and differences without an interval are read together
  for (const MetricInfo& info : kMetrics) {
    int most = -1;
    for (std::size_t c = 0; c < windows.size(); ++c) {
      const Estimate baseline = estimate_of(info, windows[contest.baseline], confidence);
      const Estimate difference = difference_between(info, windows[contest.baseline], windows[c], confidence).estimate;
      most =
          std::max(most, common_decimals(baseline, estimate_of(info, windows[c], confidence), difference, info.unit));
    }
    decimals.push_back(most);
  }
  for (std::size_t c = 0; c < windows.size(); ++c) {
    std::vector<Cell> row{text_cell(c == 0 ? subject : ""), text_cell(contest.name(c))};
    for (std::size_t m = 0; m < std::size(kMetrics); ++m) {
      row.push_back(number_cell(estimate_of(kMetrics[m], windows[c], confidence), decimals[m]));
    }
    add_row(screen, std::move(row));
  }
  for (std::size_t c = 0; c < windows.size(); ++c) {
    if (c == contest.baseline) {
      continue;
    }
    std::vector<Cell> row{text_cell(""),
                          text_cell(fmt::format("{} - {}", contest.name(c), contest.name(contest.baseline)))};
    std::vector<Cell> factors{text_cell(""), text_cell("  variance")};
    for (std::size_t m = 0; m < std::size(kMetrics); ++m) {
      const MetricInfo& info = kMetrics[m];
      const Difference difference = difference_between(info, windows[contest.baseline], windows[c], confidence);
      row.push_back(difference_cell(difference.estimate, decimals[m]));
      factors.push_back(text_cell(factor_text(difference.variance_reduction)));
      add_row(machine, {text_cell(subject), text_cell(info.key), text_cell(std::string(unit_name(info.unit))),
                        text_cell(contest.name(contest.baseline)), text_cell(contest.name(c)),
                        number_cell(estimate_of(info, windows[contest.baseline], confidence)),
                        number_cell(estimate_of(info, windows[c], confidence)), difference_cell(difference.estimate),
                        difference.variance_reduction > 0.0 ? exact_cell(difference.variance_reduction) : Cell{}});
    }
    add_row(screen, std::move(row));
    if (std::any_of(factors.begin() + 2, factors.end(), [](const Cell& cell) { return cell.text != "-"; })) {
      add_row(screen, std::move(factors));
    }
  }
}

Table screen_table(const char* key, const char* subject) {
  Table table;
  table.key = key;
  table.audience = Audience::Screen;
  table.label_columns = 2;
  table.columns = {{"subject", subject, Unit::None, Show::Always},
                   {"candidate", "candidate", Unit::None, Show::Always}};
  for (const MetricInfo& info : kMetrics) {
    table.columns.push_back({info.key, info.title, info.unit,
                             info.metric == Metric::P90 || info.metric == Metric::Mean ? Show::Detail : Show::Always});
  }
  return table;
}

Table machine_table(const char* key, const char* subject) {
  Table table;
  table.key = key;
  table.audience = Audience::Machine;
  table.columns = {{subject, "", Unit::None, Show::MachineOnly},
                   {"metric", "", Unit::None, Show::MachineOnly},
                   {"unit", "", Unit::None, Show::MachineOnly},
                   {"baseline", "", Unit::None, Show::MachineOnly},
                   {"candidate", "", Unit::None, Show::MachineOnly},
                   {"baseline_value", "", Unit::None, Show::MachineOnly},
                   {"value", "", Unit::None, Show::MachineOnly},
                   {"difference", "", Unit::None, Show::MachineOnly},
                   {"variance_reduction", "", Unit::None, Show::MachineOnly}};
  return table;
}

// The screen keeps the rows of the first three entry points; of windows as many as fit.
constexpr std::size_t kSubjectsShown = 3;
constexpr std::size_t kWindowRowsShown = 24;

Section entries_side_by_side(const Contest& contest) {
  Section section{"comparison",
                  "Side by side (latency of successes; differences by replication, variance ÷ what pairing gained)",
                  {},
                  {},
                  false};
  Table screen = screen_table("entries_side_by_side", "entry");
  Table machine = machine_table("comparison", "entry");
  for (std::size_t e = 0; e < contest.base().entries().size(); ++e) {
    std::vector<Windows> windows;
    for (const std::unique_ptr<View>& view : contest.views) {
      windows.push_back(e < view->entries().size() ? view->entries()[e].total() : Windows{});
    }
    add_side_by_side(screen, machine, contest, contest.base().entries()[e].name, windows);
    screen.fold = e < kSubjectsShown ? screen.rows.size() : screen.fold;
  }
  section.tables.push_back(std::move(screen));
  section.tables.push_back(std::move(machine));
  return section;
}

Section windows_side_by_side(const Contest& contest) {
  Section section{"comparison_windows", "Before, during and after (all entries)", {}, {}, false};
  Table screen = screen_table("windows_side_by_side", "window");
  Table machine = machine_table("comparison_windows", "window");
  const std::vector<models::Catalog::Window>& known = contest.base().catalog().windows;
  for (std::size_t w = 0; w < known.size(); ++w) {
    std::vector<Windows> windows;
    for (const std::unique_ptr<View>& view : contest.views) {
      windows.push_back(view->whole().window(w));
    }
    add_side_by_side(screen, machine, contest, known[w].name, windows);
    screen.fold = w < kSubjectsShown || screen.rows.size() <= kWindowRowsShown ? screen.rows.size() : screen.fold;
  }
  section.tables.push_back(std::move(screen));
  section.tables.push_back(std::move(machine));
  return section;
}

std::vector<double> failures_per_day(const View& view) {
  std::vector<double> values;
  const Windows total = view.whole().total();
  for (std::size_t r = 0; r < total.size(); ++r) {
    values.push_back(view.seconds(r) > 0.0 ? static_cast<double>(failures(*total[r])) / view.seconds(r) * kSecondsPerDay
                                           : 0.0);
  }
  return values;
}

Payoff payoff_between(const View& baseline, const View& candidate) {
  const double confidence = baseline.confidence();
  const Windows before = baseline.whole().total();
  const Windows after = candidate.whole().total();
  Payoff payoff;
  payoff.candidate = candidate.catalog().candidate;
  payoff.baseline = baseline.catalog().candidate;
  payoff.p50 = percentile_difference(latencies(before), latencies(after), 0.50, confidence).estimate;
  payoff.p99 = percentile_difference(latencies(before), latencies(after), 0.99, confidence).estimate;
  payoff.cores =
      scaled(difference_of(baseline.per_second(all_cpu(baseline)), candidate.per_second(all_cpu(candidate)), confidence)
                 .estimate,
             1e-9);
  payoff.gigabytes = exact((megabytes(candidate.catalog()) - megabytes(baseline.catalog())) * 1e-3);
  payoff.success_before = success_of(before, confidence);
  payoff.success_after = success_of(after, confidence);
  const auto decimals = [&](double q, const Estimate& difference) {
    return common_decimals(percentile_of(latencies(before), q, confidence),
                           percentile_of(latencies(after), q, confidence), difference, Unit::Seconds);
  };
  payoff.p50_decimals = decimals(0.50, payoff.p50);
  payoff.p99_decimals = decimals(0.99, payoff.p99);
  payoff.failures_seen = any_failure(before) || any_failure(after);
  if (payoff.failures_seen) {
    // baseline - candidate: what is avoided is positive
    payoff.avoided_per_million =
        scaled(ratio_difference(failure_ratios(after), failure_ratios(before), confidence).estimate, kMega);
    payoff.avoided_per_day =
        difference_of(failures_per_day(candidate), failures_per_day(baseline), confidence).estimate;
  } else {
    const Estimate a = proportion_of(failure_ratios(before), confidence);
    const Estimate b = proportion_of(failure_ratios(after), confidence);
    payoff.avoided_per_million = scaled(a.value > b.value ? a : b, kMega);
  }
  return payoff;
}

Section payoff_section(const std::vector<Payoff>& payoffs) {
  Section section{"payoff",
                  "What is paid, and which failed requests are avoided, against " + payoffs.front().baseline,
                  {},
                  {},
                  false};
  Table table;
  table.key = "payoff";
  table.columns = {{"candidate", "candidate", Unit::None, Show::Always},
                   {"p50", "p50", Unit::Seconds, Show::Always},
                   {"p99", "p99", Unit::Seconds, Show::Always},
                   {"vcpu", "", Unit::Cores, Show::Always, 3},
                   {"gigabytes", "", Unit::Gigabytes, Show::Always},
                   {"avoided_per_million", "avoids", Unit::PerMillion, Show::Always},
                   {"avoided_per_day", "per day", Unit::Count, Show::Always}};
  for (const Payoff& p : payoffs) {
    const bool bound = p.avoided_per_million.certainty == Certainty::UpperBound;
    add_row(table, {text_cell(p.candidate), difference_cell(p.p50, p.p50_decimals),
                    difference_cell(p.p99, p.p99_decimals), difference_cell(p.cores), difference_cell(p.gigabytes),
                    bound ? number_cell(p.avoided_per_million) : difference_cell(p.avoided_per_million),
                    difference_cell(p.avoided_per_day)});
  }
  section.tables.push_back(std::move(table));
  return section;
}

void note_closed_loops(Report& report, const Contest& contest) {
  if (!contest.base().whole().closed_loop &&
      std::none_of(contest.base().entries().begin(), contest.base().entries().end(),
                   [](const EntryView& entry) { return entry.closed_loop; })) {
    return;
  }
  std::string counts;
  for (const std::unique_ptr<View>& view : contest.views) {
    counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", view->catalog().candidate,
                          grouped(view->whole().merged->total.arrivals));
  }
  report.warnings.push_back(
      "closed-loop users ask less of a slower system, so requests are not paired one to one: " + counts + " requests");
}

}  // namespace

bool any_failure(const Windows& windows) {
  return std::any_of(windows.begin(), windows.end(),
                     [](const models::EntryWindow* window) { return failures(*window) > 0; });
}

View::Value all_cpu(const View& view) {
  return [library = library_cpu(view)](const Results& results) {
    const models::ResourceResults& r = results.resources;
    return static_cast<double>(r.app_cpu + r.proxy_client_cpu + r.proxy_server_cpu) + library(results);
  };
}

double megabytes(const models::Catalog& catalog) { return catalog.app_memory_mb + catalog.proxy_memory_mb; }

Payoff payoff_of(const models::ScenarioSpec& scenario, const Input& baseline, const Input& candidate) {
  const View before(*baseline.catalog, *baseline.run, scenario.run.confidence);
  const View after(*candidate.catalog, *candidate.run, scenario.run.confidence);
  return payoff_between(before, after);
}

Report build_compare(const models::ScenarioSpec& scenario, const std::vector<Input>& inputs, std::size_t baseline,
                     const ReportOptions& options) {
  Report report = build_header(scenario, inputs);
  report.kind = Report::Kind::Compare;
  report.header.push_back({"baseline", "baseline", text_cell(inputs[baseline].catalog->candidate), Unit::None});
  Contest contest;
  contest.baseline = baseline;
  for (const Input& input : inputs) {
    report.candidates.push_back(build_candidate(scenario, input));
    contest.views.push_back(std::make_unique<View>(*input.catalog, *input.run, scenario.run.confidence));
  }
  note_closed_loops(report, contest);
  report.comparison = {entries_side_by_side(contest),  windows_side_by_side(contest),
                       recovery_side_by_side(contest), attribution_side_by_side(contest),
                       work_side_by_side(contest),     propagation_side_by_side(contest),
                       coverage_side_by_side(contest), resources_side_by_side(contest)};
  std::vector<Payoff> payoffs;
  for (std::size_t c = 0; c < inputs.size(); ++c) {
    if (c != baseline) {
      payoffs.push_back(payoff_between(contest.base(), *contest.views[c]));
      report.verdict.push_back(verdict(payoffs.back()));
    }
  }
  if (!payoffs.empty()) {
    report.comparison.push_back(payoff_section(payoffs));
    report.comparison.push_back(
        card_section(contest, payoffs, options.prices == Prices{} ? scenario.prices : options.prices));
  }
  return report;
}

}  // namespace reports
