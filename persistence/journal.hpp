// The journal: every fact, append only, and what is derived from the facts in the same batch.
// Knows records of bytes, streams, versions and epochs; knows no ticket and no actor.
// docs/journal_format.md is the specification of what it writes.
//
// Each shard is a log of entries: one for all that a turn appends to it, and one that begins an
// epoch. A turn goes three steps: prepare() says what its appends come to, log() makes that
// durable, apply() makes it visible. Between the last two stands who decides what is committed: a
// replicator with its core of consensus (actors/runtime/replicator.hpp), or write(), for which
// durable is enough, as it is for who has the directory to himself. Where it is not enough, a turn
// is proposed: its entries are durable and wait, others are prepared behind them, and each shard's
// are applied when they are said to be committed, or replaced if they never are.
//
// Threads: what is not const belongs to one thread at a time (the journal actor); every const
// function may be called by any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

#include "persistence/store.hpp"

namespace usher {

using ShardNumber = std::uint16_t;
using Offset = std::uint64_t;  // of a record in its shard: dense, from 0
using Epoch = std::uint64_t;   // fencing number of a shard's incarnation
using StreamVersion =
    std::uint64_t;               // number of records in a stream; a record's version: 1, 2, ...
using FeedSeq = std::uint64_t;   // of a record in this data directory: dense, from 1
using LogIndex = std::uint64_t;  // of an entry in its shard's log: dense, from 1; 0: none
// Microseconds since the Unix epoch; strictly increasing from batch to batch, equal within one.
using CommitStamp = std::int64_t;

inline constexpr std::size_t stream_name_bytes_max = 400;
inline constexpr std::size_t payload_bytes_max = 1 << 20;
inline constexpr std::size_t row_key_bytes_max = 1 << 10;
inline constexpr std::size_t append_bytes_max = 8 << 20;  // payloads, states and rows together
inline constexpr ShardNumber shard_count_max = 0xfffe;

// What the caller wants to append; offset, hash, stamp and checksum are the journal's.
struct NewRecord {
  std::uint16_t type = 0;    // meaning is the codec's
  std::uint16_t schema = 1;  // version of the payload's form
  std::string payload;
};

struct Record {
  ShardNumber shard = 0;
  Offset offset = 0;
  Epoch epoch = 0;
  std::string stream;
  StreamVersion version = 0;
  std::uint16_t type = 0;
  std::uint16_t schema = 0;
  CommitStamp time = 0;
  std::string payload;
  std::array<std::uint8_t, 16> previous_hash{};  // of the record before it in its shard
};

struct StreamAppend {
  std::string stream;
  StreamVersion expected = 0;  // its version now; 0: this is its birth
  std::vector<NewRecord> records;
  // What the stream comes to with these records: its snapshot from now on. Without it the stream
  // has none, so a snapshot is always of the newest version. Of a stream without records: ignored.
  std::optional<std::string> state = std::nullopt;
};

struct ReminderKey {
  std::int64_t due = 0;  // milliseconds since the Unix epoch
  std::string stream;
  std::uint8_t name = 0;
  auto operator<=>(const ReminderKey&) const = default;
};

struct ReminderChange {
  ReminderKey key;
  bool set = true;  // false: cleared
};

// Of the keys of one view, none is the beginning of another: they are ordered with their shards
// behind them.
struct RowChange {
  std::uint8_t view = 0;
  std::string key;
  std::optional<std::string> value;  // nullopt: the row goes
};

// All of it or nothing, with everything else that waits, by one sync.
struct Append {
  ShardNumber shard = 0;
  Epoch epoch = 0;
  std::vector<StreamAppend> streams;
  std::vector<ReminderChange> reminders;
  std::vector<RowChange> rows;
};

struct Appended {
  Offset first_offset = 0;  // of its first record; the others follow without a gap
  FeedSeq first_seq = 0;    // likewise
  CommitStamp time = 0;
};

// The place of an entry in its shard's log.
struct LogPlace {
  ShardNumber shard = 0;
  LogIndex index = 0;
  Epoch term = 0;  // of the leader that appended it; the epoch of its records
  bool operator==(const LogPlace&) const = default;
};

// An entry that was applied, and the seq of its first record.
struct AppliedEntry {
  LogPlace place;
  FeedSeq first_seq = 0;
};

struct Snapshot {
  StreamVersion version = 0;
  std::string state;
};

struct Row {
  ShardNumber shard = 0;
  std::string key;
  std::string value;
};

// A range of one view over all shards, by key, then by shard.
struct RowQuery {
  std::uint8_t view = 0;
  std::string prefix;                // only keys that start with it
  std::optional<std::string> after;  // only keys behind this one, in the direction of the scan
  Direction direction = Direction::ascending;
};

struct FeedRecord {
  FeedSeq seq = 0;
  Record record;
};

// Whose records these are. Another application's directory is refused, as nobody else can read it.
struct ApplicationName {
  std::string name;            // empty: any, and none is written
  bool takes_unnamed = false;  // it wrote directories before these had names
};

struct JournalOptions {
  ShardNumber shard_count = 64;                 // fixed when the store is created
  std::size_t version_cache_entries = 1 << 20;  // streams whose version is kept, 16 bytes each
  std::function<CommitStamp()> clock_us;        // the wall clock, or the simulation's
  ApplicationName application;
  // What the application must not change while a store lives, in its own words ("currency usd"):
  // kept by the first start that names it; a start with another one is refused. Empty: not asked.
  std::string label;
};

struct LoggedEntry;  // redo.hpp
struct LoggedPromise;
enum class LogKind : std::uint8_t;
class VersionCache;
namespace keys {
// Where a shard ends (key_layout.hpp).
struct ShardTail {
  Offset next = 0;                           // offset of the record that comes next
  Epoch epoch = 0;                           // of the incarnation that may append
  CommitStamp stamp = 0;                     // of the last record
  std::array<std::uint8_t, 16> last_hash{};  // of the last record; zeros: there is none
  // Of the last entry of the shard's log that is in the families; its term is the epoch. 0: none,
  // or not counted yet, by format 4.
  LogIndex index = 0;
  bool operator==(const ShardTail&) const = default;
};
struct Format;
}  // namespace keys

class Journal {
 public:
  // How many shards the store was created with; nullopt: it has no format yet.
  static tl::expected<std::optional<ShardNumber>, std::string> stored_shard_count(
      const Store& store);
  // The label that it was given; empty: none yet.
  static tl::expected<std::string, std::string> stored_label(const Store& store);

