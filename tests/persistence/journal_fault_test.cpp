// A disk that fails below RocksDB: a failed write is "outcome unknown", never "refused"; nothing is
// written after it; reads go on; the restart decides.
#include <vector>

#include "persistence/verify.hpp"
#include "tests/persistence/faulty_file_system.hpp"
#include "tests/persistence/stores.hpp"

namespace usher {
namespace {

namespace fs = std::filesystem;

constexpr auto unavailable = tl::unexpected(StorageError::unavailable);

// A journal over a disk of its own that can be made to fail.
struct FailingDisk {
  explicit FailingDisk(std::string extension = ".log") {
    state->extension = std::move(extension);
    options.env = env.get();
    start();
  }
  ~FailingDisk() {
    stop();
    fs::remove_all(dir);
  }
  FailingDisk(const FailingDisk&) = delete;
  FailingDisk& operator=(const FailingDisk&) = delete;

  void start() {
    auto opened = RocksdbStore::open(dir, options);
    REQUIRE_MESSAGE(opened.has_value(), opened.error());
    store = std::move(*opened);
    journal = open_journal(*store, test_options());
  }
  void stop() {
    journal.reset();
    store.reset();
  }
  // With a disk that works again.
  void restart() {
    stop();
    state->fault = DiskFault::none;
    start();
  }
  tl::expected<Appended, StorageError> append(StreamVersion version, std::string payload = "x") {
    const Append append =
        to_stream(1, "s", version, {{.type = 1, .schema = 1, .payload = std::move(payload)}});
    return journal->write({&append, 1}).front();
  }

