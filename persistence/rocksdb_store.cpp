#include "persistence/rocksdb_store.hpp"

#include <rocksdb/env.h>
#include <rocksdb/snapshot.h>
#include <rocksdb/transaction_log.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <utility>

#include "persistence/key_layout.hpp"
#include "persistence/redo_overlay.hpp"
#include "persistence/redo_start.hpp"
#include "persistence/rocksdb_database.hpp"
#include "persistence/write_behind.hpp"

namespace usher {
namespace {

namespace fs = std::filesystem;

constexpr int looks_for_log = 3;

// From one of its versions on to its end, as a stream is read.
bool is_of_one_stream(Family family, const KeyRange& range) {
  if (family != Family::streams || range.upper.empty() || range.lower.size() < keys::version_bytes)
    return false;
  return range.upper == keys::behind(std::string{keys::without_version(range.lower)});
}

rocksdb::ReadTier tier(Reach reach) {
  return reach == Reach::memory ? rocksdb::kBlockCacheTier : rocksdb::kReadAllTier;
}

StorageError error_of(const rocksdb::Status& status) {
  if (status.IsIncomplete()) return StorageError::not_in_memory;
  return status.IsCorruption() ? StorageError::corrupt : StorageError::unavailable;
}

std::string name_of(const NewestRecord& record) {
  return "record " + std::to_string(record.seq) + " (shard " + std::to_string(record.shard) +
         ", offset " + std::to_string(record.offset) + ")";
}

std::string advice(const fs::path& data_dir) {
  return ". Nothing was changed in " + data_dir.string() +
         ". Put the damaged files back if you have them, or make a new data directory of a backup "
         "with `usher restore`";
}

// What a start finds in the redo log.
struct RecoveredRedo {
  RedoEnd applied;                    // up to here the families have everything
  RedoEnd end;                        // of the intact entries behind that
  std::vector<std::string> entries;   // these
  std::optional<std::string> damage;  // why there are not more of them
  RedoNumber last = 0;                // of all entries, the damaged ones too
};

RecoveredRedo read_redo(const RocksdbDatabase& database) {
  RecoveredRedo redo;
  const std::unique_ptr<rocksdb::Iterator> entry{database.db->NewIterator({}, database.redo)};
  entry->SeekToLast();
  if (entry->Valid()) redo.last = read_redo_key(entry->key().ToStringView()).value_or(0);
  std::string mark;
  const rocksdb::Status marked = database.db->Get({}, database.redo, redo_key(0), &mark);
  const auto applied = decode_redo_end(mark);
  if (marked.ok() && applied) redo.applied = redo.end = *applied;
  if (!marked.IsNotFound() && !(marked.ok() && applied)) {
    redo.damage = "the mark of the redo log is damaged";
    return redo;
  }
  redo.last = std::max(redo.last, redo.end.number);
  for (entry->Seek(redo_key(redo.end.number + 1)); entry->Valid(); entry->Next()) {
    const auto read = decode_redo(entry->value().ToStringView());
    if (entry->key() != redo_key(redo.end.number + 1) || !read) break;
    ++redo.end.number;
    if (read->newest) redo.end.newest = read->newest;
    redo.entries.push_back(entry->value().ToString());
  }
  if (entry->Valid() || !entry->status().ok())
    redo.damage = "entry " + std::to_string(redo.end.number + 1) +
                  " of the redo log is damaged or missing" +
                  (entry->status().ok() ? "" : ": " + entry->status().ToString());
  return redo;
}

// What of it is to be applied, and what waits. The entries go.
RedoStart start_of(const RocksdbDatabase& database, RecoveredRedo& redo) {
  const std::uint64_t feed_end = redo.applied.newest ? redo.applied.newest->seq : 0;
  return plan_start(redo.applied.number, feed_end, std::move(redo.entries),
                    [&](Family family, const std::string& key) -> std::optional<std::string> {
                      std::string value;
                      const auto read = database.db->Get({}, database.family(family), key, &value);
                      return read.ok() ? std::optional{std::move(value)} : std::nullopt;
                    });
}

AckedBound bound_of(const RedoEnd& end) { return {end.number, end.newest}; }

// RocksDB drops everything behind the first damage in its log and says nothing; the bound tells
// whether anybody had been promised what it dropped.
tl::expected<void, std::string> check_nothing_is_lost(const AckedBound& recovered,
                                                      const AckedBound& bound) {
  const std::string end =
      recovered.newest ? name_of(*recovered.newest) : std::string{"nothing at all"};
  const std::uint64_t seq = recovered.newest ? recovered.newest->seq : 0;
  if (bound.newest && bound.newest->seq > seq)
    return tl::unexpected(
        "acknowledged records are missing: the intact part of the log ends with " + end + ", but " +
        name_of(*bound.newest) + " was acknowledged");
  if (bound.writes > recovered.writes)
    return tl::unexpected("acknowledged writes are missing behind " + end +
                          ": an epoch, a timer or a listing (write " +
                          std::to_string(recovered.writes) + " of " + std::to_string(bound.writes) +
                          ")");
  return {};
}

std::string unusable(const fs::path& data_dir, AckedFileError error) {
  return "the file " + acked_path(data_dir).string() + " is " +
         (error == AckedFileError::missing ? "missing" : "damaged") +
         ": without it nobody can tell whether acknowledged records are missing";
}

class RocksdbCursor final : public Cursor {
 public:
  RocksdbCursor(std::shared_ptr<RocksdbDatabase> database,
                std::shared_ptr<rocksdb::ManagedSnapshot> moment, Family family, KeyRange range,
                Reach reach = Reach::disk)
      : database_(std::move(database)),
        moment_(std::move(moment)),
        range_(std::move(range)),
        lower_(slice(range_.lower)),
        upper_(slice(range_.upper)) {
    rocksdb::ReadOptions options;
    if (moment_) options.snapshot = moment_->snapshot();
    options.read_tier = tier(reach);
    options.iterate_lower_bound = &lower_;
    if (!range_.upper.empty()) options.iterate_upper_bound = &upper_;
    at_.reset(database_->db->NewIterator(options, database_->family(family)));
  }
  // Reads; the view is that of the constructor.
  void start() {
    if (range_.direction == Direction::ascending)
      at_->SeekToFirst();
    else
      at_->SeekToLast();
  }

