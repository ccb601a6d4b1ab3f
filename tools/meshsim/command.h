// How a subcommand joins the program: tools/meshsim/<name>.cpp defines add_<name>(), main.cpp calls it once.
// The function adds its CLI11 subcommand with options and a callback; the callback stores its exit code (output.h).
// What parses goes into a struct kept alive by the callback (a shared_ptr captured by value): nothing is global.
#pragma once

namespace CLI {
class App;
}

namespace meshsim {

void add_validate(CLI::App& app, int& exit_code);
void add_render(CLI::App& app, int& exit_code);
void add_schema(CLI::App& app, int& exit_code);
void add_init(CLI::App& app, int& exit_code);
void add_explain(CLI::App& app, int& exit_code);
void add_explain_policy(CLI::App& explain, int& exit_code);  // of `explain`, not of the program
void add_diff(CLI::App& app, int& exit_code);
// Joins `meshsim explain`.
void add_explain_request(CLI::App& explain, int& exit_code);
void add_swarm(CLI::App& app, int& exit_code);

}  // namespace meshsim
