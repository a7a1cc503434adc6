// All actors of the runtime on one node, over one journal. An application puts its own beside them
// (actors/market/node.cpp).
//
// Two phases: the constructor wires, and nothing is set going; the application spawns what its
// effects need and gives it to outside(); then start(). Until start() the journal is not written,
// nothing is called, and every ask is refused as unavailable.
#pragma once

#include <caf/actor.hpp>
#include <caf/fwd.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "actors/runtime/runtime.hpp"
#include "actors/runtime/shard_actor.hpp"
#include "consensus/consensus_core.hpp"

namespace usher {

struct RuntimeParts {
  const Clock& clock;
  Journal& journal;  // the node is its only writer
  RuntimeOptions options;
  std::vector<ReminderRule> reminder_rules;
  Gauges& gauges;
  // Called after each commit, by one thread at a time, in feed order. May be empty.
  std::function<void(std::vector<FeedRecord>)> on_committed;
  std::function<void(const std::string&)> log = {};  // warnings; any thread; may be empty
  // Decides what is committed; null: that of a node that is alone.
  std::unique_ptr<consensus::ConsensusCore> core = nullptr;
};

class RuntimeNode {
 public:
  using SpawnShard = caf::actor (*)(caf::actor_system&, const Runtime&, ShardNumber);

  // `spawn_shard`: spawn_shard_actor<App>. `system` and what `parts` refers to must outlive it.
  RuntimeNode(caf::actor_system& system, RuntimeParts parts, SpawnShard spawn_shard);
  RuntimeNode(const RuntimeNode&) = delete;
  RuntimeNode& operator=(const RuntimeNode&) = delete;

  [[nodiscard]] const Runtime& runtime() const { return runtime_; }

  // Before start(): who takes what aggregates send outside. Takes Stop.
  void outside(caf::actor actor) { runtime_.outside = std::move(actor); }

  // Once. Every shard begins; overdue reminders fire.
  void start();

  // Lets what is in flight finish, closes the shards, `others`, and at last the journal actor.
  // Blocks the calling (foreign) thread for at most `limit_ms`; false: not everything had finished.
  bool stop(DurationMs limit_ms, const std::vector<caf::actor>& others);

  // Simulation: every actor vanishes without a word, as by kill -9.
  void kill();

 private:
  caf::actor_system& system_;
  Runtime runtime_;
  caf::actor list_readers_;  // behind runtime_.lists
};

}  // namespace usher
