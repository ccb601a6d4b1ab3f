#include <doctest/doctest.h>

#include <string>

#include "reports/compare.h"
#include "reports/writers.h"
#include "tests/reports/arrangement.h"
#include "tests/reports/fixture.h"

using namespace reports_test;

TEST_CASE("the payoff of a candidate is what was put in") {
  const Made none = make(none_shape());
  const Made sidecar = make(sidecar_shape());
  const reports::Payoff payoff = reports::payoff_of(shop(), none.input(), sidecar.input());
  CHECK(payoff.p50.value == doctest::Approx(0.0009).epsilon(0.15));  // 900 us of proxies on every request
  CHECK(payoff.p50.half_width < payoff.p50.value);
  CHECK(payoff.cores.value == doctest::Approx(0.9).epsilon(0.001));
  CHECK(payoff.gigabytes == reports::exact(0.36));
  CHECK(payoff.avoided_per_million.value == doctest::Approx(4000.0).epsilon(0.2));
  CHECK(payoff.avoided_per_day.value ==
        doctest::Approx(payoff.avoided_per_million.value / 1e6 * 400.0 * 86'400.0).epsilon(0.02));
}

TEST_CASE("common random numbers reduce the variance of the difference") {
  const Made none = make(none_shape());
  const Made sidecar = make(sidecar_shape());
  Shape other = sidecar_shape();
  other.noise_seed = 99;
  const Made unpaired = make(other);
  const auto reduction = [&](const Made& candidate) {
    const reports::Report report = reports::build_compare(shop(), {none.input(), candidate.input()}, 0);
    return number(table(report.comparison, "comparison"), 2, "variance_reduction").value;  // p50, all entries
  };
  CHECK(reduction(sidecar) > 50.0);
  CHECK(reduction(unpaired) < 5.0);
}

TEST_CASE("two labels of the same candidate differ by exactly zero") {
  const Made none = make(none_shape());
  Made twin = make(none_shape());
  twin.catalog.candidate = "twin";
  const reports::Report report = reports::build_compare(shop(), {none.input(), twin.input()}, 0);
  const reports::Table& comparison = table(report.comparison, "comparison");
  for (std::size_t r = 0; r < comparison.rows.size(); ++r) {
    CHECK(number(comparison, r, "difference") == reports::interval(0.0, 0.0));
  }
  CHECK(report.verdict.front() == "Against none, twin fails exactly the same number of requests.");
}

TEST_CASE("runs without failures are compared by bounds") {
  Shape shape = none_shape();
  shape.fail_share = 0.0;
  const Made none = make(shape);
  shape.candidate = "sidecar";
  const Made sidecar = make(shape);
  const reports::Report report = reports::build_compare(shop(), {none.input(), sidecar.input()}, 0);
  const reports::Table& comparison = table(report.comparison, "comparison");
  CHECK(number(comparison, 0, "value").certainty == reports::Certainty::LowerBound);
  CHECK(number(comparison, 1, "value").certainty == reports::Certainty::UpperBound);
  CHECK(number(comparison, 1, "difference") == reports::missing());
  CHECK(report.verdict.front().find("no request failed with either (fewer than") != std::string::npos);
}

TEST_CASE("closed loops are said to lose their pairing") {
  Made none = make(none_shape());
  none.catalog.entries[0].closed_loop = true;
  const reports::Report report = reports::build_compare(shop(), {none.input(), none.input()}, 0);
  REQUIRE(report.warnings.size() == 1);
  CHECK(report.warnings.front().find("closed-loop") != std::string::npos);
}

TEST_CASE("too few replications are refused in the table and in the sentence") {
  Shape few = none_shape();
  few.replications = 4;
  Shape few_sidecar = sidecar_shape();
  few_sidecar.replications = 4;
  models::ScenarioSpec scenario = shop();
  scenario.run.replications = 4;
  const Made none = make(few);
  const Made sidecar = make(few_sidecar);
  const reports::Report report = reports::build_compare(scenario, {none.input(), sidecar.input()}, 0);
  CHECK(report.complete);
  const std::string text = reports::write_text(report, {});
  CHECK(text.find("no interval (needs ~10 replications)") != std::string::npos);
  CHECK(report.verdict.front().find("at p99 without an interval (needs ~10 replications)") != std::string::npos);
}

TEST_CASE("a run cut short keeps the complete prefix and says so") {
  Made none = make(none_shape());
  const reports::Report whole = reports::build_run(shop(), {none.input()});
  const Made sidecar = make(sidecar_shape());
  models::Results& cut = none.run.replications[9];
  cut.stopped = models::Stopped::InFlight;
  cut.stopped_at = 12 * sim::kSecond;
  cut.stopped_detail = "5,000,000 open calls";
  none.run.merged.stopped = cut.stopped;
  none.run.merged.stopped_at = cut.stopped_at;
  none.run.merged.stopped_detail = cut.stopped_detail;
  const reports::Report report = reports::build_compare(shop(), {none.input(), sidecar.input()}, 0);
  CHECK_FALSE(report.complete);
  CHECK(report.stopped == "in-flight limit");
  CHECK(report.stopped_at == 12.0);
  CHECK(report.warnings.front().find("9 of 12 replications complete") != std::string::npos);
  CHECK(report.warnings.front().find("5,000,000 open calls") != std::string::npos);
  // Counts come from the nine that are complete.
  const double all = number(table(whole.candidates[0].sections, "entries"), 0, "arrivals").value;
  const double prefix = number(table(report.candidates[0].sections, "entries"), 0, "arrivals").value;
  CHECK(prefix == doctest::Approx(all * 9 / 12).epsilon(0.01));
  const std::string json = reports::write_json(report, {});
  CHECK(json.find("\"complete\": false") != std::string::npos);
  CHECK(json.find("\"stopped\": \"in-flight limit\"") != std::string::npos);
}

TEST_CASE("a run without one complete replication reports the part that ran") {
  Made none = make(none_shape());
  for (models::Results& results : none.run.replications) {
    results.stopped = models::Stopped::Events;
    results.stopped_at = 30 * sim::kSecond;
  }
  const reports::Report report = reports::build_run(shop(), {none.input()});
  CHECK(report.warnings.front().find("0 of 12 replications complete") != std::string::npos);
  CHECK(number(table(report.candidates[0].sections, "entries"), 0, "achieved").value ==
        doctest::Approx(800.0).epsilon(0.02));
}
