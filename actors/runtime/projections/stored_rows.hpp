// The rows as a store has them, to be compared with those that a replay gives.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "persistence/journal.hpp"

namespace usher {

// A key as it stands in the findings: printable.
[[nodiscard]] std::string shown(std::string_view bytes);

// The rows of all shards stand among each other. So that they need not be read again for each
// shard, one pass makes a sum for each, in which the order does not matter.
struct RowsDigest {
  std::uint64_t rows = 0;
  std::uint64_t sum = 0;  // of their hashes
  void add(std::string_view key, std::string_view value);
  bool operator==(const RowsDigest&) const = default;
};

class StoredRows {
 public:
  // `rows`: by stored key. True: the store has just these of the shard.
  [[nodiscard]] bool are(const std::map<std::string, std::string>& rows, const Store& store,
                         ShardNumber shard);

  // Each row of the shard, as stored. One whose key cannot be read, or whose shard does not exist,
  // counts as one of shard 0, so that somebody tells of it and clears it away.
  using Visit = std::function<void(std::string_view key, std::string_view value)>;
  static void for_each(ShardNumber shard, const Store& store, const Visit& visit);

 private:
  std::unique_ptr<const std::map<ShardNumber, RowsDigest>> digests_;  // null: not read yet
};

}  // namespace usher
