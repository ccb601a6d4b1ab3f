// Whether goodput came back, from hand-made shares of success by bucket.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "reports/build.h"
#include "tests/reports/arrangement.h"

namespace {

using reports_test::cell;
using reports_test::number;
using reports_test::section;
using reports_test::table;

reports::Report run_of(const reports_test::Made& made) {
  return reports::build_run(reports_test::shop(), {made.input()});
}

// 60 buckets of a second, 100 requests each; the disturbance lasts from 20 to 30 s; `ok(r, b)` of the 100 succeed.
template <class Ok>
reports_test::Made served(Ok ok) {
  reports_test::Made made = reports_test::make(reports_test::none_shape());
  made.catalog.windows = {{"before slow", 0, 20 * sim::kSecond, {}},
                          {"during slow", 20 * sim::kSecond, 30 * sim::kSecond, {}},
                          {"after slow", 30 * sim::kSecond, 60 * sim::kSecond, {}}};
  for (std::size_t r = 0; r < made.run.replications.size(); ++r) {
    made.run.replications[r].served.clear();
    for (std::size_t b = 0; b < 60; ++b) made.run.replications[r].served.push_back({100, ok(r, b)});
  }
  return made;
}

}  // namespace

TEST_CASE("goodput that comes back is dated; what is watched ends with the run") {
  const auto made = served([](std::size_t, std::size_t b) -> std::uint64_t { return b >= 20 && b < 37 ? 10 : 100; });
  const reports::Report report = run_of(made);
  const reports::Table& recovery = table(report.candidates[0].sections, "recovery");
  REQUIRE(recovery.rows.size() == 1);
  CHECK(cell(recovery, 0, "after").text == "slow");
  CHECK(number(recovery, 0, "watched") == reports::exact(30));
  CHECK(number(recovery, 0, "seconds") == reports::exact(7));  // the last bad bucket is [36, 37)
  CHECK(number(recovery, 0, "recovered").value == made.run.replications.size());
  CHECK(section(report.candidates[0].sections, "recovery").paragraphs.empty());
}

TEST_CASE("goodput that stays away in one replication is called metastable, with how long it was watched") {
  const auto made = served([](std::size_t r, std::size_t b) -> std::uint64_t { return b >= 20 && r == 3 ? 10 : 100; });
  const reports::Report report = run_of(made);
  const reports::Table& recovery = table(report.candidates[0].sections, "recovery");
  CHECK(number(recovery, 0, "seconds") == reports::missing());
  CHECK(number(recovery, 0, "recovered").value == made.run.replications.size() - 1);
  const auto& words = section(report.candidates[0].sections, "recovery").paragraphs;
  REQUIRE(words.size() == 1);
  CHECK(words[0].starts_with("metastable: 30 s after slow had ended"));
  CHECK(words[0].find(" in 1 of ") != std::string::npos);
}

TEST_CASE("what was bad before is not missed afterwards; a cause that still acts is not watched") {
  const auto ill = served([](std::size_t, std::size_t) -> std::uint64_t { return 40; });
  CHECK(number(table(run_of(ill).candidates[0].sections, "recovery"), 0, "seconds") == reports::exact(0));
  auto two = served([](std::size_t, std::size_t b) -> std::uint64_t { return b >= 20 ? 10 : 100; });
  two.catalog.windows.push_back({"during stall", 25 * sim::kSecond, 60 * sim::kSecond, {}});
  CHECK(section(run_of(two).candidates[0].sections, "recovery").tables.empty());
}
