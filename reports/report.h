// What a report says, independent of any format: titled sections of typed tables. No formatting, no
// escaping, no statistics: build.h and compare.h fill it, the writers (writers.h) print it.
// Every text in it may hold hostile bytes (names come from files); each writer escapes for its own sink.
// Determinism: no wall time, no path but the scenario's file name as given, no order that depends on a machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/estimate.h"

namespace reports {

inline constexpr int kSchemaVersion = 1;  // of the JSON; raise it when a consumer could misread the new one

enum class Unit : std::uint8_t {
  None,  // text, or a bare number
  Count,
  Seconds,      // shown as milliseconds
  LongSeconds,  // shown as seconds: how long a change travels
  Minutes,
  PerSecond,
  Fraction,    // shown as per cent
  PerMillion,  // of requests
  Factor,
  Cores,  // vCPU
  Gigabytes,
  CoreHours,
  GigabyteHours,
  CoreMilliseconds,
};

struct Cell {
  enum class Kind : std::uint8_t { Empty, Text, Number };
  Kind kind = Kind::Empty;
  std::string text;
  Estimate number;
  bool with_sign = false;  // a difference: the screen shows its sign
  int decimals = -1;       // of an estimate without an interval, on the screen; -1: three significant digits
};
[[nodiscard]] inline Cell text_cell(std::string text) { return {Cell::Kind::Text, std::move(text), {}, false, -1}; }
[[nodiscard]] inline Cell number_cell(Estimate number, int decimals = -1) {
  return {Cell::Kind::Number, {}, number, false, decimals};
}
[[nodiscard]] inline Cell difference_cell(Estimate number, int decimals = -1) {
  return {Cell::Kind::Number, {}, number, true, decimals};
}
[[nodiscard]] inline Cell exact_cell(double value) { return number_cell(exact(value)); }
[[nodiscard]] inline Cell count_cell(std::uint64_t count) { return exact_cell(static_cast<double>(count)); }

enum class Show : std::uint8_t {
  Always,
  IfAny,       // on the screen only when a row has more than a plain zero there
  Detail,      // on the screen only when everything was asked for
  ScreenOnly,  // words made of what stands in other columns
  MachineOnly,
};

inline constexpr int kAnyDecimals = 9;

struct Column {
  std::string key;    // machine name: JSON key and CSV heading
  std::string title;  // what the screen shows; the unit is added by the writer
  Unit unit = Unit::None;
  Show show = Show::Always;
  int decimals = kAnyDecimals;  // at most that many on the screen: more would not be read
};

enum class Audience : std::uint8_t { Everybody, Screen, Machine };

struct Table {
  std::string key;
  std::string title;  // may be empty: the section's title says it
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;    // canonical order; each as long as `columns`
  std::size_t fold = 0;                   // the screen shows that many rows unless everything was asked for; 0: all
  std::vector<std::size_t> screen_order;  // row numbers, worst first; empty: canonical order
  Audience audience = Audience::Everybody;
  std::size_t label_columns = 1;  // leading columns to repeat when a table is too wide and is cut
  bool count_folded = true;       // the screen says how many rows it left out
  bool columnar = false;          // a series: JSON holds one array per column, the screen draws lines
};

struct Section {
  std::string key;
  std::string title;
  std::vector<std::string> paragraphs;
  std::vector<Table> tables;
  bool folded = false;  // the screen leaves it out unless everything was asked for
};

struct Fact {
  std::string key;    // JSON key; empty: for the screen only
  std::string title;  // before the value on the screen; "-": the value alone; empty: for machines only
  Cell cell;
  Unit unit = Unit::None;
};

struct CandidateReport {
  std::string name;
  std::vector<Fact> facts;
  std::vector<Section> sections;
  std::vector<std::string> notes;
};

struct Report {
  enum class Kind : std::uint8_t { Run, Compare, Sweep };
  Kind kind = Kind::Run;
  std::vector<Fact> header;
  double confidence = 0.95;
  bool complete = true;
  std::string stopped;                // machine name of the reason, when not complete
  double stopped_at = 0.0;            // seconds on the timeline's clock
  std::vector<std::string> warnings;  // why it is not complete; which candidates cannot be compared
  std::vector<CandidateReport> candidates;
  std::vector<Section> comparison;    // Compare only
  std::vector<Section> expectations;  // what was expected and whether it holds; precision that was asked for
  std::vector<std::string> verdict;   // Compare only: plain sentences, one per candidate that is not the baseline
};

[[nodiscard]] std::string_view name_of(Report::Kind kind);
[[nodiscard]] std::string_view unit_name(Unit unit);   // machine name: "seconds", "fraction", ...
[[nodiscard]] std::string_view unit_title(Unit unit);  // on the screen: "ms", "%", ...
[[nodiscard]] double screen_factor(Unit unit);         // from the stored unit to the screen's

// Adds a row. REQUIRES: as many cells as columns; a mistake here is a bug and throws std::logic_error.
void add_row(Table& table, std::vector<Cell> row);

}  // namespace reports
