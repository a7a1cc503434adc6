// Rebuilds one aggregate from its snapshot and the events behind it. Runs on a reader; or, when all
// of it is in memory, where it is wanted.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>

#include "actors/codec/event_codec.hpp"
#include "actors/messages.hpp"
#include "persistence/journal.hpp"

namespace usher {

inline constexpr std::size_t recovery_page_records = 512;

// version 0 and no state: the stream does not exist. `snapshot_is_enough`: a defect for the
// simulator (mutations.hpp, stale_recovery).
template <class A>
tl::expected<Seen<A>, StorageError> recover_aggregate(const Journal& journal, ShardNumber shard,
                                                      const typename A::Key& key,
                                                      bool snapshot_is_enough = false,
                                                      Reach reach = Reach::disk) {
  const std::string stream = stream_of(key);
  Seen<A> seen;
  auto snapshot = journal.read_snapshot(shard, stream, reach);
  if (!snapshot) return tl::unexpected(snapshot.error());
  if (*snapshot) {
    // A snapshot that cannot be read (an older program's form) is skipped: the events are there.
    if (auto state = decode_state<A>((*snapshot)->state)) {
      seen.version = (*snapshot)->version;
      seen.state = std::make_shared<const typename A::State>(*std::move(state));
    }
  }
  if (snapshot_is_enough && seen.version > 0) return seen;
  for (;;) {
    auto records = journal.read_stream(shard, stream, seen.version, recovery_page_records, reach);
    if (!records) return tl::unexpected(records.error());
    for (const auto& record : *records) {
      auto event = decode_event<A>(record.type, record.schema, record.payload);
      if (!event || record.version != seen.version + 1)
        return tl::unexpected(StorageError::corrupt);
      seen.state = std::make_shared<const typename A::State>(A::evolve(seen.state.get(), *event));
      seen.version = record.version;
    }
    if (records->size() < recovery_page_records) return seen;
  }
}

template <class A>
Job recovery_job(const Journal& journal, ShardNumber shard, typename A::Key key,
                 bool snapshot_is_enough = false) {
  return {[&journal, shard, key = std::move(key), snapshot_is_enough] {
    return caf::make_message(
        Recovered<A>{recover_aggregate<A>(journal, shard, key, snapshot_is_enough)});
  }};
}

}  // namespace usher
