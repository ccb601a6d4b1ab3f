#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "reports/sections.h"

namespace reports {
namespace {

using models::EntryWindow;

// "after X" of an entry that does not last has no "during X"; it is marked where it happens.
bool happens_at_once(const models::Catalog& catalog, const models::Catalog::Window& window, sim::Time bucket) {
  if (!window.name.starts_with("after ") || window.from < bucket || window.from >= bucket + catalog.timeline_bucket) {
    return false;
  }
  const std::string during = "during " + window.name.substr(6);
  return std::none_of(catalog.windows.begin(), catalog.windows.end(),
                      [&](const models::Catalog::Window& other) { return other.name == during; });
}

}  // namespace

Section timeline_section(const View& view) {
  Section section{"timeline",
                  fmt::format("Timeline (all entries, 0 to {:.0f} s; the worst value of each slot)",
                              sim::to_seconds(view.catalog().duration)),
                  {},
                  {},
                  false};
  Table table;
  table.key = "timeline";
  table.columnar = true;
  table.columns = {{"t", "t", Unit::None, Show::Always},
                   {"during", "timeline entry", Unit::None, Show::Always},
                   {"rate", "arrivals", Unit::PerSecond, Show::Always},
                   {"success", "success", Unit::Fraction, Show::Always},
                   {"p50", "p50", Unit::Seconds, Show::Always},
                   {"p99", "p99", Unit::Seconds, Show::Always},
                   {"failed", "failed", Unit::Count, Show::Detail}};
  const models::Catalog& catalog = view.catalog();
  const std::vector<EntryWindow>& buckets = view.whole().merged->timeline;
  const double seconds = sim::to_seconds(catalog.timeline_bucket) * static_cast<double>(view.replications().size());
  for (std::size_t b = 0; b < buckets.size(); ++b) {
    const EntryWindow& bucket = buckets[b];
    const sim::Time from = static_cast<sim::Time>(b) * catalog.timeline_bucket;
    std::string during;
    for (const models::Catalog::Window& window : catalog.windows) {
      const bool lasts =
          window.name.starts_with("during ") && window.from < from + catalog.timeline_bucket && window.to > from;
      if (lasts || happens_at_once(catalog, window, from)) {
        during += (during.empty() ? "" : "; ") + window.name.substr(window.name.find(' ') + 1);
      }
    }
    const auto quantile = [&](double q) {
      return number_cell(bucket.ok.empty() ? missing() : no_interval(bucket.ok.quantile(q) * 1e-9, 0));
    };
    const auto arrivals = static_cast<double>(bucket.arrivals);
    add_row(table,
            {exact_cell(sim::to_seconds(from)), text_cell(std::move(during)),
             exact_cell(seconds > 0.0 ? arrivals / seconds : 0.0),
             number_cell(bucket.arrivals == 0 ? missing()
                                              : no_interval(static_cast<double>(successes(bucket)) / arrivals, 0)),
             quantile(0.5), quantile(0.99), count_cell(failures(bucket))});
  }
  section.tables.push_back(std::move(table));
  return section;
}

Section latency_section(const View& view) {
  Section section{"latency", "Latency distribution of successes", {}, {}, true};
  Table table;
  table.key = "latency_cdf";
  table.columnar = true;
  table.audience = Audience::Machine;
  table.columns = {{"entry", "entry", Unit::None, Show::MachineOnly},
                   {"latency", "latency", Unit::Seconds, Show::MachineOnly},
                   {"cumulative", "cumulative", Unit::Fraction, Show::MachineOnly}};
  constexpr double kBodyStep = 1.0 / 200.0;  // a point where the function moved that much
  constexpr double kTailStep = 0.93;         // or where what is left above shrank by that factor
  for (const EntryView& entry : view.entries()) {
    const sim::Histogram& latency = entry.merged->total.ok;
    if (latency.empty()) {
      continue;
    }
    const auto total = static_cast<double>(latency.count());
    const auto add = [&](double nanoseconds, double cumulative) {
      add_row(table, {text_cell(entry.name), exact_cell(nanoseconds * 1e-9), exact_cell(cumulative)});
    };
    add(static_cast<double>(latency.min()), 0.0);
    double last = 0.0;
    std::uint64_t below = 0;
    latency.for_each_bucket([&](std::int64_t, std::int64_t hi, std::uint64_t count) {
      below += count;
      const double cumulative = static_cast<double>(below) / total;
      if (below < latency.count() && (cumulative - last >= kBodyStep || 1.0 - cumulative <= (1.0 - last) * kTailStep)) {
        add(static_cast<double>(hi), cumulative);
        last = cumulative;
      }
    });
    add(static_cast<double>(latency.max()), 1.0);
  }
  section.tables.push_back(std::move(table));
  return section;
}

}  // namespace reports
