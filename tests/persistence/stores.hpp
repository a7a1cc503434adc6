// Stores for tests, and short ways to say what is appended.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "persistence/journal.hpp"
#include "persistence/memory_store.hpp"
#include "persistence/rocksdb_store.hpp"

namespace usher {

// A place that outlives the stores that are opened on it, as a disk outlives a process.
class MemoryPlace {
 public:
  Store& store() { return *store_; }
  // As after kill -9: nothing is closed in order.
  void restart() { store_ = std::make_unique<MemoryStore>(disk); }

  std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();

 private:
  std::unique_ptr<Store> store_ = std::make_unique<MemoryStore>(disk);
};

// A data directory of its own, removed at the end.
class DiskPlace {
 public:
  DiskPlace() { open(); }
  ~DiskPlace() {
    store_.reset();
    std::filesystem::remove_all(dir);
  }
  DiskPlace(const DiskPlace&) = delete;
  DiskPlace& operator=(const DiskPlace&) = delete;

  Store& store() { return *store_; }
  RocksdbStore& rocksdb() { return *store_; }
  void restart() {
    close();
    open();
  }
  void close() { store_.reset(); }
  void open() {
    auto opened = RocksdbStore::open(dir, options);
    REQUIRE_MESSAGE(opened.has_value(), opened.error());
    store_ = std::move(*opened);
  }

  const std::filesystem::path dir = make_directory();
  RocksdbOptions options;

  static std::filesystem::path make_directory() {
    std::string name = std::filesystem::temp_directory_path() / "usher-test-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    return name;
  }

 private:
  std::unique_ptr<RocksdbStore> store_;
};

inline constexpr CommitStamp test_start = 1'700'000'000'000'000;

inline JournalOptions test_options(ShardNumber shards = 4) {
  JournalOptions options;
  options.shard_count = shards;
  options.version_cache_entries = 100;
  options.clock_us = [] { return test_start; };
  return options;
}

inline std::unique_ptr<Journal> open_journal(Store& store, JournalOptions options) {
  auto journal = Journal::open(store, std::move(options));
  REQUIRE_MESSAGE(journal.has_value(), journal.error());
  return std::move(*journal);
}

// A journal on a place of its own.
template <class Place>
struct JournalOn {
  explicit JournalOn(JournalOptions journal_options = test_options())
      : options(std::move(journal_options)), journal(open_journal(place.store(), options)) {}
  void restart() {
    journal.reset();
    place.restart();
    journal = open_journal(place.store(), options);
  }
  Journal* operator->() { return journal.get(); }
  Journal& operator*() { return *journal; }
  tl::expected<Appended, StorageError> write(const Append& append) {
    return journal->write({&append, 1}).front();
  }

  JournalOptions options;
  Place place;
  std::unique_ptr<Journal> journal;
};

inline std::vector<NewRecord> records(std::initializer_list<const char*> payloads) {
  std::vector<NewRecord> all;
  for (const char* payload : payloads) all.push_back({.type = 7, .schema = 2, .payload = payload});
  return all;
}

inline Append to_stream(ShardNumber shard, std::string stream, StreamVersion expected,
                        std::vector<NewRecord> new_records) {
  Append append;
  append.shard = shard;
  append.streams.push_back({std::move(stream), expected, std::move(new_records)});
  return append;
}

inline std::vector<std::string> payloads(const std::vector<Record>& records) {
  std::vector<std::string> all;
  for (const Record& record : records) all.push_back(record.payload);
  return all;
}

using Texts = std::vector<std::string>;

}  // namespace usher
