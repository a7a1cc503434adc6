// A bounded pool of threads for work that blocks: reading the disk, hashing passwords, asking the
// payment gateway. One dispatcher hands each job to a worker that is free, so a slow job holds up
// one thread and nobody behind it. In simulation the workers are event-based actors.
#pragma once

#include <atomic>
#include <caf/actor.hpp>
#include <caf/fwd.hpp>
#include <cstddef>
#include <cstdint>

namespace usher {

struct WorkerPoolOptions {
  std::size_t workers = 1;
  std::size_t queue_max = 1000;  // jobs that wait; past it the response is an error
  bool simulated = false;
};

// Takes Job. The response is the message that the job gives; an error when the queue is full.
// `queued` (may be null, must outlive the pool) counts jobs that wait or run. Takes Stop: ends the
// workers when the jobs that run are done; jobs that wait are refused.
caf::actor spawn_worker_pool(caf::actor_system& system, WorkerPoolOptions options,
                             std::atomic<std::int64_t>* queued);

}  // namespace usher
