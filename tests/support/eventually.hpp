// How a test waits: it looks again until it is so.
#pragma once

#include <chrono>
#include <thread>

namespace usher::testing {

// False when patience runs out, which is far above what anything takes on a busy machine.
template <class Condition>
bool eventually(Condition condition,
                std::chrono::milliseconds patience = std::chrono::seconds{60}) {
  constexpr std::chrono::milliseconds pause{2};
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(pause);  // between two looks
  }
  return true;
}

}  // namespace usher::testing
