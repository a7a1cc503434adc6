// What a system under test costs: CPU time and bytes sent to the disk, over all its processes
// (a cluster of Node workers, PostgreSQL's backends, ...). Steadier than times on a shared machine.
//
// The kernel's own account of a process's writes (/proc/<pid>/io) counts whole page-cache folios:
// on a kernel with large folios, overwriting 200 bytes of a preallocated log counts as up to 2 MiB.
// So the disk's counter is kept as well: exact, but it has what everybody on the machine writes.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace usher::bench {

struct ProcessCost {
  double cpu_user_seconds = 0;  // of living processes and of children that they have waited for
  double cpu_system_seconds = 0;
  std::uint64_t accounted_write_bytes = 0;  // /proc/<pid>/io, see above
  std::uint64_t disk_write_bytes = 0;       // of the whole disk; 0 when it is not known
  std::uint64_t resident_bytes = 0;         // shared pages count once for each process
  std::uint64_t threads = 0;
  std::uint64_t processes = 0;
};

// The processes and all their descendants, now; and the disk that holds the folder, if one is
// named.
ProcessCost cost_of(const std::vector<pid_t>& roots, const std::string& folder_on_disk = {});

}  // namespace usher::bench
