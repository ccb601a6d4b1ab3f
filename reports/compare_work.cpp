#include <algorithm>

#include <fmt/format.h>

#include "reports/contest.h"
#include "reports/numbers.h"
#include "reports/sections.h"

namespace reports {
namespace {

using models::Results;

template <class Of>
double over_edges(const Results& results, Of of) {
  double sum = 0.0;
  for (const models::EdgeResults& edge : results.edges) {
    sum += static_cast<double>(of(edge));
  }
  return sum;
}

template <class Count>
double over_entries(const Results& results, Count count) {
  double sum = 0.0;
  for (const models::EntryResults& entry : results.entries) {
    sum += static_cast<double>(count(entry));
  }
  return sum;
}

// "db 91.9%": the highest share of workers or cores in use.
std::string busiest_service(const View& view) {
  double highest = 0.0;
  std::string name;
  const std::vector<models::ServiceResults>& services = view.merged().services;
  for (std::size_t s = 0; s < std::min(services.size(), view.catalog().services.size()); ++s) {
    const auto share = [](std::int64_t used, std::int64_t there) {
      return there > 0 ? static_cast<double>(used) / static_cast<double>(there) : 0.0;
    };
    const double busy = std::max(share(services[s].busy_worker_time, services[s].worker_time),
                                 share(services[s].cpu_time, services[s].cpu_capacity));
    if (busy > highest) {
      highest = busy;
      name = view.catalog().services[s].name;
    }
  }
  return name.empty()
             ? std::string()
             : fmt::format("{} {}%", name, screen_number(no_interval(highest, 0), Unit::Fraction, false, 1).main);
}

}  // namespace

Section attribution_side_by_side(const Contest& contest) {
  Section section{
      "comparison_attribution", "Where the p99 goes (all entries; % of the latency of successes)", {}, {}, false};
  Table table;
  table.key = "attribution_side_by_side";
  table.audience = Audience::Screen;
  for (const std::unique_ptr<View>& view : contest.views) {
    const Table one = attribution_section(*view).tables.front();
    if (table.columns.empty()) {
      table.columns = one.columns;
      table.columns[0].title = "candidate";
      table.columns.erase(table.columns.begin() + 1);
    }
    for (const std::vector<Cell>& row : one.rows) {
      if (row[0].text == view->whole().name && row[1].text == "p99") {
        std::vector<Cell> shares = row;
        shares[0] = text_cell(view->catalog().candidate);
        shares.erase(shares.begin() + 1);
        add_row(table, std::move(shares));
      }
    }
  }
  section.tables.push_back(std::move(table));
  return section;
}

Section resources_side_by_side(const Contest& contest) {
  Section section{"comparison_resources", "Resources", {}, {}, false};
  Table table;
  table.key = "resources_side_by_side";
  table.audience = Audience::Screen;
  table.columns = {{"candidate", "candidate", Unit::None, Show::Always}};
  for (const std::unique_ptr<View>& view : contest.views) {
    const Table one = resources_section(*view).tables.front();
    if (table.columns.size() == 1) {
      table.columns.insert(table.columns.end(), one.columns.begin(), one.columns.end());
    }
    std::vector<Cell> row = one.rows.front();
    row.insert(row.begin(), text_cell(view->catalog().candidate));
    add_row(table, std::move(row));
  }
  section.tables.push_back(std::move(table));
  return section;
}

// What the requests cost in calls and what became of them: the numbers behind a retry storm.
Section work_side_by_side(const Contest& contest) {
  Section section{"comparison_work",
                  "Requests, calls and wasted work (all entries, all calls; failures by Envoy flag)",
                  {},
                  {},
                  false};
  Table table;
  table.key = "work_side_by_side";
  table.audience = Audience::Screen;
  table.columns = {{"candidate", "candidate", Unit::None, Show::Always},
                   {"arrivals", "arrivals", Unit::PerSecond, Show::Detail},
                   {"goodput", "goodput", Unit::PerSecond, Show::Always},
                   {"degraded", "degraded", Unit::Fraction, Show::IfAny},
                   {"calls", "calls", Unit::PerSecond, Show::Always},
                   {"amplification", "tries", Unit::Factor, Show::Always, 3},
                   {"wasted", "cpu wasted", Unit::Fraction, Show::Always, 2},
                   {"late", "late answers", Unit::Count, Show::Always},
                   {"unfinished", "unfinished", Unit::Count, Show::Always}};
  Table failures;
  failures.key = "failures_side_by_side";
  failures.audience = Audience::Screen;
  failures.columns = {{"candidate", "candidate", Unit::None, Show::Always},
                      {"busiest", "busiest service", Unit::None, Show::Always},
                      {"requests", "failed requests", Unit::None, Show::Always},
                      {"calls", "failed calls between services", Unit::None, Show::Always}};
  for (const std::unique_ptr<View>& view : contest.views) {
    const Windows total = view->whole().total();
    const models::EntryWindow& merged = view->whole().merged->total;
    const auto arrivals = [](const Results& r) {
      return over_entries(r, [](const auto& e) { return e.total.arrivals; });
    };
    const auto answered = [](const Results& r) {
      return over_entries(r, [](const auto& e) { return successes(e.total); });
    };
    const auto calls = [](const Results& r) { return over_edges(r, [](const auto& e) { return e.whole_calls(); }); };
    const auto attempts = [](const Results& r) {
      return over_edges(r, [](const auto& e) { return e.whole_attempts(); });
    };
    const Table waste = waste_section(*view).tables.front();
    add_row(table,
            {text_cell(view->catalog().candidate), number_cell(view->rate(arrivals)), number_cell(view->rate(answered)),
             number_cell(ratio_of(degraded_ratios(total), view->confidence())), number_cell(view->rate(calls)),
             number_cell(view->ratio(attempts, calls)), waste.rows.front()[0],
             count_cell(static_cast<std::uint64_t>(
                 over_edges(view->merged(), [](const auto& e) { return e.late_responses; }))),
             count_cell(merged.unfinished)});
    models::OutcomeCounts outcomes{};
    std::uint64_t all_calls = 0;
    for (const models::EdgeResults& edge : view->merged().edges) {
      if (edge.leg == models::Leg::FromWaypoint) continue;
      all_calls += edge.calls;
      for (std::size_t o = 0; o < models::kOutcomes; ++o) {
        outcomes[o] += edge.outcomes[o];
      }
    }
    const auto or_none = [](std::string text) { return text_cell(text.empty() ? "none" : std::move(text)); };
    add_row(failures,
            {text_cell(view->catalog().candidate), text_cell(busiest_service(*view)),
             or_none(failure_shares(merged.outcomes, merged.arrivals)), or_none(failure_shares(outcomes, all_calls))});
  }
  section.tables.push_back(std::move(table));
  section.tables.push_back(std::move(failures));
  return section;
}

}  // namespace reports
