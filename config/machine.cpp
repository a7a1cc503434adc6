#include "config/machine.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

namespace usher {
namespace {

namespace fs = std::filesystem;

// "max", and what isn't there, is no limit.
std::optional<std::uint64_t> number_in(const fs::path& file) {
  std::ifstream in{file};
  std::uint64_t number = 0;
  if (!(in >> number)) return std::nullopt;
  return number;
}

// The smallest limit from the group up to the root of its hierarchy: each of them counts.
std::uint64_t limit_of(const fs::path& hierarchy, const std::string& group, const char* file) {
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
  for (fs::path at = fs::path{group}.relative_path();; at = at.parent_path()) {
    limit = std::min(limit, number_in(hierarchy / at / file).value_or(limit));
    if (at.empty()) return limit;
  }
}

// Of "4:memory:/group" (version 1) and "0::/group" (version 2). A group that isn't below the mount
// (a container without a namespace of its own) leaves the mount's root, which is then its group.
std::uint64_t limit_of_groups(const fs::path& root) {
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
  std::ifstream groups{root / "proc/self/cgroup"};
  for (std::string line; std::getline(groups, line);) {
    const auto controllers = line.find(':');
    const auto group = line.find(':', controllers + 1);
    if (controllers == std::string::npos || group == std::string::npos) continue;
    const auto names = ',' + line.substr(controllers + 1, group - controllers - 1) + ',';
    const auto path = line.substr(group + 1);
    const auto mount = root / "sys/fs/cgroup";
    if (names == ",,") {
      for (const auto& hierarchy : {mount, mount / "unified"})
        limit = std::min(limit, limit_of(hierarchy, path, "memory.max"));
    } else if (names.find(",memory,") != std::string::npos) {
      limit = std::min(limit, limit_of(mount / "memory", path, "memory.limit_in_bytes"));
    }
  }
  return limit;
}

std::uint64_t memory_of_machine(const fs::path& root) {
  std::ifstream facts{root / "proc/meminfo"};
  for (std::string name, unit; facts >> name;) {
    std::uint64_t kib = 0;
    if (!(facts >> kib)) break;
    if (name == "MemTotal:") return kib * 1'024;
    std::getline(facts, unit);
  }
  return 0;
}

}  // namespace

std::uint64_t raise_open_files_max() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  if (limit.rlim_cur != limit.rlim_max && setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  return limit.rlim_cur;
}

Machine read_memory(const fs::path& root) {
  Machine machine;
  machine.memory_bytes = memory_of_machine(root);
  const std::uint64_t limit = limit_of_groups(root);
  if (limit < machine.memory_bytes || (machine.memory_bytes == 0 && limit < (1ULL << 60))) {
    machine.memory_bytes = limit;
    machine.is_memory_limited = true;
  }
  return machine;
}

Machine this_machine() {
  Machine machine = read_memory();
  machine.open_files_max = raise_open_files_max();
  return machine;
}

}  // namespace usher
