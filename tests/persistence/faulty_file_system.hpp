// A file system below RocksDB that fails when it is told to.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <memory>
#include <string>

namespace usher {

enum class DiskFault {
  none,
  sync_fails,    // the bytes are handed to the disk; nobody knows whether they got there
  append_fails,  // nothing of it is written
  append_tears,  // half of it is written
  disk_full,
};

// What goes wrong with the files whose names end with `extension`. Any thread.
struct DiskState {
  std::string extension = ".log";
  std::atomic<DiskFault> fault = DiskFault::none;
};

class FaultyFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultyFile(std::unique_ptr<rocksdb::FSWritableFile>&& file, std::shared_ptr<DiskState> state)
      : FSWritableFileOwnerWrapper(std::move(file)), state_(std::move(state)) {}

  using FSWritableFileOwnerWrapper::Append;
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    switch (state_->fault.load()) {
      case DiskFault::append_fails:
        return rocksdb::IOStatus::IOError("injected: append");
      case DiskFault::append_tears: {
        const rocksdb::Slice half{data.data(), data.size() / 2};
        (void)FSWritableFileOwnerWrapper::Append(half, options, debug);
        return rocksdb::IOStatus::IOError("injected: torn append");
      }
      case DiskFault::disk_full:
        return rocksdb::IOStatus::NoSpace("injected: no space left");
      case DiskFault::none:
      case DiskFault::sync_fails:
        break;
    }
    return FSWritableFileOwnerWrapper::Append(data, options, debug);
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo&,
                           rocksdb::IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                         rocksdb::IODebugContext* debug) override {
    if (state_->fault == DiskFault::sync_fails) return rocksdb::IOStatus::IOError("injected: sync");
    return FSWritableFileOwnerWrapper::Sync(options, debug);
  }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* debug) override {
    if (state_->fault == DiskFault::sync_fails)
      return rocksdb::IOStatus::IOError("injected: fsync");
    return FSWritableFileOwnerWrapper::Fsync(options, debug);
  }

 private:
  std::shared_ptr<DiskState> state_;
};

class FaultyFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit FaultyFileSystem(std::shared_ptr<DiskState> state)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), state_(std::move(state)) {}
  const char* Name() const override { return "FaultyFileSystem"; }
  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    const auto made = FileSystemWrapper::NewWritableFile(name, options, file, debug);
    if (made.ok() && name.ends_with(state_->extension))
      *file = std::make_unique<FaultyFile>(std::move(*file), state_);
    return made;
  }

 private:
  std::shared_ptr<DiskState> state_;
};

}  // namespace usher
