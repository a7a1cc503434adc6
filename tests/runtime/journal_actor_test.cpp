// journal_actor: group commit, its refusals and failures, and the feed behind it.
#include "actors/runtime/journal_actor.hpp"

#include <doctest/doctest.h>

#include <caf/event_based_actor.hpp>
#include <vector>

#include "actors/runtime/messages.hpp"
#include "actors/runtime/replicator.hpp"
#include "tests/runtime/counters.hpp"

using namespace usher;
using namespace usher::counters;

namespace {

struct JournalSpec : Bench {
  explicit JournalSpec(RuntimeOptions wanted = {})
      : Bench(wanted), runtime(turns.clock(), options, *journal, gauges) {
    epoch = runtime.replicator->lead(std::vector<ShardNumber>{0})->front();
    runtime.on_committed = [this](std::vector<FeedRecord> records) {
      for (const auto& fed : records) feed.push_back(fed.seq);
    };
    actor = spawn_journal_actor(turns.system(), runtime);
    turns.run();
    written_before = disk->batches_written();
  }
  ~JournalSpec() { turns.end_all(); }

  Append append(std::string stream, StreamVersion expected) const {
    return {0, epoch, {{std::move(stream), expected, {NewRecord{1, 1, "x"}}}}, {}, {}};
  }
  // The answer stands in `answers` at the index that is given back.
  std::size_t send(Append wanted) {
    const auto index = answers.size();
    answers.emplace_back();
    turns.system().spawn([this, index, wanted](caf::event_based_actor* self) {
      self->request(actor, caf::infinite, AppendRequest{wanted})
          .then([this, index](const AppendAnswer& answer) { answers[index] = answer.outcome; });
    });
    return index;
  }
  [[nodiscard]] std::uint64_t syncs() const { return disk->batches_written() - written_before; }

  Runtime runtime;
  Epoch epoch = 0;
  caf::actor actor;
  std::vector<std::optional<tl::expected<Appended, StorageError>>> answers;
  std::vector<FeedSeq> feed;
  std::uint64_t written_before = 0;
};

}  // namespace

TEST_CASE("given appends that have come together, then one sync is for all of them") {
  JournalSpec spec;
  for (const auto* stream : {"a", "b", "c"}) spec.send(spec.append(stream, 0));
  spec.turns.run();
  for (const auto& answer : spec.answers) CHECK((answer && answer->has_value()));
  CHECK(spec.syncs() < 3);
  CHECK(spec.gauges.append_queue == 0);
  CHECK(spec.feed == std::vector<FeedSeq>{1, 2, 3});
}

TEST_CASE("given the limit of one sync, when more have come, then it takes several") {
  RuntimeOptions options;
  options.group_commit_appends_max = 1;
  JournalSpec spec{options};
  for (const auto* stream : {"a", "b", "c"}) spec.send(spec.append(stream, 0));
  spec.turns.run();
  CHECK(spec.syncs() == 3);
}

TEST_CASE("given one append of a wrong version, then it is refused alone") {
  JournalSpec spec;
  const auto good = spec.send(spec.append("a", 0));
  const auto wrong = spec.send(spec.append("b", 7));
  auto deposed = spec.append("c", 0);
  --deposed.epoch;
  const auto old = spec.send(deposed);
  spec.turns.run();
  CHECK(spec.answers[good]->has_value());
  CHECK(spec.answers[wrong]->error() == StorageError::wrong_version);
  CHECK(spec.answers[old]->error() == StorageError::stale_epoch);
  CHECK(spec.gauges.appends_refused == 2);
  CHECK_FALSE(spec.gauges.journal_failed);
  CHECK(spec.feed == std::vector<FeedSeq>{1});
}

TEST_CASE("given a write that fails, then all of it fails alike, and so does what comes later") {
  JournalSpec spec;
  spec.disk->fail_next_write(MemoryDisk::Outcome::lost);
  const auto first = spec.send(spec.append("a", 0));
  const auto second = spec.send(spec.append("b", 0));
  spec.turns.run();
  const auto later = spec.send(spec.append("c", 0));
  spec.turns.run();
  for (const auto index : {first, second, later})
    CHECK(spec.answers[index]->error() == StorageError::unavailable);
  CHECK(spec.gauges.journal_failed);
  CHECK(spec.feed.empty());
}

TEST_CASE("given appends that wait, when it is stopped, then they are written before it says so") {
  JournalSpec spec;
  const auto index = spec.send(spec.append("a", 0));
  bool stopped = false, was_answered = false;
  spec.turns.system().spawn([&](caf::event_based_actor* self) {
    self->request(spec.actor, caf::infinite, Stop{}).then([&](Stopped) {
      stopped = true;
      was_answered = spec.journal->feed_end() == 1;
    });
  });
  spec.turns.run();
  CHECK(stopped);
  CHECK(was_answered);
  CHECK(spec.answers[index]->has_value());
}

// A negative time was added to a figure that has no sign.
TEST_CASE("given a clock that is set back during a sync, then its time is not negative") {
  JournalSpec spec;
  spec.disk->on_write([&](const WriteBatch&) {
    spec.turns.jump(-3'600'000);
    return std::nullopt;
  });
  spec.send(spec.append("a", 0));
  spec.turns.run();
  CHECK(spec.gauges.commits == 1);
  CHECK(spec.gauges.commit_us == 0);  // no time passes here
  CHECK(spec.gauges.commit_times[0] == 1);
  CHECK(spec.gauges.commit_began_ms == 0);
}
