// Where a scenario may read from, and how several files become one tree: `extends`, and --set overrides on top.
// Not a decoder: works on nodes alone. Invariant: no file outside the root directory is ever opened.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/reader/context.h"

namespace reader {

inline constexpr std::size_t kMaxExtends = 8;

// The file that `text` at node `at` names, relative to the file of that node, if it lies below the context's root.
[[nodiscard]] std::optional<std::filesystem::path> resolve_below(Context& context, NodeId at, const std::string& text);

// Parses source and all that it extends; base first, the file's own keys merged over it. kNoNode after a report.
[[nodiscard]] NodeId load_with_bases(Context& context, std::uint32_t source);

// path=value, dotted; creates maps on the way. Reports what cannot be applied.
void apply_override(Context& context, NodeId root, const std::string& text);

// on, off, yes, no as plain keys or values, anywhere below.
void refuse_boolean_words(Context& context, NodeId root);

}  // namespace reader
