#include "models/fleet/draw.h"

#include <doctest/doctest.h>
#include <algorithm>
#include <sstream>

#include "tests/models/fleet/fixture.h"

using namespace fleet_test;

namespace {
std::string draw(const models::ScenarioSpec& spec, std::string (*write)(const models::Drawing&)) {
  const auto graph = models::build(spec);
  const auto flow = compute_flow(spec, graph);
  return write({.spec = spec, .graph = graph, .flow = flow, .candidate = "none"});
}
bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
}  // namespace

TEST_CASE("a drawing shows rates on edges and utilisation on nodes") {
  auto spec = shop();
  spec.services[2].workers = 1;  // 50/s x 10 ms = 50%
  const std::string dot = draw(spec, models::write_dot);
  CHECK(contains(dot, "s2 -> s1 [label=\"300/s\""));
  CHECK(contains(dot, "label=\"ads\\n1 x 50.0/s\\n50% busy\", fillcolor=\"#ffffb2\""));
  const std::string mermaid = draw(spec, models::write_mermaid);
  CHECK(contains(mermaid, "s2 -->|\"300/s\"| s1"));
  CHECK(contains(mermaid, "s0[\"ads<br/>1 x 50.0/s<br/>50% busy\"]"));
  const std::string text = draw(spec, models::write_text);
  CHECK(contains(text, "-> cart/get"));
  CHECK(contains(text, "50% busy"));
  CHECK(contains(text, "0.5 per request"));
}

TEST_CASE("overload is drawn in the last colour") {
  auto spec = shop();
  spec.services[2].workers = 1;
  spec.traffic[0].rate.rate = 300;
  CHECK(contains(draw(spec, models::write_dot), "150% busy\", fillcolor=\"#f03b20\""));
}

TEST_CASE("the order of the file does not change a drawing") {
  auto spec = shop();
  spec.traffic.push_back(open_traffic("ads", "get", 1));
  auto reversed = spec;
  std::reverse(reversed.services.begin(), reversed.services.end());
  std::reverse(reversed.traffic.begin(), reversed.traffic.end());
  for (auto* write : {models::write_dot, models::write_mermaid, models::write_text}) {
    CHECK(draw(spec, write) == draw(reversed, write));
  }
}

TEST_CASE("names are escaped for the sink they go to") {
  CHECK(models::escape_dot("a\"b\\N\n") == "a\\\"b\\\\N ");
  CHECK(models::escape_mermaid("\"<b>&#;`") == "#quot;#lt;b#gt;#amp;#35;#59;#96;");
  CHECK(models::escape_dot("\x1b[31m") == "[31m");
  auto spec = shop();
  spec.traffic[0].name = "say \"hi\"]; t9 -> x";
  CHECK(contains(draw(spec, models::write_dot), "label=\"say \\\"hi\\\"]; t9 -> x\""));
  CHECK_FALSE(contains(draw(spec, models::write_mermaid), "\"hi\""));
}

TEST_CASE("the text form fits a hundred columns however long the names are") {
  auto spec = shop();
  const std::string longname(200, 'x');
  spec.services.push_back(service("s" + longname, 1, {endpoint("e" + longname, {work(1)})}));
  spec.services[0].versions[0].endpoints[0].steps.push_back(call("s" + longname, "e" + longname));
  spec.services[0].versions.push_back(version("v" + longname, 1, spec.services[0].versions[0].endpoints));
  spec.traffic[0].name = "t" + longname;
  spec.services.back().workers = models::kUnlimited;
  spec.services.back().versions[0].replicas = 10'000;
  std::istringstream lines(draw(spec, models::write_text));
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    CHECK(line.size() <= models::kTextColumns);
  }
}

TEST_CASE("what turns text around or hides in it does not reach a drawing") {
  for (const char* hidden : {"\u202e", "\u2066", "\u200b", "\ufeff", "\u061c"}) {
    CHECK(models::escape_dot(std::string("a") + hidden + "b") == "ab");
    CHECK(models::escape_mermaid(std::string("a") + hidden + "b") == "ab");
  }
  CHECK(models::escape_dot("für 漢字 →") == "für 漢字 →");
}
