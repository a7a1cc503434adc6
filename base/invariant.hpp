// A broken invariant is a bug, in every build: the process stops before it writes anything that
// follows from it, restarts, and recovers from the journal. What broke is the last line of the log:
// base/log listens here while it runs, as this is below it; else plain text on standard error.
#pragma once

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace usher {

// Called once, by the first thread that finds one broken. Writes what it is told in a limited time.
using InvariantListener = void (*)(const char* what, const char* file, int line);
inline std::atomic<InvariantListener> invariant_listener{nullptr};

[[noreturn]] inline void invariant_broken(const char* what, const char* file, int line) {
  // Taken away first: what breaks while that is told ends the process plainly.
  if (const InvariantListener listener = invariant_listener.exchange(nullptr))
    listener(what, file, line);
  else
    std::fprintf(stderr, "%s:%d: invariant broken: %s\n", file, line, what);
  std::abort();
}

}  // namespace usher

#define INVARIANT(condition) \
  ((condition) ? static_cast<void>(0) : ::usher::invariant_broken(#condition, __FILE__, __LINE__))
