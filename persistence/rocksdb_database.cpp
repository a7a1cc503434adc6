#include "persistence/rocksdb_database.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace usher {
namespace {

constexpr const char* redo_family = "redo";
constexpr std::size_t shard_bytes = 2;     // in front of a key
constexpr std::size_t view_bytes = 1;      // likewise, of a row
constexpr double bloom_bits_per_key = 10;  // one look-up in a hundred reads a block for nothing
// A file in which so many of so many neighbours are deletions is compacted soon: reminders and
// listings are deleted where they are read first, and a scan walks over every deletion.
constexpr std::size_t deletions_window = 1'024;
constexpr std::size_t deletions_max = 512;

// A failed flush or compaction: RocksDB refuses writes from then on, and so do we, until a restart.
struct StopOnBackgroundError final : rocksdb::EventListener {
  explicit StopOnBackgroundError(std::shared_ptr<FirstFailure> failure)
      : first_failure(std::move(failure)) {}
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* status) override {
    first_failure->set(status->ToString());
  }
  std::shared_ptr<FirstFailure> first_failure;
};

// Reading alone must not leave even a log file behind.
struct SilentLogger final : rocksdb::Logger {
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

// RocksDB's own words, in LOG and older files of that name. Losing a line is not a failure:
// RocksDB's logger writes as its journal does, and ends the process by an assertion when it is used
// again after a write that failed, so a full disk would end us in the middle of saying so.
class LossyLogger final : public rocksdb::Logger {
 public:
  LossyLogger(const std::filesystem::path& folder, const RocksdbOptions& options)
      : name_(folder / "LOG"),
        bytes_max_(options.log_file_bytes_max),
        files_max_(std::max<std::size_t>(options.log_files_max, 1)) {
    open();
  }
  ~LossyLogger() override { close(); }
  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    const std::lock_guard lock{mutex_};
    if (file_ == nullptr) return;
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&now, &utc);
    char time[sizeof "2024-01-13T02:24:06Z"];
    std::strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%SZ", &utc);
    std::fprintf(file_, "%s ", time);
    std::vfprintf(file_, format, arguments);
    std::fputc('\n', file_);
    std::fflush(file_);
    if (std::ftell(file_) >= static_cast<long>(bytes_max_)) {
      close();
      open();
    }
  }

 private:
  // What was there before becomes LOG.old.1, that LOG.old.2 and so on; the last one goes.
  void open() {
    std::error_code ignored;
    std::filesystem::create_directories(name_.parent_path(), ignored);
    for (std::size_t age = files_max_ - 1; age > 0; --age)
      std::filesystem::rename(named(age - 1), named(age), ignored);
    file_ = std::fopen(name_.c_str(), "we");
  }
  [[nodiscard]] std::string named(std::size_t age) const {
    return age == 0 ? name_.string() : name_.string() + ".old." + std::to_string(age);
  }
  void close() {
    if (file_ != nullptr) std::fclose(file_);
    file_ = nullptr;
  }

  std::filesystem::path name_;
  std::size_t bytes_max_;
  std::size_t files_max_;
  std::mutex mutex_;
  std::FILE* file_ = nullptr;
};

bool is_looked_up_by_key(Family family) {
  return family != Family::views && family != Family::reminders;
}

rocksdb::DBOptions database_options(const std::filesystem::path& folder,
                                    const RocksdbOptions& options, OpenMode mode,
                                    const std::shared_ptr<FirstFailure>& first_failure) {
  rocksdb::DBOptions db;
  db.avoid_flush_during_shutdown = true;  // ~RocksdbDatabase has decided whether
  db.create_if_missing = db.create_missing_column_families = mode == OpenMode::create;
  db.paranoid_checks = true;
  db.track_and_verify_wals_in_manifest = true;
  db.recycle_log_file_num = 0;  // an old record in a reused file could be taken for a new one
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  db.max_bgerror_resume_count = 0;  // what a failed sync left behind is for the restart to find out
  db.max_total_wal_size = options.wal_bytes_max;
  db.db_write_buffer_size = options.write_buffers_bytes;
  db.max_open_files = options.open_files_max;
  db.max_background_jobs = options.background_jobs_max;
  db.allow_concurrent_memtable_write = false;  // one writer; and the hints below need it
  db.avoid_unnecessary_blocking_io = true;     // no deleting of files on a reader's thread
  // What the families have and what the redo log does not need any more become durable together.
  db.atomic_flush = true;
  if (mode == OpenMode::read_only) {
    db.info_log = std::make_shared<SilentLogger>();
  } else {
    db.info_log = std::make_shared<LossyLogger>(folder, options);
    db.listeners.push_back(std::make_shared<StopOnBackgroundError>(first_failure));
  }
  return db;
}

