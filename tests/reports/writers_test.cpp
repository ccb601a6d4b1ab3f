#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "reports/build.h"
#include "reports/compare.h"
#include "reports/escape.h"
#include "reports/version.h"
#include "reports/writers.h"
#include "tests/reports/arrangement.h"
#include "tests/reports/fixture.h"

using namespace reports_test;

namespace {

const std::vector<Made>& both() {
  static const std::vector<Made> made{make(none_shape()), make(sidecar_shape())};
  return made;
}

reports::Report compared() { return reports::build_compare(shop(), {both()[0].input(), both()[1].input()}, 0); }
reports::Report one_run() { return reports::build_run(shop(), {both()[1].input()}); }

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    result.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return result;
}

// Of one line of CSV: a comma inside quotes does not count.
std::size_t fields_of(const std::string& line) {
  std::size_t count = 1;
  bool quoted = false;
  for (const char c : line) {
    quoted = quoted != (c == '"');
    count += c == ',' && !quoted ? 1U : 0U;
  }
  return count;
}

// Golden files are about reports: how a fingerprint is computed is not their business, nor which version this is.
std::string without_fingerprints(std::string text) {
  const std::string version(reports::kProgramVersion);
  REQUIRE(version != "unknown");
  const std::size_t named = text.find(version);
  REQUIRE(named != std::string::npos);
  text.replace(named, version.size(), "VERSION");
  for (const Made& made : both()) {
    const std::string hex = made.run.merged.fingerprint.hex();
    for (std::size_t at = text.find(hex); at != std::string::npos; at = text.find(hex)) {
      text.replace(at, hex.size(), hex.size(), 'f');
    }
  }
  return text;
}

constexpr const char* kHostile = "=cmd|'/C calc'!A0\x1b[2J\xe2\x80\xae,\"<script>\n\xff";

// Every name that a scenario can bring, made as nasty as can be.
Made hostile() {
  Shape shape = sidecar_shape();
  shape.requests = 300;
  shape.replications = 2;
  Made made = make(shape);
  models::Catalog& c = made.catalog;
  c.candidate = c.product = c.profile = c.profile_source = c.profile_date = kHostile;
  c.profile_assumed = {kHostile};
  c.notes = {kHostile};
  for (auto& entry : c.entries) entry.name = kHostile;
  for (auto& endpoint : c.endpoints) endpoint = {kHostile, kHostile};
  for (auto& service : c.services) {
    service.name = kHostile;
    for (auto& version : service.versions) version = kHostile;
  }
  for (auto& edge : c.edges) {
    edge.caller = edge.callee = kHostile;
    edge.attempts = 4;
  }
  add_change(made, kHostile, [](std::uint32_t, std::uint32_t client) { return client < 6 ? 1.0 : -1.0; });
  c.changes.front().name = kHostile;
  c.library_cpu = 1e-6;
  for (auto& window : c.windows) window.name = std::string("during ") + kHostile;
  made.run.merged.stopped_detail = kHostile;
  made.run.merged.stopped = models::Stopped::Events;
  return made;
}

}  // namespace

TEST_CASE("the text of a run is what it was") {
  CHECK(matches_golden("run.txt", without_fingerprints(reports::write_text(one_run(), {}))));
}

TEST_CASE("the text of a comparison is what it was") {
  CHECK(matches_golden("compare.txt", without_fingerprints(reports::write_text(compared(), {}))));
}

TEST_CASE("the JSON of a comparison is what it was") {
  CHECK(matches_golden("compare.json", without_fingerprints(reports::write_json(compared(), {}))));
}

TEST_CASE("the CSV files of a comparison are what they were") {
  for (const reports::OutputFile& one : reports::csv_files(compared())) {
    if (one.name != "latency_cdf.csv" && one.name != "timeline.csv") {  // long, and in the JSON
      CHECK(matches_golden(one.name, one.content));
    }
  }
}

TEST_CASE("a report is a function of the results alone") {
  const std::vector<reports::OutputFile> first = reports::all_files(compared());
  const std::vector<reports::OutputFile> second = reports::all_files(compared());
  REQUIRE(first.size() == second.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    CHECK(first[i].name == second[i].name);
    CHECK(first[i].content == second[i].content);
  }
}

