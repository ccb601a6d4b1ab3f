// All candidates times replications on a pool of threads. Tasks are taken in a fixed order and results stand
// in slots by index, so the answer does not depend on the number of threads or on who finishes first.
#include <algorithm>
#include <exception>
#include <mutex>
#include <numeric>
#include <thread>

#include "models/run.h"

namespace models {
namespace {

// Adds replications until there are `until`; REQUIRES: all of `runs` have equally many, all of them merged.
void extend(std::vector<CandidateRun>& runs, const std::vector<Plan>& plans, const ExperimentOptions& options,
            std::uint32_t until) {
  const auto first = static_cast<std::uint32_t>(runs.front().replications.size());
  for (CandidateRun& one : runs) one.replications.resize(until);
  const std::size_t total = plans.size() * (until - first);
  std::vector<char> done(plans.size() * until, 0);
  std::vector<std::size_t> merged_until(plans.size(), first);
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::uint32_t finished = 0;
  std::exception_ptr failure;

  // Replication by replication, candidates side by side: an interrupted run keeps pairs. The longest first, or two
  // threads would wait for one at the end.
  std::vector<std::size_t> order(plans.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto work = [&plans](std::size_t c) { return int{plans[c].proxy.present} + int{plans[c].proxy.queueing}; };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return work(a) > work(b); });

  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  const std::size_t threads = std::min<std::size_t>(total, options.threads == 0 ? cores : options.threads);

  const auto worker = [&] {
    for (;;) {
      const std::size_t task = next.fetch_add(1);
      if (task >= total) return;
      const std::size_t c = order[task % plans.size()];
      const auto r = first + static_cast<std::uint32_t>(task / plans.size());
      if (options.interrupt != nullptr && options.interrupt->load(std::memory_order_relaxed) != 0) return;
      RunOptions run_options;
      run_options.seed = options.seed;
      run_options.replication = r;
      run_options.at_once = static_cast<std::uint32_t>(threads);
      run_options.reference_queue = options.reference_queue;
      run_options.reference_stations = options.reference_stations;
      run_options.interrupt = options.interrupt;
      Results results;
      try {
        results = run(plans[c], run_options);
        if (const std::string broken = options.audit(plans[c], results); !broken.empty()) {
          throw BrokenInvariant(broken, plans[c].catalog.candidate, options.seed, r);
        }
      } catch (...) {  // out of memory, or a defect: the caller's thread decides what that means
        const std::lock_guard<std::mutex> lock(mutex);
        if (!failure) failure = std::current_exception();
        next = total;
        return;
      }
      const std::lock_guard<std::mutex> lock(mutex);
      runs[c].replications[r] = std::move(results);
      done[c * until + r] = 1;
      // Merge the complete prefix in index order, and let go of what only the merged result needs.
      while (merged_until[c] < until && done[c * until + merged_until[c]] != 0) {
        Results& ready = runs[c].replications[merged_until[c]++];
        runs[c].merged.merge(ready);
        ready.drop_details();
      }
      ++finished;
      if (options.progress) options.progress(finished, static_cast<std::uint32_t>(total));
    }
  };

  std::vector<std::thread> pool;
  for (std::size_t i = 1; i < threads; ++i) pool.emplace_back(worker);
  worker();
  for (std::thread& thread : pool) thread.join();
  if (failure) std::rethrow_exception(failure);
  for (std::size_t c = 0; c < plans.size(); ++c) runs[c].replications.resize(merged_until[c]);
}

// Nothing was cut short, by whatever.
bool whole(const std::vector<CandidateRun>& runs, std::uint32_t replications) {
  return std::all_of(runs.begin(), runs.end(), [&](const CandidateRun& one) {
    return one.replications.size() == replications &&
           std::all_of(one.replications.begin(), one.replications.end(),
                       [](const Results& r) { return r.stopped == Stopped::Complete; });
  });
}

}  // namespace

std::vector<CandidateRun> run_experiment(const std::vector<Plan>& plans, const ExperimentOptions& options) {
  std::vector<CandidateRun> runs(plans.size());
  for (std::size_t c = 0; c < plans.size(); ++c) runs[c].name = plans[c].catalog.candidate;
  const std::vector<std::uint32_t> waves =
      options.waves.empty() ? std::vector<std::uint32_t>{options.replications} : options.waves;
  for (const std::uint32_t until : waves) {
    extend(runs, plans, options, until);
    if (!whole(runs, until) || (options.enough && options.enough(runs))) break;
  }
  return runs;
}

}  // namespace models
