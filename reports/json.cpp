// JSON: ordered keys, canonical numbers, ASCII only (so that --json cannot move a terminal's cursor either).
// A certain number is a bare number; an estimate is {"value", "halfWidth"} | {"value", "interval": null,
// "needsReplications"} | {"upperBound"} | {"lowerBound"}; nothing at all is null.
// A series has one array per column.
#include <cmath>
#include <cstdint>

#include <nlohmann/json.hpp>

#include "reports/numbers.h"
#include "reports/writers.h"

namespace reports {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kExactIntegers = 9007199254740992.0;  // 2^53

Json number(double value) {
  if (!std::isfinite(value)) {
    return nullptr;
  }
  if (value == std::floor(value) && std::fabs(value) < kExactIntegers) {
    return static_cast<std::int64_t>(value);  // counts keep all their digits
  }
  return canonical(value);
}

Json estimate_json(const Estimate& estimate) {
  switch (estimate.certainty) {
    case Certainty::Missing: return nullptr;
    case Certainty::Exact: return number(estimate.value);
    case Certainty::Interval: return {{"value", number(estimate.value)}, {"halfWidth", number(estimate.half_width)}};
    case Certainty::NoInterval: {
      Json json{{"value", number(estimate.value)}, {"halfWidth", nullptr}};
      if (estimate.needs > 0) {
        json["needsReplications"] = estimate.needs;
      }
      return json;
    }
    case Certainty::UpperBound: return {{"upperBound", number(estimate.value)}};
    case Certainty::LowerBound: return {{"lowerBound", number(estimate.value)}};
  }
  return nullptr;
}

Json cell_json(const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::Empty: return nullptr;
    case Cell::Kind::Text: return cell.text;
    case Cell::Kind::Number: return estimate_json(cell.number);
  }
  return nullptr;
}

void append_facts(Json& json, const std::vector<Fact>& facts) {
  for (const Fact& fact : facts) {
    if (fact.key.empty()) {
      continue;  // words for the screen
    }
    json[fact.key] = cell_json(fact.cell);
  }
}

// A point of a series is pooled over replications and never has an interval: the bare number.
Json point_json(const Cell& cell) {
  return cell.kind == Cell::Kind::Number && has_value(cell.number) ? number(cell.number.value) : cell_json(cell);
}

Json columns_json(const Table& table) {
  Json json = Json::object();
  for (const Column& column : table.columns) {
    if (column.show == Show::ScreenOnly) {
      continue;
    }
    json[column.key] = column.unit == Unit::None ? Json(nullptr) : Json(unit_name(column.unit));
  }
  return json;
}

Json table_json(const Table& table) {
  Json json{{"units", columns_json(table)}};
  if (table.columnar) {
    Json series = Json::object();
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      if (table.columns[c].show == Show::ScreenOnly) {
        continue;
      }
      Json values = Json::array();
      for (const std::vector<Cell>& row : table.rows) {
        values.push_back(point_json(row[c]));
      }
      series[table.columns[c].key] = std::move(values);
    }
    json["series"] = std::move(series);
    return json;
  }
  Json rows = Json::array();
  for (const std::vector<Cell>& row : table.rows) {
    Json object = Json::object();
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      if (table.columns[c].show == Show::ScreenOnly) {
        continue;
      }
      object[table.columns[c].key] = cell_json(row[c]);
    }
    rows.push_back(std::move(object));
  }
  json["rows"] = std::move(rows);
  return json;
}

Json sections_json(const std::vector<Section>& sections) {
  Json json = Json::object();
  for (const Section& section : sections) {
    for (const Table& table : section.tables) {
      if (table.audience != Audience::Screen) {
        json[table.key] = table_json(table);
      }
    }
  }
  return json;
}

}  // namespace

std::string write_json(const Report& report, const WriteOptions&) {
  Json json;
  json["meshsimReport"] = kSchemaVersion;
  json["kind"] = name_of(report.kind);
  json["complete"] = report.complete;
  if (!report.complete) {
    json["stopped"] = report.stopped;
    json["stoppedAt"] = number(report.stopped_at);
  }
  json["confidence"] = canonical(report.confidence);
  append_facts(json, report.header);
  json["warnings"] = report.warnings;
  Json candidates = Json::array();
  for (const CandidateReport& candidate : report.candidates) {
    Json one{{"name", candidate.name}};
    append_facts(one, candidate.facts);
    one["notes"] = candidate.notes;
    one["tables"] = sections_json(candidate.sections);
    candidates.push_back(std::move(one));
  }
  json["candidates"] = std::move(candidates);
  if (!report.expectations.empty()) {
    json["expect"] = sections_json(report.expectations);
  }
  if (report.kind != Report::Kind::Run) {
    json["comparison"] = sections_json(report.comparison);
    json["verdict"] = report.verdict;
  }
  return json.dump(1, ' ', true, Json::error_handler_t::replace) + "\n";
}

std::vector<OutputFile> json_files(const Report& report) { return {{"report.json", write_json(report, {})}}; }

}  // namespace reports
