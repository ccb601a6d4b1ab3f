#include "models/invariants.h"

#include <numeric>
#include <vector>

#include <fmt/format.h>

namespace models {
namespace {

std::uint64_t sum(const OutcomeCounts& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

std::string unequal(const char* what, const std::string& where, std::uint64_t left, std::uint64_t right) {
  return fmt::format("{} of {}: {} is not {}", what, where, left, right);
}

std::string above(const char* what, const std::string& where, std::uint64_t left, std::uint64_t right) {
  return fmt::format("{} of {}: {} is above {}", what, where, left, right);
}

// Little's law without noise: the time integral of requests in a service is the sum of their sojourns, those cut by the
// ends of the measured part counted as far as they lie in it.
std::string broken_littles_law(const Plan& plan, const Results& r) {
  std::vector<sim::Int128> told(plan.services.size());
  for (std::size_t e = 0; e < r.endpoints.size(); ++e) told[plan.endpoint_service[e]] += r.endpoints[e].sojourn.sum();
  for (std::size_t s = 0; s < plan.services.size(); ++s) {
    if (told[s] + r.services[s].partial_time == r.services[s].in_system_time) continue;
    return fmt::format("Little's law in {}: {} ns of presence, {} ns of sojourns and parts of them",
                       plan.catalog.services[s].name, r.services[s].in_system_time,
                       static_cast<std::int64_t>(told[s] + r.services[s].partial_time));
  }
  return "";
}

// By service: its requests may wait for several workers at once, one for each branch of a parallel step that works.
std::vector<bool> waits_in_branches(const Plan& plan) {
  std::vector<bool> waits(plan.services.size());
  for (const Op& op : plan.ops) {
    if (op.kind != OpKind::Parallel) continue;
    for (std::uint32_t b = op.index; b < op.index + op.count; ++b) {
      if (plan.branches[b].call == kNone) waits[plan.endpoint_service[op.endpoint]] = true;
    }
  }
  return waits;
}

}  // namespace

std::string broken_invariant(const Plan& plan, const Results& r) {
  if (r.calls_opened != r.calls_closed + r.unfinished_calls) {
    return unequal("calls opened = closed + unfinished", "the run", r.calls_opened,
                   r.calls_closed + r.unfinished_calls);
  }
  // A request is sent at most once, and once more for each retry; a retry follows a try that was sent.
  if (r.attempts > r.calls_opened + r.retries) {
    return above("tries are at most calls + retries", "the run", r.attempts, r.calls_opened + r.retries);
  }
  if (r.roots_opened < r.roots_closed) return unequal("roots closed", "the run", r.roots_closed, r.roots_opened);
  for (std::size_t i = 0; i < r.entries.size(); ++i) {
    const EntryWindow& w = r.entries[i].total;
    const std::string& name = plan.catalog.entries[i].name;
    if (w.arrivals != sum(w.outcomes) + w.unfinished) {
      return unequal("arrivals = outcomes + unfinished", name, w.arrivals, sum(w.outcomes) + w.unfinished);
    }
    if (w.ok.count() != w.outcomes[0])
      return unequal("successes and their latencies", name, w.outcomes[0], w.ok.count());
    if (w.failed.count() != sum(w.outcomes) - w.outcomes[0]) {
      return unequal("failures and their latencies", name, sum(w.outcomes) - w.outcomes[0], w.failed.count());
    }
    if (w.ok.count() > 0 && w.ok.min() < 0) return "a negative latency of " + name;
  }
  for (std::size_t i = 0; i < r.edges.size(); ++i) {
    const EdgeResults& e = r.edges[i];
    const std::string name = plan.catalog.edges[i].caller + " -> " + plan.catalog.edges[i].callee;
    if (e.calls != sum(e.outcomes) + e.unfinished) {
      return unequal("calls = outcomes + unfinished", name, e.calls, sum(e.outcomes) + e.unfinished);
    }
    if (sum(e.attempt_outcomes) > e.attempts) {
      return above("tries ended are at most tries sent", name, sum(e.attempt_outcomes), e.attempts);
    }
  }
  const std::vector<bool> waits = waits_in_branches(plan);
  for (std::size_t i = 0; i < r.services.size(); ++i) {
    const ServiceResults& s = r.services[i];
    const std::string& name = plan.catalog.services[i].name;
    if (s.queue_time < 0 || (s.in_system_time < s.queue_time && !waits[i])) {
      return "time in queue exceeds time in " + name;
    }
    if (s.busy_worker_time < 0 || (s.worker_time > 0 && s.busy_worker_time > s.worker_time)) {
      return "workers busier than there are: " + name;
    }
  }
  if (r.resources.useful_cpu < 0 || r.resources.useful_cpu > r.resources.app_cpu) return "useful CPU exceeds CPU spent";
  return broken_littles_law(plan, r);
}

}  // namespace models
