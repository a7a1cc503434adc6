// A store in memory, for tests and simulation: deterministic, and it fails when it is told to.
// The MemoryDisk is what survives a crash: drop the MemoryStore and make a new one on the same
// disk. What the disk does wrong is decided by whoever holds it.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "persistence/store.hpp"

namespace usher {

class MemoryDisk {
 public:
  // What a write that fails leaves behind. Nobody can tell before the restart.
  enum class Outcome : std::uint8_t {
    lost,  // as if it had never been tried, or as a batch whose tail was torn
    kept,  // the next store on this disk finds all of it
  };
  // Sees every batch, or what a record will change, before it is written; a value makes the write
  // fail. Must not call the disk.
  using WriteHook = std::function<std::optional<Outcome>(const WriteBatch&)>;

  // One failed write ends writing for the store that tried it, as a failed sync does.
  void fail_next_write(Outcome outcome);
  void on_write(WriteHook hook);
  // The last acknowledged batch vanishes whole: what a disk that lies about syncs does in a crash.
  // False when there is none, or it has vanished already. acknowledged() still knows of it, so the
  // next journal refuses to open. No store and no cursor may be open.
  bool lose_last_batch();
  // Forgets what was acknowledged: the operator accepts a loss.
  void forget_acknowledged();

  [[nodiscard]] std::uint64_t batches_written() const;

 private:
  friend class MemoryStore;
  friend class MemoryCursor;
  friend class MemoryMoment;

  struct Version {
    std::uint64_t moment = 0;          // the batch that wrote it
    std::optional<std::string> value;  // nullopt: deleted
  };
  struct Entry {
    Version newest;
    std::vector<Version> older;  // oldest first; kept only while a reader may need them
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  Entries& entries(Family family) { return families_[static_cast<std::size_t>(family)]; }
  // A new store: what the last one left undecided is decided now.
  std::uint64_t begin_incarnation();
  [[nodiscard]] std::uint64_t feed_end() const;
  void log(std::string record);
  void apply(std::string_view entries, RedoNumber done);
  void assign(Family family, const std::string& key, std::optional<std::string> value);
  // What `entry` was at a moment; null: not there yet.
  static const std::optional<std::string>* seen(const Entry& entry, std::uint64_t moment);
  [[nodiscard]] std::optional<std::string> value_at(Family family, std::string_view key,
                                                    std::uint64_t moment);
  void end_reader();

  mutable std::mutex mutex_;  // guards everything below
  std::array<Entries, family_count> families_;
  std::uint64_t moment_ = 0;  // changes with everything that is applied
  std::uint64_t incarnation_ = 0;
  std::uint64_t batches_written_ = 0;
  std::uint64_t bytes_ = 0;
  std::size_t readers_ = 0;                            // cursors and moments that are open
  std::vector<std::pair<Family, std::string>> stale_;  // entries with older versions or tombstones
  std::vector<WriteBatch::Put> undo_;      // of what was applied of the last record, in order
  std::map<RedoNumber, std::string> log_;  // that was not applied yet
  std::vector<WaitingRecord> waiting_;     // of those, what the last start left
  std::optional<std::string> undecided_;   // a record that failed, but is on the disk
  std::optional<NewestRecord> acknowledged_;
  std::optional<Outcome> fail_next_;
  WriteHook hook_;
};

class MemoryStore final : public Store {
 public:
  // Ends the incarnation before it: a store that was open on this disk can't write any more.
  explicit MemoryStore(std::shared_ptr<MemoryDisk> disk);

  tl::expected<void, StorageError> write(const WriteBatch& batch) override;
  tl::expected<RedoNumber, StorageError> log(const std::string& record,
                                             const std::optional<NewestRecord>& newest) override;
  void apply(std::string entries, RedoNumber done) override;
  std::vector<WaitingRecord> take_waiting() override;
  tl::expected<std::optional<std::string>, StorageError> get(
      Family family, std::string_view key, Reach reach = Reach::disk) const override;
  std::unique_ptr<Cursor> scan(Family family, KeyRange range,
                               Reach reach = Reach::disk) const override;
  std::unique_ptr<Moment> moment() const override;
  std::optional<NewestRecord> acknowledged() const override;
  std::optional<std::string> failure() const override;
  std::uint64_t approximate_bytes() const override;

 private:
  std::shared_ptr<MemoryDisk> disk_;
  std::uint64_t incarnation_;
  bool failed_ = false;  // guarded by the disk's mutex
};

}  // namespace usher
