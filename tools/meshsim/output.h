// What a command leaves behind: exit codes, standard output, interruption. Knows no report and no model.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

namespace meshsim {

// Exit codes of every subcommand; a run that earns several reports the gravest (gravest()).
inline constexpr int kOk = 0;
inline constexpr int kExpectationFailed = 1;
inline constexpr int kBadInput = 2;      // bad input, bad usage, or an output that could not be written
inline constexpr int kLimitReached = 3;  // a partial report was written
inline constexpr int kInternal = 4;      // an invariant of our own is broken
inline constexpr int kInconclusive = 5;
inline constexpr int kInterrupted = 130;  // SIGINT; SIGTERM gives 143

// 4, then 130 and 143, then 3, 2, 1, 5, 0.
[[nodiscard]] int gravest(int a, int b);

// The text to standard output, every byte checked; a message on stderr and false if that failed.
[[nodiscard]] bool print_result(std::string_view text);

// A message for people on stderr; ends its line. Names in it must have been escaped (reports::for_terminal).
void complain(std::string_view text);

[[nodiscard]] bool colour_wanted(int descriptor);  // a terminal that knows colours, and no NO_COLOR
[[nodiscard]] bool is_terminal(int descriptor);

// While one lives, SIGINT and SIGTERM set flag() (the second one ends the process at once) and SIGPIPE is ignored.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;
  [[nodiscard]] const std::atomic<int>* flag() const;  // the signal's number, 0: none yet
};

}  // namespace meshsim