  bool valid() const override { return at_->Valid(); }
  std::string_view key() const override { return at_->key().ToStringView(); }
  std::string_view value() const override { return at_->value().ToStringView(); }
  void next() override {
    if (range_.direction == Direction::ascending)
      at_->Next();
    else
      at_->Prev();
  }
  std::optional<StorageError> error() const override {
    if (at_->status().ok()) return std::nullopt;
    return error_of(at_->status());
  }

 private:
  std::shared_ptr<RocksdbDatabase> database_;         // destroyed last, after the snapshot
  std::shared_ptr<rocksdb::ManagedSnapshot> moment_;  // shared by several cursors, or null
  KeyRange range_;
  rocksdb::Slice lower_;  // the iterator points at these two
  rocksdb::Slice upper_;
  std::unique_ptr<rocksdb::Iterator> at_;
};

// Goes to the first key of the range, as it is with what the overlay (or null) has.
std::unique_ptr<Cursor> started(std::unique_ptr<RocksdbCursor> cursor,
                                const std::shared_ptr<const RedoOverlay>& overlay, Family family,
                                const KeyRange& range) {
  cursor->start();
  if (!overlay) return cursor;
  return read_through(overlay, family, range, std::move(cursor));
}

tl::expected<std::optional<std::string>, StorageError> read_one(
    const RocksdbDatabase& database, const rocksdb::ReadOptions& options,
    const std::shared_ptr<const RedoOverlay>& overlay, Family family, std::string_view key) {
  const RedoChange* change = overlay ? overlay->find(family, key) : nullptr;
  if (change) return change->value ? std::optional{std::string{*change->value}} : std::nullopt;
  rocksdb::PinnableSlice value;
  const rocksdb::Status read =
      database.db->Get(options, database.family(family), slice(key), &value);
  if (read.IsNotFound()) return std::nullopt;
  if (!read.ok()) return tl::unexpected(error_of(read));
  // RocksDB 7.8 answers so, too, when it would have had to open a table (its pull request 12443).
  if (options.read_tier == rocksdb::kBlockCacheTier && value.empty())
    return tl::unexpected(StorageError::not_in_memory);
  return std::string{value.data(), value.size()};
}

class RocksdbMoment final : public Moment {
 public:
  RocksdbMoment(std::shared_ptr<RocksdbDatabase> database,
                std::shared_ptr<rocksdb::ManagedSnapshot> snapshot,
                std::shared_ptr<const RedoOverlay> overlay)
      : database_(std::move(database)),
        snapshot_(std::move(snapshot)),
        overlay_(std::move(overlay)) {}
  tl::expected<std::optional<std::string>, StorageError> get(Family family,
                                                             std::string_view key) const override {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_->snapshot();
    return read_one(*database_, options, overlay_, family, key);
  }
  std::unique_ptr<Cursor> scan(Family family, KeyRange range) const override {
    auto cursor = std::make_unique<RocksdbCursor>(database_, snapshot_, family, range);
    return started(std::move(cursor), overlay_, family, range);
  }

