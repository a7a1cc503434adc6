#include "bench/load/process_cost.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>

namespace usher::bench {
namespace {

struct Stat {
  pid_t parent = 0;
  std::uint64_t user = 0, system = 0, threads = 0, resident_pages = 0;
};

// /proc/<pid>/stat: proc(5). The name may hold blanks and brackets: fields count from behind it.
std::optional<Stat> read_stat(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(in, line)) return std::nullopt;
  const std::size_t name_end = line.rfind(')');
  if (name_end == line.npos) return std::nullopt;
  std::istringstream rest(line.substr(name_end + 2));
  std::vector<std::string> fields;
  for (std::string field; rest >> field;) fields.push_back(field);
  constexpr std::size_t parent = 1, utime = 11, stime = 12, cutime = 13, cstime = 14, threads = 17,
                        resident = 21;
  if (fields.size() <= resident) return std::nullopt;
  const auto number = [&](std::size_t i) {
    return static_cast<std::uint64_t>(std::strtoull(fields[i].c_str(), nullptr, 10));
  };
  return Stat{static_cast<pid_t>(number(parent)), number(utime) + number(cutime),
              number(stime) + number(cstime), number(threads), number(resident)};
}

std::uint64_t read_write_bytes(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/io");
  std::string name;
  std::uint64_t value = 0;
  while (in >> name >> value)
    if (name == "write_bytes:") return value;
  return 0;
}

// /sys/dev/block/<major>:<minor>/stat; a folder on an overlay or a network has no such disk.
std::uint64_t read_disk_write_bytes(const std::string& folder) {
  struct stat status {};
  if (folder.empty() || ::stat(folder.c_str(), &status) != 0) return 0;
  std::ifstream in("/sys/dev/block/" + std::to_string(major(status.st_dev)) + ":" +
                   std::to_string(minor(status.st_dev)) + "/stat");
  constexpr std::uint64_t sector_bytes = 512;  // in this file, whatever the disk's sectors are
  constexpr int sectors_written = 6;
  std::uint64_t value = 0;
  for (int field = 0; in >> value; ++field)
    if (field == sectors_written) return value * sector_bytes;
  return 0;
}

}  // namespace

ProcessCost cost_of(const std::vector<pid_t>& roots, const std::string& folder_on_disk) {
  std::map<pid_t, Stat> all;
  if (DIR* proc = ::opendir("/proc"); proc != nullptr) {
    while (const dirent* entry = ::readdir(proc)) {
      const pid_t pid = std::atoi(entry->d_name);
      if (pid <= 0) continue;
      if (const auto stat = read_stat(pid)) all[pid] = *stat;
    }
    ::closedir(proc);
  }
  std::multimap<pid_t, pid_t> children;
  for (const auto& [pid, stat] : all) children.emplace(stat.parent, pid);

  const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  ProcessCost cost;
  cost.disk_write_bytes = read_disk_write_bytes(folder_on_disk);
  std::vector<pid_t> pending = roots;
  while (!pending.empty()) {
    const pid_t pid = pending.back();
    pending.pop_back();
    const auto found = all.find(pid);
    if (found == all.end()) continue;
    cost.cpu_user_seconds += static_cast<double>(found->second.user) / ticks;
    cost.cpu_system_seconds += static_cast<double>(found->second.system) / ticks;
    cost.accounted_write_bytes += read_write_bytes(pid);
    cost.resident_bytes += found->second.resident_pages * page;
    cost.threads += found->second.threads;
    ++cost.processes;
    const auto [first, last] = children.equal_range(pid);
    for (auto child = first; child != last; ++child) pending.push_back(child->second);
  }
  return cost;
}

}  // namespace usher::bench
