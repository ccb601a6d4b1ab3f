#include "scenarios/reader/source.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "scenarios/reader/report.h"

namespace reader {
namespace {

struct File {
  int descriptor = -1;
  ~File() {
    if (descriptor >= 0) ::close(descriptor);
  }
};

// Length of the well-formed UTF-8 sequence at `p`, 0 if there is none (Unicode table 3-7: no overlong forms, no
// surrogates).
std::size_t utf8_length(const unsigned char* p, std::size_t left) {
  const auto trail = [&](std::size_t i, unsigned lo = 0x80, unsigned hi = 0xbf) {
    return i < left && p[i] >= lo && p[i] <= hi;
  };
  if (p[0] < 0x80) return 1;
  if (p[0] >= 0xc2 && p[0] <= 0xdf) return trail(1) ? 2 : 0;
  if (p[0] >= 0xe0 && p[0] <= 0xef) {
    const unsigned lo = p[0] == 0xe0 ? 0xa0 : 0x80;
    const unsigned hi = p[0] == 0xed ? 0x9f : 0xbf;
    return trail(1, lo, hi) && trail(2) ? 3 : 0;
  }
  if (p[0] >= 0xf0 && p[0] <= 0xf4) {
    const unsigned lo = p[0] == 0xf0 ? 0x90 : 0x80;
    const unsigned hi = p[0] == 0xf4 ? 0x8f : 0xbf;
    return trail(1, lo, hi) && trail(2) && trail(3) ? 4 : 0;
  }
  return 0;
}

// Returns false after reporting the first byte that may not stand in a scenario.
bool check_bytes(std::uint32_t source, const std::string& text, Report& report) {
  Place place{source, 1, 1};
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  for (std::size_t i = 0; i < text.size();) {
    const unsigned char c = bytes[i];
    const std::size_t length = utf8_length(bytes + i, text.size() - i);
    const auto refuse = [&](const char* what, const char* hint) {
      report.error(Code::BadBytes, place, {}, fmt::format("byte 0x{:02x} {}", c, what), hint);
      return false;
    };
    if (length == 0) return refuse("is not part of valid UTF-8 text", "save the file as UTF-8");
    const bool return_before_feed = c == '\r' && i + 1 < text.size() && bytes[i + 1] == '\n';
    if (c == '\r' && !return_before_feed)
      return refuse("(carriage return) without a line feed", "use LF or CRLF line ends");
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
      return refuse("is a control character", "remove it");
    if (length == 2 && c == 0xc2 && bytes[i + 1] < 0xa0) return refuse("starts a control character (C1)", "remove it");
    if (length == 3 && i != 0 && c == 0xef && bytes[i + 1] == 0xbb && bytes[i + 2] == 0xbf) {
      return refuse("starts a byte order mark inside the text", "remove it");
    }
    if (c == '\n') {
      ++place.line;
      place.column = 1;
    } else {
      place.column += static_cast<std::uint32_t>(length);
    }
    i += length;
  }
  return true;
}

}  // namespace

std::string_view Sources::line(std::uint32_t source, std::uint32_t number) const {
  if (source >= list.size() || number == 0) return {};
  std::string_view rest = list[source].text;
  for (std::uint32_t i = 1; i < number; ++i) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end + 1);
  }
  rest = rest.substr(0, rest.find('\n'));
  if (!rest.empty() && rest.back() == '\r') rest.remove_suffix(1);
  return rest;
}

std::optional<std::uint32_t> add_source(std::string name, std::string text, Report& report) {
  const auto index = static_cast<std::uint32_t>(report.sources.list.size());
  if (text.size() > kMaxFileBytes) {
    report.sources.list.push_back({std::move(name), {}});
    report.error(Code::TooLarge, Place{index, 0, 0}, {},
                 fmt::format("the file has {} bytes, the limit is {}", text.size(), kMaxFileBytes), {});
    return std::nullopt;
  }
  if (text.compare(0, 3, "\xef\xbb\xbf") == 0) text.erase(0, 3);  // a leading byte order mark says nothing in UTF-8
  report.sources.list.push_back({std::move(name), std::move(text)});
  if (!check_bytes(index, report.sources.list[index].text, report)) return std::nullopt;
  return index;
}

std::optional<std::uint32_t> read_source(const std::filesystem::path& path, std::string name, Report& report) {
  const auto index = static_cast<std::uint32_t>(report.sources.list.size());
  const auto refuse = [&](Code code, std::string message) -> std::optional<std::uint32_t> {
    report.sources.list.push_back({name, {}});
    report.error(code, Place{index, 0, 0}, {}, std::move(message), {});
    return std::nullopt;
  };
  // O_NONBLOCK: opening a pipe must not wait for its writer; the check below refuses it.
  const File file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.descriptor < 0)
    return refuse(Code::UnreadableFile, fmt::format("cannot open the file: {}", std::strerror(errno)));
  struct stat status {};
  if (::fstat(file.descriptor, &status) != 0) return refuse(Code::UnreadableFile, "cannot inspect the file");
  if (!S_ISREG(status.st_mode))
    return refuse(Code::UnreadableFile, S_ISDIR(status.st_mode) ? "this is a directory" : "this is not a regular file");
  std::string text;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t got = ::read(file.descriptor, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return refuse(Code::UnreadableFile, fmt::format("cannot read the file: {}", std::strerror(errno)));
    if (got == 0) break;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > kMaxFileBytes) {
      return refuse(Code::TooLarge, fmt::format("the file has more than {} bytes (16 MiB)", kMaxFileBytes));
    }
  }
  return add_source(std::move(name), std::move(text), report);
}

}  // namespace reader
