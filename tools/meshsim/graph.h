// `meshsim graph FILE`: the fleet as DOT, Mermaid or text, with rates and utilisation from the flow equations.
// Simulates nothing. Errors: exit code 2 for a file, a candidate or a reference that is wrong.
#pragma once

namespace CLI {
class App;
}

namespace meshsim {

void add_graph(CLI::App& app, int& exit_code);

}  // namespace meshsim
