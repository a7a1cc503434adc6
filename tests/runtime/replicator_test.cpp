// replicator: a turn through the core of consensus, and what it promises about the journal.
#include "actors/runtime/replicator.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "consensus/factory.hpp"
#include "persistence/memory_store.hpp"

using namespace usher;

namespace {

constexpr ShardNumber shard_count = 4;

// The core of a node that is alone, and what it was asked: at which batch of the disk.
class Watched final : public consensus::ConsensusCore {
 public:
  struct Turn {
    std::string operations;
    std::uint64_t batches = 0;  // on the disk when it was asked
    std::uint64_t seen = 0;     // of the feed, likewise
  };
  Watched(std::vector<Turn>& turns, MemoryDisk& disk, Journal& journal)
      : turns_(turns), disk_(disk), journal_(journal) {}
  consensus::Results turn(const consensus::Operations& operations) override {
    turns_.push_back(
        {std::string{operations.bytes()}, disk_.batches_written(), journal_.feed_end()});
    return core_->turn(operations);
  }

 private:
  std::vector<Turn>& turns_;
  MemoryDisk& disk_;
  Journal& journal_;
  std::unique_ptr<consensus::ConsensusCore> core_ =
      *consensus::make_core(consensus::CoreKind::alone, {});
};

struct ReplicatorSpec {
  ReplicatorSpec() { start(); }

