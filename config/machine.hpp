// What the machine lets this process have: read once by main, before anything is opened.
#pragma once

#include <cstdint>
#include <filesystem>

namespace usher {

struct Machine {
  std::uint64_t open_files_max = 0;  // of the process, sockets included
  std::uint64_t memory_bytes = 0;    // the machine's, or the smallest of the limits it is under
  bool is_memory_limited = false;    // by a control group (a container, a unit of systemd)
};

// Raises the process's limit of open files to the hard limit, and gives it.
[[nodiscard]] std::uint64_t raise_open_files_max();

// The memory that this process's control groups leave it, of both versions, or the machine's.
// `root`: the folder that /proc and /sys are in; for tests.
[[nodiscard]] Machine read_memory(const std::filesystem::path& root = "/");

[[nodiscard]] Machine this_machine();

}  // namespace usher
