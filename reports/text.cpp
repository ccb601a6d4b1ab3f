// The report for people: 100 columns, long tables folded to their worst rows, one line of sparks per series.
// Refused intervals are marked with a dot and explained below the table they stand in.
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "reports/escape.h"
#include "reports/numbers.h"
#include "reports/writers.h"

namespace reports {
namespace {

constexpr std::size_t kGap = 2;            // columns between table columns
constexpr std::size_t kShortestLabel = 20; // a label is not cut below this
constexpr std::size_t kSparks = 60;        // characters of one series

class Screen {
 public:
  explicit Screen(const WriteOptions& options) : options_(options) {}

  void line(std::string_view text = {}) {
    while (text.ends_with(' ')) {
      text.remove_suffix(1);
    }
    out_.append(text);
    out_ += '\n';
  }
  void title(std::string_view text) { line(style("1", text)); }
  void dim(std::string_view text) { line(style("2", text)); }

  // Words wrapped at the width, further lines indented. Text is escaped here.
  void prose(std::string_view raw, std::size_t indent, bool dimmed = false) {
    const std::string text = for_terminal(raw);
    std::string current(indent, ' ');
    bool empty = true;
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find(' ', at), text.size());
      const std::string_view word = std::string_view(text).substr(at, end - at);
      if (!empty && display_width(current) + 1 + display_width(word) > options_.width) {
        line(dimmed ? style("2", current) : current);
        current.assign(indent + 2, ' ');
        empty = true;
      }
      current += empty ? "" : " ";
      current += word;
      empty = false;
      at = end + 1;
    }
    line(dimmed ? style("2", current) : current);
  }

  [[nodiscard]] std::string style(std::string_view code, std::string_view text) const {
    return options_.colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }
  [[nodiscard]] const WriteOptions& options() const { return options_; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  WriteOptions options_;
  std::string out_;
};

struct Laid {  // one table, laid out: the shown columns and rows as text
  struct Col {
    std::string title;
    bool text = true;             // left-aligned
    std::size_t main = 0;         // width of the main part
    std::size_t extra = 0;        // width of the part behind it (" ±6.1")
    [[nodiscard]] std::size_t width() const {
      return std::max(display_width(title), main + (extra > 0 ? extra + 1 : 0));
    }
  };
  std::vector<Col> cols;
  std::vector<std::vector<ScreenNumber>> rows;
};

std::string padded(std::string text, std::size_t width, bool left) {
  const std::size_t have = display_width(text);
  if (have < width) {
    left ? text.append(width - have, ' ') : text.insert(0, width - have, ' ');
  }
  return text;
}

ScreenNumber shown(const Cell& cell, const Column& column) {
  switch (cell.kind) {
    case Cell::Kind::Empty: return {};
    case Cell::Kind::Text: return {for_terminal(cell.text), {}};
    case Cell::Kind::Number: return screen_number(cell.number, column.unit, cell.with_sign, column.decimals);
  }
  return {};
}

std::string heading(const Column& column) {
  const std::string title = for_terminal(column.title);
  const std::string_view unit = unit_title(column.unit);
  if (unit.empty()) {
    return title;
  }
  return title.empty() ? std::string(unit) : fmt::format("{} {}", title, unit);
}

bool on_screen(const Column& column, bool all) {
  return column.show == Show::Always || column.show == Show::ScreenOnly || (all && column.show == Show::Detail);
}

std::vector<std::size_t> shown_columns(const Table& table, bool all) {
  std::vector<std::size_t> columns;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const bool has_cells = std::any_of(table.rows.begin(), table.rows.end(), [c](const std::vector<Cell>& row) {
      return row[c].kind == Cell::Kind::Number || !row[c].text.empty();
    });
    if (has_cells && on_screen(table.columns[c], all)) {
      columns.push_back(c);
    }
  }
  return columns;
}

std::vector<std::size_t> shown_rows(const Table& table, bool all) {
  std::vector<std::size_t> rows = table.screen_order;
  if (rows.size() != table.rows.size()) {
    rows.clear();
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      rows.push_back(r);
    }
  }
  if (!all && table.fold > 0 && rows.size() > table.fold) {
    rows.resize(table.fold);
  }
  return rows;
}

