#include "actors/runtime/journal_actor.hpp"

#include <algorithm>
#include <bit>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/stateful_actor.hpp>
#include <chrono>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "actors/runtime/failures.hpp"
#include "actors/runtime/messages.hpp"
#include "actors/runtime/replicator.hpp"
#include "actors/runtime/steady_time.hpp"
#include "base/invariant.hpp"

namespace usher {
namespace {

struct FeedBatch {
  std::vector<FeedRecord> records;
};

}  // namespace
}  // namespace usher

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::FeedBatch)

namespace usher {
namespace {

// Formatting events for the feed is not the journal's work: this actor hands them on, one batch
// after the other, in the order of the commits.
caf::behavior feed_publisher(caf::event_based_actor* self, const Runtime* runtime) {
  // Whoever listens would miss what was not handed on, and not know it.
  needs_a_restart(self, *runtime, "the feed");
  return {
      [=](FeedBatch& batch) {
        if (runtime->on_committed) runtime->on_committed(std::move(batch.records));
      },
      [=](Stop) {
        self->quit();
        return Stopped{};
      },
  };
}

// How often the core hears that time passes.
constexpr std::chrono::milliseconds core_tick{50};

// A turn that waits for consensus.
struct WaitingTurn {
  std::vector<Append> appends;
  std::vector<caf::response_promise> responses;
  std::size_t left = 0;       // appends that were not answered
  std::int64_t began_us = 0;  // steady_us()
};

struct GroupCommit {
  std::vector<Append> appends;
  std::vector<caf::response_promise> responses;
  bool flush_sent = false;
  std::map<Replicator::TurnNumber, WaitingTurn> waiting;
  caf::actor publisher;
};

void count_commit(const Runtime& runtime, std::size_t appends, std::size_t records,
                  std::int64_t took_us) {
  auto& gauges = runtime.gauges;
  gauges.commits.fetch_add(1, std::memory_order_relaxed);
  gauges.committed_appends.fetch_add(appends, std::memory_order_relaxed);
  gauges.committed_records.fetch_add(records, std::memory_order_relaxed);
  gauges.commit_us.fetch_add(static_cast<std::uint64_t>(took_us), std::memory_order_relaxed);
  const auto bound =
      std::lower_bound(Gauges::commit_bounds_us.begin(), Gauges::commit_bounds_us.end(), took_us);
  gauges.commit_times[static_cast<std::size_t>(bound - Gauges::commit_bounds_us.begin())].fetch_add(
      1, std::memory_order_relaxed);
  const auto bucket = std::min<std::size_t>(std::bit_width(records), Gauges::commit_size_buckets) -
                      (records > 0 ? 1 : 0);
  gauges.commit_sizes[std::min(bucket, Gauges::commit_size_buckets - 1)].fetch_add(
      1, std::memory_order_relaxed);
}

// The records of an append as the feed shows them. The append is not needed any more.
void collect(Append& append, const Appended& appended, std::vector<FeedRecord>& out) {
  Offset offset = appended.first_offset;
  FeedSeq seq = appended.first_seq;
  for (auto& stream : append.streams) {
    StreamVersion version = stream.expected;
    for (auto& record : stream.records) {
      FeedRecord fed;
      fed.seq = seq++;
      fed.record.shard = append.shard;
      fed.record.offset = offset++;
      fed.record.epoch = append.epoch;
      fed.record.stream = stream.stream;
      fed.record.version = ++version;
      fed.record.type = record.type;
      fed.record.schema = record.schema;
      fed.record.time = appended.time;
      fed.record.payload = std::move(record.payload);
      out.push_back(std::move(fed));
    }
  }
}

void answer(const Runtime& runtime, Append& append, caf::response_promise& response,
            const Replicator::Outcome& outcome, std::vector<FeedRecord>& committed) {
  if (outcome)
    collect(append, *outcome, committed);
  else if (outcome.error() == StorageError::unavailable)
    runtime.gauges.journal_failed.store(true);
  else
    runtime.gauges.appends_refused.fetch_add(1, std::memory_order_relaxed);
  response.deliver(AppendAnswer{outcome});
}

// What became of turns that waited, and of shards; `committed` was so already. Since when the
// oldest proposal waits is the figure by which shards know that the journal has stalled.
void hear(caf::stateful_actor<GroupCommit>* self, Runtime& runtime, Replicator::News news,
          std::vector<FeedRecord> committed) {
  auto& group = self->state;
  for (const Replicator::Settled& settled : news.settled) {
    const auto found = group.waiting.find(settled.turn);
    if (found == group.waiting.end()) continue;  // an exception has lost it
    WaitingTurn& turn = found->second;
    const std::size_t before = committed.size();
    answer(runtime, turn.appends[settled.append], turn.responses[settled.append], settled.outcome,
           committed);
    count_commit(runtime, 1, committed.size() - before, steady_us(*self) - turn.began_us);
    if (--turn.left == 0) group.waiting.erase(found);
  }
  if (news.has_failed) runtime.gauges.journal_failed.store(true);
  // Behind the answers: who is led again has nobody left that waits for one.
  for (const ShardNumber shard : news.deposed) self->send(runtime.shard_actors[shard], Deposed{});
  for (const LogPlace& led : news.led) self->send(runtime.shard_actors[led.shard], Start{led.term});
  const auto oldest = group.waiting.empty()
                          ? 0
                          : std::max<DurationMs>(group.waiting.begin()->second.began_us / 1000, 1);
  runtime.gauges.commit_began_ms.store(oldest, std::memory_order_relaxed);
  if (runtime.on_committed && !committed.empty()) {
    std::sort(committed.begin(), committed.end(),
              [](const FeedRecord& a, const FeedRecord& b) { return a.seq < b.seq; });
    self->send(group.publisher, FeedBatch{std::move(committed)});
  }
}

void commit(caf::stateful_actor<GroupCommit>* self, Runtime& runtime) {
  auto& group = self->state;
  auto appends = std::exchange(group.appends, {});
  auto responses = std::exchange(group.responses, {});
  if (appends.empty()) return;
  runtime.gauges.append_queue.fetch_sub(static_cast<std::int64_t>(appends.size()),
                                        std::memory_order_relaxed);

  const auto began = steady_us(*self);
  if (group.waiting.empty())  // else it is the oldest proposal's
    runtime.gauges.commit_began_ms.store(std::max<DurationMs>(began / 1000, 1),
                                         std::memory_order_relaxed);
  Replicator::Written written;
  contained(runtime, "the journal", [&] { written = runtime.replicator->write(appends); });
  // What an exception leaves behind is not known, as with a failed sync.
  if (written.outcomes.size() != appends.size())
    written.outcomes.assign(appends.size(), tl::unexpected(StorageError::unavailable));
  INVARIANT(written.outcomes.size() == appends.size() && responses.size() == appends.size());

  std::vector<FeedRecord> committed;
  std::size_t waiting = 0;
  for (std::size_t i = 0; i < appends.size(); ++i)
    if (written.outcomes[i])
      answer(runtime, appends[i], responses[i], *written.outcomes[i], committed);
    else
      ++waiting;
  count_commit(runtime, appends.size() - waiting, committed.size(), steady_us(*self) - began);
  if (waiting > 0)
    group.waiting[written.turn] = {std::move(appends), std::move(responses), waiting, began};
  hear(self, runtime, std::move(written.news), std::move(committed));
}

caf::behavior journal_actor(caf::stateful_actor<GroupCommit>* self, Runtime* runtime) {
  auto& group = self->state;
  needs_a_restart(self, *runtime, "the journal's actor");
  group.publisher = self->system().spawn(feed_publisher, runtime);
  return {
      [=, &group](AppendRequest& request) {
        group.appends.push_back(std::move(request.append));
        group.responses.push_back(self->make_response_promise());
        runtime->gauges.append_queue.fetch_add(1, std::memory_order_relaxed);
        if (group.appends.size() >= runtime->options.group_commit_appends_max)
          return commit(self, *runtime);
        // Behind everything that is already in the mailbox: all of that goes into this commit.
        if (!std::exchange(group.flush_sent, true)) self->send(self, Flush{});
      },
      [=, &group](Flush) {
        group.flush_sent = false;
        commit(self, *runtime);
      },
      [=, &group](CoreTick) {
        if (!runtime->replicator->needs_ticks() || runtime->gauges.journal_failed) return;
        self->delayed_send(self, core_tick, CoreTick{});
        Replicator::News news;
        contained(*runtime, "the journal", [&] { news = runtime->replicator->tick(); });
        hear(self, *runtime, std::move(news), {});
      },
      [=, &group](Stop) {
        commit(self, *runtime);
        auto stopped = self->make_response_promise();
        auto end = [self, stopped]() mutable {
          stopped.deliver(Stopped{});
          self->quit();
        };
        self->request(group.publisher, caf::infinite, Stop{})
            .then([end](Stopped) mutable { end(); }, [end](const caf::error&) mutable { end(); });
      },
  };
}

}  // namespace

caf::actor spawn_journal_actor(caf::actor_system& system, Runtime& runtime) {
  return runtime.options.simulated ? system.spawn(journal_actor, &runtime)
                                   : system.spawn<caf::detached>(journal_actor, &runtime);
}

}  // namespace usher
