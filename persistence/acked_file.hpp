// The durable lower bound of what was acknowledged, kept outside RocksDB's log: a small file of two
// slots that are written in turn, each with its own checksum and its own page, so that a torn write
// leaves the other. By it a start can tell a torn tail (cut it) from lost acknowledged records
// (refuse). Exact after kill -9, because the page cache survives; after a power cut at most
// `sync_interval` behind, because it costs no fsync of its own. docs/journal_format.md has the
// bytes.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <tl/expected.hpp>

#include "persistence/file_place.hpp"
#include "persistence/store.hpp"

namespace usher {

struct AckedBound {
  // RocksDB's sequence number after the last synced write: also counts writes without a record,
  // such as a new epoch or a timer that is cleared.
  std::uint64_t writes = 0;
  std::optional<NewestRecord> newest;  // nullopt: no record yet
  bool operator==(const AckedBound&) const = default;
};

[[nodiscard]] std::string encode_slot(std::uint64_t generation, const AckedBound& bound);
[[nodiscard]] std::optional<std::pair<std::uint64_t, AckedBound>> decode_slot(
    std::string_view slot);

enum class AckedFileError { missing, damaged };
// The newer of the slots that are intact.
[[nodiscard]] tl::expected<AckedBound, AckedFileError> read_acked(
    const std::filesystem::path& path);

class AckedFile {
 public:
  // Makes or overwrites the file: both slots, synced, and its entry in the directory too.
  static tl::expected<std::unique_ptr<AckedFile>, std::string> create(
      const std::filesystem::path& path, const AckedBound& bound,
      std::chrono::milliseconds sync_interval);
  ~AckedFile();  // writes both slots and syncs them
  AckedFile(const AckedFile&) = delete;
  AckedFile& operator=(const AckedFile&) = delete;

  // The bound survives the process when this returns. One thread at a time.
  [[nodiscard]] tl::expected<void, std::string> record(const AckedBound& bound);
  [[nodiscard]] AckedBound bound() const;
  // Whether the file is still there under its name. Any thread.
  [[nodiscard]] bool is_in_place() const { return place_.is_in_place(); }

 private:
  AckedFile(int file, FilePlace place, const AckedBound& bound)
      : file_(file), place_(std::move(place)), bound_(bound) {}
  tl::expected<void, std::string> write_slot(std::uint64_t generation, const AckedBound& bound);
  tl::expected<void, std::string> write_both_and_sync();
  void sync_periodically(const std::stop_token& stop, std::chrono::milliseconds interval);

  int file_;
  FilePlace place_;
  std::uint64_t generation_ = 0;
  mutable std::mutex mutex_;  // guards the three below
  std::condition_variable_any wake_;
  AckedBound bound_;
  bool dirty_ = false;
  bool sync_failed_ = false;
  std::jthread syncer_;  // last: it uses everything above
};

}  // namespace usher
