// `meshsim check PATH...`: do scenarios still give what they are expected to? The command of a build service.
#pragma once

namespace CLI {
class App;
}

namespace meshsim {

void add_check(CLI::App& app, int& exit_code);

}  // namespace meshsim
