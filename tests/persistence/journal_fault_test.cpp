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

TEST_CASE("a store that can't be made leaves a directory that can be started again") {
  FailingDisk disk;
  disk.stop();
  const fs::path other = DiskPlace::make_directory();
  disk.state->extension = "";
  disk.state->fault = DiskFault::disk_full;
  CHECK_FALSE(RocksdbStore::open(other, disk.options).has_value());
  disk.state->fault = DiskFault::none;
  {
    const auto store = RocksdbStore::open(other, disk.options);
    REQUIRE_MESSAGE(store.has_value(), store.error());
    CHECK(Journal::open(**store, test_options()).has_value());
  }
  fs::remove_all(other);
}

}  // namespace
}  // namespace usher
