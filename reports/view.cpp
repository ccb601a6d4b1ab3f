#include "reports/view.h"

#include <algorithm>

namespace reports {
namespace {

void merge_entry(models::EntryResults& into, const models::EntryResults& entry) {
  into.total.merge(entry.total);
  into.windows.resize(std::max(into.windows.size(), entry.windows.size()));
  for (std::size_t i = 0; i < entry.windows.size(); ++i) {
    into.windows[i].merge(entry.windows[i]);
  }
  into.timeline.resize(std::max(into.timeline.size(), entry.timeline.size()));
  for (std::size_t i = 0; i < entry.timeline.size(); ++i) {
    into.timeline[i].merge(entry.timeline[i]);
  }
  into.attribution.merge(entry.attribution);
}

models::EntryResults pool(const models::Results& results) {
  models::EntryResults all;
  for (const models::EntryResults& entry : results.entries) {
    merge_entry(all, entry);
  }
  return all;
}

double measured_seconds(const models::Results& results, const models::Catalog& catalog) {
  const sim::Duration end = results.stopped == models::Stopped::Complete
                                ? catalog.duration
                                : std::clamp<sim::Duration>(results.stopped_at, 0, catalog.duration);
  return sim::to_seconds(end);
}

}  // namespace

Windows EntryView::total() const {
  Windows result;
  for (const models::EntryResults* entry : replications) {
    result.push_back(&entry->total);
  }
  return result;
}

Windows EntryView::window(std::size_t index) const {
  Windows result;
  for (const models::EntryResults* entry : replications) {
    if (index < entry->windows.size()) {
      result.push_back(&entry->windows[index]);
    }
  }
  return result;
}

View::View(const models::Catalog& catalog, const models::CandidateRun& run, double confidence)
    : catalog_(catalog), confidence_(confidence), merged_(&run.merged) {
  const auto is_complete = [](const models::Results& results) { return results.stopped == models::Stopped::Complete; };
  const auto first_partial = std::find_if_not(run.replications.begin(), run.replications.end(), is_complete);
  const bool use_partial = first_partial == run.replications.begin();
  for (const models::Results& results : run.replications) {
    if (!use_partial && !is_complete(results)) {
      break;
    }
    const double seconds = measured_seconds(results, catalog);
    if (seconds > 0.0 && results.entries.size() == catalog.entries.size()) {
      replications_.push_back(&results);
      seconds_.push_back(seconds);
    }
  }
  if (replications_.size() < run.replications.size() && !replications_.empty()) {
    merge_prefix(run.merged);
  }
  arrange_entries();
}

// Edge and endpoint histograms exist only in the merge of everything; the rest is merged anew.
void View::merge_prefix(const models::Results& everything) {
  for (const models::Results* results : replications_) {
    prefix_.merge(*results);
  }
  for (std::size_t e = 0; e < std::min(prefix_.edges.size(), everything.edges.size()); ++e) {
    prefix_.edges[e].ok = everything.edges[e].ok;
    prefix_.edges[e].failed = everything.edges[e].failed;
  }
  for (std::size_t e = 0; e < std::min(prefix_.endpoints.size(), everything.endpoints.size()); ++e) {
    prefix_.endpoints[e].wait = everything.endpoints[e].wait;
    prefix_.endpoints[e].sojourn = everything.endpoints[e].sojourn;
  }
  merged_ = &prefix_;
}

void View::arrange_entries() {
  const std::size_t count = merged_->entries.size() == catalog_.entries.size() ? catalog_.entries.size() : 0;
  if (count != 1) {
    EntryView& all = entries_.emplace_back();
    all.name = "all entries";
    all.pooled = true;
    for (std::size_t e = 0; e < count; ++e) {
      all.offered_rate += catalog_.entries[e].offered_rate;
      all.closed_loop = all.closed_loop || catalog_.entries[e].closed_loop;
    }
    for (const models::Results* results : replications_) {
      all.replications.push_back(&pooled_.emplace_back(pool(*results)));
    }
    all.merged = &pooled_.emplace_back(pool(*merged_));
  }
  for (std::size_t e = 0; e < count; ++e) {
    EntryView& entry = entries_.emplace_back();
    entry.name = catalog_.entries[e].name;
    entry.offered_rate = catalog_.entries[e].offered_rate;
    entry.closed_loop = catalog_.entries[e].closed_loop;
    for (const models::Results* results : replications_) {
      entry.replications.push_back(&results->entries[e]);
    }
    entry.merged = &merged_->entries[e];
  }
}

double View::all_seconds() const {
  double sum = 0.0;
  for (const double seconds : seconds_) {
    sum += seconds;
  }
  return sum;
}

std::vector<double> View::per_second(const Value& value) const {
  std::vector<double> values;
  for (std::size_t r = 0; r < replications_.size(); ++r) {
    values.push_back(seconds_[r] > 0.0 ? value(*replications_[r]) / seconds_[r] : 0.0);
  }
  return values;
}

std::vector<Ratio> View::ratios(const Value& part, const Value& whole) const {
  std::vector<Ratio> values;
  for (const models::Results* results : replications_) {
    values.push_back({part(*results), whole(*results)});
  }
  return values;
}

std::uint64_t successes(const models::EntryWindow& window) {
  return window.outcomes[static_cast<std::size_t>(models::Outcome::Ok)];
}

std::uint64_t failures(const models::EntryWindow& window) {
  return window.arrivals - std::min(window.arrivals, successes(window));
}

Latencies latencies(const Windows& windows) {
  Latencies result;
  for (const models::EntryWindow* window : windows) {
    result.push_back({&window->ok, &window->ok_runs});
  }
  return result;
}

Latencies failed_latencies(const Windows& windows) {
  Latencies result;
  for (const models::EntryWindow* window : windows) {
    result.push_back({&window->failed, nullptr});
  }
  return result;
}

std::vector<Ratio> latency_ratios(const Windows& windows) {
  constexpr double kSecondsPerNanosecond = 1e-9;
  std::vector<Ratio> ratios;
  for (const models::EntryWindow* window : windows) {
    const auto count = static_cast<double>(window->ok.count());
    ratios.push_back({count > 0 ? window->ok.mean() * count * kSecondsPerNanosecond : 0.0, count});
  }
  return ratios;
}

std::vector<Ratio> success_ratios(const Windows& windows) {
  std::vector<Ratio> result;
  for (const models::EntryWindow* window : windows) {
    result.push_back({static_cast<double>(successes(*window)), static_cast<double>(window->arrivals)});
  }
  return result;
}

std::vector<Ratio> degraded_ratios(const Windows& windows) {
  std::vector<Ratio> result;
  for (const models::EntryWindow* window : windows) {
    result.push_back({static_cast<double>(window->degraded), static_cast<double>(window->arrivals)});
  }
  return result;
}

std::vector<Ratio> failure_ratios(const Windows& windows) {
  std::vector<Ratio> result;
  for (const models::EntryWindow* window : windows) {
    result.push_back({static_cast<double>(failures(*window)), static_cast<double>(window->arrivals)});
  }
  return result;
}

}  // namespace reports
