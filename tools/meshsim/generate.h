// `meshsim generate`: a synthetic fleet of measured shape as a scenario file.
#pragma once

#include <string>

#include "models/fleet/generate.h"

namespace CLI {
class App;
}

namespace meshsim {

void add_generate(CLI::App& app, int& exit_code);

// The fleet as a scenario, with the candidates a user would compare. Pure, for tests.
[[nodiscard]] std::string fleet_text(const models::FleetShape& shape);

}  // namespace meshsim
