#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "reports/sections.h"

namespace reports {
namespace {

using models::EntryWindow;
using models::Outcome;

struct Percentile {
  const char* key;
  double q;
  Show show;
};
constexpr Percentile kPercentiles[] = {{"p50", 0.50, Show::Always},
                                       {"p90", 0.90, Show::Always},
                                       {"p99", 0.99, Show::Always},
                                       {"p99.9", 0.999, Show::Detail}};

void add_percentile_columns(Table& table) {
  for (const Percentile& p : kPercentiles) {
    table.columns.push_back({p.key, p.key, Unit::Seconds, p.show});
  }
}

void add_percentiles(std::vector<Cell>& row, const Latencies& latency, double confidence) {
  for (const Percentile& p : kPercentiles) {
    row.push_back(number_cell(percentile_of(latency, p.q, confidence)));
  }
}

std::vector<double> window_rates(const Windows& windows, const std::vector<double>& seconds,
                                 std::uint64_t (*count)(const EntryWindow&)) {
  std::vector<double> values;
  for (std::size_t r = 0; r < windows.size(); ++r) {
    values.push_back(seconds[r] > 0.0 ? static_cast<double>(count(*windows[r])) / seconds[r] : 0.0);
  }
  return values;
}

std::vector<double> all_seconds(const View& view) {
  std::vector<double> seconds;
  for (std::size_t r = 0; r < view.replications().size(); ++r) {
    seconds.push_back(view.seconds(r));
  }
  return seconds;
}

Estimate latency_mean(const Latencies& latency, double confidence) {
  std::vector<Ratio> ratios;
  for (const Latency& one : latency) {
    ratios.push_back({static_cast<double>(one.histogram->sum()) * 1e-9, static_cast<double>(one.histogram->count())});
  }
  return ratio_of(ratios, confidence);
}

// Six of them stand side by side in a hundred columns.
const char* short_name(models::Part part) {
  switch (part) {
    case models::Part::Application: return "app";
    case models::Part::Queueing: return "queueing";
    case models::Part::Sidecars: return "sidecars";
    case models::Part::Network: return "network";
    case models::Part::Retries: return "retries";
    case models::Part::Handshakes: return "connect";
  }
  return "";
}

// Attribution buckets around quantile q: its own, widened on both sides until enough requests are in.
constexpr std::uint64_t kEnoughRequests = 100;

struct BucketRange {
  std::size_t from = 0;
  std::size_t to = 0;  // exclusive; from == to: nothing
};

BucketRange buckets_around(const models::Attribution& attribution, double q) {
  std::uint64_t total = 0;
  for (const models::AttributionBucket& bucket : attribution.buckets) {
    total += bucket.count;
  }
  if (total == 0) {
    return {};
  }
  const auto rank = static_cast<std::uint64_t>(q * static_cast<double>(total));
  std::uint64_t below = 0;
  std::size_t at = 0;
  while (below + attribution.buckets[at].count <= rank && at + 1 < attribution.buckets.size()) {
    below += attribution.buckets[at].count;
    ++at;
  }
  BucketRange range{at, at + 1};
  std::uint64_t inside = attribution.buckets[at].count;
  while (inside < std::min(kEnoughRequests, total)) {
    if (range.from > 0) {
      inside += attribution.buckets[--range.from].count;
    }
    if (range.to < attribution.buckets.size()) {
      inside += attribution.buckets[range.to++].count;
    }
  }
  return range;
}

std::vector<Ratio> part_ratios(const EntryView& entry, const BucketRange& range, std::size_t part) {
  std::vector<Ratio> ratios;
  for (const models::EntryResults* results : entry.replications) {
    Ratio ratio;
    for (std::size_t b = range.from; b < range.to && b < results->attribution.buckets.size(); ++b) {
      for (std::size_t p = 0; p < models::kParts; ++p) {
        const double seconds = static_cast<double>(results->attribution.buckets[b].nanoseconds[p]) * 1e-9;
        ratio.whole += seconds;
        ratio.part += p == part ? seconds : 0.0;
      }
    }
    ratios.push_back(ratio);
  }
  return ratios;
}

}  // namespace

Estimate success_of(const Windows& windows, double confidence) {
  const Estimate failed = proportion_of(failure_ratios(windows), confidence);
  if (failed.certainty == Certainty::UpperBound) {
    return lower_bound(1.0 - failed.value);
  }
  return ratio_of(success_ratios(windows), confidence);
}

Section entries_section(const View& view) {
  Section section{"entries", "Entry points (latency of successes)", {}, {}, false};
  Table table;
  table.key = "entries";
  table.fold = 8;
  table.columns = {{"entry", "entry", Unit::None, Show::Always},
                   {"offered", "offered", Unit::PerSecond, Show::Detail},
                   {"achieved", "arrivals", Unit::PerSecond, Show::Always},
                   {"goodput", "goodput", Unit::PerSecond, Show::Always},
                   {"success", "success", Unit::Fraction, Show::Always},
                   {"degraded_share", "degraded", Unit::Fraction, Show::IfAny}};
  add_percentile_columns(table);
  table.columns.push_back({"mean", "mean", Unit::Seconds, Show::Detail});
  table.columns.push_back({"max", "max seen", Unit::Seconds, Show::Detail});
  table.columns.push_back({"arrivals", "arrivals", Unit::Count, Show::Detail});
  table.columns.push_back({"succeeded", "succeeded", Unit::Count, Show::Detail});
  table.columns.push_back({"failed", "failed", Unit::Count, Show::Detail});
  table.columns.push_back({"unfinished", "unfinished", Unit::Count, Show::Detail});
  table.columns.push_back({"degraded", "degraded", Unit::Count, Show::Detail});
  const std::vector<double> seconds = all_seconds(view);
  for (const EntryView& entry : view.entries()) {
    const Windows total = entry.total();
    const EntryWindow& merged = entry.merged->total;
    const Latencies latency = latencies(total);
    std::vector<Cell> row{text_cell(entry.name),
                          entry.closed_loop ? text_cell("closed loop") : exact_cell(entry.offered_rate)};
    row.push_back(number_cell(
        mean_of(window_rates(total, seconds, [](const EntryWindow& w) { return w.arrivals; }), view.confidence())));
    row.push_back(number_cell(mean_of(window_rates(total, seconds, &successes), view.confidence())));
    row.push_back(number_cell(success_of(total, view.confidence())));
    row.push_back(number_cell(ratio_of(degraded_ratios(total), view.confidence())));
    add_percentiles(row, latency, view.confidence());
    row.push_back(number_cell(latency_mean(latency, view.confidence())));
    row.push_back(merged.ok.empty() ? number_cell(missing()) : exact_cell(static_cast<double>(merged.ok.max()) * 1e-9));
    row.push_back(count_cell(merged.arrivals));
    row.push_back(count_cell(successes(merged)));
    row.push_back(count_cell(failures(merged)));
    row.push_back(count_cell(merged.unfinished));
    row.push_back(count_cell(merged.degraded));
    add_row(table, std::move(row));
  }
  section.tables.push_back(std::move(table));
  return section;
}

Section outcomes_section(const View& view) {
  Section section{"outcomes", "Failures", {}, {}, false};
  Table table;
  table.key = "outcomes";
  table.audience = Audience::Machine;
  table.columns = {{"entry", "entry", Unit::None, Show::Always},
                   {"outcome", "outcome", Unit::None, Show::MachineOnly},
                   {"flag", "flag", Unit::None, Show::MachineOnly},
                   {"count", "requests", Unit::Count, Show::Always},
                   {"share", "share", Unit::Fraction, Show::Always}};
  const auto add = [&](const EntryView& entry, const char* name, const char* flag, std::uint64_t count,
                       std::uint64_t (*of)(const EntryWindow&, std::size_t), std::size_t outcome) {
    std::vector<Ratio> shares;
    for (const EntryWindow* window : entry.total()) {
      shares.push_back({static_cast<double>(of(*window, outcome)), static_cast<double>(window->arrivals)});
    }
    add_row(table, {text_cell(entry.name), text_cell(name), flag == std::string("-") ? Cell{} : text_cell(flag),
                    count_cell(count), number_cell(proportion_of(shares, view.confidence()))});
  };
  for (const EntryView& entry : view.entries()) {
    const EntryWindow& merged = entry.merged->total;
    for (std::size_t o = 0; o < models::kOutcomes; ++o) {
      const auto outcome = static_cast<Outcome>(o);
      if (merged.outcomes[o] > 0 || outcome == Outcome::Ok) {
        add(
            entry, models::name_of(outcome), models::flag_of(outcome), merged.outcomes[o],
            [](const EntryWindow& w, std::size_t i) { return w.outcomes[i]; }, o);
      }
    }
    if (merged.unfinished > 0) {
      add(
          entry, "unfinished", "-", merged.unfinished, [](const EntryWindow& w, std::size_t) { return w.unfinished; },
          0);
    }
  }
  Table latency;
  latency.key = "latency_by_outcome";
  latency.label_columns = 2;
  latency.columns = {{"entry", "entry", Unit::None, Show::Always},
                     {"outcome", "latency of", Unit::None, Show::Always},
                     {"count", "requests", Unit::Count, Show::Always}};
  add_percentile_columns(latency);
  latency.columns.push_back({"flags", "of all requests", Unit::None, Show::ScreenOnly});
  for (const EntryView& entry : view.entries()) {
    const Windows total = entry.total();
    const EntryWindow& merged = entry.merged->total;
    const auto add_latency = [&](const char* name, const Latencies& histograms, std::uint64_t count, bool failed) {
      std::vector<Cell> row{text_cell(entry.name), text_cell(name), count_cell(count)};
      add_percentiles(row, histograms, view.confidence());
      row.push_back(text_cell(failed ? failure_shares(merged.outcomes, merged.arrivals) : ""));
      add_row(latency, std::move(row));
    };
    add_latency("successes", latencies(total), merged.ok.count(), false);
    if (merged.failed.count() > 0) {
      add_latency("failures", failed_latencies(total), merged.failed.count(), true);
    }
  }
  // Successes stand in the table above already: on the screen the failures come first, and nothing if there are none.
  for (const bool failures_wanted : {true, false}) {
    for (std::size_t r = 0; r < latency.rows.size(); ++r) {
      if ((latency.rows[r][1].text == "failures") == failures_wanted) {
        latency.screen_order.push_back(r);
        latency.fold += failures_wanted && latency.fold < 4 ? 1 : 0;
      }
    }
  }
  latency.count_folded = latency.fold >= 4;
  latency.audience = latency.fold == 0 ? Audience::Machine : Audience::Everybody;
  section.tables.push_back(std::move(table));
  section.tables.push_back(std::move(latency));
  return section;
}

Section attribution_section(const View& view) {
  Section section{
      "attribution", "Where the time goes (% of the latency of successes near that percentile)", {}, {}, false};
  Table table;
  table.key = "attribution";
  table.label_columns = 2;
  table.columns = {{"entry", "entry", Unit::None, Show::Always},
                   {"percentile", "at", Unit::None, Show::Always},
                   {"latency", "latency", Unit::Seconds, Show::Always}};
  for (std::size_t p = 0; p < models::kParts; ++p) {
    const auto part = static_cast<models::Part>(p);
    table.columns.push_back({models::name_of(part), short_name(part), Unit::Fraction, Show::IfAny, 1});
  }
  for (const EntryView& entry : view.entries()) {
    for (const Percentile& percentile : kPercentiles) {
      const BucketRange range = buckets_around(entry.merged->attribution, percentile.q);
      if (range.from == range.to || percentile.q > 0.99) {
        continue;
      }
      std::vector<Cell> row{text_cell(entry.name), text_cell(percentile.key),
                            number_cell(percentile_of(latencies(entry.total()), percentile.q, view.confidence()))};
      for (std::size_t p = 0; p < models::kParts; ++p) {
        row.push_back(number_cell(ratio_of(part_ratios(entry, range, p), view.confidence())));
      }
      add_row(table, std::move(row));
    }
  }
  table.fold =
      std::min<std::size_t>(4, view.entries().size());  // on the screen the p99 first: the question is about the tail
  for (const char* wanted : {"p99", "p50", "p90"}) {
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      if (table.rows[r][1].text == wanted) {
        table.screen_order.push_back(r);
      }
    }
  }
  section.tables.push_back(std::move(table));
  return section;
}

