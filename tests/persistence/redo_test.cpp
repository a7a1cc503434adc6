// The redo log: its entries, reading through what is not in the families yet, and a store whose
// families follow behind, also over crashes at any moment.
#include "persistence/redo.hpp"

#include <atomic>
#include <map>
#include <random>
#include <thread>

#include "persistence/key_layout.hpp"
#include "persistence/redo_overlay.hpp"
#include "persistence/verify.hpp"
#include "persistence/write_behind.hpp"
#include "tests/persistence/damage.hpp"
#include "tests/persistence/stores.hpp"

namespace usher {
namespace {

namespace fs = std::filesystem;

constexpr auto not_in_memory = tl::unexpected(StorageError::not_in_memory);
constexpr std::chrono::milliseconds never{24 * 3'600'000};

using Model = std::map<std::pair<Family, std::string>, std::string>;

void make(Model& model, const WriteBatch& batch) {
  for (const WriteBatch::Put& put : batch.puts) {
    if (put.value)
      model[{put.family, put.key}] = *put.value;
    else
      model.erase({put.family, put.key});
  }
}

// Few keys, so that they are put, replaced and deleted all the time.
WriteBatch random_batch(std::mt19937& dice, std::uint64_t number) {
  WriteBatch batch;
  const auto changes = 1 + dice() % 6;
  for (std::size_t i = 0; i < changes; ++i) {
    const auto family = static_cast<Family>(dice() % family_count);
    std::string key(1 + dice() % 3, static_cast<char>('a' + dice() % 3));
    if (family == Family::streams) key += "12345678";  // a version
    if (dice() % 3 == 0)
      batch.erase(family, std::move(key));
    else
      batch.put(family, std::move(key), std::to_string(number) + std::string(dice() % 40, 'v'));
  }
  batch.newest = NewestRecord{number, 0, number - 1};
  return batch;
}

std::map<std::string, std::string> contents(const Store& store, Family family,
                                            Direction direction = Direction::ascending) {
  std::map<std::string, std::string> all;
  std::string last;
  const auto cursor = store.scan(family, {{}, {}, direction});
  for (; cursor->valid(); cursor->next()) {
    const std::string key{cursor->key()};
    if (!all.empty()) CHECK((direction == Direction::ascending ? last < key : key < last));
    last = key;
    all[key] = cursor->value();
  }
  CHECK_FALSE(cursor->error().has_value());
  return all;
}

void check_same(const Store& store, const Model& model) {
  for (std::size_t i = 0; i < family_count; ++i) {
    const auto family = static_cast<Family>(i);
    std::map<std::string, std::string> expected;
    for (const auto& [place, value] : model)
      if (place.first == family) expected[place.second] = value;
    CHECK(contents(store, family) == expected);
    CHECK(contents(store, family, Direction::descending) == expected);
    for (const auto& [key, value] : expected) CHECK(store.get(family, key) == value);
    CHECK(store.get(family, "never put12345678") == std::nullopt);
  }
}

TEST_CASE("an entry is read as it was written") {
  WriteBatch batch;
  batch.put(Family::views, "key", "value");
  batch.erase(Family::feed, "");
  batch.put(Family::meta, "", "");
  batch.newest = NewestRecord{7, 3, 5};
  const std::string bytes = encode_redo(batch);
  const auto entry = decode_redo(bytes);
  REQUIRE(entry.has_value());
  CHECK(entry->newest == batch.newest);
  REQUIRE(entry->changes.size() == 3);
  CHECK(entry->changes[0].key == "key");
  CHECK(entry->changes[0].value == "value");
  CHECK(entry->changes[1].family == Family::feed);
  CHECK_FALSE(entry->changes[1].value.has_value());
  CHECK(entry->changes[2].value == "");

  CHECK_FALSE(decode_redo(encode_redo({}))->newest.has_value());
  const RedoEnd end{12, NewestRecord{7, 3, 5}};
  CHECK(decode_redo_end(encode_redo_end(end)) == end);
  CHECK(read_redo_key(redo_key(12)) == RedoNumber{12});
}

TEST_CASE("an entry that is changed in any bit, cut or continued is damaged") {
  WriteBatch batch;
  batch.put(Family::views, "key", "value");
  const std::string intact = encode_redo(batch);
  check_no_damage_is_read(intact,
                          [](const std::string& bytes) { return decode_redo(bytes).has_value(); });
}

TEST_CASE("of several changes of one key the last one counts") {
  std::mt19937 dice{1};
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    std::map<std::pair<Family, std::string>, std::optional<std::string>> expected;
    std::vector<std::string> entries;
    for (std::uint64_t number = 1; number <= 10; ++number) {
      const WriteBatch batch = random_batch(dice, number);
      for (const auto& put : batch.puts) expected[{put.family, put.key}] = put.value;
      entries.push_back(encode_redo(batch));
    }
    std::vector<RedoChange> changes;
    for (const std::string& entry : entries) CHECK(read_redo_changes(entry, changes).empty());
    keep_newest(changes);
    REQUIRE(changes.size() == expected.size());
    auto next = expected.begin();
    for (const RedoChange& change : changes) {
      CHECK(change.family == next->first.first);
      CHECK(change.key == next->first.second);
      CHECK(change.value == next->second);
      ++next;
    }
  }
}

TEST_CASE("reading through what is not in the families yet shows it as if it were") {
  std::mt19937 dice{2};
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    MemoryStore below{std::make_shared<MemoryDisk>()};
    Model model;
    std::vector<std::string> entries;
    for (std::uint64_t number = 1; number <= 12; ++number) {
      const WriteBatch batch = random_batch(dice, number);
      make(model, batch);
      if (number <= 6)
        REQUIRE(below.write(batch).has_value());
      else
        entries.push_back(encode_redo(batch));
    }
    const auto overlay = std::make_shared<const RedoOverlay>(entries);
    for (std::size_t i = 0; i < family_count; ++i)
      for (const Direction direction : {Direction::ascending, Direction::descending})
        for (const auto& [lower, upper] :
             {std::pair<std::string, std::string>{"", ""}, {"aa", "c"}, {"b", ""}, {"c", "a"}}) {
          const auto family = static_cast<Family>(i);
          std::vector<std::pair<std::string, std::string>> expected;
          for (const auto& [place, value] : model)
            if (place.first == family && place.second >= lower &&
                (upper.empty() || place.second < upper))
              expected.emplace_back(place.second, value);
          if (direction == Direction::descending) std::reverse(expected.begin(), expected.end());
          const KeyRange range{lower, upper, direction};
          auto cursor = read_through(overlay, family, range, below.scan(family, range));
          std::vector<std::pair<std::string, std::string>> seen;
          for (; cursor->valid(); cursor->next()) seen.emplace_back(cursor->key(), cursor->value());
          CHECK(seen == expected);
        }
  }
}

