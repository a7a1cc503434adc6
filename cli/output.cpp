#include "cli/output.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace usher::cli {

void Output::print(std::string_view text) {
  used_ = true;
  if (error_ != 0) return;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size())
    error_ = errno != 0 ? errno : EIO;
}

bool Output::flush() {
  if (std::fflush(stdout) != 0 && error_ == 0) error_ = errno;
  return error_ == 0;
}

int Output::finish(int status) {
  if (!used_) return status;
  static_cast<void>(flush());
  // Some file systems say only now that there is no room.
  if (std::fclose(stdout) != 0 && error_ == 0) error_ = errno;
  if (error_ == 0) return status;
  std::fprintf(stderr, "usher: can't write to standard output: %s\n", std::strerror(error_));
  return status == 0 ? 1 : status;
}

int fail(const std::string& why) {
  std::fprintf(stderr, "usher: %s\n", why.c_str());
  return 1;
}

int print_only(std::string_view text, int status) {
  Output out;
  out.print(text);
  return out.finish(status);
}

}  // namespace usher::cli
