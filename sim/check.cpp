#include "sim/check.h"

#include <cstdlib>

namespace sim {
namespace {

struct Context {
  CheckContext print = nullptr;
  const void* data = nullptr;
};
thread_local Context context;  // the one piece of thread state: read only when the process is about to die

}  // namespace

void set_check_context(CheckContext print, const void* data) { context = Context{print, data}; }

void check_failed(const char* condition, const char* message, const char* file, int line) {
  std::fprintf(stderr, "internal invariant broken: %s\n  condition: %s\n  at: %s:%d\n", message, condition, file, line);
  const Context current = context;
  context = Context{};  // a printer that fails a check itself must not recurse
  if (current.print != nullptr) current.print(stderr, current.data);
  std::fflush(stderr);
  std::abort();
}

}  // namespace sim
