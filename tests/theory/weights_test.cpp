// Weighted round robin through the engine: one client, one worker, ROUND_ROBIN of Envoy. Its scheduler starts somewhere
// in the cycle, so the sequence is a rotation of the cycle that it begins with when it does not.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/trace.h"
#include "tests/support/fleet_builder.h"
#include "tests/theory/case.h"

namespace {

using Sequence = std::vector<std::uint32_t>;

struct WeightedCase {
  std::string id;
  Sequence weights;
  std::size_t requests = 0;
  Sequence first_cycle;
  Sequence counts;
};

// The replicas in the order in which they were picked.
Sequence picked(const WeightedCase& c, std::uint64_t seed) {
  auto api = support::service("api", {support::work(sim::Distribution::constant(support::kMs))},
                              static_cast<std::uint32_t>(c.weights.size()));
  api.versions[0].weights = c.weights;
  auto web = support::service("web", {support::call("api")});
  auto spec = support::scenario({web, api}, "web", 1000, static_cast<sim::Duration>(c.requests) * sim::kMillisecond);
  spec.seed = seed;
  spec.traffic[0].arrivals = models::ArrivalKind::Paced;
  spec.candidates = {support::candidate(models::EnforcedBy::Sidecar)};
  spec.candidates[0].product = "envoy";
  spec.candidates[0].profile->workers = 1;
  sim::Trace trace(1 << 20);
  models::RunOptions options;
  options.trace = &trace;
  options.seed = seed;
  (void)models::run(models::compile(spec, 0), options);
  Sequence order;
  order.reserve(c.requests);
  for (std::size_t i = 0; i < trace.size(); ++i) {
    if (std::string_view(trace.at(i).what) == "attempt-sent") order.push_back(trace.at(i).owner);
  }
  return order;
}

std::string text(const Sequence& values) { return fmt::format("{}", fmt::join(values, " ")); }

void check_exactly(const WeightedCase& c, const std::string& key, const Sequence& expected, const Sequence& measured,
                   const char* rule) {
  CAPTURE(c.id);
  CAPTURE(key);
  CHECK(measured == expected);
  theory::table_row(c.id, "one client, one worker, Envoy's ROUND_ROBIN", key, text(expected), text(measured), rule,
                    measured == expected);
}

void check_case(const WeightedCase& c) {
  const Sequence all = picked(c, 1);
  REQUIRE(all.size() == c.requests);
  const std::size_t cycle = c.first_cycle.size();
  Sequence counts(c.weights.size(), 0);
  for (std::size_t i = 0; i < all.size(); ++i) {
    ++counts[all[i]];
    if ((i + 1) % cycle != 0) continue;  // after every whole cycle each replica has had its weight, however far on
    for (std::size_t r = 0; r < counts.size(); ++r) {
      if (counts[r] * c.requests != c.counts[r] * (i + 1)) FAIL("replica " << r << " is off after pick " << i);
    }
  }
  Sequence first(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(cycle));
  for (std::size_t turn = 0; turn < cycle && first != c.first_cycle; ++turn) {
    std::rotate(first.begin(), first.begin() + 1, first.end());
  }
  check_exactly(c, "edf_first_cycle", c.first_cycle, first, "a rotation of the sequence");
  check_exactly(c, "counts", c.counts, counts, "the same, and after every whole cycle");
}

}  // namespace

TEST_CASE("weighted round robin gives every replica its weight in every cycle, in Envoy's order") {
  check_case({"wrr_511", {5, 1, 1}, 7000, {0, 0, 0, 0, 1, 2, 0}, {5000, 1000, 1000}});
  check_case({"wrr_90_10", {9, 1}, 100000, {0, 0, 0, 0, 0, 0, 0, 0, 1, 0}, {90000, 10000}});
}

TEST_CASE("other seeds begin elsewhere in the cycle") {
  const WeightedCase c{"wrr_511", {5, 1, 1}, 70, {}, {}};
  std::vector<Sequence> starts;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Sequence all = picked(c, seed);
    all.resize(7);
    if (std::find(starts.begin(), starts.end(), all) == starts.end()) starts.push_back(all);
  }
  CHECK(starts.size() == 7);
}
