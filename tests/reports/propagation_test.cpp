#include <doctest/doctest.h>

#include <string>

#include <nlohmann/json.hpp>

#include "reports/compare.h"
#include "reports/propagation.h"
#include "reports/writers.h"
#include "tests/reports/arrangement.h"

using namespace reports_test;

namespace {

Made with_delay(const std::string& carrier, const Delay& delay) {
  Made made = make(none_shape());
  add_change(made, carrier, delay);
  return made;
}

reports::Report run_of(const Made& made) { return reports::build_run(shop(), {made.input()}); }

const std::vector<reports::Section>& sections_of(const reports::Report& report) {
  return report.candidates.front().sections;
}

}  // namespace

TEST_CASE("a change that arrives everywhere has a time for every share, averaged over replications") {
  // Client c acts c + 1 seconds after the change, so that seven of twelve have acted after seven seconds.
  const Made made = with_delay("timeout by push", [](std::uint32_t, std::uint32_t c) { return c + 1.0; });
  const reports::Report report = run_of(made);
  const reports::Table& changes = table(sections_of(report), "changes");
  CHECK(cell(changes, 0, "change").text == "fix");
  CHECK(number(changes, 0, "clients") == reports::exact(12.0));
  CHECK(number(changes, 0, "acted") == reports::interval(1.0, 0.0));
  CHECK(number(changes, 0, "t50").value == doctest::Approx(6.0).epsilon(0.01));
  CHECK(number(changes, 0, "t90").value == doctest::Approx(11.0).epsilon(0.01));
  CHECK(number(changes, 0, "everywhere").value == doctest::Approx(12.0).epsilon(1e-9));
  CHECK(number(changes, 0, "everywhere").half_width == doctest::Approx(0.0));
  CHECK(number(changes, 0, "stale_calls") == reports::exact(480.0));
  CHECK(number(changes, 0, "stale_failed_share").value == doctest::Approx(0.25));
  CHECK(section(sections_of(report), "propagation").paragraphs.empty());
}

TEST_CASE("the time until all act by it has an interval over replications") {
  const Made made = with_delay("timeout by push", [](std::uint32_t r, std::uint32_t c) { return c + 1.0 + r; });
  const reports::Report report = run_of(made);
  const reports::Estimate& all = number(table(sections_of(report), "changes"), 0, "everywhere");
  CHECK(all.value == doctest::Approx(17.5).epsilon(1e-9));         // 12 ... 23 s
  CHECK(all.half_width == doctest::Approx(2.2908).epsilon(1e-3));  // t(0.975, 11) sqrt(13 / 12)
}

TEST_CASE("a share that one replication did not reach has no time, and words say so") {
  const Made made = with_delay("timeout by redeploy", [](std::uint32_t r, std::uint32_t c) {
    return r == 5 && c >= 9 ? -1.0 : 1.0 + c;  // three of 144 clients
  });
  const reports::Report report = run_of(made);
  const reports::Table& changes = table(sections_of(report), "changes");
  CHECK(number(changes, 0, "t50").certainty == reports::Certainty::Interval);
  CHECK(number(changes, 0, "t90") == reports::missing());
  CHECK(number(changes, 0, "everywhere") == reports::missing());
  CHECK(number(changes, 0, "completed_replications") == reports::exact(11.0));
  CHECK(number(changes, 0, "arrived") == reports::exact(141.0));
  CHECK(section(sections_of(report), "propagation").paragraphs ==
        std::vector<std::string>{"fix did not arrive everywhere within the run: 25 s after it 98 ±10% of the "
                                 "clients act by it, all of them in 11 of 12 replications (timeout by redeploy)."});
}

TEST_CASE("a change that nobody acts by within the run is said to have not arrived") {
  const Made made = with_delay("timeout by redeploy", [](std::uint32_t, std::uint32_t) { return -1.0; });
  const reports::Report report = run_of(made);
  CHECK(number(table(sections_of(report), "changes"), 0, "acted") == reports::exact(0.0));
  CHECK(section(sections_of(report), "propagation").paragraphs ==
        std::vector<std::string>{
            "fix did not arrive within the run: 25 s after it nobody acts by it (timeout by redeploy)."});
}

TEST_CASE("a candidate in which nobody acts on changes says that, and gives no time") {
  const Made made = with_delay("", [](std::uint32_t, std::uint32_t) { return 1.0; });
  const reports::Report report = run_of(made);
  CHECK(section(sections_of(report), "propagation").paragraphs == std::vector<std::string>{"nobody acts on fix."});
  CHECK(number(table(sections_of(report), "changes"), 0, "t50") == reports::missing());
  CHECK(cell(table(sections_of(report), "changes"), 0, "carriers").text == "nobody acts on it");
}

TEST_CASE("the curve rises to the share that acted and ends where the watching ended") {
  const Made library = library_with_change();
  const reports::Report report = run_of(library);
  const reports::Table& curve = table(sections_of(report), "propagation");
  double share = 0.0;
  double time = 0.0;
  for (std::size_t r = 0; r < curve.rows.size(); ++r) {
    CHECK(number(curve, r, "share").value >= share);
    CHECK(number(curve, r, "time").value >= time);
    share = number(curve, r, "share").value;
    time = number(curve, r, "time").value;
  }
  CHECK(number(curve, 0, "share").value == 0.0);
  CHECK(number(curve, 0, "time").value == doctest::Approx(2.0));
  CHECK(share == 0.5);
  CHECK(time == 60.0 - kChangeAt);
}

TEST_CASE("the curve stands in the CSV and as a series in the JSON") {
  const Made sidecar = sidecar_with_change();
  const reports::Report report = run_of(sidecar);
  bool found = false;
  for (const reports::OutputFile& file : reports::csv_files(report)) {
    if (file.name == "propagation.csv") {
      found = true;
      CHECK(file.content.starts_with("candidate,change,time_seconds,share_fraction\r\nsidecar,fix,0.2,0\r\n"));
      CHECK(file.content.find("sidecar,fix,1.41,1\r\n") != std::string::npos);  // the slowest client of all
    }
  }
  CHECK(found);
  const nlohmann::json json = nlohmann::json::parse(reports::write_json(report, {}));
  const nlohmann::json& series = json["candidates"][0]["tables"]["propagation"]["series"];
  CHECK(series["share"].size() == series["time"].size());
  CHECK(series["share"].back() == 1);
  CHECK(json["candidates"][0]["tables"]["changes"]["units"]["everywhere"] == "seconds");
}

TEST_CASE("without changes there is no word about them") {
  const Made none = make(none_shape());
  const reports::Report report = reports::build_compare(shop(), {none.input(), none.input()}, 0);
  CHECK(reports::write_text(report, {}).find("travelled") == std::string::npos);
  CHECK(reports::write_json(report, {}).find("propagation") == std::string::npos);
}

TEST_CASE("a run that was cut short counts the changes of the complete replications") {
  Made made = sidecar_with_change();
  made.run.replications[8].stopped = models::Stopped::Events;
  const reports::Report report = run_of(made);
  CHECK(number(table(sections_of(report), "changes"), 0, "holders") == reports::exact(8.0 * kClients));
}
