#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "reports/card.h"
#include "reports/compare.h"
#include "reports/escape.h"
#include "reports/numbers.h"
#include "reports/writers.h"
#include "tests/reports/arrangement.h"

using namespace reports_test;

namespace {

reports::Report compared(const Made& a, const Made& b, const reports::Prices& prices = {}) {
  reports::ReportOptions options;
  options.prices = prices;
  return reports::build_compare(shop(), {a.input(), b.input()}, 0, options);
}

reports::Prices all_prices() {
  reports::Prices prices;
  prices.vcpu_hour = 0.04;
  prices.gb_hour = 0.005;
  prices.failed_request = 0.5;
  prices.engineer_hour = 100.0;
  return prices;
}

double failed_since_fix(const Made& made) {  // per replication
  double failed = 0.0;
  for (const models::EntryResults& entry : made.run.merged.entries) {
    failed += static_cast<double>(reports::failures(entry.windows[4]));
  }
  return failed / static_cast<double>(made.run.replications.size());
}

std::string text_of(const reports::Section& section) {
  reports::Report report;
  report.kind = reports::Report::Kind::Compare;
  report.comparison = {section};
  const std::string text = reports::write_text(report, {});
  return text.substr(text.find('\n') + 1);
}

}  // namespace

TEST_CASE("the card of a comparison reads as it did") {
  const Made library = library_with_change();
  const Made sidecar = sidecar_with_change();
  CHECK(matches_golden("card.txt", text_of(section(compared(library, sidecar).comparison, "card"))));
  CHECK(matches_golden("card_with_prices.txt",
                       text_of(section(compared(library, sidecar, all_prices()).comparison, "card"))));
  const reports::Report report = compared(library, sidecar);
  CHECK(matches_golden("propagation.txt", text_of(section(report.comparison, "comparison_propagation"))));
  CHECK(matches_golden("coverage.txt", text_of(section(report.comparison, "comparison_coverage"))));
}