Section windows_section(const View& view) {
  Section section{"windows", "Before, during and after (all entries)", {}, {}, false};
  Table table;
  table.key = "windows";
  table.label_columns = 2;
  table.fold = std::max<std::size_t>(1, view.catalog().windows.size());  // all entries together; each: --all
  table.columns = {
      {"window", "window", Unit::None, Show::Always},      {"entry", "entry", Unit::None, Show::Detail},
      {"from", "from s", Unit::None, Show::Always},        {"to", "to s", Unit::None, Show::Always},
      {"rate", "arrivals", Unit::PerSecond, Show::Detail}, {"success", "success", Unit::Fraction, Show::Always},
      {"failed", "failed", Unit::Count, Show::Always}};
  add_percentile_columns(table);
  table.columns.push_back({"arrivals", "arrivals", Unit::Count, Show::Detail});
  table.columns.push_back({"unfinished", "unfinished", Unit::Count, Show::Detail});
  const std::vector<models::Catalog::Window>& windows = view.catalog().windows;
  for (const EntryView& entry : view.entries()) {
    for (std::size_t w = 0; w < windows.size() && w < entry.windows(); ++w) {
      const Windows window = entry.window(w);
      const EntryWindow& merged = entry.merged->windows[w];
      const std::vector<double> seconds(window.size(), sim::to_seconds(windows[w].to - windows[w].from));
      std::vector<Cell> row{text_cell(windows[w].name), text_cell(entry.name),
                            exact_cell(sim::to_seconds(windows[w].from)), exact_cell(sim::to_seconds(windows[w].to))};
      row.push_back(number_cell(
          mean_of(window_rates(window, seconds, [](const EntryWindow& x) { return x.arrivals; }), view.confidence())));
      row.push_back(number_cell(success_of(window, view.confidence())));
      row.push_back(count_cell(failures(merged)));
      add_percentiles(row, latencies(window), view.confidence());
      row.push_back(count_cell(merged.arrivals));
      row.push_back(count_cell(merged.unfinished));
      add_row(table, std::move(row));
    }
  }
  section.tables.push_back(std::move(table));
  return section;
}

}  // namespace reports
