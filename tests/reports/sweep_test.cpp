// The card along a sweep, the tornado, and a point as text. Hand-made points: no engine.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "reports/sweep.h"
#include "reports/tornado.h"
#include "reports/writers.h"
#include "tests/reports/fixture.h"

namespace {

using reports_test::make;
using reports_test::none_shape;
using reports_test::shop;
using reports_test::sidecar_shape;

// What 1 vCPU more costs, and `avoided` failures per incident save.
reports::SweepPoint point(const std::string& size, double avoided, double half_width) {
  reports::CardLine cores;
  cores.group = "costs";
  cores.item = reports::kCores;
  cores.unit = reports::Unit::Cores;
  cores.figure = reports::interval(1.0, 0.1);
  cores.words = "of CPU";
  reports::CardLine memory = cores;
  memory.item = reports::kGigabytes;
  memory.figure = reports::exact(0.0);
  reports::CardLine saved = cores;
  saved.group = "saves";
  saved.item = reports::kFailuresAvoided;
  saved.subject = "slow-pay";
  saved.unit = reports::Unit::Count;
  saved.figure = reports::interval(avoided, half_width);
  saved.basis = reports::Basis::PartlyAssumed;
  return {{size}, {{"none", {}}, {"sidecar", {}}}, {{"sidecar", "none", {cores, memory, saved}}}, {}};
}

reports::Sweep sizes(std::vector<reports::SweepPoint> points) {
  reports::Sweep sweep;
  sweep.paths = {"fleet.size"};
  sweep.points = std::move(points);
  return sweep;
}

// 1 vCPU costs 8760 a year, 10% more or less; each incident saves 1 per failure avoided.
reports::Prices prices() {
  reports::Prices p;
  p.vcpu_hour = 1.0;
  p.failed_request = 1.0;
  p.per_year = {{"slow-pay", 10.0}};
  return p;
}

bool says(const reports::Section& section, const std::string& text) {
  return std::any_of(section.paragraphs.begin(), section.paragraphs.end(),
                     [&](const std::string& p) { return p.find(text) != std::string::npos; });
}

const reports::Table& table(const reports::Section& section, const std::string& key) {
  const auto found =
      std::find_if(section.tables.begin(), section.tables.end(), [&](const reports::Table& t) { return t.key == key; });
  REQUIRE(found != section.tables.end());
  return *found;
}

}  // namespace

TEST_CASE("a size sweep says between which sizes it starts to pay, and which are undecided") {
  const reports::Section section = reports::sweep_card_section(
      sizes({point("5", 100, 10), point("20", 876, 10), point("60", 2000, 100), point("1000", 9000, 100)}), prices());
  CHECK(says(section,
             "sidecar against none, along size, with 10 of slow-pay a year at the given prices: saves more than it "
             "costs at 60 and 1000, costs more at 5, is undecided at 20; it starts to pay between 5 and 60."));
  const reports::Table& pays = table(section, "pays");
  REQUIRE(pays.rows.size() == 1);
  CHECK(pays.rows[0][6].text == "starts");
  CHECK(pays.rows[0][7].text == "5");
  CHECK(pays.rows[0][8].text == "60");
  CHECK(pays.rows[0][9].text == "assumed");
}

TEST_CASE("a sweep on whose points the balance never turns says so") {
  const reports::Section section =
      reports::sweep_card_section(sizes({point("5", 10, 1), point("60", 20, 1)}), prices());
  CHECK(says(section, "costs more at 5 and 60; nowhere between them does that turn."));
  CHECK(table(section, "pays").rows.empty());
}

TEST_CASE("without how often things happen, or without a price, where it pays is not said but what is missing") {
  reports::Prices p = prices();
  p.per_year.clear();
  const auto points = [] { return sizes({point("5", 10, 1), point("60", 9000, 1)}); };
  CHECK(
      says(reports::sweep_card_section(points(), p), "needs how many times a year the entries of the timeline happen"));
  p.failed_request.reset();
  CHECK(says(reports::sweep_card_section(points(), p), "Where it starts to pay: needs the price of a failed request."));
  CHECK(!says(reports::sweep_card_section(points(), {}), "starts to pay between"));
}