  // An error when the store is another application's; one without a format is nobody's yet.
  static tl::expected<void, std::string> check_application(const Store& store,
                                                           const ApplicationName& application);

  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Creates the format in an empty store, else checks format version, application and shard count
  // against the options and continues where the store ends.
  static tl::expected<std::unique_ptr<Journal>, std::string> open(Store& store,
                                                                  JournalOptions options);

  // Writes all appends as one batch with one sync. Each append is refused alone when its version
  // or epoch is wrong; a later append in the same call sees what earlier ones did. A storage
  // failure is one for all that were not refused.
  [[nodiscard]] std::vector<tl::expected<Appended, StorageError>> write(
      std::span<const Append> appends);

  // ---- the steps of a write, for who decides what is committed

  // What appends, or beginnings of epochs, come to: at most one entry of each shard's log.
  class Turn;
  // Behind all that is in the shards' logs. Refuses as write() does, and changes nothing. The
  // appends need to live no longer than this.
  [[nodiscard]] Turn prepare(std::span<const Append> appends);
  // Of each, an entry without a payload, in the given term, which is above the shard's; or, of a
  // shard that the turn has no entry of, into a turn that was prepared. What waits in the log from
  // that index on is replaced.
  [[nodiscard]] Turn prepare_epochs(std::span<const LogPlace> begun) const;
  void add_epochs(Turn& turn, std::span<const LogPlace> begun) const;
  // Takes the shard's entry out again: its appends are told `why`.
  static void take_out(Turn& turn, ShardNumber shard, StorageError why);