TEST_CASE("a store shows what was written at once, whenever its families get it") {
  for (const auto delay : {std::chrono::milliseconds{0}, std::chrono::milliseconds{1}, never}) {
    CAPTURE(delay.count());
    DiskPlace place;
    place.close();
    place.options.write_behind.delay_max = delay;
    place.open();
    std::mt19937 dice{3};
    Model model;
    for (std::uint64_t number = 1; number <= 60; ++number) {
      const WriteBatch batch = random_batch(dice, number);
      REQUIRE(place.store().write(batch).has_value());
      make(model, batch);
      if (number % 7 == 0) check_same(place.store(), model);
      if (number % 20 == 0) place.restart();
    }
    check_same(place.store(), model);
  }
}

TEST_CASE("a read that must not wait says so while changes are on their way") {
  DiskPlace place;
  place.close();
  place.options.write_behind.delay_max = never;
  place.open();
  const Store& store = place.store();
  const std::string stream = "s";
  WriteBatch batch;
  batch.put(Family::streams, stream + "version1", "offset");
  batch.put(Family::journal, "place", "record");
  REQUIRE(place.store().write(batch).has_value());
  CHECK(store.get(Family::streams, stream + "version1", Reach::memory) == not_in_memory);
  CHECK(store.get(Family::streams, stream + "version2", Reach::memory) == not_in_memory);
  CHECK(store.get(Family::streams, "another1", Reach::memory) == std::nullopt);
  const auto waits = store.scan(Family::streams, {stream + "version1", {}}, Reach::memory);
  CHECK_FALSE(waits->valid());
  CHECK(waits->error() == StorageError::not_in_memory);

  CHECK(store.get(Family::journal, "place") == "record");  // waits until it is there
  CHECK(place.rocksdb().changes_waiting() == 0);
  CHECK(store.get(Family::streams, stream + "version1", Reach::memory) == "offset");
  CHECK(store.scan(Family::streams, {stream + "version1", {}}, Reach::memory)->valid());

  place.restart();  // into tables, which nobody has read yet
  CHECK(place.store().get(Family::journal, "place", Reach::memory) == not_in_memory);
  CHECK(place.store().get(Family::journal, "place") == "record");
  CHECK(place.store().get(Family::journal, "place", Reach::memory) == "record");
}

