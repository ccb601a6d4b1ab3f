// How one change of policy travelled in one candidate, as estimates. A client is a pod whose calls the change alters;
// it acts by the change from the moment its own enforcer does. Not here: why it took that long (models/control).
// Times are seconds from the change. "Until 90%" is a time of each replication, averaged; it is given only when every
// replication got that far before its measured part ended, because an average of those that did would flatter.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "reports/view.h"

namespace reports {

struct TravelShare {
  double share;
  const char* key;
  const char* title;
};
inline constexpr std::array<TravelShare, 3> kTravelShares{
    {{0.50, "t50", "50%"}, {0.90, "t90", "90%"}, {0.99, "t99", "99%"}}};

struct Travel {
  std::uint64_t holders = 0;  // of all replications
  std::uint64_t arrived = 0;
  std::size_t completed = 0;  // replications in which every client acts by it
  Estimate clients;           // of one replication
  Estimate acted;             // share of them, when the measured part ends
  std::array<Estimate, kTravelShares.size()> until;
  Estimate everywhere;
  std::vector<double> complete;  // seconds per replication; empty unless all of them completed
  std::uint64_t stale_calls = 0;
  std::uint64_t stale_failed = 0;
  Estimate stale_failed_share;
};

// How many changes the results tell of.
[[nodiscard]] std::size_t changes_of(const View& view);
// REQUIRES: change < changes_of(view).
[[nodiscard]] Travel travel_of(const View& view, std::size_t change);

// "timeout by redeploy, retries by push"; "nobody acts on it".
[[nodiscard]] std::string carriers_of(const models::Catalog::Change& change);

// What has to be said in words because a time is missing; empty when the change was everywhere in every replication.
[[nodiscard]] std::string arrival_words(const View& view, std::size_t change, const Travel& travel);

}  // namespace reports
