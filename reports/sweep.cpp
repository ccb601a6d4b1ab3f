#include "reports/sweep.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/numbers.h"
#include "reports/sections.h"
#include "reports/tornado.h"

namespace reports {
namespace {

using Json = nlohmann::ordered_json;
using models::Results;

constexpr int kPointVersion = 2;  // of the file of one point: others are run again

template <class Count>
double total_over_edges(const Results& r, Count count) {
  double total = 0.0;
  for (const models::EdgeResults& edge : r.edges) total += static_cast<double>((edge.*count)());
  return total;
}

// Windows that a sweep looks at: while something lasts, and afterwards.
bool of_interest(const std::string& window) { return window.rfind("before ", 0) != 0; }

Json estimate_json(const Estimate& e) {
  return {static_cast<int>(e.certainty), e.value, e.half_width, e.needs};  // doubles are written so that they read back
}

Estimate estimate_of(const Json& json) {
  Estimate e;
  e.certainty = static_cast<Certainty>(json.at(0).get<int>());
  e.value = json.at(1).get<double>();
  e.half_width = json.at(2).get<double>();
  e.needs = json.at(3).get<std::uint64_t>();
  return e;
}

Json line_json(const CardLine& l) {
  return {{"group", l.group},
          {"item", l.item},
          {"subject", l.subject},
          {"unit", static_cast<int>(l.unit)},
          {"baseline", estimate_json(l.baseline)},
          {"candidate", estimate_json(l.candidate)},
          {"figure", estimate_json(l.figure)},
          {"flags", {l.with_sign, l.further, l.decimals, static_cast<int>(l.basis)}},
          {"texts", {l.rests_on, l.words, l.shown, l.note}}};
}

CardLine line_of(const Json& json) {
  CardLine l;
  l.group = json.at("group").get<std::string>();
  l.item = json.at("item").get<std::string>();
  l.subject = json.at("subject").get<std::string>();
  l.unit = static_cast<Unit>(json.at("unit").get<int>());
  l.baseline = estimate_of(json.at("baseline"));
  l.candidate = estimate_of(json.at("candidate"));
  l.figure = estimate_of(json.at("figure"));
  const Json& flags = json.at("flags");
  l.with_sign = flags.at(0).get<bool>();
  l.further = flags.at(1).get<bool>();
  l.decimals = flags.at(2).get<int>();
  l.basis = static_cast<Basis>(flags.at(3).get<int>());
  const Json& texts = json.at("texts");
  l.rests_on = texts.at(0).get<std::string>();
  l.words = texts.at(1).get<std::string>();
  l.shown = texts.at(2).get<std::string>();
  l.note = texts.at(3).get<std::string>();
  return l;
}

}  // namespace

std::vector<SweepMetric> sweep_metrics(const models::Catalog& catalog) {
  std::vector<SweepMetric> metrics{{"success", "success", Unit::Fraction},
                                   {"p50", "p50", Unit::Seconds},
                                   {"p99", "p99", Unit::Seconds},
                                   {"goodput", "goodput", Unit::PerSecond},
                                   {"amplification", "tries", Unit::Factor},
                                   {"app_vcpu", "app", Unit::Cores},
                                   {"proxy_vcpu", "proxies", Unit::Cores},
                                   {"proxy_gigabytes", "proxies", Unit::Gigabytes}};
  for (std::size_t w = 0; w < catalog.windows.size(); ++w) {
    if (of_interest(catalog.windows[w].name))
      metrics.push_back({"success " + catalog.windows[w].name, catalog.windows[w].name, Unit::Fraction});
  }
  return metrics;
}

SweepRow sweep_row(const models::ScenarioSpec& scenario, const Input& input) {
  const View view(*input.catalog, *input.run, scenario.run.confidence);
  const Windows total = view.whole().total();
  SweepRow row{input.catalog->candidate, {}};
  row.values.push_back(success_of(total, view.confidence()));
  row.values.push_back(percentile_of(latencies(total), 0.5, view.confidence()));
  row.values.push_back(percentile_of(latencies(total), 0.99, view.confidence()));
  row.values.push_back(view.rate([](const Results& r) {
    double answered = 0.0;
    for (const models::EntryResults& entry : r.entries) answered += static_cast<double>(successes(entry.total));
    return answered;
  }));
  row.values.push_back(
      view.ratio([](const Results& r) { return total_over_edges(r, &models::EdgeResults::whole_attempts); },
                 [](const Results& r) { return total_over_edges(r, &models::EdgeResults::whole_calls); }));
  row.values.push_back(cores_of(view, [](const Results& r) { return static_cast<double>(r.resources.app_cpu); }));
  row.values.push_back(cores_of(view, [](const Results& r) {
    return static_cast<double>(r.resources.proxy_client_cpu + r.resources.proxy_server_cpu);
  }));
  row.values.push_back(exact(input.catalog->proxy_memory_mb * 1e-3));
  for (std::size_t w = 0; w < input.catalog->windows.size(); ++w) {
    if (of_interest(input.catalog->windows[w].name))
      row.values.push_back(success_of(view.whole().window(w), view.confidence()));
  }
  return row;
}

Report build_sweep(const models::ScenarioSpec& scenario, const Sweep& sweep, const std::vector<std::string>& remarks) {
  Report report;
  report.kind = Report::Kind::Sweep;
  report.confidence = sweep.confidence;
  report.header = {{"file", "", text_cell(scenario.file), Unit::None},
                   {"question", "", text_cell(scenario.question), Unit::None},
                   {"seed", "seed", count_cell(scenario.seed), Unit::Count},
                   {"replications", "replications at each point", count_cell(scenario.run.replications), Unit::Count},
                   {"points", "points", count_cell(sweep.points.size()), Unit::Count}};
  Section section{"sweep", "Sweep", {}, {}, false};
  Table table;
  table.key = "sweep";
  table.label_columns = sweep.paths.size() + 1;
  for (const std::string& path : sweep.paths) {
    const std::size_t dot = path.find_last_of('.');
    table.columns.push_back({path, dot == std::string::npos ? path : path.substr(dot + 1), Unit::None, Show::Always});
  }
  table.columns.push_back({"candidate", "candidate", Unit::None, Show::Always});
  for (const SweepMetric& metric : sweep.metrics) {
    const bool rare = metric.unit == Unit::Gigabytes || metric.key == "amplification" || metric.unit == Unit::PerSecond;
    table.columns.push_back({metric.key, metric.title, metric.unit, rare ? Show::IfAny : Show::Always, 3});
  }
  for (const SweepPoint& point : sweep.points) {
    for (const SweepRow& row : point.rows) {
      std::vector<Cell> cells;
      for (const std::string& value : point.values) cells.push_back(text_cell(value));
      cells.push_back(text_cell(row.candidate));
      for (const Estimate& estimate : row.values) cells.push_back(number_cell(estimate));
      add_row(table, std::move(cells));
    }
  }
  section.paragraphs = remarks;
  section.tables.push_back(std::move(table));
  report.comparison.push_back(std::move(section));
  if (sweep.tornado) {
    report.comparison.push_back(tornado_section(sweep));
    return report;
  }
  report.comparison.push_back(sweep_card_section(sweep, scenario.prices));
  if (report.comparison.back().tables.empty()) report.comparison.pop_back();
  return report;
}

std::string write_point(const SweepPoint& point, const std::string& identity) {
  Json json;
  json["meshsimSweepPoint"] = kPointVersion;
  json["identity"] = identity;
  json["values"] = point.values;
  for (const auto& [key, rows] : {std::pair("rows", &point.rows), std::pair("effects", &point.effects)}) {
    for (const SweepRow& row : *rows) {
      Json values = Json::array();
      for (const Estimate& estimate : row.values) values.push_back(estimate_json(estimate));
      json[key].push_back({{"candidate", row.candidate}, {"values", values}});
    }
  }
  for (const PointCard& card : point.cards) {
    Json lines = Json::array();
    for (const CardLine& line : card.lines) lines.push_back(line_json(line));
    json["cards"].push_back({{"candidate", card.candidate}, {"baseline", card.baseline}, {"lines", lines}});
  }
  return json.dump(1, ' ', true, Json::error_handler_t::replace) + "\n";
}

std::optional<SweepPoint> read_point(const std::string& text, const std::string& identity, std::size_t metrics) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) return std::nullopt;
  try {
    if (json.at("meshsimSweepPoint") != kPointVersion || json.at("identity") != identity) return std::nullopt;
    SweepPoint point;
    point.values = json.at("values").get<std::vector<std::string>>();
    for (const auto& [key, rows, size] :
         {std::tuple("rows", &point.rows, metrics), std::tuple("effects", &point.effects, tornado_metrics().size())}) {
      if (!json.contains(key)) continue;
      for (const Json& one : json.at(key)) {
        SweepRow row{one.at("candidate").get<std::string>(), {}};
        for (const Json& value : one.at("values")) row.values.push_back(estimate_of(value));
        if (row.values.size() != size) return std::nullopt;
        rows->push_back(std::move(row));
      }
    }
    if (point.rows.empty()) return std::nullopt;
    if (json.contains("cards")) {
      for (const Json& one : json.at("cards")) {
        PointCard card{one.at("candidate").get<std::string>(), one.at("baseline").get<std::string>(), {}};
        for (const Json& line : one.at("lines")) card.lines.push_back(line_of(line));
        point.cards.push_back(std::move(card));
      }
    }
    return point;
  } catch (const std::exception&) {  // not a point of ours
    return std::nullopt;
  }
}

}  // namespace reports
