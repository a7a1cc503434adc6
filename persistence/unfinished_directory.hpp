// A data directory that is being made: whoever fails half-way leaves nothing behind, neither files
// nor the folders that were made for them.
#pragma once

#include <filesystem>
#include <vector>

namespace usher {

class UnfinishedDirectory {
 public:
  // Before the directory is made. Does nothing until remove_unless_completed().
  explicit UnfinishedDirectory(const std::filesystem::path& data_dir);
  // After everything that has it open is gone.
  ~UnfinishedDirectory();
  UnfinishedDirectory(const UnfinishedDirectory&) = delete;
  UnfinishedDirectory& operator=(const UnfinishedDirectory&) = delete;

  // Only for whoever holds the directory and knows that nothing in it was promised to anybody.
  void remove_unless_completed() { removes_ = true; }
  void completed() { removes_ = false; }
  // This one was made for it, too.
  void add(std::filesystem::path made) { made_.push_back(std::move(made)); }

 private:
  std::vector<std::filesystem::path> made_;
  std::vector<std::filesystem::path> missing_;  // folders that were not there, innermost first
  bool removes_ = false;
};

}  // namespace usher
