// The texts a scenario was read from: the file itself, the files it extends, and --set overrides.
// Not a parser. Invariant: a text in Sources has passed the byte check (UTF-8, no control characters).
// Errors: read_source() and check_bytes() report diagnostics and return nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reader {

inline constexpr std::uint64_t kMaxFileBytes = 16ull << 20;

struct Source {
  std::string name;  // as the user would type it: what messages print
  std::string text;
};

struct Sources {
  std::vector<Source> list;
  [[nodiscard]] std::string_view line(std::uint32_t source, std::uint32_t number) const;  // 1-based, without its end
};

class Report;

// Reads a regular file of at most kMaxFileBytes and checks its bytes.
[[nodiscard]] std::optional<std::uint32_t> read_source(const std::filesystem::path& path, std::string name,
                                                       Report& report);
[[nodiscard]] std::optional<std::uint32_t> add_source(std::string name, std::string text, Report& report);

}  // namespace reader
