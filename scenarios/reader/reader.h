// Entry points: a scenario file (or text) in, a ScenarioSpec or a list of problems out. All problems in one pass.
// Not the graph checks: cycles, unreachable services and load are models/fleet/validate.h.
// Invariants: `scenario` is set exactly when no diagnostic is an error; diagnostics are sorted by place; no exception
// leaves for anything a file can hold. Nothing outside the root directory is read.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/spec/scenario_spec.h"
#include "scenarios/reader/context.h"
#include "scenarios/reader/diagnostic.h"

namespace reader {

struct LoadOptions {
  std::vector<std::string> set;  // "path=value", applied in order after `extends`
  std::filesystem::path root;    // `extends` and profile files must lie below; empty: the directory of the file
};

struct LoadResult {
  std::optional<models::ScenarioSpec> scenario;
  std::vector<Diagnostic> diagnostics;
  Sources sources;                                            // for format()
  Phrasebook phrases;                                         // for render()
  Tree tree;                                                  // what was read, and where: for findings.h
  NodeId root = kNoNode;                                      // kNoNode: nothing could be read
  [[nodiscard]] std::string text(bool colour = false) const;  // every diagnostic, formatted
};

[[nodiscard]] LoadResult load(const std::filesystem::path& file, const LoadOptions& options = {});
// `name` stands in messages. Reads no other file unless options.root is set.
[[nodiscard]] LoadResult load_text(std::string_view name, std::string_view text, const LoadOptions& options = {});

// A built-in cost profile by name ("istio-1.24", "zero-cost"); nothing if there is none.
[[nodiscard]] std::optional<models::ProxyProfileSpec> built_in_profile(std::string_view name);

}  // namespace reader
