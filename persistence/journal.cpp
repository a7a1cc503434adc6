// Writing: check every append, give it its place, and write all of them as one batch.
#include "persistence/journal.hpp"

#include <algorithm>
#include <map>

#include "base/invariant.hpp"
#include "persistence/key_layout.hpp"
#include "persistence/record_codec.hpp"
#include "persistence/version_cache.hpp"

namespace usher {
namespace {

bool is_stream_name(std::string_view name) {
  return !name.empty() && name.size() <= stream_name_bytes_max;
}

// Everything in it is within the named limits.
bool fits(const Append& append) {
  std::size_t bytes = 0;
  for (const StreamAppend& stream : append.streams) {
    if (!is_stream_name(stream.stream)) return false;
    bytes += stream.state ? stream.state->size() : 0;
    for (const NewRecord& record : stream.records) {
      if (record.payload.size() > payload_bytes_max) return false;
      bytes += record.payload.size();
    }
  }
  for (const ReminderChange& change : append.reminders)
    if (!is_stream_name(change.key.stream)) return false;
  for (const RowChange& row : append.rows) {
    if (row.key.size() > row_key_bytes_max) return false;
    bytes += row.key.size() + (row.value ? row.value->size() : 0);
  }
  return bytes <= append_bytes_max;
}

std::size_t count_puts(const Append& append) {
  std::size_t records = 0;
  for (const StreamAppend& stream : append.streams) records += stream.records.size();
  return 2 * records + append.streams.size() + append.reminders.size() + append.rows.size();
}

}  // namespace

// What the batch will change in memory, once it is durable.
struct Journal::Draft {
  WriteBatch batch;
  ShardNumber shard = 0;
  keys::ShardTail tail;
  FeedSeq next_seq = 0;
  CommitStamp stamp = 0;
  std::vector<keys::FeedRun> runs;  // of the feed's entry
};

Journal::Journal(Store& store, JournalOptions options)
    : store_(store),
      options_(std::move(options)),
      tails_(options_.shard_count),
      ends_(std::make_unique<std::atomic<Offset>[]>(options_.shard_count)),
      versions_(std::make_unique<VersionCache>(options_.version_cache_entries)) {}

Journal::~Journal() = default;

std::vector<tl::expected<Appended, StorageError>> Journal::write(std::span<const Append> appends) {
  using Result = tl::expected<Appended, StorageError>;
  std::vector<Result> results(appends.size(), tl::unexpected(StorageError::unavailable));
  if (failed_) return results;

  raised_.clear();  // points into appends
  std::vector<std::size_t> accepted;
  accepted.reserve(appends.size());
  std::size_t puts = 0;
  for (std::size_t i = 0; i < appends.size(); ++i) {
    if (const Refusal refusal = check(appends[i])) {
      results[i] = tl::unexpected(*refusal);
    } else {
      accepted.push_back(i);
      puts += count_puts(appends[i]) + 1;
    }
  }
  if (!accepted.empty()) ++puts;  // the feed's entry
  // By shard, so that the feed's order follows from (time, shard, offset) and can be rebuilt.
  std::stable_sort(accepted.begin(), accepted.end(), [&](std::size_t a, std::size_t b) {
    return appends[a].shard < appends[b].shard;
  });

  Draft draft;
  draft.batch.puts.reserve(puts);
  draft.next_seq = feed_end_.load() + 1;
  draft.stamp = std::max(last_stamp_ + 1, options_.clock_us());
  std::vector<std::pair<ShardNumber, keys::ShardTail>> new_tails;
  std::vector<Appended> places(appends.size());
  for (auto next = accepted.begin(); next != accepted.end();) {
    draft.shard = appends[*next].shard;
    draft.tail = tails_[draft.shard];
    for (; next != accepted.end() && appends[*next].shard == draft.shard; ++next) {
      places[*next] = put_records(appends[*next], draft);
      put_derived(appends[*next], draft.batch);
    }
    if (draft.tail.next == tails_[draft.shard].next) continue;
    draft.batch.put(Family::meta, keys::tail(draft.shard), keys::tail_value(draft.tail));
    draft.batch.newest = {draft.next_seq - 1, draft.shard, draft.tail.next - 1};
    const Offset first = tails_[draft.shard].next;
    draft.runs.push_back({draft.shard, first, draft.tail.next - first});
    new_tails.emplace_back(draft.shard, draft.tail);
  }
  if (!draft.runs.empty())
    draft.batch.put(Family::feed, keys::feed(draft.next_seq - 1), keys::feed_value(draft.runs));

  // The last moment at which a mistake is not yet a fact: dense offsets and seqs, one epoch, stamps
  // that rise, and a chain that goes on.
  FeedSeq told = feed_end_.load();
  INVARIANT(draft.runs.size() == new_tails.size());
  for (std::size_t i = 0; i < new_tails.size(); ++i) {
    const auto& [shard, tail] = new_tails[i];
    const keys::ShardTail& before = tails_[shard];
    INVARIANT(tail.epoch == before.epoch);
    INVARIANT(tail.stamp == draft.stamp && tail.stamp > before.stamp);
    INVARIANT(tail.last_hash != before.last_hash);
    INVARIANT(draft.runs[i].shard == shard && draft.runs[i].first == before.next);
    INVARIANT(before.next + draft.runs[i].count == tail.next);
    told += draft.runs[i].count;
  }
  INVARIANT(told == draft.next_seq - 1);

  if (!draft.batch.puts.empty() && !store_.write(draft.batch)) {
    failed_ = true;
    versions_->clear();
    return results;
  }
  for (const auto& [place, version] : raised_) versions_->put(place.id, version);
  for (const auto& [shard, tail] : new_tails) {
    tails_[shard] = tail;
    ends_[shard].store(tail.next);
    last_stamp_ = draft.stamp;
  }
  feed_end_.store(draft.next_seq - 1);
  for (const std::size_t i : accepted) results[i] = places[i];
  return results;
}

Journal::Refusal Journal::check(const Append& append) {
  // Nobody can own the epoch of a shard that doesn't exist, or one that never began.
  if (append.shard >= options_.shard_count || append.epoch != tails_[append.shard].epoch)
    return StorageError::stale_epoch;
  if (!fits(append)) return StorageError::too_large;
  undo_.clear();
  const Refusal refusal = check_streams(append);
  if (refusal)
    for (auto change = undo_.rbegin(); change != undo_.rend(); ++change)
      *change->first = change->second;
  return refusal;
}

// Raises the versions as it goes, so that the rest of this append, and later ones, see them.
Journal::Refusal Journal::check_streams(const Append& append) {
  for (const StreamAppend& stream : append.streams) {
    const StreamPlace place{append.shard, stream.stream,
                            VersionCache::stream_id(append.shard, stream.stream)};
    auto raised = raised_.find(place);
    if (raised == raised_.end()) {
      const auto current = is_current(stream, place);
      if (!current) return current.error();
      if (!*current) return StorageError::wrong_version;
      raised = raised_.emplace(place, stream.expected).first;
    } else if (raised->second != stream.expected) {
      return StorageError::wrong_version;
    }
    undo_.emplace_back(&raised->second, raised->second);
    raised->second += stream.records.size();
  }
  return std::nullopt;
}

// Asks the store only about streams that weren't written lately, and never walks: a snapshot is of
// the newest version; and versions are dense, so the expected one is current exactly when it exists
// and the next one doesn't.
tl::expected<bool, StorageError> Journal::is_current(const StreamAppend& stream,
                                                     const StreamPlace& place) const {
  if (versions_->find(place.id) == stream.expected) return true;
  if (stream.expected > 0) {
    const auto snapshot = read_snapshot(place.shard, stream.stream);
    if (!snapshot) return tl::unexpected(snapshot.error());
    if (*snapshot) return (*snapshot)->version == stream.expected;
  }
  const std::string prefix = keys::stream_prefix(place.shard, stream.stream);
  const auto exists = [&](StreamVersion version) {
    return store_.get(Family::streams, keys::with_version(prefix, version));
  };
  const auto next = exists(stream.expected + 1);
  if (!next) return tl::unexpected(next.error());
  if (*next) return false;
  if (stream.expected == 0) return true;
  const auto current = exists(stream.expected);
  if (!current) return tl::unexpected(current.error());
  return current->has_value();
}

Appended Journal::put_records(const Append& append, Draft& draft) {
  INVARIANT(append.epoch == draft.tail.epoch);  // P7, whatever check() was changed to
  const Appended place{draft.tail.next, draft.next_seq, draft.stamp};
  WriteBatch& batch = draft.batch;
  for (const StreamAppend& stream : append.streams) {
    if (stream.records.empty()) continue;
    const std::string prefix = keys::stream_prefix(append.shard, stream.stream);
    StreamVersion version = stream.expected;
    for (const NewRecord& record : stream.records) {
      const Offset offset = draft.tail.next++;
      std::string bytes = encode_record({.shard = append.shard,
                                         .offset = offset,
                                         .epoch = append.epoch,
                                         .version = ++version,
                                         .type = record.type,
                                         .schema = record.schema,
                                         .time = draft.stamp,
                                         .previous_hash = draft.tail.last_hash,
                                         .stream = stream.stream,
                                         .payload = record.payload});
      draft.tail.last_hash = hash_of(bytes);
      draft.tail.stamp = draft.stamp;
      batch.put(Family::journal, keys::journal(append.shard, offset), std::move(bytes));
      batch.put(Family::streams, keys::with_version(prefix, version), keys::stream_value(offset));
      ++draft.next_seq;
    }
    INVARIANT(version == stream.expected + stream.records.size());
    if (stream.state)
      batch.put(Family::snapshots, keys::snapshot(append.shard, stream.stream),
                keys::snapshot_value(version, *stream.state));
    else if (stream.expected > 0)
      batch.erase(Family::snapshots, keys::snapshot(append.shard, stream.stream));
  }
  return place;
}

void Journal::put_derived(const Append& append, WriteBatch& batch) {
  for (const ReminderChange& change : append.reminders) {
    if (change.set)
      batch.put(Family::reminders, keys::reminder(append.shard, change.key), {});
    else
      batch.erase(Family::reminders, keys::reminder(append.shard, change.key));
  }
  for (const RowChange& row : append.rows) {
    if (row.value)
      batch.put(Family::views, keys::row(row.view, row.key, append.shard), *row.value);
    else
      batch.erase(Family::views, keys::row(row.view, row.key, append.shard));
  }
}

tl::expected<Epoch, StorageError> Journal::begin_epoch(ShardNumber shard) {
  const auto epochs = begin_epochs({&shard, 1});
  if (!epochs) return tl::unexpected(epochs.error());
  return epochs->front();
}

tl::expected<std::vector<Epoch>, StorageError> Journal::begin_epochs(
    std::span<const ShardNumber> shards) {
  for (const ShardNumber shard : shards)
    if (shard >= options_.shard_count) return tl::unexpected(StorageError::stale_epoch);
  if (failed_) return tl::unexpected(StorageError::unavailable);
  std::map<ShardNumber, keys::ShardTail> begun;
  std::vector<Epoch> epochs;
  for (const ShardNumber shard : shards)
    epochs.push_back(++begun.try_emplace(shard, tails_[shard]).first->second.epoch);
  WriteBatch batch;
  for (const auto& [shard, tail] : begun)
    batch.put(Family::meta, keys::tail(shard), keys::tail_value(tail));
  if (!batch.puts.empty() && !store_.write(batch)) {
    failed_ = true;
    versions_->clear();
    return tl::unexpected(StorageError::unavailable);
  }
  for (const auto& [shard, tail] : begun) {
    INVARIANT(tail.epoch > tails_[shard].epoch && tail.next == tails_[shard].next);
    tails_[shard] = tail;
  }
  return epochs;
}

}  // namespace usher
