// Exercises of Istio's documentation, from the shipped scenario to the figure that the page promises.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "models/plan/compile.h"
#include "models/run.h"
#include "scenarios/reader/reader.h"

namespace {

models::ScenarioSpec shipped(const std::string& file) {
  reader::LoadOptions options;
  options.root = std::filesystem::path(MESHSIM_SOURCE_DIR) / "scenarios";
  const reader::LoadResult r = reader::load(options.root / file, options);
  INFO(r.text());
  REQUIRE(r.scenario.has_value());
  return *r.scenario;
}

}  // namespace

TEST_CASE("Bookinfo with 7 s injected before ratings: the page takes 6 s and comes without reviews") {
  const models::ScenarioSpec spec = shipped("injected-delay.yaml");
  const models::Results r = models::run(models::compile(spec, 1), {.seed = spec.seed, .replication = 0});
  const models::EntryWindow& page = r.entries.at(0).total;
  REQUIRE(page.arrivals > 30);
  CHECK(page.degraded == page.outcomes[0]);
  CHECK(page.ok.min() >= 6 * sim::kSecond);
  CHECK(page.ok.quantile(0.5) == doctest::Approx(6e9).epsilon(0.02));
}
