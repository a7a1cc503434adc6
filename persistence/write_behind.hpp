// The families behind the redo log: collects entries that are durable already and writes what they
// change to the families, sorted, many entries at once. An insert into a large memtable is a walk
// through cold memory; of a sorted run each walk starts where the last one ended, and what changes
// twice is written once.
//
// The families and the redo log are flushed together (atomic_flush), and the batch that changes the
// families also deletes the entries from the redo log. So after a crash an entry is either in the
// redo log or in the families, whatever had been flushed. (ARIES' redo, without pages.) Changes are
// written in small parts, so that a commit never waits long for RocksDB's write queue; the part
// that deletes the entries is the last, and has where shards end and the feed in it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "persistence/redo.hpp"
#include "persistence/redo_overlay.hpp"
#include "persistence/rocksdb_database.hpp"
#include "persistence/rocksdb_store.hpp"

namespace rocksdb {
class Status;
class WriteBatch;
}  // namespace rocksdb

namespace usher {

// Which keys may be waiting: no false "no", few false "yes". For families that are asked by key.
class KeyFilter {
 public:
  void add(Family family, std::string_view key);
  [[nodiscard]] bool may_have(Family family, std::string_view key) const;
  void clear();

 private:
  static constexpr std::size_t bits = 1 << 20;
  std::vector<std::uint64_t> words_ = std::vector<std::uint64_t>(bits / 64);
  bool is_empty_ = true;
};

class WriteBehind {
 public:
  // `end`: what the families have; the next entry is the one behind it. The database must outlive
  // this. A write that fails is told to its first_failure; nothing is written after that.
  WriteBehind(RocksdbDatabase& database, const RedoEnd& end, const WriteBehindOptions& options);
  ~WriteBehind();  // writes what waits
  WriteBehind(const WriteBehind&) = delete;
  WriteBehind& operator=(const WriteBehind&) = delete;

  // Takes entries of the log, which must be durable and intact; with them, nothing of the records
  // up to `done` is left. One thread at a time; waits only when too much waits to be written.
  // (noexcept, here and below: without memory the process ends, and the redo log has everything.)
  void add(std::string entries, RedoNumber done) noexcept;

  // What the families are to a reader.
  struct Standstill {
    std::unique_lock<std::mutex> lock;  // while it is held nothing is written to the families
    std::shared_ptr<const RedoOverlay> overlay;  // what they will never have; null: nothing
  };
  // Returns when everything that was added before the call is in the families. When writing has
  // failed that will never be, and the overlay has the rest. Take a snapshot or make an iterator
  // under the lock: without it one may see a part of a batch. Any thread.
  [[nodiscard]] Standstill catch_up() noexcept;
  // The same for a reader of this key alone (or, of streams, of its stream): there is rarely
  // anything to wait for, and the lock is not held: a key, and a stream's entries, change in one
  // piece.
  [[nodiscard]] Standstill catch_up_with(Family family, std::string_view key) noexcept;

  // Snapshots can be read while they wait: an order is looked at as soon as it is born.
  static bool is_at_hand(Family family) { return family == Family::snapshots; }
  // The newest one that waits (nullopt in it: a deletion); nullopt: the database has it. Any
  // thread; waits for nothing.
  [[nodiscard]] std::optional<std::optional<std::string>> find_waiting_snapshot(
      std::string_view key) const;

  // Whether reading it would have to wait for something. Any thread.
  [[nodiscard]] bool may_change(Family family, std::string_view key) const;
  [[nodiscard]] bool anything_waits() const;

  // Changes that wait. Any thread.
  [[nodiscard]] std::size_t waiting() const;

 private:
  struct Generation {
    std::vector<std::string> entries;
    std::vector<std::string> derived;  // from them (read_redo_changes)
    // These two point into those two: into memory that stays where it is when a string is moved,
    // as no entry is so short that it would be in the string itself.
    std::vector<RedoChange> changes;
    std::unordered_map<std::string_view, std::optional<std::string_view>> snapshots;
    std::size_t changes_waiting = 0;  // that were added; `changes` itself is being sorted sometimes
    std::size_t bytes = 0;
    RedoEnd end;
    KeyFilter filter;
    void add(std::string entry, RedoNumber done);
    void clear();
  };

  bool write(Generation& generation);
  void write_part(rocksdb::WriteBatch& batch, rocksdb::Status& status);
  std::shared_ptr<const RedoOverlay> give_up();
  void write_periodically(const std::stop_token& stop);

  RocksdbDatabase& database_;
  const WriteBehindOptions options_;

  std::mutex writing_;        // held while a generation is written; taken before mutex_
  mutable std::mutex mutex_;  // guards the two, but for the entries and changes of `written_`
  std::condition_variable_any wake_;
  std::unique_ptr<Generation> collecting_;
  std::unique_ptr<Generation> written_;         // being written; empty when none is
  RedoNumber written_through_ = 0;              // the last entry that catch_up() has taken
  bool has_proposals_ = false;                  // of parts of records, too; under mutex_
  std::shared_ptr<const RedoOverlay> overlay_;  // of all that could not be written; else null
  RedoNumber mark_ = 0;                         // in the redo log; under writing_
  std::jthread writer_;                         // last: it uses everything above
};

}  // namespace usher
