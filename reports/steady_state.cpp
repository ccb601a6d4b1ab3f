#include "reports/steady_state.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "reports/numbers.h"

namespace reports {
namespace {

constexpr double kSecondsPerNanosecond = 1e-9;

// Mean latency of all requests of all replications that arrived in a bucket, over all entries; negative: none did.
double bucket_mean(const models::Results& results, std::size_t bucket) {
  double sum = 0.0;
  double count = 0.0;
  for (const models::EntryResults& entry : results.entries) {
    if (bucket >= entry.timeline.size()) continue;
    for (const sim::Histogram* histogram : {&entry.timeline[bucket].ok, &entry.timeline[bucket].failed}) {
      const auto n = static_cast<double>(histogram->count());
      if (n > 0) sum += histogram->mean() * n;
      count += n;
    }
  }
  return count > 0 ? sum / count : -1.0;
}

std::vector<double> averaged(const models::CandidateRun& run, std::size_t buckets) {
  std::vector<double> series;
  double last = 0.0;
  for (std::size_t b = 0; b < buckets; ++b) {
    const double mean = bucket_mean(run.merged, b);
    if (mean >= 0) last = mean;
    series.push_back(last);  // nobody came: as before
  }
  return series;
}

double mean_over(const std::vector<double>& series, std::size_t from, std::size_t to) {
  const double sum = std::accumulate(series.begin() + static_cast<std::ptrdiff_t>(from),
                                     series.begin() + static_cast<std::ptrdiff_t>(to), 0.0);
  return to > from ? sum / static_cast<double>(to - from) : 0.0;
}

std::string spoken_latency(double nanoseconds) {
  return spoken(no_interval(nanoseconds * kSecondsPerNanosecond, 0), Unit::Seconds);
}

std::string refusal(const SteadyState::Candidate& c) {
  const std::size_t n = c.series.size();
  std::string text = fmt::format(
      "{}: no steady state: the mean latency has not come to rest at half of the run ({} in its first quarter, {} in "
      "its last)",
      c.name, spoken_latency(mean_over(c.series, 0, n / 4)), spoken_latency(mean_over(c.series, n - n / 4, n)));
  if (c.utilisation > 0.0)
    text += fmt::format("; {} is expected at {} % of its workers", c.busiest,
                        canonical_text(std::round(c.utilisation * 100)));
  return text + (c.utilisation < 1.0 ? "; a longer run may show one" : "");
}

Section section_of(const SteadyState& found, const SteadyState::Candidate& c) {
  Section section{"warmup", "Warm-up: mean latency from a cold start, before anything is cut", {}, {}, true};
  Table table;
  table.key = "warmup";
  table.columnar = true;
  table.columns = {{"t", "t", Unit::None, Show::Always},
                   {"mean_latency", "mean latency", Unit::Seconds, Show::Always},
                   {"kept", "kept", Unit::Count, Show::Detail}};
  const std::size_t first = static_cast<std::size_t>(found.cut / std::max<sim::Duration>(found.bucket, 1));
  for (std::size_t b = 0; b < c.series.size(); ++b) {
    add_row(table, {exact_cell(sim::to_seconds(static_cast<sim::Time>(b) * found.bucket)),
                    number_cell(no_interval(c.series[b] * kSecondsPerNanosecond, 0)),
                    count_cell(found.settled && b >= first ? 1 : 0)});
  }
  section.tables.push_back(std::move(table));
  return section;
}

}  // namespace

SteadyState find_steady_state(const std::vector<Input>& first_run) {
  SteadyState result;
  const models::Catalog& first = *first_run.front().catalog;
  result.bucket = first.timeline_bucket;
  const auto buckets = static_cast<std::size_t>(first.duration / std::max<sim::Duration>(result.bucket, 1));
  result.settled = true;
  for (const Input& input : first_run) {
    SteadyState::Candidate& c = result.candidates.emplace_back();
    c.name = input.catalog->candidate;
    c.series = averaged(*input.run, buckets);
    c.found = sim::mser(c.series);
    for (const models::Catalog::Service& service : input.catalog->services) {
      if (service.expected_utilisation <= c.utilisation) continue;
      c.utilisation = service.expected_utilisation;
      c.busiest = service.name;
    }
    result.settled = result.settled && c.found.settled;
    result.cut = std::max(result.cut, static_cast<sim::Duration>(c.found.cut) * result.bucket);
  }
  return result;
}

void add_warmup(Report& report, const SteadyState& found) {
  report.header.push_back({"warmup_found", "warm-up found",
                           found.settled ? number_cell(exact(sim::to_seconds(found.cut))) : text_cell("none"),
                           found.settled ? Unit::LongSeconds : Unit::None});
  for (CandidateReport& candidate : report.candidates) {
    for (const SteadyState::Candidate& c : found.candidates) {
      if (c.name == candidate.name) candidate.sections.push_back(section_of(found, c));
    }
  }
}

Report build_refusal(const models::ScenarioSpec& scenario, Report::Kind kind, const SteadyState& found) {
  Report report;
  report.kind = kind;
  report.confidence = scenario.run.confidence;
  report.header = {{"file", "", text_cell(scenario.file), Unit::None},
                   {"question", "", text_cell(scenario.question), Unit::None},
                   {"seed", "seed", count_cell(scenario.seed), Unit::Count}};
  report.complete = false;
  report.stopped = "no_steady_state";
  for (const SteadyState::Candidate& c : found.candidates) {
    if (!c.found.settled) report.warnings.push_back(refusal(c));
    report.candidates.push_back({c.name, {}, {}, {}});
  }
  report.warnings.emplace_back("warmup `auto` found nothing to cut to, so nothing was measured");
  add_warmup(report, found);
  return report;
}

}  // namespace reports
