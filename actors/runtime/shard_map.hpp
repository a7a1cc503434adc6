// Slot -> shard. Pure. The number of shards is fixed when a data directory is created.
#pragma once

#include "base/ids.hpp"
#include "persistence/journal.hpp"

namespace usher {

class ShardMap {
 public:
  explicit constexpr ShardMap(ShardNumber count) : count_(count) {}
  [[nodiscard]] constexpr ShardNumber shard_of(Slot slot) const {
    return static_cast<ShardNumber>((std::uint32_t{slot} * count_) >> 16);
  }
  [[nodiscard]] constexpr ShardNumber count() const { return count_; }

 private:
  ShardNumber count_;
};

}  // namespace usher
