// `--formula`: the figures beside the simulated ones are right where there are any, and absent everywhere else.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "models/fleet/closed_form.h"
#include "models/plan/compile.h"
#include "models/run.h"
#include "reports/build.h"
#include "reports/compare.h"
#include "reports/formula.h"
#include "reports/writers.h"
#include "scenarios/reader/reader.h"

namespace {

struct Ran {
  models::ScenarioSpec scenario;
  std::vector<models::Plan> plans;
  std::vector<models::CandidateRun> runs;
  [[nodiscard]] std::vector<reports::Input> inputs() const {
    std::vector<reports::Input> all;
    for (std::size_t c = 0; c < plans.size(); ++c) all.push_back({&plans[c].catalog, &runs[c]});
    return all;
  }
};

Ran ran(const std::string& text) {
  const reader::LoadResult loaded = reader::load_text("t.yaml", text);
  INFO(loaded.text());
  REQUIRE(loaded.scenario);
  Ran result{*loaded.scenario, {}, {}};
  for (std::size_t c = 0; c < result.scenario.candidates.size(); ++c) {
    result.plans.push_back(models::compile(result.scenario, c));
  }
  models::ExperimentOptions options;
  options.replications = 4;
  result.runs = models::run_experiment(result.plans, options);
  return result;
}

reports::Report with_formulas(const Ran& r) {
  reports::Report report = reports::build_run(r.scenario, r.inputs());
  reports::add_formulas(report, r.scenario, r.inputs());
  return report;
}

// A cell of the first candidate's table `key`, in the row that starts with `first`.
reports::Cell cell(const reports::Report& report, const std::string& key, const std::string& first,
                   const std::string& column) {
  for (const reports::Section& section : report.candidates.at(0).sections) {
    for (const reports::Table& table : section.tables) {
      if (table.key != key) continue;
      const auto at = std::find_if(table.columns.begin(), table.columns.end(),
                                   [&](const reports::Column& c) { return c.key == column; });
      for (const auto& row : table.rows) {
        if (row.at(0).text == first) return row.at(static_cast<std::size_t>(at - table.columns.begin()));
      }
    }
  }
  FAIL("no such cell: " << key << " " << first << " " << column);
  return {};
}

std::string shop(const std::string& web, const std::string& rest = "") {
  return "meshsim: 1\nrun: {duration: 20s, warmup: 5s}\nservices:\n  web: " + web +
         "\n  pay: {workers: unlimited, serviceTime: 1ms, errors: 30%}\n"
         "traffic: {web: 100/s}\ncandidates: [library]\n" +
         rest;
}

constexpr const char* kStation = "{workers: 2, serviceTime: {exponential: 10ms}}";

}  // namespace

TEST_CASE("Erlang's wait agrees with known values") {
  CHECK(models::erlang_wait(80, 0.010, 1) == doctest::Approx(0.04));        // M/M/1 at 0.8: rho / (mu - lambda)
  CHECK(models::erlang_wait(160, 0.010, 2) == doctest::Approx(0.0177778));  // 1.7778 service times
  CHECK(models::erlang_wait(800, 0.010, 10) == doctest::Approx(0.002046).epsilon(0.001));
}

TEST_CASE("a station that traffic enters has its M/M/c figure, close to what is simulated") {
  const reports::Report report = with_formulas(ran(shop(kStation)));
  CHECK(cell(report, "formula_services", "web", "rate_formula").number.value == doctest::Approx(100));
  CHECK(cell(report, "formula_services", "web", "workers_busy_formula").number.value == doctest::Approx(0.5));
  const double formula = cell(report, "formula_services", "web", "wait_formula").number.value;
  CHECK(formula == doctest::Approx(models::erlang_wait(100, 0.010, 2)));
  CHECK(cell(report, "formula_services", "web", "wait").number.value == doctest::Approx(formula).epsilon(0.15));
  CHECK(cell(report, "formula_services", "web", "rate").number.value == doctest::Approx(100).epsilon(0.05));
}

TEST_CASE("where M/M/c does not hold there is a dash, not a figure") {
  const char* others[] = {
      "{workers: 2, serviceTime: {constant: 10ms}}",                           // not exponential
      "{workers: 2, serviceTime: {exponential: 10ms}, calls: [pay]}",          // it calls
      "{workers: 2, serviceTime: {exponential: 10ms}, queue: {capacity: 4}}",  // it turns away
      "{workers: 1, serviceTime: {exponential: 11ms}}",                        // overloaded
      "{workers: 2, versions: {v1: {serviceTime: {exponential: 10ms}}, v2: {serviceTime: {exponential: 10ms}}}}",
  };
  for (const char* web : others) {
    CAPTURE(web);
    const reports::Report report = with_formulas(ran(shop(web)));
    const reports::Cell dash = cell(report, "formula_services", "web", "wait_formula");
    CHECK(dash.kind == reports::Cell::Kind::Text);
    CHECK(dash.text == "-");
    CHECK(cell(report, "formula_services", "web", "wait_off").kind == reports::Cell::Kind::Empty);
  }
  const std::string timeline = "timeline:\n  - {name: slow, at: 5s, for: 2s, slow: web, by: 2x}\n";
  CHECK(cell(with_formulas(ran(shop(kStation, timeline))), "formula_services", "web", "wait_formula").text == "-");
}

TEST_CASE("tries have a figure where the callee's own errors are all that fails") {
  const std::string web = "{workers: unlimited, serviceTime: 1ms, calls: [pay]}";
  const std::string retries = "policy: {pay: {retries: {max: 2, retryOn: [5xx]}}}\n";
  const reports::Report report = with_formulas(ran(shop(web, retries)));
  CHECK(cell(report, "formula_edges", "web", "tries_formula").number.value == doctest::Approx(1.39));
  CHECK(cell(report, "formula_edges", "web", "tries").number.value == doctest::Approx(1.39).epsilon(0.05));
  CHECK(cell(report, "formula_edges", "web", "rate_formula").number.value == doctest::Approx(100));
  CHECK(cell(with_formulas(ran(shop(web))), "formula_edges", "web", "tries_formula").number.value ==
        doctest::Approx(1));
  for (const char* policy : {"policy: {pay: {timeout: 1s, retries: {max: 2, retryOn: [5xx]}}}\n",
                             "policy: {pay: {retries: {max: 2, retryOn: [connect-failure]}}}\n",
                             "policy: {pay: {retries: {max: 2, retryOn: [5xx], perTryTimeout: 1s}}}\n"}) {
    CAPTURE(policy);
    CHECK(cell(with_formulas(ran(shop(web, policy))), "formula_edges", "web", "tries_formula").text == "-");
  }
}

TEST_CASE("formulas are on both commands' screens, in the JSON and in files of their own") {
  const Ran r = ran(shop(kStation));
  reports::Report compared = reports::build_compare(r.scenario, r.inputs(), 0);
  reports::add_formulas(compared, r.scenario, r.inputs());
  CHECK(reports::write_text(compared, {}).find("library: beside the formula") != std::string::npos);
  CHECK(reports::write_json(compared, {}).find("\"formula_services\"") != std::string::npos);
  const reports::Report run = with_formulas(r);
  CHECK(reports::write_text(run, {}).find("M/M/c ms") != std::string::npos);
  const auto files = reports::all_files(run);
  CHECK(std::any_of(files.begin(), files.end(), [](const auto& f) { return f.name == "formula_services.csv"; }));
}