rocksdb::ColumnFamilyOptions family_options(const RocksdbOptions& options, Family family,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;  // or they would grow without a bound
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.format_version = 5;
  rocksdb::ColumnFamilyOptions column;
  if (is_looked_up_by_key(family)) {
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(bloom_bits_per_key));
    column.memtable_whole_key_filtering = true;
    column.memtable_prefix_bloom_size_ratio = 0.02;
  } else {
    column.table_properties_collector_factories.push_back(
        rocksdb::NewCompactOnDeletionCollectorFactory(deletions_window, deletions_max));
  }
  column.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  // Within a shard, or a view, most keys grow: the search for a key's place starts at the last one.
  column.memtable_insert_with_hint_prefix_extractor.reset(
      rocksdb::NewFixedPrefixTransform(family == Family::views ? view_bytes : shard_bytes));
  column.write_buffer_size = options.write_buffer_bytes;
  column.compression = rocksdb::kLZ4Compression;
  return column;
}

// Its entries are few and large, read only by a start, and mostly gone before they are flushed.
rocksdb::ColumnFamilyOptions redo_options(const RocksdbOptions& options) {
  rocksdb::ColumnFamilyOptions column;
  column.write_buffer_size = options.write_buffers_bytes;  // their sum decides
  column.compression = rocksdb::kLZ4Compression;
  return column;
}

}  // namespace

void RocksdbDatabase::abandon() {
  rocksdb::CancelAllBackgroundWork(db.get(), /*wait=*/true);
  lock_keeper->unlock();
  // Reachable for ever: nothing that has been forgotten.
  struct Abandoned {
    std::unique_ptr<rocksdb::DB> db;
    std::unique_ptr<rocksdb::Env> env;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
  };
  static std::mutex mutex;
  static auto* const all = new std::vector<Abandoned>;
  const std::lock_guard locked{mutex};
  all->push_back({std::move(db), std::move(own_env), std::move(handles)});
}

RocksdbDatabase::~RocksdbDatabase() {
  if (db && first_failure && first_failure->happened()) abandon();
  if (db) {
    // So that the next start has no log to replay, which it would do twice. Everything in the log
    // is synced already: should this fail, the next start is slower, and that is all.
    if (first_failure) (void)db->Flush({}, handles);
    for (auto* handle : handles) (void)db->DestroyColumnFamilyHandle(handle);
    (void)db->Close();
    db.reset();
  }
  if (lock != nullptr) (void)env->UnlockFile(lock);
}

tl::expected<std::shared_ptr<RocksdbDatabase>, std::string> open_rocksdb(
    const std::filesystem::path& folder, const RocksdbOptions& options, OpenMode mode,
    const std::shared_ptr<FirstFailure>& first_failure) {
  const auto cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (std::size_t i = 0; i < family_count; ++i) {
    const auto family = static_cast<Family>(i);
    families.emplace_back(std::string{name_of(family)}, family_options(options, family, cache));
  }
  families.emplace_back(redo_family, redo_options(options));
  families.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions{});

  auto database = std::make_shared<RocksdbDatabase>();
  rocksdb::DBOptions db_options = database_options(folder, options, mode, first_failure);
  database->env = options.env != nullptr ? options.env : rocksdb::Env::Default();
  database->lock_keeper = std::make_shared<LockKeeper>(database->env->GetFileSystem());
  database->own_env = rocksdb::NewCompositeEnv(database->lock_keeper);
  db_options.env = database->own_env.get();
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened =
      mode == OpenMode::read_only
          ? rocksdb::DB::OpenForReadOnly(db_options, folder, families, &database->handles, &db)
          : rocksdb::DB::Open(db_options, folder, families, &database->handles, &db);
  database->db.reset(db);
  if (opened.ok()) database->redo = database->handles[family_count];
  if (mode != OpenMode::read_only) database->first_failure = first_failure;
  if (opened.IsInvalidArgument() &&
      opened.ToString().find("olumn family not found") != std::string::npos)
    return tl::unexpected(opened.ToString() +
                          ": the directory was made by an older version, of another format");
  if (!opened.ok()) return tl::unexpected(opened.ToString());
  return database;
}

}  // namespace usher
