#include "actors/market/node.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <chrono>
#include <numeric>
#include <utility>

#include "actors/market/caf_market.hpp"
#include "actors/market/workers/gateway_actor.hpp"
#include "actors/runtime/actor_scheduler.hpp"
#include "actors/runtime/fair_line.hpp"
#include "actors/runtime/journal_actor.hpp"
#include "actors/runtime/shard_actor.hpp"
#include "actors/runtime/worker_pool.hpp"

namespace usher {

struct Node::Impl {
  Impl(caf::actor_system& actors, const NodeParts& parts)
      : system(actors), runtime(parts.clock, parts.options, parts.journal) {}
  caf::actor_system& system;
  Runtime runtime;
  caf::actor list_readers;      // behind runtime.lists
  caf::actor password_workers;  // behind the next one
  caf::actor passwords;
  std::unique_ptr<CafMarket> market;
};

Node::Node(caf::actor_system& system, NodeParts parts)
    : impl_(std::make_unique<Impl>(system, parts)) {
  auto& runtime = impl_->runtime;
  const auto& options = runtime.options;
  runtime.on_committed = std::move(parts.on_committed);
  if (parts.live_per_buyer_max > 0)
    runtime.on_committed = [impl = impl_.get(),
                            then = std::move(runtime.on_committed)](auto records) {
      impl->market->see(records);
      if (then) then(std::move(records));
    };
  runtime.readers = spawn_worker_pool(
      system, {options.reader_threads, options.reader_queue_max, options.simulated},
      &runtime.gauges.reader_queue);
  // Each aggregate in memory may be recovered once at a time, and each shard reads one page: their
  // line is never full.
  runtime.duty = spawn_worker_pool(
      system, {1, options.active_aggregates_max + options.shard_count, options.simulated},
      &runtime.gauges.reader_queue);
  impl_->list_readers = spawn_worker_pool(
      system, {options.reader_threads, options.reader_threads, options.simulated}, nullptr);
  runtime.lists =
      spawn_fair_line(system, impl_->list_readers,
                      {{options.reader_threads, options.reader_queue_max, 0}, options.simulated},
                      &runtime.gauges.reader_queue);
  impl_->password_workers = spawn_worker_pool(
      system, {options.password_workers, options.password_workers, options.simulated}, nullptr);
  impl_->passwords = spawn_fair_line(
      system, impl_->password_workers,
      {{options.password_workers, options.password_queue_max, options.password_wait_ms_max},
       options.simulated},
      &runtime.gauges.password_queue);
  runtime.journal_actor = spawn_journal_actor(system, runtime);
  runtime.gateway = spawn_gateway_actor(system, runtime, parts.gateway, std::move(parts.log));
  for (ShardNumber shard = 0; shard < options.shard_count; ++shard)
    runtime.shard_actors.push_back(spawn_shard_actor(system, runtime, shard));
  impl_->market = std::make_unique<CafMarket>(runtime, impl_->passwords, parts.scrypt,
                                              parts.id_seed, parts.live_per_buyer_max);
}

Node::~Node() = default;

void Node::start() {
  // One sync for all shards, however slow the disk, and by this thread: before a shard is open
  // nobody else can write. So a node that has started takes commands, and says so truly.
  auto& runtime = impl_->runtime;
  std::vector<ShardNumber> all(runtime.shard_actors.size());
  std::iota(all.begin(), all.end(), ShardNumber{0});
  const auto epochs = runtime.journal.begin_epochs(all);
  if (!epochs) return runtime.gauges.journal_failed.store(true);
  for (const ShardNumber shard : all)
    caf::anon_send(runtime.shard_actors[shard], Start{(*epochs)[shard]});
}

Market& Node::market() { return *impl_->market; }
Gauges& Node::gauges() const { return impl_->runtime.gauges; }
const Runtime& Node::runtime() const { return impl_->runtime; }

bool Node::stop(DurationMs limit_ms) {
  using Steady = std::chrono::steady_clock;
  const auto end = Steady::now() + std::chrono::milliseconds(limit_ms);
  impl_->market->close();
  auto& runtime = impl_->runtime;
  caf::scoped_actor self{impl_->system};
  bool finished = true;
  auto wait_for = [&](const auto& handle) {
    const auto left = std::max(end - Steady::now(), Steady::duration{0});
    bool stopped = false;
    self->request(handle, std::chrono::duration_cast<std::chrono::milliseconds>(left), Stop{})
        .receive([&](Stopped) { stopped = true; }, [](const caf::error&) {});
    finished = finished && stopped;
  };
  for (const auto& shard : runtime.shard_actors) wait_for(shard);
  // Each answers when nothing of it runs any more: the runtime may go after that.
  wait_for(runtime.gateway);
  wait_for(impl_->passwords);
  wait_for(impl_->password_workers);
  wait_for(runtime.lists);
  wait_for(impl_->list_readers);
  wait_for(runtime.readers);
  wait_for(runtime.duty);
  wait_for(runtime.journal_actor);
  return finished;
}

void Node::kill() {
  impl_->market->close();
  auto& runtime = impl_->runtime;
  auto end = [](caf::actor& actor) {
    caf::anon_send_exit(actor, caf::exit_reason::kill);
    actor = nullptr;
  };
  for (auto& shard : runtime.shard_actors) caf::anon_send_exit(shard, caf::exit_reason::kill);
  end(runtime.gateway);
  end(runtime.lists);
  end(impl_->list_readers);
  end(runtime.readers);
  end(runtime.duty);
  end(runtime.journal_actor);
  end(impl_->password_workers);
  caf::anon_send_exit(impl_->passwords, caf::exit_reason::kill);
}

struct ActorThreads::Impl {
  struct Config : caf::actor_system_config {
    explicit Config(std::size_t threads) {
      set("scheduler.max-threads", threads);
      load<ActorScheduler>();
    }
  };
  explicit Impl(std::size_t threads) : config(threads), system(config) {}
  Config config;
  caf::actor_system system;
};

ActorThreads::ActorThreads(std::size_t scheduler_threads)
    : impl_(std::make_unique<Impl>(scheduler_threads)) {}
ActorThreads::~ActorThreads() = default;
caf::actor_system& ActorThreads::system() { return impl_->system; }

}  // namespace usher
