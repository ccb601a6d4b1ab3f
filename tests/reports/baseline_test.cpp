// Baselines over hand-made results: equivalence with a margin, and a text that reads back.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "reports/baseline.h"
#include "tests/reports/fixture.h"

using reports::Baseline;
using reports::CheckLine;
using reports::Verdict;
using reports_test::Made;
using reports_test::make;
using reports_test::none_shape;
using reports_test::sidecar_shape;

namespace {

Baseline baseline_of(const std::vector<reports::Input>& inputs, double margin = reports::kMargin) {
  return reports::make_baseline(reports_test::shop(), inputs, "abc", margin);
}

// `made` against the baseline of `then`, as if its trajectory were another.
CheckLine against(const Made& then, const Made& made, double margin = reports::kMargin) {
  Baseline baseline = baseline_of({then.input()}, margin);
  baseline.candidates[0].fingerprint = "another";
  const auto lines = reports::compare_baseline(baseline, reports_test::shop(), {made.input()}, "f");
  REQUIRE(lines.size() == 1);
  return lines[0];
}

}  // namespace

TEST_CASE("a baseline reads back as it was written, and writes the same bytes") {
  const Made none = make(none_shape());
  const Made sidecar = make(sidecar_shape());
  const Baseline baseline = baseline_of({none.input(), sidecar.input()}, 0.1);
  const std::string text = reports::write_baseline(baseline);
  std::string problem;
  const auto again = reports::read_baseline(text, problem);
  REQUIRE_MESSAGE(again, problem);
  CHECK(reports::write_baseline(*again) == text);
  CHECK(again->margin == 0.1);
  REQUIRE(again->candidates.size() == 2);
  CHECK(again->candidates[1].name == "sidecar");
  CHECK(again->candidates[0].figures.size() >= 4);
}

TEST_CASE("names in a baseline are JSON, whatever they hold") {
  Baseline baseline;
  baseline.candidates.push_back({"a\"b\n\x1b\xff", "f", {}});
  std::string problem;
  const std::string text = reports::write_baseline(baseline);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(reports::read_baseline(text, problem));
}

TEST_CASE("the same fingerprint is the same without another look") {
  const Made none = make(none_shape());
  Baseline baseline = baseline_of({none.input()});
  baseline.candidates[0].figures[0].estimate.value = 1e9;
  const auto lines = reports::compare_baseline(baseline, reports_test::shop(), {none.input()}, "f");
  CHECK(lines[0].verdict == Verdict::Pass);
  baseline.replications += 1;  // more of the same is not the same
  CHECK(reports::compare_baseline(baseline, reports_test::shop(), {none.input()}, "f")[0].verdict == Verdict::Fail);
}

TEST_CASE("equivalent within the margin, different beyond it, undecided in between") {
  reports_test::Shape other = none_shape();
  other.noise_seed = 77;
  CHECK(against(make(none_shape()), make(other), 0.5).verdict == Verdict::Pass);
  other.base_ns = none_shape().base_ns * 2;
  const CheckLine slower = against(make(none_shape()), make(other));
  CHECK(slower.verdict == Verdict::Fail);
  CHECK(slower.detail.find("p50 differs by +") != std::string::npos);
  other.base_ns = none_shape().base_ns;
  CHECK(against(make(none_shape()), make(other), 0.0).verdict == Verdict::Inconclusive);
}

TEST_CASE("a candidate on one side only fails, and one without figures is undecided") {
  const Made none = make(none_shape());
  const Made sidecar = make(sidecar_shape());
  const auto more = reports::compare_baseline(baseline_of({none.input()}), reports_test::shop(),
                                              {none.input(), sidecar.input()}, "f");
  REQUIRE(more.size() == 2);
  CHECK(more[1].verdict == Verdict::Fail);
  const auto less = reports::compare_baseline(baseline_of({none.input(), sidecar.input()}), reports_test::shop(),
                                              {none.input()}, "f");
  REQUIRE(less.size() == 2);
  CHECK(less[1].verdict == Verdict::Fail);
  Baseline empty = baseline_of({none.input()});
  empty.candidates[0].fingerprint = "another";
  empty.candidates[0].figures.clear();
  CHECK(reports::compare_baseline(empty, reports_test::shop(), {none.input()}, "f")[0].verdict ==
        Verdict::Inconclusive);
}

TEST_CASE("a case without lines is an error, and the gravest line names its case") {
  reports::CheckCase one;
  CHECK(reports::verdict_of(one) == "error");
  one.lines.push_back({CheckLine::Rule::Expectation, "a", "", "", "", Verdict::Pass, "f", 0});
  CHECK(reports::verdict_of(one) == "pass");
  one.lines.push_back({CheckLine::Rule::Expectation, "b", "", "", "", Verdict::Inconclusive, "f", 0});
  CHECK(reports::verdict_of(one) == "inconclusive");
  one.lines.push_back({CheckLine::Rule::Expectation, "c", "", "", "", Verdict::Fail, "f", 0});
  CHECK(reports::verdict_of(one) == "fail");
  one.problems.push_back({"", "x", "f", 0, 0});
  CHECK(reports::verdict_of(one) == "error");
}
