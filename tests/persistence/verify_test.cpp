// Everything that can be wrong with a store is found, and named with its place.
#include "persistence/verify.hpp"

#include <stdexcept>

#include "persistence/key_layout.hpp"
#include "persistence/record_codec.hpp"
#include "tests/persistence/stores.hpp"

namespace usher {
namespace {

// A small, sound store, whose bytes can then be changed behind the journal's back.
struct Sample {
  Sample() {
    JournalOn<MemoryPlace> journal;
    const std::vector<std::vector<Append>> groups{
        {to_stream(1, "s", 0, records({"0", "1"})), to_stream(2, "t", 0, records({"0"}))},
        {to_stream(1, "s", 2, records({"2"})), to_stream(1, "u", 0, records({"3"}))},
        {to_stream(1, "u", 1, records({"4"})), to_stream(2, "t", 1, records({"1"}))}};
    for (const auto& group : groups)
      for (const auto& result : journal->write(group)) REQUIRE(result.has_value());
    place.disk = journal.place.disk;
    place.restart();
  }
  std::string get(Family family, const std::string& key) {
    const auto value = place.store().get(family, key);
    REQUIRE((value.has_value() && value->has_value()));
    return **value;
  }
  void put(Family family, std::string key, std::optional<std::string> value) {
    WriteBatch batch;
    batch.puts.push_back({family, std::move(key), std::move(value)});
    REQUIRE(place.store().write(batch).has_value());
  }
  // What verify says, one line for each finding.
  std::string findings() {
    std::string text;
    for (const Finding& finding : verify(place.store()).findings) text += text_of(finding) + "\n";
    return text;
  }
  // Writes the record again as somebody would who can make checksums.
  void forge(ShardNumber shard, Offset offset, const std::function<void(Record&)>& change) {
    auto record = decode_record(get(Family::journal, keys::journal(shard, offset)), shard, offset);
    REQUIRE(record.has_value());
    change(*record);
    put(Family::journal, keys::journal(shard, offset),
        encode_record({.shard = record->shard,
                       .offset = record->offset,
                       .epoch = record->epoch,
                       .version = record->version,
                       .type = record->type,
                       .schema = record->schema,
                       .time = record->time,
                       .previous_hash = record->previous_hash,
                       .stream = record->stream,
                       .payload = record->payload}));
  }

