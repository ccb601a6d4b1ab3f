// `meshsim sweep FILE --vary PATH=A,B,C`: the same scenario at many points (sweep_design.h), with resume and bisection.
#pragma once

namespace CLI {
class App;
}

namespace meshsim {

void add_sweep(CLI::App& app, int& exit_code);

}  // namespace meshsim
