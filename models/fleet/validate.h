// What can be said about a scenario before anything runs: errors that make it meaningless, warnings that a reviewer
// wants.
// Not a parser: units, keys and types are the reader's. It knows no file positions, only paths into the scenario.
// Errors: none thrown; everything found is returned, errors first, each group in a fixed order (check, then name).
// Static retry amplification is the product of attempts along one call path, application times policy: the bound that
// the SRE book (ch. 22: 4^3 = 64) and the AWS Builders' Library (3^5 = 243) warn of. Product defaults are left out.
#pragma once

#include <string>
#include <vector>

#include "models/fleet/fleet_graph.h"
#include "models/spec/scenario_spec.h"

namespace models {

struct Finding {
  enum class Severity : std::uint8_t { Error, Warning };
  Severity severity = Severity::Error;
  std::string code;     // stable: "endpoint-cycle", ...
  std::string message;  // one or two sentences with numbers
  std::string path;     // "services.web.endpoints.home.steps[2]"; empty: the whole scenario
};

// Worst case of tries that one entry request can cause at the end of one call path.
struct Amplification {
  std::size_t entry = 0;  // endpoint vertex
  double attempts = 1.0;  // product over the layers
  std::string path;       // "web/home -> cart/get (3 tries) -> redis/get (2 tries)"
  std::string candidate;  // half-migrated, whose two layers make it worse than policy and application alone; or empty
};
inline constexpr double kAmplificationWarning = 50.0;

[[nodiscard]] std::vector<Finding> validate(const ScenarioSpec& spec);

// REQUIRES: no cycle (callees_first(graph) has a value). One per entry endpoint, in graph order.
[[nodiscard]] std::vector<Amplification> amplification(const ScenarioSpec& spec, const FleetGraph& graph);

}  // namespace models