  // The sync commits it, as that of a node that is alone does; nothing may wait. Durable, and seen
  // by nobody, also not by the next turn. After a failure nothing can be written.
  [[nodiscard]] tl::expected<void, StorageError> log(Turn& turn);
  // What was logged last becomes visible, and this is what the appends are told.
  std::vector<tl::expected<Appended, StorageError>> apply(Turn&& turn);
  // Or it is not known to be: what was not refused is told that nobody knows.
  [[nodiscard]] static std::vector<tl::expected<Appended, StorageError>> give_up(Turn&& turn);

  // Its sync does not commit it. Durable with the promises, seen by nobody but the next turn, and
  // there when a start comes in between. A turn without entries has promises to keep.
  [[nodiscard]] tl::expected<void, StorageError> propose(Turn&& turn,
                                                         std::span<const LoggedPromise> promises);
  // Of each shard what waits up to that index is committed (its term is not looked at). It becomes
  // visible; in the order of the feed.
  std::vector<AppliedEntry> apply(std::span<const LogPlace> committed);
  [[nodiscard]] bool anything_waits() const;

  // The last entry of the shard's log, and its term; the last one that is applied; those between,
  // in order; and what is known of promises: zeros if there was none. By the thread that writes.
  [[nodiscard]] LogPlace log_end(ShardNumber shard) const;
  [[nodiscard]] LogPlace applied_end(ShardNumber shard) const;
  [[nodiscard]] std::vector<std::pair<LogPlace, LogKind>> waiting(ShardNumber shard) const;
  [[nodiscard]] LoggedPromise promise(ShardNumber shard) const;

  // A new incarnation of the shard: durable before it returns. Older epochs are fenced from now on.
  [[nodiscard]] tl::expected<Epoch, StorageError> begin_epoch(ShardNumber shard);
  // The same for several by one sync, so that a start costs one, however slow the disk; the epochs
  // in the order of the shards. A shard that is named twice begins twice.
  [[nodiscard]] tl::expected<std::vector<Epoch>, StorageError> begin_epochs(
      std::span<const ShardNumber> shards);

  [[nodiscard]] tl::expected<std::vector<Record>, StorageError> read_stream(
      ShardNumber shard, std::string_view stream, StreamVersion after, std::size_t limit,
      Reach reach = Reach::disk) const;
  [[nodiscard]] tl::expected<std::optional<Snapshot>, StorageError> read_snapshot(
      ShardNumber shard, std::string_view stream, Reach reach = Reach::disk) const;
  // By offset, from `from` on.
  [[nodiscard]] tl::expected<std::vector<Record>, StorageError> read_shard(ShardNumber shard,
                                                                           Offset from,
                                                                           std::size_t limit) const;
  // Reminders due up to and including `until`, behind `after` (in key order), at most `limit`.
  [[nodiscard]] tl::expected<std::vector<ReminderKey>, StorageError> read_reminders(
      ShardNumber shard, const std::optional<ReminderKey>& after, std::int64_t until,
      std::size_t limit) const;
  // Reads a snapshot as of the moment of a scan, while that runs.
  using SnapshotAt = std::function<tl::expected<std::optional<Snapshot>, StorageError>(
      ShardNumber shard, std::string_view stream)>;
  // Calls `visit` for each row in order until it returns false. One consistent moment.
  [[nodiscard]] tl::expected<void, StorageError> scan_rows(
      const RowQuery& query,
      const std::function<bool(const Row&, const SnapshotAt& snapshot_at)>& visit) const;
  [[nodiscard]] tl::expected<std::vector<FeedRecord>, StorageError> read_feed(
      FeedSeq after, std::size_t limit) const;

  [[nodiscard]] FeedSeq feed_end() const { return feed_end_.load(); }  // seq of the last record
  [[nodiscard]] Offset shard_end(ShardNumber shard) const;             // next offset
  [[nodiscard]] ShardNumber shard_count() const { return options_.shard_count; }
  [[nodiscard]] const Store& store() const { return store_; }

 private:
  using Refusal = std::optional<StorageError>;
  struct StreamPlace {
    ShardNumber shard;
    std::string_view stream;
    std::uint64_t id;  // VersionCache::stream_id
    bool operator==(const StreamPlace& other) const {
      return shard == other.shard && stream == other.stream;
    }
    struct Hash {
      std::size_t operator()(const StreamPlace& place) const { return place.id; }
    };
  };

