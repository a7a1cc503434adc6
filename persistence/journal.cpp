// Writing: check every append, give it its place, and write all of them as one batch.
#include "persistence/journal.hpp"

#include <algorithm>
#include <map>

#include "base/invariant.hpp"
#include "persistence/journal_waiting.hpp"
#include "persistence/key_layout.hpp"
#include "persistence/record_codec.hpp"
#include "persistence/redo.hpp"
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

Journal::Journal(Store& store, JournalOptions options)
    : store_(store),
      options_(std::move(options)),
      tails_(options_.shard_count),
      ends_(std::make_unique<std::atomic<Offset>[]>(options_.shard_count)),
      waiting_(std::make_unique<Waiting>(options_.shard_count)),
      versions_(std::make_unique<VersionCache>(options_.version_cache_entries)) {}

Journal::~Journal() = default;

std::vector<tl::expected<Appended, StorageError>> Journal::write(std::span<const Append> appends) {
  Turn turn = prepare(appends);
  if (!log(turn)) return give_up(std::move(turn));
  return apply(std::move(turn));
}

std::vector<tl::expected<Appended, StorageError>> Journal::give_up(Turn&& turn) {
  for (auto& outcome : turn.outcomes_)
    if (outcome) outcome = tl::unexpected(StorageError::unavailable);
  return std::move(turn.outcomes_);
}

Journal::Turn Journal::prepare(std::span<const Append> appends) {
  Turn turn;
  auto& results = turn.outcomes_;
  results.assign(appends.size(), tl::unexpected(StorageError::unavailable));
  turn.entry_of_.assign(appends.size(), Turn::no_entry);
  if (failed_) return turn;

  raised_.clear();  // points into appends
  std::vector<std::size_t> accepted;
  accepted.reserve(appends.size());
  std::size_t puts = 0;
  for (std::size_t i = 0; i < appends.size(); ++i) {
    if (const Refusal refusal = check(appends[i])) {
      results[i] = tl::unexpected(*refusal);
    } else {
      accepted.push_back(i);
      puts += count_puts(appends[i]);
    }
  }
  // By shard: one entry each; and so that the feed's order follows from (time, shard, offset) and
  // can be rebuilt.
  std::stable_sort(accepted.begin(), accepted.end(), [&](std::size_t a, std::size_t b) {
    return appends[a].shard < appends[b].shard;
  });

  turn.batch_.puts.reserve(puts);
  turn.next_seq_ = feed_end_.load() + 1;
  turn.stamp_ = std::max(last_stamp_ + 1, options_.clock_us());
  for (auto next = accepted.begin(); next != accepted.end();) {
    const ShardNumber shard = appends[*next].shard;
    const std::size_t before = turn.batch_.puts.size();
    const keys::ShardTail& end = end_of(shard);
    const std::size_t first = static_cast<std::size_t>(next - accepted.begin());
    const FeedSeq first_seq = turn.next_seq_;
    keys::ShardTail tail = end;
    for (; next != accepted.end() && appends[*next].shard == shard; ++next) {
      results[*next] = put_records(appends[*next], tail, turn);
      put_derived(appends[*next], turn.batch_);
    }
    if (tail.next > end.next) turn.batch_.newest = {turn.next_seq_ - 1, shard, tail.next - 1};
    if (turn.batch_.puts.size() == before) continue;
    // Before it is a fact: dense offsets and seqs, one epoch, stamps that rise, a chain that goes
    // on.
    INVARIANT(tail.epoch == end.epoch && tail.next - end.next == turn.next_seq_ - first_seq);
    INVARIANT(tail.next == end.next || (tail.stamp == turn.stamp_ && tail.stamp > end.stamp &&
                                        tail.last_hash != end.last_hash));
    for (auto in = accepted.begin() + static_cast<std::ptrdiff_t>(first); in != next; ++in)
      turn.entry_of_[*in] = turn.entries_.size();
    turn.first_seqs_.push_back(first_seq);
    end_entry(shard, tail, tail.next - end.next, turn);
  }
  turn.versions_.reserve(raised_.size());
  for (const auto& [place, version] : raised_) turn.versions_.emplace_back(place.id, version);
  return turn;
}

void Journal::end_entry(ShardNumber shard, const keys::ShardTail& tail, Offset records,
                        Turn& turn) {
  turn.tails_.push_back(tail);
  ++turn.tails_.back().index;
  turn.entries_.push_back({shard, turn.tails_.back().index, tail.epoch});
  turn.kinds_.push_back(LogKind::payload);
  turn.records_.push_back(records);
  turn.ends_.push_back(turn.batch_.puts.size());
}

std::vector<LoggedEntry> Journal::logged_entries(const Turn& turn) {
  std::vector<LoggedEntry> entries;
  entries.reserve(turn.entries_.size());
  for (std::size_t i = 0; i < turn.entries_.size(); ++i) {
    const keys::ShardTail& tail = turn.tails_[i];
    entries.push_back({.shard = turn.entries_[i].shard,
                       .kind = turn.kinds_[i],
                       .index = tail.index,
                       .term = tail.epoch,
                       .next = tail.next,
                       .records = turn.records_[i],
                       .stamp = tail.stamp,
                       .last_hash = tail.last_hash});
  }
  return entries;
}

