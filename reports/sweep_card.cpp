// The exchange-rate card along a sweep: one column per point, and between which points it starts to pay.
#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "reports/compare.h"
#include "reports/numbers.h"
#include "reports/sweep.h"

namespace reports {
namespace {

constexpr const char* kUndecidedMark = " ?";

std::string point_name(const SweepPoint& point) {
  std::string name;
  for (const std::string& value : point.values) name += (name.empty() ? "" : ", ") + value;
  return name;
}

std::string short_path(const std::string& path) { return path.substr(path.find_last_of('.') + 1); }

// What a line is about, whatever the point.
struct RowKey {
  std::string item;
  std::string subject;
  bool operator==(const RowKey&) const = default;
};

// Short: the columns beside it are many.
std::string label_of(const CardLine& line) {
  const std::string& of = line.subject;
  const std::pair<const char*, std::string> labels[] = {{"p50", "p50, " + of},
                                                        {"p99", "p99, " + of},
                                                        {kCores, "CPU"},
                                                        {"vcpu_ms_per_1000_requests", "CPU of 1,000 requests"},
                                                        {"vcpu_hours_per_day", "CPU of a day"},
                                                        {kGigabytes, "memory"},
                                                        {"gigabyte_hours_per_day", "memory of a day"},
                                                        {kFailuresAvoided, "failures avoided, " + of},
                                                        {"failures_avoided_per_day", "failures avoided, a day"},
                                                        {"until_everywhere", "everywhere: " + of},
                                                        {"unreached_share", "failures in any case"},
                                                        {"cost_per_year", "cost of a year"},
                                                        {"engineer_hours_per_year", "as hours of an engineer"},
                                                        {"saving_each", "one " + of + " saves"},
                                                        {kNetPerYear, "a year, net, by " + of},
                                                        {kPerYear, of + ", times a year to pay"}};
  for (const auto& [item, label] : labels) {
    if (line.item == item) return label;
  }
  return line.words;
}

std::string cell_of(const CardLine& line) {
  if (!line.shown.empty()) return line.shown;
  if (!has_value(line.figure)) return "-";
  std::string text = spoken(line.figure, line.unit, line.with_sign, line.decimals);
  return line.note.starts_with("undecided") ? text + kUndecidedMark : text;
}

// Of one candidate: the lines of every point, prices applied. Points without it have none.
struct Lines {
  std::string candidate;
  std::string baseline;
  std::vector<std::vector<CardLine>> at;  // by point
};

const CardLine* find(const std::vector<CardLine>& lines, const RowKey& key) {
  const auto found = std::find_if(lines.begin(), lines.end(),
                                  [&](const CardLine& l) { return l.item == key.item && l.subject == key.subject; });
  return found == lines.end() ? nullptr : &*found;
}

std::vector<Lines> gather(const Sweep& sweep, const Prices& prices) {
  std::vector<Lines> all;
  for (std::size_t p = 0; p < sweep.points.size(); ++p) {
    for (const PointCard& card : sweep.points[p].cards) {
      auto owner = std::find_if(all.begin(), all.end(), [&](const Lines& l) { return l.candidate == card.candidate; });
      if (owner == all.end()) {
        all.push_back({card.candidate, card.baseline, std::vector<std::vector<CardLine>>(sweep.points.size())});
        owner = all.end() - 1;
      }
      std::vector<CardLine> lines = card.lines;
      if (!card.candidate.empty()) {
        for (CardLine& line : price_lines(card.lines, prices)) lines.push_back(std::move(line));
      }
      owner->at[p] = std::move(lines);
    }
  }
  // What holds for all together comes last.
  std::stable_partition(all.begin(), all.end(), [](const Lines& l) { return !l.candidate.empty(); });
  return all;
}

Table screen_of(const Sweep& sweep, const Lines& lines) {
  Table table;
  table.key = "card_screen";
  table.title =
      lines.candidate.empty() ? "all candidates" : fmt::format("{}, against {}", lines.candidate, lines.baseline);
  table.audience = Audience::Screen;
  table.label_columns = 3;
  std::string paths;
  for (const std::string& path : sweep.paths) paths += (paths.empty() ? "" : ", ") + short_path(path);
  table.columns = {{"group", "", Unit::None, Show::Always},
                   {"of", paths, Unit::None, Show::Always},
                   {"basis", "known how", Unit::None, Show::Always}};
  for (std::size_t p = 0; p < sweep.points.size(); ++p)
    table.columns.push_back({fmt::format("point_{}", p), point_name(sweep.points[p]), Unit::None, Show::Always});
  std::vector<RowKey> keys;
  for (const std::vector<CardLine>& at : lines.at) {
    for (const CardLine& line : at) {
      const RowKey key{line.item, line.subject};
      const bool shown = !line.further && (!line.words.empty() || line.item == "unreached_share");
      if (shown && std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    }
  }
  std::string group;
  for (const RowKey& key : keys) {
    std::string label;
    std::string own_group;
    Basis basis = Basis::Measured;
    std::vector<Cell> cells;
    for (const std::vector<CardLine>& at : lines.at) {
      const CardLine* line = find(at, key);
      cells.push_back(text_cell(line == nullptr ? "-" : cell_of(*line)));
      if (line == nullptr) continue;
      own_group = line->group;
      basis = std::max(basis, line->basis);
      label = label_of(*line);
    }
    std::vector<Cell> row{text_cell(own_group == group ? "" : own_group), text_cell(label),
                          text_cell(shown_name(basis))};
    for (Cell& cell : cells) row.push_back(std::move(cell));
    add_row(table, std::move(row));
    group = own_group;
  }
  return table;
}

// Points that differ in one axis alone, in the order of its values.
struct Row {
  std::string where;  // the other axes
  std::vector<std::size_t> points;
};

std::vector<Row> rows_along(const Sweep& sweep, std::size_t axis) {
  std::vector<Row> rows;
  for (std::size_t p = 0; p < sweep.points.size(); ++p) {
    std::string where;
    for (std::size_t a = 0; a < sweep.paths.size(); ++a) {
      if (a != axis)
        where +=
            fmt::format("{}{} {}", where.empty() ? "" : ", ", short_path(sweep.paths[a]), sweep.points[p].values[a]);
    }
    auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.where == where; });
    if (row == rows.end()) row = rows.insert(rows.end(), {where, {}});
    row->points.push_back(p);
  }
  return rows;
}

std::string listed(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i)
    text += (i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ") + parts[i];
  return text;
}

struct Turn {
  bool starts = false;  // to pay; or ceases to
  std::string from;     // the last value at which it was decided the other way
  std::string to;
};

struct Paying {
  std::map<Direction, std::vector<std::string>> at;  // values
  std::vector<Turn> turns;
};

Paying paying(const Sweep& sweep, const Lines& lines, const RowKey& key, const Row& row, std::size_t axis) {
  Paying result;
  std::optional<std::size_t> before;  // the last decided point
  Direction last = Direction::Undecided;
  for (const std::size_t p : row.points) {
    const CardLine* line = find(lines.at[p], key);
    const std::string& value = sweep.points[p].values[axis];
    const Direction now =
        line == nullptr || !has_value(line->figure) ? Direction::Undecided : direction_of(line->figure, false);
    result.at[now].push_back(value);
    if (now == Direction::Undecided) continue;
    if (before && now != last)
      result.turns.push_back({now == Direction::Gain, sweep.points[*before].values[axis], value});
    before = p;
    last = now;
  }
  return result;
}

// "saves more than it costs at 60 and 1000, costs more at 5; it starts to pay between 5 and 60": measured, no more.
std::string words_of(Paying& paying) {
  std::vector<std::string> parts;
  for (const auto& [direction, words] :
       {std::pair(Direction::Gain, "saves more than it costs at "), std::pair(Direction::Loss, "costs more at "),
        std::pair(Direction::Undecided, "is undecided at ")}) {
    if (!paying.at[direction].empty()) parts.push_back(words + listed(paying.at[direction]));
  }
  std::string text = fmt::format("{}", fmt::join(parts, ", "));
  for (const Turn& turn : paying.turns)
    text += fmt::format("; it {} to pay between {} and {}", turn.starts ? "starts" : "ceases", turn.from, turn.to);
  return paying.turns.empty() ? text + "; nowhere between them does that turn" : text;
}

void say_where_it_pays(Section& section, const Sweep& sweep, const std::vector<Lines>& all, const Prices& prices) {
  const auto size = std::find(sweep.paths.begin(), sweep.paths.end(), "fleet.size");
  const bool along_size = size != sweep.paths.end();
  const std::size_t axis = along_size ? static_cast<std::size_t>(size - sweep.paths.begin()) : 0;
  Table turns;
  turns.key = "pays";
  turns.audience = Audience::Machine;
  for (const char* column :
       {"candidate", "baseline", "entry", "per_year", "path", "where", "turn", "from", "to", "basis"})
    turns.columns.push_back({column, "", Unit::None, Show::MachineOnly});
  std::vector<std::string> missing_prices;
  bool asked = false;
  for (const Lines& lines : all) {
    if (lines.candidate.empty()) continue;
    for (const std::vector<CardLine>& at : lines.at) {
      for (const CardLine& line : at) {
        if (line.item == kPerYear && line.words.empty() &&
            std::find(missing_prices.begin(), missing_prices.end(), line.note) == missing_prices.end())
          missing_prices.push_back(line.note);
      }
    }
    if (!along_size && sweep.paths.size() != 1) continue;
    for (const auto& [name, often] : prices.per_year) {
      const RowKey key{kNetPerYear, name};
      if (std::none_of(lines.at.begin(), lines.at.end(), [&](const auto& at) { return find(at, key) != nullptr; }))
        continue;
      asked = true;
      for (const Row& row : rows_along(sweep, axis)) {
        Paying found = paying(sweep, lines, key, row, axis);
        section.paragraphs.push_back(
            fmt::format("{} against {}{}, along {}, with {} of {} a year at the given prices: {}.", lines.candidate,
                        lines.baseline, row.where.empty() ? "" : " (" + row.where + ")", short_path(sweep.paths[axis]),
                        canonical_text(often), name, words_of(found)));
        for (const Turn& turn : found.turns) {
          add_row(turns,
                  {text_cell(lines.candidate), text_cell(lines.baseline), text_cell(name), exact_cell(often),
                   text_cell(sweep.paths[axis]), text_cell(row.where), text_cell(turn.starts ? "starts" : "ceases"),
                   text_cell(turn.from), text_cell(turn.to), text_cell(name_of(Basis::Assumed))});
        }
      }
    }
  }
  if (asked) {
    section.paragraphs.emplace_back("Costs and savings are measured or part assumed as marked, prices are assumed.");
    section.tables.push_back(std::move(turns));
  }
  for (const std::string& note : missing_prices)
    section.paragraphs.push_back(fmt::format("Where it starts to pay: {}.", note));
  if (missing_prices.empty() && !asked && !(prices == Prices{}))
    section.paragraphs.emplace_back(
        "Where it starts to pay: needs how many times a year the entries of the timeline happen (prices.perYear).");
}

}  // namespace

