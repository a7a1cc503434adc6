// All actors of one node of the shop over one journal, and the market door in front of them: the
// runtime (actors/runtime/runtime_node.hpp), the payment gateway and the password workers.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/market/market.hpp"
#include "actors/market/options.hpp"
#include "actors/market/workers/password.hpp"
#include "actors/market/workers/payment_gateway.hpp"
#include "actors/runtime/actor_threads.hpp"
#include "actors/runtime/runtime.hpp"
#include "base/clock.hpp"
#include "persistence/journal.hpp"

namespace caf {
class actor_system;
}

namespace usher {
namespace consensus {
class ConsensusCore;
}

struct NodeParts {
  const Clock& clock;
  Journal& journal;  // the node is its only writer
  PaymentGateway& gateway;
  MarketOptions options;
  ScryptParameters scrypt;
  std::size_t live_per_buyer_max = 0;  // live orders that one buyer may have; 0: any number
  std::uint64_t id_seed = 0;           // where new ids' random bits start; production draws it
  // Called after each commit, by one thread at a time, in feed order. May be empty.
  std::function<void(std::vector<FeedRecord>)> on_committed;
  std::function<void(const std::string&)> log;  // warnings; may be empty
  // Decides what is committed; null: that of a node that is alone.
  std::shared_ptr<consensus::ConsensusCore> core = nullptr;
};

class Node {
 public:
  // Wires everything and sets nothing going: until start() the journal is not written, nothing is
  // called, and every ask is refused as unavailable. `system` and what `parts` refers to must
  // outlive the node.
  Node(caf::actor_system& system, NodeParts parts);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // Once. Every shard begins; commands are taken at once (they wait until their shard is open), and
  // overdue reminders fire: what the callbacks of `parts` use must be there by now.
  void start();

  [[nodiscard]] Market& market();
  [[nodiscard]] MarketGauges& gauges() const;
  [[nodiscard]] const Runtime& runtime() const;

  // Refuses new commands, lets what is in flight finish, closes the shards and the journal actor.
  // Blocks the calling (foreign) thread for at most `limit_ms`; false: not everything had finished.
  bool stop(DurationMs limit_ms);

  // Simulation: every actor vanishes without a word, as by kill -9.
  void kill();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace usher
