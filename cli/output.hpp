// Standard output of a command. Every byte is accounted for: what could not be written (a full
// disk, a closed pipe) makes the command fail, whatever else it did.
#pragma once

#include <string>
#include <string_view>

namespace usher::cli {

class Output {
 public:
  void print(std::string_view text);
  // Something could not be written: there is no use in going on.
  [[nodiscard]] bool failed() const { return error_ != 0; }
  // Writes what is left; false when not everything could be written.
  [[nodiscard]] bool flush();
  // The end of a command, and of standard output. Gives `status`, or 1 after it has said on
  // standard error what went wrong.
  [[nodiscard]] int finish(int status);

 private:
  int error_ = 0;  // errno of the first failure
  bool used_ = false;
};

// Says on standard error why a command has failed. Gives 1.
int fail(const std::string& why);

// A command that only says this.
[[nodiscard]] int print_only(std::string_view text, int status = 0);

}  // namespace usher::cli
