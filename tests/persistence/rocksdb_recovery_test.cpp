// What a start makes of a damaged data directory: a torn tail is cut, a lost promise is refused,
// and evidence is never destroyed.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include "persistence/verify.hpp"
#include "tests/persistence/stores.hpp"

namespace usher {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

void write_file(const fs::path& path, const std::string& bytes) {
  std::ofstream{path, std::ios::binary | std::ios::trunc} << bytes;
}

fs::path largest(const fs::path& dir, std::string_view extension) {
  fs::path found;
  for (const auto& entry : fs::directory_iterator{dir / "db"})
    if (entry.path().extension() == extension &&
        (found.empty() || entry.file_size() > fs::file_size(found)))
      found = entry.path();
  REQUIRE_FALSE(found.empty());
  return found;
}

void flip(const fs::path& path, std::size_t at, std::size_t count = 2) {
  std::string bytes = read_file(path);
  REQUIRE(at + count <= bytes.size());
  for (std::size_t i = at; i < at + count; ++i) bytes[i] = static_cast<char>(~bytes[i]);
  write_file(path, bytes);
}

// All files and what is in them.
std::map<std::string, std::string> contents(const fs::path& dir) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator{dir})
    if (entry.is_regular_file()) files[entry.path()] = read_file(entry.path());
  return files;
}

// The data directory as a kill -9 leaves it, while the journal that wrote it is still open.
struct CrashImage {
  explicit CrashImage(const fs::path& running) {
    fs::copy(running, dir, fs::copy_options::recursive);
    fs::create_directories(dir);
  }
  ~CrashImage() { fs::remove_all(dir); }
  CrashImage(const CrashImage&) = delete;
  CrashImage& operator=(const CrashImage&) = delete;

  tl::expected<std::unique_ptr<RocksdbStore>, std::string> open(RocksdbOptions options = {}) {
    return RocksdbStore::open(dir, options);
  }
  // How many records there are after a start.
  FeedSeq records() {
    auto store = open();
    REQUIRE_MESSAGE(store.has_value(), store.error());
    const auto report = verify(**store);
    for (const Finding& finding : report.findings) FAIL_CHECK(text_of(finding));
    return open_journal(**store, test_options())->feed_end();
  }
  std::string refusal(RocksdbOptions options = {}) {
    auto store = open(options);
    REQUIRE_FALSE(store.has_value());
    return store.error();
  }
  fs::path log() const { return largest(dir, ".log"); }

  fs::path dir = DiskPlace::make_directory();
};

// A journal with ten acknowledged records; then one more, `last`, whose acknowledgement the crash
// cut off when the image gets the file of before.
struct Shop {
  Shop() {
    for (StreamVersion version = 0; version < 10; ++version)
      REQUIRE(journal.write(to_stream(2, "s", version, records({"acknowledged"}))).has_value());
    acked_before_last = read_file(journal.place.dir / "acked");
    REQUIRE(journal.write(to_stream(2, "s", 10, records({"last"}))).has_value());
  }
  JournalOn<DiskPlace> journal;
  std::string acked_before_last;
};

