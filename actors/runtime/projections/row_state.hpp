// What a row of a list stands for: the aggregate as it was at the moment of the list.
#pragma once

#include <optional>
#include <utility>

#include "actors/runtime/projections/stored_state.hpp"

namespace usher {

template <class A>
struct RowState {
  typename A::Key key;
  Version version = 0;
  typename A::State state;
};

// nullopt: it is of another kind of aggregate, or cannot be read.
template <class A>
std::optional<RowState<A>> state_of(const Row& row, const Journal& journal,
                                    const Journal::SnapshotAt& snapshot_at) {
  const auto key = key_of<A>(row.value);
  if (!key) return std::nullopt;
  const auto snapshot = snapshot_at(row.shard, row.value);
  if (!snapshot) return std::nullopt;
  if (*snapshot)
    if (auto state = decode_state<A>((*snapshot)->state))
      return RowState<A>{*key, (*snapshot)->version, *std::move(state)};
  // No snapshot, or in the form of another program. The events give the present
  // state, no longer that of the moment of the list; but it is there.
  const auto replayed = replay_aggregate<A>(journal, row.shard, *key);
  if (!replayed || !replayed->state) return std::nullopt;
  return RowState<A>{*key, replayed->version, *replayed->state};
}

}  // namespace usher
