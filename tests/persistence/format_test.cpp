// The bytes are those of docs/journal_format.md, whose examples are read and compared here. When
// one of these fails, data directories that exist can't be read any more: change the format version
// or the record's form (section 8 there), not the example.
#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "persistence/acked_file.hpp"
#include "persistence/key_layout.hpp"
#include "persistence/record_codec.hpp"
#include "persistence/redo.hpp"
#include "tests/persistence/damage.hpp"

namespace usher {
namespace {

std::string bytes_of(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

// The lines between "```text <name>" and the next "```".
std::vector<std::string> block(const std::string& name) {
  std::ifstream file{USHER_SOURCE_DIR "/docs/journal_format.md"};
  REQUIRE(file);
  std::vector<std::string> lines;
  std::string line;
  while (std::getline(file, line) && line != "```text " + name) {
  }
  while (std::getline(file, line) && line != "```") lines.push_back(line);
  REQUIRE_FALSE(lines.empty());
  return lines;
}

std::string example_record() {
  std::string hex;
  for (const std::string& line : block("record")) hex += line.substr(0, line.find(' '));
  return bytes_of(hex);
}

std::map<std::string, std::string> examples(const std::string& name_of_block = "examples") {
  std::map<std::string, std::string> all;
  for (const std::string& line : block(name_of_block)) {
    std::istringstream words{line};
    std::string name;
    std::string hex;
    words >> name >> hex;
    all[name] = bytes_of(hex);
  }
  return all;
}

// Of a shard's log, with the example record and nothing else.
LoggedEntry example_entry() {
  return {.shard = 3,
          .kind = LogKind::payload,
          .index = 17,
          .term = 2,
          .next = 2,
          .records = 1,
          .stamp = 1'700'000'000'000'000,
          .last_hash = hash_of(example_record())};
}

TEST_CASE("the record is encoded as the specification says") {
  CHECK(encode_record({.shard = 3,
                       .offset = 1,
                       .epoch = 2,
                       .version = 1,
                       .type = 16,
                       .schema = 1,
                       .time = 1'700'000'000'000'000,
                       .previous_hash = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                       .stream = "o-17",
                       .payload = "hello"}) == example_record());
}

TEST_CASE("the record is decoded as the specification says") {
  const auto record = decode_record(example_record(), 3, 1);
  REQUIRE(record.has_value());
  CHECK(record->shard == 3);
  CHECK(record->offset == 1);
  CHECK(record->epoch == 2);
  CHECK(record->version == 1);
  CHECK(record->type == 16);
  CHECK(record->schema == 1);
  CHECK(record->time == 1'700'000'000'000'000);
  CHECK(record->previous_hash[15] == 15);
  CHECK(record->stream == "o-17");
  CHECK(record->payload == "hello");
}

TEST_CASE("a record that is changed in any bit, cut or moved is corrupt") {
  const std::string intact = example_record();
  check_no_damage_is_read(
      intact, [](const std::string& bytes) { return decode_record(bytes, 3, 1).has_value(); });
  CHECK_FALSE(decode_record(intact, 3, 2).has_value());
  CHECK_FALSE(decode_record(intact, 2, 1).has_value());
}

TEST_CASE("keys and small values are those of the specification") {
  const auto hash = hash_of(example_record());
  const auto expected = examples();
  const std::map<std::string, std::string> written{
      {"journal-key", keys::journal(3, 1)},
      {"streams-key", keys::with_version(keys::stream_prefix(3, "o-17"), 1)},
      {"streams-value", keys::stream_value(1)},
      {"feed-key", keys::feed(42)},
      {"feed-value", keys::feed_value(std::vector<keys::FeedRun>{{3, 1, 1}, {7, 200, 3}})},
      {"snapshots-key", keys::snapshot(3, "o-17")},
      {"snapshots-value", keys::snapshot_value(1, "state")},
      {"reminders-key", keys::reminder(3, {1'700'000'900'000, "o-17", 1})},
      {"views-key", keys::row(1, "k", 3)},
      {"meta-key", keys::tail(3)},
      {"meta-value", keys::tail_value({2, 2, 1'700'000'000'000'000, hash, 17})},
      {"format-key", keys::format()},
      {"format-value", keys::format_value({5, 64})},
      {"acked-slot", encode_slot(7, {99, NewestRecord{42, 3, 1}})}};
  CHECK(written == expected);
  CHECK(keys::format_version == 5);
}

TEST_CASE("entries of the redo log are those of the specification") {
  WriteBatch batch;
  batch.put(Family::views, keys::row(1, "k", 3), "row");
  batch.erase(Family::reminders, std::string("\0\3ab", 4));
  batch.newest = NewestRecord{42, 3, 1};
  const std::map<std::string, std::string> written{
      {"redo-key", redo_key(7)},
      {"redo-value", encode_redo(batch)},
      {"redo-mark", encode_redo_end({7, batch.newest})}};
  CHECK(written == examples("redo"));
}

// What it says of itself, not only its bytes: a start makes the same of it.
TEST_CASE("entries of shards' logs are those of the specification") {
  WriteBatch batch;
  batch.put(Family::views, keys::row(1, "k", 3), "row");
  batch.newest = NewestRecord{42, 3, 1};
  const LoggedEntry entry = example_entry();
  const std::string bytes = encode_turn(batch, {entry}, {1});
  CHECK(std::map<std::string, std::string>{{"redo-value", bytes}} == examples("redo of logs"));

  const auto read = decode_redo(bytes);
  REQUIRE(read.has_value());
  CHECK(read->newest == batch.newest);
  std::map<std::pair<Family, std::string>, std::string> changes;
  for (const RedoChange& change : read->changes) {
    REQUIRE(change.value.has_value());
    changes[{change.family, std::string{change.key}}] = *change.value;
  }
  const keys::ShardTail tail{2, 2, entry.stamp, entry.last_hash, 17};
  CHECK(changes == std::map<std::pair<Family, std::string>, std::string>{
                       {{Family::views, keys::row(1, "k", 3)}, "row"},
                       {{Family::meta, keys::tail(3)}, keys::tail_value(tail)},
                       {{Family::feed, keys::feed(42)},
                        keys::feed_value(std::vector<keys::FeedRun>{{3, 1, 1}})}});
}

TEST_CASE("a proposal, and what is kept of its promises, are those of the specification") {
  WriteBatch batch;
  batch.put(Family::views, keys::row(1, "k", 3), "row");
  const LoggedEntry entry = example_entry();
  const LoggedPromise promise{3, 2, 1, 16};
  const std::map<std::string, std::string> written{
      {"redo-value", encode_proposal(batch, {entry}, {1}, {promise})},
      {"promise-key", keys::promise(3)},
      {"promise-value", keys::promise_value(promise)}};
  CHECK(written == examples("proposal"));
  CHECK(keys::read_promise_value(3, keys::promise_value(promise)) == promise);
}

TEST_CASE("what is written as a key or small value is read back") {
  const auto stream_key = keys::with_version(keys::stream_prefix(3, "o-17"), 9);
  const auto stream = keys::read_stream_key(stream_key);
  REQUIRE(stream.has_value());
  CHECK(stream->shard == 3);
  CHECK(stream->stream == "o-17");
  CHECK(stream->version == 9);
  const ReminderKey reminder{-5, "o-17", 1};
  CHECK(keys::read_reminder(keys::reminder(3, reminder)) == reminder);
  const keys::ShardTail tail{2, 3, 4, hash_of("x"), 5};
  CHECK(keys::read_tail_value(keys::tail_value(tail)) == tail);
  const keys::ShardTail of_format_4{2, 3, 4, hash_of("x"), 0};
  CHECK(keys::read_tail_value(keys::tail_value(of_format_4)) == of_format_4);
  const std::vector<keys::FeedRun> runs{{3, 1, 1}, {7, 200, 3}};
  CHECK(keys::read_feed_value(keys::feed_value(runs)) == runs);
  CHECK(keys::read_feed_value({}) == std::nullopt);
  CHECK(keys::read_feed_value(keys::feed_value(std::vector<keys::FeedRun>{{3, 1, 0}})) ==
        std::nullopt);
  CHECK(keys::read_feed_value(keys::feed_value(std::vector<keys::FeedRun>{{3, ~Offset{0}, 2}})) ==
        std::nullopt);
  const AckedBound bound{99, NewestRecord{42, 3, 1}};
  const auto slot = decode_slot(encode_slot(7, bound));
  REQUIRE(slot.has_value());
  CHECK(slot->first == 7);
  CHECK(slot->second == bound);
  CHECK(decode_slot(encode_slot(1, {}))->second == AckedBound{});
}

TEST_CASE("the range behind a prefix ends with the last key that has it") {
  CHECK(keys::behind("ab") == "ac");
  CHECK(keys::behind(std::string("a\xff\xff")) == "b");
  CHECK(keys::behind(std::string("\xff\xff")) == "");
  CHECK(keys::behind("") == "");
}

}  // namespace
}  // namespace usher
