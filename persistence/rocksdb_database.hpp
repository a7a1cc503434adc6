// One open RocksDB with the families' handles and our settings. Only for rocksdb_*.cpp.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/file_system.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/rocksdb_store.hpp"

namespace usher {

inline rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

// Why writing has stopped: the first reason, whoever finds it (a write, or RocksDB's background).
class FirstFailure {
 public:
  void set(std::string reason) {
    const std::lock_guard lock{mutex_};
    if (!reason_) reason_ = std::move(reason);
  }
  [[nodiscard]] std::optional<std::string> get() const {
    const std::lock_guard lock{mutex_};
    return reason_;
  }
  [[nodiscard]] bool happened() const {
    const std::lock_guard lock{mutex_};
    return reason_.has_value();
  }

 private:
  mutable std::mutex mutex_;
  std::optional<std::string> reason_;
};

// Hands everything on, and knows RocksDB's own lock of its folder.
class LockKeeper final : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;
  const char* Name() const override { return "LockKeeper"; }
  rocksdb::IOStatus LockFile(const std::string& name, const rocksdb::IOOptions& options,
                             rocksdb::FileLock** lock, rocksdb::IODebugContext* debug) override {
    const auto locked = FileSystemWrapper::LockFile(name, options, lock, debug);
    if (locked.ok()) lock_ = *lock;
    return locked;
  }
  rocksdb::IOStatus UnlockFile(rocksdb::FileLock* lock, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    lock_ = nullptr;
    return FileSystemWrapper::UnlockFile(lock, options, debug);
  }
  void unlock() {
    if (lock_ != nullptr) (void)UnlockFile(lock_, {}, nullptr);
  }

 private:
  rocksdb::FileLock* lock_ = nullptr;  // by the thread that opens and closes
};

struct RocksdbDatabase {
  RocksdbDatabase() = default;
  ~RocksdbDatabase();
  RocksdbDatabase(const RocksdbDatabase&) = delete;
  RocksdbDatabase& operator=(const RocksdbDatabase&) = delete;

  // Leaves a database that has failed as it is, with its memory, but without threads and locks.
  // RocksDB 7.8 can't be closed then: what it did not get to the end of (no descriptor for a new
  // log, say) it still counts as in use, and an assertion ends the process in the middle of saying
  // why.
  void abandon();

  [[nodiscard]] rocksdb::ColumnFamilyHandle* family(Family family) const {
    return handles[static_cast<std::size_t>(family)];
  }

  rocksdb::Env* env = nullptr;
  rocksdb::FileLock* lock = nullptr;            // of the data directory; null when it is only read
  std::shared_ptr<FirstFailure> first_failure;  // null when it is only read
  std::shared_ptr<LockKeeper> lock_keeper;      // below `own_env`
  std::unique_ptr<rocksdb::Env> own_env;        // what RocksDB uses
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;  // by Family, then redo and RocksDB's default
  rocksdb::ColumnFamilyHandle* redo = nullptr;        // one of them
};

enum class OpenMode { read_only, existing, create };

// Recovers what RocksDB calls a point in time: everything up to the first damage. Whether that is
// enough is for the caller to judge, with a read_only one, before another mode makes it permanent.
[[nodiscard]] tl::expected<std::shared_ptr<RocksdbDatabase>, std::string> open_rocksdb(
    const std::filesystem::path& folder, const RocksdbOptions& options, OpenMode mode,
    const std::shared_ptr<FirstFailure>& first_failure);

inline std::filesystem::path database_folder(const std::filesystem::path& data_dir) {
  return data_dir / "db";
}
inline std::filesystem::path acked_path(const std::filesystem::path& data_dir) {
  return data_dir / "acked";
}

}  // namespace usher