TEST_CASE("a snapshot is read while it waits, and what waits goes on waiting") {
  DiskPlace place;
  place.close();
  place.options.write_behind.delay_max = never;
  place.open();
  const auto write = [&](std::optional<std::string> state) {
    WriteBatch batch;
    batch.puts.push_back({Family::snapshots, "stream", std::move(state)});
    batch.put(Family::journal, "place", "record");
    REQUIRE(place.store().write(batch).has_value());
  };
  const auto read = [&](std::string_view stream) {
    const auto value = place.store().get(Family::snapshots, stream, Reach::memory);
    REQUIRE(value.has_value());
    return *value;
  };
  write("old");
  CHECK(read("stream") == "old");
  CHECK(read("another") == std::nullopt);
  (void)place.store().scan(Family::views, {});  // the families have all of it
  CHECK(place.rocksdb().changes_waiting() == 0);
  CHECK(read("stream") == "old");
  write("new");
  CHECK(read("stream") == "new");
  write("");
  CHECK(read("stream") == "");
  write(std::nullopt);
  CHECK(read("stream") == std::nullopt);
  CHECK(place.store().get(Family::snapshots, "stream") == std::nullopt);
  CHECK(place.rocksdb().changes_waiting() == 6);
}

TEST_CASE("no more waits than may, and that is all that a crash leaves to do") {
  DiskPlace place;
  place.close();
  place.options.write_behind = {
      .changes_wanted = 1'000'000, .changes_max = 50, .bytes_max = 1 << 20, .delay_max = never};
  place.open();
  std::mt19937 dice{4};
  for (std::uint64_t number = 1; number <= 200; ++number) {
    REQUIRE(place.store().write(random_batch(dice, number)).has_value());
    CHECK(place.rocksdb().changes_waiting() < 50);
  }
  place.close();
  place.options.write_behind = {
      .changes_wanted = 1'000'000, .changes_max = 1'000'000, .bytes_max = 500, .delay_max = never};
  place.open();
  std::size_t most = 0;
  for (std::uint64_t number = 201; number <= 300; ++number) {
    REQUIRE(place.store().write(random_batch(dice, number)).has_value());
    most = std::max(most, place.rocksdb().changes_waiting());
  }
  CHECK(most > 0);
  CHECK(most < 50);
}

std::map<std::string, std::uintmax_t> files(const fs::path& dir) {
  std::map<std::string, std::uintmax_t> all;
  for (const auto& entry : fs::recursive_directory_iterator{dir}) {
    std::error_code gone;
    all[entry.path()] = entry.is_regular_file(gone) ? entry.file_size(gone) : 0;
  }
  return all;
}

// As a kill -9 would leave it. False: RocksDB was busy in the background all the time.
bool copy_at_one_moment(const fs::path& from, const fs::path& to) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    const auto before = files(from);
    std::error_code failed;
    fs::remove_all(to);
    fs::copy(from, to, fs::copy_options::recursive, failed);
    if (!failed && files(from) == before) return true;
  }
  fs::remove_all(to);
  return false;
}

