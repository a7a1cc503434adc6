// One line on standard error that shows how far long work is; silent when that is no terminal.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <string>

namespace usher::cli {

class Progress {
 public:
  explicit Progress(std::string what) : what_(std::move(what)), shows_(isatty(STDERR_FILENO)) {}
  ~Progress() {
    if (shows_ && drawn_) std::fputc('\n', stderr);
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void at(std::uint64_t done, std::uint64_t all) {
    if (!shows_ || all == 0) return;
    const auto percent = static_cast<unsigned>(done * 100 / all);
    if (drawn_ && percent == last_) return;
    last_ = percent;
    drawn_ = true;
    std::string bar(percent / 4, '#');
    bar.resize(25, '.');
    std::fprintf(stderr, "\r%s [%s] %3u %%", what_.c_str(), bar.c_str(), percent);
    std::fflush(stderr);
  }

 private:
  std::string what_;
  bool shows_;
  bool drawn_ = false;
  unsigned last_ = 0;
};

}  // namespace usher::cli
