#include <doctest/doctest.h>

#include "reports/build.h"
#include "reports/compare.h"
#include "reports/writers.h"
#include "tests/reports/fixture.h"

using namespace reports_test;

namespace {

const std::vector<Made>& both() {
  static const std::vector<Made> made{make(none_shape()), make(sidecar_shape())};
  return made;
}

reports::Report compared() { return reports::build_compare(shop(), {both()[0].input(), both()[1].input()}, 0); }
reports::Report one_run() { return reports::build_run(shop(), {both()[1].input()}); }

}  // namespace

TEST_CASE("the text of a run is what it was") { CHECK(matches_golden("run.txt", reports::write_text(one_run(), {}))); }

TEST_CASE("the text of a comparison is what it was") {
  CHECK(matches_golden("compare.txt", reports::write_text(compared(), {})));
}

TEST_CASE("the JSON of a run is what it was") { CHECK(matches_golden("run.json", reports::write_json(one_run(), {}))); }