TEST_CASE("every file of a report has its own plain name") {
  std::set<std::string> names;
  for (const reports::OutputFile& one : reports::all_files(compared())) {
    CHECK(names.insert(one.name).second);
    CHECK(one.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_.") == std::string::npos);
  }
  for (const char* wanted : {"report.txt", "report.json", "entries.csv", "edges.csv", "services.csv", "timeline.csv",
                             "attribution.csv", "latency_cdf.csv", "comparison.csv", "payoff.csv"}) {
    CHECK(names.count(wanted) == 1);
  }
}

TEST_CASE("no line of the text is wider than a hundred columns") {
  for (const bool all : {false, true}) {
    reports::WriteOptions options;
    options.all = all;
    for (const reports::Report& report : {one_run(), compared()}) {
      for (const std::string& line : lines(reports::write_text(report, options))) {
        CHECK_MESSAGE(reports::display_width(line) <= 100, line);
      }
    }
  }
}

TEST_CASE("long tables are folded, and everything is there when asked for") {
  const std::string folded = reports::write_text(one_run(), {});
  reports::WriteOptions options;
  options.all = true;
  const std::string all = reports::write_text(one_run(), options);
  CHECK(folded.find("more: --all)") != std::string::npos);
  CHECK(all.find("--all") == std::string::npos);
  CHECK(all.size() > folded.size());
}

TEST_CASE("colour appears only when it is asked for") {
  CHECK(reports::write_text(one_run(), {}).find('\x1b') == std::string::npos);
  reports::WriteOptions options;
  options.colour = true;
  CHECK(reports::write_text(one_run(), options).find("\x1b[1m") != std::string::npos);
}

TEST_CASE("hostile names come out harmless in every format") {
  const Made made = hostile();
  models::ScenarioSpec scenario = shop();
  scenario.question = scenario.file = kHostile;
  for (const reports::Report& report : {reports::build_run(scenario, {made.input()}),
                                        reports::build_compare(scenario, {made.input(), made.input()}, 0)}) {
    for (const bool all : {false, true}) {
      reports::WriteOptions options;
      options.all = all;
      for (const std::string& line : lines(reports::write_text(report, options))) {
        CHECK_MESSAGE(reports::display_width(line) <= 100, line);
        for (const char c : line) {
          CHECK(static_cast<unsigned char>(c) >= 0x20);
        }
        CHECK(line.find("\xe2\x80\xae") == std::string::npos);
        CHECK(line.find('\xff') == std::string::npos);
      }
    }
    const std::string json = reports::write_json(report, {});
    for (const char c : json) {
      CHECK((c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f)));
    }
    CHECK(nlohmann::json::accept(json));
    for (const reports::OutputFile& one : reports::csv_files(report)) {
      CHECK(one.content.find(",=") == std::string::npos);
      CHECK(one.content.find("\n=") == std::string::npos);
      CHECK(one.content.find("\"=") == std::string::npos);
    }
  }
}

TEST_CASE("every row of a CSV file has as many fields as its heading, and lines end as RFC 4180 wants") {
  for (const reports::OutputFile& one : reports::csv_files(compared())) {
    std::size_t fields = 0;
    for (const std::string& line : lines(one.content)) {
      REQUIRE_MESSAGE(line.ends_with('\r'), one.name);
      const std::size_t count = fields_of(line);
      fields = fields == 0 ? count : fields;
      CHECK_MESSAGE(count == fields, one.name << ": " << line);
    }
  }
}

TEST_CASE("the JSON says what it is and carries certainty with every number") {
  const nlohmann::json json = nlohmann::json::parse(reports::write_json(compared(), {}));
  CHECK(json["meshsimReport"] == reports::kSchemaVersion);
  CHECK(json["kind"] == "compare");
  CHECK(json["complete"] == true);
  CHECK(json["seed"] == 7);
  CHECK(json["version"] == std::string(reports::kProgramVersion));
  CHECK(json["replications"] == 12);
  CHECK(json["candidates"].size() == 2);
  CHECK(json["candidates"][0]["fingerprint"].get<std::string>().size() == 32);
  const nlohmann::json entry = json["candidates"][0]["tables"]["entries"]["rows"][0];
  CHECK(entry["p50"]["halfWidth"].get<double>() > 0.0);
  CHECK(entry["p99.9"]["halfWidth"].is_null());
  CHECK(entry["p99.9"]["needsReplications"] == 50);
  CHECK(json["candidates"][0]["tables"]["edges"]["rows"][1]["success"].contains("lowerBound"));
  CHECK(json["verdict"].size() == 1);
}

TEST_CASE("an empty experiment is reported, not crashed on") {
  Shape shape = none_shape();
  shape.replications = 0;
  const Made made = make(shape);
  const reports::Report report = reports::build_compare(shop(), {made.input(), made.input()}, 0);
  CHECK_FALSE(report.complete);
  CHECK(reports::write_text(report, {}).find("0 of 12 replications complete") != std::string::npos);
  CHECK_NOTHROW(static_cast<void>(reports::all_files(report)));
}
