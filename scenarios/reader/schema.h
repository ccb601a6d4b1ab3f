// Two more readings of the field table: a JSON Schema (draft-07) for editors, and the reference page for people.
// The schema is a little wider than the reader (it cannot check references, sums or what excludes what), never
// narrower.
#pragma once

#include <string>

namespace reader {

[[nodiscard]] std::string json_schema();
[[nodiscard]] std::string reference_markdown();  // docs/scenario-reference.md

}  // namespace reader
