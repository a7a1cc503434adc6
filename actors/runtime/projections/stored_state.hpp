// One aggregate as the journal has it: its snapshot, which is always of its newest version; or,
// where there is none that can be read, all of its events.
#pragma once

#include <memory>
#include <utility>

#include "actors/runtime/answers.hpp"
#include "actors/runtime/codec/codec.hpp"
#include "persistence/journal.hpp"

namespace usher {

inline constexpr std::size_t replay_page_records = 512;

// version 0 and no state: the stream does not exist.
template <class A>
tl::expected<Seen<A>, StorageError> replay_aggregate(const Journal& journal, ShardNumber shard,
                                                     const typename A::Key& key,
                                                     Reach reach = Reach::disk) {
  const std::string stream = stream_of(key);
  Seen<A> seen;
  for (;;) {
    const auto records =
        journal.read_stream(shard, stream, seen.version, replay_page_records, reach);
    if (!records) return tl::unexpected(records.error());
    for (const auto& record : *records) {
      const auto event = decode_event<A>(record.type, record.schema, record.payload);
      if (!event || record.version != seen.version + 1)
        return tl::unexpected(StorageError::corrupt);
      seen.state = std::make_shared<const typename A::State>(A::evolve(seen.state.get(), *event));
      seen.version = record.version;
    }
    if (records->size() < replay_page_records) return seen;
  }
}

template <class A>
tl::expected<Seen<A>, StorageError> stored_aggregate(const Journal& journal, ShardNumber shard,
                                                     const typename A::Key& key,
                                                     Reach reach = Reach::disk) {
  const auto snapshot = journal.read_snapshot(shard, stream_of(key), reach);
  if (!snapshot) return tl::unexpected(snapshot.error());
  if (*snapshot)  // unless it is of another program's form
    if (auto state = decode_state<A>((*snapshot)->state))
      return Seen<A>{(*snapshot)->version,
                     std::make_shared<const typename A::State>(*std::move(state))};
  return replay_aggregate<A>(journal, shard, key, reach);
}

}  // namespace usher
