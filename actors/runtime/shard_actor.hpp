// One shard: begins its epoch, then owns its aggregates (activates them on the first message,
// passivates them when unused or too many) and its reminder actor.
#pragma once

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include "actors/runtime/runtime.hpp"

namespace usher {

// Takes Start (before it everything is refused as unavailable), Ask<A> and Get<A> of the four
// aggregates, Due, Stop (passivates everything, then answers Stopped and ends; messages that come
// after it are refused as unavailable, but for aggregates that still wait for something).
caf::actor spawn_shard_actor(caf::actor_system& system, const Runtime& runtime, ShardNumber shard);

}  // namespace usher
