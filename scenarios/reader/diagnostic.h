// One problem found in a scenario, and how it is shown. Plain data.
// Invariant: message, hint and path hold no raw control bytes: text taken from the file is passed through printable().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/reader/source.h"

namespace reader {

enum class Severity : std::uint8_t { Error, Warning, Note };

struct Diagnostic {
  std::string code;  // "MS014"
  Severity severity = Severity::Error;
  std::string file;
  std::uint32_t line = 0;    // 1-based; 0: the file as a whole
  std::uint32_t column = 0;  // 1-based, in bytes
  std::string path;          // place in the document: "services.web.replicas"
  std::string message;
  std::string hint;          // empty, or one line: what to write instead
  std::uint32_t source = 0;  // index into Sources
};

// Control characters, invalid UTF-8 and bidirectional overrides as \xNN; at most `limit` bytes, cut with "...".
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 80);

// error[MS014]: unknown field `replicsa`
//   --> shop.yaml:5:10 (services.web)
//    |
//  5 |   web: {replicsa: 3}
//    |         ^
//    = hint: did you mean `replicas`?
[[nodiscard]] std::string format(const Diagnostic& diagnostic, const Sources& sources, bool colour);

[[nodiscard]] const char* name_of(Severity severity);

}  // namespace reader