  void start() {
    replicator.reset();
    journal.reset();
    store = std::make_unique<MemoryStore>(disk);
    JournalOptions options;
    options.shard_count = shard_count;
    options.clock_us = [] { return CommitStamp{1'700'000'000'000'000}; };
    auto opened = Journal::open(*store, options);
    REQUIRE(opened.has_value());
    journal = *std::move(opened);
    turns.clear();
    replicator =
        std::make_unique<Replicator>(*journal, std::make_unique<Watched>(turns, *disk, *journal));
  }
  std::vector<Epoch> lead(std::vector<ShardNumber> shards) {
    const auto led = replicator->lead(shards);
    REQUIRE(led.has_value());
    return *led;
  }
  static Append append(ShardNumber shard, Epoch epoch, std::string stream,
                       StreamVersion expected = 0) {
    return {shard, epoch, {{std::move(stream), expected, {NewRecord{1, 1, "x"}}}}, {}, {}};
  }
  tl::expected<Appended, StorageError> write(const Append& one) {
    return replicator->write({&one, 1}).front();
  }

  std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
  std::unique_ptr<MemoryStore> store;
  std::unique_ptr<Journal> journal;
  std::vector<Watched::Turn> turns;
  std::unique_ptr<Replicator> replicator;
};

constexpr auto stale = tl::unexpected(StorageError::stale_epoch);
constexpr auto unavailable = tl::unexpected(StorageError::unavailable);

}  // namespace

TEST_CASE("given a start, then all shards are led by one sync, in terms that none had before") {
  ReplicatorSpec spec;
  const auto before = spec.disk->batches_written();
  CHECK(spec.lead({0, 1, 2, 3}) == std::vector<Epoch>{1, 1, 1, 1});
  CHECK(spec.disk->batches_written() == before + 1);
  CHECK(spec.journal->log_end(2) == LogPlace{2, 1, 1});
  spec.start();
  CHECK(spec.lead({2}) == std::vector<Epoch>{2});
  spec.start();
  // The epochs in the order of the shards.
  CHECK(spec.lead({3, 2, 1}) == std::vector<Epoch>{2, 3, 2});
}

TEST_CASE("given appends to several shards, then they are one turn of the core and one sync") {
  ReplicatorSpec spec;
  spec.lead({0, 1, 2, 3});
  const auto before = spec.disk->batches_written();
  const auto turns = spec.turns.size();
  const std::vector<Append> appends{spec.append(2, 1, "a"), spec.append(0, 1, "b"),
                                    spec.append(2, 1, "c")};
  for (const auto& outcome : spec.replicator->write(appends)) CHECK(outcome.has_value());
  CHECK(spec.disk->batches_written() == before + 1);
  REQUIRE(spec.turns.size() == turns + 1);
  CHECK(spec.journal->log_end(2) == LogPlace{2, 2, 1});
  CHECK(spec.journal->log_end(0) == LogPlace{0, 2, 1});
  CHECK(spec.journal->log_end(1) == LogPlace{1, 1, 1});
}

TEST_CASE("given a turn, then the core hears of its sync after it was applied, in the next one") {
  ReplicatorSpec spec;
  spec.lead({1});
  REQUIRE(spec.write(spec.append(1, 1, "a")).has_value());
  REQUIRE(spec.write(spec.append(1, 1, "b")).has_value());
  // What is proposed in a turn is not on the disk yet; what it is told of as synced is visible.
  const auto& [operations, batches, seen] = spec.turns.back();
  consensus::Operations expected;
  expected.synced(1);
  expected.propose(1, 1);
  CHECK(operations == expected.bytes());
  CHECK(seen == 1);
  CHECK(spec.disk->batches_written() == batches + 1);
}

TEST_CASE("given turns about other shards, whatever their order, then each goes through") {
  ReplicatorSpec spec;
  spec.lead({0, 1, 2, 3});
  // The core has something to say of the last turn's shards first.
  for (const auto& shards : {std::vector{1, 2}, {0, 1}, {3}, {0, 3, 2}, {2, 3}, {1}}) {
    std::vector<Append> appends;
    for (const int shard : shards)
      appends.push_back(
          spec.append(static_cast<ShardNumber>(shard), 1, "s" + std::to_string(spec.turns.size())));
    for (const auto& outcome : spec.replicator->write(appends)) CHECK(outcome.has_value());
  }
  CHECK(spec.journal->log_end(3).index == 4);
}

TEST_CASE("given appends that are all refused or empty, then the core is not asked") {
  ReplicatorSpec spec;
  spec.lead({1});
  const auto turns = spec.turns.size();
  CHECK(spec.write(spec.append(1, 1, "a", 7)) == tl::unexpected(StorageError::wrong_version));
  CHECK(spec.write(spec.append(1, 2, "a")) == stale);
  CHECK(spec.write({1, 1, {}, {}, {}}).has_value());
  CHECK(spec.replicator->write({}).empty());
  CHECK(spec.turns.size() == turns);
}

TEST_CASE("given a shard that is not led here, or that is none, then its appends are refused") {
  ReplicatorSpec spec;
  spec.lead({1});
  const std::vector<Append> appends{spec.append(0, 0, "a"), spec.append(1, 1, "a"),
                                    spec.append(shard_count, 0, "a"), spec.append(1, 1, "b")};
  const auto outcomes = spec.replicator->write(appends);
  CHECK(outcomes[0] == stale);
  CHECK(outcomes[1].has_value());
  CHECK(outcomes[2] == stale);
  CHECK(outcomes[3].has_value());
  CHECK(outcomes[3]->first_offset == 1);
  CHECK(spec.journal->log_end(0) == LogPlace{0, 0, 0});
}

TEST_CASE("given that somebody else appends to a shard, then it is led here no longer") {
  ReplicatorSpec spec;
  spec.lead({1, 2});
  // Even under the same epoch: its log has an entry that this leader did not propose.
  const auto other = spec.append(1, 1, "other");
  REQUIRE(spec.journal->write({&other, 1}).front().has_value());
  CHECK(spec.write(spec.append(1, 1, "a")) == stale);
  CHECK(spec.write(spec.append(2, 1, "a")).has_value());
}

TEST_CASE(
    "given a disk that fails, then nothing of the turn is said to be done, nor of later ones") {
  for (const auto outcome : {MemoryDisk::Outcome::lost, MemoryDisk::Outcome::kept}) {
    ReplicatorSpec spec;
    spec.lead({1, 2});
    spec.disk->fail_next_write(outcome);
    const std::vector<Append> appends{spec.append(1, 1, "a"), spec.append(2, 1, "b"),
                                      spec.append(2, 1, "c", 5)};
    const auto answers = spec.replicator->write(appends);
    CHECK(answers[0] == unavailable);
    CHECK(answers[1] == unavailable);
    CHECK(answers[2] == tl::unexpected(StorageError::wrong_version));  // it certainly is not
    CHECK(spec.journal->feed_end() == 0);
    CHECK(spec.write(spec.append(1, 1, "a")) == unavailable);
    spec.start();
    CHECK(spec.journal->feed_end() == (outcome == MemoryDisk::Outcome::kept ? 2 : 0));
    CHECK(spec.lead({1, 2}) == std::vector<Epoch>{2, 2});
  }
}

TEST_CASE("given a start whose disk fails, then nothing is led") {
  ReplicatorSpec spec;
  spec.disk->fail_next_write(MemoryDisk::Outcome::lost);
  const std::vector<ShardNumber> shards{0, 1};
  CHECK(spec.replicator->lead(shards) == unavailable);
  CHECK(spec.write(spec.append(0, 1, "a")) == stale);
}
