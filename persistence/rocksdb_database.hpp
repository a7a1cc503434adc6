// One open RocksDB with the families' handles and our settings. Only for rocksdb_*.cpp.
#pragma once

#include <rocksdb/db.h>

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

struct RocksdbDatabase {
  RocksdbDatabase() = default;
  ~RocksdbDatabase();
  RocksdbDatabase(const RocksdbDatabase&) = delete;
  RocksdbDatabase& operator=(const RocksdbDatabase&) = delete;

  [[nodiscard]] rocksdb::ColumnFamilyHandle* family(Family family) const {
    return handles[static_cast<std::size_t>(family)];
  }

  rocksdb::Env* env = nullptr;
  rocksdb::FileLock* lock = nullptr;            // of the data directory; null when it is only read
  std::shared_ptr<FirstFailure> first_failure;  // null when it is only read
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
