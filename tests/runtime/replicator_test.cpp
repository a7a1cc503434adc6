// replicator: a turn through the core of consensus, and what it promises about the journal.
#include "actors/runtime/replicator.hpp"

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "consensus/factory.hpp"
#include "persistence/memory_store.hpp"
#include "persistence/verify.hpp"
#include "tests/support/fickle_core.hpp"

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

// As a process that ends and starts again on the same disk.
struct JournalSpec {
  void open_journal() {
    journal.reset();
    store = std::make_unique<MemoryStore>(disk);
    JournalOptions options;
    options.shard_count = shard_count;
    options.clock_us = [] { return CommitStamp{1'700'000'000'000'000}; };
    auto opened = Journal::open(*store, options);
    REQUIRE(opened.has_value());
    journal = *std::move(opened);
  }

  std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
  std::unique_ptr<MemoryStore> store;
  std::unique_ptr<Journal> journal;
};

struct ReplicatorSpec : JournalSpec {
  ReplicatorSpec() { start(); }

  void start() {
    replicator.reset();
    open_journal();
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
  // All of them are known at once, as with every core that commits by a sync.
  std::vector<Replicator::Outcome> write(std::span<const Append> appends) {
    const auto written = replicator->write(appends);
    std::vector<Replicator::Outcome> outcomes;
    for (const auto& outcome : written.outcomes) {
      REQUIRE(outcome.has_value());
      outcomes.push_back(*outcome);
    }
    return outcomes;
  }
  Replicator::Outcome write(const Append& one) { return write({&one, 1}).front(); }

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
  for (const auto& outcome : spec.write(appends)) CHECK(outcome.has_value());
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
    for (const auto& outcome : spec.write(appends)) CHECK(outcome.has_value());
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
  CHECK(spec.write(std::span<const Append>{}).empty());
  CHECK(spec.turns.size() == turns);
}

TEST_CASE("given a shard that is not led here, or that is none, then its appends are refused") {
  ReplicatorSpec spec;
  spec.lead({1});
  const std::vector<Append> appends{spec.append(0, 0, "a"), spec.append(1, 1, "a"),
                                    spec.append(shard_count, 0, "a"), spec.append(1, 1, "b")};
  const auto outcomes = spec.write(appends);
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
    const auto answers = spec.write(appends);
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

// ---- a core that commits later, or never

namespace {

struct FickleSpec : JournalSpec {
  explicit FickleSpec(test::Seed seed = 1) : cluster(std::make_shared<test::FickleCluster>(seed)) {
    // Nothing happens by itself.
    cluster->commits = cluster->at_once = cluster->deposes = cluster->other_acts = 0;
    cluster->led_meanwhile = 0;
    start();
  }

  void start() {
    replicator.reset();
    open_journal();
    replicator =
        std::make_unique<Replicator>(*journal, std::make_unique<test::FickleCore>(cluster));
  }
  std::vector<Epoch> lead(std::vector<ShardNumber> shards) {
    cluster->is_calm = true;
    const auto led = replicator->lead(shards);
    cluster->is_calm = false;
    REQUIRE(led.has_value());
    return *led;
  }
  // The next tick does what is set, and then nothing does again.
  Replicator::News tick(std::size_t test::FickleCluster::*what) {
    (*cluster).*what = 1;
    auto news = replicator->tick();
    (*cluster).*what = 0;
    return news;
  }
  Replicator::News tick_calmly() {
    cluster->is_calm = true;
    auto news = replicator->tick();
    cluster->is_calm = false;
    return news;
  }
  std::size_t records_of(ShardNumber shard, const std::string& stream) {
    return journal->read_stream(shard, stream, 0, 100)->size();
  }

  std::shared_ptr<test::FickleCluster> cluster;
  std::unique_ptr<Replicator> replicator;
};

Append to(ShardNumber shard, Epoch epoch, std::string stream, StreamVersion expected = 0) {
  return ReplicatorSpec::append(shard, epoch, std::move(stream), expected);
}

// nullopt: there is none, or nothing is known yet.
std::optional<StorageError> error_in(const std::optional<Replicator::Outcome>& outcome) {
  return outcome && !*outcome ? std::optional{outcome->error()} : std::nullopt;
}

using test::FickleCluster;

}  // namespace

TEST_CASE("given a sync that does not commit, then an append waits, and nobody sees it") {
  FickleSpec spec;
  spec.lead({1});
  const auto one = to(1, 1, "a");
  const auto written = spec.replicator->write({&one, 1});
  CHECK_FALSE(written.outcomes[0].has_value());
  CHECK(spec.replicator->anything_waits());
  CHECK(spec.journal->feed_end() == 0);
  CHECK(spec.records_of(1, "a") == 0);
  CHECK(spec.replicator->tick().settled.empty());

  const auto news = spec.tick(&FickleCluster::commits);
  REQUIRE(news.settled.size() == 1);
  CHECK(news.settled[0].turn == written.turn);
  REQUIRE(news.settled[0].outcome.has_value());
  CHECK(news.settled[0].outcome->first_seq == 1);
  CHECK(spec.records_of(1, "a") == 1);
  CHECK_FALSE(spec.replicator->anything_waits());
}

TEST_CASE("given entries that wait, then others are appended behind them, against what they make") {
  FickleSpec spec;
  spec.lead({1, 2});
  const std::vector<Append> first{to(1, 1, "a"), to(2, 1, "b")};
  const auto one = spec.replicator->write(first);
  // A version is refused that is not the one that the waiting entry will have made.
  const std::vector<Append> second{to(1, 1, "a"), to(1, 1, "a", 1), to(1, 1, "c")};
  const auto two = spec.replicator->write(second);
  // But not before that is committed: it may never be.
  CHECK_FALSE(two.outcomes[0].has_value());
  CHECK_FALSE(two.outcomes[1].has_value());
  CHECK(spec.journal->log_end(1) == LogPlace{1, 3, 1});
  CHECK(spec.journal->applied_end(1) == LogPlace{1, 1, 1});

  const auto news = spec.tick(&FickleCluster::commits);
  REQUIRE(news.settled.size() == 5);
  for (const auto& settled : news.settled) {
    const bool is_refused = settled.turn == two.turn && settled.append == 0;
    CHECK(settled.outcome.has_value() == !is_refused);
    if (is_refused) CHECK(error_in(settled.outcome) == StorageError::wrong_version);
  }
  CHECK(spec.records_of(1, "a") == 2);
  CHECK(spec.records_of(1, "c") == 1);
  // The feed is numbered as it is applied: the turns in their order.
  const auto feed = spec.journal->read_feed(0, 10);
  REQUIRE(feed->size() == 4);
  CHECK((*feed)[1].record.stream == "b");
  CHECK((*feed)[2].record.version == 2);
  for (const auto& settled : news.settled)
    if (settled.turn == two.turn && settled.append == 2) CHECK(settled.outcome->first_seq == 4);
  CHECK(verify(*spec.store).is_clean());
}

TEST_CASE("given a leader that is deposed, then it appends nothing, and what waits stays unknown") {
  FickleSpec spec;
  spec.lead({1, 2});
  const auto one = to(1, 1, "a");
  CHECK_FALSE(spec.replicator->write({&one, 1}).outcomes[0].has_value());
  const auto news = spec.tick(&FickleCluster::deposes);
  CHECK(news.deposed == std::vector<ShardNumber>{1, 2});
  CHECK(news.settled.empty());
  const auto batches = spec.disk->batches_written();
  const auto other = to(1, 1, "b");
  CHECK(error_in(spec.replicator->write({&other, 1}).outcomes[0]) == StorageError::stale_epoch);
  CHECK(spec.disk->batches_written() == batches);
  CHECK(spec.replicator->anything_waits());
}

TEST_CASE("given a tail that is cut or kept, then its appends are told when that is committed") {
  std::size_t kept = 0, cut = 0;
  for (test::Seed seed = 1; seed <= 40; ++seed) {
    FickleSpec spec{seed};
    spec.lead({1});
    for (const char* stream : {"a", "b", "c"}) {
      const auto one = to(1, 1, stream);
      CHECK_FALSE(spec.replicator->write({&one, 1}).outcomes[0].has_value());
    }
    spec.tick(&FickleCluster::deposes);
    std::vector<Replicator::Settled> settled;
    std::vector<LogPlace> led;
    for (int i = 0; i < 20 && led.empty(); ++i) {
      auto news = spec.tick_calmly();
      settled.insert(settled.end(), news.settled.begin(), news.settled.end());
      led = news.led;
    }
    REQUIRE(led.size() == 1);
    CHECK(led[0].term > 1);
    CHECK(settled.size() == 3);
    for (const auto& one : settled) {
      const std::string stream(1, static_cast<char>('a' + one.turn - 1));
      CHECK(spec.records_of(1, stream) == (one.outcome ? 1 : 0));
      one.outcome ? ++kept : ++cut;
      if (!one.outcome) CHECK(one.outcome.error() == StorageError::stale_epoch);
    }
    const auto more = to(1, led[0].term, "more");
    CHECK_FALSE(spec.replicator->write({&more, 1}).outcomes[0].has_value());
    CHECK(spec.tick_calmly().settled.size() == 1);
    CHECK_FALSE(spec.replicator->anything_waits());
    CHECK(verify(*spec.store).is_clean());
    spec.start();
    CHECK(verify(*spec.store).is_clean());
  }
  CHECK(kept > 10);
  CHECK(cut > 10);
}

TEST_CASE("given a start with entries that wait, then it applies none that is not committed") {
  for (const bool is_kept : {true, false}) {
    FickleSpec spec;
    spec.lead({1, 2});
    const std::vector<Append> appends{to(1, 1, "a"), to(2, 1, "b")};
    CHECK_FALSE(spec.replicator->write(appends).outcomes[0].has_value());
    spec.start();
    CHECK(spec.records_of(1, "a") == 0);
    CHECK(spec.journal->feed_end() == 0);
    CHECK(spec.journal->log_end(1).index == 2);
    CHECK(verify(*spec.store).is_clean());
    if (!is_kept) spec.cluster->led_meanwhile = 1;
    const auto epochs = spec.lead({1, 2});
    CHECK(epochs[0] > 1);
    CHECK(spec.cluster->depositions == (is_kept ? 0 : 2));
    if (is_kept) CHECK(spec.records_of(1, "a") == 1);
    CHECK(spec.records_of(1, "a") == (spec.journal->shard_end(1) > 0 ? 1 : 0));
    CHECK(verify(*spec.store).is_clean());
  }
}

TEST_CASE("given a log that waits for others, then who is alone goes on with all of it") {
  FickleSpec spec;
  spec.lead({1});
  const auto one = to(1, 1, "a");
  CHECK_FALSE(spec.replicator->write({&one, 1}).outcomes[0].has_value());
  spec.start();
  spec.replicator = std::make_unique<Replicator>(*spec.journal);
  const auto led = spec.replicator->lead(std::vector<ShardNumber>{1});
  REQUIRE(led.has_value());
  CHECK(led->front() == 2);
  CHECK(spec.records_of(1, "a") == 1);
  const auto two = to(1, 2, "a", 1);
  CHECK(spec.replicator->write({&two, 1}).outcomes[0]->has_value());
  spec.start();
  CHECK(spec.records_of(1, "a") == 2);
  CHECK(verify(*spec.store).is_clean());
}

TEST_CASE("given a disk that fails while others wait, then of none of them anything is known") {
  FickleSpec spec;
  spec.lead({1});
  const auto one = to(1, 1, "a");
  const auto first = spec.replicator->write({&one, 1});
  spec.disk->fail_next_write(MemoryDisk::Outcome::lost);
  const auto two = to(1, 1, "b");
  const auto written = spec.replicator->write({&two, 1});
  std::vector<Replicator::Settled> settled = written.news.settled;
  REQUIRE(settled.size() == 2);
  for (const auto& each : settled) CHECK(error_in(each.outcome) == StorageError::unavailable);
  CHECK_FALSE(written.outcomes[0].has_value());
}

TEST_CASE("given a disk that fails when nobody waits, then it is told all the same") {
  FickleSpec spec;
  spec.lead({1});
  spec.disk->fail_next_write(MemoryDisk::Outcome::lost);
  CHECK(spec.tick(&FickleCluster::deposes).has_failed);
  FickleSpec well;
  well.lead({1});
  CHECK_FALSE(well.tick(&FickleCluster::deposes).has_failed);
}

// Long runs: nothing that was told is lost, nothing that was told not to be is there.
TEST_CASE("given commits, depositions, cuts and crashes by seed, then what was told is true") {
  std::uint64_t cuts = 0, told = 0, refused = 0, crashes = 0;
  for (test::Seed seed = 1; seed <= 60; ++seed) {
    FickleSpec spec{seed};
    test::Dice dice{seed};
    const std::vector<ShardNumber> all{0, 1, 2, 3};
    std::map<ShardNumber, Epoch> epochs;
    std::map<std::string, bool> known;  // by stream: it is there
    std::map<std::pair<Replicator::TurnNumber, std::size_t>, std::pair<ShardNumber, std::string>>
        asked;
    std::map<std::string, ShardNumber> shard_of;
    int streams = 0;
    const auto begin = [&] {
      spec.cluster->led_meanwhile = 3;
      const auto led = spec.lead(all);
      for (const ShardNumber shard : all) epochs[shard] = led[shard];
      spec.cluster->commits = 3;
      spec.cluster->at_once = 5;
      spec.cluster->deposes = 25;
      spec.cluster->other_acts = 2;
    };
    const auto hear = [&](const Replicator::News& news) {
      for (const auto& settled : news.settled) {
        const auto& [shard, stream] = asked.at({settled.turn, settled.append});
        known[stream] = settled.outcome.has_value();
        settled.outcome ? ++told : ++refused;
      }
      for (const LogPlace& led : news.led) epochs[led.shard] = led.term;
    };
    begin();
    for (int step = 0; step < 150; ++step) {
      if (dice.one_in(40)) {
        ++crashes;
        spec.start();
        asked.clear();
        CHECK(verify(*spec.store).is_clean());
        begin();
      }
      std::vector<Append> appends;
      for (auto i = dice.below(4); i > 0; --i) {
        const auto shard = dice.any_of(all);
        const std::string stream = "s" + std::to_string(++streams);
        shard_of[stream] = shard;
        appends.push_back(to(shard, epochs[shard], stream));
      }
      const auto written = spec.replicator->write(appends);
      for (std::size_t i = 0; i < appends.size(); ++i) {
        const auto& stream = appends[i].streams[0].stream;
        if (written.outcomes[i])
          known[stream] = written.outcomes[i]->has_value();
        else
          asked[{written.turn, i}] = {appends[i].shard, stream};
      }
      hear(written.news);
      if (dice.one_in(2)) hear(spec.replicator->tick());
    }
    for (int i = 0; i < 20; ++i) hear(spec.tick_calmly());
    CHECK_FALSE(spec.replicator->anything_waits());
    for (const auto& [stream, is_there] : known)
      CHECK(spec.records_of(shard_of[stream], stream) == (is_there ? 1 : 0));
    CHECK(verify(*spec.store).is_clean());
    cuts += spec.cluster->cuts;
  }
  CHECK(cuts > 50);
  CHECK(told > 1'000);
  CHECK(refused > 50);
  CHECK(crashes > 100);
}