TEST_CASE("the net of a year is savings less costs, with both intervals in it") {
  const reports::Section section = reports::sweep_card_section(sizes({point("60", 2000, 100)}), prices());
  const reports::Table& card = table(section, "card");
  const auto row =
      std::find_if(card.rows.begin(), card.rows.end(), [](const auto& r) { return r[4].text == reports::kNetPerYear; });
  REQUIRE(row != card.rows.end());
  CHECK((*row)[0].text == "60");
  CHECK((*row)[9].number.value == doctest::Approx(10 * 2000 - 8760));
  CHECK((*row)[9].number.half_width == doctest::Approx(10 * 100 + 876));
  CHECK((*row)[10].text == "assumed");
}

TEST_CASE("every line of a sweep's card says how it is known") {
  const auto none = make(none_shape());
  const auto sidecar = make(sidecar_shape());
  reports::SweepPoint one = point("5", 1, 1);
  one.cards = reports::point_cards(shop(), {none.input(), sidecar.input()}, 0);
  REQUIRE(one.cards.size() == 2);
  CHECK(one.cards[0].candidate == "sidecar");
  CHECK(one.cards[1].candidate.empty());
  const reports::Section section = reports::sweep_card_section(sizes({one}), {});
  for (const auto& row : table(section, "card").rows) CHECK(!row[10].text.empty());
  for (const auto& row : table(section, "card_screen").rows) CHECK(!row[2].text.empty());
}

TEST_CASE("a point with its card reads back as it was written, and not as another one's") {
  const auto none = make(none_shape());
  const auto sidecar = make(sidecar_shape());
  reports::SweepPoint one{{"5"}, {{"none", {reports::exact(1)}}, {"sidecar", {reports::interval(2, 0.1)}}}, {}, {}};
  one.cards = reports::point_cards(shop(), {none.input(), sidecar.input()}, 0);
  const std::string text = reports::write_point(one, "id");
  const auto again = reports::read_point(text, "id", 1);
  REQUIRE(again.has_value());
  CHECK(reports::write_point(*again, "id") == text);
  CHECK(again->cards.size() == 2);
  CHECK(!reports::read_point(text, "other", 1).has_value());
  CHECK(!reports::read_point(text, "id", 2).has_value());
}

TEST_CASE("a tornado sorts inputs by the larger of their two effects and pairs replications") {
  const auto base = make(none_shape());
  const auto effects = [&](std::int64_t more) {
    auto shape = none_shape();
    shape.proxy_ns = more;
    const auto changed = make(shape);
    return reports::tornado_effects(shop(), {base.input()}, {changed.input()});
  };
  reports::Sweep sweep;
  sweep.tornado = true;
  sweep.paths = {"small", "large"};
  const auto at = [&](const char* a, const char* b, std::int64_t more) {
    return reports::SweepPoint{{a, b}, {{"none", {}}}, {}, effects(more)};
  };
  sweep.points = {at("as is", "as is", 0), at("1", "as is", -1'000'000), at("2", "as is", 0), at("as is", "1", 0),
                  at("as is", "2", 5'000'000)};
  const reports::Section section = reports::tornado_section(sweep);
  const reports::Table& rows = table(section, "tornado");
  REQUIRE(rows.rows.size() == 2 * reports::tornado_metrics().size());
  CHECK(rows.rows[0][1].text == "mean");
  CHECK(rows.rows[0][3].text == "large");
  CHECK(rows.rows[0][6].number.value == 0.0);
  CHECK(rows.rows[0][7].number.value == doctest::Approx(0.005).epsilon(0.01));
  CHECK(rows.rows[1][3].text == "small");
  // The same shift of every request, under the same random numbers: next to no spread.
  CHECK(rows.rows[0][7].number.half_width < 0.0001);
}
