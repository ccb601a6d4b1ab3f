#include "scenarios/reader/diagnostic.h"

#include <fmt/format.h>

namespace reader {
namespace {

std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

// Characters that rearrange or hide what a terminal shows: U+200E/F, U+202A-202E, U+2060-206F, U+FEFF, line separators.
bool deceives(std::string_view s) {
  if (s.size() != 3) return false;
  const auto a = static_cast<unsigned char>(s[0]);
  const auto b = static_cast<unsigned char>(s[1]);
  const auto c = static_cast<unsigned char>(s[2]);
  if (a == 0xe2 && b == 0x80) return (c >= 0x8b && c <= 0x8f) || (c >= 0xa8 && c <= 0xae);
  if (a == 0xe2 && b == 0x81) return c >= 0xa0 && c <= 0xaf;
  return a == 0xef && b == 0xbb && c == 0xbf;
}

// The piece of a long line around the column, so that a minified file does not flood the terminal.
std::string_view excerpt(std::string_view line, std::uint32_t& column) {
  constexpr std::uint32_t kWidth = 100;
  if (line.size() <= kWidth) return line;
  std::size_t from = column > kWidth / 2 ? column - kWidth / 2 : 0;
  if (from > line.size()) from = line.size();
  while (from > 0 && from < line.size() && (static_cast<unsigned char>(line[from]) & 0xc0) == 0x80) --from;
  std::size_t to = std::min<std::size_t>(line.size(), from + kWidth);
  while (to > from && to < line.size() && (static_cast<unsigned char>(line[to]) & 0xc0) == 0x80) --to;
  column -= static_cast<std::uint32_t>(std::min<std::size_t>(from, column > 0 ? column - 1 : 0));
  return line.substr(from, to - from);
}

}  // namespace

const char* name_of(Severity severity) {
  switch (severity) {
    case Severity::Error: return "error";
    case Severity::Warning: return "warning";
    case Severity::Note: return "note";
  }
  return "?";
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (out.size() >= limit) return out + "...";
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t length = sequence_length(c);
    bool whole = length > 0 && i + length <= text.size();
    for (std::size_t k = 1; whole && k < length; ++k) whole = (static_cast<unsigned char>(text[i + k]) & 0xc0) == 0x80;
    const bool control =
        c < 0x20 || c == 0x7f || (length == 2 && c == 0xc2 && whole && static_cast<unsigned char>(text[i + 1]) < 0xa0);
    if (whole && !control && !deceives(text.substr(i, length))) {
      out.append(text.substr(i, length));
      i += length;
    } else {
      const std::size_t bytes = whole ? length : 1;
      for (std::size_t k = 0; k < bytes; ++k) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i + k]));
      i += bytes;
    }
  }
  return out;
}

std::string format(const Diagnostic& d, const Sources& sources, bool colour) {
  const char* strong = colour ? "\x1b[1m" : "";
  const char* blue = colour ? "\x1b[1;34m" : "";
  const char* reset = colour ? "\x1b[0m" : "";
  const char* tint = "";
  if (colour)
    tint = d.severity == Severity::Error ? "\x1b[1;31m" : d.severity == Severity::Warning ? "\x1b[1;33m" : "\x1b[1;36m";

  std::string out =
      fmt::format("{}{}[{}]{}{}: {}{}\n", tint, name_of(d.severity), d.code, reset, strong, d.message, reset);
  if (!d.file.empty()) {
    out += fmt::format("  {}-->{} {}", blue, reset, printable(d.file, 400));
    if (d.line > 0) out += fmt::format(":{}:{}", d.line, d.column);
    if (!d.path.empty()) out += fmt::format(" ({})", d.path);
    out += '\n';
  }
  const std::string number = d.line > 0 ? fmt::format("{}", d.line) : "";
  const std::string gutter(number.size() + 2, ' ');
  if (d.line > 0) {
    std::uint32_t column = d.column;
    const std::string_view line = excerpt(sources.line(d.source, d.line), column);
    std::string before =
        printable(line.substr(0, std::min<std::size_t>(column > 0 ? column - 1 : 0, line.size())), 1000);
    std::size_t width = 0;  // characters, not bytes; a tab is shown as \x09 and counts as its four
    for (const char c : before) width += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    out += fmt::format("{}{}|{}\n", gutter, blue, reset);
    out += fmt::format("{} {} |{} {}\n", blue, number, reset, printable(line, 1000));
    out += fmt::format("{}{}|{} {}{}^{}\n", gutter, blue, reset, std::string(width, ' '), tint, reset);
  }
  if (!d.hint.empty()) out += fmt::format("{}{}={} hint: {}\n", gutter, blue, reset, d.hint);
  return out;
}

}  // namespace reader