Laid lay_out(const Table& table, const std::vector<std::size_t>& columns, const std::vector<std::size_t>& rows) {
  Laid laid;
  for (const std::size_t c : columns) {
    laid.cols.push_back({heading(table.columns[c]), true, 0, 0});
  }
  for (const std::size_t r : rows) {
    std::vector<ScreenNumber>& line = laid.rows.emplace_back();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const Cell& cell = table.rows[r][columns[i]];
      line.push_back(shown(cell, table.columns[columns[i]]));
      Laid::Col& col = laid.cols[i];
      col.text = col.text && cell.kind != Cell::Kind::Number;
      col.main = std::max(col.main, display_width(line.back().main));
      col.extra = std::max(col.extra, display_width(line.back().extra));
    }
  }
  return laid;
}

// Columns [0, labels) are repeated in every block; the others fill blocks of at most `width`.
std::vector<std::vector<std::size_t>> blocks(const Laid& laid, std::size_t labels, std::size_t width) {
  std::vector<std::vector<std::size_t>> result;
  std::size_t label_width = 0;
  std::vector<std::size_t> first;
  for (std::size_t c = 0; c < std::min(labels, laid.cols.size()); ++c) {
    label_width += laid.cols[c].width() + kGap;
    first.push_back(c);
  }
  std::vector<std::size_t> current = first;
  std::size_t used = label_width;
  for (std::size_t c = first.size(); c < laid.cols.size(); ++c) {
    const std::size_t more = laid.cols[c].width() + kGap;
    if (used + more > width && current.size() > first.size()) {
      result.push_back(current);
      current = first;
      used = label_width;
    }
    current.push_back(c);
    used += more;
  }
  result.push_back(current);
  return result;
}

// Makes text columns narrower, the widest first, while the table is too wide for one block.
void squeeze(Laid& laid, std::size_t width) {
  std::size_t total = 0;
  for (const Laid::Col& col : laid.cols) {
    total += col.width() + kGap;
  }
  while (total > width) {
    std::size_t widest = laid.cols.size();
    for (std::size_t c = 0; c < laid.cols.size(); ++c) {
      const Laid::Col& col = laid.cols[c];
      if (col.text && col.main > std::max(kShortestLabel, display_width(col.title)) &&
          (widest == laid.cols.size() || col.main > laid.cols[widest].main)) {
        widest = c;
      }
    }
    if (widest == laid.cols.size()) {
      return;
    }
    --laid.cols[widest].main;
    --total;
  }
}

std::string needs_text(std::uint64_t needs) {
  return needs > 0 ? fmt::format("needs ~{} replications", grouped(needs)) : std::string("only pooled over replications");
}

// "· no interval: p99 (needs ~60 replications), p90 (needs ~12 replications)"
void explain_refusals(Screen& screen, const Table& table, const std::vector<std::size_t>& columns,
                      const std::vector<std::size_t>& rows) {
  std::vector<std::pair<std::string, std::string>> by_reason;  // reason, columns
  for (const std::size_t c : columns) {
    std::uint64_t needs = 0;
    bool refused = false;
    for (const std::size_t r : rows) {
      const Cell& cell = table.rows[r][c];
      if (cell.kind == Cell::Kind::Number && cell.number.certainty == Certainty::NoInterval) {
        refused = true;
        needs = std::max(needs, cell.number.needs);
      }
    }
    if (refused) {
      const std::string reason = needs_text(needs);
      auto found = std::find_if(by_reason.begin(), by_reason.end(), [&](const auto& r) { return r.first == reason; });
      if (found == by_reason.end()) {
        by_reason.emplace_back(reason, table.columns[c].title);
      } else {
        found->second += ", " + table.columns[c].title;
      }
    }
  }
  for (const auto& [reason, names] : by_reason) {
    screen.prose(fmt::format("· {}: no interval ({})", names, reason), 2, true);
  }
}

