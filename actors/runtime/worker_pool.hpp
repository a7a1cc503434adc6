// A bounded pool of threads for work that blocks: reading the disk, hashing passwords, asking the
// payment gateway. One dispatcher hands each job to a worker that is free, so a slow job holds up
// one thread and nobody behind it. In simulation the workers are event-based actors.
//
// A job that throws fails alone: its response is an error, its worker takes the next one. A job
// that does not come back is given up after a time: its response is an error, and another worker
// takes the place of the one that it holds. Each is counted, and logged by name.
#pragma once

#include <atomic>
#include <caf/actor.hpp>
#include <caf/fwd.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "actors/runtime/runtime.hpp"
#include "base/ids.hpp"

namespace usher {

struct WorkerPoolOptions {
  std::string name = "a worker";  // in the log: "readers"
  std::size_t workers = 1;
  std::size_t queue_max = 1000;     // jobs that wait; past it the response is an error
  DurationMs job_ms_max = 300'000;  // then a job is given up; 0: never (in simulation)
  bool simulated = false;
};

// What somebody else may see of a pool. May be null, must outlive it.
struct WorkerPoolCounts {
  std::atomic<std::int64_t>* queued = nullptr;     // jobs that wait or run
  std::atomic<std::uint64_t>* failed = nullptr;    // by an exception
  std::atomic<std::uint64_t>* given_up = nullptr;  // after job_ms_max
  std::atomic<bool>* ended = nullptr;  // set when the pool itself has ended by an exception
};

// Takes Job. The response is the message that the job gives; an error when the queue is full, when
// the job throws, or when it is given up. Takes Stop: ends the workers when the jobs that run are
// done, those that were given up too (they use what the caller will free); jobs that wait are
// refused.
caf::actor spawn_worker_pool(caf::actor_system& system, WorkerPoolOptions options,
                             WorkerPoolCounts counts,
                             std::function<void(const std::string&)> log = {});

// One of a node's: its jobs, its end and its words go where the node's do. `queued` as above.
caf::actor spawn_worker_pool(caf::actor_system& system, const RuntimeOptions& options,
                             Gauges& gauges, WorkerPoolOptions pool,
                             std::atomic<std::int64_t>* queued,
                             std::function<void(const std::string&)> log);

}  // namespace usher
