// Replays every record of a data directory and compares what follows from them with what is stored
// and with the promises: the part of `usher verify` that knows tickets and orders, and all of
// `usher rebuild`. Keeps the state of every aggregate in memory; offline only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "actors/market/market.hpp"
#include "persistence/journal.hpp"
#include "persistence/verify.hpp"

namespace usher {

struct ReplayCounts {
  std::uint64_t tickets = 0, orders = 0, accounts = 0, request_keys = 0;
  std::uint64_t live_orders = 0, complete_orders = 0, cancelled_orders = 0;
  std::uint64_t reminders = 0, rows = 0, snapshots = 0;
};

class Replay {
 public:
  explicit Replay(std::size_t findings_max = 1'000);
  ~Replay();
  Replay(const Replay&) = delete;
  Replay& operator=(const Replay&) = delete;

  // In journal order within each shard.
  void see(const Record& record);
  // After the last record of a shard: the promises that the records can show (P1, P3, P5, and
  // that every ended order's ticket has been told or a reminder says so), and the stored rows,
  // reminders and snapshots of that shard against the replayed ones. Frees the shard's states.
  void finish_shard(const Store& store, ShardNumber shard);
  // Instead of comparing: the puts and erases that make the stored derived data of the shard equal
  // to the replayed, snapshots included. Nobody else may write between the shards.
  [[nodiscard]] WriteBatch rebuild_shard(const Store& store, ShardNumber shard);

  [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }
  [[nodiscard]] const ReplayCounts& counts() const { return counts_; }

 private:
  struct Shard;
  struct RowsDigest;
  void report(ShardNumber shard, std::optional<Offset> offset, std::string what);
  template <class A>
  void apply(const Record& record);
  void check_promises(ShardNumber shard);
  bool has_replayed_rows(const Store& store, ShardNumber shard);
  void compare_rows(const Store& store, ShardNumber shard);

  std::unique_ptr<Shard> shard_;                                          // the one being replayed
  std::unique_ptr<const std::map<ShardNumber, RowsDigest>> stored_rows_;  // null: not read yet
  std::vector<Finding> findings_;
  std::size_t findings_max_;
  ReplayCounts counts_;
};

}  // namespace usher
