// The ordered key-value store below the journal: column families, atomic batches, one sync.
// Two implementations: RocksdbStore (production) and MemoryStore (tests and simulation; it can
// lose unsynced writes, tear the last batch, fail and stall, all by seed). What the journal means
// is written once, above this interface (journal.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace usher {

enum class Family : std::uint8_t { journal, streams, snapshots, reminders, views, meta, feed };
inline constexpr std::size_t family_count = 7;
[[nodiscard]] std::string_view name_of(Family family);

enum class StorageError {
  wrong_version,  // optimistic check failed: somebody else has appended. Nothing was written.
  stale_epoch,    // a newer incarnation owns the shard (P7). Nothing was written.
  unavailable,    // the write failed or an earlier one did: the outcome is UNKNOWN until a restart
  corrupt,        // a checksum, a hash or the order of keys is wrong
  too_large,      // past a named limit. Nothing was written.
  not_in_memory,  // a read that was not to go to the disk, or to wait, would have to
};
[[nodiscard]] std::string_view name_of(StorageError error);

// Where the newest record of a batch stands: in the feed, and in its shard.
struct NewestRecord {
  std::uint64_t seq = 0;
  std::uint16_t shard = 0;
  std::uint64_t offset = 0;
  bool operator==(const NewestRecord&) const = default;
};

struct WriteBatch {
  struct Put {
    Family family;
    std::string key;
    std::optional<std::string> value;  // nullopt: delete
  };
  std::vector<Put> puts;
  // What this batch acknowledges once it is synced; nullopt: it carries no record.
  std::optional<NewestRecord> newest;
  void put(Family family, std::string key, std::string value) {
    puts.push_back({family, std::move(key), std::move(value)});
  }
  void erase(Family family, std::string key) {
    puts.push_back({family, std::move(key), std::nullopt});
  }
};

// Of a record of the redo log (redo.hpp): dense, from 1; 0: none.
using RedoNumber = std::uint64_t;

// A view of one moment, over one half-open range of keys. Owned by one thread.
class Cursor {
 public:
  virtual ~Cursor() = default;
  // False when the range is exhausted or reading failed (then error() says so).
  [[nodiscard]] virtual bool valid() const = 0;
  [[nodiscard]] virtual std::string_view key() const = 0;    // valid until next()
  [[nodiscard]] virtual std::string_view value() const = 0;  // valid until next()
  virtual void next() = 0;
  [[nodiscard]] virtual std::optional<StorageError> error() const = 0;
};

// How far a read may go: `memory` is for threads that must not wait.
enum class Reach : std::uint8_t { disk, memory };

enum class Direction : std::uint8_t { ascending, descending };

struct KeyRange {
  std::string lower;  // inclusive
  std::string upper;  // exclusive; empty: to the end of the family
  Direction direction = Direction::ascending;
};

// What a store had at one moment. Owned by one thread; its cursors may outlive it.
class Moment {
 public:
  virtual ~Moment() = default;
  [[nodiscard]] virtual tl::expected<std::optional<std::string>, StorageError> get(
      Family family, std::string_view key) const = 0;
  [[nodiscard]] virtual std::unique_ptr<Cursor> scan(Family family, KeyRange range) const = 0;
};

// What waits for consensus in a record of the log: as a record that has these entries only.
struct WaitingRecord {
  RedoNumber number = 0;
  std::string record;
};

class Store {
 public:
  virtual ~Store() = default;
  // Atomic and, on success, synced. One thread at a time. After any failure every later write
  // fails as well: a failed fsync is never retried on the same file.
  [[nodiscard]] virtual tl::expected<void, StorageError> write(const WriteBatch& batch) = 0;
  // The two halves of a write of what shards agree upon. First a record (redo.hpp) becomes durable
  // behind all before it, with `newest` acknowledged by it, and is seen by nobody; its number.
  // Fails as write() does.
  [[nodiscard]] virtual tl::expected<RedoNumber, StorageError> log(
      const std::string& record, const std::optional<NewestRecord>& newest) = 0;
  // Then, when it is known to be committed, its changes are made, and seen by all readers when this
  // returns. `entries` is such a record again, of logged entries only; with it, everything of the
  // records up to `done` has been applied or will never be. By the thread that logs.
  virtual void apply(std::string entries, RedoNumber done) = 0;
  // What the last start found and did not apply, as it was not committed (redo_start.hpp); in
  // order. Once.
  [[nodiscard]] virtual std::vector<WaitingRecord> take_waiting() = 0;
  // Any thread.
  [[nodiscard]] virtual tl::expected<std::optional<std::string>, StorageError> get(
      Family family, std::string_view key, Reach reach = Reach::disk) const = 0;
  [[nodiscard]] virtual std::unique_ptr<Cursor> scan(Family family, KeyRange range,
                                                     Reach reach = Reach::disk) const = 0;
  // For several reads that belong together. Everything acknowledged before the call is in it.
  [[nodiscard]] virtual std::unique_ptr<Moment> moment() const = 0;
  // The newest record that was ever acknowledged, kept apart from the records: a store that ends
  // before it has lost what somebody was promised. nullopt: nothing yet.
  [[nodiscard]] virtual std::optional<NewestRecord> acknowledged() const = 0;
  // Why writing has stopped, for logs and /readyz; nullopt while it works. Any thread.
  [[nodiscard]] virtual std::optional<std::string> failure() const = 0;
  // Changes that are durable, and for which a reader may have to wait a moment. Any thread.
  [[nodiscard]] virtual std::size_t changes_waiting() const { return 0; }
  // Rough bytes on disk (or in memory). Any thread.
  [[nodiscard]] virtual std::uint64_t approximate_bytes() const = 0;
};

}  // namespace usher
