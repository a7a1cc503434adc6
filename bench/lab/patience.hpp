// How a thread waits for another one's deed when there is nothing to sleep on: some turns on the
// spot, then it yields its core, as the one it waits for may need it.
#pragma once

#include <thread>

namespace usher::lab {

class Patience {
 public:
  void wait() {
    if (++turns_ <= turns_max) {
#if defined(__x86_64__) || defined(__i386__)
      __builtin_ia32_pause();
#endif
      return;
    }
    std::this_thread::yield();
  }

 private:
  static constexpr int turns_max = 64;
  int turns_ = 0;
};

}  // namespace usher::lab
