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
  // What concerns names. A process that has no descriptor left sees the first two.
  create_fails,  // no new file
  open_fails,    // no file for reading, and no directory
  rename_fails,
  delete_fails,
};

// What goes wrong with the files whose names end with `extension`. Any thread.
struct DiskState {
  std::string extension = ".log";
  std::atomic<DiskFault> fault = DiskFault::none;
  std::atomic<int> name_faults = 0;  // how often one of those that concern names has happened
  [[nodiscard]] bool fails(DiskFault asked, const std::string& name) {
    if (fault != asked || !name.ends_with(extension)) return false;
    ++name_faults;
    return true;
  }
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
      default:
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
    if (state_->fails(DiskFault::create_fails, name)) return no_descriptor(name);
    const auto made = FileSystemWrapper::NewWritableFile(name, options, file, debug);
    if (made.ok() && name.ends_with(state_->extension))
      *file = std::make_unique<FaultyFile>(std::move(*file), state_);
    return made;
  }
  rocksdb::IOStatus NewRandomAccessFile(const std::string& name,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* debug) override {
    if (state_->fails(DiskFault::open_fails, name)) return no_descriptor(name);
    return FileSystemWrapper::NewRandomAccessFile(name, options, file, debug);
  }
  rocksdb::IOStatus NewSequentialFile(const std::string& name, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override {
    if (state_->fails(DiskFault::open_fails, name)) return no_descriptor(name);
    return FileSystemWrapper::NewSequentialFile(name, options, file, debug);
  }
  rocksdb::IOStatus NewDirectory(const std::string& name, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* debug) override {
    if (state_->fails(DiskFault::open_fails, name)) return no_descriptor(name);
    return FileSystemWrapper::NewDirectory(name, options, directory, debug);
  }
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    if (state_->fails(DiskFault::rename_fails, to))
      return rocksdb::IOStatus::IOError("injected: rename to " + to);
    return FileSystemWrapper::RenameFile(from, to, options, debug);
  }
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    if (state_->fails(DiskFault::delete_fails, name))
      return rocksdb::IOStatus::IOError("injected: delete " + name);
    return FileSystemWrapper::DeleteFile(name, options, debug);
  }

 private:
  static rocksdb::IOStatus no_descriptor(const std::string& name) {
    return rocksdb::IOStatus::IOError("injected: too many open files: " + name);
  }
  std::shared_ptr<DiskState> state_;
};

}  // namespace usher
