// Hand-made results of two candidates of a small shop, for the tests of reports. No engine is involved.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/plan/catalog.h"
#include "models/run.h"
#include "models/spec/scenario_spec.h"
#include "reports/build.h"

namespace reports_test {

struct Shape {
  std::string candidate = "none";
  std::uint32_t replications = 12;
  std::uint64_t requests = 12'000;    // per entry and replication
  std::int64_t base_ns = 20'000'000;  // of the latency
  std::int64_t proxy_ns = 0;          // added to every request
  double fail_share = 0.003;          // of the requests
  std::uint64_t noise_seed = 1;       // equal seeds share their random numbers
  bool sidecar = false;
};

struct Made {
  models::Catalog catalog;
  models::CandidateRun run;
  [[nodiscard]] reports::Input input() const { return {&catalog, &run}; }
};

[[nodiscard]] models::ScenarioSpec shop();
[[nodiscard]] Made make(const Shape& shape);
[[nodiscard]] Shape none_shape();
[[nodiscard]] Shape sidecar_shape();

// Compares with tests/reports/golden/<name>; writes it instead when MESHSIM_UPDATE_GOLDEN is set.
[[nodiscard]] bool matches_golden(const std::string& name, const std::string& content);

}  // namespace reports_test
