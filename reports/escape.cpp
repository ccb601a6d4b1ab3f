#include "reports/escape.h"

#include <array>
#include <cstdint>

#include <fmt/format.h>

namespace reports {
namespace {

struct Decoded {
  std::uint32_t code = 0;
  std::size_t length = 0;  // 0: not UTF-8
};

// Strict: no overlong forms, no surrogates, nothing above U+10FFFF (Unicode table 3-7).
Decoded decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(at);
  if (first < 0x80) {
    return {first, 1};
  }
  std::size_t length = 0;
  std::uint32_t code = 0;
  std::uint32_t smallest = 0;
  if ((first & 0xe0u) == 0xc0u) {
    length = 2, code = first & 0x1fu, smallest = 0x80;
  } else if ((first & 0xf0u) == 0xe0u) {
    length = 3, code = first & 0x0fu, smallest = 0x800;
  } else if ((first & 0xf8u) == 0xf0u) {
    length = 4, code = first & 0x07u, smallest = 0x10000;
  } else {
    return {};
  }
  if (at + length > text.size()) {
    return {};
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0u) != 0x80u) {
      return {};
    }
    code = (code << 6) | (byte(at + i) & 0x3fu);
  }
  if (code < smallest || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    return {};
  }
  return {code, length};
}

struct Range {
  std::uint32_t from;
  std::uint32_t to;
};

template <std::size_t N>
bool in_ranges(const std::array<Range, N>& ranges, std::uint32_t code) {
  for (const Range& range : ranges) {
    if (code >= range.from && code <= range.to) {
      return true;
    }
  }
  return false;
}

// Characters that change what a reader sees without being seen themselves.
constexpr std::array<Range, 14> kDeceptive{{
    {0x00ad, 0x00ad},     // soft hyphen
    {0x034f, 0x034f},     // combining grapheme joiner
    {0x061c, 0x061c},     // Arabic letter mark (bidirectional)
    {0x115f, 0x1160},     // Hangul fillers
    {0x180e, 0x180e},     // Mongolian vowel separator
    {0x200b, 0x200f},     // zero width, LRM, RLM
    {0x2028, 0x202e},     // line and paragraph separators, bidirectional embeddings and overrides
    {0x2060, 0x206f},     // word joiner, invisible operators, bidirectional isolates
    {0xfe00, 0xfe0f},     // variation selectors
    {0xfeff, 0xfeff},     // byte order mark
    {0xfff9, 0xfffb},     // interlinear annotations
    {0x1d173, 0x1d17a},   // invisible musical controls
    {0xe0000, 0xe0fff},   // tags and further variation selectors
    {0xf0000, 0x10ffff},  // private use
}};

constexpr std::array<Range, 12> kWide{{
    {0x1100, 0x115f},
    {0x2e80, 0x303e},
    {0x3041, 0x33ff},
    {0x3400, 0x4dbf},
    {0x4e00, 0x9fff},
    {0xa000, 0xa4cf},
    {0xac00, 0xd7a3},
    {0xf900, 0xfaff},
    {0xfe30, 0xfe6f},
    {0xff00, 0xff60},
    {0xffe0, 0xffe6},
    {0x1f300, 0x3fffd},
}};

constexpr std::array<Range, 5> kCombining{{
    {0x0300, 0x036f},
    {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff},
    {0x20d0, 0x20ff},
    {0xfe20, 0xfe2f},
}};

std::size_t width_of(std::uint32_t code) {
  if (in_ranges(kCombining, code)) {
    return 0;
  }
  return in_ranges(kWide, code) ? 2 : 1;
}

}  // namespace

std::string for_terminal(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Decoded decoded = decode(text, at);
    if (decoded.length == 0) {
      out += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(text[at]));
      ++at;
      continue;
    }
    if (decoded.code < 0x20 || (decoded.code >= 0x7f && decoded.code < 0xa0)) {
      out += fmt::format("\\x{:02x}", decoded.code);
    } else if (in_ranges(kDeceptive, decoded.code)) {
      out += decoded.code > 0xffff ? fmt::format("\\U{:08x}", decoded.code) : fmt::format("\\u{:04x}", decoded.code);
    } else {
      out.append(text.substr(at, decoded.length));
    }
    at += decoded.length;
  }
  return out;
}

std::string for_csv(std::string_view text) {
  std::string guarded;
  if (!text.empty()) {
    const Decoded first = decode(text, 0);
    switch (first.length == 0 ? 0xffffffffu : first.code) {
      case '=':
      case '+':
      case '-':
      case '@':
      case '\t':
      case '\r':
      case '\n':
      case '\0':
      case 0xff1d:
      case 0xff0b:
      case 0xff0d:
      case 0xff20:  // their full-width twins
        guarded = "'";
        break;
      default: break;
    }
  }
  guarded.append(text);
  if (guarded.find_first_of(",\"\r\n") == std::string::npos) {
    return guarded;
  }
  std::string quoted = "\"";
  for (const char c : guarded) {
    if (c == '"') {
      quoted += '"';
    }
    quoted += c;
  }
  quoted += '"';
  return quoted;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Decoded decoded = decode(text, at);
    width += decoded.length == 0 ? 1 : width_of(decoded.code);
    at += decoded.length == 0 ? 1 : decoded.length;
  }
  return width;
}

std::string shortened(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) {
    return std::string(text);
  }
  if (width == 0) {
    return {};
  }
  const std::size_t keep = width - 1;  // one column for the ellipsis
  const std::size_t tail_width = keep / 2;
  const std::size_t head_width = keep - tail_width;
  std::size_t head = 0;
  for (std::size_t used = 0; head < text.size();) {
    const Decoded decoded = decode(text, head);
    const std::size_t w = width_of(decoded.code);
    if (used + w > head_width) {
      break;
    }
    used += w;
    head += decoded.length == 0 ? 1 : decoded.length;
  }
  std::size_t tail = text.size();
  for (std::size_t used = 0; tail > head;) {
    std::size_t start = tail - 1;
    while (start > head && (static_cast<std::uint8_t>(text[start]) & 0xc0u) == 0x80u) {
      --start;
    }
    const std::size_t w = width_of(decode(text, start).code);
    if (used + w > tail_width) {
      break;
    }
    used += w;
    tail = start;
  }
  return fmt::format("{}…{}", text.substr(0, head), text.substr(tail));
}

}  // namespace reports
