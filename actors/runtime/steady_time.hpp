// Lengths of time, by a clock that nobody sets: how long somebody was unused, how long a sync
// takes. The wall clock is for times of day (deadlines, stamps); it may jump.
#pragma once

#include <caf/actor_clock.hpp>
#include <caf/local_actor.hpp>
#include <chrono>

#include "base/clock.hpp"

namespace usher {

// Since some moment before the process began; the simulation's own, where it is simulated.
inline std::int64_t steady_us(caf::local_actor& self) {
  using namespace std::chrono;
  return duration_cast<microseconds>(self.clock().now().time_since_epoch()).count();
}
inline DurationMs steady_ms(caf::local_actor& self) { return steady_us(self) / 1000; }

}  // namespace usher
