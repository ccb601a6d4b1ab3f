// Whether a retry goes to a replica that was tried: by whose default, and how often it is picked anew.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <optional>

#include "tests/models/traffic/limits.h"

using limits::run;
using models::Outcome;
using models::Results;
using models::ScenarioSpec;

namespace {

struct Told {
  std::optional<bool> avoid = {};
  std::optional<std::uint32_t> picks = {};
};

// Share of the calls that fail: one of two replicas answers 503, each pick is a random one, and there is one retry.
double failed(models::EnforcedBy by, const char* product, Told told) {
  ScenarioSpec spec = limits::open(1, 2'000, 20 * sim::kSecond, 0.0);
  models::VersionSpec well = spec.services[1].versions[0];
  well.name = "well";
  spec.services[1].versions.insert(spec.services[1].versions.begin(), well);
  spec.services[1].versions[1].name = "broken";
  spec.services[1].versions[1].endpoints[0].errors = {.rate = 1.0, .status = 503};
  auto candidate = support::candidate(by);
  candidate.product = product;
  spec.candidates = {candidate};
  spec.policy.defaults.load_balancer = models::LoadBalancer::Random;
  spec.policy.defaults.retries = limits::retries_on_5xx(1);
  spec.policy.defaults.retries->ignore_previous_hosts = told.avoid;
  spec.policy.defaults.retries->host_selection_attempts = told.picks;
  const Results r = run(spec);
  return 1.0 - static_cast<double>(limits::calls_that(r, Outcome::Ok)) / static_cast<double>(r.edges[0].calls);
}

// Of 40,000 calls: four standard errors.
double error_of(double p) { return 4 * std::sqrt(p * (1 - p) / 40'000) / p; }

}  // namespace

TEST_CASE("a retry avoids replicas that were tried with Istio, or where Envoy or a library is told to, pick by pick") {
  using models::EnforcedBy;
  struct Row {
    EnforcedBy by;
    const char* product;
    Told told;
    double expected;  // half of the calls fail at first, and every further pick halves what remains
  };
  const std::array rows{
      Row{EnforcedBy::Sidecar, "istio-1.24", {}, 1.0 / 128},
      Row{EnforcedBy::Sidecar, "istio-1.24", {.avoid = false}, 1.0 / 4},
      Row{EnforcedBy::Sidecar, "istio-1.24", {.avoid = true, .picks = 0}, 1.0 / 4},
      Row{EnforcedBy::Sidecar, "istio-1.24", {.picks = 2}, 1.0 / 16},
      Row{EnforcedBy::Sidecar, "envoy", {}, 1.0 / 4},
      Row{EnforcedBy::Sidecar, "envoy", {.avoid = true}, 1.0 / 8},
      Row{EnforcedBy::Sidecar, "envoy", {.avoid = true, .picks = 3}, 1.0 / 32},
      Row{EnforcedBy::Library, "", {}, 1.0 / 4},
      Row{EnforcedBy::Library, "", {.avoid = true}, 1.0 / 128},
      Row{EnforcedBy::Sidecar, "consul", {.avoid = true}, 1.0 / 4},  // it cannot be told
      Row{EnforcedBy::Sidecar, "linkerd", {.avoid = true}, 1.0 / 4},
  };
  for (const Row& row : rows) {
    CAPTURE(row.product);
    CAPTURE(row.told.avoid.value_or(false));
    CAPTURE(row.told.picks.value_or(99));
    CHECK(failed(row.by, row.product, row.told) == doctest::Approx(row.expected).epsilon(error_of(row.expected)));
  }
}