std::vector<PointCard> point_cards(const models::ScenarioSpec& scenario, const std::vector<Input>& inputs,
                                   std::size_t baseline) {
  std::vector<PointCard> cards;
  if (inputs.size() < 2) return cards;
  Contest contest;
  contest.baseline = baseline;
  for (const Input& input : inputs)
    contest.views.push_back(std::make_unique<View>(*input.catalog, *input.run, scenario.run.confidence));
  for (std::size_t c = 0; c < inputs.size(); ++c) {
    if (c == baseline) continue;
    const Payoff payoff = payoff_of(scenario, inputs[baseline], inputs[c]);
    PointCard card{contest.name(c), contest.name(baseline), cost_lines(contest.base(), *contest.views[c], payoff)};
    for (CardLine& line : saving_lines(contest.base(), *contest.views[c], payoff))
      card.lines.push_back(std::move(line));
    cards.push_back(std::move(card));
  }
  cards.push_back({"", "", unreached_lines(contest)});
  return cards;
}

Section sweep_card_section(const Sweep& sweep, const Prices& prices) {
  Section section{"card", "Exchange rates along the sweep: what each candidate costs and saves", {}, {}, false};
  const std::vector<Lines> all = gather(sweep, prices);
  if (all.empty()) return section;
  Table card = card_table();
  std::vector<Column> columns;
  for (const std::string& path : sweep.paths) columns.push_back({path, "", Unit::None, Show::MachineOnly});
  columns.insert(columns.end(), card.columns.begin(), card.columns.end());
  bool undecided = false;
  Table whole = card;
  whole.columns = columns;
  for (const Lines& lines : all) {
    for (std::size_t p = 0; p < sweep.points.size(); ++p) {
      Table one = card_table();
      add_lines(one, {lines.candidate, lines.baseline}, lines.at[p]);
      for (std::vector<Cell>& row : one.rows) {
        std::vector<Cell> cells;
        for (const std::string& value : sweep.points[p].values) cells.push_back(text_cell(value));
        std::move(row.begin(), row.end(), std::back_inserter(cells));
        add_row(whole, std::move(cells));
      }
      undecided = undecided || std::any_of(lines.at[p].begin(), lines.at[p].end(),
                                           [](const CardLine& line) { return line.note.starts_with("undecided"); });
    }
    section.tables.push_back(screen_of(sweep, lines));
  }
  section.tables.push_back(std::move(whole));
  say_where_it_pays(section, sweep, all, prices);
  if (undecided) section.paragraphs.emplace_back("?: undecided, the interval contains zero or there is none.");
  return section;
}

}  // namespace reports
