// `validate --reachability`: who can call whom, by candidate, as text and as JSON.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "models/spec/scenario_spec.h"

namespace meshsim {

[[nodiscard]] std::string reachability_text(const models::ScenarioSpec& spec);
[[nodiscard]] nlohmann::ordered_json reachability_json(const models::ScenarioSpec& spec);

}  // namespace meshsim
