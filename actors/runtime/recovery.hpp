// Reads one aggregate on a reader's thread.
#pragma once

#include <utility>

#include "actors/runtime/messages.hpp"
#include "actors/runtime/projections/stored_state.hpp"

namespace usher {

template <class A>
Job recovery_job(const Journal& journal, ShardNumber shard, typename A::Key key) {
  return {[&journal, shard, key = std::move(key)] {
    return caf::make_message(Recovered<A>{stored_aggregate<A>(journal, shard, key)});
  }};
}

}  // namespace usher