void write_rows(Screen& screen, const Table& table) {
  const bool all = screen.options().all;
  const std::vector<std::size_t> columns = shown_columns(table, all);
  const std::vector<std::size_t> rows = shown_rows(table, all);
  Laid laid = lay_out(table, columns, rows);
  const std::size_t width = screen.options().width - kGap;  // two columns of indentation
  squeeze(laid, width + kGap);
  for (const std::vector<std::size_t>& block : blocks(laid, table.label_columns, width + kGap)) {
    std::string head(kGap, ' ');
    for (const std::size_t c : block) {
      head += padded(laid.cols[c].title, laid.cols[c].width(), laid.cols[c].text);
      head.append(kGap, ' ');
    }
    while (head.ends_with(' ')) {
      head.pop_back();
    }
    screen.dim(head);
    for (const std::vector<ScreenNumber>& row : laid.rows) {
      std::string text(kGap, ' ');
      for (const std::size_t c : block) {
        const Laid::Col& col = laid.cols[c];
        if (col.text) {
          text += padded(shortened(row[c].main, std::max(col.main, display_width(col.title))), col.width(), true);
        } else {
          const std::size_t behind = col.extra > 0 ? col.extra + 1 : 0;
          std::string number = padded(row[c].main, col.width() - behind, false);
          if (behind > 0) {
            number += " " + padded(row[c].extra, col.extra, true);
          }
          text += number;
        }
        text.append(kGap, ' ');
      }
      screen.line(text);
    }
  }
  if (rows.size() < table.rows.size()) {
    screen.dim(fmt::format("  (and {} more: --all)", table.rows.size() - rows.size()));
  }
  explain_refusals(screen, table, columns, rows);
}

// One line per column: the worst value of every slot, lowest to highest as a bar of eight heights.
void write_series(Screen& screen, const Table& table) {
  static constexpr std::array<std::string_view, 8> kBars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const std::size_t points = table.rows.size();
  if (points == 0) {
    return;
  }
  const std::size_t per_slot = (points + kSparks - 1) / kSparks;
  std::size_t label = 0;
  for (const Column& column : table.columns) {
    label = std::max(label, display_width(for_terminal(column.title)));
  }
  for (std::size_t c = 1; c < table.columns.size(); ++c) {
    const Column& column = table.columns[c];
    if (!on_screen(column, screen.options().all)) {
      continue;
    }
    std::string bars;
    const bool low_is_worse = column.unit == Unit::Fraction;
    double lowest = HUGE_VAL;
    double highest = -HUGE_VAL;
    bool text = false;
    for (const std::vector<Cell>& row : table.rows) {
      text = text || row[c].kind == Cell::Kind::Text;
      if (row[c].kind == Cell::Kind::Number && has_value(row[c].number)) {
        lowest = std::min(lowest, row[c].number.value);
        highest = std::max(highest, row[c].number.value);
      }
    }
    for (std::size_t from = 0; from < points; from += per_slot) {
      bool marked = false;
      bool any = false;
      double worst = low_is_worse ? HUGE_VAL : -HUGE_VAL;
      for (std::size_t r = from; r < std::min(points, from + per_slot); ++r) {
        const Cell& cell = table.rows[r][c];
        marked = marked || (cell.kind == Cell::Kind::Text && !cell.text.empty());
        if (cell.kind == Cell::Kind::Number && has_value(cell.number)) {
          any = true;
          worst = low_is_worse ? std::min(worst, cell.number.value) : std::max(worst, cell.number.value);
        }
      }
      if (text) {
        bars += marked ? "═" : " ";
      } else if (!any) {
        bars += " ";
      } else {
        const double share = highest > lowest ? (worst - lowest) / (highest - lowest) : 0.0;
        bars += kBars[std::min<std::size_t>(7, static_cast<std::size_t>(share * 8.0))];
      }
    }
    const std::string name = padded(for_terminal(column.title), label, true);
    if (text) {
      screen.line(fmt::format("  {}  {}", name, bars));
    } else if (highest >= lowest) {
      const ScreenNumber from = screen_number(no_interval(lowest, 0), column.unit);
      const ScreenNumber to = screen_number(no_interval(highest, 0), column.unit);
      screen.line(fmt::format("  {}  {}  {} to {} {}", name, bars, from.main, to.main, unit_title(column.unit)));
    }
  }
}