  Journal(Store& store, JournalOptions options);

  // Opening.
  tl::expected<void, std::string> check_label();
  tl::expected<void, std::string> create_format();
  tl::expected<void, std::string> raise_format(const keys::Format& stored);
  tl::expected<void, std::string> recover();
  tl::expected<void, std::string> recover_shard(ShardNumber shard);
  tl::expected<void, std::string> recover_feed();
  tl::expected<void, std::string> recover_waiting();

  // Writing.
  Refusal check(const Append& append);
  Refusal check_streams(const Append& append);
  tl::expected<bool, StorageError> is_current(const StreamAppend& stream,
                                              const StreamPlace& place) const;
  static Appended put_records(const Append& append, keys::ShardTail& tail, Turn& turn);
  static void end_entry(ShardNumber shard, const keys::ShardTail& tail, Offset records, Turn& turn);
  static void put_derived(const Append& append, WriteBatch& batch);

  // What waits (journal_waiting.cpp).
  struct Waiting;
  [[nodiscard]] static std::vector<LoggedEntry> logged_entries(const Turn& turn);
  [[nodiscard]] const keys::ShardTail& end_of(ShardNumber shard) const;
  [[nodiscard]] const keys::ShardTail& end_before(const LogPlace& entry) const;
  void keep(RedoNumber number, std::string record);
  [[nodiscard]] std::optional<StreamVersion> waiting_version(ShardNumber shard,
                                                             std::string_view stream) const;

  [[nodiscard]] tl::expected<Record, StorageError> read_record(ShardNumber shard, Offset offset,
                                                               Reach reach = Reach::disk) const;

  Store& store_;
  JournalOptions options_;
  std::vector<keys::ShardTail> tails_;           // by shard; what is applied
  std::unique_ptr<std::atomic<Offset>[]> ends_;  // the tails' ends, for other threads
  std::atomic<FeedSeq> feed_end_{0};
  std::unique_ptr<Waiting> waiting_;  // what is durable behind what is applied
  CommitStamp last_stamp_ = 0;
  std::unique_ptr<VersionCache> versions_;
  // What the appends of this write() that were checked already make of the versions.
  std::unordered_map<StreamPlace, StreamVersion, StreamPlace::Hash> raised_;
  std::vector<std::pair<StreamVersion*, StreamVersion>> undo_;  // of the append in check()
  bool failed_ = false;  // a write failed: what is on disk is unknown until the restart
};

class Journal::Turn {
 public:
  // The entries that it appends, by shard; of none: there is nothing to log.
  [[nodiscard]] const std::vector<LogPlace>& entries() const { return entries_; }

  static constexpr std::size_t no_entry = static_cast<std::size_t>(-1);
  // For who proposes: what an append is told if it is refused; or which of the entries has it (or
  // none: it appends nothing), and its answer, with a seq that counts from the entry's first, as 0.
  [[nodiscard]] const std::vector<tl::expected<Appended, StorageError>>& outcomes() const {
    return outcomes_;
  }
  [[nodiscard]] std::size_t entry_of(std::size_t append) const { return entry_of_[append]; }
  [[nodiscard]] Appended within_entry(std::size_t append) const;

 private:
  friend class Journal;

  WriteBatch batch_;                    // until it is encoded
  std::vector<LogPlace> entries_;       // by shard
  std::vector<LogKind> kinds_;          // of these
  std::vector<Offset> records_;         // likewise: how many
  std::vector<std::size_t> ends_;       // of the entries' changes in the batch
  std::vector<keys::ShardTail> tails_;  // where their shards end with them
  std::vector<tl::expected<Appended, StorageError>> outcomes_;     // if it is applied
  std::vector<std::size_t> entry_of_;                              // by append
  std::vector<FeedSeq> first_seqs_;                                // by entry, likewise
  std::vector<std::pair<std::uint64_t, StreamVersion>> versions_;  // by VersionCache::stream_id
  FeedSeq next_seq_ = 0;
  CommitStamp stamp_ = 0;
  std::string record_;  // once it is logged
  std::uint64_t number_ = 0;
};

}  // namespace usher
