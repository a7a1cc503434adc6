#include "cli/data_directory.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>

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

// What may be there before there is a store: what a file system makes, the hidden files of a
// service user's home, the key that an operator has put there, and what a first start that was
// killed has left.
bool may_be_there(const std::string& name) {
  if (name.starts_with('.')) return true;
  constexpr std::array<std::string_view, 4> names = {"lost+found", "jwt_key", "lock", "db"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The first of the files, by name, that no store is made among; empty: there is none.
std::string foreign_file_in(const fs::path& data) {
  std::error_code ignored;
  std::string first;
  for (const auto& entry : fs::directory_iterator{data, ignored}) {
    const auto name = entry.path().filename().string();
    if (!may_be_there(name) && (first.empty() || name < first)) first = name;
  }
  return first;
}

bool is_in(const fs::path& inner, const fs::path& outer) {
  std::error_code ignored;
  const auto relative =
      fs::weakly_canonical(inner, ignored).lexically_relative(fs::weakly_canonical(outer, ignored));
  return !relative.empty() && *relative.begin() != "..";
}

}  // namespace

std::string why_not_there(const fs::path& data, const fs::path& backups) {
  if (is_in(backups, data))
    return "backups lie beside the data, not inside of it: they would be lost with it";
  if (is_in(data, backups)) return "the data must not lie inside the folder of its backups";
  return {};
}

DataDirectory look_at(const fs::path& data, StoreExpected expected) {
  std::error_code ignored;
  if (RocksdbStore::is_there(data)) return {};
  if (const auto foreign = foreign_file_in(data); !foreign.empty())
    return {true, "there is no store in " + data.string() + ", but something else: " + foreign +
                      ". A new store is made in an empty directory, or in one that is missing"};
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
