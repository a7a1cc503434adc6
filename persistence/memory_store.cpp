#include "persistence/memory_store.hpp"

#include <utility>

#include "base/invariant.hpp"
#include "persistence/key_layout.hpp"
#include "persistence/redo.hpp"
#include "persistence/redo_start.hpp"

namespace usher {
namespace {

// What a record will change, for who watches writes.
WriteBatch batch_of(std::string_view record) {
  const auto read = decode_redo(record);
  INVARIANT(read.has_value());
  WriteBatch batch;
  batch.newest = read->newest;
  for (const RedoChange& change : read->changes)
    if (change.value)
      batch.put(change.family, std::string{change.key}, std::string{*change.value});
    else
      batch.erase(change.family, std::string{change.key});
  return batch;
}

}  // namespace

// Walks the live map. Entries are never erased while a cursor is open, so its place stays good;
// what is newer than its moment is passed over.
class MemoryCursor final : public Cursor {
 public:
  // The disk's mutex is held by the caller.
  MemoryCursor(std::shared_ptr<MemoryDisk> disk, std::uint64_t moment, Family family,
               KeyRange range)
      : disk_(std::move(disk)),
        entries_(disk_->entries(family)),
        range_(std::move(range)),
        moment_(moment) {
    ++disk_->readers_;
    if (range_.direction == Direction::ascending) {
      place_ = entries_.lower_bound(range_.lower);
    } else {
      place_ = range_.upper.empty() ? entries_.end() : entries_.lower_bound(range_.upper);
      step();
    }
    find_visible();
  }
  ~MemoryCursor() override {
    const std::lock_guard lock{disk_->mutex_};
    disk_->end_reader();
  }
  MemoryCursor(const MemoryCursor&) = delete;
  MemoryCursor& operator=(const MemoryCursor&) = delete;

  bool valid() const override { return valid_; }
  std::string_view key() const override { return place_->first; }
  std::string_view value() const override { return value_; }
  void next() override {
    const std::lock_guard lock{disk_->mutex_};
    step();
    find_visible();
  }
  std::optional<StorageError> error() const override { return std::nullopt; }

 private:
  void step() {
    if (range_.direction == Direction::ascending)
      ++place_;
    else if (place_ == entries_.begin())
      place_ = entries_.end();  // before the first: exhausted
    else
      --place_;
  }
  bool in_range() const {
    if (place_ == entries_.end()) return false;
    if (range_.direction == Direction::descending) return place_->first >= range_.lower;
    return range_.upper.empty() || place_->first < range_.upper;
  }
  // Moves on to the next entry that existed at this cursor's moment.
  void find_visible() {
    for (; in_range(); step()) {
      const auto* value = MemoryDisk::seen(place_->second, moment_);
      if (value == nullptr || !*value) continue;
      value_ = **value;  // a copy: a write may move the version while we are read
      valid_ = true;
      return;
    }
    valid_ = false;
  }

  std::shared_ptr<MemoryDisk> disk_;
  MemoryDisk::Entries& entries_;
  KeyRange range_;
  std::uint64_t moment_;
  MemoryDisk::Entries::iterator place_;
  std::string value_;
  bool valid_ = false;
};

class MemoryMoment final : public Moment {
 public:
  // The disk's mutex is held by the caller.
  explicit MemoryMoment(std::shared_ptr<MemoryDisk> disk)
      : disk_(std::move(disk)), moment_(disk_->moment_) {
    ++disk_->readers_;
  }
  ~MemoryMoment() override {
    const std::lock_guard lock{disk_->mutex_};
    disk_->end_reader();
  }
  MemoryMoment(const MemoryMoment&) = delete;
  MemoryMoment& operator=(const MemoryMoment&) = delete;

