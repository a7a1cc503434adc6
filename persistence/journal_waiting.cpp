// Proposing: entries that are durable before they are known to be committed.
#include "persistence/journal_waiting.hpp"

#include <algorithm>
#include <iterator>

#include "base/invariant.hpp"
#include "persistence/version_cache.hpp"

namespace usher {

// ---- a shard's

void Journal::Waiting::Shard::push(Entry entry) {
  for (const auto& [stream, version] : entry.versions)
    versions[stream].emplace_back(entry.logged.index, version);
  entries.push_back(std::move(entry));
}

void Journal::Waiting::Shard::drop_last() {
  for (const auto& [stream, version] : entries.back().versions) {
    const auto found = versions.find(stream);
    found->second.pop_back();
    if (found->second.empty()) versions.erase(found);
  }
  --entries.back().turn->left;
  entries.pop_back();
}

Journal::Waiting::Entry Journal::Waiting::Shard::take_first() {
  Entry entry = std::move(entries.front());
  entries.pop_front();
  for (const auto& [stream, version] : entry.versions) {
    const auto found = versions.find(stream);
    found->second.erase(found->second.begin());
    if (found->second.empty()) versions.erase(found);
  }
  --entry.turn->left;
  return entry;
}

RedoNumber Journal::Waiting::forget_done() {
  while (!turns.empty() && turns.front()->left == 0) turns.pop_front();
  return turns.empty() ? last : turns.front()->number - 1;
}

std::vector<LoggedPromise> Journal::Waiting::take_promised() {
  std::vector<LoggedPromise> taken;
  for (const ShardNumber shard : promised) taken.push_back(promises[shard]);
  promised.clear();
  return taken;
}

// ---- where logs end

bool Journal::anything_waits() const { return !waiting_->turns.empty(); }

const keys::ShardTail& Journal::end_of(ShardNumber shard) const {
  const auto& entries = waiting_->shards[shard].entries;
  return entries.empty() ? tails_[shard] : entries.back().tail;
}

// What is applied is never replaced.
const keys::ShardTail& Journal::end_before(const LogPlace& entry) const {
  const auto& entries = waiting_->shards[entry.shard].entries;
  INVARIANT(entry.index > tails_[entry.shard].index &&
            entry.index <= end_of(entry.shard).index + 1);
  const std::size_t before = entry.index - tails_[entry.shard].index - 1;
  return before == 0 ? tails_[entry.shard] : entries[before - 1].tail;
}

LogPlace Journal::log_end(ShardNumber shard) const {
  return {shard, end_of(shard).index, end_of(shard).epoch};
}

LogPlace Journal::applied_end(ShardNumber shard) const {
  return {shard, tails_[shard].index, tails_[shard].epoch};
}

std::vector<std::pair<LogPlace, LogKind>> Journal::waiting(ShardNumber shard) const {
  std::vector<std::pair<LogPlace, LogKind>> places;
  for (const auto& entry : waiting_->shards[shard].entries)
    places.push_back({{shard, entry.logged.index, entry.logged.term}, entry.logged.kind});
  return places;
}

LoggedPromise Journal::promise(ShardNumber shard) const {
  LoggedPromise promise = waiting_->promises[shard];
  promise.shard = shard;
  return promise;
}

std::optional<StreamVersion> Journal::waiting_version(ShardNumber shard,
                                                      std::string_view stream) const {
  const auto& versions = waiting_->shards[shard].versions;
  const auto found = versions.find(stream);
  return found == versions.end() ? std::nullopt : std::optional{found->second.back().second};
}

// ---- a turn on its way

Appended Journal::Turn::within_entry(std::size_t append) const {
  Appended appended = *outcomes_[append];
  appended.first_seq -= first_seqs_[entry_of_[append]];
  return appended;
}

void Journal::take_out(Turn& turn, ShardNumber shard, StorageError why) {
  const auto found = std::find_if(turn.entries_.begin(), turn.entries_.end(),
                                  [&](const LogPlace& entry) { return entry.shard == shard; });
  INVARIANT(found != turn.entries_.end());
  const auto place = static_cast<std::size_t>(found - turn.entries_.begin());
  const auto at = static_cast<std::ptrdiff_t>(place);
  for (std::size_t append = 0; append < turn.outcomes_.size(); ++append) {
    std::size_t& entry = turn.entry_of_[append];
    if (entry == Turn::no_entry || entry < place) continue;
    if (entry > place) {
      --entry;
      continue;
    }
    entry = Turn::no_entry;
    turn.outcomes_[append] = tl::unexpected(why);
  }
  const std::size_t first = place == 0 ? 0 : turn.ends_[place - 1];
  const std::size_t count = turn.ends_[place] - first;
  auto& puts = turn.batch_.puts;
  puts.erase(puts.begin() + static_cast<std::ptrdiff_t>(first),
             puts.begin() + static_cast<std::ptrdiff_t>(first + count));
  for (std::size_t behind = place; behind < turn.ends_.size(); ++behind)
    turn.ends_[behind] -= count;
  turn.entries_.erase(turn.entries_.begin() + at);
  turn.kinds_.erase(turn.kinds_.begin() + at);
  turn.records_.erase(turn.records_.begin() + at);
  turn.ends_.erase(turn.ends_.begin() + at);
  turn.tails_.erase(turn.tails_.begin() + at);
  turn.first_seqs_.erase(turn.first_seqs_.begin() + at);
}

tl::expected<void, StorageError> Journal::propose(Turn&& turn,
                                                  std::span<const LoggedPromise> promises) {
  if (failed_) return tl::unexpected(StorageError::unavailable);
  std::string record = encode_proposal(turn.batch_, logged_entries(turn), turn.ends_,
                                       {promises.begin(), promises.end()});
  const auto logged = store_.log(record, std::nullopt);
  if (!logged) {
    failed_ = true;
    versions_->clear();
    return tl::unexpected(StorageError::unavailable);
  }
  last_stamp_ = std::max(last_stamp_, turn.stamp_);
  keep(*logged, std::move(record));
  return {};
}

void Journal::keep(RedoNumber number, std::string record) {
  const auto turn = std::make_shared<Waiting::Turn>(Waiting::Turn{number, std::move(record), 0});
  for (const LoggedPromise& promise : read_logged_promises(turn->record)) {
    waiting_->promises[promise.shard] = promise;
    auto& promised = waiting_->promised;
    if (std::find(promised.begin(), promised.end(), promise.shard) == promised.end())
      promised.push_back(promise.shard);
  }
  for (const LoggedEntry& logged : read_logged_entries(turn->record)) {
    Waiting::Shard& shard = waiting_->shards[logged.shard];
    while (!shard.entries.empty() && shard.entries.back().logged.index >= logged.index)
      shard.drop_last();
    INVARIANT(logged.index == end_of(logged.shard).index + 1);
    std::map<std::string, StreamVersion> versions;
    for (const RedoChange& change : read_entry_changes(logged.changes)) {
      if (change.family != Family::streams) continue;
      const auto key = keys::read_stream_key(change.key);
      INVARIANT(key.has_value());  // we made it
      StreamVersion& version = versions[std::string{key->stream}];
      version = std::max(version, key->version);
    }
    ++turn->left;
    shard.push({turn,
                logged,
                {logged.next, logged.term, logged.stamp, logged.last_hash, logged.index},
                {versions.begin(), versions.end()}});
    last_stamp_ = std::max(last_stamp_, logged.stamp);
  }
  waiting_->turns.push_back(turn);
  waiting_->last = number;
  (void)waiting_->forget_done();
}

std::vector<AppliedEntry> Journal::apply(std::span<const LogPlace> committed) {
  std::map<std::pair<RedoNumber, ShardNumber>, std::vector<Waiting::Entry>> taken;
  for (const LogPlace& place : committed) {
    Waiting::Shard& shard = waiting_->shards[place.shard];
    while (!shard.entries.empty() && shard.entries.front().logged.index <= place.index) {
      Waiting::Entry entry = shard.take_first();
      taken[{entry.turn->number, place.shard}].push_back(std::move(entry));
    }
  }
  // Each record is a batch of the feed, so that within one its order stays that of the shards.
  std::vector<AppliedEntry> applied;
  for (auto next = taken.begin(); next != taken.end();) {
    const RedoNumber number = next->first.first;
    std::vector<Waiting::Entry> entries;
    for (; next != taken.end() && next->first.first == number; ++next)
      std::move(next->second.begin(), next->second.end(), std::back_inserter(entries));
    std::vector<LoggedEntry> logged;
    std::optional<NewestRecord> newest;
    FeedSeq end = feed_end_.load();
    for (const Waiting::Entry& entry : entries) {
      logged.push_back(entry.logged);
      applied.push_back({{entry.logged.shard, entry.logged.index, entry.logged.term}, end + 1});
      end += entry.logged.records;
      if (entry.logged.records > 0) newest = {end, entry.logged.shard, entry.logged.next - 1};
    }
    const RedoNumber done = waiting_->forget_done();
    store_.apply(encode_committed(newest, logged, waiting_->take_promised()),
                 next == taken.end() ? done : std::min(done, number));
    for (const Waiting::Entry& entry : entries) {
      for (const auto& [stream, version] : entry.versions)
        versions_->put(VersionCache::stream_id(entry.logged.shard, stream), version);
      tails_[entry.logged.shard] = entry.tail;
      ends_[entry.logged.shard].store(entry.tail.next);
    }
    feed_end_.store(end);
  }
  return applied;
}

// ---- a start

tl::expected<void, std::string> Journal::recover_waiting() {
  for (WaitingRecord& record : store_.take_waiting()) keep(record.number, std::move(record.record));
  // The store has all promises, also those of records that wait no longer.
  waiting_->promised.clear();
  for (ShardNumber shard = 0; shard < options_.shard_count; ++shard) {
    const auto stored = store_.get(Family::meta, keys::promise(shard));
    if (!stored) return tl::unexpected<std::string>("a promise to consensus can't be read");
    if (!*stored) continue;
    const auto promise = keys::read_promise_value(shard, **stored);
    if (!promise) return tl::unexpected<std::string>("a promise to consensus is damaged");
    waiting_->promises[shard] = *promise;
  }
  return {};
}

}  // namespace usher
