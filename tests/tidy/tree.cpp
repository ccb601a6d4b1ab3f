#include "tests/tidy/tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace tidy {
namespace {

namespace fs = std::filesystem;

bool is_left_out(const fs::path& directory) {
  const std::string name = directory.filename().string();
  return name == ".git" || name == "out" || name == ".cache" || name == "__pycache__" || name.starts_with("build");
}

bool is_text(const fs::path& file) {
  const std::string extension = file.extension().string();
  return extension != ".png" && extension != ".svg" && extension != ".pyc" &&
         file.filename() != ".git";  // of a second work tree: a path of the machine
}

std::vector<File> read_tree() {
  const fs::path root = MESHSIM_SOURCE_DIR;
  std::vector<File> files;
  for (auto entry = fs::recursive_directory_iterator(root); entry != fs::recursive_directory_iterator(); ++entry) {
    if (entry->is_directory()) {
      if (is_left_out(entry->path())) entry.disable_recursion_pending();
    } else if (entry->is_regular_file() && is_text(entry->path())) {
      std::ifstream in(entry->path(), std::ios::binary);
      files.push_back({.path = fs::relative(entry->path(), root).generic_string(),
                       .text = {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()}});
    }
  }
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.path < b.path; });
  return files;
}

// Where the literal or comment that starts at `from` ends (one past it).
std::size_t end_of_quoted(std::string_view text, std::size_t from) {
  const char quote = text[from];
  for (std::size_t i = from + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == quote || text[i] == '\n') {
      return i + 1;
    }
  }
  return text.size();
}

std::size_t end_of_raw_string(std::string_view text, std::size_t from) {  // from: the R of R"tag(
  const std::size_t open = text.find('(', from);
  if (open == std::string_view::npos) return text.size();
  const std::string close = ")" + std::string(text.substr(from + 2, open - from - 2)) + "\"";
  const std::size_t end = text.find(close, open);
  return end == std::string_view::npos ? text.size() : end + close.size();
}

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

}  // namespace

const std::vector<File>& tree() {
  static const std::vector<File> files = read_tree();
  return files;
}

bool exists(std::string_view path) { return fs::exists(fs::path(MESHSIM_SOURCE_DIR) / fs::path(path)); }

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::string without_comments(std::string_view text, bool blank_strings) {
  std::string code(text);
  const auto blank = [&code](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < std::min(to, code.size()); ++i) {
      if (code[i] != '\n') code[i] = ' ';
    }
  };
  std::size_t i = 0;
  while (i < text.size()) {
    const std::string_view rest = text.substr(i);
    std::size_t end = i + 1;
    if (rest.starts_with("//")) {
      end = std::min(text.find('\n', i), text.size());
      blank(i, end);
    } else if (rest.starts_with("/*")) {
      const std::size_t close = text.find("*/", i + 2);
      end = close == std::string_view::npos ? text.size() : close + 2;
      blank(i, end);
    } else if (rest.starts_with("R\"") && (i == 0 || !is_word(text[i - 1]))) {
      end = end_of_raw_string(text, i);
      if (blank_strings) blank(i, end);
    } else if (text[i] == '"' || (text[i] == '\'' && (i == 0 || !is_word(text[i - 1])))) {  // 1'000 is no literal
      end = end_of_quoted(text, i);
      if (blank_strings) blank(i, end);
    }
    i = end;
  }
  return code;
}

bool starts_with_any(std::string_view path, const std::vector<std::string_view>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [path](std::string_view p) { return path.starts_with(p); });
}

bool is_cpp(std::string_view path) { return path.ends_with(".h") || path.ends_with(".cpp"); }

std::string listing(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& f : findings) {
    text += "\n  " + f.path + (f.line > 0 ? ":" + std::to_string(f.line) : "") + ": " + f.what;
  }
  return text;
}

}  // namespace tidy
