// Random scenarios on both engines. A failing one is made smaller and printed; its seed is all it takes to repeat it.
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "tests/reference/engine.h"
#include "tools/meshsim/swarm_check.h"

namespace {

std::string against_reference(const models::ScenarioSpec& spec, const models::Plan& plan, const models::Results& r,
                              std::uint64_t seed) {
  if (const std::string why = reference::refusal(spec, plan); !why.empty()) return "the reference refuses " + why;
  const reference::Told told = reference::simulate(spec, plan, seed);
  if (told.attempts != r.attempts || told.retries != r.retries) return "the reference counts other attempts or retries";
  return told.fingerprint == r.fingerprint ? "" : "the reference tells other facts";
}

}  // namespace

TEST_CASE("random scenarios keep every invariant, and the reference engine tells the same facts") {
  const char* full = std::getenv("MESHSIM_SWARM");
  const std::uint64_t count = full != nullptr ? static_cast<std::uint64_t>(std::atoll(full)) : 30;
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    const meshsim::SwarmCase c = meshsim::draw_case(seed);
    std::string report = meshsim::what_breaks(c, against_reference);
    if (!report.empty()) report += "\n" + meshsim::case_text(meshsim::shrink(c, against_reference));
    CAPTURE(seed);
    CAPTURE(report);
    CHECK(report.empty());
  }
}

TEST_CASE("a request that breaks late breaks its own connection, not the one that has taken its place") {
  for (const std::uint64_t seed : {std::uint64_t{62}, std::uint64_t{278}}) {
    CAPTURE(seed);
    CHECK(meshsim::what_breaks(meshsim::draw_case(seed), against_reference).empty());
  }
}

TEST_CASE("a failing scenario is made smaller, to nothing but what fails") {
  const auto retries = [](const models::ScenarioSpec&, const models::Plan&, const models::Results& r, std::uint64_t) {
    return std::string(r.retries > 0 ? "somebody retries" : "");
  };
  std::uint64_t seed = 1;
  while (meshsim::what_breaks(meshsim::draw_case(seed), retries).empty()) ++seed;
  const meshsim::SwarmCase before = meshsim::draw_case(seed);
  const meshsim::SwarmCase least = meshsim::shrink(before, retries);
  CHECK(!meshsim::what_breaks(least, retries).empty());
  CHECK(meshsim::case_text(least).size() < meshsim::case_text(before).size());
  for (const meshsim::SwarmCase& less : meshsim::smaller_cases(least))
    CHECK(meshsim::what_breaks(less, retries).empty());
}
