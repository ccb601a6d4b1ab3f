#include <algorithm>

#include <fmt/format.h>

#include "reports/card_lines.h"
#include "reports/numbers.h"

namespace reports {
namespace {

std::string figure_text(const CardLine& line) {
  if (!line.shown.empty()) {
    return line.shown;
  }
  return has_value(line.figure) ? spoken(line.figure, line.unit, line.with_sign, line.decimals) : "-";
}

}  // namespace

const char* name_of(Basis basis) {
  switch (basis) {
    case Basis::Measured: return "measured";
    case Basis::PartlyAssumed: return "partly_assumed";
    case Basis::Assumed: return "assumed";
  }
  return "";
}

const char* shown_name(Basis basis) {
  switch (basis) {
    case Basis::Measured: return "measured";
    case Basis::PartlyAssumed: return "part assumed";
    case Basis::Assumed: return "assumed";
  }
  return "";
}

std::string undecided_note(const Estimate& difference) {
  if (!has_value(difference) || difference.certainty == Certainty::Exact ||
      (difference.value == 0.0 && difference.half_width == 0.0 && difference.certainty == Certainty::Interval) ||
      direction_of(difference, true) != Direction::Undecided) {
    return {};
  }
  return difference.certainty == Certainty::Interval ? "undecided: the interval contains zero"
                                                     : "undecided: no interval";
}

Table card_table() {
  Table table;
  table.key = "card";
  table.audience = Audience::Machine;
  for (const char* key : {"candidate", "baseline", "group", "item", "subject", "unit", "baseline_value",
                          "candidate_value", "figure", "basis", "rests_on", "note"}) {
    table.columns.push_back({key, "", Unit::None, Show::MachineOnly});
  }
  return table;
}

void add_lines(Table& card, const CardOwner& owner, const std::vector<CardLine>& lines) {
  for (const CardLine& line : lines) {
    add_row(card, {text_cell(owner.candidate), text_cell(owner.baseline), text_cell(line.group), text_cell(line.item),
                   text_cell(line.subject), text_cell(std::string(unit_name(line.unit))), number_cell(line.baseline),
                   number_cell(line.candidate), number_cell(line.figure), text_cell(name_of(line.basis)),
                   text_cell(line.rests_on), text_cell(line.note)});
  }
}

Table card_screen(const std::string& key, const std::string& title, const std::vector<CardLine>& lines) {
  Table table;
  table.key = key;
  table.title = title;
  table.audience = Audience::Screen;
  table.label_columns = 4;  // all of them may be narrowed, none repeated
  table.columns = {{"group", "", Unit::None, Show::Always},
                   {"figure", "figure", Unit::None, Show::Always},
                   {"of", "of what", Unit::None, Show::Always},
                   {"basis", "known how", Unit::None, Show::Always}};
  std::vector<const CardLine*> shown;
  for (const bool further : {false, true}) {
    for (const CardLine& line : lines) {
      if (line.further == further && !line.words.empty()) {
        shown.push_back(&line);
      }
    }
    table.fold = further ? table.fold : shown.size();
  }
  std::string group;
  for (const CardLine* line : shown) {
    std::string of = line->words;
    if (line->shown.empty() && !line->note.empty() && line->figure != exact(0.0)) {
      of += fmt::format(" ({})", line->note.substr(0, line->note.find(':')));
    }
    add_row(table, {text_cell(line->group == group ? "" : line->group), text_cell(figure_text(*line)),
                    text_cell(std::move(of)), text_cell(shown_name(line->basis))});
    group = line->group;
  }
  return table;
}

}  // namespace reports
