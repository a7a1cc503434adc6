// The store on disk: a write is one synced entry of a redo log, and its changes reach the families
// a little later, many at once (write_behind.hpp); whoever reads first waits until they have.
// A data directory holds
//   db/     RocksDB: one column family per Family
//   acked   the lower bound of what was acknowledged (acked_file.hpp)
//   lock    held while a process uses the directory
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "persistence/acked_file.hpp"
#include "persistence/file_place.hpp"
#include "persistence/store.hpp"

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace usher {

class FirstFailure;
class RedoOverlay;
struct RedoEnd;
class WriteBehind;
struct RocksdbDatabase;

// How long durable changes may wait until they are written to their families, many at once.
struct WriteBehindOptions {
  std::size_t changes_wanted = 16'384;       // as soon as so many wait they are written
  std::size_t changes_max = 65'536;          // at so many the writer waits until they are written
  std::size_t bytes_max = 16 << 20;          // likewise
  std::chrono::milliseconds delay_max{100};  // nothing waits longer
};

struct RocksdbOptions {
  std::size_t block_cache_bytes = 256 << 20;    // data, index and filter blocks together
  std::size_t write_buffer_bytes = 32 << 20;    // of one family, until it is flushed
  std::size_t write_buffers_bytes = 256 << 20;  // of all families together
  std::size_t wal_bytes_max = 128 << 20;        // bounds the time of a start after a crash
  int open_files_max = 1'000;
  int background_jobs_max = 2;
  std::size_t log_file_bytes_max = 8 << 20;  // of RocksDB's own log (db/LOG), of which it keeps
  std::size_t log_files_max = 4;
  std::chrono::milliseconds acked_sync_interval{1'000};
  WriteBehindOptions write_behind;
  // False: a directory that is not there is a mistake in its name, and nothing is made.
  bool create_if_missing = true;
  // Look, but change nothing: no lock, no recovery, no write. Opens also what open() refuses.
  bool read_only = false;
  // The operator's decision, never a default: open although acknowledged records are missing or
  // the bound can't be read, and call what is there the truth.
  bool accept_loss = false;
  rocksdb::Env* env = nullptr;  // null: the real one. Must outlive the store.
};

// One backup of a folder of backups.
struct BackupInfo {
  std::uint32_t number = 0;   // within its folder
  std::int64_t taken_s = 0;   // seconds since 1970
  std::uint64_t bytes = 0;    // of all its files, those shared with other backups included
  std::uint64_t records = 0;  // that it holds at least: what was acknowledged before it began
};
struct BackupMade {
  BackupInfo backup;
  std::vector<std::uint32_t> removed;  // beyond those to keep
  std::vector<BackupInfo> spared;      // likewise, but not removed: they hold more than newer ones
};

class RocksdbStore final : public Store {
 public:
  // Cuts a torn tail. Refuses, and changes nothing, when an acknowledged write is missing.
  static tl::expected<std::unique_ptr<RocksdbStore>, std::string> open(
      const std::filesystem::path& data_dir, const RocksdbOptions& options = {});
  // Cursors and moments may outlive the store; the directory stays locked until the last is gone.
  ~RocksdbStore() override;

  tl::expected<void, StorageError> write(const WriteBatch& batch) override;
  tl::expected<RedoNumber, StorageError> log(const std::string& record,
                                             const std::optional<NewestRecord>& newest) override;
  void apply(std::string entries, RedoNumber done) override;
  std::vector<WaitingRecord> take_waiting() override { return std::exchange(waiting_, {}); }
  tl::expected<std::optional<std::string>, StorageError> get(
      Family family, std::string_view key, Reach reach = Reach::disk) const override;
  std::unique_ptr<Cursor> scan(Family family, KeyRange range,
                               Reach reach = Reach::disk) const override;
  std::unique_ptr<Moment> moment() const override;
  std::optional<NewestRecord> acknowledged() const override;
  std::optional<std::string> failure() const override;
  std::size_t changes_waiting() const override;  // those that are not in their families yet
  std::uint64_t approximate_bytes() const override;
  // Nothing had ever been acknowledged in this directory when it was opened.
  [[nodiscard]] bool is_new() const { return bound_at_start_.writes == 0; }
  // Looks whether the directory that was opened is still there under its name, and stops writing
  // when it is not (failure() says so): what it took would be gone. Every write looks at the
  // cheapest part of it; this is for all of it, now and then. Any thread.
  void check_place() const;
  // Whether a store was made in the directory. Changes nothing.
  [[nodiscard]] static bool is_there(const std::filesystem::path& data_dir);
  // Opened to read only: why it must not be opened for writing; nullopt: all that was promised is
  // there.
  [[nodiscard]] const std::optional<std::string>& loss() const { return loss_; }

  // Adds a backup to the folder `dest`, while writing goes on; files that the last backup has
  // already are not copied again. Of those beyond `kept_max` the oldest are removed, but never one
  // that holds more than every newer one: whoever backs up the wrong or a reset directory again
  // and again must not lose the good backups by it. Any thread.
  [[nodiscard]] tl::expected<BackupMade, std::string> backup(const std::filesystem::path& dest,
                                                             unsigned kept_max = 7) const;
  // Oldest first. Changes nothing.
  [[nodiscard]] static tl::expected<std::vector<BackupInfo>, std::string> backups_in(
      const std::filesystem::path& backups);
  [[nodiscard]] static tl::expected<void, std::string> remove_backup(
      const std::filesystem::path& backups, std::uint32_t number);
  // Makes a data directory of a backup (nullopt: the newest) and says which. `data_dir` must not
  // exist or be empty; it is as before when this fails.
  [[nodiscard]] static tl::expected<BackupInfo, std::string> restore(
      const std::filesystem::path& backups, const std::filesystem::path& data_dir,
      std::optional<std::uint32_t> number = std::nullopt);

 private:
  RocksdbStore();
  tl::expected<void, std::string> open_to_read(const std::filesystem::path& data_dir,
                                               const RocksdbOptions& options);
  tl::expected<void, std::string> open_to_write(const std::filesystem::path& data_dir,
                                                const RocksdbOptions& options);
  tl::expected<void, std::string> pass_damage(RedoEnd end, std::uint64_t last);

  void fail_for_place(const std::string& missing) const;

  std::filesystem::path data_dir_;
  std::vector<FilePlace> places_;  // of what stays the same file; empty when read_only
  std::shared_ptr<FirstFailure> first_failure_;
  std::shared_ptr<RocksdbDatabase> database_;  // shared with its cursors
  std::unique_ptr<AckedFile> acked_;           // null when read_only
  AckedBound bound_at_start_;
  std::optional<std::string> loss_;
  RedoNumber redo_number_ = 0;                  // of the last record
  std::vector<WaitingRecord> waiting_;          // from the start
  std::unique_ptr<WriteBehind> behind_;         // null when read_only
  std::shared_ptr<const RedoOverlay> overlay_;  // of a store that is only read; mostly null
  mutable std::mutex backup_mutex_;             // one backup at a time
};

}  // namespace usher