// Flushes come in between, with some entries in the families and some not.
TEST_CASE("a crash at any moment loses no change and repeats none to anybody's harm") {
  int images = 0;
  for (unsigned seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    std::mt19937 dice{seed};
    DiskPlace place;
    place.close();
    place.options.write_buffer_bytes = place.options.write_buffers_bytes = 64 << 10;
    place.options.wal_bytes_max = 64 << 10;
    place.options.write_behind.changes_max = 1 + dice() % 400;
    place.options.write_behind.changes_wanted = 1 + dice() % 100;
    place.options.write_behind.delay_max = seed % 2 == 0 ? never : std::chrono::milliseconds{1};
    place.open();
    Model model;
    for (std::uint64_t number = 1; number <= 600; ++number) {
      WriteBatch batch = random_batch(dice, number);
      batch.put(Family::views, "big" + std::to_string(number % 5), std::string(600, 'b'));
      REQUIRE(place.store().write(batch).has_value());
      make(model, batch);
      if (dice() % 60 != 0) continue;
      const fs::path image = DiskPlace::make_directory();
      if (!copy_at_one_moment(place.dir, image)) continue;
      ++images;
      RocksdbOptions look;
      look.read_only = true;
      {
        const auto store = RocksdbStore::open(image, look);
        REQUIRE_MESSAGE(store.has_value(), store.error());
        CHECK_FALSE((*store)->loss().has_value());
        check_same(**store, model);
      }
      for (int start = 0; start < 2; ++start) {
        const auto store = RocksdbStore::open(image, {});
        REQUIRE_MESSAGE(store.has_value(), store.error());
        CHECK((*store)->acknowledged()->seq == number);
        check_same(**store, model);
      }
      fs::remove_all(image);
    }
    check_same(place.store(), model);
  }
  CHECK(images > 6);
}

// What is behind a store, without syncs: thousands of entries in a moment.
struct Behind {
  explicit Behind(const WriteBehindOptions& options) {
    auto opened = open_rocksdb(dir, {}, OpenMode::create, std::make_shared<FirstFailure>());
    REQUIRE_MESSAGE(opened.has_value(), opened.error());
    database = std::move(*opened);
    behind = std::make_unique<WriteBehind>(*database, RedoEnd{}, options);
  }
  ~Behind() {
    behind.reset();
    database.reset();
    fs::remove_all(dir);
  }
  Behind(const Behind&) = delete;
  Behind& operator=(const Behind&) = delete;

  void add(const WriteBatch& batch) { behind->add(encode_redo(batch), ++number); }
  RedoNumber number = 0;  // of the last one
  bool has(Family family, const std::string& key) const {
    std::string value;
    return database->db->Get({}, database->family(family), key, &value).ok();
  }

  fs::path dir = DiskPlace::make_directory();
  std::shared_ptr<RocksdbDatabase> database;
  std::unique_ptr<WriteBehind> behind;
};

// The keys had gone to one generation of what waits and the entry to the next, when the first was
// taken away in between; the filter then said that nothing waits.
TEST_CASE("what was added is in the families, or the filter says that it may be on its way") {
  Behind place{{.delay_max = never}};
  std::atomic<bool> stop = false;
  std::jthread other{[&] {
    while (!stop) {
      (void)place.behind->catch_up();
      std::this_thread::sleep_for(std::chrono::microseconds{20});  // so that some waits
    }
  }};
  constexpr int looked_at = 32;  // the last ones
  const auto key_of = [](int number) { return "stream " + std::to_string(number) + "version1"; };
  int missed = 0;
  for (int number = 0; number < 200'000; ++number) {
    WriteBatch batch;
    batch.put(Family::streams, key_of(number), "offset");
    place.add(batch);
    for (int i = std::max(0, number - looked_at); i <= number; ++i)
      if (!place.behind->may_change(Family::streams, key_of(i)) &&
          !place.has(Family::streams, key_of(i)))
        ++missed;
  }
  stop = true;
  CHECK(missed == 0);
}

TEST_CASE("a snapshot is at hand or in its family at every moment, never older than it was") {
  Behind place{{.delay_max = never}};
  std::atomic<int> written = 0;
  std::jthread other{[&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      (void)place.behind->catch_up();
      std::this_thread::sleep_for(std::chrono::microseconds{20});  // so that some waits
    }
  }};
  std::atomic<int> wrong = 0;
  std::jthread reader{[&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const int at_least = written;
      if (at_least == 0) continue;
      std::string value;
      if (const auto waiting = place.behind->find_waiting_snapshot("stream"))
        value = waiting->value_or("0");
      else if (!place.database->db
                    ->Get({}, place.database->family(Family::snapshots), "stream", &value)
                    .ok())
        value = "0";
      if (std::stoi(value) < at_least) ++wrong;
    }
  }};
  for (int number = 1; number <= 100'000; ++number) {
    WriteBatch batch;
    batch.put(Family::snapshots, "stream", std::to_string(number));
    place.add(batch);
    written = number;
  }
  reader.request_stop();
  reader.join();
  CHECK(wrong == 0);
}

