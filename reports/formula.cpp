#include "reports/formula.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>

#include "models/fleet/closed_form.h"
#include "models/fleet/flow.h"
#include "reports/view.h"

namespace reports {
namespace {

using models::Results;

constexpr const char* kTitle = "Beside the formula (flow equations: nothing fails, nothing is retried)";

double as_double(std::uint64_t value) { return static_cast<double>(value); }
double as_double(std::int64_t value) { return static_cast<double>(value); }

Cell formula_cell(std::optional<double> value) { return value ? exact_cell(*value) : text_cell("-"); }

// Simulated over formula, less one; nothing where either is missing or the formula says zero.
Cell off_cell(const Estimate& simulated, std::optional<double> formula) {
  if (!formula || *formula <= 0.0 || !has_value(simulated)) return Cell{};
  return difference_cell(exact(simulated.value / *formula - 1.0), 1);
}

struct Formulas {
  models::FleetGraph graph;
  models::Flow flow;
  const models::ScenarioSpec& spec;
};

// Of all pods of a service, as the services table measures it: demand over what there is.
std::optional<double> busy(const models::ServiceFlow& flow, double models::VersionFlow::*demand,
                           double models::VersionFlow::*utilisation) {
  double used = 0.0;
  double there = 0.0;
  for (const models::VersionFlow& version : flow.versions) {
    if (version.*utilisation <= 0.0) continue;
    used += version.*demand;
    there += version.*demand / version.*utilisation;
  }
  return there > 0.0 ? std::optional<double>(used / there) : std::nullopt;
}

Table services_table(const Formulas& formulas, const View& view) {
  Table table;
  table.key = "formula_services";
  table.title = "services";
  table.columns = {{"service", "service", Unit::None, Show::Always},
                   {"rate", "requests", Unit::PerSecond, Show::Always},
                   {"rate_formula", "formula", Unit::PerSecond, Show::Always},
                   {"rate_off", "off", Unit::Fraction, Show::Detail, 1},
                   {"workers_busy", "workers busy", Unit::Fraction, Show::Always, 1},
                   {"workers_busy_formula", "formula", Unit::Fraction, Show::Always, 1},
                   {"cpu_busy", "cpu busy", Unit::Fraction, Show::IfAny, 1},
                   {"cpu_busy_formula", "formula", Unit::Fraction, Show::IfAny, 1},
                   {"wait", "mean wait", Unit::Seconds, Show::Always},
                   {"wait_formula", "M/M/c", Unit::Seconds, Show::Always},
                   {"wait_off", "off", Unit::Fraction, Show::Detail, 1}};
  const models::Catalog& catalog = view.catalog();
  for (std::size_t s = 0; s < catalog.services.size(); ++s) {
    const auto requests = [&catalog, name = catalog.services[s].name](const Results& r) {
      double sum = 0.0;
      for (std::size_t e = 0; e < catalog.endpoints.size(); ++e) {
        if (catalog.endpoints[e].service == name) sum += as_double(r.endpoints[e].requests);
      }
      return sum;
    };
    const std::optional<std::size_t> vertex = formulas.graph.find_service(catalog.services[s].name);
    if (!vertex) continue;
    const models::ServiceFlow& flow = formulas.flow.services[*vertex];
    const Estimate rate = view.rate(requests);
    const Estimate workers = view.ratio([s](const Results& r) { return as_double(r.services[s].busy_worker_time); },
                                        [s](const Results& r) { return as_double(r.services[s].worker_time); });
    const Estimate cpu = view.ratio([s](const Results& r) { return as_double(r.services[s].cpu_time); },
                                    [s](const Results& r) { return as_double(r.services[s].cpu_capacity); });
    const Estimate wait =
        view.ratio([s](const Results& r) { return as_double(r.services[s].queue_time) * 1e-9; }, requests);
    const std::optional<double> wait_formula =
        models::station_wait(formulas.spec, formulas.graph, formulas.flow, *vertex);
    const auto workers_formula =
        busy(flow, &models::VersionFlow::worker_demand, &models::VersionFlow::worker_utilisation);
    const auto cpu_formula = busy(flow, &models::VersionFlow::cpu_demand, &models::VersionFlow::cpu_utilisation);
    add_row(table, {text_cell(catalog.services[s].name), number_cell(rate), formula_cell(flow.rate),
                    off_cell(rate, flow.rate), number_cell(workers), formula_cell(workers_formula),
                    cpu_formula ? number_cell(cpu) : Cell{}, cpu_formula ? exact_cell(*cpu_formula) : Cell{},
                    number_cell(wait), formula_cell(wait_formula), off_cell(wait, wait_formula)});
  }
  return table;
}

Table edges_table(const Formulas& formulas, const View& view) {
  Table table;
  table.key = "formula_edges";
  table.title = "calls";
  table.label_columns = 2;
  table.columns = {{"caller", "caller", Unit::None, Show::Always},
                   {"callee", "callee", Unit::None, Show::Always},
                   {"rate", "calls", Unit::PerSecond, Show::Always},
                   {"rate_formula", "formula", Unit::PerSecond, Show::Always},
                   {"rate_off", "off", Unit::Fraction, Show::Detail, 1},
                   {"tries", "tries", Unit::Factor, Show::Always, 3},
                   {"tries_formula", "formula", Unit::Factor, Show::Always, 3}};
  const models::Catalog& catalog = view.catalog();
  for (std::size_t e = 0; e < catalog.edges.size(); ++e) {
    const models::Catalog::Edge& edge = catalog.edges[e];
    const std::size_t slash = edge.callee.find('/');
    const auto callee = formulas.graph.find_endpoint(edge.callee.substr(0, slash), edge.callee.substr(slash + 1));
    const auto caller = formulas.graph.find_service(edge.caller);
    if (!callee || !caller) continue;
    std::optional<double> expected;
    for (const models::EdgeFlow& flow : formulas.flow.edges) {
      if (flow.caller == *caller && flow.callee == *callee) expected = flow.rate;
    }
    const auto calls = [e](const Results& r) { return as_double(r.edges[e].calls); };
    const Estimate rate = view.rate(calls);
    const Estimate tries = view.ratio([e](const Results& r) { return as_double(r.edges[e].attempts); }, calls);
    const bool one_layer = edge.retry_layers <= 1 && edge.timeout == 0;
    const bool by_waypoint = edge.leg == models::Leg::ToWaypoint;  // which makes the tries, on a leg of its own
    const std::optional<double> tries_formula =
        (one_layer || edge.attempts == 1) && !by_waypoint
            ? models::mean_tries(formulas.spec, formulas.graph, formulas.flow, *callee, edge.attempts)
            : std::nullopt;
    add_row(table, {text_cell(edge.caller), text_cell(edge.callee), number_cell(rate), formula_cell(expected),
                    off_cell(rate, expected), number_cell(tries), formula_cell(tries_formula)});
  }
  return table;
}

}  // namespace

void add_formulas(Report& report, const models::ScenarioSpec& scenario, const std::vector<Input>& inputs) {
  for (std::size_t i = 0; i < inputs.size() && i < report.candidates.size(); ++i) {
    Section section{"formula", kTitle, {}, {}, false};
    const auto candidate = std::find_if(scenario.candidates.begin(), scenario.candidates.end(),
                                        [&](const auto& c) { return c.name == inputs[i].catalog->candidate; });
    try {
      models::FleetGraph graph = models::build(scenario);
      models::Flow flow = models::compute_flow(scenario, graph, &*candidate);
      const Formulas formulas{std::move(graph), std::move(flow), scenario};
      const View view(*inputs[i].catalog, *inputs[i].run, scenario.run.confidence);
      section.tables.push_back(services_table(formulas, view));
      if (!inputs[i].catalog->edges.empty()) section.tables.push_back(edges_table(formulas, view));
    } catch (const std::invalid_argument& none) {
      section.paragraphs.push_back(std::string("no formula: ") + none.what());
    }
    if (report.kind == Report::Kind::Compare) {  // its screen shows no candidate by itself
      Section shown = section;
      shown.title = inputs[i].catalog->candidate + ": beside the formula";
      for (Table& table : shown.tables) table.audience = Audience::Screen;
      report.comparison.push_back(std::move(shown));
    }
    report.candidates[i].sections.push_back(std::move(section));
  }
}

}  // namespace reports
