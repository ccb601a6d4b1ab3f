#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "scenarios/reader/reader.h"
#include "scenarios/reader/render.h"
#include "tests/scenarios/same_spec.h"

namespace fs = std::filesystem;

namespace {

void check_round_trip(const fs::path& file) {
  CAPTURE(file.string());
  const reader::LoadResult first = reader::load(file, {{}, fs::path(MESHSIM_SOURCE_DIR)});
  INFO(first.text());
  REQUIRE(first.scenario.has_value());
  const std::string text = reader::render(*first.scenario, first.phrases);
  const reader::LoadResult second = reader::load_text("rendered.yaml", text);
  INFO(text);
  INFO(second.text());
  REQUIRE(second.scenario.has_value());
  CHECK(models::same::scenario(*first.scenario, *second.scenario) == "");
  for (const auto& d : second.diagnostics)
    CHECK_MESSAGE(d.severity == reader::Severity::Warning, "a rendered scenario leaves nothing to fill in");
}

}  // namespace

TEST_CASE("a rendered scenario loads back to an equal one") {
  const fs::path source = MESHSIM_SOURCE_DIR;
  check_round_trip(source / "tests/scenarios/everything.yaml");
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(source / "scenarios")) {
    if (entry.path().extension() != ".yaml") continue;
    check_round_trip(entry.path());
    ++count;
  }
  CHECK(count > 0);
}

TEST_CASE("render says what a short form meant and writes out what was filled in") {
  const reader::LoadResult r = reader::load_text(
      "t", "meshsim: 1\nservices: {a: {serviceTime: 2ms}}\ntraffic: {a: 1/s}\npolicy: {a: {retries: 2}}\n");
  REQUIRE(r.scenario.has_value());
  const std::string text = reader::render(*r.scenario, r.phrases);
  CHECK(text.find("{work: {exponential: 2ms}}  # short form `2ms`: exponential with that mean") != std::string::npos);
  CHECK(text.find("retries: {max: 2, retryOn: [reset, connect-failure, refused-stream, unavailable, 503]}") !=
        std::string::npos);
  CHECK(text.find("sameZone: {lognormal: {median: 120us, p99: 450us}, min: 20us}") != std::string::npos);
}
