// Durable timers of one shard. Reminders live in the journal's store; this actor holds only the
// near future in memory, fires what is due, and repeats it with growing pauses until the events of
// the aggregates have cleared it. At least once; late by at most a tick; never early by its clock.
//
// One delayed tick per shard, not one delayed message per reminder: CAF 0.17 cannot cancel those
// and keeps 236 bytes for each.
#pragma once

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include "actors/runtime/runtime.hpp"

namespace usher {

// Sends Due to `shard_actor`; takes RemindersChanged, Stop.
caf::actor spawn_reminder_actor(caf::local_actor* parent, const Runtime& runtime, ShardNumber shard,
                                caf::actor shard_actor);

}  // namespace usher
