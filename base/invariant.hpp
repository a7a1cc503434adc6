// A broken invariant is a bug, in every build: the process stops before it writes anything that
// follows from it, restarts, and recovers from the journal.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace usher {

[[noreturn]] inline void invariant_broken(const char* what, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: invariant broken: %s\n", file, line, what);
  std::abort();
}

}  // namespace usher

#define INVARIANT(condition) \
  ((condition) ? static_cast<void>(0) : ::usher::invariant_broken(#condition, __FILE__, __LINE__))
