// Backups: a folder of incremental copies, each with the bound that it fulfils.
#include <rocksdb/env.h>
#include <rocksdb/utilities/backup_engine.h>

#include <algorithm>

#include "persistence/rocksdb_database.hpp"
#include "persistence/rocksdb_store.hpp"

namespace usher {
namespace {

namespace fs = std::filesystem;

tl::expected<std::unique_ptr<rocksdb::BackupEngine>, std::string> open_backups(
    const fs::path& folder) {
  rocksdb::BackupEngineOptions options{folder.string()};
  options.share_table_files = true;  // incremental: a file that is there already isn't copied
  options.backup_log_files = true;   // what is not in a table yet
  options.sync = true;
  rocksdb::BackupEngine* engine = nullptr;
  const auto opened = rocksdb::BackupEngine::Open(rocksdb::Env::Default(), options, &engine);
  std::unique_ptr<rocksdb::BackupEngine> backups{engine};
  if (!opened.ok())
    return tl::unexpected("can't open the backups in " + folder.string() + ": " +
                          opened.ToString());
  return backups;
}

}  // namespace

tl::expected<void, std::string> RocksdbStore::backup(const fs::path& dest,
                                                     unsigned kept_max) const {
  if (!acked_) return tl::unexpected<std::string>("a store that is opened to read has no backup");
  const std::lock_guard lock{backup_mutex_};
  std::error_code failed;
  fs::create_directories(dest, failed);
  if (failed) return tl::unexpected("can't make " + dest.string() + ": " + failed.message());
  auto backups = open_backups(dest);
  if (!backups) return tl::unexpected(backups.error());
  // Taken before the copy starts: the copy has at least this.
  const std::string bound = encode_slot(1, acked_->bound());
  rocksdb::CreateBackupOptions options;
  auto copied = (*backups)->CreateNewBackupWithMetadata(options, database_->db.get(), bound);
  if (copied.ok()) copied = (*backups)->PurgeOldBackups(std::max(kept_max, 1U));
  if (!copied.ok()) return tl::unexpected("the backup failed: " + copied.ToString());
  return {};
}

tl::expected<void, std::string> RocksdbStore::restore(const fs::path& backups_folder,
                                                      const fs::path& data_dir) {
  std::error_code failed;
  if (!fs::exists(backups_folder, failed))
    return tl::unexpected("there are no backups: " + backups_folder.string());
  fs::create_directories(data_dir, failed);
  if (failed || !fs::is_empty(data_dir, failed) || failed)
    return tl::unexpected("the data directory " + data_dir.string() +
                          " must be empty: a restore never overwrites");
  auto backups = open_backups(backups_folder);
  if (!backups) return tl::unexpected(backups.error());
  rocksdb::BackupInfo newest;
  const auto found = (*backups)->GetLatestBackupInfo(&newest);
  if (!found.ok())
    return tl::unexpected("there is no backup in " + backups_folder.string() + ": " +
                          found.ToString());
  const auto bound = decode_slot(newest.app_metadata);
  if (!bound) return tl::unexpected<std::string>("the newest backup doesn't say where it ends");
  const auto intact = (*backups)->VerifyBackup(newest.backup_id, /*verify_with_checksum=*/true);
  if (!intact.ok()) return tl::unexpected("the newest backup is damaged: " + intact.ToString());
  const std::string folder = database_folder(data_dir);
  const auto restored = (*backups)->RestoreDBFromBackup(newest.backup_id, folder, folder);
  if (!restored.ok()) return tl::unexpected("the restore failed: " + restored.ToString());
  // Last: a restore that is cut short has no bound and can't be opened.
  const auto acked =
      AckedFile::create(acked_path(data_dir), bound->second, RocksdbOptions{}.acked_sync_interval);
  if (!acked) return tl::unexpected(acked.error());
  return {};
}

}  // namespace usher
