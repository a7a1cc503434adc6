// A line in front of a worker pool, for work that anybody may ask for without end: lists, password
// hashes. Clients take turns; what would wait too long is refused at once, with a word when it is
// worth coming back.
#pragma once

#include <atomic>
#include <caf/actor.hpp>
#include <caf/fwd.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "actors/runtime/fair_queue.hpp"

namespace usher {

struct FairLineOptions {
  std::string name;        // in the log: "passwords"
  FairQueueLimits limits;  // at_once: the pool's workers
  bool simulated = false;  // no clock: nobody is refused for how long he would wait
};

// What somebody else may see of a line. May be null, must outlive it.
struct FairLineCounts {
  std::atomic<std::int64_t>* queued = nullptr;  // jobs that wait or run
  std::atomic<std::uint64_t>* failed =
      nullptr;                         // exceptions: of a job's callback, of the allocator
  std::atomic<bool>* ended = nullptr;  // set when the line itself has ended by an exception
};

// Takes Job, without a response: what throws in the line costs that job alone, and the log says so.
// Takes Stop: what waits is refused, and the answer comes when nothing runs any more.
caf::actor spawn_fair_line(caf::actor_system& system, caf::actor pool, FairLineOptions options,
                           FairLineCounts counts, std::function<void(const std::string&)> log = {});

}  // namespace usher
