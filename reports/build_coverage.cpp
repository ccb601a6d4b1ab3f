#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "models/spec/waypoint.h"
#include "reports/contest.h"
#include "reports/coverage.h"
#include "reports/sections.h"
#include "sim/random/portable_math.h"

namespace reports {
namespace {

using models::Results;
using Edge = models::Catalog::Edge;

template <class Value>
Spread spread_of(const std::vector<Edge>& edges, Value value) {
  std::map<decltype(value(edges.front())), std::size_t> counts;
  for (const Edge& edge : edges) {
    ++counts[value(edge)];
  }
  Spread spread;
  spread.different = counts.size();
  if (counts.size() > 1) {
    const auto all = static_cast<double>(edges.size());
    for (const auto& [ignored, count] : counts) {
      const double p = static_cast<double>(count) / all;
      spread.entropy -= p * sim::portable::log(p);
    }
    spread.entropy /= sim::portable::log(all);
  }
  return spread;
}

// The share of all calls that went over edges for which `holds`.
template <class Holds>
Estimate share_of_calls(const View& view, Holds holds) {
  const std::vector<Edge>& edges = view.catalog().edges;
  return view.ratio(
      [&](const Results& r) {
        double sum = 0.0;
        for (std::size_t e = 0; e < std::min(edges.size(), r.edges.size()); ++e) {
          sum += holds(edges[e]) ? static_cast<double>(r.edges[e].whole_calls()) : 0.0;
        }
        return sum;
      },
      [&](const Results& r) {
        double sum = 0.0;
        for (const models::EdgeResults& edge : r.edges) {
          sum += static_cast<double>(edge.whole_calls());
        }
        return sum;
      });
}

// `restricted`: authorization is a matter of this policy; else its columns would say of every edge that nobody asks.
std::vector<Column> coverage_columns(bool restricted) {
  const Show show = restricted ? Show::Always : Show::MachineOnly;
  return {{"edges", "edges", Unit::Count, Show::Always},
          {"mtls_edges", "mTLS", Unit::Count, Show::Always},
          {"mtls_calls", "of calls", Unit::Fraction, Show::Always},
          {"refused_edges", "refused", Unit::Count, Show::Always},
          {"refused_calls", "of calls", Unit::Fraction, Show::IfAny},
          {"unauthorised_edges", "unauthorised", Unit::Count, show},
          {"unauthorised_calls", "of calls", Unit::Fraction, restricted ? Show::IfAny : Show::MachineOnly},
          {"denied_edges", "denied", Unit::Count, show},
          {"telemetry_edges", "", Unit::Count, Show::MachineOnly},
          {"blind_edges", "blind", Unit::Count, Show::Always},
          {"blind_calls", "of calls", Unit::Fraction, Show::IfAny},
          {"enrolled", "enrolled", Unit::Count, Show::Always},
          {"services", "of services", Unit::Count, Show::Always}};
}

std::vector<Cell> coverage_row(const View& view, const Coverage& c) {
  return {count_cell(c.edges),
          count_cell(c.mtls),
          number_cell(share_of_calls(view, [](const Edge& e) { return e.mtls; })),
          count_cell(c.refused),
          number_cell(share_of_calls(view, [](const Edge& e) { return e.refused; })),
          count_cell(c.unauthorised),
          number_cell(share_of_calls(view, [](const Edge& e) { return !e.authorized; })),
          count_cell(c.denied),
          count_cell(c.edges - c.blind),
          count_cell(c.blind),
          number_cell(share_of_calls(view, [](const Edge& e) { return !e.telemetry; })),
          count_cell(c.enrolled),
          count_cell(c.services)};
}

std::vector<Column> consistency_columns() {
  return {{"policies", "policies", Unit::Count, Show::Always},
          {"opaque_edges", "opaque", Unit::Count, Show::Always},
          {"opaque_calls", "of calls", Unit::Fraction, Show::IfAny},
          {"most_attempts", "most tries", Unit::Count, Show::Always},
          {"different_timeouts", "timeouts", Unit::Count, Show::Always},
          {"timeout_entropy", "entropy", Unit::None, Show::Always, 3},
          {"different_attempts", "tries", Unit::Count, Show::Always},
          {"attempts_entropy", "entropy", Unit::None, Show::Always, 3},
          {"duplicates", "duplicates", Unit::Count, Show::Always},
          {"most_attempts_on", "most tries on", Unit::None, Show::Detail}};
}

std::vector<Cell> consistency_row(const View& view, const Coverage& c) {
  return {count_cell(c.policies),
          count_cell(c.opaque),
          number_cell(share_of_calls(view, [](const Edge& e) { return e.retry_layers > 1; })),
          count_cell(c.most_attempts),
          count_cell(c.timeouts.different),
          exact_cell(c.timeouts.entropy),
          count_cell(c.attempts.different),
          exact_cell(c.attempts.entropy),
          count_cell(c.duplicates),
          text_cell(c.most_attempts_on)};
}

constexpr const char* kTitle = "Coverage and consistency (edges: who calls which endpoint; beside them their calls)";

}  // namespace

bool Coverage::full() const {
  return mtls == edges && refused == 0 && denied == 0 && (!restricted || unauthorised == 0) && blind == 0 &&
         opaque == 0 && enrolled == services && duplicates == 0;
}

Coverage coverage_of(const View& view) {
  std::vector<Edge> edges;  // what a waypoint passes on is no further edge
  for (const Edge& edge : view.catalog().edges) {
    if (edge.leg != models::Leg::FromWaypoint) edges.push_back(edge);
  }
  const auto count = [&](auto holds) {
    return static_cast<std::size_t>(std::count_if(edges.begin(), edges.end(), holds));
  };
  Coverage c;
  c.edges = edges.size();
  c.mtls = count([](const Edge& e) { return e.mtls; });
  c.refused = count([](const Edge& e) { return e.refused; });
  c.restricted = count([](const Edge& e) { return e.restricted; }) > 0;
  c.unauthorised = count([](const Edge& e) { return !e.authorized; });
  c.denied = count([](const Edge& e) { return e.denied; });
  c.blind = count([](const Edge& e) { return !e.telemetry; });
  c.opaque = count([](const Edge& e) { return e.retry_layers > 1; });
  for (const Edge& edge : edges) {
    if (edge.attempts > c.most_attempts) {
      c.most_attempts = edge.attempts;
      c.most_attempts_on = edge.caller + " -> " + edge.callee;
    }
  }
  c.policies = view.catalog().distinct_policies;
  c.enrolled = view.catalog().enrolled;
  c.services = static_cast<std::size_t>(
      std::count_if(view.catalog().services.begin(), view.catalog().services.end(),
                    [](const models::Catalog::Service& s) { return !models::is_waypoint(s.name); }));
  c.timeouts = spread_of(edges, [](const Edge& e) { return e.timeout; });
  c.attempts = spread_of(edges, [](const Edge& e) { return e.attempts; });
  for (const models::EndpointResults& endpoint : view.merged().endpoints) {
    c.duplicates += endpoint.duplicates;
  }
  return c;
}

Section coverage_section(const View& view) {
  Section section{"coverage", kTitle, {}, {}, false};
  const Coverage coverage = coverage_of(view);
  if (coverage.edges == 0) {
    return section;
  }
  Table reach;
  reach.key = "coverage";
  reach.label_columns = 0;
  reach.columns = coverage_columns(coverage.restricted);
  add_row(reach, coverage_row(view, coverage));
  Table consistency;
  consistency.key = "consistency";
  consistency.label_columns = 0;
  consistency.columns = consistency_columns();
  add_row(consistency, consistency_row(view, coverage));
  reach.audience = consistency.audience = coverage.full() ? Audience::Machine : Audience::Everybody;
  section.tables = {std::move(reach), std::move(consistency)};
  return section;
}

Section coverage_side_by_side(const Contest& contest) {
  Section section{"comparison_coverage", kTitle, {}, {}, false};
  Table reach;
  reach.key = "coverage_side_by_side";
  reach.audience = Audience::Screen;
  reach.columns = coverage_columns(coverage_of(contest.base()).restricted);
  Table consistency;
  consistency.key = "consistency_side_by_side";
  consistency.audience = Audience::Screen;
  consistency.columns = consistency_columns();
  for (Table* table : {&reach, &consistency}) {
    table->columns.insert(table->columns.begin(), {"candidate", "candidate", Unit::None, Show::Always});
  }
  bool amiss = false;
  const Coverage base = coverage_of(contest.base());
  for (std::size_t v = 0; v < contest.views.size(); ++v) {
    const Coverage coverage = coverage_of(*contest.views[v]);
    amiss = amiss || (coverage.edges > 0 && (!coverage.full() || !(coverage == base)));
    const auto add = [&](Table& table, std::vector<Cell> row) {
      row.insert(row.begin(), text_cell(contest.name(v)));
      add_row(table, std::move(row));
    };
    add(reach, coverage_row(*contest.views[v], coverage));
    add(consistency, consistency_row(*contest.views[v], coverage));
  }
  if (amiss) {
    section.tables = {std::move(reach), std::move(consistency)};
  }
  return section;
}

}  // namespace reports
