#include "persistence/write_behind.hpp"

#include <pthread.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/invariant.hpp"
#include "persistence/key_layout.hpp"
#include "persistence/table_hash.hpp"

namespace usher {
namespace {

constexpr int part_changes = 256;  // a fraction of a millisecond

// What is looked up by key, or (a stream) by the beginning of its keys. Everything else is scanned.
bool is_filtered(Family family) { return family == Family::journal || family == Family::streams; }
// A stream's keys end in the version; who reads it asks for several.
std::string_view filtered_part(Family family, std::string_view key) {
  return family == Family::streams ? keys::without_version(key) : key;
}

std::uint64_t hash_of(Family family, std::string_view key) {
  return hash_within(static_cast<std::uint64_t>(family), key);
}

}  // namespace

// Two bits of each hash.
void KeyFilter::add(Family family, std::string_view key) {
  const std::uint64_t hash = hash_of(family, filtered_part(family, key));
  for (const std::uint64_t bit : {hash % bits, (hash >> 32) % bits})
    words_[bit / 64] |= std::uint64_t{1} << (bit % 64);
  is_empty_ = false;
}

bool KeyFilter::may_have(Family family, std::string_view key) const {
  if (is_empty_) return false;
  const std::uint64_t hash = hash_of(family, filtered_part(family, key));
  const auto has = [&](std::uint64_t bit) { return (words_[bit / 64] >> (bit % 64)) & 1; };
  return has(hash % bits) && has((hash >> 32) % bits);
}

void KeyFilter::clear() {
  if (!is_empty_) std::fill(words_.begin(), words_.end(), 0);
  is_empty_ = true;
}

void WriteBehind::Generation::add(std::string entry, RedoNumber done) {
  bytes += entry.size();
  entries.push_back(std::move(entry));
  end.number = done;
  if (const auto newest = read_redo_newest(entries.back())) end.newest = newest;
  derived.push_back(read_redo_changes(entries.back(), changes));
  for (; changes_waiting < changes.size(); ++changes_waiting) {
    const RedoChange& change = changes[changes_waiting];
    if (is_at_hand(change.family)) snapshots[change.key] = change.value;
    if (is_filtered(change.family)) filter.add(change.family, change.key);
  }
}

void WriteBehind::Generation::clear() {
  snapshots.clear();
  changes.clear();
  entries.clear();
  derived.clear();
  bytes = changes_waiting = 0;
  filter.clear();
}

WriteBehind::WriteBehind(RocksdbDatabase& database, const RedoEnd& end,
                         const WriteBehindOptions& options)
    : database_(database),
      options_(options),
      collecting_(std::make_unique<Generation>()),
      written_(std::make_unique<Generation>()),
      mark_(end.number) {
  collecting_->end = end;
  written_through_ = end.number;
  writer_ = std::jthread{[this](const std::stop_token& stop) { write_periodically(stop); }};
}

WriteBehind::~WriteBehind() {
  writer_.request_stop();
  writer_.join();
  (void)catch_up();
}

void WriteBehind::add(std::string entries, RedoNumber done) noexcept {
  bool is_too_much = false;
  bool wakes = false;
  {
    const std::lock_guard lock{mutex_};
    Generation& to = *collecting_;
    const std::size_t before = to.changes_waiting;
    has_proposals_ = has_proposals_ || is_proposal(entries);
    to.add(std::move(entries), done);
    is_too_much = to.changes_waiting >= options_.changes_max || to.bytes >= options_.bytes_max;
    wakes = to.entries.size() == 1 ||
            (before < options_.changes_wanted && to.changes_waiting >= options_.changes_wanted);
  }
  if (is_too_much)
    (void)catch_up();
  else if (wakes)
    wake_.notify_one();
}

WriteBehind::Standstill WriteBehind::catch_up() noexcept {
  std::unique_lock still{writing_};
  if (overlay_) return {std::move(still), give_up()};
  {
    const std::lock_guard lock{mutex_};
    if (collecting_->entries.empty()) return {std::move(still), nullptr};
    // The mark that is written tells a start that nothing is left up to it. It never goes back; and
    // while each record is committed by its sync, it goes entry after entry, none left out and none
    // twice.
    INVARIANT(written_->entries.empty());
    INVARIANT(collecting_->end.number >= written_through_);
    INVARIANT(has_proposals_ ||
              collecting_->end.number == written_through_ + collecting_->entries.size());
    written_through_ = collecting_->end.number;
    written_->end = collecting_->end;
    std::swap(collecting_, written_);
  }
  if (!write(*written_)) return {std::move(still), give_up()};
  const std::lock_guard lock{mutex_};
  written_->clear();
  return {std::move(still), nullptr};
}

std::optional<std::optional<std::string>> WriteBehind::find_waiting_snapshot(
    std::string_view key) const {
  const std::lock_guard lock{mutex_};
  for (const Generation* generation : {collecting_.get(), written_.get()}) {
    const auto found = generation->snapshots.find(key);
    if (found == generation->snapshots.end()) continue;
    if (!found->second) return std::optional<std::string>{};
    return std::optional{std::string{*found->second}};
  }
  return std::nullopt;
}

bool WriteBehind::anything_waits() const {
  const std::lock_guard lock{mutex_};
  return !collecting_->entries.empty() || !written_->entries.empty();
}

bool WriteBehind::may_change(Family family, std::string_view key) const {
  if (!is_filtered(family)) return anything_waits();
  const std::lock_guard lock{mutex_};
  return collecting_->filter.may_have(family, key) || written_->filter.may_have(family, key);
}

WriteBehind::Standstill WriteBehind::catch_up_with(Family family, std::string_view key) noexcept {
  if (is_filtered(family) && !may_change(family, key)) return {};
  return catch_up();
}

// Keeps what was not written, and what came meanwhile, for reading. Under writing_.
std::shared_ptr<const RedoOverlay> WriteBehind::give_up() {
  const std::lock_guard lock{mutex_};
  if (overlay_ && collecting_->entries.empty()) return overlay_;
  std::vector<std::string>& entries = written_->entries;
  std::move(collecting_->entries.begin(), collecting_->entries.end(), std::back_inserter(entries));
  collecting_->entries.clear();  // what points into them stays: the overlay has all of it
  overlay_ = std::make_shared<const RedoOverlay>(entries);
  return overlay_;
}

std::size_t WriteBehind::waiting() const {
  const std::lock_guard lock{mutex_};
  return collecting_->changes_waiting + written_->changes_waiting;
}

bool WriteBehind::write(Generation& generation) {
  if (database_.first_failure->happened()) return false;
  keep_newest(generation.changes);

  rocksdb::WriteBatch batch;
  rocksdb::Status status;
  std::string_view stream;  // of the change before
  for (const RedoChange& change : generation.changes) {
    // A stream's entries are seen together: who reads it may do so at any moment.
    const bool goes_on =
        change.family == Family::streams && filtered_part(change.family, change.key) == stream;
    // Where shards end, what the feed has and the mark are one part: a start goes by all of them.
    const bool is_last = change.family == Family::meta || change.family == Family::feed;
    if (batch.Count() >= part_changes && !goes_on && !is_last) write_part(batch, status);
    if (!status.ok()) break;
    if (change.family == Family::streams) stream = filtered_part(change.family, change.key);
    auto* family = database_.family(change.family);
    status = change.value ? batch.Put(family, slice(change.key), slice(*change.value))
                          : batch.Delete(family, slice(change.key));
  }
  for (RedoNumber number = mark_ + 1; number <= generation.end.number && status.ok(); ++number)
    status = batch.SingleDelete(database_.redo, redo_key(number));
  if (status.ok()) status = batch.Put(database_.redo, redo_key(0), encode_redo_end(generation.end));
  write_part(batch, status);
  if (status.ok()) mark_ = generation.end.number;
  if (!status.ok()) database_.first_failure->set(status.ToString());
  return status.ok();
}

void WriteBehind::write_part(rocksdb::WriteBatch& batch, rocksdb::Status& status) {
  rocksdb::WriteOptions options;
  options.disableWAL = true;  // the redo log has it, until it is flushed
  if (status.ok()) status = database_.db->Write(options, &batch);
  batch.Clear();
}

void WriteBehind::write_periodically(const std::stop_token& stop) {
  ::pthread_setname_np(::pthread_self(), "write-behind");
  std::unique_lock lock{mutex_};
  while (!stop.stop_requested()) {
    wake_.wait(lock, stop, [&] { return !collecting_->entries.empty(); });
    wake_.wait_for(lock, stop, options_.delay_max,
                   [&] { return collecting_->changes_waiting >= options_.changes_wanted; });
    lock.unlock();
    (void)catch_up();
    lock.lock();
  }
}

}  // namespace usher
