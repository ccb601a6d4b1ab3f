#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "reports/contest.h"
#include "reports/numbers.h"
#include "reports/propagation.h"
#include "reports/sections.h"

namespace reports {
namespace {

using models::ChangeResults;
using models::Results;

constexpr double kSecondsPerNanosecond = 1e-9;
constexpr std::size_t kWorstRows = 6;

double as_double(std::uint64_t value) { return static_cast<double>(value); }

// The same in every replication: a constant of the scenario.
Estimate constant_or_mean(const std::vector<double>& values, double confidence) {
  const bool same = !values.empty() &&
                    std::all_of(values.begin(), values.end(), [&](double value) { return value == values.front(); });
  return same ? exact(values.front()) : mean_of(values, confidence);
}

// Seconds until `share` of one replication's clients acted, or a negative number if they did not.
double seconds_until(const ChangeResults& change, double share) {
  const double wanted = share * as_double(change.holders);
  const double arrived = as_double(std::min(change.arrived, change.delay.count()));
  if (change.holders == 0 || arrived < wanted || change.delay.empty()) {
    return -1.0;
  }
  return change.delay.quantile(wanted / arrived) * kSecondsPerNanosecond;
}

double seconds_watched(const models::Catalog& catalog, const models::Catalog::Change& change) {
  return sim::to_seconds(std::max<sim::Duration>(catalog.duration - change.at, 0));
}

std::string seconds_text(double seconds) { return spoken(exact(seconds), Unit::LongSeconds); }

Table changes_table(const View& view) {
  Table table;
  table.key = "changes";
  table.fold = kWorstRows;
  table.columns = {{"change", "change", Unit::None, Show::Always},
                   {"at", "at", Unit::LongSeconds, Show::Always},
                   {"clients", "clients", Unit::Count, Show::Always},
                   {"acted", "act by it", Unit::Fraction, Show::Always}};
  for (const TravelShare& info : kTravelShares) {
    table.columns.push_back({info.key, info.title, Unit::LongSeconds, Show::Always});
  }
  table.columns.insert(table.columns.end(), {{"everywhere", "all", Unit::LongSeconds, Show::Always},
                                             {"stale_calls", "stale calls", Unit::Count, Show::Always},
                                             {"stale_failed_share", "of them failed", Unit::Fraction, Show::Always},
                                             {"carriers", "travels", Unit::None, Show::Always},
                                             {"stale_failed", "", Unit::Count, Show::MachineOnly},
                                             {"holders", "", Unit::Count, Show::MachineOnly},
                                             {"arrived", "", Unit::Count, Show::MachineOnly},
                                             {"completed_replications", "", Unit::Count, Show::MachineOnly},
                                             {"watched", "", Unit::LongSeconds, Show::MachineOnly}});
  for (std::size_t c = 0; c < changes_of(view); ++c) {
    const models::Catalog::Change& change = view.catalog().changes[c];
    const Travel travel = travel_of(view, c);
    std::vector<Cell> row{text_cell(change.name), exact_cell(sim::to_seconds(change.at)), number_cell(travel.clients),
                          number_cell(travel.acted)};
    for (const Estimate& until : travel.until) {
      row.push_back(number_cell(until));
    }
    row.insert(row.end(), {number_cell(travel.everywhere), count_cell(travel.stale_calls),
                           number_cell(travel.stale_failed_share), text_cell(carriers_of(change)),
                           count_cell(travel.stale_failed), count_cell(travel.holders), count_cell(travel.arrived),
                           count_cell(travel.completed), exact_cell(seconds_watched(view.catalog(), change))});
    add_row(table, std::move(row));
  }
  return table;
}

// Share of the clients of all replications against time. It ends where the watching ended, not where it was complete.
Table curve_table(const View& view) {
  constexpr double kStep = 1.0 / 200.0;  // a point where the curve moved that much
  Table table;
  table.key = "propagation";
  table.columnar = true;
  table.audience = Audience::Machine;
  table.columns = {{"change", "change", Unit::None, Show::MachineOnly},
                   {"time", "time", Unit::LongSeconds, Show::MachineOnly},
                   {"share", "share", Unit::Fraction, Show::MachineOnly}};
  for (std::size_t c = 0; c < changes_of(view); ++c) {
    const models::Catalog::Change& change = view.catalog().changes[c];
    const ChangeResults& merged = view.merged().changes[c];
    if (merged.holders == 0) {
      continue;
    }
    const double holders = as_double(merged.holders);
    const auto add = [&](double seconds, double share) {
      add_row(table, {text_cell(change.name), exact_cell(seconds), exact_cell(share)});
    };
    add(merged.delay.empty() ? 0.0 : static_cast<double>(merged.delay.min()) * kSecondsPerNanosecond, 0.0);
    double last = 0.0;
    std::uint64_t below = 0;
    merged.delay.for_each_bucket([&](std::int64_t, std::int64_t hi, std::uint64_t count) {
      below += count;
      const double share = as_double(below) / holders;
      if (share - last >= kStep || below == merged.delay.count()) {
        const double end = static_cast<double>(std::min(hi, merged.delay.max())) * kSecondsPerNanosecond;
        add(end, share);
        last = share;
      }
    });
    const double watched = seconds_watched(view.catalog(), change);
    if (merged.delay.empty() || static_cast<double>(merged.delay.max()) * kSecondsPerNanosecond < watched) {
      add(watched, as_double(below) / holders);
    }
  }
  return table;
}

constexpr const char* kTitle =
    "How each change of policy travelled (seconds from the change; clients are pods that call)";

}  // namespace

std::size_t changes_of(const View& view) {
  std::size_t count = std::min(view.catalog().changes.size(), view.merged().changes.size());
  for (const Results* results : view.replications()) {
    count = std::min(count, results->changes.size());
  }
  return count;
}

std::string carriers_of(const models::Catalog::Change& change) {
  std::string text;
  for (const std::string& carrier : change.carriers) {
    text += text.empty() ? carrier : ", " + carrier;
  }
  return text.empty() ? "nobody acts on it" : text;
}

Travel travel_of(const View& view, std::size_t change) {
  const double confidence = view.confidence();
  Travel travel;
  std::vector<double> clients;
  std::array<std::vector<double>, kTravelShares.size()> until;
  for (const Results* results : view.replications()) {
    const ChangeResults& one = results->changes[change];
    travel.holders += one.holders;
    travel.arrived += one.arrived;
    travel.stale_calls += one.stale_calls;
    travel.stale_failed += one.stale_failed;
    clients.push_back(as_double(one.holders));
    for (std::size_t s = 0; s < kTravelShares.size(); ++s) {
      if (const double seconds = seconds_until(one, kTravelShares[s].share); seconds >= 0.0) {
        until[s].push_back(seconds);
      }
    }
    if (!one.complete.empty()) {
      travel.complete.push_back(one.complete.mean() * kSecondsPerNanosecond);
    }
  }
  const std::size_t replications = view.replications().size();
  const auto of_all = [&](const std::vector<double>& times) {
    return times.size() == replications ? mean_of(times, confidence) : missing();
  };
  travel.clients = constant_or_mean(clients, confidence);
  travel.acted = view.ratio([change](const Results& r) { return as_double(r.changes[change].arrived); },
                            [change](const Results& r) { return as_double(r.changes[change].holders); });
  for (std::size_t s = 0; s < kTravelShares.size(); ++s) {
    travel.until[s] = of_all(until[s]);
  }
  travel.everywhere = of_all(travel.complete);
  travel.completed = travel.complete.size();
  if (travel.completed < replications) {
    travel.complete.clear();
  }
  travel.stale_failed_share =
      view.proportion([change](const Results& r) { return as_double(r.changes[change].stale_failed); },
                      [change](const Results& r) { return as_double(r.changes[change].stale_calls); });
  return travel;
}

std::string arrival_words(const View& view, std::size_t change, const Travel& travel) {
  const models::Catalog::Change& info = view.catalog().changes[change];
  const std::string watched = seconds_text(seconds_watched(view.catalog(), info));
  if (info.carriers.empty()) {
    return fmt::format("nobody acts on {}", info.name);
  }
  if (travel.holders == 0) {
    return fmt::format("{} alters nobody's calls", info.name);
  }
  if (travel.arrived == 0) {
    return fmt::format("{} did not arrive within the run: {} after it nobody acts by it ({})", info.name, watched,
                       carriers_of(info));
  }
  const std::size_t replications = view.replications().size();
  if (travel.completed == replications) {
    return {};
  }
  return fmt::format(
      "{} did not arrive everywhere within the run: {} after it {} of the clients act by it, all of them in {} of {} "
      "replications ({})",
      info.name, watched, spoken(travel.acted, Unit::Fraction), travel.completed, replications, carriers_of(info));
}

Section propagation_section(const View& view) {
  Section section{"propagation", kTitle, {}, {}, false};
  if (changes_of(view) == 0) {
    return section;
  }
  section.tables = {changes_table(view), curve_table(view)};
  for (std::size_t c = 0; c < changes_of(view); ++c) {
    if (std::string words = arrival_words(view, c, travel_of(view, c)); !words.empty()) {
      section.paragraphs.push_back(std::move(words) + ".");
    }
  }
  return section;
}

// Change by change, so that candidates stand below one another.
Section propagation_side_by_side(const Contest& contest) {
  Section section{"comparison_propagation", kTitle, {}, {}, false};
  Table table;
  table.key = "changes_side_by_side";
  table.audience = Audience::Screen;
  table.label_columns = 2;
  std::vector<Table> tables;
  std::size_t most = 0;
  for (const std::unique_ptr<View>& view : contest.views) {
    tables.push_back(changes_table(*view));
    most = std::max(most, tables.back().rows.size());
  }
  if (most == 0) {
    return section;
  }
  table.columns = tables.front().columns;
  table.columns.insert(table.columns.begin() + 1, {"candidate", "candidate", Unit::None, Show::Always});
  for (std::size_t c = 0; c < most; ++c) {
    bool first = true;
    for (std::size_t v = 0; v < tables.size(); ++v) {
      if (c >= tables[v].rows.size()) {
        continue;
      }
      std::vector<Cell> row = tables[v].rows[c];
      row[0] = text_cell(first ? row[0].text : "");
      row.insert(row.begin() + 1, text_cell(contest.name(v)));
      add_row(table, std::move(row));
      first = false;
      if (std::string words = arrival_words(*contest.views[v], c, travel_of(*contest.views[v], c)); !words.empty()) {
        section.paragraphs.push_back(fmt::format("{}: {}.", contest.name(v), words));
      }
    }
    table.fold = c * tables.size() < kWorstRows ? table.rows.size() : table.fold;
  }
  section.tables.push_back(std::move(table));
  return section;
}

}  // namespace reports
