// A file under its name, to notice when it is not there any more. A file that is open goes on
// taking writes after it was deleted, or its directory, or the disk below it; nobody will find
// them.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <utility>

namespace usher {

class FilePlace {
 public:
  // As it is now. A file that isn't there is never in place.
  explicit FilePlace(const std::filesystem::path& path) : path_(path.string()) {
    is_known_ = ::stat(path_.c_str(), &known_) == 0;
  }
  // The same file, not one that has its name now.
  [[nodiscard]] bool is_in_place() const {
    struct stat now {};
    return is_known_ && ::stat(path_.c_str(), &now) == 0 && now.st_ino == known_.st_ino &&
           now.st_dev == known_.st_dev;
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  struct stat known_ {};
  bool is_known_ = false;
};

}  // namespace usher
