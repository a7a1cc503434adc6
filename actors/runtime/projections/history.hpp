// The events of one aggregate, each with the state after it. Blocks on the disk: for readers.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/runtime/answers.hpp"
#include "actors/runtime/codec/codec.hpp"
#include "actors/runtime/hosting.hpp"
#include "persistence/journal.hpp"

namespace usher {

inline constexpr std::size_t history_page_records = 512;

// Those behind version `after`, at most `limit`. An unknown aggregate: not_found.
template <class A>
Answered<std::vector<HistoryEntry<A>>> read_history(const Journal& journal, ShardNumber shard,
                                                    const typename A::Key& key, Version after,
                                                    std::size_t limit) {
  using H = Hosted<A>;
  const std::string stream = stream_of(key);
  const auto unavailable = tl::unexpected(Refusal{Failure::unavailable, 0, {}});
  std::vector<HistoryEntry<A>> entries;
  std::optional<typename A::State> state;
  Version version = 0;
  std::size_t page_records =
      static_cast<std::size_t>(std::min<Version>(history_page_records, after + limit));
  const bool skips = H::state_follows_from != 0 && after > H::state_follows_from + 1;
  if (skips) {
    // Only the first one, and those that decide what the state is behind `after`.
    const auto first = journal.read_stream(shard, stream, 0, 1);
    if (!first) return unavailable;
    if (first->empty()) return tl::unexpected(Refusal{rejections::not_found, 0, {}});
    const auto& record = first->front();
    auto event = decode_event<A>(record.type, record.schema, record.payload);
    if (!event) return unavailable;
    state = A::evolve(nullptr, *event);
    version = after - H::state_follows_from;
    page_records =
        std::min(history_page_records, limit + static_cast<std::size_t>(H::state_follows_from));
  }
  while (entries.size() < limit) {
    const auto records = journal.read_stream(shard, stream, version, page_records);
    if (!records) return unavailable;
    // Nothing is there behind `after`, and perhaps not all that the state would follow from.
    if (skips && entries.empty() && records->size() < page_records &&
        (records->empty() || records->back().version <= after))
      return entries;
    for (const auto& record : *records) {
      auto event = decode_event<A>(record.type, record.schema, record.payload);
      if (!event) return unavailable;
      state = A::evolve(state ? &*state : nullptr, *event);
      if (record.version <= after) H::take_what_it_carries(*state, *event);
      version = record.version;
      if (version > after && entries.size() < limit)
        entries.push_back({version, record.time / 1000, *std::move(event), *state});
    }
    if (records->size() < page_records) break;
  }
  if (version == 0) return tl::unexpected(Refusal{rejections::not_found, 0, {}});
  return entries;
}

}  // namespace usher
