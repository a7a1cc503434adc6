// P4: what has to come to its end does so. Looks at the orders that the oracle knows.
#pragma once

#include <map>
#include <string>

#include "actors/runtime/shard_map.hpp"
#include "tests/sim/oracle.hpp"

namespace usher::sim {

class Ending {
 public:
  Ending(Oracle& oracle, ShardMap shards) : oracle_(oracle), shards_(shards) {}

  // To be called in moments when no actor has anything to do. What is overdue may be late by a
  // tick and some retries, counted in such moments, but it may not stay.
  void check_quiet(TimeMs now);
  // The node was away, or the wall clock was set: count again.
  void forget() { late_.clear(); }
  // The first thing that has not come to its end; empty: everything has.
  [[nodiscard]] std::string unsettled() const;

 private:
  struct Late {
    TimeMs since = 0;
    int moments = 0;
  };
  [[nodiscard]] std::string overdue(const OrderId& id, const Order::State& order, TimeMs now) const;

  Oracle& oracle_;
  ShardMap shards_;
  std::map<OrderId, Late> late_;
};

}  // namespace usher::sim
