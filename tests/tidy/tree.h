// The source tree as the tidy tests see it: every text file below the root, with its path and lines.
// Not a build graph: files are read as text, so that a rule can be checked before the code compiles.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tidy {

struct File {
  std::string path;  // from the root, with '/'
  std::string text;
};

struct Finding {
  std::string path;
  std::size_t line = 0;  // 1-based; 0: the file as a whole
  std::string what;
};

// All text files of the repository, sorted by path; build directories, output and .git are left out.
[[nodiscard]] const std::vector<File>& tree();
[[nodiscard]] bool exists(std::string_view path);  // a file or a directory, from the root

[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);
// The same text, length and lines, with comments (and string literals, when asked) blanked: what is left is code.
[[nodiscard]] std::string without_comments(std::string_view text, bool blank_strings);

[[nodiscard]] bool starts_with_any(std::string_view path, const std::vector<std::string_view>& prefixes);
[[nodiscard]] bool is_cpp(std::string_view path);

// One line per finding, for a test's message.
[[nodiscard]] std::string listing(const std::vector<Finding>& findings);

}  // namespace tidy
