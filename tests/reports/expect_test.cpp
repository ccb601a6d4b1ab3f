// Verdicts over hand-made results: three ways, each metric, differences, Holm, precision.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "reports/expect.h"
#include "reports/stopping.h"
#include "reports/writers.h"
#include "tests/reports/fixture.h"

using models::ExpectMetric;
using models::ExpectOperator;
using models::ExpectSpec;
using models::ExpectTerm;
using reports::Expectation;
using reports::Verdict;
using reports_test::make;
using reports_test::none_shape;
using reports_test::sidecar_shape;

namespace {

ExpectTerm term(std::string candidate, ExpectMetric metric, double q = 0.0) {
  ExpectTerm out;
  out.candidate = std::move(candidate);
  out.metric = metric;
  out.q = q;
  return out;
}

ExpectSpec expect(ExpectTerm left, ExpectOperator op, double value) {
  ExpectSpec out;
  out.name = "x";
  out.left = std::move(left);
  out.op = op;
  out.value = value;
  out.value_text = "v";
  return out;
}

std::vector<Expectation> judge(const std::vector<ExpectSpec>& lines, const std::vector<reports_test::Made>& made,
                               double level = 0.95) {
  models::ScenarioSpec scenario = reports_test::shop();
  scenario.expect = lines;
  std::vector<reports::Input> inputs;
  for (const auto& one : made) inputs.push_back(one.input());
  return reports::judge(scenario, inputs, level);
}

constexpr double kMs = 1e6;

}  // namespace

TEST_CASE("an interval on the right side passes, on the wrong side fails, across it is undecided") {
  const std::vector<reports_test::Made> none{make(none_shape())};
  const auto failed = term("none", ExpectMetric::Failed);
  const double measured = judge({expect(failed, ExpectOperator::Less, 1)}, none)[0].measured.value;
  REQUIRE(measured > 0.0);
  const auto verdict = [&](ExpectOperator op, double value) { return judge({expect(failed, op, value)}, none)[0]; };
  CHECK(verdict(ExpectOperator::Less, 2 * measured).verdict == Verdict::Pass);
  CHECK(verdict(ExpectOperator::LessOrEqual, measured / 2).verdict == Verdict::Fail);
  CHECK(verdict(ExpectOperator::Greater, measured / 2).verdict == Verdict::Pass);
  CHECK(verdict(ExpectOperator::GreaterOrEqual, 2 * measured).verdict == Verdict::Fail);
  const Expectation across = verdict(ExpectOperator::Less, measured + 1e-9);
  CHECK(across.verdict == Verdict::Inconclusive);
  CHECK(across.reason.find("the interval contains") == 0);
}

TEST_CASE("exactly means in every replication") {
  const std::vector<reports_test::Made> none{make(none_shape())};
  CHECK(judge({expect(term("none", ExpectMetric::Duplicates), ExpectOperator::Equal, 0)}, none)[0].verdict ==
        Verdict::Pass);
  const Expectation failed = judge({expect(term("none", ExpectMetric::Failed), ExpectOperator::Equal, 0)}, none)[0];
  CHECK(failed.verdict == Verdict::Fail);
  CHECK(failed.reason == "not so in every replication");
}

TEST_CASE("success without a failure is a bound, and passes only below it") {
  reports_test::Shape clean = none_shape();
  clean.fail_share = 0.0;
  const std::vector<reports_test::Made> none{make(clean)};
  const auto success = term("none", ExpectMetric::Success);
  CHECK(judge({expect(success, ExpectOperator::GreaterOrEqual, 0.999)}, none)[0].verdict == Verdict::Pass);
  CHECK(judge({expect(success, ExpectOperator::GreaterOrEqual, 0.9999999)}, none)[0].verdict == Verdict::Inconclusive);
  CHECK(judge({expect(success, ExpectOperator::Equal, 1.0)}, none)[0].verdict == Verdict::Pass);
}

TEST_CASE("without an interval nothing is decided, and the reason says how many replications would help") {
  reports_test::Shape few = none_shape();
  few.replications = 3;
  const auto result =
      judge({expect(term("none", ExpectMetric::Percentile, 0.99), ExpectOperator::Less, 3600e9)}, {make(few)})[0];
  CHECK(result.verdict == Verdict::Inconclusive);
  CHECK(result.reason.find("there is no interval") == 0);
}

TEST_CASE("a difference is paired, and each stands once for every candidate but itself") {
  const std::vector<reports_test::Made> both{make(none_shape()), make(sidecar_shape())};
  ExpectSpec cost = expect(term("sidecar", ExpectMetric::Percentile, 0.5), ExpectOperator::Less, 5 * kMs);
  cost.right = term("none", ExpectMetric::Percentile, 0.5);
  const auto one = judge({cost}, both);
  REQUIRE(one.size() == 1);
  CHECK(one[0].verdict == Verdict::Pass);
  CHECK(one[0].measured.value > 0.0);
  CHECK(one[0].measured.half_width < 1e-3);
  cost.left.candidate = "";
  CHECK(judge({cost}, both).size() == 1);
  CHECK(judge({expect(term("", ExpectMetric::Failed), ExpectOperator::Less, 0.5)}, both).size() == 2);
  CHECK(judge({expect(term("library", ExpectMetric::Failed), ExpectOperator::Less, 0.5)}, both).empty());
}

