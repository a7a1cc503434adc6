// The journal against a model that is too simple to be wrong: maps in memory. Every seed is a
// different history of appends, right and wrong, new epochs, restarts and failed writes; a failing
// seed is a complete bug report.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "persistence/verify.hpp"
#include "tests/persistence/stores.hpp"

namespace usher {
namespace {

constexpr ShardNumber shards = 3;
constexpr std::uint8_t view = 1;

struct Model {
  using Stream = std::pair<ShardNumber, std::string>;
  std::map<Stream, Texts> streams;
  std::map<std::pair<std::string, ShardNumber>, std::string> rows;
  std::map<ShardNumber, std::set<ReminderKey>> reminders;
  std::map<Stream, std::optional<std::string>> snapshots;  // of every stream
  std::map<ShardNumber, Epoch> epochs;
  Texts feed;  // "shard/stream/payload"

  bool accepts(const Append& append) const {
    if (append.shard >= shards || append.epoch != epoch(append.shard)) return false;
    std::map<std::string, StreamVersion> versions;
    for (const StreamAppend& stream : append.streams) {
      const auto place = versions.try_emplace(stream.stream, version(append.shard, stream.stream));
      if (place.first->second != stream.expected) return false;
      place.first->second += stream.records.size();
    }
    return true;
  }
  void apply(const Append& append) {
    for (const StreamAppend& stream : append.streams) {
      for (const NewRecord& record : stream.records) {
        streams[{append.shard, stream.stream}].push_back(record.payload);
        feed.push_back(std::to_string(append.shard) + "/" + stream.stream + "/" + record.payload);
      }
      if (!stream.records.empty()) snapshots[{append.shard, stream.stream}] = stream.state;
    }
    for (const RowChange& row : append.rows) {
      if (row.value)
        rows[{row.key, append.shard}] = *row.value;
      else
        rows.erase({row.key, append.shard});
    }
    for (const ReminderChange& change : append.reminders) {
      if (change.set)
        reminders[append.shard].insert(change.key);
      else
        reminders[append.shard].erase(change.key);
    }
  }
  StreamVersion version(ShardNumber shard, const std::string& stream) const {
    const auto found = streams.find({shard, stream});
    return found == streams.end() ? 0 : found->second.size();
  }
  Epoch epoch(ShardNumber shard) const {
    const auto found = epochs.find(shard);
    return found == epochs.end() ? 0 : found->second;
  }
};

class History {
 public:
  explicit History(std::uint32_t seed) : random_(seed) {
    JournalOptions options = test_options(shards);
    options.version_cache_entries = 4;  // most look-ups go to the store
    // A clock that stands still, jumps and goes back.
    options.clock_us = [this] { return test_start + static_cast<CommitStamp>(below(50)); };
    journal_ = std::make_unique<JournalOn<MemoryPlace>>(options);
  }

  void step() {
    switch (below(20)) {
      case 0:
        journal_->restart();
        break;
      case 1: {
        const auto shard = static_cast<ShardNumber>(below(shards));
        const auto begun = (*journal_)->begin_epoch(shard);
        REQUIRE(begun.has_value());
        CHECK(*begun == ++model_.epochs[shard]);
        break;
      }
      case 2:
        write(below(2) == 0 ? MemoryDisk::Outcome::kept : MemoryDisk::Outcome::lost);
        break;
      default:
        write(std::nullopt);
    }
  }

