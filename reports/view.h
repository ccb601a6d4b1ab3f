// One candidate's results arranged for statistics: per entry, per window, per replication; entries pooled.
// Only the complete prefix of replications counts, so that pairs stay pairs when a run was interrupted or met a limit;
// if not even one replication is complete, the partial ones are all there is.
// Not a copy of the results but for pooled entries. The inputs outlive the view.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "models/plan/catalog.h"
#include "models/results.h"
#include "models/run.h"
#include "reports/sampling.h"

namespace reports {

using Windows = std::vector<const models::EntryWindow*>;  // the same window of each replication

struct EntryView {
  std::string name;
  double offered_rate = 0.0;
  bool closed_loop = false;
  bool pooled = false;
  std::vector<const models::EntryResults*> replications;
  const models::EntryResults* merged = nullptr;

  [[nodiscard]] Windows total() const;
  [[nodiscard]] Windows window(std::size_t index) const;
  [[nodiscard]] std::size_t windows() const { return merged->windows.size(); }
};

class View {
 public:
  View(const models::Catalog& catalog, const models::CandidateRun& run, double confidence);
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  [[nodiscard]] const models::Catalog& catalog() const { return catalog_; }
  [[nodiscard]] const models::Results& merged() const { return *merged_; }
  [[nodiscard]] const std::vector<const models::Results*>& replications() const { return replications_; }
  [[nodiscard]] double confidence() const { return confidence_; }

  // "all entries" first if there is more than one; that is also what a scenario-wide statement is about.
  [[nodiscard]] const std::vector<EntryView>& entries() const { return entries_; }
  [[nodiscard]] const EntryView& whole() const { return entries_.front(); }

  // Seconds measured in replication r (less than the scenario's when it was stopped), and in all.
  [[nodiscard]] double seconds(std::size_t r) const { return seconds_[r]; }
  [[nodiscard]] double all_seconds() const;

  // f(Results) of every replication, over its seconds or as it is.
  using Value = std::function<double(const models::Results&)>;
  [[nodiscard]] std::vector<double> per_second(const Value& value) const;
  [[nodiscard]] Estimate rate(const Value& value) const { return mean_of(per_second(value), confidence_); }
  [[nodiscard]] std::vector<Ratio> ratios(const Value& part, const Value& whole) const;
  [[nodiscard]] Estimate ratio(const Value& part, const Value& whole) const {
    return ratio_of(ratios(part, whole), confidence_);
  }
  [[nodiscard]] Estimate proportion(const Value& part, const Value& whole) const {
    return proportion_of(ratios(part, whole), confidence_);
  }

 private:
  void merge_prefix(const models::Results& everything);
  void arrange_entries();

  const models::Catalog& catalog_;
  double confidence_;
  models::Results prefix_;  // merged again, when replications were left out
  const models::Results* merged_ = nullptr;
  std::vector<const models::Results*> replications_;
  std::vector<double> seconds_;
  std::deque<models::EntryResults> pooled_;  // stable addresses
  std::vector<EntryView> entries_;
};

[[nodiscard]] std::uint64_t successes(const models::EntryWindow& window);
[[nodiscard]] std::uint64_t failures(const models::EntryWindow& window);  // unfinished included
[[nodiscard]] Latencies latencies(const Windows& windows);                // of successes
[[nodiscard]] Latencies failed_latencies(const Windows& windows);         // of failures: without runs
[[nodiscard]] std::vector<Ratio> latency_ratios(const Windows& windows);  // of successes: seconds over how many
[[nodiscard]] std::vector<Ratio> success_ratios(const Windows& windows);
[[nodiscard]] std::vector<Ratio> failure_ratios(const Windows& windows);
[[nodiscard]] std::vector<Ratio> degraded_ratios(const Windows& windows);

}  // namespace reports
