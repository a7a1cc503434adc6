// Many seeds in several processes, and what came of them together.
#pragma once

#include <string>

#include "tests/consensus/weather.hpp"

namespace usher::consensus::sim {

inline constexpr int nodes_max = 7;
inline constexpr std::uint32_t slow_election_ticks = 15;  // with slow syncs

struct Campaign {
  Plan plan;
  u64 seeds = 100;
  unsigned processes = 1;
};

struct Report {
  u64 seeds = 0;
  double seconds = 0;
  u64 trace = 0;  // of all seeds that were run, whatever their order
  Counts counts;
  u64 failed_seed = 0;  // the lowest; valid if there is a finding
  std::string finding;
};

// Forks: only in a process that has not loaded the library of the core.
[[nodiscard]] Report run(const Campaign& campaign);

[[nodiscard]] std::string replay_command(const Plan& plan, u64 seed);

}  // namespace usher::consensus::sim
