// The replicated log: for each group (a shard, or the cluster itself) the entries that consensus
// agrees upon, with their terms, what a replica has promised (term, vote, commit), and where its
// log begins. Written once, above Store: both stores run this code. Knows no payload's meaning, no
// actor, no network, and not who decides what is committed.
//
// What a turn appends, cuts and promises, for all groups, is one batch with one sync. Batches are
// numbered from 1; the number stands in the entries and in the store, so that a directory that went
// back in time can be told by it. Applying entries to their families is the caller's; it says in
// the same batch how far it has come (put_written).
//
// Not part of a running node yet. The bytes are specified here until the format settles: at the end
// of this file.
//
// Threads: one at a time, but for read(), which any thread may call for groups and indexes that are
// not being changed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "persistence/store.hpp"

namespace usher {

using LogGroup = std::uint16_t;  // below no_log_group
using LogIndex = std::uint64_t;  // of an entry in its group's log, dense, from 1; 0: none
using LogTerm = std::uint64_t;
using LogReplica = std::uint64_t;   // never used again; 0: none
using BatchNumber = std::uint64_t;  // of this store, dense, from 1

inline constexpr LogGroup no_log_group = 0xffff;
// Most entries are of this kind; the others (changes of the membership, and what consensus appends
// by itself) are few, and kept at hand.
inline constexpr std::uint8_t log_kind_payload = 255;
inline constexpr std::size_t log_payload_bytes_max = 9
                                                     << 20;  // an append of the journal fits in it
inline constexpr std::size_t log_members_bytes_max = 8 << 10;

struct LogEntry {
  LogTerm term = 0;
  std::uint8_t kind = log_kind_payload;
  std::string payload;
  bool operator==(const LogEntry&) const = default;
};

struct LogPromise {
  LogTerm term = 0;
  LogReplica vote = 0;
  LogIndex commit = 0;
  bool operator==(const LogPromise&) const = default;
};

// The log begins behind `index`: what was before it is in the families.
struct LogBase {
  LogIndex index = 0;
  LogTerm term = 0;
  std::string members;  // there, in the caller's form
  bool operator==(const LogBase&) const = default;
};

// A state that was copied from another replica, in place of all that was here.
struct LogInstall {
  LogBase base;
  // The copied state is that of this index: at the base or, as a copy takes its time, behind it.
  // Entries up to it change nothing in the families. They have the copy with this very write.
  LogIndex copied = 0;
  bool operator==(const LogInstall&) const = default;
};

// Of one group, what one write does, in this order. Whatever it does not say stays as it was.
struct LogChange {
  LogGroup group = 0;
  LogReplica replica = 0;  // that is here, or with `opens`, that comes

  // A new replica, with a promise and a base or with nothing. None may be here, and the group's
  // tombstone must be below it.
  bool opens = false;
  std::optional<LogPromise> promise = std::nullopt;
  std::optional<LogInstall> install = std::nullopt;
  // They replace what is there from `first` on, which is at most one behind the last, and behind
  // all that is committed.
  LogIndex first = 0;
  std::vector<LogEntry> entries = {};
  // The log begins behind this index from now on; it is in the log, and written (put_written).
  std::optional<LogBase> trim = std::nullopt;
  // The replica goes, with its promise and its log, and leaves a tombstone. Nothing else counts.
  bool drops = false;
};

class ReplicatedLog {
 public:
  struct Run {
    LogIndex first;  // of a term
    LogTerm term;
    bool operator==(const Run&) const = default;
  };
  struct Special {  // an entry of another kind than log_kind_payload
    LogIndex index;
    LogEntry entry;
    bool operator==(const Special&) const = default;
  };
  struct Group {
    LogReplica replica = 0;    // 0: none here
    LogReplica tombstone = 0;  // the last that was dropped here
    LogPromise promise;
    LogBase base;
    LogIndex last = 0;    // of the log; base.index if it is empty
    LogIndex copied = 0;  // LogInstall's; else 0
    LogIndex written =
        0;  // up to here the families have everything; may be behind last after a copy
    std::vector<Run> runs;
    std::vector<Special> specials;

    // 0 where the log has no entry, and is not based on one either.
    [[nodiscard]] LogTerm term_at(LogIndex index) const;
    bool operator==(const Group&) const = default;
  };

  // `family` has nothing but this in it. An empty one is a new log. Refuses, and names the place,
  // what is damaged, has a gap, or ends before what it says of itself. Reads all entries.
  static tl::expected<std::unique_ptr<ReplicatedLog>, std::string> open(Store& store,
                                                                        Family family);

  // All changes as one batch with one sync, and its number. A change that breaks what LogChange
  // says is a bug, and stops the process. After a failure every later call fails, what is on the
  // disk is unknown until a restart, and group() must not be believed.
  [[nodiscard]] tl::expected<BatchNumber, StorageError> write(std::span<const LogChange> changes);

  // How far the families have come, for the batch that brings them there; then, when it is written,
  // note_written. Never back.
  void put_written(WriteBatch& batch, LogGroup group, LogIndex index) const;
  void note_written(LogGroup group, LogIndex index);

  // The entries from `first` to `last` (both in the log), but no more than `bytes_max` of payload
  // after the first. `corrupt` if one of them is missing or damaged.
  [[nodiscard]] tl::expected<std::vector<LogEntry>, StorageError> read(LogGroup group,
                                                                       LogIndex first,
                                                                       LogIndex last,
                                                                       std::size_t bytes_max) const;

  // Of a group that nothing was ever written of: all zeros.
  [[nodiscard]] const Group& group(LogGroup group) const;
  [[nodiscard]] const std::map<LogGroup, Group>& groups() const { return groups_; }
  [[nodiscard]] BatchNumber last_batch() const { return last_batch_; }

 private:
  ReplicatedLog(Store& store, Family family) : store_(store), family_(family) {}
  tl::expected<void, std::string> recover();
  tl::expected<void, std::string> recover_one(std::string_view key, std::string_view value,
                                              BatchNumber& newest);
  void apply(const LogChange& change, BatchNumber number, WriteBatch& batch);
  void append(const LogChange& change, BatchNumber number, Group& group, WriteBatch& batch) const;
  void trim(const LogChange& change, Group& group, WriteBatch& batch) const;
  void erase(LogGroup number, LogIndex first, LogIndex last, WriteBatch& batch) const;

  Store& store_;
  const Family family_;
  std::map<LogGroup, Group> groups_;
  BatchNumber last_batch_ = 0;
  bool failed_ = false;
};

// Keys: group u16, what u8, then
//   0 head       ->  form u8 (1), replica, term, vote, commit, base index, base term, copied
//                    (u64 each), members text
//   1 tombstone  ->  replica u64
//   2 written    ->  replica u64, index u64
//   3 entry, index u64  ->  form u8 (1), term varint, batch number varint, kind u8, payload
// and behind no_log_group: 0 -> number of the last batch u64.
// Behind each value its crc32c, xor that of the key: what stands in a wrong place is noticed. Words
// as in docs/journal_format.md. A head is written when something in it changes.

}  // namespace usher