void write_section(Screen& screen, const Section& section) {
  const bool all = screen.options().all;
  if (section.folded && !all) {
    return;
  }
  const auto visible = [&](const Table& table) {
    return table.audience != Audience::Machine && !table.rows.empty();
  };
  if (section.paragraphs.empty() && std::none_of(section.tables.begin(), section.tables.end(), visible)) {
    return;
  }
  screen.line();
  screen.title(for_terminal(section.title));
  for (const Table& table : section.tables) {
    if (!visible(table)) {
      continue;
    }
    if (!table.title.empty()) {
      screen.prose(table.title, 2);
    }
    table.columnar ? write_series(screen, table) : write_rows(screen, table);
  }
  for (const std::string& paragraph : section.paragraphs) {
    screen.prose(paragraph, 2);
  }
}

std::string facts_line(const std::vector<Fact>& facts) {
  std::string text;
  for (const Fact& fact : facts) {
    if (fact.title.empty()) {
      continue;  // shown elsewhere, or for machines only
    }
    std::string value;
    if (fact.cell.kind == Cell::Kind::Text) {
      value = fact.cell.text;
    } else if (fact.cell.kind == Cell::Kind::Number) {
      value = spoken(fact.cell.number, fact.unit);
    }
    if (value.empty()) {
      continue;
    }
    text += text.empty() ? "" : " · ";
    text += fact.title == "-" ? value : fmt::format("{} {}", fact.title, value);
  }
  return text;
}

constexpr std::size_t kNotes = 3;

void write_notes(Screen& screen, const CandidateReport& candidate, const std::string& label) {
  const std::size_t shown = screen.options().all ? candidate.notes.size() : std::min(kNotes, candidate.notes.size());
  for (std::size_t i = 0; i < shown; ++i) {
    screen.prose(fmt::format("{}: {}", label, candidate.notes[i]), 0, true);
  }
  if (shown < candidate.notes.size()) {
    screen.prose(fmt::format("{}: (and {} more notes: --all)", label, candidate.notes.size() - shown), 0, true);
  }
}

std::string text_fact(const std::vector<Fact>& facts, std::string_view key) {
  for (const Fact& fact : facts) {
    if (fact.key == key) {
      return fact.cell.text;
    }
  }
  return {};
}

}  // namespace

std::string write_text(const Report& report, const WriteOptions& options) {
  Screen screen(options);
  screen.title(fmt::format("meshsim {} {}", name_of(report.kind), for_terminal(text_fact(report.header, "file"))));
  if (const std::string question = text_fact(report.header, "question"); !question.empty()) {
    screen.prose(question, 0);
  }
  screen.prose(facts_line(report.header), 0, true);
  for (const std::string& warning : report.warnings) {
    screen.prose("! " + warning, 0);
  }
  const bool with_candidates = report.kind == Report::Kind::Run || options.all;
  if (with_candidates) {
    for (const CandidateReport& candidate : report.candidates) {
      screen.line();
      screen.title(fmt::format("━━ {} ━━", for_terminal(candidate.name)));
      screen.prose(facts_line(candidate.facts), 0, true);
      for (const Section& section : candidate.sections) {
        write_section(screen, section);
      }
      write_notes(screen, candidate, "note");
    }
  } else {
    for (const CandidateReport& candidate : report.candidates) {
      screen.prose(fmt::format("{}: {}", candidate.name, facts_line(candidate.facts)), 0, true);
    }
    for (const CandidateReport& candidate : report.candidates) {
      write_notes(screen, candidate, candidate.name);
    }
  }
  for (const Section& section : report.comparison) {
    write_section(screen, section);
  }
  if (!report.verdict.empty()) {
    screen.line();
    for (const std::string& sentence : report.verdict) {
      screen.prose(sentence, 0);
    }
  }
  return screen.take();
}

std::vector<OutputFile> text_files(const Report& report) {
  WriteOptions options;
  options.all = true;
  return {{"report.txt", write_text(report, options)}};
}

}  // namespace reports
