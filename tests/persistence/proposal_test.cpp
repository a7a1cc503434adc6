// Entries that are durable before they are committed: what waits in the log, what is applied of it,
// replaced in it, and what a start makes of all that.
#include <algorithm>

#include "persistence/key_layout.hpp"
#include "persistence/redo.hpp"
#include "persistence/redo_start.hpp"
#include "persistence/verify.hpp"
#include "tests/persistence/damage.hpp"
#include "tests/persistence/stores.hpp"

namespace usher {
namespace {

#define FOR_EVERY_STORE(name) TEST_CASE_TEMPLATE(name, Place, MemoryPlace, DiskPlace)

using Places = std::vector<LogPlace>;

// Whoever has promised anything was not alone: the feed is in the order of the commits.
constexpr LoggedPromise with_others{.shard = 0, .term = 1, .vote = 2, .commit = 0};

// Each of them an append of one record to a stream of its own.
template <class Place>
void propose(JournalOn<Place>& journal, const std::vector<std::pair<ShardNumber, std::string>>& to,
             const std::vector<LoggedPromise>& promises = {}) {
  std::vector<Append> appends;
  for (const auto& [shard, stream] : to) {
    appends.push_back(to_stream(shard, stream, 0, {NewRecord{1, 1, "of " + stream}}));
    appends.back().epoch = journal->log_end(shard).term;
  }
  auto turn = journal->prepare(appends);
  for (const auto& outcome : turn.outcomes()) CHECK(outcome.has_value());
  REQUIRE(journal->propose(std::move(turn), promises).has_value());
}

template <class Place>
void begin(JournalOn<Place>& journal, const LogPlace& entry) {
  REQUIRE(journal->propose(journal->prepare_epochs(Places{entry}), {}).has_value());
}

template <class Place>
std::size_t records_of(JournalOn<Place>& journal, ShardNumber shard, const std::string& stream) {
  return journal->read_stream(shard, stream, 0, 10)->size();
}

FOR_EVERY_STORE("of a record with entries of several shards each is applied when it is committed") {
  JournalOn<Place> journal;
  propose(journal, {{0, "a"}, {1, "b"}, {2, "c"}}, {with_others});
  propose(journal, {{1, "d"}});
  CHECK(journal->anything_waits());
  CHECK(journal->feed_end() == 0);

  const auto applied = journal->apply(Places{{1, 2, 0}});
  REQUIRE(applied.size() == 2);
  CHECK(applied[0].place == LogPlace{1, 1, 0});
  CHECK(applied[1].first_seq == 2);
  CHECK(records_of(journal, 1, "d") == 1);
  CHECK(records_of(journal, 0, "a") == 0);
  CHECK(journal->applied_end(1).index == 2);
  CHECK(verify(journal.place.store()).is_clean());

  CHECK(journal->apply(Places{{2, 1, 0}, {0, 1, 0}}).size() == 2);
  CHECK_FALSE(journal->anything_waits());
  CHECK(journal->feed_end() == 4);
  journal.restart();
  CHECK(journal->feed_end() == 4);
  CHECK(records_of(journal, 2, "c") == 1);
  CHECK(verify(journal.place.store()).is_clean());
}

FOR_EVERY_STORE("what waits is replaced from an index on, and never seen") {
  JournalOn<Place> journal;
  REQUIRE(journal->begin_epoch(1) == 1);
  for (const char* stream : {"a", "b", "c"}) propose(journal, {{1, stream}});
  begin(journal, {1, 3, 2});
  CHECK(journal->log_end(1) == LogPlace{1, 3, 2});
  CHECK(journal->shard_end(1) == 0);
  // The stream's version is that of what is left.
  propose(journal, {{1, "b"}});
  CHECK(journal->apply(Places{{1, 4, 0}}).size() == 3);
  CHECK(records_of(journal, 1, "a") == 1);
  CHECK(records_of(journal, 1, "b") == 1);
  CHECK(records_of(journal, 1, "c") == 0);
  CHECK_FALSE(journal->anything_waits());
  journal.restart();
  CHECK(records_of(journal, 1, "c") == 0);
  CHECK(journal->log_end(1) == LogPlace{1, 4, 2});
  CHECK(verify(journal.place.store()).is_clean());
}

FOR_EVERY_STORE("a start applies what is between the mark and the stored commit, and no more") {
  JournalOn<Place> journal;
  propose(journal, {{0, "a"}, {1, "b"}});
  propose(journal, {{0, "c"}});
  // Of shard 0 the first entry is known to be committed; the next record says so.
  propose(journal, {{1, "d"}}, {{.shard = 0, .term = 4, .vote = 2, .commit = 1}});
  for (int starts = 0; starts < 2; ++starts) {
    journal.restart();
    CHECK(records_of(journal, 0, "a") == 1);
    CHECK(records_of(journal, 0, "c") == 0);
    CHECK(records_of(journal, 1, "b") == 0);
    CHECK(journal->feed_end() == 1);
    CHECK(journal->promise(0) == LoggedPromise{0, 4, 2, 1});
    CHECK(journal->promise(1) == LoggedPromise{1, 0, 0, 0});
    CHECK(journal->log_end(0) == LogPlace{0, 2, 0});
    CHECK(journal->log_end(1) == LogPlace{1, 2, 0});
    CHECK(verify(journal.place.store()).is_clean());
  }
  // And it knows what the rest comes to.
  const Append again = to_stream(1, "d", 0, records({"x"}));
  CHECK_FALSE(journal->prepare({&again, 1}).outcomes()[0].has_value());
  CHECK(journal->apply(Places{{0, 2, 0}, {1, 2, 0}}).size() == 3);
  CHECK(journal->feed_end() == 4);
  journal.restart();
  CHECK(journal->feed_end() == 4);
  CHECK(journal->promise(0) == LoggedPromise{0, 4, 2, 1});
  CHECK(verify(journal.place.store()).is_clean());
}

FOR_EVERY_STORE("a start does not bring back what was replaced in the log") {
  for (const bool is_applied : {false, true}) {
    JournalOn<Place> journal;
    // The records have entries of another shard that wait, so none of them may be forgotten.
    propose(journal, {{0, "a"}, {3, "x"}});
    propose(journal, {{0, "b"}, {3, "y"}});
    propose(journal, {{0, "c"}, {3, "z"}});
    begin(journal, {0, 1, 2});
    if (is_applied) journal->apply(Places{{0, 1, 0}});
    journal.restart();
    if (is_applied) journal->apply(Places{{0, 1, 0}});  // not stored as committed
    CHECK(journal->log_end(0) == LogPlace{0, 1, 2});
    CHECK(journal->log_end(3).index == 3);
    propose(journal, {{0, "b"}});
    journal->apply(Places{{0, 2, 0}, {3, 3, 0}});
    CHECK(records_of(journal, 0, "a") == 0);
    CHECK(records_of(journal, 0, "b") == 1);
    CHECK(records_of(journal, 3, "z") == 1);
    CHECK_FALSE(journal->anything_waits());
    CHECK(verify(journal.place.store()).is_clean());
  }
}

FOR_EVERY_STORE("a promise is kept, whatever becomes of its record") {
  JournalOn<Place> journal;
  const LoggedPromise promise{.shard = 2, .term = 7, .vote = 3, .commit = 0};
  REQUIRE(journal->propose({}, {&promise, 1}).has_value());
  CHECK(journal->promise(2) == promise);
  // A turn whose sync commits it lets go of all records before it.
  REQUIRE(journal.write(to_stream(1, "a", 0, records({"x"}))).has_value());
  journal.restart();
  CHECK(journal->promise(2) == promise);
  REQUIRE(journal.write(to_stream(1, "a", 1, records({"y"}))).has_value());
  journal.restart();
  journal.restart();
  CHECK(journal->promise(2) == promise);
}

TEST_CASE("what was taken out of a turn is not in it, and the rest is as it was") {
  for (const auto shard : std::vector<ShardNumber>{0, 1, 2}) {
    JournalOn<MemoryPlace> journal;
    std::vector<Append> appends;
    for (const auto each : std::vector<ShardNumber>{0, 1, 2}) {
      appends.push_back(to_stream(each, "s", 0, records({"x"})));
      appends.push_back(to_stream(each, "t", 0, records({"y"})));
    }
    auto turn = journal->prepare(appends);
    Journal::take_out(turn, shard, StorageError::stale_epoch);
    for (std::size_t i = 0; i < appends.size(); ++i) {
      CHECK(turn.outcomes()[i].has_value() == (appends[i].shard != shard));
      if (appends[i].shard == shard) continue;
      CHECK(turn.entries()[turn.entry_of(i)].shard == appends[i].shard);
      CHECK(turn.within_entry(i).first_seq == i % 2);
    }
    REQUIRE(journal->propose(std::move(turn), {}).has_value());
    journal->apply(Places{{0, 1, 0}, {1, 1, 0}, {2, 1, 0}});
    for (const auto each : std::vector<ShardNumber>{0, 1, 2})
      CHECK(records_of(journal, each, "t") == (each == shard ? 0 : 1));
    CHECK(verify(journal.place.store()).is_clean());
  }
}

TEST_CASE("a proposal that is changed in any bit, cut or continued is damaged") {
  WriteBatch batch;
  batch.put(Family::views, "key", "value");
  const std::vector<LoggedEntry> entries{
      {.shard = 3, .index = 300, .term = 2, .next = 4, .records = 1},
      {.shard = 5, .kind = LogKind::empty, .index = 1, .term = 3}};
  const std::vector<LoggedPromise> promises{{3, 300, 2, 299}, {5, 3, 1, 0}};
  const std::string intact = encode_proposal(batch, entries, {1, 1}, promises);
  CHECK(read_logged_promises(intact) == promises);
  CHECK(read_logged_entries(intact).size() == 2);
  CHECK(is_proposal(intact));
  check_no_damage_is_read(intact,
                          [](const std::string& bytes) { return decode_redo(bytes).has_value(); });
}

// Entries are committed in another order than that of their records.
TEST_CASE("many turns that wait, over starts, are each in the feed once") {
  JournalOn<DiskPlace> journal{[] {
    auto options = test_options();
    options.version_cache_entries = 0;
    return options;
  }()};
  REQUIRE(journal->propose({}, {&with_others, 1}).has_value());
  for (int i = 0; i < 200; ++i) {
    propose(journal, {{static_cast<ShardNumber>(i % 4), "s" + std::to_string(i)},
                      {static_cast<ShardNumber>((i + 1) % 4), "t" + std::to_string(i)}});
    if (i % 3 == 2) {
      Places committed;
      for (ShardNumber shard = 0; shard < 4; ++shard)
        committed.push_back({shard, journal->log_end(shard).index - (i % 2), 0});
      journal->apply(committed);
    }
    if (i % 50 == 49) {
      journal.restart();
      CHECK(verify(journal.place.store()).is_clean());
    }
  }
  Places all;
  for (ShardNumber shard = 0; shard < 4; ++shard) all.push_back(journal->log_end(shard));
  journal->apply(all);
  CHECK(journal->feed_end() == 400);
  CHECK(verify(journal.place.store()).is_clean());
}

}  // namespace
}  // namespace usher