 private:
  std::shared_ptr<RocksdbDatabase> database_;  // destroyed last, after the snapshot
  std::shared_ptr<rocksdb::ManagedSnapshot> snapshot_;
  std::shared_ptr<const RedoOverlay> overlay_;  // mostly null
};

// Of a range that can't be read.
class NoCursor final : public Cursor {
 public:
  explicit NoCursor(StorageError error) : error_(error) {}
  bool valid() const override { return false; }
  std::string_view key() const override { return {}; }
  std::string_view value() const override { return {}; }
  void next() override {}
  std::optional<StorageError> error() const override { return error_; }

 private:
  StorageError error_;
};

// Is there anything to open? Told in words before RocksDB tells it in its own, and before anything
// is made.
tl::expected<void, std::string> check_is_data_directory(const fs::path& data_dir) {
  std::error_code failed;
  const auto status = fs::status(data_dir, failed);
  if (status.type() == fs::file_type::not_found)
    return tl::unexpected("there is no data directory " + data_dir.string());
  if (failed)
    return tl::unexpected("can't look at the data directory " + data_dir.string() + ": " +
                          failed.message());
  if (status.type() != fs::file_type::directory)
    return tl::unexpected(data_dir.string() + " is no directory");
  const bool has_database = fs::exists(database_folder(data_dir) / "CURRENT", failed);
  if (failed)
    return tl::unexpected("can't look into the data directory " + data_dir.string() + ": " +
                          failed.message());
  if (!has_database && !fs::exists(acked_path(data_dir), failed))
    return tl::unexpected(data_dir.string() +
                          " is no data directory of usher: there is no database in it");
  return {};
}

// Held until the last cursor is gone. Our own lock, because RocksDB takes its lock too late: the
// check before it must already be alone.
tl::expected<rocksdb::FileLock*, std::string> lock_directory(rocksdb::Env& env,
                                                             const fs::path& data_dir) {
  std::error_code failed;
  fs::create_directories(database_folder(data_dir), failed);
  if (failed)
    return tl::unexpected("can't make the data directory " + data_dir.string() + ": " +
                          failed.message());
  rocksdb::FileLock* lock = nullptr;
  const rocksdb::Status locked = env.LockFile(data_dir / "lock", &lock);
  if (!locked.ok())
    return tl::unexpected(
        "the data directory " + data_dir.string() +
        " is in use by another process, or can't be locked: " + locked.ToString());
  return lock;
}

// Decides, without changing anything, whether the directory may be opened for writing, and how.
tl::expected<OpenMode, std::string> check_before_writing(const fs::path& data_dir,
                                                         const RocksdbOptions& options) {
  const fs::path folder = database_folder(data_dir);
  const auto bound = read_acked(acked_path(data_dir));
  if (!fs::exists(folder / "CURRENT")) {
    // New, or the very first start was cut short before anything was acknowledged.
    if (bound ? bound->writes == 0 : fs::is_empty(folder)) return OpenMode::create;
    return tl::unexpected("the database is missing or incomplete: there is no " +
                          (folder / "CURRENT").string() + advice(data_dir));
  }
  if (options.accept_loss) return OpenMode::existing;
  if (!bound) return tl::unexpected(unusable(data_dir, bound.error()) + advice(data_dir));
  // The first start was cut short: there may be no families yet, and nothing was promised.
  if (bound->writes == 0) return OpenMode::create;
  const auto recovered = open_rocksdb(folder, options, OpenMode::read_only, nullptr);
  if (!recovered)
    return tl::unexpected("the database can't be read: " + recovered.error() + advice(data_dir));
  const auto redo = read_redo(**recovered);
  if (redo.damage) return tl::unexpected(*redo.damage + advice(data_dir));
  const auto complete = check_nothing_is_lost(bound_of(redo.end), *bound);
  if (!complete) return tl::unexpected(complete.error() + advice(data_dir));
  return OpenMode::existing;
}

}  // namespace

RocksdbStore::RocksdbStore() : first_failure_(std::make_shared<FirstFailure>()) {}

RocksdbStore::~RocksdbStore() = default;

tl::expected<std::unique_ptr<RocksdbStore>, std::string> RocksdbStore::open(
    const fs::path& data_dir, const RocksdbOptions& options) {
  std::unique_ptr<RocksdbStore> store{new RocksdbStore};
  store->data_dir_ = data_dir;
  const auto opened = options.read_only ? store->open_to_read(data_dir, options)
                                        : store->open_to_write(data_dir, options);
  if (!opened) return tl::unexpected(opened.error());
  return store;
}

tl::expected<void, std::string> RocksdbStore::open_to_read(const fs::path& data_dir,
                                                           const RocksdbOptions& options) {
  if (auto there = check_is_data_directory(data_dir); !there) return there;
  auto database =
      open_rocksdb(database_folder(data_dir), options, OpenMode::read_only, first_failure_);
  if (!database)
    return tl::unexpected("the database in " + data_dir.string() +
                          " can't be read: " + database.error());
  database_ = std::move(*database);
  const auto bound = read_acked(acked_path(data_dir));
  bound_at_start_ = bound.value_or(AckedBound{});
  auto redo = read_redo(*database_);
  const auto complete = check_nothing_is_lost(bound_of(redo.end), bound_at_start_);
  if (!complete) loss_ = complete.error();
  if (redo.damage) loss_ = redo.damage;
  std::vector<std::string> committed;
  for (auto& step : start_of(*database_, redo).steps) committed.push_back(std::move(step.entries));
  if (!committed.empty()) overlay_ = std::make_shared<const RedoOverlay>(std::move(committed));
  if (!bound) loss_ = unusable(data_dir, bound.error());
  first_failure_->set("opened to read only");
  return {};
}

tl::expected<void, std::string> RocksdbStore::open_to_write(const fs::path& data_dir,
                                                            const RocksdbOptions& options) {
  rocksdb::Env& env = options.env != nullptr ? *options.env : *rocksdb::Env::Default();
  if (!options.create_if_missing)
    if (auto there = check_is_data_directory(data_dir); !there) return there;
  const auto lock = lock_directory(env, data_dir);
  if (!lock) return tl::unexpected(lock.error());
  // Unlocks also when we return early.
  const auto locked = std::make_shared<RocksdbDatabase>();
  locked->env = &env;
  locked->lock = *lock;

  const auto mode = check_before_writing(data_dir, options);
  if (!mode) return tl::unexpected(mode.error());
  if (*mode == OpenMode::create && !options.create_if_missing)
    return tl::unexpected("nothing was ever written to " + data_dir.string() +
                          ": its first start was cut short");
  const auto make_acked = [&](const AckedBound& bound) -> tl::expected<void, std::string> {
    auto acked = AckedFile::create(acked_path(data_dir), bound, options.acked_sync_interval);
    if (!acked) return tl::unexpected(acked.error());
    acked_ = std::move(*acked);
    return {};
  };
  // Before the database: a database without the file is one that has lost it.
  if (*mode == OpenMode::create) {
    if (auto made = make_acked({}); !made) return made;
    acked_.reset();
  }
  auto database = open_rocksdb(database_folder(data_dir), options, *mode, first_failure_);
  if (!database)
    return tl::unexpected("can't open the database in " + data_dir.string() + ": " +
                          database.error());
  database_ = std::move(*database);
  database_->lock = std::exchange(locked->lock, nullptr);
  // What was recovered can be read from now on, so from now on it must not get lost either, also
  // if its write had failed. RocksDB has synced it.
  auto redo = read_redo(*database_);
  if (redo.damage && !options.accept_loss) return tl::unexpected(*redo.damage);
  behind_ = std::make_unique<WriteBehind>(*database_, redo.applied, options.write_behind);
  auto start = start_of(*database_, redo);
  for (auto& step : start.steps) behind_->add(std::move(step.entries), step.done);
  waiting_ = std::move(start.waiting);
  if (redo.damage) {
    auto passed = pass_damage(redo.end, redo.last);
    if (!passed) return passed;
    redo.end.number = redo.last;
    waiting_.clear();  // the loss is accepted of these, too: the mark is behind them
    behind_ = std::make_unique<WriteBehind>(*database_, redo.end, options.write_behind);
  }
  redo_number_ = redo.end.number;
  bound_at_start_ = bound_of(redo.end);
  if (auto made = make_acked(bound_at_start_); !made) return made;
  for (const fs::path& each : {acked_path(data_dir), data_dir / "lock", database_folder(data_dir)})
    places_.emplace_back(each);
  return {};
}

bool RocksdbStore::is_there(const fs::path& data_dir) {
  std::error_code ignored;
  return fs::exists(database_folder(data_dir) / "CURRENT", ignored) ||
         fs::exists(acked_path(data_dir), ignored);
}

void RocksdbStore::fail_for_place(const std::string& missing) const {
  first_failure_->set("the data directory " + data_dir_.string() +
                      " was deleted, moved or replaced while it was in use: " + missing +
                      " is not the file that was opened");
}

void RocksdbStore::check_place() const {
  if (places_.empty() || first_failure_->happened()) return;
  for (const FilePlace& place : places_)
    if (!place.is_in_place()) return fail_for_place(place.path());
  // These two are replaced in the course of things: they have to be there, whichever they are.
  const fs::path folder = database_folder(data_dir_);
  std::error_code ignored;
  if (const auto current = folder / "CURRENT"; !fs::exists(current, ignored))
    return fail_for_place(current);
  // A log may be replaced while we look, but hardly each time.
  for (int look = 0; look < looks_for_log; ++look) {
    std::unique_ptr<rocksdb::LogFile> log;
    if (database_->db->GetCurrentWalFile(&log).ok() &&
        fs::exists(folder.string() + log->PathName(), ignored))
      return;
  }
  fail_for_place((folder / "*.log").string());
}

// The operator accepts the loss of the damaged entries: everything before them goes to the tables,
// and the mark behind them, so that they are never looked at again.
tl::expected<void, std::string> RocksdbStore::pass_damage(RedoEnd end, RedoNumber last) {
  behind_.reset();  // writes them
  if (const auto failure = first_failure_->get())
    return tl::unexpected("the damage can't be passed: " + *failure);
  end.number = last;
  rocksdb::WriteOptions synced;
  synced.sync = true;
  rocksdb::Status status = database_->db->Flush({}, database_->handles);
  if (status.ok())
    status = database_->db->Put(synced, database_->redo, redo_key(0), encode_redo_end(end));
  if (!status.ok()) return tl::unexpected("the damage can't be passed: " + status.ToString());
  return {};
}

tl::expected<void, StorageError> RocksdbStore::write(const WriteBatch& batch) {
  std::string record = encode_redo(batch);
  const auto logged = log(record, batch.newest);
  if (!logged) return tl::unexpected(logged.error());
  apply(std::move(record), *logged);
  return {};
}

void RocksdbStore::apply(std::string entries, RedoNumber done) {
  behind_->add(std::move(entries), done);
}

tl::expected<RedoNumber, StorageError> RocksdbStore::log(
    const std::string& record, const std::optional<NewestRecord>& newest) {
  const auto unavailable = tl::unexpected(StorageError::unavailable);
  if (first_failure_->happened()) return unavailable;
  rocksdb::WriteOptions options;
  options.sync = true;
  const rocksdb::Status written =
      database_->db->Put(options, database_->redo, redo_key(redo_number_ + 1), record);
  if (!written.ok()) {
    first_failure_->set(written.ToString());
    return unavailable;
  }
  if (!acked_->is_in_place()) {
    fail_for_place(acked_path(data_dir_));
    return unavailable;
  }
  ++redo_number_;
  AckedBound bound = acked_->bound();
  bound.writes = redo_number_;
  if (newest) bound.newest = newest;
  if (const auto recorded = acked_->record(bound); !recorded) {
    first_failure_->set(recorded.error());
    return unavailable;
  }
  return redo_number_;
}

tl::expected<std::optional<std::string>, StorageError> RocksdbStore::get(Family family,
                                                                         std::string_view key,
                                                                         Reach reach) const {
  auto overlay = overlay_;
  if (behind_ && WriteBehind::is_at_hand(family)) {
    if (auto waiting = behind_->find_waiting_snapshot(key)) return *std::move(waiting);
  } else if (behind_ && reach == Reach::memory) {
    if (behind_->may_change(family, key)) return tl::unexpected(StorageError::not_in_memory);
  } else if (behind_) {
    // One key needs no standstill: it is changed whole.
    overlay = behind_->catch_up_with(family, key).overlay;
  }
  rocksdb::ReadOptions options;
  options.read_tier = tier(reach);
  return read_one(*database_, options, overlay, family, key);
}

std::unique_ptr<Cursor> RocksdbStore::scan(Family family, KeyRange range, Reach reach) const {
  WriteBehind::Standstill still{{}, overlay_};
  if (behind_ && reach == Reach::memory) {
    const bool waits = is_of_one_stream(family, range) ? behind_->may_change(family, range.lower)
                                                       : behind_->anything_waits();
    if (waits) return std::make_unique<NoCursor>(StorageError::not_in_memory);
  } else if (behind_) {
    still = is_of_one_stream(family, range) ? behind_->catch_up_with(family, range.lower)
                                            : behind_->catch_up();
  }
  // An iterator alone is a view of one moment, too; and releasing a snapshot makes RocksDB rewrite
  // tables in the background.
  auto cursor = std::make_unique<RocksdbCursor>(database_, nullptr, family, range, reach);
  if (still.lock) still.lock.unlock();
  return started(std::move(cursor), still.overlay, family, range);
}

std::unique_ptr<Moment> RocksdbStore::moment() const {
  WriteBehind::Standstill still{{}, overlay_};
  if (behind_) still = behind_->catch_up();
  auto snapshot = std::make_shared<rocksdb::ManagedSnapshot>(database_->db.get());
  return std::make_unique<RocksdbMoment>(database_, std::move(snapshot), std::move(still.overlay));
}

std::optional<NewestRecord> RocksdbStore::acknowledged() const {
  return (acked_ ? acked_->bound() : bound_at_start_).newest;
}

std::optional<std::string> RocksdbStore::failure() const { return first_failure_->get(); }

std::size_t RocksdbStore::changes_waiting() const { return behind_ ? behind_->waiting() : 0; }

std::uint64_t RocksdbStore::approximate_bytes() const {
  std::uint64_t bytes = 0;
  for (auto* handle : database_->handles)
    for (const auto& property : {rocksdb::DB::Properties::kTotalSstFilesSize,
                                 rocksdb::DB::Properties::kCurSizeAllMemTables}) {
      std::uint64_t part = 0;
      if (database_->db->GetIntProperty(handle, property, &part)) bytes += part;
    }
  return bytes;
}

}  // namespace usher
