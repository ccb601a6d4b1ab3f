// Where to try a function of many inputs: a Latin hypercube. Each coordinate of [0, 1) is cut into as many equal parts
// as there are points, and every part holds exactly one point; inside its part a point lies at random.
// Not a grid and not a factorial design. A pure function of its arguments.
// Source: M. D. McKay, R. J. Beckman, W. J. Conover, Technometrics 21(2), 1979.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/random/keyed.h"

namespace sim {

// By point, then by coordinate. A coordinate's draws depend on its own key alone: another one more changes none.
[[nodiscard]] std::vector<std::vector<double>> latin_hypercube(std::uint32_t points,
                                                               const std::vector<Key>& coordinates);

}  // namespace sim
