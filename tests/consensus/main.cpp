// usher-consensus-sim: runs seeds of a cluster of consensus cores, and replays one
// (docs/testing.md).
#include <CLI/CLI.hpp>
#include <iostream>
#include <thread>

#include "tests/consensus/campaign.hpp"
#include "tests/consensus/scenes.hpp"

namespace {

using namespace usher::consensus;
using namespace usher::consensus::sim;

int trace(Plan plan, u64 seeds) {
  for (const u64 end = plan.seed + seeds; plan.seed < end; ++plan.seed) {
    const Outcome outcome = run_seed(plan);
    std::cout << "seed " << plan.seed << " trace " << std::hex << outcome.trace << std::dec << '\n';
    if (outcome.finding.empty()) continue;
    std::cout << outcome.finding << '\n';
    return 1;
  }
  return 0;
}

int play_scenes(const Plan& plan) {
  int failed = 0;
  for (const Scene& scene : scenes()) {
    const std::string finding = play(scene, plan);
    std::cout << (finding.empty() ? std::string{scene.name} + ": passed" : finding) << '\n';
    failed = finding.empty() ? failed : 1;
  }
  return failed;
}

void print(const Report& report) {
  std::cout << report.seeds << " seeds, "
            << static_cast<u64>(static_cast<double>(report.seeds) / report.seconds * 60)
            << " a minute; all " << std::hex << report.trace << std::dec << ";";
  for (const auto& [what, times] : report.counts) std::cout << ' ' << what << ' ' << times << ';';
  std::cout << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Simulates a cluster of consensus cores, deterministically, seed by seed."};
  Campaign campaign;
  campaign.plan.library = USHER_RAFT_LIBRARY;
  campaign.processes = std::max(1u, std::thread::hardware_concurrency());
  std::string mutant;
  bool is_alone = false;
  bool is_traced = false;
  bool plays_scenes = false;
  bool keeps_logs = false;
  app.add_option("--seeds", campaign.seeds, "how many seeds")->capture_default_str();
  app.add_option("--from", campaign.plan.seed, "the first seed")->capture_default_str();
  app.add_option("--nodes", campaign.plan.nodes, "nodes: 1, or 3 to 7")->capture_default_str();
  app.add_option("--jobs", campaign.processes, "processes")->capture_default_str();
  app.add_flag("--slow-syncs", campaign.plan.syncs_are_slow,
               "syncs last 0.5 to 1.5 s now and then");
  app.add_flag("--calm", campaign.plan.is_calm, "nothing else happens: nobody may be deposed");
  app.add_flag("--keep-logs", keeps_logs, "no log is trimmed");
  app.add_flag("--alone", is_alone, "one node, with the core of a node that is alone");
  app.add_option("--mutation", mutant, "a thing that the caller forgets");
  app.add_flag("--trace", is_traced, "print each seed's trace hash");
  app.add_flag("--scenes", plays_scenes, "play the directed scenes instead");
  app.add_option("--library", campaign.plan.library, "another build of the library");
  CLI11_PARSE(app, argc, argv);

  Plan& plan = campaign.plan;
  if (is_alone) {
    plan.kind = CoreKind::alone;
    plan.nodes = 1;
  }
  if (plan.nodes < 1 || plan.nodes == 2 || plan.nodes > nodes_max) {
    std::cerr << "1 node, or 3 to " << nodes_max << '\n';
    return 2;
  }
  plan.trims = !keeps_logs;
  for (const auto& [value, name] : mutant_names)
    if (name == mutant) plan.mutant = value;
  if (!mutant.empty() && plan.mutant == Mutant::none) {
    std::cerr << "no mutation '" << mutant << "'\n";
    return 2;
  }
  if (plan.syncs_are_slow) plan.election_ticks = slow_election_ticks;
  if (plays_scenes) return play_scenes(plan);
  if (is_traced) return trace(plan, campaign.seeds);
  const Report report = run(campaign);
  print(report);
  if (report.finding.empty()) return 0;
  std::cout << report.finding << "\nreplay it: " << replay_command(plan, report.failed_seed)
            << '\n';
  return 1;
}