  void compare() {
    const Journal& journal = **journal_;
    for (const auto& [stream, expected] : model_.streams)
      CHECK(payloads(journal.read_stream(stream.first, stream.second, 0, 10'000).value()) ==
            expected);
    Texts feed;
    const auto entries = journal.read_feed(0, 100'000).value();
    for (const FeedRecord& entry : entries)
      feed.push_back(std::to_string(entry.record.shard) + "/" + entry.record.stream + "/" +
                     entry.record.payload);
    CHECK(feed == model_.feed);
    CHECK(journal.feed_end() == model_.feed.size());
    compare_rows(Direction::ascending);
    compare_rows(Direction::descending);
    for (ShardNumber shard = 0; shard < shards; ++shard) {
      const auto& expected = model_.reminders[shard];
      CHECK(journal.read_reminders(shard, {}, 1'000, 10'000).value() ==
            std::vector<ReminderKey>(expected.begin(), expected.end()));
    }
    for (const auto& [stream, state] : model_.snapshots) {
      const auto snapshot = journal.read_snapshot(stream.first, stream.second).value();
      CHECK(snapshot.has_value() == state.has_value());
      if (!snapshot || !state) continue;
      CHECK(snapshot->state == *state);
      CHECK(snapshot->version == model_.version(stream.first, stream.second));
    }
    const auto report = verify(journal.store());
    for (const Finding& finding : report.findings) FAIL_CHECK(text_of(finding));
  }

 private:
  std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(random_() % end); }

  // `fault`: the write fails, and the process is restarted.
  void write(std::optional<MemoryDisk::Outcome> fault) {
    std::vector<Append> group(1 + below(5));
    for (Append& append : group) append = some_append();
    if (fault) {
      // One that is accepted whatever the others are: or nothing would be written, or fail.
      Append& certain = group.emplace_back();
      certain.epoch = model_.epoch(certain.shard);
      certain.rows.push_back({view, "k certain", std::to_string(++payload_)});
      journal_->place.disk->fail_next_write(*fault);
    }
    const auto results = (*journal_)->write(group);

    Model after = model_;
    std::vector<Append> accepted;
    for (std::size_t i = 0; i < group.size(); ++i) {
      const bool expected = after.accepts(group[i]);
      if (expected) {
        // Streams count at once; the feed is by shard, below.
        for (const StreamAppend& stream : group[i].streams)
          after.streams[{group[i].shard, stream.stream}].resize(
              after.version(group[i].shard, stream.stream) + stream.records.size());
        accepted.push_back(group[i]);
      }
      if (!fault) CHECK(results[i].has_value() == expected);
    }
    std::stable_sort(accepted.begin(), accepted.end(),
                     [](const Append& a, const Append& b) { return a.shard < b.shard; });
    if (!fault || *fault == MemoryDisk::Outcome::kept)
      for (const Append& append : accepted) model_.apply(append);
    if (fault) journal_->restart();
  }

  Append some_append() {
    Append append;
    append.shard = static_cast<ShardNumber>(below(shards));
    append.epoch = model_.epoch(append.shard);
    if (below(15) == 0) ++append.epoch;
    for (std::uint32_t count = below(3); count > 0; --count) {
      const std::string stream = "s" + std::to_string(below(8));
      StreamVersion expected = model_.version(append.shard, stream);
      if (below(6) == 0) expected = below(4);
      std::vector<NewRecord> all(below(4));
      for (NewRecord& record : all) record.payload = std::to_string(++payload_);
      append.streams.push_back({stream, expected, std::move(all), std::nullopt});
      if (below(2) == 0) append.streams.back().state = std::to_string(++payload_);
    }
    for (std::uint32_t count = below(3); count > 0; --count) {
      RowChange row{view, "k" + std::to_string(below(10)), std::nullopt};
      if (below(3) > 0) row.value = std::to_string(++payload_);
      append.rows.push_back(std::move(row));
    }
    if (below(2) == 0)
      append.reminders.push_back({{below(5), "s" + std::to_string(below(3)), 1}, below(3) > 0});
    return append;
  }

  void compare_rows(Direction direction) {
    Texts rows;
    Texts expected;
    for (const auto& [key, value] : model_.rows)
      expected.push_back(key.first + "/" + std::to_string(key.second) + "=" + value);
    if (direction == Direction::descending) std::reverse(expected.begin(), expected.end());
    const auto scanned = (*journal_)->scan_rows(
        {.view = view, .prefix = "k", .after = {}, .direction = direction},
        [&](const Row& row, const Journal::SnapshotAt&) {
          rows.push_back(row.key + "/" + std::to_string(row.shard) + "=" + row.value);
          return true;
        });
    CHECK(scanned.has_value());
    CHECK(rows == expected);
  }

  std::mt19937 random_;
  std::uint64_t payload_ = 0;
  Model model_;
  std::unique_ptr<JournalOn<MemoryPlace>> journal_;
};

TEST_CASE("the journal does what the model does, whatever fails") {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    History history{seed};
    for (int step = 0; step < 80; ++step) {
      history.step();
      if (step % 20 == 19) history.compare();
    }
  }
}

}  // namespace
}  // namespace usher
