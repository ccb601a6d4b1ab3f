// Retries that leave zones, as values: what the first retries see, what is left when, and when all is open again.
#include <doctest/doctest.h>

#include <array>

#include "models/policy/left_zones.h"

using models::LeftZones;
using models::loads_of_retry;
using models::note_try;
using Loads = std::array<std::uint32_t, 2>;

namespace {

constexpr Loads kBothWell{100, 100};
constexpr Loads kUsual{100, 0};

}  // namespace

TEST_CASE("after two tries their zone is left, after four that found nobody all are open again, for two more tries") {
  LeftZones left;
  std::array<std::uint32_t, 8> first{};
  for (std::uint32_t& share : first) {
    const Loads load = loads_of_retry(left, kBothWell, kUsual);
    CHECK(load[0] + load[1] == 100);
    share = load[0];
    note_try(left, load[0] == 100 ? 0 : 1);
  }
  // The fifth try finds both left, so both are open; its own is the first that counts again.
  CHECK(first == std::array<std::uint32_t, 8>{100, 100, 0, 0, 100, 100, 0, 0});
}

TEST_CASE("a zone that is left leaves all the load to the other one, however few of it are healthy") {
  LeftZones left;
  note_try(left, 0);
  note_try(left, 0);
  CHECK(loads_of_retry(left, {100, 14}, kUsual) == Loads{0, 100});
  LeftZones of_both;  // tried one of each: nobody remains, so both are open, by their health
  note_try(of_both, 0);
  note_try(of_both, 1);
  CHECK(loads_of_retry(of_both, {70, 100}, kUsual) == Loads{70, 30});
  CHECK(of_both.tries == 0);
}

TEST_CASE("with nobody healthy anywhere a retry sees what a first try would") {
  LeftZones left;
  note_try(left, 0);
  note_try(left, 0);
  CHECK(loads_of_retry(left, {0, 0}, {40, 60}) == Loads{40, 60});
  LeftZones alone;  // no other zone has replicas
  note_try(alone, 0);
  note_try(alone, 0);
  CHECK(loads_of_retry(alone, {100, 0}, kUsual) == kUsual);
}
