// Reads a whole store and says what is wrong with it: the records against their checksums and the
// chain, and everything that the journal derives from them. What the codecs derive (rows,
// reminders, states) is compared by the layer above, which sees every record through `visit`.
// Nobody may write to the store meanwhile; a data directory is best opened read_only for it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "persistence/journal.hpp"

namespace usher {

struct Finding {
  std::optional<ShardNumber> shard;  // nullopt: not of one shard
  std::optional<Offset> offset;      // nullopt: not of one record
  std::string what;
};
// "shard 3, offset 12: the checksum is wrong", for people.
[[nodiscard]] std::string text_of(const Finding& finding);

struct VerifyOptions {
  // Every intact record: shard by shard, by offset. Findings of the visitor are its own business.
  std::function<void(const Record&)> visit = [](const Record&) {};
  // After the last record of a shard of which some are missing, damaged or out of order; before
  // shard_done.
  std::function<void(ShardNumber)> records_missed = [](ShardNumber) {};
  // After the last record of each shard.
  std::function<void(ShardNumber)> shard_done = [](ShardNumber) {};
  // Now and then: how many records were read, of about how many.
  std::function<void(std::uint64_t, std::uint64_t)> progress = [](std::uint64_t, std::uint64_t) {};
  std::size_t findings_max = 1'000;  // kept; more are only counted
};

struct VerifyReport {
  std::uint64_t records = 0;  // that were read, intact or not
  ShardNumber shard_count = 0;
  std::vector<Finding> findings;
  std::uint64_t findings_dropped = 0;
  [[nodiscard]] bool is_clean() const { return findings.empty(); }
};

// Never throws: what goes wrong is a finding.
[[nodiscard]] VerifyReport verify(const Store& store, const VerifyOptions& options = {}) noexcept;

}  // namespace usher
