// The redo log: one record for each turn of the store's writer, numbered from 1. A record that is
// synced is what makes its turn durable; the families get its changes afterwards
// (write_behind.hpp), and a start applies again whatever they may have missed. Applying a record
// twice is the same as once.
//
// It is the logs of all shards in one: a record of turns has at most one entry of each shard's log,
// by its index and term, and what they change. A turn costs one key and one sync, however many
// shards it is about. The sync of a node that is alone commits the turn; else the record is a
// proposal, whose entries wait. (A record of changes that belong to no shard's log is the third
// form.)
// docs/journal_format.md has the bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/checksum.hpp"
#include "persistence/store.hpp"

namespace usher {

using LogIndex = std::uint64_t;  // of an entry in its shard's log, dense, from 1; 0: none
using LogTerm = std::uint64_t;   // of the leader that appended it; the shard's epoch

// What an entry is to consensus (consensus/types.hpp has the same numbers).
enum class LogKind : std::uint8_t {
  empty = 254,    // a leader's first
  payload = 255,  // an append of the journal
};

// One entry of one shard's log: where the shard ends with it, and what else it changes.
struct LoggedEntry {
  std::uint16_t shard = 0;
  LogKind kind = LogKind::payload;
  LogIndex index = 0;
  LogTerm term = 0;
  std::uint64_t next = 0;      // offset of the record behind its last one
  std::uint64_t records = 0;   // so many end there
  std::int64_t stamp = 0;      // of the shard's last record
  RecordHash last_hash{};      // likewise
  std::string_view changes{};  // as bytes; of a record that is written: set by its writer
};

// What a replica has promised about one shard's log, and up to where it knows it to be committed.
struct LoggedPromise {
  std::uint16_t shard = 0;
  LogTerm term = 0;
  std::uint64_t vote = 0;
  LogIndex commit = 0;
  bool operator==(const LoggedPromise&) const = default;
};

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
// A record of turns. An entry's changes are those of the batch from the entry's place in `ends`
// before it (0: the first one's) to its own; its `changes` are not looked at.
[[nodiscard]] std::string encode_turn(const WriteBatch& batch,
                                      const std::vector<LoggedEntry>& entries,
                                      const std::vector<std::size_t>& ends);
// The same for a turn whose sync does not commit it: its entries are applied when consensus says
// so, also after a start. No record is the newest in it, as what is not committed has no place in
// the feed.
[[nodiscard]] std::string encode_proposal(const WriteBatch& batch,
                                          const std::vector<LoggedEntry>& entries,
                                          const std::vector<std::size_t>& ends,
                                          const std::vector<LoggedPromise>& promises);
// Entries of such records, as they were read from there: what Store::apply is given of them.
[[nodiscard]] std::string encode_committed(const std::optional<NewestRecord>& newest,
                                           const std::vector<LoggedEntry>& entries,
                                           const std::vector<LoggedPromise>& promises);
struct RedoEntry {
  std::optional<NewestRecord> newest;  // nullopt: the batch has no record
  std::vector<RedoChange> changes;     // in the order of the batch
  std::string derived;                 // what some of them point into
};
// nullopt: damaged. Points into `record`.
[[nodiscard]] std::optional<RedoEntry> decode_redo(std::string_view record);
// The parts of a record that is known to be intact: the checksum is not looked at again.
[[nodiscard]] std::optional<NewestRecord> read_redo_newest(std::string_view record);
// Appends what it changes, and gives the bytes of what is not in it as such (where the shards end,
// and the feed's entry): the changes point into both. Moving what is returned is fine.
[[nodiscard]] std::string read_redo_changes(std::string_view record,
                                            std::vector<RedoChange>& changes);
// Nothing, if it is of no shard's log.
[[nodiscard]] std::vector<LoggedEntry> read_logged_entries(std::string_view record);
[[nodiscard]] std::vector<LoggedPromise> read_logged_promises(std::string_view record);
// Its sync does not commit what is in it.
[[nodiscard]] bool is_proposal(std::string_view record);
// The changes of one entry (LoggedEntry::changes).
[[nodiscard]] std::vector<RedoChange> read_entry_changes(std::string_view changes);

// The value behind redo_key(0): up to where the families have everything.
[[nodiscard]] std::string encode_redo_end(const RedoEnd& end);
[[nodiscard]] std::optional<RedoEnd> decode_redo_end(std::string_view value);

// Sorted by family and key; of several changes of one key only the last stays.
void keep_newest(std::vector<RedoChange>& changes);

}  // namespace usher
