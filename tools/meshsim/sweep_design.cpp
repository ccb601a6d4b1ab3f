#include "tools/meshsim/sweep_design.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include <fmt/format.h>

#include "reports/escape.h"
#include "scenarios/reader/scalars.h"
#include "sim/random/keyed.h"
#include "sim/statistics/design.h"
#include "tools/meshsim/output.h"

namespace meshsim {
namespace {

constexpr std::size_t kPointsMost = 10'000;

// Digits that tell a thousandth of `range`; without zeros at the end.
std::string rounded_text(double value, double range) {
  int decimals = 0;
  for (double r = std::abs(range); r > 0 && r < 1000 && decimals < 9; r *= 10) ++decimals;
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (decimals > 0) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text;
}

bool is_whole(const Axis& axis) {
  return std::all_of(axis.values.begin(), axis.values.end(), [](const std::string& value) {
    return !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
  });
}

std::string value_at(const Axis& axis, double u) {
  const std::size_t n = axis.values.size();
  const auto low = quantity_of(axis.values.front());
  const auto high = quantity_of(axis.values.back());
  if (n == 1 || !low || !high || low->unit != high->unit || low->number == high->number)
    return axis.values[std::min(static_cast<std::size_t>(u * static_cast<double>(n)), n - 1)];
  const double range = high->number - low->number;
  if (is_whole(axis))  // each whole number between the ends has the same share
    return fmt::format(
        "{:.0f}", range > 0 ? std::floor(low->number + u * (range + 1)) : std::floor(high->number + u * (1 - range)));
  return rounded_text(low->number + u * range, range) + low->unit;
}

}  // namespace

std::optional<Axis> axis_of(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return std::nullopt;
  Axis axis{text.substr(0, equals), {}};
  std::stringstream rest(text.substr(equals + 1));
  for (std::string value; std::getline(rest, value, ',');) axis.values.push_back(value);
  if (axis.values.empty()) return std::nullopt;
  return axis;
}

std::optional<Quantity> quantity_of(const std::string& text) {
  const std::size_t length = std::min(text.find_first_not_of("0123456789."), text.size());
  const reader::Parsed<double> number = reader::parse_number(text.substr(0, length));
  if (!number.value) return std::nullopt;
  return Quantity{*number.value, text.substr(length)};
}

std::optional<std::vector<DesignPoint>> grid_design(const std::vector<Axis>& axes, std::size_t most) {
  std::size_t total = 1;
  for (const Axis& axis : axes) {
    if (axis.values.size() > most / total) return std::nullopt;
    total *= axis.values.size();
  }
  std::vector<DesignPoint> points;
  for (std::size_t index = 0; index < total; ++index) {
    DesignPoint point(axes.size());
    std::size_t rest = index;
    for (std::size_t a = axes.size(); a-- > 0;) {
      point[a] = axes[a].values[rest % axes[a].values.size()];
      rest /= axes[a].values.size();
    }
    points.push_back(std::move(point));
  }
  return points;
}

std::vector<DesignPoint> hypercube_design(const std::vector<Axis>& axes, std::uint32_t points, std::uint64_t seed) {
  std::vector<sim::Key> keys;
  keys.reserve(axes.size());
  for (const Axis& axis : axes) keys.push_back(sim::child_key(sim::name_key(axis.path), seed));
  std::vector<DesignPoint> design;
  for (const std::vector<double>& at : sim::latin_hypercube(points, keys)) {
    DesignPoint point;
    for (std::size_t a = 0; a < axes.size(); ++a) point.emplace_back(value_at(axes[a], at[a]));
    design.push_back(std::move(point));
  }
  return design;
}

std::vector<DesignPoint> tornado_design(const std::vector<Axis>& axes) {
  std::vector<DesignPoint> points{DesignPoint(axes.size())};
  for (std::size_t a = 0; a < axes.size(); ++a) {
    for (const std::string& value : {axes[a].values.front(), axes[a].values.back()}) {
      DesignPoint point(axes.size());
      point[a] = value;
      points.push_back(std::move(point));
    }
  }
  return points;
}

std::optional<Design> design_of(const DesignWish& wish, const models::ScenarioSpec& scenario) {
  Design design;
  for (const std::string& text : wish.vary) {
    const std::optional<Axis> axis = axis_of(text);
    if (!axis) {
      complain(fmt::format("meshsim: --vary {}: expected PATH=VALUE,VALUE,...", reports::for_terminal(text)));
      return std::nullopt;
    }
    design.axes.push_back(*axis);
  }
  if (design.axes.empty()) design.axes = scenario.sweep.axes;
  if (design.axes.empty()) {
    complain("meshsim: nothing to vary: --vary PATH=A,B,C, or a map `sweep:` in the file");
    return std::nullopt;
  }
  const bool from_file = wish.vary.empty();
  const std::uint32_t hypercube = wish.hypercube.value_or(from_file ? scenario.sweep.latin_hypercube : 0);
  if (wish.tornado) {
    design.points = tornado_design(design.axes);
  } else if (hypercube > 0) {
    design.points = hypercube_design(design.axes, hypercube, scenario.seed);
  } else if (auto grid = grid_design(design.axes, kPointsMost)) {
    design.points = std::move(*grid);
  } else {
    complain(fmt::format("meshsim: the grid has too many points; at most {}", kPointsMost));
    return std::nullopt;
  }
  return design;
}

}  // namespace meshsim
