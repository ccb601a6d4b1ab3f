// A line on stderr that says how far the replications are and how long the rest may take. Only on a terminal.
// Wall time lives here alone and never reaches a report.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace meshsim {

class Progress {
 public:
  // `shown` false: every call does nothing.
  Progress(std::string what, bool shown);
  ~Progress();  // clears the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Called under the experiment's lock after each replication.
  void update(std::uint32_t done, std::uint32_t total);

 private:
  std::string what_;
  bool shown_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_;
};

// The line itself: "running  ████████░░░░░░░░  8/20 replications, about 3 s left". Pure, for tests.
[[nodiscard]] std::string progress_line(const std::string& what, std::uint32_t done, std::uint32_t total,
                                        double elapsed_seconds);

}  // namespace meshsim
