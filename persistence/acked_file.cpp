#include "persistence/acked_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "base/bytes.hpp"
#include "persistence/checksum.hpp"

namespace usher {
namespace {

constexpr std::string_view magic = "usherack";
constexpr std::size_t slot_bytes = 8 + 8 + 8 + 8 + 2 + 8 + 4;
constexpr std::size_t slot_distance = 4096;  // a page each: one torn page damages one slot
constexpr std::size_t slot_count = 2;

tl::unexpected<std::string> failure(const char* what) {
  return tl::unexpected(std::string{what} + ": " + std::strerror(errno));
}

}  // namespace

std::string encode_slot(std::uint64_t generation, const AckedBound& bound) {
  const NewestRecord newest = bound.newest.value_or(NewestRecord{});
  ByteWriter slot;
  slot.reserve(slot_bytes).raw(magic).u64(generation).u64(bound.writes);
  slot.u64(newest.seq).u16(newest.shard).u64(newest.offset);
  const std::uint32_t crc = crc32c(slot.view());
  return slot.u32(crc).take();
}

std::optional<std::pair<std::uint64_t, AckedBound>> decode_slot(std::string_view slot) {
  if (slot.size() < slot_bytes) return std::nullopt;
  slot = slot.substr(0, slot_bytes);
  ByteReader reader{slot};
  if (reader.raw(magic.size()) != magic) return std::nullopt;
  const std::uint64_t generation = reader.u64();
  AckedBound bound{reader.u64(), NewestRecord{reader.u64(), reader.u16(), reader.u64()}};
  if (reader.u32() != crc32c(slot.substr(0, slot_bytes - 4))) return std::nullopt;
  if (bound.newest->seq == 0) bound.newest.reset();
  return std::pair{generation, bound};
}

tl::expected<AckedBound, AckedFileError> read_acked(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) return tl::unexpected(AckedFileError::missing);
  const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
  std::optional<std::pair<std::uint64_t, AckedBound>> newer;
  for (std::size_t i = 0; i < slot_count && i * slot_distance < bytes.size(); ++i) {
    const auto slot = decode_slot(std::string_view{bytes}.substr(i * slot_distance));
    if (slot && (!newer || slot->first > newer->first)) newer = slot;
  }
  if (!newer) return tl::unexpected(AckedFileError::damaged);
  return newer->second;
}

tl::expected<std::unique_ptr<AckedFile>, std::string> AckedFile::create(
    const std::filesystem::path& path, const AckedBound& bound,
    std::chrono::milliseconds sync_interval) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return failure("can't open the file of the acknowledged bound");
  std::unique_ptr<AckedFile> acked{new AckedFile(file, FilePlace{path}, bound)};
  // All its blocks at once: a full disk can't stop it later.
  if (::posix_fallocate(file, 0, slot_count * slot_distance) != 0)
    return failure("can't allocate the file of the acknowledged bound");
  const auto written = acked->write_both_and_sync();
  if (!written) return tl::unexpected(written.error());
  const int directory = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = directory >= 0 && ::fsync(directory) == 0;
  if (directory >= 0) ::close(directory);
  if (!synced) return failure("can't sync the data directory");
  acked->syncer_ = std::jthread{[self = acked.get(), sync_interval](const std::stop_token& stop) {
    self->sync_periodically(stop, sync_interval);
  }};
  return acked;
}

AckedFile::~AckedFile() {
  if (syncer_.joinable()) {
    syncer_.request_stop();
    syncer_.join();
    (void)write_both_and_sync();  // a lower bound it is in any case
  }
  ::close(file_);
}

tl::expected<void, std::string> AckedFile::record(const AckedBound& bound) {
  const auto written = write_slot(generation_ + 1, bound);
  if (!written) return written;
  ++generation_;
  const std::lock_guard lock{mutex_};
  bound_ = bound;
  dirty_ = true;
  if (sync_failed_) return tl::unexpected<std::string>("can't sync the acknowledged bound");
  return {};
}

AckedBound AckedFile::bound() const {
  const std::lock_guard lock{mutex_};
  return bound_;
}

tl::expected<void, std::string> AckedFile::write_slot(std::uint64_t generation,
                                                      const AckedBound& bound) {
  const std::string slot = encode_slot(generation, bound);
  const auto at = static_cast<off_t>(generation % slot_count * slot_distance);
  if (::pwrite(file_, slot.data(), slot.size(), at) != static_cast<ssize_t>(slot.size()))
    return failure("can't write the acknowledged bound");
  return {};
}

// Both slots say the same while nobody writes: then damage to one loses nothing.
tl::expected<void, std::string> AckedFile::write_both_and_sync() {
  for (std::size_t i = 0; i < slot_count; ++i) {
    const auto written = write_slot(generation_ + 1, bound_);
    if (!written) return written;
    ++generation_;
  }
  if (::fdatasync(file_) != 0) return failure("can't sync the acknowledged bound");
  return {};
}

void AckedFile::sync_periodically(const std::stop_token& stop, std::chrono::milliseconds interval) {
  std::unique_lock lock{mutex_};
  while (!wake_.wait_for(lock, stop, interval, [&] { return stop.stop_requested(); })) {
    if (stop.stop_requested()) return;
    if (!std::exchange(dirty_, false)) continue;
    lock.unlock();
    const bool synced = ::fdatasync(file_) == 0;
    lock.lock();
    if (!synced) sync_failed_ = true;
  }
}

}  // namespace usher
