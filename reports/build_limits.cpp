// What limits, budgets and outlier detection did: see sections.h.
#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reports/numbers.h"
#include "reports/sections.h"

namespace reports {
namespace {

using models::Outcome;
using models::Results;

double as_double(std::uint64_t value) { return static_cast<double>(value); }
double as_double(std::int64_t value) { return static_cast<double>(value); }

// (caller, callee) of every row of Results::clusters, which are in the order of the names.
std::vector<std::pair<std::string, std::string>> clusters_of(const models::Catalog& catalog) {
  std::set<std::pair<std::string, std::string>> pairs;
  for (const models::Catalog::Edge& edge : catalog.edges) {
    pairs.emplace(edge.caller, edge.callee.substr(0, edge.callee.find('/')));
  }
  return {pairs.begin(), pairs.end()};
}

Table limits_table(const View& view) {
  Table table;
  table.key = "limits";
  table.label_columns = 2;
  table.columns = {{"caller", "caller", Unit::None, Show::Always},
                   {"callee", "callee", Unit::None, Show::Always},
                   {"refused_share", "calls refused (UO)", Unit::Fraction, Show::Always, 2},
                   {"waited_share", "tries that waited", Unit::Fraction, Show::Always, 2},
                   {"mean_wait", "mean wait", Unit::Seconds, Show::Always},
                   {"retries_refused_share", "retries refused per call", Unit::Fraction, Show::Always, 2},
                   {"refused", "refused", Unit::Count, Show::MachineOnly},
                   {"waited", "waited", Unit::Count, Show::MachineOnly},
                   {"retries_refused", "retries refused", Unit::Count, Show::MachineOnly}};
  constexpr auto kRefused = static_cast<std::size_t>(Outcome::PoolOverflow);
  const std::vector<models::Catalog::Edge>& edges = view.catalog().edges;
  const std::vector<models::EdgeResults>& merged = view.merged().edges;
  for (std::size_t e = 0; e < std::min(edges.size(), merged.size()); ++e) {
    const models::EdgeResults& edge = merged[e];
    if (edge.outcomes[kRefused] == 0 && edge.waited == 0 && edge.retries_refused == 0) continue;
    const auto calls = [e](const Results& r) { return as_double(r.edges[e].calls); };
    add_row(table,
            {text_cell(edges[e].caller), text_cell(edges[e].callee),
             number_cell(view.ratio([e](const Results& r) { return as_double(r.edges[e].outcomes[kRefused]); }, calls)),
             number_cell(view.ratio([e](const Results& r) { return as_double(r.edges[e].waited); },
                                    [e](const Results& r) { return as_double(r.edges[e].attempts); })),
             edge.waited == 0
                 ? Cell{}
                 : number_cell(scaled(view.ratio([e](const Results& r) { return as_double(r.edges[e].waiting_time); },
                                                 [e](const Results& r) { return as_double(r.edges[e].waited); }),
                                      1e-9)),
             number_cell(view.ratio([e](const Results& r) { return as_double(r.edges[e].retries_refused); }, calls)),
             count_cell(edge.outcomes[kRefused]), count_cell(edge.waited), count_cell(edge.retries_refused)});
  }
  return table;
}

Table ejections_table(const View& view) {
  Table table;
  table.key = "ejections";
  table.title = "Replicas left out, in the views of all clients";
  table.label_columns = 2;
  table.columns = {{"caller", "caller", Unit::None, Show::Always},
                   {"callee", "callee", Unit::None, Show::Always},
                   {"ejection_rate", "ejections", Unit::PerSecond, Show::Always},
                   {"ejected_share", "left out", Unit::Fraction, Show::Always, 2},
                   {"ejections", "ejections", Unit::Count, Show::Always},
                   {"not_allowed", "not allowed", Unit::Count, Show::Always},
                   {"panic_picks", "picks in panic", Unit::Count, Show::Always},
                   {"by_consecutive_5xx", "5xx in a row", Unit::Count, Show::Detail},
                   {"by_consecutive_gateway", "gateway errors in a row", Unit::Count, Show::Detail},
                   {"by_consecutive_local", "local failures in a row", Unit::Count, Show::Detail},
                   {"by_success_rate", "success rate", Unit::Count, Show::Detail},
                   {"by_failure_percentage", "failure percentage", Unit::Count, Show::Detail},
                   {"by_failure_accrual", "failure accrual", Unit::Count, Show::Detail}};
  const std::vector<models::ClusterResults>& merged = view.merged().clusters;
  const auto names = clusters_of(view.catalog());
  for (std::size_t c = 0; c < std::min(names.size(), merged.size()); ++c) {
    const models::ClusterResults& cluster = merged[c];
    if (cluster.ejections == 0 && cluster.refused == 0 && cluster.panics == 0) continue;
    std::vector<Cell> row{
        text_cell(names[c].first),
        text_cell(names[c].second),
        number_cell(view.rate([c](const Results& r) { return as_double(r.clusters[c].ejections); })),
        number_cell(view.ratio([c](const Results& r) { return as_double(r.clusters[c].ejected_time); },
                               [c](const Results& r) { return as_double(r.clusters[c].time); })),
        count_cell(cluster.ejections),
        count_cell(cluster.refused),
        count_cell(cluster.panics)};
    for (std::size_t d = 1; d < cluster.by_detector.size(); ++d) row.push_back(count_cell(cluster.by_detector[d]));
    add_row(table, std::move(row));
  }
  return table;
}

}  // namespace

Section limits_section(const View& view) {
  Section section{"limits", "Limits, budgets and replicas left out", {}, {}, false};
  for (Table table : {limits_table(view), ejections_table(view)}) {
    if (!table.rows.empty()) section.tables.push_back(std::move(table));
  }
  return section;
}

}  // namespace reports
