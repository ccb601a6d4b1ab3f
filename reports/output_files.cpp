#include "reports/output_files.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "reports/escape.h"

namespace reports {
namespace {

constexpr std::string_view kManifestName = "files.txt";
constexpr std::string_view kManifestTitle =
    "# Files of one meshsim report, with their digests. A later report removes those it does not write.\n";
constexpr std::uintmax_t kLargestOwn = 1ull << 30;  // bytes

std::string reason(const std::string& what, const std::string& path, int error) {
  return fmt::format("cannot {} {}: {}", what, for_terminal(path), std::generic_category().message(error));
}

std::optional<int> write_fully(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return errno;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return std::nullopt;
}

// Removes what it was told about unless it was told that all is well.
class Undo {
 public:
  Undo() = default;
  Undo(const Undo&) = delete;
  Undo& operator=(const Undo&) = delete;
  ~Undo() {
    for (auto path = paths_.rbegin(); path != paths_.rend(); ++path) {
      std::error_code ignored;
      std::filesystem::remove(*path, ignored);  // a directory only if it is empty
    }
  }
  void on_failure_remove(std::string path) { paths_.push_back(std::move(path)); }
  void keep() { paths_.clear(); }

 private:
  std::vector<std::string> paths_;
};

std::optional<std::string> write_beside(const std::string& path, std::string_view content, Undo& undo) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    return reason("create", path, errno);
  }
  undo.on_failure_remove(path);
  std::optional<int> error = write_fully(descriptor, content);
  if (!error && ::fsync(descriptor) != 0) {
    error = errno;
  }
  if (::close(descriptor) != 0 && !error) {
    error = errno;
  }
  return error ? std::optional(reason("write", path, *error)) : std::nullopt;
}

// A device or a pipe, by itself or behind a link: it is written to, never replaced. A link to a file is replaced.
bool stays(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error) && !std::filesystem::is_regular_file(path, error) &&
         !std::filesystem::is_directory(path, error);
}

std::optional<std::string> write_into(const std::string& path, std::string_view content) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC);
  if (descriptor < 0) return reason("open", path, errno);
  std::optional<int> error = write_fully(descriptor, content);
  if (::close(descriptor) != 0 && !error) error = errno;
  return error ? std::optional(reason("write", path, *error)) : std::nullopt;
}

// FNV-1a: tells a file that is still as we wrote it from one that somebody has put in its place.
std::uint64_t digest(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ull;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return hash;
}

std::string manifest_of(std::span<const OutputFile> files) {
  std::string text(kManifestTitle);
  for (const OutputFile& file : files) text += fmt::format("{} {:016x}\n", file.name, digest(file.content));
  return text;
}

// Nothing if it cannot be read, is no regular file of its own, or is larger than anything of ours.
std::optional<std::string> text_of(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(path, error)) || error) return std::nullopt;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error || size > kLargestOwn) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

bool plain_name(std::string_view name) {
  return !name.empty() && name.front() != '.' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-.") == std::string_view::npos;
}

// Names that an earlier manifest lists and this set does not write, each with the digest it had.
std::vector<std::pair<std::string, std::string>> left_over(const std::string& directory,
                                                           std::span<const OutputFile> files) {
  std::vector<std::pair<std::string, std::string>> names;
  const std::optional<std::string> manifest = text_of(fmt::format("{}/{}", directory, kManifestName));
  if (!manifest || !manifest->starts_with(kManifestTitle)) return names;
  std::string_view rest = std::string_view(*manifest).substr(kManifestTitle.size());
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos || !plain_name(line.substr(0, blank))) continue;
    const std::string name(line.substr(0, blank));
    const bool again = std::any_of(files.begin(), files.end(), [&](const OutputFile& f) { return f.name == name; });
    if (!again) names.emplace_back(name, line.substr(blank + 1));
  }
  return names;
}

}  // namespace

std::optional<std::string> write_report_files(const std::string& directory, std::span<const OutputFile> files) {
  const auto old = left_over(directory, files);
  std::vector<OutputFile> all(files.begin(), files.end());
  all.push_back({std::string(kManifestName), manifest_of(files)});
  if (std::optional<std::string> failed = write_files(directory, all)) return failed;
  for (const auto& [name, hash] : old) {
    const std::string path = fmt::format("{}/{}", directory, name);
    const std::optional<std::string> content = text_of(path);
    if (!content || fmt::format("{:016x}", digest(*content)) != hash) continue;
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return reason("remove the earlier report's", path, errno);
  }
  return std::nullopt;
}

std::optional<std::string> write_files(const std::string& directory, std::span<const OutputFile> files) {
  Undo undo;
  std::error_code error;
  if (!std::filesystem::exists(directory, error)) {
    std::filesystem::create_directories(directory, error);
    if (error) {
      return reason("make directory", directory, error.value());
    }
    undo.on_failure_remove(directory);
  } else if (!std::filesystem::is_directory(directory, error)) {
    return fmt::format("cannot write to {}: it is not a directory", for_terminal(directory));
  }
  std::vector<std::string> beside;
  beside.reserve(files.size());
  for (const OutputFile& file : files) {
    beside.push_back(fmt::format("{}/.{}.tmp.{}", directory, file.name, ::getpid()));
    if (stays(fmt::format("{}/{}", directory, file.name))) continue;
    if (std::optional<std::string> failed = write_beside(beside.back(), file.content, undo)) {
      return failed;
    }
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string path = fmt::format("{}/{}", directory, files[i].name);
    if (stays(path)) {
      if (std::optional<std::string> failed = write_into(path, files[i].content)) return failed;
    } else if (std::rename(beside[i].c_str(), path.c_str()) != 0) {
      return reason("write", path, errno);
    }
  }
  undo.keep();
  return std::nullopt;
}

std::optional<std::string> write_descriptor(int descriptor, std::string_view text, const std::string& name) {
  if (const std::optional<int> error = write_fully(descriptor, text)) {
    return reason("write to", name, *error);
  }
  return std::nullopt;
}

}  // namespace reports
