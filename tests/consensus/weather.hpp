// Nodes on a virtual clock, by seed: crashes that lose what was not synced, partitions, loss,
// duplicates, messages that come seconds late, membership changes, transfers, trims, snapshots,
// lost disks, and replicas that move to another node and back. The same seed gives the same trace.
#pragma once

#include <string>

#include "tests/consensus/cluster.hpp"

namespace usher::consensus::sim {

struct Outcome {
  std::string finding;  // empty: none
  u64 trace = 0;
  Counts counts;
};

// Runs one seed, in its own objects: several threads may do it at once.
[[nodiscard]] Outcome run_seed(const Plan& plan);

}  // namespace usher::consensus::sim
