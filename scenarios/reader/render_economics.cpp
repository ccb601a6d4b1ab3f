#include "scenarios/reader/render_economics.h"

#include <optional>

#include <fmt/format.h>

#include "scenarios/reader/scalars.h"

namespace reader {

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (c == '\r')
      out += "\\r";
    else
      out += c;
  }
  return out + "\"";
}

std::string render_economics(const models::ScenarioSpec& scenario) {
  std::string out;
  const models::PricesSpec& p = scenario.prices;
  if (!(p == models::PricesSpec{})) out += "prices:\n";
  const auto price = [&](const char* key, const std::optional<double>& value) {
    if (value) out += fmt::format("  {}: {}\n", key, write_number(*value));
  };
  price("vcpuHour", p.vcpu_hour);
  price("gbHour", p.gb_hour);
  price("failedRequest", p.failed_request);
  price("engineerHour", p.engineer_hour);
  if (!p.per_year.empty()) out += "  perYear:\n";
  for (const auto& [name, count] : p.per_year) out += fmt::format("    {}: {}\n", name, write_number(count));
  if (!scenario.sweep.axes.empty()) out += "sweep:\n";
  if (scenario.sweep.latin_hypercube > 0) out += fmt::format("  latinHypercube: {}\n", scenario.sweep.latin_hypercube);
  for (const models::SweepSpec::Axis& axis : scenario.sweep.axes) {
    std::string values;
    for (const std::string& value : axis.values) values += (values.empty() ? "" : ", ") + quote(value);
    out += fmt::format("  {}: [{}]\n", quote(axis.path), values);
  }
  return out;
}

}  // namespace reader
