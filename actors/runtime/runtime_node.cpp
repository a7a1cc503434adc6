#include "actors/runtime/runtime_node.hpp"

#include <algorithm>
#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <chrono>
#include <numeric>
#include <utility>

#include "actors/runtime/fair_line.hpp"
#include "actors/runtime/journal_actor.hpp"
#include "actors/runtime/replicator.hpp"
#include "actors/runtime/worker_pool.hpp"

namespace usher {

RuntimeNode::RuntimeNode(caf::actor_system& system, RuntimeParts parts, SpawnShard spawn_shard)
    : system_(system),
      runtime_(parts.clock, parts.options, parts.journal, parts.gauges, std::move(parts.core)) {
  const auto& options = runtime_.options;
  runtime_.reminder_rules = std::move(parts.reminder_rules);
  runtime_.on_committed = std::move(parts.on_committed);
  runtime_.log = parts.log;
  auto pool = [&](const char* name, std::size_t workers, std::size_t queue_max,
                  std::atomic<std::int64_t>* queue) {
    return spawn_worker_pool(system, options, runtime_.gauges,
                             {.name = name, .workers = workers, .queue_max = queue_max}, queue,
                             parts.log);
  };
  runtime_.readers = pool("readers", options.reader_threads, options.reader_queue_max,
                          &runtime_.gauges.reader_queue);
  // Each aggregate in memory may be recovered once at a time, and each shard reads one page: their
  // line is never full.
  runtime_.duty = pool("the reader on duty", 1, options.active_aggregates_max + options.shard_count,
                       &runtime_.gauges.reader_queue);
  list_readers_ = pool("list readers", options.reader_threads, options.reader_threads, nullptr);
  runtime_.lists = spawn_fair_line(
      system, list_readers_,
      {.name = "the line of readers",
       .limits = {options.reader_threads, options.reader_queue_max, 0},
       .simulated = options.simulated},
      {&runtime_.gauges.reader_queue, &runtime_.gauges.failures, &runtime_.gauges.actor_failed},
      parts.log);
  runtime_.journal_actor = spawn_journal_actor(system, runtime_);
  for (ShardNumber shard = 0; shard < options.shard_count; ++shard)
    runtime_.shard_actors.push_back(spawn_shard(system, runtime_, shard));
}

void RuntimeNode::start() {
  // One sync for all shards, however slow the disk, and by this thread: before a shard is open
  // nobody else can write. So a node that has started takes commands, and says so truly.
  std::vector<ShardNumber> all(runtime_.shard_actors.size());
  std::iota(all.begin(), all.end(), ShardNumber{0});
  const auto epochs = runtime_.replicator->lead(all);
  if (!epochs) return runtime_.gauges.journal_failed.store(true);
  const FeedSeq end = runtime_.journal.feed_end();
  const auto newest = runtime_.journal.read_feed(end - std::min<FeedSeq>(end, 1), 1);
  if (!newest) return runtime_.gauges.journal_failed.store(true);
  if (!newest->empty()) runtime_.stamped_until = newest->front().record.time / 1000;
  for (const ShardNumber shard : all)
    caf::anon_send(runtime_.shard_actors[shard], Start{(*epochs)[shard]});
  if (runtime_.replicator->needs_ticks()) caf::anon_send(runtime_.journal_actor, CoreTick{});
}

bool RuntimeNode::stop(DurationMs limit_ms, const std::vector<caf::actor>& others) {
  using Steady = std::chrono::steady_clock;
  const auto end = Steady::now() + std::chrono::milliseconds(limit_ms);
  caf::scoped_actor self{system_};
  bool finished = true;
  auto wait_for = [&](const auto& handle) {
    const auto left = std::max(end - Steady::now(), Steady::duration{0});
    bool stopped = false;
    self->request(handle, std::chrono::duration_cast<std::chrono::milliseconds>(left), Stop{})
        .receive([&](Stopped) { stopped = true; }, [](const caf::error&) {});
    finished = finished && stopped;
  };
  for (const auto& shard : runtime_.shard_actors) wait_for(shard);
  // Each answers when nothing of it runs any more: the runtime may go after that.
  for (const auto& other : others) wait_for(other);
  wait_for(runtime_.lists);
  wait_for(list_readers_);
  wait_for(runtime_.readers);
  wait_for(runtime_.duty);
  wait_for(runtime_.journal_actor);
  return finished;
}

void RuntimeNode::kill() {
  auto end = [](caf::actor& actor) {
    caf::anon_send_exit(actor, caf::exit_reason::kill);
    actor = nullptr;
  };
  for (auto& shard : runtime_.shard_actors) caf::anon_send_exit(shard, caf::exit_reason::kill);
  end(runtime_.outside);
  end(runtime_.lists);
  end(list_readers_);
  end(runtime_.readers);
  end(runtime_.duty);
  end(runtime_.journal_actor);
}

}  // namespace usher
