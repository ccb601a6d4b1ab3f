// The field table: every key of a scenario file, its form, default, bounds and one sentence of documentation.
// It drives parsing (Object), unknown-key hints, defaults, the JSON Schema and the reference page. Not the meaning:
// what a key does to the ScenarioSpec is in decode_*.cpp.
//
// A form says which values a key takes: alternatives separated by `|`, each one of
//   Count          a scalar type (below) or a type of this table
//   [Step]         a list of them
//   {Service}      a map from names to them
//   =fifo,lifo     one of these words
// Invariants (tested): every type named by a form exists; every default parses under its own form and bounds.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reader {

struct Field {
  const char* type;  // owner
  const char* key;
  const char* form;
  const char* fallback;  // as YAML text; nullptr: none
  double min;  // bounds of the number (durations in ns, rates per second, percentages as fractions, sizes in MB)
  double max;
  bool required;
  bool later;  // belongs to the language, not built yet: an error
  const char* doc;
};

struct Type {
  const char* name;
  const char* form;  // other forms a value may take, or ""; "!...": only these, it has no keys; "+T": also T's keys
  const char* path;  // where it stands, for the reference page
  const char* doc;
};

struct Alternative {
  enum class Shape { One, List, Map, Words } shape = Shape::One;
  std::string_view of;  // type name, or the words separated by commas
};

[[nodiscard]] std::span<const Type> types();
[[nodiscard]] std::span<const Field> fields();  // grouped by type, in the order of the reference page
[[nodiscard]] const Type* find_type(std::string_view name);
[[nodiscard]] const Field* find_field(std::string_view type, std::string_view key);
[[nodiscard]] std::vector<const Field*> fields_of(std::string_view type);
[[nodiscard]] std::vector<Alternative> alternatives_of(std::string_view form);
[[nodiscard]] bool is_scalar_type(std::string_view name);

// A word a user of another tool would type: "attempts" -> what to write instead. nullptr: none known.
[[nodiscard]] const char* advice_for(std::string_view key);

}  // namespace reader
