// The fleet as a picture in text form: DOT (Graphviz), Mermaid, or an adjacency list for a terminal.
// Pure functions of the graph and its flow; nothing here is simulated. Numbers are means from the flow equations.
// Invariants: names are escaped for the sink they go to, whatever they contain; the text form never exceeds
// kTextColumns (long names lose their middle); the output depends on names, never on the order in the file.
// Errors: none.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "models/fleet/flow.h"

namespace models {

inline constexpr std::size_t kTextColumns = 100;

struct Drawing {
  const ScenarioSpec& spec;
  const FleetGraph& graph;
  const Flow& flow;
  std::string candidate;  // named in the title
};

[[nodiscard]] std::string write_dot(const Drawing& drawing);
[[nodiscard]] std::string write_mermaid(const Drawing& drawing);
[[nodiscard]] std::string write_text(const Drawing& drawing);

[[nodiscard]] std::string escape_dot(std::string_view text);      // inside a double-quoted DOT string
[[nodiscard]] std::string escape_mermaid(std::string_view text);  // inside a double-quoted Mermaid label

}  // namespace models