TEST_CASE("the card's figures are those of the results") {
  const Made library = library_with_change();
  const Made sidecar = sidecar_with_change();
  const reports::Report report = compared(library, sidecar);
  const reports::Table& card = table(report.comparison, "card");
  const auto figure = [&](const char* item, const char* subject = "") {
    return number(card, card_row(card, "sidecar", item, subject), "figure").value;
  };
  CHECK(figure("p50", "all entries") == doctest::Approx(0.0009).epsilon(0.15));
  CHECK(figure("vcpu") == doctest::Approx(0.9).epsilon(0.001));
  CHECK(figure("vcpu_hours_per_day") == doctest::Approx(0.9 * 24).epsilon(0.001));
  CHECK(figure("vcpu_ms_per_1000_requests") == doctest::Approx(0.9 * 60'000.0 / 24.1).epsilon(0.02));
  CHECK(figure("gigabytes") == doctest::Approx(0.36));
  CHECK(figure("gigabyte_hours_per_day") == doctest::Approx(0.36 * 24));
  CHECK(figure("failures_avoided", "fix") == doctest::Approx(failed_since_fix(library) - failed_since_fix(sidecar)));
  CHECK(number(card, card_row(card, "sidecar", "until_everywhere", "fix"), "candidate_value").value ==
        doctest::Approx((0.2 + 1.1 + 0.055) / 60.0));
  CHECK(number(card, card_row(card, "sidecar", "until_everywhere", "fix"), "baseline_value") == reports::missing());
}

TEST_CASE("every figure on the card's screen is a cell of the JSON, spoken") {
  const Made library = library_with_change();
  const Made sidecar = sidecar_with_change();
  const reports::Report report = compared(library, sidecar, all_prices());
  const reports::Table& card = table(report.comparison, "card");
  const reports::Table& screen = table(report.comparison, "card_screen");
  std::size_t figures = 0;
  for (std::size_t s = 0; s < screen.rows.size(); ++s) {
    const std::string& shown = cell(screen, s, "figure").text;
    if (shown == "-" || shown.starts_with("0 failures")) {
      continue;
    }
    ++figures;
    // The digits before any unit or half-width occur in a row of the card, as that row's number.
    bool traced = false;
    for (std::size_t r = 0; r < card.rows.size(); ++r) {
      for (const char* key : {"figure", "candidate_value"}) {
        const reports::Estimate& estimate = number(card, r, key);
        for (const reports::Unit unit :
             {reports::Unit::Seconds, reports::Unit::Minutes, reports::Unit::Cores, reports::Unit::Gigabytes,
              reports::Unit::CoreHours, reports::Unit::GigabyteHours, reports::Unit::CoreMilliseconds,
              reports::Unit::Count, reports::Unit::None}) {
          const bool its_unit = cell(card, r, "unit").text == reports::unit_name(unit);
          for (const bool with_sign : {false, true}) {
            for (int decimals = -1; decimals < 4; ++decimals) {
              traced = traced || (its_unit && reports::has_value(estimate) &&
                                  shown == reports::spoken(estimate, unit, with_sign, decimals));
            }
          }
        }
      }
    }
    CHECK_MESSAGE(traced, shown);
  }
  CHECK(figures >= 14);
}

TEST_CASE("lines say what they rest on") {
  const Made library = library_with_change();
  const Made sidecar = sidecar_with_change();
  const reports::Report report = compared(library, sidecar);
  const reports::Table& card = table(report.comparison, "card");
  const auto of = [&](const char* item, const char* subject, const char* column) {
    return cell(card, card_row(card, "sidecar", item, subject), column).text;
  };
  CHECK(of("p99", "all entries", "basis") == "partly_assumed");
  CHECK(of("p99", "all entries", "rests_on") == "istio-1.24: responseShare");
  CHECK(of("gigabytes", "", "basis") == "assumed");
  CHECK(of("until_everywhere", "fix", "basis") == "assumed");  // a lead time is an input
  CHECK(of("until_everywhere", "fix", "rests_on") == "library: timeout by redeploy; sidecar: timeout by push");
  Made plain = sidecar_with_change();
  plain.catalog.profile_assumed.clear();
  const reports::Report measured = compared(library, plain);
  const reports::Table& other = table(measured.comparison, "card");
  CHECK(cell(other, card_row(other, "sidecar", "p99", "all entries"), "basis").text == "measured");
  CHECK(cell(other, card_row(other, "sidecar", "failures_avoided", "slow-payment"), "basis").text == "measured");
  CHECK(cell(other, card_row(other, "sidecar", "failures_avoided", "fix"), "basis").text == "partly_assumed");
}

TEST_CASE("the share that no candidate reaches is always there") {
  const Made library = library_with_change();
  const Made sidecar = sidecar_with_change();
  const reports::Report report = compared(library, sidecar);
  const reports::Table& card = table(report.comparison, "card");
  const double fewest = number(card, card_row(card, "", "fewest_failures"), "figure").value;
  const double most = number(card, card_row(card, "", "most_failures"), "figure").value;
  CHECK(cell(card, card_row(card, "", "fewest_failures"), "subject").text == "sidecar");
  CHECK(number(card, card_row(card, "", "unreached_share"), "figure").value == doctest::Approx(fewest / most));

  Shape never = none_shape();
  never.fail_share = 0.0;
  const Made whole = make(never);
  const reports::Report no_failure = compared(whole, whole);
  CHECK(section(no_failure.comparison, "card").paragraphs.front() ==
        "0 failures: no candidate failed a request, so there is none to reach (measured).");
  const Made none = make(none_shape());
  never.candidate = "perfect";
  const Made perfect = make(never);
  const reports::Report cured = compared(none, perfect);
  CHECK(section(cured.comparison, "card")
            .paragraphs.front()
            .starts_with("0% of the failures are reached by no candidate: 0 requests failed with perfect"));
}

TEST_CASE("how many changes a year pay for it follows from the reader's prices") {
  const Made library = library_with_change();
  const Made sidecar = sidecar_with_change();
  const reports::Prices prices = all_prices();
  const reports::Report report = compared(library, sidecar, prices);
  const reports::Table& card = table(report.comparison, "card");
  const auto figure = [&](const char* item, const char* subject = "") {
    return number(card, card_row(card, "sidecar", item, subject), "figure").value;
  };
  const double cost = (figure("vcpu") * 0.04 + figure("gigabytes") * 0.005) * 8760.0;
  CHECK(figure("cost_per_year") == doctest::Approx(cost));
  CHECK(figure("engineer_hours_per_year") == doctest::Approx(cost / 100.0));
  const double saved = figure("failures_avoided", "fix") * 0.5;
  CHECK(figure("per_year_to_pay", "fix") == doctest::Approx(cost / saved));
  CHECK(figure("per_year_to_pay_least", "fix") < figure("per_year_to_pay", "fix"));
  CHECK(figure("per_year_to_pay_most", "fix") > figure("per_year_to_pay", "fix"));
}

TEST_CASE("without a price the card says which one is missing") {
  const Made library = library_with_change();
  const Made sidecar = sidecar_with_change();
  const auto paragraph = [&](const reports::Prices& prices) {
    return section(compared(library, sidecar, prices).comparison, "card").paragraphs.at(1);
  };
  CHECK(paragraph({}) ==
        "How many such changes or incidents a year pay for it: needs the price of a vCPU-hour, a GB-hour and a failed "
        "request.");
  reports::Prices prices = all_prices();
  prices.gb_hour.reset();
  CHECK(paragraph(prices) == "How many such changes or incidents a year pay for it: needs the price of a GB-hour.");
}

TEST_CASE(
    "a break-even holds for every cost and saving inside the intervals, and is refused where one may be nothing") {
  using namespace reports;
  const std::optional<BreakEven> even = break_even(interval(100.0, 20.0), interval(10.0, 5.0));
  REQUIRE(even);
  CHECK(even->value == 10.0);
  CHECK(even->least == doctest::Approx(80.0 / 15.0));
  CHECK(even->most == doctest::Approx(120.0 / 5.0));
  CHECK_FALSE(break_even(interval(100.0, 20.0), interval(10.0, 10.0)));
  CHECK_FALSE(break_even(interval(100.0, 20.0), interval(-10.0, 5.0)));
  CHECK_FALSE(break_even(interval(100.0, 20.0), no_interval(10.0, 2)));
  CHECK_FALSE(break_even(missing(), interval(10.0, 5.0)));
}

TEST_CASE("one replication decides nothing on the card") {
  Shape shape = sidecar_shape();
  shape.replications = 1;
  const Made sidecar = make(shape);
  shape = none_shape();
  shape.replications = 1;
  const Made none = make(shape);
  const reports::Report report = compared(none, sidecar, all_prices());
  const reports::Table& card = table(report.comparison, "card");
  const std::size_t row = card_row(card, "sidecar", "failures_avoided", "slow-payment");
  CHECK(number(card, row, "figure").certainty == reports::Certainty::NoInterval);
  CHECK(cell(card, row, "note").text == "undecided: no interval");
  CHECK(number(card, card_row(card, "sidecar", "per_year_to_pay", "slow-payment"), "figure") == reports::missing());
}

TEST_CASE("the CPU of a library's calls is paid by who has the library") {
  const Made none = make(none_shape());
  Made library = make(none_shape());
  library.catalog.candidate = "library";
  library.catalog.library_cpu = 20e-6;
  for (auto& edge : library.catalog.edges) edge.library = true;
  const reports::Report report = compared(none, library);
  const reports::Table& card = table(report.comparison, "card");
  const std::size_t row = card_row(card, "library", "vcpu");
  // 36,000 calls in 60 s, 20 us each.
  CHECK(number(card, row, "figure").value == doctest::Approx(600 * 20e-6).epsilon(1e-6));
  CHECK(cell(card, row, "rests_on").text == "library: CPU of a library's call");
  CHECK(cell(card, row, "basis").text == "partly_assumed");
  CHECK(number(table(report.candidates[1].sections, "resources"), 0, "library_vcpu").value ==
        doctest::Approx(600 * 20e-6).epsilon(1e-6));
  CHECK(number(table(report.candidates[0].sections, "resources"), 0, "library_vcpu") == reports::exact(0.0));
}

TEST_CASE("long names shorten; no line is wider than a hundred columns and no figure is lost") {
  Made library = library_with_change();
  Made sidecar = sidecar_with_change();
  library.catalog.candidate = std::string(70, 'l');
  sidecar.catalog.candidate = std::string(70, 's');
  for (Made* made : {&library, &sidecar}) {
    made->catalog.entries[0].name = std::string(90, 'e');
    made->catalog.changes[0].name = std::string(80, 'f');
    made->catalog.windows[3].name = "before " + made->catalog.changes[0].name;
    made->catalog.windows[4].name = "after " + made->catalog.changes[0].name;
  }
  const std::string text = reports::write_text(compared(library, sidecar, all_prices()), {});
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    CHECK_MESSAGE(reports::display_width(line) <= 100, line);
  }
  CHECK(text.find("+21.600 ±0.001 vCPU-h") != std::string::npos);
}

TEST_CASE("stories of the timeline add up, and a part is counted with its whole") {
  const auto avoided = [](const reports::Table& card, const std::string& story) {
    for (std::size_t row = 0; row < card.rows.size(); ++row) {
      if (cell(card, row, "item").text == "failures_avoided" && cell(card, row, "subject").text == story)
        return number(card, row, "figure").value;
    }
    return std::nan("");
  };
  Made library = library_with_change();
  Made sidecar = sidecar_with_change();
  const reports::Report apart = compared(library, sidecar);
  const double slow = avoided(table(apart.comparison, "card"), "slow-payment");
  const double fix = avoided(table(apart.comparison, "card"), "fix");
  CHECK(fix != 0.0);
  for (Made* made : {&library, &sidecar}) {
    for (std::size_t w = 3; w < made->catalog.windows.size(); ++w) made->catalog.windows[w].part_of = "slow-payment";
  }
  const reports::Report whole = compared(library, sidecar);
  CHECK(avoided(table(whole.comparison, "card"), "slow-payment") == doctest::Approx(slow + fix).epsilon(1e-9));
  CHECK(std::isnan(avoided(table(whole.comparison, "card"), "fix")));
}

TEST_CASE("the net of a year with all stories is the sum of what each saves, less the cost once") {
  const auto figure = [](const reports::Table& card, const std::string& item, const std::string& subject) {
    for (std::size_t row = 0; row < card.rows.size(); ++row) {
      if (cell(card, row, "item").text == item && cell(card, row, "subject").text == subject)
        return number(card, row, "figure").value;
    }
    return std::nan("");
  };
  reports::Prices prices = all_prices();
  prices.per_year = {{"slow-payment", 12.0}, {"fix", 3.0}};
  const reports::Report report = compared(library_with_change(), sidecar_with_change(), prices);
  const reports::Table& card = table(report.comparison, "card");
  const double sum = 12.0 * figure(card, "saving_each", "slow-payment") + 3.0 * figure(card, "saving_each", "fix");
  CHECK(figure(card, "net_per_year_of_all", "") ==
        doctest::Approx(sum - figure(card, "cost_per_year", "")).epsilon(1e-9));
}
