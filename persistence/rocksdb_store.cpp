#include "persistence/rocksdb_store.hpp"

#include <rocksdb/env.h>
#include <rocksdb/snapshot.h>
#include <rocksdb/write_batch.h>

#include <utility>

#include "persistence/key_layout.hpp"
#include "persistence/rocksdb_database.hpp"

namespace usher {
namespace {

namespace fs = std::filesystem;

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

StorageError error_of(const rocksdb::Status& status) {
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

// Where the recovered feed ends.
tl::expected<std::optional<NewestRecord>, std::string> newest_in(const RocksdbDatabase& database) {
  const std::unique_ptr<rocksdb::Iterator> feed{
      database.db->NewIterator({}, database.family(Family::feed))};
  feed->SeekToLast();
  if (!feed->status().ok()) return tl::unexpected(feed->status().ToString());
  if (!feed->Valid()) return std::nullopt;
  const auto seq = keys::read_feed_key(feed->key().ToStringView());
  const auto place = keys::read_feed_value(feed->value().ToStringView());
  if (!seq || !place) return tl::unexpected<std::string>("the feed's last entry is damaged");
  return NewestRecord{*seq, place->shard, place->offset};
}

tl::expected<AckedBound, std::string> end_of(const RocksdbDatabase& database) {
  const auto newest = newest_in(database);
  if (!newest) return tl::unexpected(newest.error());
  return AckedBound{database.db->GetLatestSequenceNumber(), *newest};
}

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
                std::shared_ptr<rocksdb::ManagedSnapshot> moment, Family family, KeyRange range)
      : database_(std::move(database)),
        moment_(std::move(moment)),
        range_(std::move(range)),
        lower_(slice(range_.lower)),
        upper_(slice(range_.upper)) {
    rocksdb::ReadOptions options;
    if (moment_) options.snapshot = moment_->snapshot();
    options.iterate_lower_bound = &lower_;
    if (!range_.upper.empty()) options.iterate_upper_bound = &upper_;
    at_.reset(database_->db->NewIterator(options, database_->family(family)));
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
  const auto end = end_of(**recovered);
  if (!end) return tl::unexpected("the feed can't be read: " + end.error() + advice(data_dir));
  const auto complete = check_nothing_is_lost(*end, *bound);
  if (!complete) return tl::unexpected(complete.error() + advice(data_dir));
  return OpenMode::existing;
}

}  // namespace

RocksdbStore::RocksdbStore()
    : first_failure_(std::make_shared<FirstFailure>()),
      batch_(std::make_unique<rocksdb::WriteBatch>()) {}

RocksdbStore::~RocksdbStore() = default;

tl::expected<std::unique_ptr<RocksdbStore>, std::string> RocksdbStore::open(
    const fs::path& data_dir, const RocksdbOptions& options) {
  std::unique_ptr<RocksdbStore> store{new RocksdbStore};
  const auto opened = options.read_only ? store->open_to_read(data_dir, options)
                                        : store->open_to_write(data_dir, options);
  if (!opened) return tl::unexpected(opened.error());
  return store;
}

tl::expected<void, std::string> RocksdbStore::open_to_read(const fs::path& data_dir,
                                                           const RocksdbOptions& options) {
  auto database =
      open_rocksdb(database_folder(data_dir), options, OpenMode::read_only, first_failure_);
  if (!database) return tl::unexpected(database.error());
  database_ = std::move(*database);
  const auto bound = read_acked(acked_path(data_dir));
  bound_at_start_ = bound.value_or(AckedBound{});
  const auto end = end_of(*database_);
  const auto complete =
      end ? check_nothing_is_lost(*end, bound_at_start_) : tl::unexpected(end.error());
  if (!complete) loss_ = complete.error();
  if (!bound) loss_ = unusable(data_dir, bound.error());
  first_failure_->set("opened to read only");
  return {};
}

tl::expected<void, std::string> RocksdbStore::open_to_write(const fs::path& data_dir,
                                                            const RocksdbOptions& options) {
  rocksdb::Env& env = options.env != nullptr ? *options.env : *rocksdb::Env::Default();
  const auto lock = lock_directory(env, data_dir);
  if (!lock) return tl::unexpected(lock.error());
  // Unlocks also when we return early.
  const auto locked = std::make_shared<RocksdbDatabase>();
  locked->env = &env;
  locked->lock = *lock;

  const auto mode = check_before_writing(data_dir, options);
  if (!mode) return tl::unexpected(mode.error());
  const auto make_acked = [&](const AckedBound& bound) -> tl::expected<void, std::string> {
    auto acked = AckedFile::create(acked_path(data_dir), bound, options.acked_sync_interval);
    if (!acked) return tl::unexpected(acked.error());
    acked_ = std::move(*acked);
    return {};
  };
  // Before the database: a database without the file is one that has lost it.
  if (*mode == OpenMode::create) {
    if (const auto made = make_acked({}); !made) return made;
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
  const auto end = end_of(*database_);
  if (!end) return tl::unexpected("the feed can't be read: " + end.error());
  bound_at_start_ = *end;
  return make_acked(*end);
}

tl::expected<void, StorageError> RocksdbStore::write(const WriteBatch& batch) {
  const auto unavailable = tl::unexpected(StorageError::unavailable);
  if (first_failure_->happened()) return unavailable;
  batch_->Clear();
  for (const WriteBatch::Put& put : batch.puts) {
    auto* family = database_->family(put.family);
    const rocksdb::Status added =
        put.value ? batch_->Put(family, put.key, *put.value) : batch_->Delete(family, put.key);
    if (!added.ok()) {
      first_failure_->set(added.ToString());
      return unavailable;
    }
  }
  rocksdb::WriteOptions options;
  options.sync = true;
  const rocksdb::Status written = database_->db->Write(options, batch_.get());
  if (!written.ok()) {
    first_failure_->set(written.ToString());
    return unavailable;
  }
  AckedBound bound = acked_->bound();
  bound.writes = database_->db->GetLatestSequenceNumber();
  if (batch.newest) bound.newest = batch.newest;
  if (const auto recorded = acked_->record(bound); !recorded) {
    first_failure_->set(recorded.error());
    return unavailable;
  }
  return {};
}

tl::expected<std::optional<std::string>, StorageError> RocksdbStore::get(
    Family family, std::string_view key) const {
  rocksdb::PinnableSlice value;
  const rocksdb::Status read =
      database_->db->Get({}, database_->family(family), slice(key), &value);
  if (read.IsNotFound()) return std::nullopt;
  if (!read.ok()) return tl::unexpected(error_of(read));
  return std::string{value.data(), value.size()};
}

std::unique_ptr<Cursor> RocksdbStore::scan(Family family, KeyRange range) const {
  // An iterator alone is a view of one moment, too; and releasing a snapshot makes RocksDB rewrite
  // tables in the background.
  return std::make_unique<RocksdbCursor>(database_, nullptr, family, std::move(range));
}

std::vector<std::unique_ptr<Cursor>> RocksdbStore::scan_all(Family family,
                                                            std::vector<KeyRange> ranges) const {
  const auto moment = std::make_shared<rocksdb::ManagedSnapshot>(database_->db.get());
  std::vector<std::unique_ptr<Cursor>> cursors;
  cursors.reserve(ranges.size());
  for (KeyRange& range : ranges)
    cursors.push_back(std::make_unique<RocksdbCursor>(database_, moment, family, std::move(range)));
  return cursors;
}

std::optional<NewestRecord> RocksdbStore::acknowledged() const {
  return (acked_ ? acked_->bound() : bound_at_start_).newest;
}

std::optional<std::string> RocksdbStore::failure() const { return first_failure_->get(); }

std::uint64_t RocksdbStore::approximate_bytes() const {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < family_count; ++i)
    for (const auto& property : {rocksdb::DB::Properties::kTotalSstFilesSize,
                                 rocksdb::DB::Properties::kCurSizeAllMemTables}) {
      std::uint64_t part = 0;
      if (database_->db->GetIntProperty(database_->handles[i], property, &part)) bytes += part;
    }
  return bytes;
}

}  // namespace usher
