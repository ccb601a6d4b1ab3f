#include "tools/meshsim/progress.h"

#include <cstdio>

#include <fmt/format.h>

namespace meshsim {
namespace {

constexpr std::uint32_t kBar = 24;
constexpr std::chrono::milliseconds kBetween{100};

std::string about(double seconds) {
  if (seconds < 90.0) {
    return fmt::format("{:.0f} s", seconds);
  }
  return seconds < 5400.0 ? fmt::format("{:.0f} min", seconds / 60.0) : fmt::format("{:.1f} h", seconds / 3600.0);
}

}  // namespace

std::string progress_line(const std::string& what, std::uint32_t done, std::uint32_t total, double elapsed_seconds) {
  const std::uint32_t filled = total == 0 ? kBar : static_cast<std::uint32_t>(std::uint64_t{done} * kBar / total);
  std::string bar;
  for (std::uint32_t i = 0; i < kBar; ++i) {
    bar += i < filled ? "█" : "░";
  }
  std::string line = fmt::format("{}  {}  {}/{} replications", what, bar, done, total);
  if (done > 0 && done < total) {
    line += fmt::format(", about {} left", about(elapsed_seconds / done * (total - done)));
  }
  return line;
}

Progress::Progress(std::string what, bool shown)
    : what_(std::move(what)), shown_(shown), start_(std::chrono::steady_clock::now()), last_(start_ - kBetween) {
  if (shown_) {
    std::fprintf(stderr, "\r\x1b[2K%s", what_.c_str());
    std::fflush(stderr);
  }
}

Progress::~Progress() {
  if (shown_) {
    std::fputs("\r\x1b[2K", stderr);
    std::fflush(stderr);
  }
}

void Progress::update(std::uint32_t done, std::uint32_t total) {
  const auto now = std::chrono::steady_clock::now();
  if (!shown_ || (done < total && now - last_ < kBetween)) {
    return;
  }
  last_ = now;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  std::fprintf(stderr, "\r\x1b[2K%s", progress_line(what_, done, total, elapsed).c_str());
  std::fflush(stderr);
}

}  // namespace meshsim