  tl::expected<std::optional<std::string>, StorageError> get(Family family,
                                                             std::string_view key) const override {
    const std::lock_guard lock{disk_->mutex_};
    return disk_->value_at(family, key, moment_);
  }
  std::unique_ptr<Cursor> scan(Family family, KeyRange range) const override {
    const std::lock_guard lock{disk_->mutex_};
    return std::make_unique<MemoryCursor>(disk_, moment_, family, std::move(range));
  }

 private:
  std::shared_ptr<MemoryDisk> disk_;
  std::uint64_t moment_;
};

const std::optional<std::string>* MemoryDisk::seen(const Entry& entry, std::uint64_t moment) {
  if (entry.newest.moment <= moment) return &entry.newest.value;
  for (auto version = entry.older.rbegin(); version != entry.older.rend(); ++version)
    if (version->moment <= moment) return &version->value;
  return nullptr;
}

std::optional<std::string> MemoryDisk::value_at(Family family, std::string_view key,
                                                std::uint64_t moment) {
  const Entries& all = entries(family);
  const auto place = all.find(key);
  const auto* value = place != all.end() ? seen(place->second, moment) : nullptr;
  return value != nullptr ? *value : std::nullopt;
}

void MemoryDisk::fail_next_write(Outcome outcome) {
  const std::lock_guard lock{mutex_};
  fail_next_ = outcome;
}

void MemoryDisk::on_write(WriteHook hook) {
  const std::lock_guard lock{mutex_};
  hook_ = std::move(hook);
}

bool MemoryDisk::lose_last_batch() {
  const std::lock_guard lock{mutex_};
  const bool is_logged = log_.erase(batches_written_) > 0;
  if (undo_.empty()) return is_logged;
  ++moment_;
  const std::vector<WriteBatch::Put> undo = std::exchange(undo_, {});
  for (auto put = undo.rbegin(); put != undo.rend(); ++put)
    assign(put->family, put->key, put->value);
  undo_.clear();
  return true;
}

void MemoryDisk::forget_acknowledged() {
  const std::lock_guard lock{mutex_};
  acknowledged_.reset();
}

std::uint64_t MemoryDisk::batches_written() const {
  const std::lock_guard lock{mutex_};
  return batches_written_;
}

std::uint64_t MemoryDisk::begin_incarnation() {
  const std::lock_guard lock{mutex_};
  if (undecided_) log(*std::exchange(undecided_, std::nullopt));
  std::vector<std::string> records;
  for (const auto& [number, record] : log_) records.push_back(record);
  const RedoNumber applied = log_.empty() ? batches_written_ : log_.begin()->first - 1;
  auto start = plan_start(
      applied, feed_end(), std::move(records),
      [&](Family family, const std::string& key) { return value_at(family, key, moment_); });
  for (const auto& step : start.steps) apply(step.entries, step.done);
  waiting_ = std::move(start.waiting);
  return ++incarnation_;
}

std::uint64_t MemoryDisk::feed_end() const {
  const Entries& feed = families_[static_cast<std::size_t>(Family::feed)];
  for (auto entry = feed.rbegin(); entry != feed.rend(); ++entry)
    if (entry->second.newest.value) return keys::read_feed_key(entry->first).value_or(0);
  return 0;
}

void MemoryDisk::log(std::string record) {
  undo_.clear();
  log_.emplace(++batches_written_, std::move(record));
}

void MemoryDisk::apply(std::string_view entries, RedoNumber done) {
  ++moment_;
  std::vector<RedoChange> changes;
  const std::string derived = read_redo_changes(entries, changes);
  for (const RedoChange& change : changes)
    assign(change.family, std::string{change.key},
           change.value ? std::optional{std::string{*change.value}} : std::nullopt);
  log_.erase(log_.begin(), log_.upper_bound(done));
}

void MemoryDisk::assign(Family family, const std::string& key, std::optional<std::string> value) {
  Entries& all = entries(family);
  auto place = all.find(key);
  if (place == all.end()) {
    undo_.push_back({family, key, std::nullopt});
    if (!value) return;
    bytes_ += key.size() + value->size();
    all.emplace(key, Entry{{moment_, std::move(value)}, {}});
    return;
  }
  Entry& entry = place->second;
  if (entry.newest.value) bytes_ -= key.size() + entry.newest.value->size();
  if (value) bytes_ += key.size() + value->size();
  if (readers_ == 0) {
    undo_.push_back({family, key, std::move(entry.newest.value)});
    if (value)
      entry.newest = {moment_, std::move(value)};
    else
      all.erase(place);
    return;
  }
  undo_.push_back({family, key, entry.newest.value});
  entry.older.push_back(std::exchange(entry.newest, {moment_, std::move(value)}));
  stale_.emplace_back(family, key);
}

void MemoryDisk::end_reader() {
  if (--readers_ > 0) return;
  for (const auto& [family, key] : std::exchange(stale_, {})) {
    const auto place = entries(family).find(key);
    if (place == entries(family).end()) continue;
    place->second.older.clear();
    if (!place->second.newest.value) entries(family).erase(place);
  }
}

MemoryStore::MemoryStore(std::shared_ptr<MemoryDisk> disk)
    : disk_(std::move(disk)), incarnation_(disk_->begin_incarnation()) {}

tl::expected<void, StorageError> MemoryStore::write(const WriteBatch& batch) {
  std::string record = encode_redo(batch);
  const auto logged = log(record, batch.newest);
  if (!logged) return tl::unexpected(logged.error());
  apply(std::move(record), *logged);
  return {};
}

void MemoryStore::apply(std::string entries, RedoNumber done) {
  const std::lock_guard lock{disk_->mutex_};
  if (disk_->incarnation_ == incarnation_) disk_->apply(entries, done);
}

std::vector<WaitingRecord> MemoryStore::take_waiting() {
  const std::lock_guard lock{disk_->mutex_};
  return std::exchange(disk_->waiting_, {});
}

tl::expected<RedoNumber, StorageError> MemoryStore::log(const std::string& record,
                                                        const std::optional<NewestRecord>& newest) {
  const std::lock_guard lock{disk_->mutex_};
  if (failed_ || disk_->incarnation_ != incarnation_)
    return tl::unexpected(StorageError::unavailable);
  auto fault = std::exchange(disk_->fail_next_, std::nullopt);
  if (!fault && disk_->hook_) fault = disk_->hook_(batch_of(record));
  if (fault) {
    failed_ = true;
    if (*fault == MemoryDisk::Outcome::kept) disk_->undecided_ = record;
    return tl::unexpected(StorageError::unavailable);
  }
  disk_->log(record);
  if (newest) disk_->acknowledged_ = newest;
  return disk_->batches_written_;
}

tl::expected<std::optional<std::string>, StorageError> MemoryStore::get(Family family,
                                                                        std::string_view key,
                                                                        Reach) const {
  const std::lock_guard lock{disk_->mutex_};
  return disk_->value_at(family, key, disk_->moment_);
}

std::unique_ptr<Cursor> MemoryStore::scan(Family family, KeyRange range, Reach) const {
  const std::lock_guard lock{disk_->mutex_};
  return std::make_unique<MemoryCursor>(disk_, disk_->moment_, family, std::move(range));
}

std::unique_ptr<Moment> MemoryStore::moment() const {
  const std::lock_guard lock{disk_->mutex_};
  return std::make_unique<MemoryMoment>(disk_);
}

std::optional<NewestRecord> MemoryStore::acknowledged() const {
  const std::lock_guard lock{disk_->mutex_};
  return disk_->acknowledged_;
}

std::optional<std::string> MemoryStore::failure() const {
  const std::lock_guard lock{disk_->mutex_};
  if (failed_) return "a write failed; its outcome is unknown until the restart";
  if (disk_->incarnation_ != incarnation_) return "another store was opened on this disk";
  return std::nullopt;
}

std::uint64_t MemoryStore::approximate_bytes() const {
  const std::lock_guard lock{disk_->mutex_};
  return disk_->bytes_;
}

}  // namespace usher
