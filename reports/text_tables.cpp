#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "reports/numbers.h"
#include "reports/text_screen.h"

namespace reports {
namespace {

constexpr std::size_t kGap = 2;             // columns between table columns
constexpr std::size_t kShortestLabel = 16;  // a text is not cut below this
constexpr std::size_t kSparks = 60;         // characters of one series

struct Laid {  // one table, laid out: the shown columns and rows as text
  struct Col {
    std::string title;
    bool text = true;       // left-aligned
    std::size_t main = 0;   // width of the main part
    std::size_t extra = 0;  // width of the part behind it (" ±6.1")
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
    case Cell::Kind::Number:
      return screen_number(cell.number, column.unit, cell.with_sign, column.decimals, cell.decimals);
  }
  return {};
}

std::string heading(const Column& column) {
  std::string title = for_terminal(column.title);
  const std::string_view unit = unit_title(column.unit);
  if (unit.empty()) {
    return title;
  }
  return title.empty() ? std::string(unit) : fmt::format("{} {}", title, unit);
}

bool on_screen(const Column& column, bool all) {
  return column.show == Show::Always || column.show == Show::IfAny || column.show == Show::ScreenOnly ||
         (all && column.show == Show::Detail);
}

bool is_nothing(const Cell& cell) {
  return cell.kind == Cell::Kind::Number &&
         (!has_value(cell.number) || (cell.number.certainty == Certainty::Exact && cell.number.value == 0.0));
}

std::vector<std::size_t> shown_columns(const Table& table, const std::vector<std::size_t>& rows, bool all) {
  std::vector<std::size_t> columns;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const bool has_cells = std::any_of(table.rows.begin(), table.rows.end(), [c](const std::vector<Cell>& row) {
      return row[c].kind == Cell::Kind::Number || !row[c].text.empty();
    });
    const bool nothing =
        table.columns[c].show == Show::IfAny &&
        std::all_of(rows.begin(), rows.end(), [&](std::size_t r) { return is_nothing(table.rows[r][c]); });
    if (has_cells && !nothing && on_screen(table.columns[c], all)) {
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

constexpr std::size_t kLongestLabel = 24;  // in a table of several blocks
constexpr std::size_t kLongestText = 44;

// Makes labels narrower, the widest first, if that lets the table fit into one block. If it does not, the table is cut
// into blocks, and texts are only kept from filling one alone.
void squeeze(Laid& laid, std::size_t labels, std::size_t width) {
  std::size_t total = 0;
  std::size_t to_spare = 0;
  const auto shortest = [](const Laid::Col& col) { return std::max(kShortestLabel, display_width(col.title)); };
  labels = std::min(labels, laid.cols.size());
  for (std::size_t c = 0; c < laid.cols.size(); ++c) {
    const Laid::Col& col = laid.cols[c];
    total += col.width() + kGap;
    to_spare += c < labels && col.text && col.main > shortest(col) ? col.main - shortest(col) : 0;
  }
  if (total > width + to_spare) {
    for (std::size_t c = 0; c < laid.cols.size(); ++c) {
      Laid::Col& col = laid.cols[c];
      col.main = col.text ? std::min(col.main, c < labels ? kLongestLabel : kLongestText) : col.main;
    }
    return;
  }
  while (total > width) {
    std::size_t widest = labels;
    for (std::size_t c = 0; c < labels; ++c) {
      const Laid::Col& col = laid.cols[c];
      if (col.text && col.main > shortest(col) && (widest == labels || col.main > laid.cols[widest].main)) {
        widest = c;
      }
    }
    --laid.cols[widest].main;
    --total;
  }
}

std::string needs_text(std::uint64_t least, std::uint64_t most) {
  if (most == 0) {
    return "all replications together";
  }
  return least == most ? fmt::format("needs ~{} replications", grouped(most))
                       : fmt::format("needs ~{} to ~{} replications", grouped(least), grouped(most));
}

// "· no interval: p99 (needs ~60 replications), p90 (needs ~12 replications)"
void explain_refusals(Screen& screen, const Table& table, const std::vector<std::size_t>& columns,
                      const std::vector<std::size_t>& rows) {
  std::vector<std::pair<std::string, std::string>> by_reason;  // reason, columns
  for (const std::size_t c : columns) {
    std::uint64_t least = 0;
    std::uint64_t most = 0;
    bool refused = false;
    for (const std::size_t r : rows) {
      const Cell& cell = table.rows[r][c];
      if (cell.kind == Cell::Kind::Number && cell.number.certainty == Certainty::NoInterval) {
        refused = true;
        most = std::max(most, cell.number.needs);
        least = least == 0 ? cell.number.needs : cell.number.needs == 0 ? least : std::min(least, cell.number.needs);
      }
    }
    if (refused) {
      const std::string reason = needs_text(least, most);
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

}  // namespace

void write_rows(Screen& screen, const Table& table) {
  const bool all = screen.options().all;
  const std::vector<std::size_t> rows = shown_rows(table, all);
  const std::vector<std::size_t> columns = shown_columns(table, rows, all);
  Laid laid = lay_out(table, columns, rows);
  const std::size_t width = screen.options().width - kGap;  // two columns of indentation
  squeeze(laid, table.label_columns, width + kGap);
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
  if (rows.size() < table.rows.size() && table.count_folded) {
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
    bool any_text = false;
    for (const std::vector<Cell>& row : table.rows) {
      text = text || row[c].kind == Cell::Kind::Text;
      any_text = any_text || !row[c].text.empty();
      if (row[c].kind == Cell::Kind::Number && has_value(row[c].number)) {
        lowest = std::min(lowest, row[c].number.value);
        highest = std::max(highest, row[c].number.value);
      }
    }
    if (text && !any_text) {
      continue;  // nothing happens on this timeline
    }
    const ScreenNumber least = screen_number(no_interval(lowest, 0), column.unit);
    const ScreenNumber most = screen_number(no_interval(highest, 0), column.unit);
    const bool flat = least.main == most.main;
    // Shares are drawn from the worst to the best, everything else from zero: noise has to look like noise.
    const double bottom = low_is_worse ? lowest : std::min(lowest, 0.0);
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
        const double share = flat ? (highest > 0.0 ? 1.0 : 0.0) : (worst - bottom) / (highest - bottom);
        bars += kBars[std::min<std::size_t>(7, static_cast<std::size_t>(share * 8.0))];
      }
    }
    const std::string name = padded(for_terminal(column.title), label, true);
    if (text) {
      screen.line(fmt::format("  {}  {}", name, bars));
    } else if (highest >= lowest) {
      const std::string range = flat ? most.main : fmt::format("{} to {}", least.main, most.main);
      screen.line(fmt::format("  {}  {}  {} {}", name, bars, range, unit_title(column.unit)));
    }
  }
}

}  // namespace reports
