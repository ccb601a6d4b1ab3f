// `meshsim compare FILE`: all candidates of a scenario under the same random numbers, side by side.
#pragma once

namespace CLI {
class App;
}

namespace meshsim {

void add_compare(CLI::App& app, int& exit_code);

}  // namespace meshsim
