// Which points a sweep visits: a grid, a Latin hypercube between the ends of the axes, or one axis at a time. Only
// texts: what the values mean is the reader's business.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/spec/scenario_spec.h"

namespace meshsim {

using Axis = models::SweepSpec::Axis;

// "PATH=A,B,C"
[[nodiscard]] std::optional<Axis> axis_of(const std::string& text);

// "12.5%" as 12.5 and "%": what can be halved and interpolated.
struct Quantity {
  double number = 0.0;
  std::string unit;
};
[[nodiscard]] std::optional<Quantity> quantity_of(const std::string& text);

// By axis; nothing: as the file has it.
using DesignPoint = std::vector<std::optional<std::string>>;

// The last axis varies fastest. Nothing: more than `most` points.
[[nodiscard]] std::optional<std::vector<DesignPoint>> grid_design(const std::vector<Axis>& axes, std::size_t most);

// Quantities lie between the first and the last value of their axis (whole numbers stay whole), other values are
// taken equally often. The same seed gives the same points.
[[nodiscard]] std::vector<DesignPoint> hypercube_design(const std::vector<Axis>& axes, std::uint32_t points,
                                                        std::uint64_t seed);

// The file as it is; then of each axis the first and the last value, the others as the file has them.
[[nodiscard]] std::vector<DesignPoint> tornado_design(const std::vector<Axis>& axes);

// What the command line says is varied, or else what the file does. Nothing: printed.
struct DesignWish {
  std::vector<std::string> vary;           // PATH=A,B,C
  std::optional<std::uint32_t> hypercube;  // points
  bool tornado = false;
};
struct Design {
  std::vector<Axis> axes;
  std::vector<DesignPoint> points;
};
[[nodiscard]] std::optional<Design> design_of(const DesignWish& wish, const models::ScenarioSpec& scenario);

}  // namespace meshsim
