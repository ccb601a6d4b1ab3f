// Checks that stay on: SIM_CHECK states an invariant, prints what broke and where the run stood, and aborts.
// Not error handling: bad input is reported by exceptions at load time, never here. Cost: one predictable branch.
// SIM_DCHECK is for checks too dear for every event: on in unoptimised and sanitizer builds, else only with
// MESHSIM_DCHECKS. The context printer is per thread, so replications on other threads print their own run.
#pragma once

#include <cstdio>

#if defined(__GNUC__) || defined(__clang__)
#define SIM_LIKELY(cond) (__builtin_expect(static_cast<bool>(cond), 1))
#define SIM_UNLIKELY(cond) (__builtin_expect(static_cast<bool>(cond), 0))
#define SIM_COLD __attribute__((cold, noinline))
#define SIM_PREFETCH(address) __builtin_prefetch(address)
#else
#define SIM_LIKELY(cond) (static_cast<bool>(cond))
#define SIM_UNLIKELY(cond) (static_cast<bool>(cond))
#define SIM_COLD
#define SIM_PREFETCH(address) static_cast<void>(address)
#endif

namespace sim {

// Prints where the run stands (seed, time, event) to `out`; `data` is what was given to set_check_context.
using CheckContext = void (*)(std::FILE* out, const void* data);

// Sets this thread's printer and returns nothing; nullptr removes it. `data` must outlive its registration.
void set_check_context(CheckContext print, const void* data = nullptr);

[[noreturn]] SIM_COLD void check_failed(const char* condition, const char* message, const char* file, int line);

}  // namespace sim

#define SIM_CHECK(cond, message) \
  (SIM_LIKELY(cond) ? static_cast<void>(0) : ::sim::check_failed(#cond, message, __FILE__, __LINE__))

#define SIM_UNREACHABLE() \
  ::sim::check_failed("unreachable", "control reached a place it cannot reach", __FILE__, __LINE__)

#if defined(MESHSIM_DCHECKS) || !defined(__OPTIMIZE__) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SIM_DCHECK(cond, message) SIM_CHECK(cond, message)
#else
#define SIM_DCHECK(cond, message) static_cast<void>(0)
#endif
