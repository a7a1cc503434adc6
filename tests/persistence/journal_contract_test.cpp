// What every store makes of the journal's contract (persistence/journal.hpp).
#include <algorithm>
#include <atomic>
#include <thread>

#include "persistence/key_layout.hpp"
#include "tests/persistence/stores.hpp"

namespace usher {
namespace {

#define FOR_EVERY_STORE(name) TEST_CASE_TEMPLATE(name, Place, MemoryPlace, DiskPlace)

constexpr auto wrong_version = tl::unexpected(StorageError::wrong_version);
constexpr auto stale_epoch = tl::unexpected(StorageError::stale_epoch);
constexpr auto too_large = tl::unexpected(StorageError::too_large);

Texts stream_of(const Journal& journal, ShardNumber shard, std::string_view stream) {
  const auto read = journal.read_stream(shard, stream, 0, 1'000'000);
  REQUIRE(read.has_value());
  return payloads(*read);
}

Texts rows_of(const Journal& journal, const RowQuery& query, std::size_t limit = 1'000'000) {
  Texts rows;
  const auto scanned = journal.scan_rows(query, [&](const Row& row, const auto&) {
    rows.push_back(std::to_string(row.shard) + ":" + row.key + "=" + row.value);
    return rows.size() < limit;
  });
  REQUIRE(scanned.has_value());
  return rows;
}

Append to_rows(ShardNumber shard, std::vector<RowChange> rows) {
  Append append;
  append.shard = shard;
  append.rows = std::move(rows);
  return append;
}

std::vector<ReminderKey> reminders_of(const Journal& journal, ShardNumber shard,
                                      std::int64_t until = 1'000'000) {
  const auto read = journal.read_reminders(shard, std::nullopt, until, 1'000'000);
  REQUIRE(read.has_value());
  return *read;
}

FOR_EVERY_STORE("a stream is born at version 0 and grows by one with every record") {
  JournalOn<Place> journal;
  const auto born = journal.write(to_stream(1, "t1", 0, records({"created"})));
  REQUIRE(born.has_value());
  CHECK(born->first_offset == 0);
  CHECK(born->first_seq == 1);
  REQUIRE(journal.write(to_stream(1, "t1", 1, records({"edited", "reserved"}))).has_value());

  const auto read = journal->read_stream(1, "t1", 0, 10);
  REQUIRE(read.has_value());
  CHECK(payloads(*read) == Texts{"created", "edited", "reserved"});
  for (std::size_t i = 0; i < read->size(); ++i) {
    const Record& record = (*read)[i];
    CHECK(record.version == i + 1);
    CHECK(record.offset == i);
    CHECK(record.shard == 1);
    CHECK(record.stream == "t1");
    CHECK(record.type == 7);
    CHECK(record.schema == 2);
  }
  CHECK(journal->shard_end(1) == 3);
  CHECK(journal->feed_end() == 3);
}

FOR_EVERY_STORE("a stream that exists can't be born again") {
  JournalOn<Place> journal;
  REQUIRE(journal.write(to_stream(1, "t1", 0, records({"first"}))).has_value());
  CHECK(journal.write(to_stream(1, "t1", 0, records({"second"}))) == wrong_version);
  // The same name in another shard is another stream.
  CHECK(journal.write(to_stream(2, "t1", 0, records({"other"}))).has_value());
  CHECK(stream_of(*journal, 1, "t1") == Texts{"first"});
}

FOR_EVERY_STORE("only the current version can be appended to") {
  JournalOn<Place> journal;
  REQUIRE(journal.write(to_stream(0, "s", 0, records({"a", "b"}))).has_value());
  for (const bool cold : {false, true}) {
    CAPTURE(cold);  // after a restart the versions come from the store
    if (cold) journal.restart();
    for (const StreamVersion wrong : {StreamVersion{0}, StreamVersion{1}, StreamVersion{3},
                                      StreamVersion{1'000}, ~StreamVersion{0}})
      CHECK(journal.write(to_stream(0, "s", wrong, records({"x"}))) == wrong_version);
    CHECK(journal.write(to_stream(0, "never born", 1, records({"x"}))) == wrong_version);
  }
  CHECK(journal.write(to_stream(0, "s", 2, records({"c"}))).has_value());
  CHECK(stream_of(*journal, 0, "s") == Texts{"a", "b", "c"});
}

FOR_EVERY_STORE("a name that begins as another's does is a stream of its own") {
  JournalOn<Place> journal;
  const std::string zeros("a\0\0", 3);
  REQUIRE(journal.write(to_stream(0, "a", 0, records({"1"}))).has_value());
  REQUIRE(journal.write(to_stream(0, zeros, 0, records({"2"}))).has_value());
  REQUIRE(journal.write(to_stream(0, "ab", 0, records({"3"}))).has_value());
  CHECK(stream_of(*journal, 0, "a") == Texts{"1"});
  CHECK(stream_of(*journal, 0, zeros) == Texts{"2"});
  CHECK(stream_of(*journal, 0, "ab") == Texts{"3"});
}

FOR_EVERY_STORE("a refused append is refused alone") {
  JournalOn<Place> journal;
  Append stale = to_stream(1, "t2", 0, records({"stale"}));
  stale.epoch = 9;
  const std::vector<Append> group{to_stream(1, "t1", 0, records({"a"})),
                                  to_stream(1, "t1", 0, records({"lost race"})), stale,
                                  to_stream(0, "t3", 0, records({"c"}))};
  const auto results = journal->write(group);
  REQUIRE(results.size() == 4);
  CHECK(results[0].has_value());
  CHECK(results[1] == wrong_version);
  CHECK(results[2] == stale_epoch);
  CHECK(results[3].has_value());
  CHECK(stream_of(*journal, 1, "t1") == Texts{"a"});
  CHECK(stream_of(*journal, 1, "t2").empty());
  CHECK(stream_of(*journal, 0, "t3") == Texts{"c"});
  CHECK(journal->feed_end() == 2);
}

FOR_EVERY_STORE("a later append of a group sees the earlier ones") {
  JournalOn<Place> journal;
  const std::vector<Append> group{to_stream(1, "t1", 0, records({"a"})),
                                  to_stream(1, "t1", 1, records({"b", "c"})),
                                  to_stream(1, "t1", 3, records({"d"}))};
  for (const auto& result : journal->write(group)) CHECK(result.has_value());
  CHECK(stream_of(*journal, 1, "t1") == Texts{"a", "b", "c", "d"});
}

FOR_EVERY_STORE("an append of several streams is written whole or not at all") {
  JournalOn<Place> journal;
  REQUIRE(journal.write(to_stream(2, "ticket", 0, records({"created"}))).has_value());
  Append reserve = to_stream(2, "ticket", 1, records({"reserved"}));
  reserve.streams[0].state = "state";
  reserve.streams.push_back({"order", 0, records({"placed"})});
  reserve.reminders.push_back({{500, "order", 1}, true});
  reserve.rows.push_back({3, "order row", "created"});
  Append again = reserve;  // "ticket" is right, "order" is not
  again.streams[0].expected = 2;
  again.streams[0].state = "another";
  again.reminders[0].key.due = 600;
  again.rows[0].value = "again";

  const std::vector<Append> group{reserve, again};
  const auto results = journal->write(group);
  CHECK(results[0].has_value());
  CHECK(results[1] == wrong_version);
  CHECK(stream_of(*journal, 2, "ticket") == Texts{"created", "reserved"});
  CHECK(stream_of(*journal, 2, "order") == Texts{"placed"});
  CHECK(reminders_of(*journal, 2) == std::vector<ReminderKey>{{500, "order", 1}});
  CHECK(rows_of(*journal, {.view = 3, .prefix = "", .after = {}}) == Texts{"2:order row=created"});
  const auto snapshot = journal->read_snapshot(2, "ticket");
  REQUIRE((snapshot.has_value() && snapshot->has_value()));
  CHECK((*snapshot)->version == 2);
  CHECK((*snapshot)->state == "state");
  // The refused one left the version of its first stream alone.
  CHECK(journal.write(to_stream(2, "ticket", 2, records({"released"}))).has_value());
}

FOR_EVERY_STORE("one append may name a stream twice") {
  JournalOn<Place> journal;
  Append append = to_stream(0, "s", 0, records({"a"}));
  append.streams.push_back({"s", 1, records({"b"})});
  CHECK(journal.write(append).has_value());
  append.streams[0].expected = 2;
  append.streams[1].expected = 2;
  CHECK(journal.write(append) == wrong_version);
  CHECK(stream_of(*journal, 0, "s") == Texts{"a", "b"});
}

FOR_EVERY_STORE("an append without records changes what is derived, and can check a version") {
  JournalOn<Place> journal;
  REQUIRE(journal.write(to_stream(0, "s", 0, records({"a"}))).has_value());
  Append append = to_stream(0, "s", 1, {});
  append.rows.push_back({1, "k", "v"});
  CHECK(journal.write(append).has_value());
  append.streams[0].expected = 2;
  append.rows[0].value = "never";
  CHECK(journal.write(append) == wrong_version);
  CHECK(rows_of(*journal, {.view = 1, .prefix = "", .after = {}}) == Texts{"0:k=v"});
  CHECK(journal->feed_end() == 1);
  CHECK(journal->write({}).empty());
}

FOR_EVERY_STORE("stamps grow from batch to batch and are equal within one") {
  CommitStamp now = test_start;
  JournalOptions options = test_options();
  options.clock_us = [&now] { return now; };
  JournalOn<Place> journal{options};
  const auto stamp = [&](StreamVersion version) {
    return journal.write(to_stream(1, "s", version, records({"x"}))).value().time;
  };
  CHECK(stamp(0) == test_start);
  CHECK(stamp(1) == test_start + 1);  // the clock stands still
  now = test_start - 1'000'000;       // it is set back
  CHECK(stamp(2) == test_start + 2);
  journal.restart();
  CHECK(stamp(3) == test_start + 3);
  now = test_start + 500;
  CHECK(stamp(4) == test_start + 500);
  const std::vector<Append> group{to_stream(3, "a", 0, records({"x", "y"})),
                                  to_stream(0, "b", 0, records({"z"}))};
  for (const auto& result : journal->write(group)) CHECK(result.value().time == test_start + 501);
}

FOR_EVERY_STORE("within a batch the feed is ordered by shard, then as the appends stand") {
  JournalOn<Place> journal;
  const std::vector<Append> group{
      to_stream(3, "c", 0, records({"3.0"})), to_stream(1, "a", 0, records({"1.0", "1.1"})),
      to_stream(3, "d", 0, records({"3.1"})), to_stream(1, "b", 0, records({"1.2"}))};
  const auto results = journal->write(group);
  CHECK(results[1].value().first_seq == 1);
  CHECK(results[1].value().first_offset == 0);
  CHECK(results[3].value().first_seq == 3);
  CHECK(results[3].value().first_offset == 2);
  CHECK(results[0].value().first_seq == 4);
  CHECK(results[2].value().first_seq == 5);
  CHECK(results[2].value().first_offset == 1);

  const auto feed = journal->read_feed(0, 10);
  REQUIRE(feed.has_value());
  Texts order;
  for (const FeedRecord& entry : *feed) order.push_back(entry.record.payload);
  CHECK(order == Texts{"1.0", "1.1", "1.2", "3.0", "3.1"});
}

FOR_EVERY_STORE("the feed is read in pages from any place") {
  JournalOn<Place> journal;
  for (StreamVersion version = 0; version < 10; ++version)
    REQUIRE(journal
                .write(to_stream(version % 4, "s" + std::to_string(version), 0,
                                 records({std::to_string(version).c_str()})))
                .has_value());
  Texts all;
  FeedSeq after = 0;
  for (;;) {
    const auto page = journal->read_feed(after, 3);
    REQUIRE(page.has_value());
    if (page->empty()) break;
    CHECK(page->size() <= 3);
    for (const FeedRecord& entry : *page) {
      CHECK(entry.seq == ++after);
      all.push_back(entry.record.payload);
    }
  }
  CHECK(all == Texts{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"});
  CHECK(journal->read_feed(~FeedSeq{0}, 3)->empty());
}

FOR_EVERY_STORE("streams and shards are read in pages") {
  JournalOn<Place> journal;
  for (StreamVersion version = 0; version < 5; ++version) {
    REQUIRE(journal.write(to_stream(2, "s", version, records({"s"}))).has_value());
    REQUIRE(journal.write(to_stream(2, "t", version, records({"t"}))).has_value());
  }
  const auto page = journal->read_stream(2, "s", 2, 2);
  REQUIRE(page.has_value());
  REQUIRE(page->size() == 2);
  CHECK(page->front().version == 3);
  CHECK(page->back().version == 4);
  CHECK(journal->read_stream(2, "s", 5, 2)->empty());
  CHECK(journal->read_stream(2, "s", ~StreamVersion{0}, 2)->empty());
  CHECK(journal->read_stream(2, "s", 0, 0)->empty());
  CHECK(journal->read_stream(3, "s", 0, 10)->empty());

  const auto shard = journal->read_shard(2, 3, 4);
  REQUIRE(shard.has_value());
  CHECK(payloads(*shard) == Texts{"t", "s", "t", "s"});
  CHECK(shard->front().offset == 3);
  CHECK(journal->read_shard(2, 10, 4)->empty());
  CHECK(journal->read_shard(1, 0, 4)->empty());
}

FOR_EVERY_STORE("every record carries the hash of the one before it in its shard") {
  JournalOn<Place> journal;
  const std::vector<Append> group{to_stream(1, "a", 0, records({"1", "2"})),
                                  to_stream(2, "b", 0, records({"3"}))};
  for (const auto& result : journal->write(group)) REQUIRE(result.has_value());
  journal.restart();
  REQUIRE(journal.write(to_stream(1, "a", 2, records({"4"}))).has_value());

  const auto chain = journal->read_shard(1, 0, 10).value();
  REQUIRE(chain.size() == 3);
  const decltype(Record::previous_hash) none{};
  CHECK(chain[0].previous_hash == none);
  CHECK(chain[1].previous_hash != none);
  CHECK(chain[2].previous_hash != none);
  CHECK(chain[1].previous_hash != chain[2].previous_hash);
  CHECK(journal->read_shard(2, 0, 1)->front().previous_hash == none);
}

FOR_EVERY_STORE("reminders come in order of time, up to a time, in pages") {
  JournalOn<Place> journal;
  Append append;
  append.shard = 1;
  for (const ReminderKey& key : {ReminderKey{300, "b", 1}, ReminderKey{100, "z", 2},
                                 ReminderKey{-5, "old", 1}, ReminderKey{300, "a", 9}})
    append.reminders.push_back({key, true});
  REQUIRE(journal.write(append).has_value());
  using Keys = std::vector<ReminderKey>;
  CHECK(reminders_of(*journal, 1, 299) == Keys{{-5, "old", 1}, {100, "z", 2}});
  CHECK(reminders_of(*journal, 1, 300).size() == 4);
  CHECK(reminders_of(*journal, 1, std::numeric_limits<std::int64_t>::max()).size() == 4);
  CHECK(reminders_of(*journal, 1, -6).empty());
  CHECK(reminders_of(*journal, 0).empty());
  const auto page = journal->read_reminders(1, ReminderKey{100, "z", 2}, 1'000, 1).value();
  CHECK(page == Keys{{300, "a", 9}});
  CHECK(journal->read_reminders(1, page.back(), 1'000, 5).value() == Keys{{300, "b", 1}});
  CHECK(journal->read_reminders(1, ReminderKey{400, "z", 2}, 300, 5)->empty());

  append.reminders = {{{100, "z", 2}, false}, {{300, "a", 9}, false}};
  REQUIRE(journal.write(append).has_value());
  CHECK(reminders_of(*journal, 1) == Keys{{-5, "old", 1}, {300, "b", 1}});
}

FOR_EVERY_STORE("rows come by key, over all shards, both ways") {
  JournalOn<Place> journal;
  const std::vector<Append> group{
      to_rows(3, {{5, "a1", "x"}, {5, "b2", "x"}, {6, "a0", "other view"}}),
      to_rows(0, {{5, "a2", "x"}, {5, "b1", "x"}, {4, "z", "other view"}}),
      to_rows(2, {{5, "a3", "x"}, {5, "b2", "y"}, {5, std::string("\xff\xff"), "last"}})};
  for (const auto& result : journal->write(group)) REQUIRE(result.has_value());

  RowQuery query{.view = 5, .prefix = "", .after = {}};
  const Texts up{"3:a1=x", "0:a2=x", "2:a3=x", "0:b1=x", "2:b2=y", "3:b2=x", "2:\xff\xff=last"};
  CHECK(rows_of(*journal, query) == up);
  CHECK(rows_of(*journal, query, 2) == Texts{"3:a1=x", "0:a2=x"});
  query.after = "a2";
  CHECK(rows_of(*journal, query) == Texts(up.begin() + 2, up.end()));
  query.prefix = "b";
  CHECK(rows_of(*journal, query) == Texts{"0:b1=x", "2:b2=y", "3:b2=x"});
  query.after = "b1";
  CHECK(rows_of(*journal, query) == Texts{"2:b2=y", "3:b2=x"});
  query.after = "c";
  CHECK(rows_of(*journal, query).empty());

  Texts down = up;
  std::reverse(down.begin(), down.end());
  query = {.view = 5, .prefix = "", .after = {}, .direction = Direction::descending};
  CHECK(rows_of(*journal, query) == down);
  query.after = "b1";
  CHECK(rows_of(*journal, query) == Texts{"2:a3=x", "0:a2=x", "3:a1=x"});
  query.prefix = "b";
  CHECK(rows_of(*journal, query).empty());
  query.after = std::nullopt;
  CHECK(rows_of(*journal, query) == Texts{"3:b2=x", "2:b2=y", "0:b1=x"});
  query.prefix = "\xff";
  CHECK(rows_of(*journal, query) == Texts{"2:\xff\xff=last"});
}

FOR_EVERY_STORE("the last change of a row in a group wins") {
  JournalOn<Place> journal;
  const std::vector<Append> group{to_rows(1, {{1, "k", "a"}, {1, "gone", "a"}}),
                                  to_rows(1, {{1, "k", std::nullopt}, {1, "gone", std::nullopt}}),
                                  to_rows(1, {{1, "k", "c"}})};
  for (const auto& result : journal->write(group)) REQUIRE(result.has_value());
  CHECK(rows_of(*journal, {.view = 1, .prefix = "", .after = {}}) == Texts{"1:k=c"});
}

FOR_EVERY_STORE("a listing is of one moment, whatever is written while it is read") {
  JournalOn<Place> journal;
  REQUIRE(journal.write(to_rows(0, {{1, "a", "1"}, {1, "c", "1"}})).has_value());
  REQUIRE(journal.write(to_rows(1, {{1, "b", "1"}, {1, "d", "1"}})).has_value());
  Texts seen;
  const RowQuery query{.view = 1, .prefix = "", .after = {}};
  const auto scanned = journal->scan_rows(query, [&](const Row& row, const auto&) {
    if (seen.empty()) {
      REQUIRE(journal.write(to_rows(1, {{1, "b", "2"}, {1, "bb", "2"}, {1, "d", {}}})).has_value());
      REQUIRE(journal.write(to_rows(0, {{1, "c", {}}})).has_value());
    }
    seen.push_back(row.key + row.value);
    return true;
  });
  REQUIRE(scanned.has_value());
  CHECK(seen == Texts{"a1", "b1", "c1", "d1"});
  CHECK(rows_of(*journal, {.view = 1, .prefix = "", .after = {}}) ==
        Texts{"0:a=1", "1:b=2", "1:bb=2"});
}

FOR_EVERY_STORE("the snapshots that a listing shows are of its moment, too") {
  JournalOn<Place> journal;
  const auto write = [&](StreamVersion expected, const std::string& state) {
    Append append = to_stream(1, "s", expected, records({"x"}));
    append.streams[0].state = state;
    append.rows.push_back({1, "k" + state, "s"});
    if (expected > 0) append.rows.push_back({1, "kold", std::nullopt});
    REQUIRE(journal.write(append).has_value());
  };
  write(0, "old");
  Texts seen;
  const RowQuery query{.view = 1, .prefix = "", .after = {}};
  const auto scanned = journal->scan_rows(query, [&](const Row& row, const auto& snapshot_at) {
    write(1, "new");
    const auto snapshot = snapshot_at(row.shard, row.value);
    REQUIRE((snapshot.has_value() && snapshot->has_value()));
    seen.push_back(row.key + " " + (*snapshot)->state + std::to_string((*snapshot)->version));
    CHECK_FALSE(snapshot_at(row.shard, "nobody").value().has_value());
    return true;
  });
  REQUIRE(scanned.has_value());
  CHECK(seen == Texts{"kold old1"});
  CHECK(journal->read_snapshot(1, "s").value().value().state == "new");
}

FOR_EVERY_STORE("a snapshot is of the newest version, or there is none") {
  JournalOn<Place> journal;
  const auto snapshot = [&] { return journal->read_snapshot(1, "s").value(); };
  Append append = to_stream(1, "s", 0, records({"a", "b"}));
  append.streams[0].state = "two";
  REQUIRE(journal.write(append).has_value());
  REQUIRE(snapshot().has_value());
  CHECK(snapshot()->version == 2);
  CHECK(snapshot()->state == "two");

  append.streams[0] = {"s", 2, {}, "no record, so no version"};
  REQUIRE(journal.write(append).has_value());
  CHECK(snapshot()->state == "two");

  REQUIRE(journal.write(to_stream(1, "s", 2, records({"c"}))).has_value());
  CHECK_FALSE(snapshot().has_value());

  append.streams[0] = {"s", 3, records({"d"}), ""};
  REQUIRE(journal.write(append).has_value());
  journal.restart();
  REQUIRE(snapshot().has_value());
  CHECK(snapshot()->version == 4);
  CHECK(snapshot()->state == "");
}

FOR_EVERY_STORE("a snapshot tells the version of a stream that nobody wrote lately") {
  JournalOptions options = test_options();
  options.version_cache_entries = 0;
  JournalOn<Place> journal{options};
  Append append = to_stream(1, "s", 0, records({"a"}));
  append.streams[0].state = "one";
  REQUIRE(journal.write(append).has_value());
  for (const StreamVersion wrong : {0, 2, 3})
    CHECK(journal.write(to_stream(1, "s", wrong, records({"x"}))) == wrong_version);
  CHECK(journal.write(to_stream(1, "s", 1, records({"b"}))).has_value());
}

FOR_EVERY_STORE("any thread may read while one writes, and sees every batch whole") {
  JournalOn<Place> journal;
  std::atomic<bool> stop = false;
  std::atomic<std::size_t> torn = 0;
  std::vector<std::jthread> readers;
  for (int i = 0; i < 2; ++i)
    readers.emplace_back([&] {
      do {
        Texts values;  // one row in each of two shards, always written together
        const RowQuery query{.view = 1, .prefix = "", .after = {}};
        const auto scanned = journal->scan_rows(query, [&](const Row& row, const auto&) {
          values.push_back(row.value);
          return true;
        });
        if (!scanned || (!values.empty() && (values.size() != 2 || values[0] != values[1]))) ++torn;
        const FeedSeq end = journal->feed_end();
        const auto feed = journal->read_feed(end > 5 ? end - 5 : 0, 5);
        if (!feed || feed->size() < std::min<FeedSeq>(end, 5)) ++torn;
        const Offset offset = journal->shard_end(1);
        const auto shard = journal->read_shard(1, 0, offset);
        if (!shard || shard->size() != offset) ++torn;
      } while (!stop);
    });
  for (StreamVersion version = 0; version < 100; ++version) {
    std::vector<Append> group{to_stream(1, "s", version, records({"x"})),
                              to_stream(2, "t", version, records({"y"}))};
    for (Append& append : group) append.rows.push_back({1, "k", std::to_string(version)});
    for (const auto& result : journal->write(group)) REQUIRE(result.has_value());
  }
  stop = true;
  readers.clear();
  CHECK(torn == 0);
  CHECK(journal->feed_end() == 200);
}

FOR_EVERY_STORE("what is past a named limit is refused and writes nothing") {
  JournalOn<Place> journal;
  const auto with_payload = [](std::size_t size) {
    return to_stream(0, "s", 0, {{.type = 1, .schema = 1, .payload = std::string(size, 'p')}});
  };
  CHECK(journal.write(with_payload(payload_bytes_max + 1)) == too_large);
  CHECK(journal.write(to_stream(0, "", 0, records({"x"}))) == too_large);
  const std::string longest(stream_name_bytes_max, 'n');
  CHECK(journal.write(to_stream(0, longest + "n", 0, records({"x"}))) == too_large);
  CHECK(journal.write(to_rows(0, {{1, std::string(row_key_bytes_max + 1, 'k'), "v"}})) ==
        too_large);
  CHECK(journal.write(to_rows(0, {{1, "k", std::string(append_bytes_max, 'v')}})) == too_large);
  Append reminder;
  reminder.reminders.push_back({{1, longest + "n", 1}, true});
  CHECK(journal.write(reminder) == too_large);
  Append state = to_stream(0, "s", 0, records({"x"}));
  state.streams[0].state = std::string(append_bytes_max, 's');
  CHECK(journal.write(state) == too_large);
  CHECK(journal->feed_end() == 0);

  CHECK(journal.write(with_payload(payload_bytes_max)).has_value());
  CHECK(journal.write(to_stream(0, longest, 0, records({"x"}))).has_value());
  CHECK(stream_of(*journal, 0, longest) == Texts{"x"});
  CHECK(stream_of(*journal, 0, "s").front().size() == payload_bytes_max);
}

FOR_EVERY_STORE("a new epoch fences the older ones, also after a restart") {
  JournalOn<Place> journal;
  Append append = to_stream(1, "s", 0, records({"a"}));
  append.epoch = journal->begin_epoch(1).value();
  CHECK(append.epoch == 1);
  REQUIRE(journal.write(append).has_value());
  CHECK(journal->begin_epoch(1).value() == 2);
  append.streams[0].expected = 1;
  CHECK(journal.write(append) == stale_epoch);
  journal.restart();
  CHECK(journal.write(append) == stale_epoch);
  append.epoch = 2;
  CHECK(journal.write(append).has_value());
  CHECK(journal->read_stream(1, "s", 1, 1)->front().epoch == 2);
  CHECK(journal->begin_epoch(0).value() == 1);  // every shard counts for itself
  append.shard = 4;
  append.epoch = 0;
  CHECK(journal.write(append) == stale_epoch);  // there are four: 0 to 3
  CHECK(journal->begin_epoch(4) == tl::unexpected(StorageError::stale_epoch));
}

FOR_EVERY_STORE("epochs that begin together are those that would begin one by one") {
  JournalOn<Place> journal;
  REQUIRE(journal->begin_epoch(2).value() == 1);
  const std::vector<ShardNumber> all{0, 2, 3};
  CHECK(journal->begin_epochs(all) == std::vector<Epoch>{1, 2, 1});
  const std::vector<ShardNumber> some_wrong{0, 4};
  CHECK(journal->begin_epochs(some_wrong) == tl::unexpected(StorageError::stale_epoch));
  CHECK(journal->begin_epochs({}) == std::vector<Epoch>{});
  journal.restart();
  const std::vector<ShardNumber> twice{0, 1, 0};
  CHECK(journal->begin_epochs(twice) == std::vector<Epoch>{2, 1, 3});
  Append append = to_stream(2, "s", 0, records({"a"}));
  append.epoch = 1;
  CHECK(journal.write(append) == stale_epoch);
  append.epoch = 2;
  CHECK(journal.write(append).has_value());
}

FOR_EVERY_STORE("a journal goes on after a restart where it ended") {
  JournalOn<Place> journal;
  REQUIRE(journal.write(to_stream(1, "a", 0, records({"1", "2"}))).has_value());
  REQUIRE(journal.write(to_stream(2, "b", 0, records({"3"}))).has_value());
  journal.restart();
  CHECK(journal->feed_end() == 3);
  CHECK(journal->shard_end(1) == 2);
  CHECK(journal->shard_end(2) == 1);
  CHECK(journal->shard_end(0) == 0);
  const auto next = journal.write(to_stream(1, "a", 2, records({"4"})));
  REQUIRE(next.has_value());
  CHECK(next->first_offset == 2);
  CHECK(next->first_seq == 4);
  CHECK(stream_of(*journal, 1, "a") == Texts{"1", "2", "4"});
}

FOR_EVERY_STORE("the number of shards is fixed when the store is created") {
  Place place;
  CHECK(Journal::open(place.store(), test_options(8)).has_value());
  const auto other = Journal::open(place.store(), test_options(16));
  REQUIRE_FALSE(other.has_value());
  CHECK(other.error().find("8 shards") != std::string::npos);
  CHECK_FALSE(Journal::open(place.store(), test_options(0)).has_value());
  CHECK(Journal::open(place.store(), test_options(8)).has_value());
}

// A thousand in a store are ten dollars or a thousand yen: whoever opens it must mean the same.
FOR_EVERY_STORE("what the application has fixed for a store is kept, and another is refused") {
  Place place;
  const auto open_as = [&](const std::string& label) {
    auto options = test_options();
    options.label = label;
    return Journal::open(place.store(), options);
  };
  REQUIRE(open_as("").has_value());  // of before there was a label
  CHECK(Journal::stored_label(place.store()) == "");
  REQUIRE(open_as("currency jpy").has_value());
  CHECK(Journal::stored_label(place.store()) == "currency jpy");
  CHECK(open_as("currency jpy").has_value());
  CHECK(open_as("").has_value());
  const auto other = open_as("currency usd");
  REQUIRE_FALSE(other.has_value());
  CHECK(other.error() ==
        "this was created with currency jpy and can't be opened with currency usd");
  CHECK(Journal::stored_label(place.store()) == "currency jpy");
  // Nothing in the way of a restart, a verification, and of writing on.
  auto options = test_options();
  options.label = "currency jpy";
  {
    const auto journal = open_journal(place.store(), options);
    CHECK(journal->begin_epoch(0).has_value());
  }
  // Said before anything is recovered: whoever named the wrong directory has nothing to mend in it.
  WriteBatch damage;
  damage.put(Family::meta, keys::tail(0), "damaged");
  REQUIRE(place.store().write(damage).has_value());
  const auto damaged_other = open_as("currency usd");
  REQUIRE_FALSE(damaged_other.has_value());
  CHECK(damaged_other.error() == other.error());
  CHECK_FALSE(open_as("currency jpy").has_value());
}

FOR_EVERY_STORE("versions are right however few of them are kept in memory") {
  JournalOptions options = test_options();
  options.version_cache_entries = 3;
  JournalOn<Place> journal{options};
  constexpr std::size_t streams = 10;
  for (StreamVersion version = 0; version < 4; ++version) {
    std::vector<Append> group;
    for (std::size_t i = 0; i < streams; ++i) {
      group.push_back(to_stream(i % 4, "s" + std::to_string(i), version, records({"x"})));
      if (version > 0)
        group.push_back(to_stream(i % 4, "s" + std::to_string(i), version - 1, records({"y"})));
    }
    const auto results = journal->write(group);
    for (std::size_t i = 0; i < group.size(); ++i) {
      const bool right = group[i].streams[0].expected == version;
      CHECK(results[i].has_value() == right);
    }
  }
  CHECK(journal->feed_end() == streams * 4);
}

TEST_CASE("a store is its application's, and one without a name belongs to whoever wrote such") {
  const auto open = [](Store& store, ApplicationName application) {
    JournalOptions options;
    options.shard_count = 2;
    options.clock_us = [] { return CommitStamp{1}; };
    options.application = std::move(application);
    return Journal::open(store, options);
  };
  MemoryPlace named;
  CHECK(open(named.store(), {"blog"}).has_value());
  named.restart();
  const auto refused = open(named.store(), {"tickets", true});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error() ==
        "this directory is of the application 'blog'; this program is 'tickets'");
  CHECK(open(named.store(), {"blog"}).has_value());
  CHECK(Journal::check_application(named.store(), {"blog"}).has_value());
  CHECK_FALSE(Journal::check_application(named.store(), {"tickets", true}).has_value());

  MemoryPlace unnamed;
  CHECK(open(unnamed.store(), {}).has_value());
  unnamed.restart();
  CHECK(open(unnamed.store(), {"tickets", true}).has_value());
  unnamed.restart();
  CHECK_FALSE(open(unnamed.store(), {"blog"}).has_value());
  CHECK_FALSE(Journal::check_application(unnamed.store(), {"blog"}).has_value());

  MemoryPlace empty;  // is nobody's yet
  CHECK(Journal::check_application(empty.store(), {"blog"}).has_value());
}
}  // namespace
}  // namespace usher
