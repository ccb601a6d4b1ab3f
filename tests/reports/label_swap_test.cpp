// The symmetric pessimism test: a comparison knows candidates by their results alone. Equal results differ by exactly
// zero whatever they are called, and swapping two candidates changes nothing but names and signs.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "reports/compare.h"
#include "reports/writers.h"
#include "tests/reports/arrangement.h"

using namespace reports_test;
using nlohmann::json;

namespace {

json compared(const Made& baseline, const Made& candidate) {
  reports::ReportOptions options;
  options.prices.vcpu_hour = 0.04;
  options.prices.gb_hour = 0.005;
  options.prices.failed_request = 0.5;
  const reports::Report report = reports::build_compare(shop(), {baseline.input(), candidate.input()}, 0, options);
  return json::parse(reports::write_json(report, {}));
}

Made named(Made made, const std::string& name) {
  made.catalog.candidate = made.run.name = name;
  return made;
}

std::string renamed(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

double value_of(const json& cell) { return cell.is_object() ? cell.at("value").get<double>() : cell.get<double>(); }
double half_width_of(const json& cell) {
  return cell.is_object() && !cell.at("halfWidth").is_null() ? cell.at("halfWidth").get<double>() : 0.0;
}

// Every cell that is a difference between the two, with where it stands.
template <class F>
void for_each_difference(const json& report, F f) {
  const json& comparison = report["comparison"];
  for (const char* table : {"comparison", "comparison_windows"}) {
    for (const json& row : comparison[table]["rows"]) {
      f(std::string(table) + " " + row.value("entry", row.value("window", "")) + " " + row["metric"].get<std::string>(),
        row["difference"]);
    }
  }
  for (const json& row : comparison["payoff"]["rows"]) {
    for (const char* key : {"p50", "p99", "vcpu", "gigabytes", "avoided_per_million", "avoided_per_day"}) {
      f(std::string("payoff ") + key, row[key]);
    }
  }
  for (const json& row : comparison["card"]["rows"]) {
    if (row["group"] == "costs" || row["group"] == "saves") {
      f("card " + row["item"].get<std::string>() + " " + row["subject"].get<std::string>(), row["figure"]);
    }
  }
}

}  // namespace

TEST_CASE("two candidates with equal results differ by exactly zero everywhere") {
  for (const Made& made : {sidecar_with_change(), library_with_change()}) {
    const json report = compared(named(made, "one"), named(made, "two"));
    std::size_t seen = 0;
    for_each_difference(report, [&](const std::string& where, const json& difference) {
      if (where == "card until_everywhere fix" && made.catalog.enforced_by == models::EnforcedBy::Library) {
        CHECK(difference.is_null());  // it did not arrive within the run
        return;
      }
      CHECK_MESSAGE(value_of(difference) == 0.0, where);
      CHECK_MESSAGE(half_width_of(difference) == 0.0, where);
      ++seen;
    });
    CHECK(seen > 40);
    CHECK(report["verdict"][0] == "Against one, two fails exactly the same number of requests.");
    for (const json& row : report["comparison"]["card"]["rows"]) {
      if (row["item"] == "unreached_share") {
        CHECK(value_of(row["figure"]) == 1.0);
      }
      if (row["item"] == "per_year_to_pay") {
        CHECK(row["figure"] == 0);
        CHECK(row["note"] == "it costs nothing more a year");
      }
    }
  }
}

TEST_CASE("exchanging the names of two candidates changes nothing but the names") {
  const Made a = library_with_change();
  const Made b = sidecar_with_change();
  const std::string straight = compared(named(a, "aaa-1"), named(b, "bbb-2")).dump(1);
  const std::string crossed = compared(named(a, "bbb-2"), named(b, "aaa-1")).dump(1);
  CHECK(straight != crossed);
  CHECK(renamed(renamed(renamed(crossed, "aaa-1", "@"), "bbb-2", "aaa-1"), "@", "bbb-2") == straight);
}

TEST_CASE("exchanging baseline and candidate changes the signs of the differences and nothing else of them") {
  const Made a = library_with_change();
  const Made b = sidecar_with_change();
  std::vector<json> there;
  for_each_difference(compared(a, b), [&](const std::string&, const json& cell) { there.push_back(cell); });
  std::size_t i = 0;
  std::size_t not_zero = 0;
  for_each_difference(compared(b, a), [&](const std::string& where, const json& back) {
    REQUIRE(i < there.size());
    const json& forth = there[i++];
    if (forth.is_null() || back.is_null()) {
      CHECK_MESSAGE(forth.is_null() == back.is_null(), where);
      return;
    }
    CHECK_MESSAGE(value_of(forth) == -value_of(back), where);
    CHECK_MESSAGE(half_width_of(forth) == half_width_of(back), where);
    not_zero += value_of(forth) != 0.0 ? 1U : 0U;
  });
  CHECK(i == there.size());
  CHECK(not_zero > 30);
}
