// Escaping for each sink a report is written to. Names and questions come from files and are hostile.
// Not here: JSON strings (nlohmann_json escapes everything outside ASCII, see json.cpp).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace reports {

// For terminals and logs: C0, DEL, C1 and ESC become \xNN, bidirectional controls, line separators and
// invisible characters \uNNNN, bytes that are not UTF-8 \xNN. The result is valid UTF-8 on one line.
[[nodiscard]] std::string for_terminal(std::string_view text);

// One CSV field by RFC 4180, with a leading ' before characters that spreadsheets take for a formula
// (CWE-1236). For text only: numbers need neither and would be damaged.
[[nodiscard]] std::string for_csv(std::string_view text);

// Columns that text takes on a terminal. REQUIRES: text made by for_terminal, or our own.
[[nodiscard]] std::size_t display_width(std::string_view text);

// At most `width` columns; what is too long loses its middle ("front…payment"). REQUIRES: as display_width.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t width);

}  // namespace reports
