// The store in memory fails in the ways that a real one does.
#include "persistence/memory_store.hpp"

#include "tests/persistence/stores.hpp"

namespace usher {
namespace {

constexpr auto unavailable = tl::unexpected(StorageError::unavailable);
using Outcome = MemoryDisk::Outcome;

TEST_CASE("a failed write is unknown until the restart, and ends writing") {
  for (const Outcome outcome : {Outcome::lost, Outcome::kept}) {
    CAPTURE(static_cast<int>(outcome));
    JournalOn<MemoryPlace> journal;
    REQUIRE(journal.write(to_stream(1, "s", 0, records({"a"}))).has_value());
    journal.place.disk->fail_next_write(outcome);
    const std::vector<Append> group{to_stream(1, "s", 1, records({"b"})),
                                    to_stream(2, "t", 0, records({"c"})),
                                    to_stream(2, "t", 5, records({"wrong"}))};
    const auto results = journal->write(group);
    CHECK(results[0] == unavailable);
    CHECK(results[1] == unavailable);
    CHECK(results[2] == tl::unexpected(StorageError::wrong_version));

    // Nothing moved, reads go on, and nothing more is written, right or wrong.
    CHECK(journal->feed_end() == 1);
    CHECK(journal->shard_end(1) == 1);
    CHECK(journal->shard_end(2) == 0);
    CHECK(journal->read_stream(1, "s", 0, 9)->size() == 1);
    CHECK(journal->store().failure().has_value());
    CHECK(journal.write(to_stream(1, "s", 1, records({"b"}))) == unavailable);
    CHECK(journal.write(to_stream(1, "s", 9, records({"b"}))) == unavailable);
    CHECK(journal->begin_epoch(0) == unavailable);

    journal.restart();
    const bool kept = outcome == Outcome::kept;
    CHECK(journal->feed_end() == (kept ? 3 : 1));
    CHECK(journal.write(to_stream(1, "s", kept ? 2 : 1, records({"d"}))).has_value());
    CHECK(journal.write(to_stream(2, "t", kept ? 1 : 0, records({"e"}))).has_value());
  }
}

TEST_CASE("a failed begin of an epoch is unknown until the restart") {
  JournalOn<MemoryPlace> journal;
  journal.place.disk->fail_next_write(Outcome::kept);
  CHECK(journal->begin_epoch(1) == unavailable);
  journal.restart();
  CHECK(journal->begin_epoch(1) == 2);
  journal.place.disk->fail_next_write(Outcome::lost);
  CHECK(journal->begin_epoch(1) == unavailable);
  journal.restart();
  CHECK(journal->begin_epoch(1) == 3);
}

TEST_CASE("the epochs of all shards are one batch: a start costs one sync") {
  JournalOn<MemoryPlace> journal;
  const std::vector<ShardNumber> all{0, 1, 2, 3};
  const auto before = journal.place.disk->batches_written();
  CHECK(journal->begin_epochs(all).has_value());
  CHECK(journal.place.disk->batches_written() == before + 1);
  journal.place.disk->fail_next_write(Outcome::lost);
  CHECK(journal->begin_epochs(all) == tl::unexpected(StorageError::unavailable));
  CHECK(journal->begin_epoch(1) == unavailable);
}

TEST_CASE("the hook sees every batch and decides whether it fails") {
  JournalOn<MemoryPlace> journal;
  std::size_t seen = 0;
  journal.place.disk->on_write([&](const WriteBatch& batch) -> std::optional<Outcome> {
    CHECK_FALSE(batch.puts.empty());
    if (++seen == 2) return Outcome::lost;
    return std::nullopt;
  });
  CHECK(journal.write(to_stream(0, "s", 0, records({"a"}))).has_value());
  CHECK(journal.write(to_stream(0, "s", 1, records({"b"}))) == unavailable);
  CHECK(seen == 2);
  CHECK(journal.place.disk->batches_written() == 2);  // the first one made the format
}

TEST_CASE("a journal refuses to open when an acknowledged batch has vanished") {
  MemoryPlace place;
  {
    const auto journal = open_journal(place.store(), test_options());
    const std::vector<Append> appends{to_stream(1, "s", 0, records({"a"})),
                                      to_stream(3, "t", 0, records({"b", "c"}))};
    for (const Append& append : appends) REQUIRE(journal->write({&append, 1}).front().has_value());
  }
  CHECK(place.disk->lose_last_batch());
  CHECK_FALSE(place.disk->lose_last_batch());
  place.restart();
  const auto refused = Journal::open(place.store(), test_options());
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().find("shard 3, offset 1") != std::string::npos);
  CHECK(refused.error().find("usher restore") != std::string::npos);

  place.disk->forget_acknowledged();  // the operator accepts the loss
  const auto journal = Journal::open(place.store(), test_options());
  REQUIRE(journal.has_value());
  CHECK((*journal)->feed_end() == 1);
  CHECK((*journal)->shard_end(3) == 0);
}

TEST_CASE("a store that a newer one has replaced can't write") {
  const auto disk = std::make_shared<MemoryDisk>();
  MemoryStore old{disk};
  WriteBatch batch;
  batch.put(Family::meta, "key", "value");
  CHECK(old.write(batch).has_value());
  MemoryStore current{disk};
  CHECK(old.write(batch) == unavailable);
  CHECK(old.failure().has_value());
  CHECK(current.write(batch).has_value());
  CHECK_FALSE(current.failure().has_value());
}

TEST_CASE("the bytes are counted, and go when the last cursor that saw them is gone") {
  MemoryStore store{std::make_shared<MemoryDisk>()};
  const auto write = [&](std::string key, std::optional<std::string> value) {
    WriteBatch batch;
    batch.puts.push_back({Family::views, std::move(key), std::move(value)});
    REQUIRE(store.write(batch).has_value());
  };
  write("a", "12345");
  write("b", "1");
  CHECK(store.approximate_bytes() == 8);
  auto cursor = store.scan(Family::views, {});
  write("a", std::nullopt);
  write("b", "123");
  write("c", "1");
  write("c", std::nullopt);
  CHECK(store.approximate_bytes() == 4);
  REQUIRE(cursor->valid());
  CHECK(cursor->value() == "12345");
  cursor->next();
  CHECK(cursor->value() == "1");
  cursor->next();
  CHECK_FALSE(cursor->valid());
  cursor.reset();
  const auto later = store.scan(Family::views, {});
  REQUIRE(later->valid());
  CHECK(later->key() == "b");
  CHECK(later->value() == "123");
}

}  // namespace
}  // namespace usher
