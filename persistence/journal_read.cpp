// Reading: by stream, by shard, by the feed, and listings over all shards.
#include <algorithm>
#include <limits>

#include "persistence/journal.hpp"
#include "persistence/key_layout.hpp"
#include "persistence/record_codec.hpp"
#include "persistence/version_cache.hpp"

namespace usher {
namespace {

// More than this is read in pages, whatever `limit` says: a vector never starts larger.
constexpr std::size_t reserve_max = 1024;

constexpr tl::unexpected<StorageError> corrupt{StorageError::corrupt};

// A damaged snapshot counts as none: the records are the truth, and they are all there.
tl::expected<std::optional<Snapshot>, StorageError> read_snapshot_value(
    const tl::expected<std::optional<std::string>, StorageError>& value) {
  if (!value) return tl::unexpected(value.error());
  return *value ? keys::read_snapshot_value(**value) : std::nullopt;
}

// Of the rows with one key.
const std::string behind_all_shards = keys::shard_prefix(keys::no_shard);

KeyRange range_of(const RowQuery& query) {
  KeyRange range = keys::all_with(keys::row_prefix(query.view, query.prefix), query.direction);
  if (!query.after) return range;
  std::string after = keys::row_prefix(query.view, *query.after);
  if (query.direction == Direction::ascending) {
    range.lower = std::max(range.lower, after + behind_all_shards);
  } else if (range.upper.empty() || after < range.upper) {
    range.upper = std::move(after);
  }
  return range;
}

}  // namespace

Offset Journal::shard_end(ShardNumber shard) const {
  return shard < options_.shard_count ? ends_[shard].load() : 0;
}

tl::expected<Record, StorageError> Journal::read_record(ShardNumber shard, Offset offset,
                                                        Reach reach) const {
  const auto bytes = store_.get(Family::journal, keys::journal(shard, offset), reach);
  if (!bytes) return tl::unexpected(bytes.error());
  if (!*bytes) return corrupt;
  return decode_record(**bytes, shard, offset);
}

tl::expected<std::vector<Record>, StorageError> Journal::read_stream(ShardNumber shard,
                                                                     std::string_view stream,
                                                                     StreamVersion after,
                                                                     std::size_t limit,
                                                                     Reach reach) const {
  std::vector<Record> records;
  if (after == std::numeric_limits<StreamVersion>::max()) return records;
  const std::string prefix = keys::stream_prefix(shard, stream);
  KeyRange range = keys::all_with(prefix);
  range.lower = keys::with_version(prefix, after + 1);
  const auto cursor = store_.scan(Family::streams, std::move(range), reach);
  for (; records.size() < limit && cursor->valid(); cursor->next()) {
    const auto key = keys::read_stream_key(cursor->key());
    const auto offset = keys::read_stream_value(cursor->value());
    if (!key || !offset || key->version != after + records.size() + 1) return corrupt;
    auto record = read_record(shard, *offset, reach);
    if (!record) return tl::unexpected(record.error());
    if (record->stream != stream || record->version != key->version) return corrupt;
    records.push_back(std::move(*record));
  }
  if (cursor->error()) return tl::unexpected(*cursor->error());
  return records;
}

tl::expected<std::optional<Snapshot>, StorageError> Journal::read_snapshot(ShardNumber shard,
                                                                           std::string_view stream,
                                                                           Reach reach) const {
  return read_snapshot_value(store_.get(Family::snapshots, keys::snapshot(shard, stream), reach));
}

tl::expected<std::vector<Record>, StorageError> Journal::read_shard(ShardNumber shard, Offset from,
                                                                    std::size_t limit) const {
  std::vector<Record> records;
  records.reserve(std::min(limit, reserve_max));
  KeyRange range = keys::all_with(keys::shard_prefix(shard));
  range.lower = keys::journal(shard, from);
  const auto cursor = store_.scan(Family::journal, std::move(range));
  for (; records.size() < limit && cursor->valid(); cursor->next()) {
    const Offset offset = from + records.size();
    if (cursor->key() != keys::journal(shard, offset)) return corrupt;
    auto record = decode_record(cursor->value(), shard, offset);
    if (!record) return tl::unexpected(record.error());
    records.push_back(std::move(*record));
  }
  if (cursor->error()) return tl::unexpected(*cursor->error());
  return records;
}

tl::expected<std::vector<ReminderKey>, StorageError> Journal::read_reminders(
    ShardNumber shard, const std::optional<ReminderKey>& after, std::int64_t until,
    std::size_t limit) const {
  std::vector<ReminderKey> reminders;
  KeyRange range = keys::all_with(keys::shard_prefix(shard));
  if (after) range.lower = keys::reminder(shard, *after) + '\0';
  if (until < std::numeric_limits<std::int64_t>::max())
    range.upper = keys::reminders_from(shard, until + 1);
  if (range.lower >= range.upper) return reminders;
  const auto cursor = store_.scan(Family::reminders, std::move(range));
  for (; reminders.size() < limit && cursor->valid(); cursor->next()) {
    auto reminder = keys::read_reminder(cursor->key());
    if (!reminder) return corrupt;
    reminders.push_back(std::move(*reminder));
  }
  if (cursor->error()) return tl::unexpected(*cursor->error());
  return reminders;
}

tl::expected<void, StorageError> Journal::scan_rows(
    const RowQuery& query,
    const std::function<bool(const Row&, const SnapshotAt& snapshot_at)>& visit) const {
  const auto moment = store_.moment();
  const SnapshotAt snapshot_at = [&](ShardNumber shard, std::string_view stream) {
    return read_snapshot_value(moment->get(Family::snapshots, keys::snapshot(shard, stream)));
  };

  const auto cursor = moment->scan(Family::views, range_of(query));
  for (Row row; cursor->valid(); cursor->next()) {
    const auto key = keys::read_row_key(cursor->key());
    if (!key || key->shard >= options_.shard_count) return corrupt;
    row.shard = key->shard;
    row.key = key->key;
    row.value = cursor->value();
    if (!visit(row, snapshot_at)) return {};
  }
  if (cursor->error()) return tl::unexpected(*cursor->error());
  return {};
}

tl::expected<std::vector<FeedRecord>, StorageError> Journal::read_feed(FeedSeq after,
                                                                       std::size_t limit) const {
  std::vector<FeedRecord> records;
  if (after >= feed_end()) return records;  // also what most polls find
  records.reserve(std::min(limit, reserve_max));
  // The first entry that ends behind `after` may begin before it.
  const auto cursor = store_.scan(Family::feed, {keys::feed(after + 1), {}, Direction::ascending});
  for (; records.size() < limit && cursor->valid(); cursor->next()) {
    const auto entry = keys::read_feed_entry(cursor->key(), cursor->value());
    const FeedSeq wanted = after + records.size() + 1;
    if (!entry || entry->first > wanted) return corrupt;
    if (entry->first < wanted && !records.empty()) return corrupt;
    FeedSeq seq = entry->first;
    for (const keys::FeedRun& run : entry->runs) {
      for (Offset offset = run.first; offset < run.first + run.count; ++offset, ++seq) {
        if (seq <= after) continue;
        if (records.size() == limit) return records;
        auto record = read_record(run.shard, offset);
        if (!record) return tl::unexpected(record.error());
        records.push_back({seq, std::move(*record)});
      }
    }
  }
  if (cursor->error()) return tl::unexpected(*cursor->error());
  return records;
}

}  // namespace usher