TEST_CASE("quantities of different kinds keep both intervals in a difference") {
  const std::vector<reports_test::Made> both{make(none_shape()), make(sidecar_shape())};
  ExpectSpec mixed = expect(term("sidecar", ExpectMetric::Percentile, 0.99), ExpectOperator::Greater, 0);
  mixed.right = term("none", ExpectMetric::Mean);
  const auto result = judge({mixed}, both)[0];
  CHECK(result.verdict == Verdict::Pass);
  const auto p99 = judge({expect(mixed.left, ExpectOperator::Greater, 0)}, both, 0.975)[0];
  CHECK(result.measured.half_width >= p99.measured.half_width);
}

TEST_CASE("Holm: a line that alone would pass may be undecided among many") {
  const std::vector<reports_test::Made> none{make(none_shape())};
  const auto failed = term("none", ExpectMetric::Failed);
  const auto alone = judge({expect(failed, ExpectOperator::Less, 1.0)}, none)[0];
  // Just outside the interval of one line, inside that of one of ten whose other nine cannot be decided.
  const double edge = alone.measured.value + alone.measured.half_width * 1.01;
  CHECK(judge({expect(failed, ExpectOperator::Less, edge)}, none)[0].verdict == Verdict::Pass);
  std::vector<ExpectSpec> lines(9, expect(failed, ExpectOperator::Less, alone.measured.value));
  lines.push_back(expect(failed, ExpectOperator::Less, edge));
  CHECK(judge(lines, none).back().verdict == Verdict::Inconclusive);
  CHECK(judge(lines, none).back().level == doctest::Approx(0.995));
  // The nine decided at the strictest level leave the last one its own.
  for (std::size_t i = 0; i < 9; ++i) lines[i].value = 1.0;
  CHECK(judge(lines, none).back().verdict == Verdict::Pass);
  CHECK(judge(lines, none).back().level == doctest::Approx(0.95));
}

TEST_CASE("every metric of the vocabulary gives a value or says why not") {
  const std::vector<reports_test::Made> both{make(none_shape()), make(sidecar_shape())};
  for (const models::ExpectMetricInfo& info : models::expect_metrics()) {
    CAPTURE(info.name);
    ExpectTerm one = term("sidecar", info.metric, info.metric == ExpectMetric::Percentile ? 0.5 : 0.0);
    const auto& services = both[1].catalog.services;
    if (info.target == models::ExpectTarget::Service) one.target = services[0].name;
    if (info.target == models::ExpectTarget::Version) one.target = services[0].name + "@" + services[0].versions[0];
    if (info.target == models::ExpectTarget::Change) one.target = "no-such-change";
    const auto result = judge({expect(one, ExpectOperator::GreaterOrEqual, 0)}, both)[0];
    if (info.target == models::ExpectTarget::Change) {
      CHECK(result.verdict == Verdict::Inconclusive);
      CHECK(result.reason == "there is no value: the change was not made");
    } else {
      CHECK_MESSAGE(reports::has_value(result.measured), result.reason);
    }
  }
}

TEST_CASE("precision is asked of mean, p50 and p99 of every candidate") {
  models::ScenarioSpec scenario = reports_test::shop();
  const auto none = make(none_shape());
  const auto sidecar = make(sidecar_shape());
  const std::vector<reports::Input> inputs{none.input(), sidecar.input()};
  CHECK(reports::enough(scenario, inputs));  // nothing is asked for
  scenario.run.precision.relative = 0.5;
  CHECK(reports::precision_of(scenario, inputs).size() == 6);
  CHECK(reports::enough(scenario, inputs));
  scenario.run.precision.relative = 1e-9;
  CHECK(!reports::enough(scenario, inputs));
  scenario.run.precision.absolute = 1e9;  // one second
  CHECK(reports::enough(scenario, inputs));
}

TEST_CASE("hostile names of expectations reach no sink unescaped") {
  models::ScenarioSpec scenario = reports_test::shop();
  const auto none = make(none_shape());
  ExpectSpec line = expect(term("none", ExpectMetric::Failed), ExpectOperator::Less, 1.0);
  line.name = "=cmd|' /C calc'!A0 \x1b[31m \xe2\x80\xae";
  scenario.expect = {line};
  reports::Report report = reports::build_run(scenario, {none.input()});
  reports::add_judgement(report, scenario, reports::judged(scenario, {none.input()}));
  for (const reports::OutputFile& file : reports::all_files(report)) {
    CAPTURE(file.name);
    if (file.name == "expectations.csv")  // data, but never a formula
      CHECK(file.content.find("'=cmd") != std::string::npos);
    else
      CHECK(file.content.find('\x1b') == std::string::npos);
  }
  CHECK(reports::write_json(report, {}).find("\"verdict\": \"pass\"") != std::string::npos);
}
