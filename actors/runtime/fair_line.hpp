// A line in front of a worker pool, for work that anybody may ask for without end: lists, password
// hashes. Clients take turns; what would wait too long is refused at once, with a word when it is
// worth coming back.
#pragma once

#include <atomic>
#include <caf/actor.hpp>
#include <caf/fwd.hpp>
#include <cstdint>

#include "actors/runtime/fair_queue.hpp"

namespace usher {

struct FairLineOptions {
  FairQueueLimits limits;  // at_once: the pool's workers
  bool simulated = false;  // no clock: nobody is refused for how long he would wait
};

// Takes Job, without a response. `queued` (may be null, must outlive the line) counts jobs that
// wait or run. Takes Stop: what waits is refused, and the answer comes when nothing runs any more.
caf::actor spawn_fair_line(caf::actor_system& system, caf::actor pool, FairLineOptions options,
                           std::atomic<std::int64_t>* queued);

}  // namespace usher
