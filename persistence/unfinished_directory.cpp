#include "persistence/unfinished_directory.hpp"

#include <system_error>

#include "persistence/rocksdb_database.hpp"

namespace usher {

namespace fs = std::filesystem;

UnfinishedDirectory::UnfinishedDirectory(const fs::path& data_dir)
    : made_{database_folder(data_dir), acked_path(data_dir), data_dir / "lock"} {
  std::error_code ignored;
  fs::path folder = fs::absolute(data_dir, ignored).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();  // "data/"
  for (; folder.has_relative_path() && !fs::exists(folder, ignored); folder = folder.parent_path())
    missing_.push_back(folder);
}

UnfinishedDirectory::~UnfinishedDirectory() {
  if (!removes_) return;
  std::error_code ignored;
  for (const auto& each : made_) fs::remove_all(each, ignored);
  for (const auto& folder : missing_) fs::remove(folder, ignored);  // only when it is empty
}

}  // namespace usher
