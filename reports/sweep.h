// One scenario at many points of a grid: what each candidate did at each, in one table; where a share tips, the two
// points between which it does. Rows are small and can be kept in files, so that a sweep can be resumed.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reports/build.h"
#include "reports/card_lines.h"
#include "reports/report.h"

namespace reports {

struct SweepMetric {
  std::string key;
  std::string title;
  Unit unit = Unit::None;
};

// What one candidate did at one point; as many values as metrics.
struct SweepRow {
  std::string candidate;
  std::vector<Estimate> values;
};

// The exchange-rate card of one candidate at one point, but for what needs prices. Without a candidate: what holds for
// all of them together.
struct PointCard {
  std::string candidate;
  std::string baseline;
  std::vector<CardLine> lines;
};

struct SweepPoint {
  std::vector<std::string> values;  // of the varied paths, in their order
  std::vector<SweepRow> rows;
  std::vector<PointCard> cards;   // empty with one candidate
  std::vector<SweepRow> effects;  // against the base, of a tornado; values in the order of tornado_metrics()
};

struct Sweep {
  std::vector<std::string> paths;
  std::vector<SweepMetric> metrics;
  std::vector<SweepPoint> points;
  double confidence = 0.95;
  bool tornado = false;  // the base, then two points of each path
};

// The metrics that a scenario's sweeps have: those of its windows depend on the timeline.
[[nodiscard]] std::vector<SweepMetric> sweep_metrics(const models::Catalog& catalog);
[[nodiscard]] SweepRow sweep_row(const models::ScenarioSpec& scenario, const Input& input);

[[nodiscard]] std::vector<PointCard> point_cards(const models::ScenarioSpec& scenario, const std::vector<Input>& inputs,
                                                 std::size_t baseline);

// sweep_card.cpp: the cards of all points side by side, and between which of them it starts to pay. Empty without any.
[[nodiscard]] Section sweep_card_section(const Sweep& sweep, const Prices& prices);

[[nodiscard]] Report build_sweep(const models::ScenarioSpec& scenario, const Sweep& sweep,
                                 const std::vector<std::string>& remarks);

// One point as text, and back; nothing if it is not one of this sweep (other metrics, another identity).
[[nodiscard]] std::string write_point(const SweepPoint& point, const std::string& identity);
[[nodiscard]] std::optional<SweepPoint> read_point(const std::string& text, const std::string& identity,
                                                   std::size_t metrics);

}  // namespace reports