  MemoryPlace place;
};

bool mentions(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a sound store is clean, and every record is visited in order") {
  Sample sample;
  Texts visited;
  std::vector<ShardNumber> done;
  std::uint64_t progress = 0;
  VerifyOptions options;
  options.visit = [&](const Record& record) {
    visited.push_back(std::to_string(record.shard) + record.stream + record.payload);
  };
  options.shard_done = [&](ShardNumber shard) { done.push_back(shard); };
  options.progress = [&](std::uint64_t read, std::uint64_t of) {
    progress = read;
    CHECK(of == 7);
  };
  const auto report = verify(sample.place.store(), options);
  CHECK(report.is_clean());
  CHECK(report.records == 7);
  CHECK(report.shard_count == 4);
  CHECK(visited == Texts{"1s0", "1s1", "1s2", "1u3", "1u4", "2t0", "2t1"});
  CHECK(done == std::vector<ShardNumber>{0, 1, 2, 3});
  CHECK(progress == 7);
}

TEST_CASE("a damaged record is found by its checksum") {
  Sample sample;
  std::string bytes = sample.get(Family::journal, keys::journal(1, 2));
  bytes[40] ^= 1;
  sample.put(Family::journal, keys::journal(1, 2), bytes);
  CHECK(mentions(sample.findings(), "shard 1, offset 2: damaged"));
}

TEST_CASE("a record in another's place is found") {
  Sample sample;
  sample.put(Family::journal, keys::journal(1, 2),
             sample.get(Family::journal, keys::journal(1, 1)));
  CHECK(mentions(sample.findings(), "shard 1, offset 2: damaged"));
}

TEST_CASE("a forged record breaks the chain, the last one disagrees with the shard's end") {
  Sample sample;
  sample.forge(1, 2, [](Record& record) { record.payload = "forged"; });
  CHECK(mentions(sample.findings(), "shard 1, offset 3: the chain is broken"));
  Sample last;
  last.forge(2, 1, [](Record& record) { record.payload = "forged"; });
  CHECK(mentions(last.findings(), "the hash and time of the last record"));
}

TEST_CASE("times and epochs that go back are found, and epochs that never began") {
  Sample sample;
  sample.forge(1, 1, [](Record& record) { record.time = 5; });
  CHECK(mentions(sample.findings(), "shard 1, offset 1: its time is before"));
  CHECK(mentions(sample.findings(), "is out of the order of time, shard and offset"));
  Sample epochs;
  epochs.forge(1, 1, [](Record& record) { record.epoch = 7; });
  CHECK(mentions(epochs.findings(), "shard 1, offset 1: its epoch has never begun"));
  CHECK(mentions(epochs.findings(), "shard 1, offset 2: its epoch is older"));
}

TEST_CASE("a missing record is found where it is missed") {
  Sample middle;
  middle.put(Family::journal, keys::journal(1, 2), std::nullopt);
  CHECK(mentions(middle.findings(), "shard 1, offset 2: missing"));
  CHECK(mentions(middle.findings(), "shard 1, offset 2: the feed's record"));
  Sample last;
  last.put(Family::journal, keys::journal(2, 1), std::nullopt);
  CHECK(mentions(last.findings(), "shard 2, offset 1: the records end here"));
}

TEST_CASE("entries in streams that are missing, wrong or too many are found") {
  const std::string key = keys::with_version(keys::stream_prefix(1, "s"), 2);
  Sample missing;
  missing.put(Family::streams, key, std::nullopt);
  CHECK(mentions(missing.findings(), "shard 1, offset 1: it has no entry in streams"));
  CHECK(mentions(missing.findings(), "shard 1, offset 2: the versions of its stream have a gap"));
  Sample wrong;
  wrong.put(Family::streams, key, keys::stream_value(0));
  CHECK(mentions(wrong.findings(), "shard 1, offset 1: its entry in streams names another record"));
  Sample more;
  more.put(Family::streams, keys::with_version(keys::stream_prefix(1, "s"), 4),
           keys::stream_value(9));
  CHECK(mentions(more.findings(), "shard 1: 6 entries in streams for 5 intact records"));
}

// The sample's feed has three entries: up to 3, up to 5 and up to 7.
TEST_CASE("a feed that misses, repeats or invents records is found") {
  using Runs = std::vector<keys::FeedRun>;
  const auto put = [](Sample& sample, FeedSeq seq, const Runs& runs) {
    sample.put(Family::feed, keys::feed(seq), keys::feed_value(runs));
  };
  Sample sound;
  put(sound, 7, {{1, 4, 1}, {2, 1, 1}});
  CHECK(sound.findings().empty());
  Sample missing;
  missing.put(Family::feed, keys::feed(5), std::nullopt);
  CHECK(mentions(missing.findings(), "the feed goes on with 6 behind 3"));
  Sample repeated;
  put(repeated, 7, {{1, 4, 2}});
  CHECK(mentions(repeated.findings(), "shard 1, offset 5: the feed's record 7 isn't there"));
  CHECK(mentions(repeated.findings(), "shard 2, offset 1: the feed doesn't have"));
  Sample again;
  put(again, 7, {{1, 3, 1}, {2, 1, 1}});
  CHECK(mentions(again.findings(), "shard 1, offset 3: the feed's record 6 should be"));
  Sample invented;
  put(invented, 8, {{3, 0, 1}});
  CHECK(mentions(invented.findings(), "shard 3, offset 0: the feed's record 8 isn't there"));
  Sample overlapping;
  put(overlapping, 7, {{1, 4, 1}, {2, 0, 2}});
  CHECK(mentions(overlapping.findings(), "the feed goes on with 5 behind 5"));
  Sample damaged;
  damaged.put(Family::feed, keys::feed(7), "damaged");
  CHECK(mentions(damaged.findings(), "the feed's entry behind 5 is damaged"));
  Sample endless;
  put(endless, 7, {{1, 4, 1ULL << 60}});
  CHECK(mentions(endless.findings(), "the feed's entry behind 5 is damaged"));
  Sample cut;
  cut.put(Family::feed, keys::feed(7), std::nullopt);
  CHECK(mentions(cut.findings(), "shard 2, offset 1: it was acknowledged as 7"));
}

TEST_CASE("a damaged end, format, snapshot or reminder is found") {
  Sample end;
  end.put(Family::meta, keys::tail(1), std::string(44, 'x'));
  CHECK(mentions(end.findings(), "shard 1: the shard's end is damaged"));
  Sample format;
  format.put(Family::meta, keys::format(), "x");
  CHECK(mentions(format.findings(), "the format is damaged"));
  format.put(Family::meta, keys::format(), std::nullopt);
  CHECK(mentions(format.findings(), "the format is missing"));
  Sample snapshot;
  snapshot.put(Family::snapshots, keys::snapshot(1, "s"), keys::snapshot_value(3, "state"));
  CHECK(snapshot.findings().empty());
  snapshot.put(Family::snapshots, keys::snapshot(1, "s"), keys::snapshot_value(4, "state"));
  CHECK(mentions(snapshot.findings(), "shard 1: a snapshot is newer than its stream"));
  snapshot.put(Family::snapshots, keys::snapshot(1, "s"), keys::snapshot_value(2, "state"));
  CHECK(mentions(snapshot.findings(), "shard 1: a snapshot is older than its stream"));
  snapshot.put(Family::snapshots, keys::snapshot(1, "s"), "damaged value");
  CHECK(mentions(snapshot.findings(), "shard 1: a snapshot is damaged"));
  Sample reminder;
  reminder.put(Family::reminders, keys::reminders_from(1, 5) + "\x09x", "");
  CHECK(mentions(reminder.findings(), "shard 1: a reminder is damaged"));
  Sample shard;
  shard.put(Family::reminders, keys::reminder(9, {1, "s", 1}), "");
  CHECK(mentions(shard.findings(), "reminders has entries of a shard that doesn't exist"));
  Sample row;
  row.put(Family::views, keys::row(1, "k", 9), "v");
  CHECK(mentions(row.findings(), "shard 9: there is a row of it, but it doesn't exist"));
  row.put(Family::views, "\1k", "v");
  CHECK(mentions(row.findings(), "a row's key is damaged"));
}

TEST_CASE("a damaged snapshot is read as none") {
  Sample sample;
  sample.put(Family::snapshots, keys::snapshot(1, "s"), "damaged value");
  const auto journal = open_journal(sample.place.store(), test_options());
  const auto read = journal->read_snapshot(1, "s");
  REQUIRE(read.has_value());
  CHECK_FALSE(read->has_value());
}

TEST_CASE("a journal doesn't open on a store whose ends are wrong") {
  const auto refusal = [](Sample& sample) {
    const auto opened = Journal::open(sample.place.store(), test_options());
    return opened ? std::string{} : opened.error();
  };
  Sample sound;
  CHECK(refusal(sound).empty());
  Sample forged;
  forged.forge(2, 1, [](Record& record) { record.payload = "forged"; });
  CHECK(mentions(refusal(forged), "not the one that was written: shard 2, offset 1"));
  Sample missing;
  missing.put(Family::journal, keys::journal(2, 1), std::nullopt);
  CHECK(mentions(refusal(missing), "missing: shard 2, offset 1"));
  Sample behind;
  behind.put(Family::journal, keys::journal(2, 2), "x");
  CHECK(mentions(refusal(behind), "behind the end: shard 2, offset 2"));
  Sample damaged;
  damaged.put(Family::journal, keys::journal(2, 1), "x");
  CHECK(mentions(refusal(damaged), "damaged: shard 2, offset 1"));
  Sample feed;
  feed.put(Family::feed, keys::feed(7), std::nullopt);
  CHECK_FALSE(refusal(feed).empty());
  Sample format;
  format.put(Family::meta, keys::format(), std::nullopt);
  CHECK(mentions(refusal(format), "no format but is not empty"));
  Sample newer;
  newer.put(Family::meta, keys::format(), keys::format_value({keys::format_version + 1, 4}));
  CHECK(mentions(refusal(newer), "this is format " + std::to_string(keys::format_version + 1)));
}

TEST_CASE("reading damage is an error, not a wrong answer") {
  Sample sample;
  const auto journal = open_journal(sample.place.store(), test_options());
  sample.put(Family::journal, keys::journal(1, 1), "x");
  CHECK(journal->read_stream(1, "s", 0, 9).error() == StorageError::corrupt);
  CHECK(journal->read_stream(1, "s", 0, 1).has_value());
  CHECK(journal->read_shard(1, 0, 9).error() == StorageError::corrupt);
  CHECK(journal->read_feed(0, 9).error() == StorageError::corrupt);
  sample.put(Family::journal, keys::journal(1, 1), std::nullopt);
  CHECK(journal->read_stream(1, "s", 0, 9).error() == StorageError::corrupt);
  CHECK(journal->read_shard(1, 0, 9).error() == StorageError::corrupt);
  sample.put(Family::reminders, keys::reminders_from(1, 5) + "\x09x", "");
  CHECK(journal->read_reminders(1, {}, 10, 10).error() == StorageError::corrupt);
}

TEST_CASE("a visitor that throws ends the check with a finding; findings are bounded") {
  Sample sample;
  VerifyOptions options;
  options.visit = [](const Record&) { throw std::runtime_error("no memory for the replay"); };
  const auto report = verify(sample.place.store(), options);
  REQUIRE(report.findings.size() == 1);
  CHECK(mentions(report.findings[0].what, "no memory for the replay"));

  for (Offset offset = 0; offset < 4; ++offset)
    sample.put(Family::journal, keys::journal(1, offset), "x");
  options = {};
  options.findings_max = 2;
  const auto bounded = verify(sample.place.store(), options);
  CHECK(bounded.findings.size() == 2);
  CHECK(bounded.findings_dropped > 0);
}

}  // namespace
}  // namespace usher
