// What the checks of the model found, as diagnostics: with a stable code, the place of the key that causes it, a hint.
// Not the checks themselves (models/fleet/validate.h), which know paths into a scenario and no files.
// Invariant: a finding whose path does not stand in the file as such (short forms, defaults) points at the nearest key
// above it; one that no key is to blame for has no line.
#pragma once

#include <string_view>
#include <vector>

#include "models/fleet/validate.h"
#include "scenarios/reader/reader.h"

namespace reader {

// The node that a path of the model leads to, or the nearest above it; kNoNode if not even its first step is there.
// A step is a key (names may hold dots: the longest that fits), an index "[2]", or the `name` of a list's item.
[[nodiscard]] NodeId nearest(const Tree& tree, NodeId root, std::string_view path);

// In the order given; at most kMaxProblems of them and a last one that says how many more there are.
[[nodiscard]] std::vector<Diagnostic> diagnostics_of(const std::vector<models::Finding>& findings,
                                                     const LoadResult& loaded);

// The reader's code of a finding's own ("endpoint-cycle"); nothing if it has none yet (a test walks them all).
[[nodiscard]] std::optional<Code> code_of_finding(std::string_view code);

}  // namespace reader
