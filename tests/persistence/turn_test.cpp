// The steps of a write: what a turn appends is durable before anybody sees it, and seen when it is
// applied. And directories from before there were such steps.
#include <algorithm>

#include "persistence/key_layout.hpp"
#include "persistence/redo.hpp"
#include "persistence/verify.hpp"
#include "tests/persistence/damage.hpp"
#include "tests/persistence/stores.hpp"

namespace usher {
namespace {

#define FOR_EVERY_STORE(name) TEST_CASE_TEMPLATE(name, Place, MemoryPlace, DiskPlace)

Append with_row(ShardNumber shard, std::string stream, StreamVersion expected,
                std::vector<NewRecord> new_records) {
  Append append = to_stream(shard, stream, expected, std::move(new_records));
  append.streams[0].state = "state of " + stream;
  append.rows.push_back({1, stream, "row"});
  return append;
}

std::size_t rows_in(const Store& store) {
  std::size_t rows = 0;
  for (const auto row = store.scan(Family::views, {}); row->valid(); row->next()) ++rows;
  return rows;
}

FOR_EVERY_STORE("what is logged is seen by nobody until it is applied") {
  JournalOn<Place> journal;
  const std::vector<Append> appends{with_row(1, "a", 0, records({"x", "y"})),
                                    with_row(3, "b", 0, records({"z"}))};
  auto turn = journal->prepare(appends);
  CHECK(turn.entries() == std::vector<LogPlace>{{1, 1, 0}, {3, 1, 0}});
  REQUIRE(journal->log(turn).has_value());
  CHECK(journal->read_stream(1, "a", 0, 10)->empty());
  CHECK(rows_in(journal.place.store()) == 0);
  CHECK(journal->feed_end() == 0);
  CHECK(journal->log_end(1) == LogPlace{1, 0, 0});
  // It is acknowledged all the same: a store without it has lost something.
  CHECK(journal.place.store().acknowledged() == NewestRecord{3, 3, 0});

  const auto outcomes = journal->apply(std::move(turn));
  REQUIRE(outcomes.size() == 2);
  CHECK(outcomes[0]->first_seq == 1);
  CHECK(outcomes[1]->first_seq == 3);
  CHECK(payloads(*journal->read_stream(1, "a", 0, 10)) == Texts{"x", "y"});
  CHECK(rows_in(journal.place.store()) == 2);
  CHECK(journal->feed_end() == 3);
  CHECK(journal->log_end(1) == LogPlace{1, 1, 0});
}

FOR_EVERY_STORE("what was logged and not applied when the power went is there after the start") {
  JournalOn<Place> journal;
  REQUIRE(journal.write(with_row(1, "a", 0, records({"x"}))).has_value());
  const Append append = with_row(1, "a", 1, records({"y"}));
  auto turn = journal->prepare({&append, 1});
  REQUIRE(journal->log(turn).has_value());
  journal.restart();
  CHECK(payloads(*journal->read_stream(1, "a", 0, 10)) == Texts{"x", "y"});
  CHECK(journal->feed_end() == 2);
  CHECK(journal->log_end(1) == LogPlace{1, 2, 0});
  CHECK(verify(journal.place.store()).is_clean());
  CHECK(journal.write(to_stream(1, "a", 2, records({"z"})))->first_offset == 2);
}

FOR_EVERY_STORE("a turn that was prepared and never logged has changed nothing") {
  JournalOn<Place> journal;
  const Append append = with_row(1, "a", 0, records({"x"}));
  { const auto turn = journal->prepare({&append, 1}); }
  CHECK(journal.write(append)->first_seq == 1);
  CHECK(journal->log_end(1) == LogPlace{1, 1, 0});
}

FOR_EVERY_STORE("a shard's entries are counted without a gap, whatever they are") {
  JournalOn<Place> journal;
  REQUIRE(journal->begin_epoch(2) == 1);
  CHECK(journal->log_end(2) == LogPlace{2, 1, 1});
  Append append = to_stream(2, "a", 0, records({"x"}));
  append.epoch = 1;
  // Two appends to a shard are one entry of it.
  Append second = append;
  second.streams[0].stream = "b";
  for (const auto& outcome : journal->write(std::vector{append, second}))
    CHECK(outcome.has_value());
  CHECK(journal->log_end(2) == LogPlace{2, 2, 1});
  // An append without a record.
  Append reminder;
  reminder.shard = 2;
  reminder.epoch = 1;
  reminder.reminders.push_back({{.due = 5, .stream = "a", .name = 1}});
  REQUIRE(journal.write(reminder).has_value());
  // Nothing to append, and one that is refused.
  REQUIRE(journal->write({}).empty());
  CHECK_FALSE(journal.write(append).has_value());
  CHECK(journal->log_end(2) == LogPlace{2, 3, 1});
  CHECK(journal->log_end(1) == LogPlace{1, 0, 0});
  journal.restart();
  CHECK(journal->log_end(2) == LogPlace{2, 3, 1});
  CHECK(journal->begin_epoch(2) == 2);
  CHECK(journal->log_end(2) == LogPlace{2, 4, 2});
}

TEST_CASE("a turn is one batch, however many shards it is about") {
  JournalOn<MemoryPlace> journal;
  const auto before = journal.place.disk->batches_written();
  REQUIRE(journal->begin_epochs(std::vector<ShardNumber>{0, 1, 2, 3}).has_value());
  CHECK(journal.place.disk->batches_written() == before + 1);
  std::vector<Append> appends;
  for (const auto shard : std::vector<ShardNumber>{0, 1, 2, 3}) {
    appends.push_back(to_stream(shard, "s", 0, records({"x"})));
    appends.back().epoch = 1;
  }
  for (const auto& outcome : journal->write(appends)) CHECK(outcome.has_value());
  CHECK(journal.place.disk->batches_written() == before + 2);
}

TEST_CASE("entries of shards' logs that are changed in any bit, cut or continued are damaged") {
  WriteBatch batch;
  batch.put(Family::views, "key", "value");
  batch.put(Family::journal, "other", "value");
  batch.newest = NewestRecord{7, 5, 9};
  const std::vector<LoggedEntry> entries{
      {.shard = 3, .index = 300, .term = 2, .next = 4, .records = 1},
      {.shard = 5, .kind = LogKind::empty, .index = 1, .term = 3},
      {.shard = 5, .index = 2, .term = 3, .next = 10, .records = 10, .stamp = -1}};
  const std::string intact = encode_turn(batch, entries, {1, 1, 2});
  const auto read = read_logged_entries(intact);
  REQUIRE(read.size() == 3);
  CHECK(read[0].index == 300);
  CHECK(read[1].kind == LogKind::empty);
  CHECK(read[1].changes.empty());
  CHECK(read[2].stamp == -1);
  CHECK(read_logged_entries(encode_redo(batch)).empty());
  check_no_damage_is_read(intact,
                          [](const std::string& bytes) { return decode_redo(bytes).has_value(); });
}

// ---- format 4

// What the last version wrote: everything, also shards' ends and the feed, as changes of a batch
// of no shard's log, and nothing counted.
void make_format_4(Store& store) {
  WriteBatch batch;
  for (const auto shard : std::vector<ShardNumber>{0, 1, 2, 3}) {
    const auto stored = store.get(Family::meta, keys::tail(shard));
    REQUIRE(stored.has_value());
    if (!*stored) continue;
    auto tail = keys::read_tail_value(**stored);
    REQUIRE(tail.has_value());
    tail->index = 0;
    batch.put(Family::meta, keys::tail(shard), keys::tail_value(*tail));
    CHECK(keys::tail_value(*tail).size() == 44);  // as it was
  }
  batch.put(Family::meta, keys::format(), keys::format_value({4, 4}));
  REQUIRE(store.write(batch).has_value());
}

FOR_EVERY_STORE("a directory of format 4 goes on, and is of format 5 from the first start on") {
  JournalOn<Place> journal;
  REQUIRE(journal->begin_epoch(1) == 1);
  Append append = with_row(1, "a", 0, records({"x", "y"}));
  append.epoch = 1;
  REQUIRE(journal.write(append).has_value());
  make_format_4(journal.place.store());
  CHECK(verify(journal.place.store()).is_clean());

  journal.restart();
  const auto format = journal.place.store().get(Family::meta, keys::format());
  CHECK(keys::read_format_value(**format)->version == 5);
  CHECK(journal->log_end(1) == LogPlace{1, 0, 1});
  CHECK(payloads(*journal->read_stream(1, "a", 0, 10)) == Texts{"x", "y"});
  CHECK(journal->begin_epoch(1) == 2);
  append.epoch = 2;
  append.streams[0].expected = 2;
  const auto appended = journal.write(append);
  REQUIRE(appended.has_value());
  CHECK(appended->first_seq == 3);
  CHECK(journal->log_end(1) == LogPlace{1, 2, 2});
  journal.restart();
  CHECK(journal->log_end(1) == LogPlace{1, 2, 2});
  CHECK(verify(journal.place.store()).is_clean());
}

TEST_CASE("a format that is older than those that are known, or newer, is refused") {
  for (const std::uint32_t version : {3U, 6U}) {
    JournalOn<MemoryPlace> journal;
    WriteBatch batch;
    batch.put(Family::meta, keys::format(), keys::format_value({version, 4}));
    REQUIRE(journal.place.store().write(batch).has_value());
    journal.journal.reset();
    journal.place.restart();
    CHECK_FALSE(Journal::open(journal.place.store(), test_options()).has_value());
    CHECK_FALSE(verify(journal.place.store()).is_clean());
  }
}

}  // namespace
}  // namespace usher