// The last moment at which a mistake is not yet a fact: dense indexes and offsets, one epoch,
// stamps that rise, and a chain that goes on.
void Journal::check_turn(const Turn& turn) const {
  INVARIANT(turn.tails_.size() == turn.entries_.size());
  for (std::size_t i = 0; i < turn.entries_.size(); ++i) {
    const LogPlace& entry = turn.entries_[i];
    const keys::ShardTail& tail = turn.tails_[i];
    INVARIANT(tail.index == entry.index && tail.epoch == entry.term);
    if (turn.kinds_[i] == LogKind::empty) continue;  // add_epochs() has looked
    const keys::ShardTail& before = end_of(entry.shard);
    INVARIANT(tail.index == before.index + 1 && tail.epoch == before.epoch);
    INVARIANT(before.next + turn.records_[i] == tail.next);
    if (turn.records_[i] == 0) continue;
    INVARIANT(tail.stamp == turn.stamp_ && tail.stamp > before.stamp);
    INVARIANT(tail.last_hash != before.last_hash);
  }
}

tl::expected<void, StorageError> Journal::log(Turn& turn) {
  if (failed_) return tl::unexpected(StorageError::unavailable);
  if (turn.entries_.empty()) return {};
  INVARIANT(!anything_waits());
  check_turn(turn);
  FeedSeq told = feed_end_.load();
  for (const Offset records : turn.records_) told += records;
  INVARIANT(turn.next_seq_ == 0 || told == turn.next_seq_ - 1);
  turn.record_ = encode_turn(turn.batch_, logged_entries(turn), turn.ends_);
  const auto logged = store_.log(turn.record_, turn.batch_.newest);
  if (!logged) {
    failed_ = true;
    versions_->clear();
    return tl::unexpected(StorageError::unavailable);
  }
  turn.number_ = *logged;
  return {};
}

std::vector<tl::expected<Appended, StorageError>> Journal::apply(Turn&& turn) {
  if (turn.entries_.empty()) return std::move(turn.outcomes_);
  INVARIANT(turn.number_ != 0);
  // Behind this record the log has none of them any more.
  if (auto promised = waiting_->take_promised(); !promised.empty())
    store_.apply(encode_committed(std::nullopt, {}, promised), waiting_->last);
  store_.apply(std::move(turn.record_), turn.number_);
  for (const auto& [stream, version] : turn.versions_) versions_->put(stream, version);
  for (std::size_t i = 0; i < turn.entries_.size(); ++i) {
    const ShardNumber shard = turn.entries_[i].shard;
    if (turn.tails_[i].next > tails_[shard].next) last_stamp_ = turn.stamp_;
    tails_[shard] = turn.tails_[i];
    ends_[shard].store(turn.tails_[i].next);
  }
  if (turn.next_seq_ != 0) feed_end_.store(turn.next_seq_ - 1);
  return std::move(turn.outcomes_);
}

Journal::Refusal Journal::check(const Append& append) {
  // Nobody can own the epoch of a shard that doesn't exist, or one that never began.
  if (append.shard >= options_.shard_count || append.epoch != end_of(append.shard).epoch)
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
  if (anything_waits())
    if (const auto version = waiting_version(place.shard, stream.stream))
      return *version == stream.expected;
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

Appended Journal::put_records(const Append& append, keys::ShardTail& tail, Turn& turn) {
  INVARIANT(append.epoch == tail.epoch);  // P7, whatever check() was changed to
  const Appended place{tail.next, turn.next_seq_, turn.stamp_};
  WriteBatch& batch = turn.batch_;
  for (const StreamAppend& stream : append.streams) {
    if (stream.records.empty()) continue;
    const std::string prefix = keys::stream_prefix(append.shard, stream.stream);
    StreamVersion version = stream.expected;
    for (const NewRecord& record : stream.records) {
      const Offset offset = tail.next++;
      std::string bytes = encode_record({.shard = append.shard,
                                         .offset = offset,
                                         .epoch = append.epoch,
                                         .version = ++version,
                                         .type = record.type,
                                         .schema = record.schema,
                                         .time = turn.stamp_,
                                         .previous_hash = tail.last_hash,
                                         .stream = stream.stream,
                                         .payload = record.payload});
      tail.last_hash = hash_of(bytes);
      tail.stamp = turn.stamp_;
      batch.put(Family::journal, keys::journal(append.shard, offset), std::move(bytes));
      batch.put(Family::streams, keys::with_version(prefix, version), keys::stream_value(offset));
      ++turn.next_seq_;
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
  std::map<ShardNumber, LogPlace> ends;
  std::vector<LogPlace> begun;
  std::vector<Epoch> epochs;
  for (const ShardNumber shard : shards) {
    LogPlace& end = ends.try_emplace(shard, log_end(shard)).first->second;
    begun.push_back(end = {shard, end.index + 1, end.term + 1});
    epochs.push_back(end.term);
  }
  Turn turn = prepare_epochs(begun);
  if (const auto logged = log(turn); !logged) return tl::unexpected(logged.error());
  apply(std::move(turn));
  return epochs;
}

Journal::Turn Journal::prepare_epochs(std::span<const LogPlace> begun) const {
  Turn turn;
  add_epochs(turn, begun);
  return turn;
}

void Journal::add_epochs(Turn& turn, std::span<const LogPlace> begun) const {
  for (const LogPlace& entry : begun) {
    const auto before =
        std::find_if(turn.entries_.rbegin(), turn.entries_.rend(),
                     [&](const LogPlace& other) { return other.shard == entry.shard; });
    const auto place = static_cast<std::size_t>(turn.entries_.rend() - before);
    keys::ShardTail tail = place > 0 ? turn.tails_[place - 1] : end_before(entry);
    INVARIANT(entry.index > tail.index && entry.term > tail.epoch &&
              entry.term > end_of(entry.shard).epoch);
    tail.index = entry.index;
    tail.epoch = entry.term;
    turn.tails_.push_back(tail);
    turn.entries_.push_back(entry);
    turn.kinds_.push_back(LogKind::empty);
    turn.records_.push_back(0);
    turn.first_seqs_.push_back(0);
    turn.ends_.push_back(turn.batch_.puts.size());
  }
}

}  // namespace usher
