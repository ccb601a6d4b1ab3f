#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

#include "scenarios/reader/scalars.h"

using namespace reader;

namespace {
template <class T>
std::string code(const Parsed<T>& p) {
  return p.value ? "ok" : text_of(p.problem.code);
}
}  // namespace

TEST_CASE("durations are exact nanoseconds") {
  CHECK(parse_duration("250ms").value == 250'000'000);
  CHECK(parse_duration("0s").value == 0);
  CHECK(parse_duration("1.5us").value == 1'500);
  CHECK(parse_duration("0.3s").value == 300'000'000);
  CHECK(parse_duration("1h30m").value == 5'400'000'000'000);
  CHECK(parse_duration("2d").value == 172'800'000'000'000);
  CHECK(parse_duration("0.5ns").value == 0);  // half to even
  CHECK(parse_duration("1.5ns").value == 2);
  CHECK(parse_duration("2.5ns").value == 2);
  CHECK(parse_duration("2.5000000000000000000001ns").value == 3);
  CHECK(parse_duration("4503599627370495ns").value == sim::kHorizonMax);
  CHECK(parse_duration_real("1.1ms").value == 1'100'000.0);  // not 1100000.0000000001
  CHECK(parse_duration_real("0.1ns").value == 0.1);
}

TEST_CASE("durations refuse what is not one") {
  CHECK(code(parse_duration("250")) == "MS018");
  CHECK(code(parse_duration("0")) == "MS018");
  CHECK(parse_duration("250").problem.hint.find("`250ms` or `250s`") != std::string::npos);
  CHECK(code(parse_duration("")) == "MS017");
  CHECK(code(parse_duration("ms")) == "MS017");
  CHECK(code(parse_duration("1 ms")) == "MS019");
  CHECK(code(parse_duration("1e3ms")) == "MS017");
  CHECK(code(parse_duration("-1ms")) == "MS020");
  CHECK(code(parse_duration("01ms")) == "MS017");
  CHECK(code(parse_duration("1.ms")) == "MS017");
  CHECK(code(parse_duration(".5ms")) == "MS017");
  CHECK(code(parse_duration("1m1h")) == "MS017");
  CHECK(code(parse_duration("1s1s")) == "MS017");
  CHECK(code(parse_duration("1Ms")) == "MS019");
  CHECK(code(parse_duration("nan")) == "MS017");
  CHECK(code(parse_duration("inf")) == "MS017");
  CHECK(code(parse_duration("4503599627370496ns")) == "MS020");
  CHECK(code(parse_duration("9999999999h")) == "MS020");
  CHECK(code(parse_duration(std::string(10'000, '9') + "s")) == "MS020");
  CHECK(code(parse_duration_real(std::string(10'000, '9') + "s")) == "MS020");
  CHECK(code(parse_duration("0." + std::string(10'000, '9') + "s")) == "ok");
}

TEST_CASE("rates, percentages, factors, sizes and cores carry their unit") {
  CHECK(parse_rate("300/s").value == 300.0);
  CHECK(parse_rate("60/m").value == 1.0);
  CHECK(parse_rate("7200/h").value == 2.0);
  CHECK(code(parse_rate("300")) == "MS018");
  CHECK(code(parse_rate("300/d")) == "MS019");
  CHECK(parse_percent("0.1%").value == 0.001);
  CHECK(parse_percent("100%").value == 1.0);
  CHECK(code(parse_percent("0.001")) == "MS018");
  CHECK(parse_factor("4x").value == 4.0);
  CHECK(code(parse_factor("4")) == "MS018");
  CHECK(code(parse_factor("x")) == "MS017");
  CHECK(parse_size("64MiB").value == 67.108864);
  CHECK(parse_size("64Mi").value == 67.108864);
  CHECK(parse_size("60MB").value == 60.0);
  CHECK(code(parse_size("64M")) == "MS019");
  CHECK(parse_cores("500m").value == 0.5);
  CHECK(parse_cores("2").value == 2.0);
  CHECK(code(parse_cores("2c")) == "MS019");
}

TEST_CASE("counts are bare whole numbers") {
  CHECK(parse_count("0").value == 0u);
  CHECK(parse_count("18446744073709551615").value == std::numeric_limits<std::uint64_t>::max());
  for (const char* bad : {"012", "0x10", "1_000", "3.0", "3e0", "three", "", " 3", "3 ", "1:30"}) {
    CAPTURE(bad);
    CHECK(code(parse_count(bad)) == "MS017");
  }
  CHECK(code(parse_count("18446744073709551616")) == "MS020");
  CHECK(code(parse_count("-1")) == "MS020");
  CHECK(code(parse_count("+1")) == "MS020");
  CHECK(code(parse_bool("True")) == "MS017");
}

TEST_CASE("names are safe anywhere") {
  CHECK(is_name("payment-v2.eu_1"));
  CHECK(is_name(std::string(253, 'a')));
  CHECK(!is_name(std::string(254, 'a')));
  for (const char* bad : {"", "-a", ".a", "a b", "a/b", "a@b", "caf\xc3\xa9", "a\n"}) CHECK(!is_name(bad));
}

TEST_CASE("what is written reads back to the same value") {
  for (const double ns : {1.0, 0.1, 1.0 / 3, 120'000.0, 123'456.789, 4503599627370495.0, 2.5e9, 1e-12}) {
    CAPTURE(ns);
    CHECK(parse_duration_real(write_duration_real(ns)).value == ns);
  }
  for (const sim::Duration ns : {sim::Duration{0}, sim::Duration{1}, sim::Duration{999}, sim::Duration{250'000'000},
                                 sim::Duration{61'000'000'001}, sim::Duration{sim::kHorizonMax}}) {
    CHECK(parse_duration(write_duration(ns)).value == ns);
  }
  for (const double f : {0.0, 0.001, 1.0, 0.95, 1.0 / 3, 0.1 + 0.2, 1e-9}) {
    CAPTURE(f);
    CHECK(parse_percent(write_percent(f)).value == f);
  }
  for (const double r : {300.0, 1.0 / 60, 1e9, 0.1, 1.0 / 3600}) CHECK(parse_rate(write_rate(r)).value == r);
  for (const double v : {0.0, 1.5, 1e20, 1e-7, 1.0 / 3}) CHECK(parse_number(write_number(v)).value == v);
  CHECK(write_duration(250'000'000) == "250ms");
  CHECK(write_percent(0.001) == "0.1%");
  CHECK(write_duration_real(120'000) == "120us");
}
