// The end of a rendered scenario: prices and sweep. Internal to render.cpp, like quote().
#pragma once

#include <string>
#include <string_view>

#include "models/spec/scenario_spec.h"

namespace reader {

[[nodiscard]] std::string quote(std::string_view text);  // as a YAML scalar in double quotes
[[nodiscard]] std::string render_economics(const models::ScenarioSpec& scenario);

}  // namespace reader
