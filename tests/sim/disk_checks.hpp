// What is on the disk while no node runs on it.
#pragma once

#include <memory>

#include "persistence/journal.hpp"
#include "persistence/memory_store.hpp"
#include "tests/sim/findings.hpp"

namespace usher::sim {

// P6: `usher verify`, in memory: checksums and chains, and everything derived against its replay.
void check_disk(const std::shared_ptr<MemoryDisk>& disk, Findings& findings);

// P2: a disk that lies about its syncs takes back what was acknowledged last. Nobody may go on with
// what is left. The disk is of no use afterwards.
void check_that_loss_is_seen(const std::shared_ptr<MemoryDisk>& disk, JournalOptions options,
                             Findings& findings);

}  // namespace usher::sim
