// usher-sim: runs seeds of the deterministic simulation, and replays one (docs/testing.md).
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <thread>

#include "tests/sim/campaign.hpp"
#include "tests/sim/mutations.hpp"

namespace {

using namespace usher;
using namespace usher::sim;

std::optional<int> mutation_named(const std::string& name) {
  for (int i = 0; i <= mutation_count; ++i)
    if (name_of(static_cast<Mutation>(i)) == name) return i;
  return std::nullopt;
}

void print(const Counts& counts) {
  std::cout << counts.steps << " steps, " << counts.records << " records; asks: " << counts.asks
            << ", accepted " << counts.accepted << ", rejected " << counts.rejected << ", failed "
            << counts.failed << ", cut off " << counts.cut_off << "\norders " << counts.orders
            << ", sold " << counts.sales << ", charges " << counts.charges << ", refunded "
            << counts.refunds << "\ncrashes " << counts.crashes << ", failed writes "
            << counts.failed_writes << ", slow disks " << counts.slow_disks << ", clock jumps "
            << counts.jumps << ", orderly stops " << counts.stops << ", deposed shards "
            << counts.deposed << "\ncommits by others " << counts.commits_later
            << ", leaders' falls " << counts.falls << ", entries cut off " << counts.cuts << '\n';
}

int report_failure(Plan plan, const Report::Failure& failure) {
  constexpr std::size_t lines_max = 60;
  plan.seed = failure.seed;
  std::cout << "\nseed " << failure.seed << " found something. Its last steps:\n";
  for (const auto& line : last_lines(plan, lines_max)) std::cout << line << '\n';
  std::cout << "\n"
            << failure.finding.check << ": " << failure.finding.what
            << "\nreplay it: " << replay_command(plan) << '\n';
  return 1;
}

int trace(Plan plan, std::uint64_t seeds) {
  plan.sink = [](const std::string& line) { std::cout << line << '\n'; };
  for (const auto end = plan.seed + seeds; plan.seed < end; ++plan.seed) {
    std::cout << "SEED " << plan.seed << '\n' << std::flush;
    const auto outcome = simulate(plan);
    std::cout << "trace hash " << std::hex << outcome.trace_hash << std::dec << '\n';
    if (outcome.is_clean()) continue;
    std::cout << outcome.finding.check << ": " << outcome.finding.what << '\n';
    return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Simulates a whole node with its clients, deterministically, seed by seed."};
  Campaign campaign;
  campaign.processes = std::max(1u, std::thread::hardware_concurrency());
  campaign.shows_progress = ::isatty(STDERR_FILENO) != 0;
  std::string mutation = "none";
  bool is_traced = false;
  bool lists_mutations = false;
  app.add_option("--seeds", campaign.seeds, "how many seeds")->capture_default_str();
  app.add_option("--from", campaign.plan.seed, "the first seed")->capture_default_str();
  app.add_option("--steps", campaign.plan.steps, "steps of one seed, before its end")
      ->capture_default_str();
  app.add_option("--jobs", campaign.processes, "processes")->capture_default_str();
  app.add_option("--mutation", mutation, "switch on a defect")->capture_default_str();
  app.add_flag("--trace", is_traced, "print every step");
  app.add_flag("--list-mutations", lists_mutations, "name the defects");
  CLI11_PARSE(app, argc, argv);

  if (lists_mutations) {
    for (int i = 0; i <= mutation_count; ++i)
      std::cout << name_of(static_cast<Mutation>(i)) << '\n';
    return 0;
  }
  const auto number = mutation_named(mutation);
  if (!number) {
    std::cerr << "no mutation is called " << mutation << "; see --list-mutations\n";
    return 2;
  }
  campaign.plan.mutation = *number;
  campaign.is_quiet = *number != 0;
  if (is_traced) return trace(campaign.plan, campaign.seeds);

  const auto report = run(campaign);
  std::cout << report.seeds << " seeds in " << report.seconds << " s ("
            << static_cast<std::uint64_t>(static_cast<double>(report.seeds) / report.seconds * 60)
            << " a minute): ";
  print(report.counts);
  if (report.failure) return report_failure(campaign.plan, *report.failure);
  std::cout << "nothing found\n";
  return 0;
}
