// Faults below the real binary: a library that is loaded before the C library (faulty_io.cpp) and
// a control file that switches faults on and off while it runs.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/integration/support/server_process.hpp"

namespace usher::integration {

// One line of the control file: KIND FILES SKIP TIMES.
//   sync_eio      fsync and fdatasync fail; the bytes were written
//   sync_lies     they say yes and do nothing
//   sync_hangs    they never return
//   sync_counted  they do what they should, and are counted
//   sync_takes_100ms, sync_takes_500ms  likewise, after so long
//   write_enospc  nothing is written: no space left
//   write_eio     nothing is written: an error
//   write_torn    a few bytes are written, then an error
//   write_short   half of it is written and said to be, as a kernel may
//   write_killed  half of it is written, then kill -9
//   write_flips   all of it is written, with one bit changed
//   create_emfile no file is made: too many open files
//   open_emfile   likewise, nor opened
//   rename_eio    nothing is renamed to that
//   unlink_eio    nothing is deleted
//   mmap_enomem   nothing of it is mapped
//   power_cut     what was not synced is cut off (of append-only files), then kill -9
struct FaultRule {
  std::string kind;
  std::string files;  // "db/": all with that in their path; "db/*.log": that end so, too
  long skip = 0;      // so many matching calls are left alone first
  long times = -1;    // then so many fail; negative: all
};

class Faults {
 public:
  explicit Faults(std::filesystem::path control) : control_(std::move(control)) {}

  // From the next call of the child on.
  void set(const std::vector<FaultRule>& rules) const {
    const auto next = control_.string() + ".next";
    {
      std::ofstream out{next};
      for (const auto& rule : rules)
        out << rule.kind << ' ' << rule.files << ' ' << rule.skip << ' ' << rule.times << '\n';
    }
    std::filesystem::rename(next, control_);
  }

  // How often a fault of this kind has happened.
  [[nodiscard]] int fired(const std::string& kind) const {
    std::ifstream in{control_.string() + ".fired"};
    int count = 0;
    for (std::string line; std::getline(in, line);) count += line.starts_with(kind + ' ') ? 1 : 0;
    return count;
  }

  [[nodiscard]] Environment environment() const {
    auto all = test_secrets();
    all.emplace_back("LD_PRELOAD", USHER_FAULTY_IO);
    all.emplace_back("USHER_TEST_FAULTS", control_.string());
    // The sanitizer's own library need not be the first one: ours calls the kernel only. And
    // RocksDB frees not everything when its disk fails, just before the node ends.
    all.emplace_back("ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=0");
    return all;
  }

 private:
  std::filesystem::path control_;
};

}  // namespace usher::integration
