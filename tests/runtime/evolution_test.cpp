// What an older program wrote is read by this one, by every way there is to read it; what a newer
// one wrote is refused in words. The counters (counters.hpp) are in their third schema.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "actors/runtime/projections/history.hpp"
#include "actors/runtime/projections/replay.hpp"
#include "actors/runtime/projections/stored_state.hpp"
#include "tests/runtime/counters.hpp"

using namespace usher;
using namespace usher::counters;

namespace {

using Replay = ReplayOf<Counters>;

const CounterId id = CounterId::mint(0, 0, 1);
constexpr TimeMs wake_at = 9'000'000'000'000;

struct Programs : Bench {
  Epoch epoch = *journal->begin_epoch(0);
  StreamVersion version = 0;

  // A program writes what it knows: its events, and the state after them in its form.
  void write(NewRecord record, std::string state, std::vector<ReminderChange> reminders = {}) {
    Append append;
    append.shard = 0;
    append.epoch = epoch;
    append.streams.push_back({stream_of(id), version++, {std::move(record)}, std::move(state)});
    append.reminders = std::move(reminders);
    REQUIRE(journal->write({&append, 1})[0].has_value());
  }
  void write_first_schema(std::int64_t tens) {
    write({1, 1, ByteWriter{}.i64(tens).take()}, ByteWriter{}.u8(1).i64(10 * tens).take());
  }
  void write_second_schema(std::int64_t amount, std::int64_t total) {
    write({1, 2, ByteWriter{}.i64(amount).take()}, ByteWriter{}.u8(1).i64(total).take());
  }
  void write_this_schema(Counter::Added added, const Counter::State& after) {
    write(encode(Counter::Event{added}), encode_state(after),
          {{ReminderKey{added.alarm, stream_of(id), 1}, true}});
  }
  void write_unknown_schema() {
    write({1, 4, ByteWriter{}.i64(1).i64(0).i64(7).take()}, ByteWriter{}.u8(3).i64(1).take());
  }

  // Everything that a replay finds, or does instead of comparing.
  std::vector<std::string> verify() {
    Replay replay;
    return found_by(replay, [&] { replay.finish_shard(store, 0); });
  }
  std::vector<std::string> rebuild() {
    Replay replay;
    return found_by(replay,
                    [&] { REQUIRE(store.write(replay.rebuild_shard(store, 0)).has_value()); });
  }
  template <class Finish>
  std::vector<std::string> found_by(Replay& replay, Finish finish) {
    const auto records = *journal->read_shard(0, 0, 100);
    for (const Record& record : records) replay.see(record);
    finish();
    std::vector<std::string> found;
    for (const auto& finding : replay.findings()) found.push_back(finding.what);
    return found;
  }
  std::string snapshot() { return journal->read_snapshot(0, stream_of(id))->value().state; }
  void lose_derived() {
    WriteBatch batch;
    batch.erase(Family::snapshots, keys::snapshot(0, stream_of(id)));
    batch.erase(Family::reminders, keys::reminder(0, {wake_at, stream_of(id), 1}));
    REQUIRE(store.write(batch).has_value());
  }
};

}  // namespace

TEST_CASE("an event is written in its newest schema") {
  const NewRecord record = encode(Counter::Event{Counter::Added{3, wake_at}});
  CHECK(record.schema == 3);
  CHECK(record.payload == ByteWriter{}.i64(3).i64(wake_at).take());
}

TEST_CASE("an event of each earlier schema is lifted to what it is now") {
  const auto decoded = [](std::uint16_t schema, const std::string& payload) {
    return decode_event<Counter>(1, schema, payload);
  };
  const std::string seven = ByteWriter{}.i64(7).take();
  CHECK((decoded(1, seven) == Counter::Event{Counter::Added{70, 0}}));
  CHECK((decoded(2, seven) == Counter::Event{Counter::Added{7, 0}}));
  CHECK((decoded(3, ByteWriter{}.i64(7).i64(wake_at).take()) ==
         Counter::Event{Counter::Added{7, wake_at}}));
}

TEST_CASE("an event has the form of its own schema and of no other") {
  const std::string one = ByteWriter{}.i64(7).take();
  const std::string two = ByteWriter{}.i64(7).i64(wake_at).take();
  const auto error = [](std::uint16_t schema, const std::string& payload) {
    return decode_event<Counter>(1, schema, payload).error();
  };
  CHECK(error(1, two) == CodecError::malformed);
  CHECK(error(2, two) == CodecError::malformed);
  CHECK(error(3, one) == CodecError::malformed);
  CHECK(error(0, one) == CodecError::unknown_schema);
  CHECK(error(4, two) == CodecError::unknown_schema);
}

TEST_CASE("what three programs wrote is one counter, however it is read") {
  Programs three;
  three.write_first_schema(4);
  SUBCASE("the last of them old") { three.write_second_schema(2, 42); }
  SUBCASE("the last of them this one") {
    three.write_second_schema(1, 41);
    three.write_this_schema({1, wake_at}, {42, wake_at});
  }
  const auto stored = stored_aggregate<Counter>(*three.journal, 0, id);
  REQUIRE(stored.has_value());
  CHECK(stored->version == three.version);
  CHECK(stored->state->total == 42);

  const auto history = read_history<Counter>(*three.journal, 0, id, 0, 100);
  REQUIRE(history.has_value());
  REQUIRE(history->size() == three.version);
  CHECK((history->front().event == Counter::Event{Counter::Added{40, 0}}));
  CHECK(history->back().state == *stored->state);

  // The snapshot of an older program is in its own form, and no damage.
  CHECK(three.verify() == std::vector<std::string>{});
  CHECK(three.rebuild() == std::vector<std::string>{});
  CHECK(three.snapshot() == encode_state(*stored->state));
  CHECK(three.verify() == std::vector<std::string>{});

  three.lose_derived();
  CHECK(three.rebuild() == std::vector<std::string>{});
  CHECK(three.snapshot() == encode_state(*stored->state));
  CHECK(three.verify() == std::vector<std::string>{});
  CHECK((stored_aggregate<Counter>(*three.journal, 0, id)->state->total == 42));
}

TEST_CASE("a snapshot in this program's form that says something else is damage") {
  Programs program;
  program.write(encode(Counter::Event{Counter::Added{3, 0}}), encode_state(Counter::State{4, 0}));
  CHECK(program.verify().size() == 1);
}

TEST_CASE("what a newer program wrote is refused, in words, and left as it is") {
  Programs newer;
  newer.write_first_schema(4);
  newer.write_unknown_schema();
  const std::string theirs = newer.snapshot();

  const auto stored = stored_aggregate<Counter>(*newer.journal, 0, id);
  REQUIRE(!stored.has_value());
  CHECK(stored.error() == StorageError::corrupt);
  CHECK_FALSE(read_history<Counter>(*newer.journal, 0, id, 0, 100).has_value());

  const std::string words{words_of(CodecError::unknown_schema)};
  CHECK(words.find("a newer one wrote it") != std::string::npos);
  CHECK(newer.verify().front() == words);
  // Half a rebuild would take away what the newer program still needs.
  CHECK(newer.rebuild() ==
        std::vector<std::string>{words, "not rebuilt, as not all of its events could be read"});
  CHECK(newer.snapshot() == theirs);
}
