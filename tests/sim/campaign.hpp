// Many seeds, shared out over processes. A process per share, because a broken invariant stops the
// process it is found in: that is a finding as well, and it must not end the campaign.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/sim/simulation.hpp"

namespace usher::sim {

struct Campaign {
  Plan plan;  // its seed is the first
  std::uint64_t seeds = 1'000;
  unsigned processes = 2;
  bool shows_progress = false;  // on stderr
  bool is_quiet = false;        // what the node prints on stderr when it stops itself is dropped
};

struct Report {
  Counts counts;
  std::uint64_t seeds = 0;  // that were run; fewer than wanted when something was found
  double seconds = 0;
  // The lowest seed that found something, whatever the number of processes.
  struct Failure {
    test::Seed seed = 0;
    Finding finding;
  };
  std::optional<Failure> failure;
};

// The calling process must have one thread only.
[[nodiscard]] Report run(const Campaign& campaign);

// Runs the seed once more and returns its last `lines_max` lines, also when the node stops itself.
[[nodiscard]] std::vector<std::string> last_lines(const Plan& plan, std::size_t lines_max);

// The command that replays the seed.
[[nodiscard]] std::string replay_command(const Plan& plan);

}  // namespace usher::sim
