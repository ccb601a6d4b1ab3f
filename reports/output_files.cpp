#include "reports/output_files.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "reports/escape.h"

namespace reports {
namespace {

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

}  // namespace

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
  for (const OutputFile& file : files) {
    beside.push_back(fmt::format("{}/.{}.tmp.{}", directory, file.name, ::getpid()));
    if (std::optional<std::string> failed = write_beside(beside.back(), file.content, undo)) {
      return failed;
    }
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string path = fmt::format("{}/{}", directory, files[i].name);
    if (std::rename(beside[i].c_str(), path.c_str()) != 0) {
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
