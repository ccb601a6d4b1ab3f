// Where the warm-up ends, from hand-made first runs: series whose cut is known.
#include <doctest/doctest.h>

#include <algorithm>

#include "reports/steady_state.h"
#include "sim/random/keyed.h"

namespace {

constexpr std::size_t kBuckets = 500;

// kBuckets buckets of one second, all replications together; `mean` gives nanoseconds by bucket.
struct FirstRun {
  models::Catalog catalog;
  models::CandidateRun run;

  template <class Mean>
  FirstRun(const char* name, Mean mean) {
    catalog.candidate = name;
    catalog.duration = static_cast<sim::Duration>(kBuckets) * sim::kSecond;
    catalog.timeline_bucket = sim::kSecond;
    catalog.services.emplace_back();
    catalog.services.back().name = "db";
    catalog.services.back().expected_utilisation = 1.25;
    sim::Draws draws(sim::name_key(name), 1);
    models::EntryResults entry;
    for (std::size_t b = 0; b < kBuckets; ++b) {
      models::EntryWindow& window = entry.timeline.emplace_back();
      for (int i = 0; i < 48; ++i) {
        const double noise = 0.8 + 0.4 * sim::uniform(draws.next());
        (i % 4 == 3 ? window.failed : window.ok).observe(static_cast<std::int64_t>(mean(b) * noise));
      }
    }
    run.merged.entries.push_back(entry);
  }
  [[nodiscard]] reports::Input input() const { return {&catalog, &run}; }
};

double steady(std::size_t) { return 20e6; }
double slow_start(std::size_t b) { return b < 100 ? 5e6 : 20e6; }
double rising(std::size_t b) { return 20e6 + static_cast<double>(b) * 1e6; }

}  // namespace

TEST_CASE("a series that is steady from the start is hardly cut, one that begins low is cut where it has risen") {
  const FirstRun flat("flat", steady);
  const reports::SteadyState none = reports::find_steady_state({flat.input()});
  CHECK(none.settled);
  CHECK(none.cut <= 100 * sim::kSecond);
  const FirstRun slow("slow", slow_start);
  const reports::SteadyState cut = reports::find_steady_state({slow.input()});
  CHECK(cut.settled);
  CHECK(cut.cut == 100 * sim::kSecond);
}

TEST_CASE("the largest cut is everybody's, whatever the order of the candidates") {
  const FirstRun flat("flat", steady);
  const FirstRun slow("slow", slow_start);
  CHECK(reports::find_steady_state({flat.input(), slow.input()}).cut == 100 * sim::kSecond);
  CHECK(reports::find_steady_state({slow.input(), flat.input()}).cut == 100 * sim::kSecond);
}

TEST_CASE("a series that never rests is refused, with what rose and the busiest service") {
  const FirstRun flat("flat", steady);
  const FirstRun up("up", rising);
  const reports::SteadyState found = reports::find_steady_state({flat.input(), up.input()});
  CHECK(!found.settled);
  models::ScenarioSpec scenario;
  const reports::Report report = reports::build_refusal(scenario, reports::Report::Kind::Run, found);
  CHECK(!report.complete);
  CHECK(report.stopped == "no_steady_state");
  REQUIRE(report.warnings.size() == 2);  // of `up` alone, and that nothing was measured
  CHECK(report.warnings[0].rfind("up: no steady state: the mean latency has not come to rest at half of the run", 0) ==
        0);
  CHECK(report.warnings[0].find("db is expected at 125 % of its workers") != std::string::npos);
  REQUIRE(report.candidates.size() == 2);
  CHECK(report.candidates[1].sections.at(0).tables.at(0).rows.size() == kBuckets);
}

TEST_CASE("the series of the warm-up says which of it is kept") {
  const FirstRun slow("slow", slow_start);
  const reports::SteadyState found = reports::find_steady_state({slow.input()});
  reports::Report report;
  report.candidates.push_back({"slow", {}, {}, {}});
  reports::add_warmup(report, found);
  const auto& rows = report.candidates[0].sections.at(0).tables.at(0).rows;
  CHECK(rows[99][2].number.value == 0.0);
  CHECK(rows[100][2].number.value == 1.0);
  CHECK(rows[100][1].number.value == doctest::Approx(0.020).epsilon(0.1));
}
