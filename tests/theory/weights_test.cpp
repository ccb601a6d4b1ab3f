// Weighted round robin without chance: what Envoy's scheduler picks when it does not start at random. The scheduler
// alone is run: no scenario states weights of replicas yet.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <vector>

#include "models/balance/edf.h"
#include "tests/theory/case.h"

namespace {

using Sequence = std::vector<std::uint32_t>;

struct WeightedCase {
  std::string id;
  std::vector<double> weights;
  std::size_t requests = 0;
  Sequence first_cycle;
  Sequence counts;
};

std::string text(const Sequence& values) { return fmt::format("{}", fmt::join(values, " ")); }

void check_exactly(const WeightedCase& c, const std::string& key, const Sequence& expected, const Sequence& measured) {
  CAPTURE(c.id);
  CAPTURE(key);
  CHECK(measured == expected);
  theory::table_row(c.id, "Envoy's scheduler alone, no random start", key, text(expected), text(measured),
                    "the same sequence", measured == expected);
}

void check_case(const WeightedCase& c) {
  const auto weight_of = [&](std::uint32_t r) { return c.weights[r]; };
  models::EdfScheduler edf;
  for (std::uint32_t r = 0; r < c.weights.size(); ++r) edf.add(r, weight_of(r));
  Sequence first;
  first.reserve(c.first_cycle.size());
  Sequence counts(c.weights.size(), 0);
  const std::size_t cycle = c.first_cycle.size();
  for (std::size_t i = 0; i < c.requests; ++i) {
    const std::uint32_t picked = edf.pick(weight_of);
    if (i < cycle) first.push_back(picked);
    ++counts[picked];
    if ((i + 1) % cycle != 0) continue;  // after every whole cycle each replica has had its weight, however far on
    for (std::size_t r = 0; r < counts.size(); ++r) {
      if (counts[r] * c.requests != c.counts[r] * (i + 1)) FAIL("replica " << r << " is off after pick " << i);
    }
  }
  check_exactly(c, "edf_first_cycle", c.first_cycle, first);
  check_exactly(c, "counts", c.counts, counts);
}

}  // namespace

TEST_CASE("weighted round robin gives every replica its weight in every cycle, in Envoy's order") {
  check_case({"wrr_511", {5, 1, 1}, 7000, {0, 0, 0, 0, 1, 2, 0}, {5000, 1000, 1000}});
  check_case({"wrr_90_10", {9, 1}, 100000, {0, 0, 0, 0, 0, 0, 0, 0, 1, 0}, {90000, 10000}});
}
