// The one writer of the journal: everything that has arrived by the time the disk is free goes
// into one batch with one sync (group commit). So throughput grows with load, and latency is one
// sync. Detached in production, event-based in simulation.
#pragma once

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include "actors/runtime/runtime.hpp"

namespace usher {

// Takes AppendRequest -> AppendAnswer, Stop -> Stopped (what arrived
// before it is written first). `publisher` takes what was committed, as FeedBatch.
caf::actor spawn_journal_actor(caf::actor_system& system, Runtime& runtime);

// After a storage failure every append is answered with StorageError::unavailable, and
// gauges.journal_failed is set: the node has to be restarted.

}  // namespace usher