bool mentions(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("after kill -9 everything acknowledged is there") {
  Shop shop;
  CrashImage image{shop.journal.place.dir};
  CHECK(image.records() == 11);
  CHECK(image.records() == 11);  // and after a clean stop
}

TEST_CASE("a clean stop leaves no log to replay, and a crash does") {
  const auto log_bytes = [](const fs::path& dir) {
    std::uintmax_t bytes = 0;
    for (const auto& entry : fs::directory_iterator{dir / "db"})
      if (entry.path().extension() == ".log") bytes += entry.file_size();
    return bytes;
  };
  Shop shop;
  const CrashImage crashed{shop.journal.place.dir};
  CHECK(log_bytes(crashed.dir) > 0);
  shop.journal.journal.reset();
  shop.journal.place.close();
  CHECK(log_bytes(shop.journal.place.dir) == 0);
}

TEST_CASE("a tail that was never acknowledged is cut when torn, and kept when whole") {
  Shop shop;
  const auto with_tail = [&](auto damage) {
    CrashImage image{shop.journal.place.dir};
    write_file(image.dir / "acked", shop.acked_before_last);
    std::string log = read_file(image.log());
    damage(log);
    write_file(image.log(), log);
    const FeedSeq records = image.records();
    CHECK(image.records() == records);
    return records;
  };
  CHECK(with_tail([](std::string&) {}) == 11);
  CHECK(with_tail([](std::string& log) { log.resize(log.size() - 3); }) == 10);
  CHECK(with_tail([](std::string& log) {
          log.resize(log.size() - 3);
          log.append(10'000, '\0');
        }) == 10);
  CHECK(with_tail([](std::string& log) { log.append(10'000, '\0'); }) == 11);
  CHECK(with_tail([](std::string& log) { log[log.size() - 5] ^= 1; }) == 10);
}

TEST_CASE("a start refuses when the acknowledged tail is torn") {
  Shop shop;
  CrashImage image{shop.journal.place.dir};
  fs::resize_file(image.log(), fs::file_size(image.log()) - 3);
  const std::string refusal = image.refusal();
  CHECK(mentions(refusal, "record 10 (shard 2, offset 9)"));
  CHECK(mentions(refusal, "record 11 (shard 2, offset 10)"));
  CHECK(mentions(refusal, "usher restore"));
}

TEST_CASE("damage in the middle of the log is refused and nothing is destroyed") {
  Shop shop;
  CrashImage image{shop.journal.place.dir};
  const std::string intact = read_file(image.log());
  const fs::path log = image.log();
  flip(log, intact.size() / 2);
  image.refusal();  // makes the lock file, if nothing else
  const auto before = contents(image.dir);
  for (int start = 0; start < 2; ++start) {
    const std::string refusal = image.refusal();
    CHECK(mentions(refusal, "(shard 2, offset 10)"));
    CHECK(mentions(refusal, "usher restore"));
  }
  CHECK(contents(image.dir) == before);
  write_file(log, intact);
  CHECK(image.records() == 11);
}

TEST_CASE("the operator may accept a loss; then what is there is the truth") {
  Shop shop;
  CrashImage image{shop.journal.place.dir};
  flip(image.log(), fs::file_size(image.log()) / 2);
  image.refusal();
  RocksdbOptions options;
  options.accept_loss = true;
  CHECK(image.open(options).has_value());
  CHECK(image.records() < 11);
}

TEST_CASE("a lost log file is refused") {
  Shop shop;
  CrashImage image{shop.journal.place.dir};
  fs::remove(image.log());
  CHECK(mentions(image.refusal(), "usher restore"));
}

TEST_CASE("an epoch that was begun is not forgotten either") {
  JournalOn<DiskPlace> journal;
  REQUIRE(journal.write(to_stream(1, "s", 0, records({"a"}))).has_value());
  REQUIRE(journal->begin_epoch(1) == 1);
  CrashImage image{journal.place.dir};
  fs::resize_file(image.log(), fs::file_size(image.log()) - 3);
  const std::string refusal = image.refusal();
  CHECK(mentions(refusal, "an epoch"));
  CHECK(mentions(refusal, "record 1 (shard 1, offset 0)"));
}

TEST_CASE("the bound survives damage to one of its slots, not to both") {
  Shop shop;
  CrashImage image{shop.journal.place.dir};
  const fs::path acked = image.dir / "acked";
  const std::string intact = read_file(acked);
  CHECK(intact.size() == 8'192);
  for (const std::size_t slot : {std::size_t{0}, std::size_t{4'096}}) {
    write_file(acked, intact);
    flip(acked, slot + 20);
    CHECK(image.records() == 11);
  }
  write_file(acked, intact);
  flip(acked, 20);
  flip(acked, 4'096 + 20);
  CHECK(mentions(image.refusal(), "damaged"));
  write_file(acked, "");
  CHECK(mentions(image.refusal(), "damaged"));
  fs::remove(acked);
  CHECK(mentions(image.refusal(), "missing"));
  CHECK(mentions(image.refusal(), "missing"));  // the refusal made no new one
  RocksdbOptions options;
  options.accept_loss = true;
  CHECK(image.open(options).has_value());
  CHECK(image.records() == 11);
}

TEST_CASE("a data directory that has lost its database is not taken for a new one") {
  Shop shop;
  {
    CrashImage image{shop.journal.place.dir};
    fs::remove_all(image.dir / "db");
    CHECK(mentions(image.refusal(), "missing"));
    CHECK(mentions(image.refusal(), "missing"));
  }
  {
    CrashImage image{shop.journal.place.dir};
    fs::remove(image.dir / "db" / "CURRENT");
    fs::remove(image.dir / "acked");
    CHECK(mentions(image.refusal(), "CURRENT"));
  }
}

TEST_CASE("a first start that was cut short is simply started again") {
  const fs::path dir = DiskPlace::make_directory();
  REQUIRE(AckedFile::create(dir / "acked", {}, std::chrono::milliseconds{1'000}).has_value());
  {
    const auto store = RocksdbStore::open(dir);
    REQUIRE(store.has_value());
    CHECK(Journal::open(**store, test_options()).has_value());
  }
  CHECK(RocksdbStore::open(dir).has_value());
  fs::remove_all(dir);
}

TEST_CASE("a data directory has one user; a cursor keeps it in use") {
  Shop shop;
  const fs::path dir = shop.journal.place.dir;
  const auto second = RocksdbStore::open(dir);
  REQUIRE_FALSE(second.has_value());
  CHECK(mentions(second.error(), "in use by another process"));

  auto cursor = shop.journal.place.store().scan(Family::feed, {});
  shop.journal.journal.reset();
  shop.journal.place.close();
  CHECK_FALSE(RocksdbStore::open(dir).has_value());
  std::size_t entries = 0;
  for (; cursor->valid(); cursor->next()) ++entries;
  CHECK(entries == 11);
  cursor.reset();
  CHECK(RocksdbStore::open(dir).has_value());
}

TEST_CASE("verify looks into a directory that can't be started, and changes nothing") {
  Shop shop;
  CrashImage image{shop.journal.place.dir};
  fs::resize_file(image.log(), fs::file_size(image.log()) - 3);
  const auto before = contents(image.dir);
  RocksdbOptions options;
  options.read_only = true;
  {
    const auto store = image.open(options);
    REQUIRE(store.has_value());
    const auto report = verify(**store);
    CHECK(report.records == 10);
    REQUIRE(report.findings.size() == 1);
    CHECK(mentions(text_of(report.findings[0]), "shard 2, offset 10: it was acknowledged"));
    WriteBatch batch;
    batch.put(Family::meta, "k", "v");
    CHECK_FALSE((*store)->write(batch).has_value());
  }
  CHECK(contents(image.dir) == before);
}

TEST_CASE("whatever a start would refuse is told to those who only look") {
  RocksdbOptions look;
  look.read_only = true;
  JournalOn<DiskPlace> journal;
  REQUIRE(journal.write(to_stream(1, "s", 0, records({"a"}))).has_value());
  REQUIRE(journal->begin_epoch(1) == 1);
  {
    CrashImage image{journal.place.dir};
    CHECK_FALSE((*image.open(look))->loss().has_value());
    // No record is missing, so only the bound can tell.
    fs::resize_file(image.log(), fs::file_size(image.log()) - 3);
    CHECK(mentions((*image.open(look))->loss().value_or(""), "an epoch"));
    CHECK(mentions(image.refusal(), "an epoch"));
  }
  CrashImage image{journal.place.dir};
  write_file(image.dir / "acked", "");
  CHECK(mentions((*image.open(look))->loss().value_or(""), "damaged"));
  fs::remove(image.dir / "acked");
  CHECK(mentions((*image.open(look))->loss().value_or(""), "missing"));
}

TEST_CASE("a flipped bit in a table is found by verify") {
  Shop shop;
  shop.journal.restart();  // moves the log into tables
  CrashImage image{shop.journal.place.dir};
  const fs::path table = largest(image.dir, ".sst");
  flip(table, 100, 1);
  RocksdbOptions options;
  options.read_only = true;
  const auto store = image.open(options);
  REQUIRE(store.has_value());
  const auto report = verify(**store);
  REQUIRE_FALSE(report.is_clean());
  CHECK(mentions(text_of(report.findings[0]), "can't be read: corrupt"));
}

TEST_CASE("a backup is taken while writing goes on, and restored with its bound") {
  const fs::path backups = DiskPlace::make_directory();
  const fs::path restored = DiskPlace::make_directory();
  Shop shop;
  const RocksdbStore& store = shop.journal.place.rocksdb();
  REQUIRE(store.backup(backups).has_value());
  REQUIRE(shop.journal.write(to_stream(0, "later", 0, records({"x"}))).has_value());
  shop.journal.restart();  // tables, so that there is something to share
  std::atomic<bool> stop = false;
  std::jthread writer{[&] {
    for (StreamVersion version = 1; !stop; ++version)
      if (!shop.journal.write(to_stream(0, "later", version, records({"x"})))) break;
  }};
  const FeedSeq at_least = shop.journal->feed_end();
  for (int i = 0; i < 3; ++i) CHECK(shop.journal.place.rocksdb().backup(backups, 2).has_value());
  stop = true;
  writer.join();

  CHECK_FALSE(RocksdbStore::restore(backups, shop.journal.place.dir).has_value());  // not empty
  const auto done = RocksdbStore::restore(backups, restored);
  REQUIRE_MESSAGE(done.has_value(), done.error());
  {
    auto opened = RocksdbStore::open(restored);
    REQUIRE_MESSAGE(opened.has_value(), opened.error());
    CHECK(verify(**opened).is_clean());
    const auto journal = open_journal(**opened, test_options());
    CHECK(journal->feed_end() >= at_least);
    CHECK(journal->read_stream(2, "s", 0, 100)->size() == 11);
  }
  // What the backup promised counts in the restored directory too.
  fs::resize_file(largest(restored, ".sst"), 100);
  CHECK_FALSE(RocksdbStore::open(restored).has_value());
  fs::remove_all(backups);
  fs::remove_all(restored);
}

TEST_CASE("a backup copies only what the one before doesn't have") {
  const fs::path backups = DiskPlace::make_directory();
  Shop shop;
  shop.journal.restart();
  const auto tables = [&] {
    return std::distance(fs::directory_iterator{backups / "shared_checksum"},
                         fs::directory_iterator{});
  };
  REQUIRE(shop.journal.place.rocksdb().backup(backups).has_value());
  const auto first = tables();
  CHECK(first > 0);
  REQUIRE(shop.journal.place.rocksdb().backup(backups).has_value());
  CHECK(tables() == first);
  fs::remove_all(backups);
}

TEST_CASE("a damaged or missing backup is not restored") {
  const fs::path backups = DiskPlace::make_directory();
  const fs::path restored = DiskPlace::make_directory();
  CHECK_FALSE(RocksdbStore::restore(backups / "nowhere", restored).has_value());
  CHECK_FALSE(RocksdbStore::restore(backups, restored).has_value());
  Shop shop;
  shop.journal.restart();
  REQUIRE(shop.journal.place.rocksdb().backup(backups).has_value());
  for (const auto& table : fs::directory_iterator{backups / "shared_checksum"})
    flip(table.path(), 50);
  const auto refused = RocksdbStore::restore(backups, restored);
  REQUIRE_FALSE(refused.has_value());
  CHECK(mentions(refused.error(), "damaged"));
  CHECK(fs::is_empty(restored));
  fs::remove_all(backups);
  fs::remove_all(restored);
}

}  // namespace
}  // namespace usher
