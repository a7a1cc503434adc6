// Clusters of cores by seed (docs/testing.md): nothing acknowledged is lost, terms have one leader,
// logs match, and all heals. In a program that has not loaded the library, as it forks.
#include <doctest/doctest.h>

#include "tests/consensus/campaign.hpp"

using namespace usher::consensus::sim;

namespace {

// An instrumented build runs a tenth of the seeds.
#ifdef __SANITIZE_ADDRESS__
constexpr u64 share = 10;
#else
constexpr u64 share = 1;
#endif
constexpr u64 seeds = 300 / share;
constexpr u64 slow_seeds = 60 / share;
constexpr unsigned processes = 2;

Report run_clean(Campaign campaign) {
  campaign.plan.library = USHER_RAFT_LIBRARY;
  campaign.processes = processes;
  Report report = run(campaign);
  if (!report.finding.empty())
    FAIL(report.finding << "\nreplay it: " << replay_command(campaign.plan, report.failed_seed));
  CHECK(report.seeds == campaign.seeds);
  return report;
}

// Each kind of thing has happened, and not once: else a clean run says little.
void check_depth(const Report& report, const Counts& least_per_hundred_seeds) {
  for (const auto& wanted : least_per_hundred_seeds) {
    const std::string_view what = wanted.first;
    const auto found = report.counts.find(what);
    const u64 times = found == report.counts.end() ? 0 : found->second;
    CHECK_MESSAGE(times * 100 >= wanted.second * report.seeds,
                  what << ": " << times << " in " << report.seeds << " seeds");
  }
}

}  // namespace

TEST_CASE("no seed of five nodes finds anything, and each kind of fault has happened") {
  check_depth(run_clean({.plan = {.seed = 1}, .seeds = seeds}),
              {{"acknowledged", 50'000},
               {"crashes", 500},
               {"batches lost", 150},
               {"truncations", 50},
               {"partitions", 300},
               {"disks lost", 40},
               {"leaders", 600},
               {"moves", 150},
               {"moves back", 150},
               {"replicas replaced", 20},
               {"tombstones", 300},
               {"trims", 300},
               {"snapshots installed", 100},
               {"opened with a copy", 150},
               {"stale messages ignored", 500},
               {"messages while a sync ran", 5'000},
               {"reads", 8'000},
               {"reads while a sync ran", 1'000}});
}

TEST_CASE("three nodes and seven do as well") {
  for (const int nodes : {3, nodes_max}) run_clean({.plan = {.nodes = nodes}, .seeds = seeds / 10});
}

TEST_CASE("syncs that last depose nobody, and a disk that hangs lets another lead") {
  const Report report =
      run_clean({.plan = {.election_ticks = slow_election_ticks, .syncs_are_slow = true},
                 .seeds = slow_seeds});
  check_depth(report,
              {{"slow syncs", 100}, {"ticks with a sync too late", 50}, {"acknowledged", 50'000}});
  run_clean(
      {.plan = {.election_ticks = slow_election_ticks, .syncs_are_slow = true, .is_calm = true},
       .seeds = slow_seeds / 2});
}