// Who reads one stream does not wait for others' changes, so it may look at any moment.
TEST_CASE("a stream's entries of one batch come to their family together") {
  Behind place{{.delay_max = never}};
  constexpr int entries = 400;
  const auto stream_of = [](int round) { return "stream " + std::to_string(10'000 + round); };
  std::atomic<int> round = 0;
  std::atomic<int> torn = 0;
  std::jthread reader{[&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const std::string stream = stream_of(round);
      const std::unique_ptr<rocksdb::Iterator> at{
          place.database->db->NewIterator({}, place.database->family(Family::streams))};
      int seen = 0;
      for (at->Seek(stream); at->Valid() && at->key().starts_with(stream); at->Next()) ++seen;
      torn += seen == 0 || seen == entries ? 0 : 1;
    }
  }};
  for (; round < 300; ++round) {
    WriteBatch batch;
    for (int i = 0; i < entries; ++i)  // more than a part
      batch.put(Family::streams, stream_of(round) + std::to_string(10'000'000 + i), "offset");
    place.add(batch);
    (void)place.behind->catch_up();
  }
  reader.request_stop();
  reader.join();
  CHECK(torn == 0);
}

TEST_CASE("a scan of many streams waits for all of them") {
  DiskPlace place;
  place.close();
  place.options.write_behind.delay_max = never;
  place.open();
  for (const std::string lower : {"", "a", "somewhere else"}) {
    WriteBatch batch;
    batch.put(Family::streams, "stream of " + lower + "version1", "offset");
    REQUIRE(place.store().write(batch).has_value());
    CHECK(place.store().scan(Family::streams, {lower, {}}, Reach::memory)->error() ==
          StorageError::not_in_memory);
    CHECK(place.store().scan(Family::streams, {lower, {}})->valid());
  }
}

TEST_CASE("a damaged entry is told, refused, and passed only when the operator accepts the loss") {
  DiskPlace place;
  WriteBatch batch;
  batch.put(Family::views, "intact", "value");
  batch.newest = NewestRecord{1, 0, 0};
  REQUIRE(place.store().write(batch).has_value());
  place.close();
  {
    const auto database = open_rocksdb(database_folder(place.dir), {}, OpenMode::existing,
                                       std::make_shared<FirstFailure>());
    REQUIRE_MESSAGE(database.has_value(), database.error());
    batch.put(Family::views, "next", "value");
    auto& redo = **database;
    CHECK(redo.db->Put({}, redo.redo, redo_key(2), encode_redo(batch)).ok());
    CHECK(redo.db->Put({}, redo.redo, redo_key(3), "damage").ok());
    CHECK(redo.db->Put({}, redo.redo, redo_key(4), encode_redo(batch)).ok());
  }
  RocksdbOptions look;
  look.read_only = true;
  {
    const auto store = RocksdbStore::open(place.dir, look);
    REQUIRE(store.has_value());
    CHECK((*store)->loss().value_or("").find("entry 3 of the redo log") != std::string::npos);
    CHECK((*store)->get(Family::views, "next") == "value");
  }
  const auto refused = RocksdbStore::open(place.dir, {});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().find("entry 3 of the redo log") != std::string::npos);
  place.options.accept_loss = true;
  place.open();
  CHECK(place.store().get(Family::views, "next") == "value");
  place.options.accept_loss = false;
  place.restart();
  WriteBatch later;
  later.put(Family::views, "later", "value");
  REQUIRE(place.store().write(later).has_value());
  place.restart();
  CHECK(place.store().get(Family::views, "next") == "value");
  CHECK(place.store().get(Family::views, "later") == "value");
}

TEST_CASE("the filter of waiting keys never says no to one that waits") {
  KeyFilter filter;
  CHECK_FALSE(filter.may_have(Family::journal, "0"));
  for (int i = 0; i < 10'000; ++i) filter.add(Family::journal, std::to_string(i));
  for (int i = 0; i < 10'000; ++i) CHECK(filter.may_have(Family::journal, std::to_string(i)));
  int wrong = 0;
  for (int i = 10'000; i < 20'000; ++i)
    wrong += filter.may_have(Family::journal, std::to_string(i)) ? 1 : 0;
  CHECK(wrong < 100);  // of 10,000
  filter.clear();
  CHECK_FALSE(filter.may_have(Family::journal, "0"));
}

}  // namespace
}  // namespace usher