  fs::path dir = DiskPlace::make_directory();
  std::shared_ptr<DiskState> state = std::make_shared<DiskState>();
  std::unique_ptr<rocksdb::Env> env =
      rocksdb::NewCompositeEnv(std::make_shared<FaultyFileSystem>(state));
  RocksdbOptions options;
  std::unique_ptr<RocksdbStore> store;
  std::unique_ptr<Journal> journal;
};

TEST_CASE("a failed write ends writing; reads go on; the restart shows whether it is there") {
  for (const DiskFault fault : {DiskFault::sync_fails, DiskFault::append_fails,
                                DiskFault::append_tears, DiskFault::disk_full}) {
    CAPTURE(static_cast<int>(fault));
    FailingDisk disk;
    for (StreamVersion version = 0; version < 10; ++version)
      REQUIRE(disk.append(version).has_value());
    CHECK_FALSE(disk.store->failure().has_value());

    disk.state->fault = fault;
    CHECK(disk.append(10) == unavailable);
    REQUIRE(disk.store->failure().has_value());
    CHECK(disk.store->failure()->find("injected") != std::string::npos);
    disk.state->fault = DiskFault::none;  // also when the disk seems to work again
    CHECK(disk.append(10) == unavailable);
    CHECK(disk.append(11) == unavailable);
    CHECK(disk.journal->begin_epoch(0) == unavailable);
    CHECK(disk.journal->feed_end() == 10);
    CHECK(disk.journal->read_stream(1, "s", 0, 100)->size() == 10);

    disk.restart();
    const FeedSeq end = disk.journal->feed_end();
    CHECK((end == 10 || end == 11));
    // After a failed sync it is there: whoever had said "refused" would have lied.
    if (fault == DiskFault::sync_fails) CHECK(end == 11);
    if (fault == DiskFault::append_tears) CHECK(end == 10);
    CHECK(verify(*disk.store).is_clean());
    CHECK(disk.append(end).has_value());
    disk.restart();
    CHECK(disk.journal->feed_end() == end + 1);
    CHECK(verify(*disk.store).is_clean());
  }
}

TEST_CASE("a record that a restart has shown can't be lost afterwards") {
  FailingDisk disk;
  REQUIRE(disk.append(0).has_value());
  disk.state->fault = DiskFault::sync_fails;
  CHECK(disk.append(1) == unavailable);
  disk.restart();
  REQUIRE(disk.journal->feed_end() == 2);
  REQUIRE(disk.store->acknowledged().has_value());
  CHECK(*disk.store->acknowledged() == NewestRecord{2, 1, 1});
}

TEST_CASE("a table that can't be written ends writing and loses nothing") {
  FailingDisk disk{".sst"};
  disk.stop();
  disk.options.write_buffer_bytes = 64 << 10;
  disk.start();
  disk.state->fault = DiskFault::disk_full;
  StreamVersion acknowledged = 0;
  // RocksDB stops writing when too many buffers wait to be flushed, at the latest.
  for (; acknowledged < 10'000; ++acknowledged)
    if (!disk.append(acknowledged, std::string(10'000, 'p'))) break;
  CHECK(acknowledged > 0);
  REQUIRE(acknowledged < 10'000);
  CHECK(disk.append(acknowledged) == unavailable);
  CHECK(disk.store->failure().has_value());
  CHECK(disk.journal->read_stream(1, "s", acknowledged - 1, 10)->size() == 1);

  disk.restart();
  const FeedSeq end = disk.journal->feed_end();
  CHECK((end == acknowledged || end == acknowledged + 1));
  CHECK(verify(*disk.store).is_clean());
  CHECK(disk.append(end).has_value());
}

// A node went on for 22,094 more answers of 201, into files that had no name any more.
TEST_CASE("a data directory that goes away ends writing, whatever is left of it") {
  const auto remove_all = [](const fs::path& dir) { fs::remove_all(dir); };
  const auto move_away = [](const fs::path& dir) { fs::rename(dir, dir.string() + ".away"); };
  const auto replace = [](const fs::path& dir) {
    fs::copy(dir, dir.string() + ".copy", fs::copy_options::recursive);
    fs::rename(dir, dir.string() + ".away");
    fs::rename(dir.string() + ".copy", dir);
  };
  const auto remove = [](const char* part) {
    return [part](const fs::path& dir) { fs::remove_all(dir / part); };
  };
  const auto remove_logs = [](const fs::path& dir) {
    for (const auto& file : fs::directory_iterator(dir / "db"))
      if (file.path().extension() == ".log") fs::remove(file.path());
  };
  const std::vector<std::function<void(const fs::path&)>> ways{
      remove_all,           move_away,      replace,    remove("db"), remove("acked"),
      remove("db/CURRENT"), remove("lock"), remove_logs};
  for (std::size_t way = 0; way < ways.size(); ++way) {
    CAPTURE(way);
    FailingDisk disk;
    REQUIRE(disk.append(0).has_value());
    disk.store->check_place();
    REQUIRE_FALSE(disk.store->failure().has_value());
    ways[way](disk.dir);
    disk.store->check_place();
    CHECK(disk.store->failure().value_or("").find("was deleted, moved or replaced") !=
          std::string::npos);
    CHECK(disk.append(1) == unavailable);
    CHECK(disk.journal->read_stream(1, "s", 0, 100)->size() == 1);  // reads go on
    fs::remove_all(disk.dir.string() + ".away");
  }
}

TEST_CASE("what is written after the directory has gone is never acknowledged, looked at or not") {
  FailingDisk disk;
  REQUIRE(disk.append(0).has_value());
  fs::remove_all(disk.dir);
  CHECK(disk.append(1) == unavailable);
  CHECK(disk.append(1) == unavailable);
  CHECK(disk.store->failure().has_value());
}

TEST_CASE("the place is found in order while tables and logs come and go") {
  FailingDisk disk;
  disk.stop();
  disk.options.write_buffer_bytes = disk.options.wal_bytes_max = 64 << 10;
  disk.start();
  for (StreamVersion version = 0; version < 300; ++version) {
    REQUIRE(disk.append(version, std::string(10'000, 'p')).has_value());
    disk.store->check_place();
  }
  CHECK_FALSE(disk.store->failure().has_value());
}

// What RocksDB does beside appending: a process without a free descriptor, a directory that lost
// its permission. A node died of it by SIGABRT, in the middle of a write.
TEST_CASE("a file that can't be made, opened or deleted is a failure like any other") {
  struct Case {
    DiskFault fault;
    std::string extension;
    bool ends_writing;  // false: what is left undone can wait
  };
  const Case cases[] = {
      {DiskFault::create_fails, ".log", true}, {DiskFault::create_fails, ".sst", true},
      {DiskFault::create_fails, "", true},     {DiskFault::open_fails, ".sst", true},
      {DiskFault::open_fails, "", true},       {DiskFault::delete_fails, "", false},
  };
  for (const Case& each : cases) {
    CAPTURE(static_cast<int>(each.fault));
    CAPTURE(each.extension);
    FailingDisk disk{each.extension};
    disk.stop();
    // So small that logs and tables are made all the time.
    disk.options.write_buffer_bytes = disk.options.wal_bytes_max = 64 << 10;
    disk.options.write_behind.changes_wanted = 16;
    disk.start();
    StreamVersion acknowledged = 0;
    const auto append_until = [&](const auto& enough) {
      for (; !enough(); ++acknowledged)
        if (!disk.append(acknowledged, std::string(10'000, 'p'))) return false;
      return true;
    };
    REQUIRE(append_until([&] { return acknowledged == 50; }));

    disk.state->fault = each.fault;
    constexpr StreamVersion most = 10'000;
    const bool happened =
        append_until([&] { return disk.state->name_faults > 0 || acknowledged == most; });
    const StreamVersion end_of_test = acknowledged + 100;
    const bool goes_on = happened && append_until([&] { return acknowledged == end_of_test; });
    CHECK(disk.state->name_faults > 0);
    CHECK(goes_on != each.ends_writing);
    CHECK(disk.store->failure().has_value() == each.ends_writing);
    if (each.ends_writing) {
      CHECK(disk.store->failure().value_or("").find("injected") != std::string::npos);
      CHECK(disk.append(acknowledged) == unavailable);
    }

    disk.restart();
    const FeedSeq end = disk.journal->feed_end();
    CHECK((end == acknowledged || end == acknowledged + 1));
    CHECK(verify(*disk.store).is_clean());
    CHECK(disk.append(end).has_value());
  }
}

TEST_CASE("a start that can't make, open or rename a file is refused and loses nothing") {
  FailingDisk disk{""};
  for (StreamVersion version = 0; version < 10; ++version)
    REQUIRE(disk.append(version).has_value());
  for (const DiskFault fault :
       {DiskFault::create_fails, DiskFault::open_fails, DiskFault::rename_fails}) {
    CAPTURE(static_cast<int>(fault));
    disk.stop();
    disk.state->fault = fault;
    const auto opened = RocksdbStore::open(disk.dir, disk.options);
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().find("injected") != std::string::npos);
    disk.restart();
    CHECK(disk.journal->feed_end() == 10);
    CHECK(verify(*disk.store).is_clean());
  }
}

TEST_CASE("a store that can't be made leaves a directory that can be started again") {
  FailingDisk disk;
  disk.stop();
  const fs::path other = DiskPlace::make_directory();
  disk.state->extension = "";
  for (const DiskFault fault : {DiskFault::disk_full, DiskFault::create_fails,
                                DiskFault::open_fails, DiskFault::rename_fails}) {
    CAPTURE(static_cast<int>(fault));
    disk.state->fault = fault;
    CHECK_FALSE(RocksdbStore::open(other, disk.options).has_value());
    disk.state->fault = DiskFault::none;
    {
      const auto store = RocksdbStore::open(other, disk.options);
      REQUIRE_MESSAGE(store.has_value(), store.error());
      CHECK(Journal::open(**store, test_options()).has_value());
    }
    fs::remove_all(other);
    fs::create_directory(other);
  }
  fs::remove_all(other);
}

}  // namespace
}  // namespace usher
