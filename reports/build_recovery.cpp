// Did goodput come back when the cause had gone? For each disturbance that ends within the run: the share of requests
// that succeed, before it and after it, by timeline bucket and replication. A fleet that stays down although nothing is
// wrong any more is metastable (Bronson et al., HotOS 2021; Huang et al., OSDI 2022); that is said with how long it was
// watched, and with what kept the load up.
// Smoothed over at least three buckets and 30 requests; "back" is 95% of the share before. Watched until the next
// disturbance begins or the run ends. Not back: the last smoothed share watched is below that.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "reports/contest.h"
#include "reports/numbers.h"
#include "reports/sections.h"

namespace reports {
namespace {

using models::Catalog;
using models::EdgeResults;
using models::Results;
using models::Served;

constexpr double kBack = 0.95;       // of the share before
constexpr std::size_t kBuckets = 3;  // at least, in one smoothed share
constexpr double kRequests = 30;     // at least
constexpr double kManyTries = 1.1;   // tries per call that count as amplification
constexpr double kMuchWaste = 0.1;   // share of the CPU that counts as work for nobody
constexpr const char* kTitle = "Recovery (all entries; back: 95% of the success before)";

struct Disturbance {
  std::string name;
  std::size_t normal_from = 0;  // buckets [normal_from, begins): nothing is wrong
  std::size_t begins = 0;
  std::size_t ends = 0;   // first bucket after it
  std::size_t until = 0;  // buckets [ends, until) are watched
};

struct Recovery {
  std::vector<double> seconds;       // until goodput was back, of the replications in which it was
  std::size_t lost = 0;              // replications in which it was not
  std::vector<Ratio> before, after;  // success shares: normal, and in the last third of the watched part
};

bool lasts(const Catalog::Window& window) { return window.name.starts_with("during "); }

// When something begins: a disturbance, or a change for good (which has no "during").
std::vector<sim::Time> beginnings(const Catalog& catalog) {
  std::vector<sim::Time> found;
  for (const Catalog::Window& window : catalog.windows) {
    if (window.name.starts_with("before ")) found.push_back(window.to);
  }
  return found;
}

std::vector<Disturbance> disturbances(const Catalog& catalog, std::size_t buckets) {
  std::vector<Disturbance> found;
  if (catalog.timeline_bucket <= 0) return found;
  const auto first_after = [&](sim::Time at) {
    return static_cast<std::size_t>((at + catalog.timeline_bucket - 1) / catalog.timeline_bucket);
  };
  for (const Catalog::Window& window : catalog.windows) {
    if (!lasts(window) || window.to >= catalog.duration) continue;
    sim::Time quiet_from = 0, next = catalog.duration;
    bool still = false;  // another disturbance goes on
    for (const Catalog::Window& other : catalog.windows) {
      if (!lasts(other) || &other == &window) continue;
      if (other.from < window.to && other.to > window.to) still = true;
      if (other.to <= window.from) quiet_from = std::max(quiet_from, other.to);
    }
    for (const sim::Time at : beginnings(catalog)) {
      if (at < window.from) quiet_from = std::max(quiet_from, at);
      if (at >= window.to) next = std::min(next, at);
    }
    Disturbance one{window.name.substr(7), first_after(quiet_from),
                    static_cast<std::size_t>(window.from / catalog.timeline_bucket), first_after(window.to),
                    std::min(buckets, static_cast<std::size_t>(next / catalog.timeline_bucket))};
    if (still || one.normal_from >= one.begins || one.ends + kBuckets > one.until) continue;
    found.push_back(std::move(one));
  }
  return found;
}

Ratio share(const std::vector<Served>& served, std::size_t from, std::size_t to) {
  Ratio sum;
  for (std::size_t b = from; b < std::min(to, served.size()); ++b) {
    sum.part += static_cast<double>(served[b].ok);
    sum.whole += static_cast<double>(served[b].arrivals);
  }
  return sum;
}

double value_of(const Ratio& ratio) { return ratio.whole > 0 ? ratio.part / ratio.whole : 1.0; }

// Seconds after the end at which the last smoothed share that is too low ends; nothing: that is the last one watched.
std::optional<double> back_after(const std::vector<Served>& served, const Disturbance& one, double bucket_seconds) {
  const Ratio normal = share(served, one.normal_from, one.begins);
  const double wanted = kBack * value_of(normal);
  const double per_bucket = normal.whole / static_cast<double>(one.begins - one.normal_from);
  const auto needed = static_cast<std::size_t>(std::ceil(kRequests / std::max(per_bucket, 1e-3)));
  const std::size_t width = std::min(std::max(kBuckets, needed), one.until - one.ends);
  double back = 0.0;
  for (std::size_t b = one.ends; b + width <= one.until; ++b) {
    if (value_of(share(served, b, b + width)) >= wanted) continue;
    if (b + width == one.until) return std::nullopt;
    back = static_cast<double>(b + 1 - one.ends) * bucket_seconds;
  }
  return back;
}

Recovery recovery_of(const View& view, const Disturbance& one) {
  Recovery recovery;
  const double bucket = sim::to_seconds(view.catalog().timeline_bucket);
  for (const Results* results : view.replications()) {
    const std::vector<Served> served = results->served_by_bucket();
    if (served.size() < one.until) continue;  // the replication was stopped
    if (const std::optional<double> back = back_after(served, one, bucket)) {
      recovery.seconds.push_back(*back);
    } else {
      ++recovery.lost;
    }
    recovery.before.push_back(share(served, one.normal_from, one.begins));
    recovery.after.push_back(share(served, one.until - (one.until - one.ends + 2) / 3, one.until));
  }
  return recovery;
}

// What keeps the load above what the fleet can serve, as far as the whole run shows it.
std::string sustained_by(const View& view) {
  double tries = 0, calls = 0;
  for (const EdgeResults& edge : view.merged().edges) {
    tries += static_cast<double>(edge.attempts);
    calls += static_cast<double>(edge.calls);
  }
  const auto& cpu = view.merged().resources;
  const double wasted =
      cpu.app_cpu > 0 ? static_cast<double>(cpu.app_cpu - cpu.useful_cpu) / static_cast<double>(cpu.app_cpu) : 0.0;
  std::vector<std::string> reasons;
  if (calls > 0 && tries / calls >= kManyTries)
    reasons.push_back(fmt::format("retries ({:.3g} tries per call)", tries / calls));
  if (wasted >= kMuchWaste)
    reasons.push_back(fmt::format("work for callers that had gone ({:.0f}% of the CPU)", 100 * wasted));
  if (reasons.empty()) return "neither retries nor work for nobody stand out";
  return reasons.size() == 1 ? reasons[0] : reasons[0] + " and " + reasons[1];
}

std::string seconds_text(double seconds) { return spoken(exact(seconds), Unit::LongSeconds); }

double watched_of(const View& view, const Disturbance& one) {
  return static_cast<double>(one.until - one.ends) * sim::to_seconds(view.catalog().timeline_bucket);
}

std::string words_of(const View& view, const Disturbance& one, const Recovery& recovery) {
  if (recovery.lost == 0) return {};
  const std::size_t all = recovery.lost + recovery.seconds.size();
  return fmt::format(
      "metastable: {} after {} had ended, {} of the requests succeed ({} before it), in {} of {} replications below "
      "{:.0f}% of that at the end; over the whole run: {}",
      seconds_text(watched_of(view, one)), one.name,
      spoken(proportion_of(recovery.after, view.confidence()), Unit::Fraction),
      spoken(proportion_of(recovery.before, view.confidence()), Unit::Fraction), recovery.lost, all, 100 * kBack,
      sustained_by(view));
}

Table recovery_table(const View& view) {
  Table table;
  table.key = "recovery";
  table.columns = {{"after", "after", Unit::None, Show::Always},
                   {"watched", "watched", Unit::LongSeconds, Show::Always},
                   {"success_before", "success before", Unit::Fraction, Show::Always},
                   {"success_last", "at the end", Unit::Fraction, Show::Always},
                   {"seconds", "back after", Unit::LongSeconds, Show::Always},
                   {"recovered", "recovered", Unit::Count, Show::Always},
                   {"replications", "of", Unit::Count, Show::Always}};
  std::size_t buckets = 0;
  for (const Results* results : view.replications()) buckets = std::max(buckets, results->served_by_bucket().size());
  for (const Disturbance& one : disturbances(view.catalog(), buckets)) {
    const Recovery recovery = recovery_of(view, one);
    if (recovery.before.empty()) continue;
    const bool same = !recovery.seconds.empty() && std::all_of(recovery.seconds.begin(), recovery.seconds.end(),
                                                               [&](double s) { return s == recovery.seconds.front(); });
    const Estimate back = recovery.lost > 0 ? missing()
                          : same            ? exact(recovery.seconds.front())
                                            : mean_of(recovery.seconds, view.confidence());
    add_row(table, {text_cell(one.name), exact_cell(watched_of(view, one)),
                    number_cell(proportion_of(recovery.before, view.confidence())),
                    number_cell(proportion_of(recovery.after, view.confidence())), number_cell(back),
                    count_cell(recovery.seconds.size()), count_cell(recovery.seconds.size() + recovery.lost)});
  }
  return table;
}

std::vector<std::string> recovery_words(const View& view) {
  std::vector<std::string> found;
  std::size_t buckets = 0;
  for (const Results* results : view.replications()) buckets = std::max(buckets, results->served_by_bucket().size());
  for (const Disturbance& one : disturbances(view.catalog(), buckets)) {
    std::string words = words_of(view, one, recovery_of(view, one));
    if (!words.empty()) found.push_back(std::move(words));
  }
  return found;
}

}  // namespace

Section recovery_section(const View& view) {
  Section section{"recovery", kTitle, {}, {}, false};
  Table table = recovery_table(view);
  if (table.rows.empty()) return section;
  section.tables.push_back(std::move(table));
  for (const std::string& words : recovery_words(view)) section.paragraphs.push_back(words + ".");
  return section;
}

Section recovery_side_by_side(const Contest& contest) {
  Section section{"comparison_recovery", kTitle, {}, {}, false};
  std::vector<Table> tables;
  std::size_t most = 0;
  for (const auto& view : contest.views) {
    tables.push_back(recovery_table(*view));
    most = std::max(most, tables.back().rows.size());
  }
  if (most == 0) return section;
  Table table;
  table.key = "recovery_side_by_side";
  table.audience = Audience::Screen;
  table.label_columns = 2;
  table.columns = tables.front().columns;
  table.columns.insert(table.columns.begin() + 1, {"candidate", "candidate", Unit::None, Show::Always});
  for (std::size_t row = 0; row < most; ++row) {
    bool first = true;
    for (std::size_t v = 0; v < tables.size(); ++v) {
      if (row >= tables[v].rows.size()) continue;
      std::vector<Cell> cells = tables[v].rows[row];
      cells[0] = text_cell(first ? cells[0].text : "");
      cells.insert(cells.begin() + 1, text_cell(contest.name(v)));
      add_row(table, std::move(cells));
      first = false;
    }
  }
  section.tables.push_back(std::move(table));
  for (std::size_t v = 0; v < contest.views.size(); ++v) {
    for (const std::string& words : recovery_words(*contest.views[v])) {
      section.paragraphs.push_back(fmt::format("{} is {}.", contest.name(v), words));
    }
  }
  return section;
}

}  // namespace reports
