#include "tools/meshsim/output.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <unistd.h>

#include "reports/output_files.h"

namespace meshsim {
namespace {

// A signal handler can reach nothing else.
std::atomic<int> received_signal{0};  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void on_signal(int number) {
  if (received_signal.exchange(number) != 0) {
    ::_exit(128 + number);
  }
}

void handle(int number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  ::sigaction(number, &action, nullptr);
}

int gravity(int code) {
  switch (code) {
    case kInternal: return 6;
    case kInterrupted:
    case 143: return 5;
    case kLimitReached: return 4;
    case kBadInput: return 3;
    case kExpectationFailed: return 2;
    case kInconclusive: return 1;
    default: return 0;
  }
}

}  // namespace

int gravest(int a, int b) { return gravity(b) > gravity(a) ? b : a; }

bool print_result(std::string_view text) {
  if (const auto failed = reports::write_descriptor(STDOUT_FILENO, text, "standard output")) {
    complain("meshsim: " + *failed);
    return false;
  }
  return true;
}

void complain(std::string_view text) {
  std::string line(text);
  if (!line.empty() && !line.ends_with('\n')) {
    line += '\n';
  }
  static_cast<void>(reports::write_descriptor(STDERR_FILENO, line, "standard error"));  // nowhere left to say so
}

bool is_terminal(int descriptor) { return ::isatty(descriptor) == 1; }

bool colour_wanted(int descriptor) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return is_terminal(descriptor) && (no_colour == nullptr || *no_colour == '\0') &&
         (terminal == nullptr || std::strcmp(terminal, "dumb") != 0);
}

Interruption::Interruption() {
  received_signal = 0;
  handle(SIGINT, on_signal);
  handle(SIGTERM, on_signal);
  handle(SIGPIPE, SIG_IGN);
  handle(SIGXFSZ, SIG_IGN);  // a file size limit is an error of write() then
}

Interruption::~Interruption() {
  handle(SIGINT, SIG_DFL);
  handle(SIGTERM, SIG_DFL);
}

const std::atomic<int>* Interruption::flag() const { return &received_signal; }

}  // namespace meshsim
