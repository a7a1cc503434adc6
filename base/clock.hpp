// Where the actors take the time from: the wall clock, or the simulation's.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/ids.hpp"

namespace usher {

class Clock {
 public:
  virtual ~Clock() = default;
  // Microseconds since the Unix epoch. Any thread. May jump, as wall clocks do.
  [[nodiscard]] virtual std::int64_t now_us() const = 0;
  [[nodiscard]] TimeMs now_ms() const { return now_us() / 1000; }
};

class WallClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t now_us() const override {
    using namespace std::chrono;
    return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
  }
};

}  // namespace usher
