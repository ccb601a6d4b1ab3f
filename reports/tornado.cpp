#include "reports/tornado.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "reports/contest.h"
#include "reports/sections.h"

namespace reports {
namespace {

constexpr double kSecondsPerNanosecond = 1e-9;
constexpr std::size_t kMedian = 1;  // in tornado_metrics(): for machines alone, the screen would be long
constexpr std::size_t kCpu = 4;

double size_of(const Estimate& effect) { return has_value(effect) ? std::abs(effect.value) : 0.0; }

struct Bar {
  std::string path;
  std::string low;
  std::string high;
  Estimate at_low;
  Estimate at_high;
  [[nodiscard]] double size() const { return std::max(size_of(at_low), size_of(at_high)); }
};

std::vector<Bar> bars_of(const Sweep& sweep, std::size_t candidate, std::size_t metric) {
  std::vector<Bar> bars;
  for (std::size_t a = 0; a < sweep.paths.size(); ++a) {
    const std::size_t low = 1 + 2 * a;
    if (low + 1 >= sweep.points.size()) break;  // interrupted
    const SweepPoint& one = sweep.points[low];
    const SweepPoint& other = sweep.points[low + 1];
    if (candidate >= one.effects.size() || candidate >= other.effects.size()) continue;
    bars.push_back({sweep.paths[a], one.values[a], other.values[a], one.effects[candidate].values[metric],
                    other.effects[candidate].values[metric]});
  }
  std::stable_sort(bars.begin(), bars.end(), [](const Bar& x, const Bar& y) { return x.size() > y.size(); });
  return bars;
}

}  // namespace

std::vector<SweepMetric> tornado_metrics() {
  return {{"mean", "mean", Unit::Seconds},
          {"p50", "p50", Unit::Seconds},
          {"p99", "p99", Unit::Seconds},
          {"success", "success", Unit::Fraction},
          {"vcpu", "CPU", Unit::Cores}};
}

std::vector<SweepRow> tornado_effects(const models::ScenarioSpec& scenario, const std::vector<Input>& base,
                                      const std::vector<Input>& changed) {
  std::vector<SweepRow> rows;
  const double confidence = scenario.run.confidence;
  for (std::size_t c = 0; c < std::min(base.size(), changed.size()); ++c) {
    const View before(*base[c].catalog, *base[c].run, confidence);
    const View after(*changed[c].catalog, *changed[c].run, confidence);
    const Windows old_total = before.whole().total();
    const Windows new_total = after.whole().total();
    const Latencies old_latencies = latencies(old_total);
    const Latencies new_latencies = latencies(new_total);
    rows.push_back(
        {changed[c].catalog->candidate,
         {ratio_difference(latency_ratios(old_total), latency_ratios(new_total), confidence).estimate,
          percentile_difference(old_latencies, new_latencies, 0.50, confidence).estimate,
          percentile_difference(old_latencies, new_latencies, 0.99, confidence).estimate,
          ratio_difference(success_ratios(old_total), success_ratios(new_total), confidence).estimate,
          scaled(
              difference_of(before.per_second(all_cpu(before)), after.per_second(all_cpu(after)), confidence).estimate,
              kSecondsPerNanosecond)}});
  }
  return rows;
}

Section tornado_section(const Sweep& sweep) {
  Section section{"tornado", "What matters most: one input at a time, against the scenario as it is", {}, {}, false};
  Table machine;
  machine.key = "tornado";
  machine.audience = Audience::Machine;
  for (const char* key : {"candidate", "metric", "unit", "path", "low", "high", "effect_of_low", "effect_of_high"})
    machine.columns.push_back({key, "", Unit::None, Show::MachineOnly});
  const std::vector<SweepMetric> metrics = tornado_metrics();
  const std::size_t candidates = sweep.points.empty() ? 0 : sweep.points.front().rows.size();
  for (std::size_t c = 0; c < candidates; ++c) {
    const std::string& name = sweep.points.front().rows[c].candidate;
    for (std::size_t m = 0; m < metrics.size(); ++m) {
      const std::vector<Bar> bars = bars_of(sweep, c, m);
      Table screen;
      screen.key = "tornado_screen";
      screen.title = fmt::format("{}, {}", name, metrics[m].title);
      screen.audience = Audience::Screen;
      screen.columns = {{"path", "largest effect first", Unit::None, Show::Always},
                        {"low", "with", Unit::None, Show::Always},
                        {"effect_of_low", "effect", metrics[m].unit, Show::Always},
                        {"high", "with", Unit::None, Show::Always},
                        {"effect_of_high", "effect", metrics[m].unit, Show::Always}};
      for (const Bar& bar : bars) {
        add_row(screen, {text_cell(bar.path), text_cell(bar.low), difference_cell(bar.at_low), text_cell(bar.high),
                         difference_cell(bar.at_high)});
        add_row(machine, {text_cell(name), text_cell(metrics[m].key),
                          text_cell(std::string(unit_name(metrics[m].unit))), text_cell(bar.path), text_cell(bar.low),
                          text_cell(bar.high), number_cell(bar.at_low), number_cell(bar.at_high)});
      }
      if (m != kMedian && m != kCpu) section.tables.push_back(std::move(screen));
    }
  }
  section.tables.push_back(std::move(machine));
  section.paragraphs.emplace_back(
      "Changed minus unchanged, paired by replication. Inputs that act only together show nothing here.");
  return section;
}

}  // namespace reports
