// The redo log: every batch of the store as one entry, numbered from 1. An entry that is synced is
// what makes its batch durable; the families get its changes afterwards (write_behind.hpp), and a
// start applies again whatever they may have missed. Applying an entry twice is the same as once.
// docs/journal_format.md has the bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/store.hpp"

namespace usher {

using RedoNumber = std::uint64_t;  // dense, from 1; 0: none

// One put or deletion. Points into the entry that it was read from.
struct RedoChange {
  Family family = Family::journal;
  std::string_view key;
  std::optional<std::string_view> value;  // nullopt: delete
};

// Where the redo log ends, and what has been applied up to there.
struct RedoEnd {
  RedoNumber number = 0;
  std::optional<NewestRecord> newest;  // nullopt: no record yet
  bool operator==(const RedoEnd&) const = default;
};

[[nodiscard]] std::string redo_key(RedoNumber number);
[[nodiscard]] std::optional<RedoNumber> read_redo_key(std::string_view key);

[[nodiscard]] std::string encode_redo(const WriteBatch& batch);
struct RedoEntry {
  std::optional<NewestRecord> newest;  // nullopt: the batch has no record
  std::vector<RedoChange> changes;     // in the order of the batch
};
// nullopt: damaged.
[[nodiscard]] std::optional<RedoEntry> decode_redo(std::string_view entry);
// The two parts of an entry that is known to be intact: the checksum is not looked at again.
[[nodiscard]] std::optional<NewestRecord> read_redo_newest(std::string_view entry);
void read_redo_changes(std::string_view entry, std::vector<RedoChange>& changes);  // appends

// The value behind redo_key(0): up to where the families have everything.
[[nodiscard]] std::string encode_redo_end(const RedoEnd& end);
[[nodiscard]] std::optional<RedoEnd> decode_redo_end(std::string_view value);

// Sorted by family and key; of several changes of one key only the last stays.
void keep_newest(std::vector<RedoChange>& changes);

}  // namespace usher
