// CSV by RFC 4180 (CRLF, quotes doubled), one tidy file per table, all candidates below one another with the
// candidate in the first column, so that no file name is ever made from a name in the scenario.
// An estimate takes two columns: <key>_<unit> and <key>_half_width (empty: no interval), and a bound is
// written as the value "<0.001" or ">0.999".
#include <map>

#include "reports/escape.h"
#include "reports/numbers.h"
#include "reports/writers.h"

namespace reports {
namespace {

struct Sheet {
  const Table* shape = nullptr;
  std::vector<bool> uncertain;                                     // columns with an estimate somewhere
  std::vector<std::pair<const std::string*, const Table*>> parts;  // candidate (null: the comparison) and table
};

struct Sheets {
  std::vector<std::string> order;  // of first appearance
  std::map<std::string, Sheet> by_key;
};

void collect(Sheets& sheets, const std::string* candidate, const std::vector<Section>& sections) {
  for (const Section& section : sections) {
    for (const Table& table : section.tables) {
      if (table.audience == Audience::Screen) {
        continue;
      }
      auto [found, is_new] = sheets.by_key.try_emplace(table.key);
      Sheet& sheet = found->second;
      if (is_new) {
        sheets.order.push_back(table.key);
        sheet.shape = &table;
        sheet.uncertain.assign(table.columns.size(), false);
      }
      for (const std::vector<Cell>& row : table.rows) {
        for (std::size_t c = 0; c < row.size() && c < sheet.uncertain.size(); ++c) {
          const Certainty certainty = row[c].number.certainty;
          sheet.uncertain[c] = sheet.uncertain[c] || (row[c].kind == Cell::Kind::Number && !table.columnar &&
                                                      certainty != Certainty::Exact && certainty != Certainty::Missing);
        }
      }
      sheet.parts.emplace_back(candidate, &table);
    }
  }
}

std::string heading(const Column& column) {
  const std::string_view unit = unit_name(column.unit);
  if (unit.empty() || column.unit == Unit::Count || column.key.ends_with(unit)) {
    return column.key;
  }
  return column.key + "_" + std::string(unit);
}

void append_cell(std::string& line, const Cell& cell, bool uncertain) {
  std::string value;
  std::string half_width;
  if (cell.kind == Cell::Kind::Text) {
    value = for_csv(cell.text);
  } else if (cell.kind == Cell::Kind::Number && has_value(cell.number)) {
    value = cell.number.certainty == Certainty::UpperBound   ? "<"
            : cell.number.certainty == Certainty::LowerBound ? ">"
                                                             : "";
    value += canonical_text(cell.number.value);
    if (cell.number.certainty == Certainty::Interval) {
      half_width = canonical_text(cell.number.half_width);
    }
  }
  line += value;
  if (uncertain) {
    line += "," + half_width;
  }
}

std::string sheet_text(const Sheet& sheet) {
  std::string text;
  const bool with_candidate = sheet.parts.front().first != nullptr;
  std::string line = with_candidate ? "candidate" : "";
  for (std::size_t c = 0; c < sheet.shape->columns.size(); ++c) {
    const Column& column = sheet.shape->columns[c];
    if (column.show == Show::ScreenOnly) {
      continue;
    }
    line += line.empty() ? "" : ",";  // REQUIRES: no empty keys
    line += for_csv(heading(column));
    if (sheet.uncertain[c]) {
      line += "," + for_csv(column.key + "_half_width");
    }
  }
  text += line + "\r\n";
  for (const auto& [candidate, table] : sheet.parts) {
    for (const std::vector<Cell>& row : table->rows) {
      line = with_candidate ? for_csv(*candidate) : "";
      bool first = !with_candidate;
      for (std::size_t c = 0; c < row.size(); ++c) {
        if (table->columns[c].show == Show::ScreenOnly) {
          continue;
        }
        line += first ? "" : ",";
        first = false;
        append_cell(line, row[c], sheet.uncertain[c]);
      }
      text += line + "\r\n";
    }
  }
  return text;
}

}  // namespace

std::vector<OutputFile> csv_files(const Report& report) {
  Sheets sheets;
  for (const CandidateReport& candidate : report.candidates) {
    collect(sheets, &candidate.name, candidate.sections);
  }
  collect(sheets, nullptr, report.comparison);
  collect(sheets, nullptr, report.expectations);
  std::vector<OutputFile> files;
  for (const std::string& key : sheets.order) {
    files.push_back({key + ".csv", sheet_text(sheets.by_key.at(key))});
  }
  return files;
}

}  // namespace reports
