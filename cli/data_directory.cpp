#include "cli/data_directory.hpp"

#include <fstream>

#include "persistence/rocksdb_store.hpp"

namespace usher::cli {
namespace {

namespace fs = std::filesystem;

fs::path mark_of(const fs::path& data) {
  fs::path beside = fs::absolute(data).lexically_normal();
  if (!beside.has_filename()) beside = beside.parent_path();  // "data/"
  beside += ".made";
  return beside;
}

}  // namespace

DataDirectory look_at(const fs::path& data, StoreExpected expected) {
  std::error_code ignored;
  if (RocksdbStore::is_there(data)) return {};
  const auto mark = mark_of(data);
  const bool was_served = fs::exists(mark, ignored);
  if (expected == StoreExpected::no && !was_served) return {};
  if (expected == StoreExpected::if_served_before && !was_served) return {};
  const std::string missing =
      "there is no store in " + data.string() +
      (was_served ? ", but one was served from there before (" + mark.string() + " remembers it)"
                  : ", but one is expected");
  if (expected == StoreExpected::no)
    return {false, missing +
                       ": an empty market starts. If that is not what you want, stop it, and "
                       "mount the disk or restore a backup with `usher restore`"};
  return {true, missing + ". Is the disk mounted? `usher restore` makes the directory of a backup" +
                    (was_served ? "; to start an empty market, delete " + mark.string()
                                : "; to start an empty market, leave out --expect-data")};
}

std::string remember_store(const fs::path& data) {
  const auto mark = mark_of(data);
  std::error_code ignored;
  if (fs::exists(mark, ignored)) return {};
  std::ofstream out{mark};
  out << "Usher served a store from " << fs::absolute(data).string()
      << ". When it is gone, the next start says so; without this file it would "
         "not know.\n";
  out.close();
  if (out) return {};
  return "cannot write " + mark.string() +
         ": if this store is gone at a later start, that start will not know that there was one. "
         "Let the node write there, or start it with --expect-data from now on";
}

}  // namespace usher::cli
