// Backups: a folder of incremental copies, each with the bound that it fulfils.
#include <rocksdb/env.h>
#include <rocksdb/utilities/backup_engine.h>

#include <algorithm>

#include "persistence/rocksdb_database.hpp"
#include "persistence/rocksdb_store.hpp"
#include "persistence/unfinished_directory.hpp"

namespace usher {
namespace {

namespace fs = std::filesystem;

rocksdb::BackupEngineOptions engine_options(const fs::path& folder) {
  rocksdb::BackupEngineOptions options{folder.string()};
  options.share_table_files = true;  // incremental: a file that is there already isn't copied
  options.backup_log_files = true;   // what is not in a table yet
  options.sync = true;
  return options;
}

std::string unopened(const fs::path& folder, const rocksdb::Status& status) {
  return "can't open the backups in " + folder.string() + ": " + status.ToString();
}

// Makes the folder when it is missing.
tl::expected<std::unique_ptr<rocksdb::BackupEngine>, std::string> open_to_add(
    const fs::path& folder) {
  rocksdb::BackupEngine* engine = nullptr;
  const auto opened =
      rocksdb::BackupEngine::Open(rocksdb::Env::Default(), engine_options(folder), &engine);
  std::unique_ptr<rocksdb::BackupEngine> backups{engine};
  if (!opened.ok()) return tl::unexpected(unopened(folder, opened));
  return backups;
}

tl::expected<void, std::string> check_is_there(const fs::path& folder) {
  std::error_code failed;
  if (!fs::exists(folder, failed) || failed)
    return tl::unexpected("there are no backups: " + folder.string());
  if (!fs::is_directory(folder / "meta", failed) || failed)
    return tl::unexpected("there are no backups in " + folder.string());
  return {};
}

tl::expected<std::unique_ptr<rocksdb::BackupEngineReadOnly>, std::string> open_to_look(
    const fs::path& folder) {
  if (auto there = check_is_there(folder); !there) return tl::unexpected(there.error());
  rocksdb::BackupEngineReadOnly* engine = nullptr;
  const auto opened =
      rocksdb::BackupEngineReadOnly::Open(rocksdb::Env::Default(), engine_options(folder), &engine);
  std::unique_ptr<rocksdb::BackupEngineReadOnly> backups{engine};
  if (!opened.ok()) return tl::unexpected(unopened(folder, opened));
  return backups;
}

// Without a bound: records 0. restore() refuses such a one.
BackupInfo info_of(const rocksdb::BackupInfo& from) {
  BackupInfo info{from.backup_id, from.timestamp, from.size, 0};
  const auto bound = decode_slot(from.app_metadata);
  if (bound && bound->second.newest) info.records = bound->second.newest->seq;
  return info;
}

std::vector<BackupInfo> infos_of(const rocksdb::BackupEngineReadOnlyBase& backups) {
  std::vector<rocksdb::BackupInfo> found;
  backups.GetBackupInfo(&found);
  std::vector<BackupInfo> infos;
  infos.reserve(found.size());
  for (const auto& each : found) infos.push_back(info_of(each));
  std::sort(infos.begin(), infos.end(),
            [](const BackupInfo& a, const BackupInfo& b) { return a.number < b.number; });
  return infos;
}

// Of `backups` (oldest first) those beyond `kept_max`, apart from whichever holds more than every
// newer one.
void choose(const std::vector<BackupInfo>& backups, std::size_t kept_max, BackupMade& made) {
  std::uint64_t most = 0;  // records of any newer one
  for (std::size_t i = backups.size(); i-- > 0;) {
    const bool is_kept = backups.size() - i <= kept_max;
    if (!is_kept && backups[i].records > most)
      made.spared.push_back(backups[i]);
    else if (!is_kept)
      made.removed.push_back(backups[i].number);
    most = std::max(most, backups[i].records);
  }
  std::reverse(made.removed.begin(), made.removed.end());
  std::reverse(made.spared.begin(), made.spared.end());
}

}  // namespace

tl::expected<BackupMade, std::string> RocksdbStore::backup(const fs::path& dest,
                                                           unsigned kept_max) const {
  if (!acked_) return tl::unexpected<std::string>("a store that is opened to read has no backup");
  const std::lock_guard lock{backup_mutex_};
  std::error_code failed;
  fs::create_directories(dest, failed);
  if (failed) return tl::unexpected("can't make " + dest.string() + ": " + failed.message());
  auto backups = open_to_add(dest);
  if (!backups) return tl::unexpected(backups.error());
  // Taken before the copy starts: the copy has at least this.
  const std::string bound = encode_slot(1, acked_->bound());
  rocksdb::CreateBackupOptions options;
  rocksdb::BackupID number = 0;
  const auto copied =
      (*backups)->CreateNewBackupWithMetadata(options, database_->db.get(), bound, &number);
  if (!copied.ok()) return tl::unexpected("the backup failed: " + copied.ToString());

  const auto infos = infos_of(**backups);
  BackupMade made;
  for (const auto& info : infos)
    if (info.number == number) made.backup = info;
  choose(infos, std::max(kept_max, 1U), made);
  for (const auto old : made.removed)
    if (const auto removed = (*backups)->DeleteBackup(old); !removed.ok())
      return tl::unexpected("the backup is made, but backup " + std::to_string(old) +
                            " can't be removed: " + removed.ToString());
  return made;
}

tl::expected<std::vector<BackupInfo>, std::string> RocksdbStore::backups_in(
    const fs::path& folder) {
  const auto backups = open_to_look(folder);
  if (!backups) return tl::unexpected(backups.error());
  return infos_of(**backups);
}

tl::expected<void, std::string> RocksdbStore::remove_backup(const fs::path& folder,
                                                            std::uint32_t number) {
  if (auto there = check_is_there(folder); !there) return there;
  auto backups = open_to_add(folder);
  if (!backups) return tl::unexpected(backups.error());
  const auto removed = (*backups)->DeleteBackup(number);
  if (!removed.ok())
    return tl::unexpected("backup " + std::to_string(number) + " of " + folder.string() +
                          " can't be removed: " + removed.ToString());
  return {};
}

tl::expected<BackupInfo, std::string> RocksdbStore::restore(const fs::path& backups_folder,
                                                            const fs::path& data_dir,
                                                            std::optional<std::uint32_t> number) {
  const auto backups = open_to_look(backups_folder);
  if (!backups) return tl::unexpected(backups.error());
  rocksdb::BackupInfo chosen;
  const auto found = number ? (*backups)->GetBackupInfo(*number, &chosen)
                            : (*backups)->GetLatestBackupInfo(&chosen);
  if (!found.ok())
    return tl::unexpected(
        "there is no backup " + (number ? std::to_string(*number) + " " : std::string{}) + "in " +
        backups_folder.string() + "; `usher backup list` shows those that can be restored");
  const std::string name = "backup " + std::to_string(chosen.backup_id);
  const auto bound = decode_slot(chosen.app_metadata);
  if (!bound) return tl::unexpected(name + " doesn't say where it ends");
  const auto intact = (*backups)->VerifyBackup(chosen.backup_id, /*verify_with_checksum=*/true);
  if (!intact.ok()) return tl::unexpected(name + " is damaged: " + intact.ToString());

  UnfinishedDirectory unfinished{data_dir};
  std::error_code failed;
  fs::create_directories(data_dir, failed);
  if (failed)
    return tl::unexpected("can't make the data directory " + data_dir.string() + ": " +
                          failed.message());
  if (!fs::is_empty(data_dir, failed) || failed)
    return tl::unexpected("the data directory " + data_dir.string() +
                          " must be empty: a restore never overwrites");
  unfinished.remove_unless_completed();
  const std::string folder = database_folder(data_dir);
  const auto restored = (*backups)->RestoreDBFromBackup(chosen.backup_id, folder, folder);
  if (!restored.ok()) return tl::unexpected("the restore failed: " + restored.ToString());
  // Last: a restore that is cut short has no bound and can't be opened.
  const auto acked =
      AckedFile::create(acked_path(data_dir), bound->second, RocksdbOptions{}.acked_sync_interval);
  if (!acked) return tl::unexpected(acked.error());
  unfinished.completed();
  return info_of(chosen);
}

}  // namespace usher
