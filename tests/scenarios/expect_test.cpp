#include <doctest/doctest.h>

#include <string>

#include "scenarios/reader/reader.h"
#include "scenarios/reader/render.h"

using models::ExpectMetric;
using models::ExpectOperator;

namespace {

reader::LoadResult load(const std::string& expect) {
  return reader::load_text("t.yaml",
                           "meshsim: 1\nservices: {web: {serviceTime: 2ms, calls: [pay]}, pay: {serviceTime: 1ms}}\n"
                           "traffic: {web: 10/s}\ncandidates: [none, sidecar]\n"
                           "timeline: [{name: slow, at: 10s, for: 10s, slow: pay, by: 2x}]\nexpect:\n" +
                               expect);
}

models::ExpectSpec one(const std::string& text) {
  const auto result = load("  a name: " + text + "\n");
  INFO(result.text());
  REQUIRE(result.scenario);
  REQUIRE(result.scenario->expect.size() == 1);
  return result.scenario->expect[0];
}

}  // namespace

TEST_CASE("an expectation is a term, an operator and a value in the metric's unit") {
  const models::ExpectSpec e = one("sidecar p99.9(web) during slow < 250ms");
  CHECK(e.name == "a name");
  CHECK(e.line == 7);
  CHECK(e.file == "t.yaml");
  CHECK(e.left.candidate == "sidecar");
  CHECK(e.left.metric == ExpectMetric::Percentile);
  CHECK(e.left.q == 0.999);
  CHECK(e.left.target == "web/default");
  CHECK(e.left.window == "during slow");
  CHECK(e.op == ExpectOperator::Less);
  CHECK(e.value == 250e6);
  CHECK(!e.right);
  CHECK(one("none success >= 99.5%").value == 0.995);
  CHECK(one("none vcpu<500m").value == 0.5);
  CHECK(one("none memory <= 4GB").value == 4000);
  CHECK(one("none amplification(pay) < 1.2x").value == 1.2);
  CHECK(one("none goodput > 9/s").value == 9);
  CHECK(one("each duplicates(pay) = 0").left.candidate.empty());
}

TEST_CASE("a difference has its second term after a minus that stands alone") {
  const models::ExpectSpec e = one("sidecar p50(web) - none p50(web/default) after slow < 5ms");
  REQUIRE(e.right);
  CHECK(e.right->candidate == "none");
  CHECK(e.right->window == "after slow");
  CHECK(models::text_of(e) == "sidecar p50(web/default) - none p50(web/default) after slow < 5ms");
}

TEST_CASE("every metric is read under its name and written back the same") {
  for (const models::ExpectMetricInfo& info : models::expect_metrics()) {
    const std::string name = info.metric == ExpectMetric::Percentile ? "p95" : info.name;
    CAPTURE(name);
    const char* target = info.target == models::ExpectTarget::Service   ? "(pay)"
                         : info.target == models::ExpectTarget::Version ? "(pay@v1)"
                                                                        : "";
    if (info.target == models::ExpectTarget::Change) continue;  // the next case
    const char* value = "1ms";
    if (info.quantity == models::ExpectQuantity::Percent) value = "1%";
    if (info.quantity == models::ExpectQuantity::Rate) value = "1/s";
    if (info.quantity == models::ExpectQuantity::Factor) value = "1x";
    if (info.quantity == models::ExpectQuantity::Cores) value = "1";
    if (info.quantity == models::ExpectQuantity::Size) value = "1MB";
    if (info.quantity == models::ExpectQuantity::Count) value = "1";
    const std::string text = "sidecar " + name + target + " > " + value;
    const models::ExpectSpec e = one(text);
    CHECK(e.left.metric == info.metric);
    CHECK(models::text_of(e) == text);
    CHECK(models::text_of(one(models::text_of(e))) == text);
  }
}

TEST_CASE("render writes expectations and stopping so that they load back") {
  const auto result = load(
      "  \"quotes \\\" and: colons\": each p50 - none p50 before slow <= 1.5ms\n"
      "run: {replications: {min: 5, precision: 2.5ms}}\n");
  INFO(result.text());
  REQUIRE(result.scenario);
  CHECK(result.scenario->run.max_replications == 50);
  CHECK(result.scenario->run.precision.absolute == 2.5e6);
  const std::string text = reader::render(*result.scenario, result.phrases);
  CHECK(text.find("replications: {min: 5, max: 50, precision: 2500us}") != std::string::npos);
  const auto again = reader::load_text("again.yaml", text);
  INFO(again.text());
  REQUIRE(again.scenario);
  CHECK(again.scenario->expect[0].name == "quotes \" and: colons");
  CHECK(models::text_of(again.scenario->expect[0]) == models::text_of(result.scenario->expect[0]));
}
