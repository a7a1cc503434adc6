// The simulation itself, as a test: it is deterministic, it finds nothing in the node as it is, and
// it finds every defect that we know how to switch on.
#include <doctest/doctest.h>

#include <sstream>

#include "tests/sim/campaign.hpp"
#include "tests/sim/mutations.hpp"

using namespace usher;
using namespace usher::sim;

namespace {

// An instrumented build runs a tenth of the seeds.
#ifdef __SANITIZE_ADDRESS__
constexpr std::uint64_t seeds_clean = 1'000;
#else
constexpr std::uint64_t seeds_clean = 10'000;
#endif
// A defect that a mutation switches on is found by then.
constexpr std::uint64_t seeds_to_find = 3'000;

std::string readable_trace(test::Seed seed) {
  std::string trace;
  Plan plan{.seed = seed};
  plan.sink = [&](const std::string& line) { trace += line + '\n'; };
  const auto outcome = simulate(plan);
  return trace + std::to_string(outcome.trace_hash);
}

std::string explain(Plan plan, const Report::Failure& failure) {
  plan.seed = failure.seed;
  std::string text = failure.finding.check + ": " + failure.finding.what +
                     "\nreplay it: " + replay_command(plan) + "\nits last steps:\n";
  for (const auto& line : last_lines(plan, 60)) text += line + '\n';
  return text;
}

}  // namespace

TEST_CASE("the same seed gives the same trace, byte for byte") {
  for (test::Seed seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    const auto first = readable_trace(seed);
    CHECK(first.size() > 1'000);
    CHECK(first == readable_trace(seed));
    CHECK(first.ends_with(std::to_string(simulate({.seed = seed}).trace_hash)));
  }
}

TEST_CASE("different seeds give different traces") {
  CHECK(simulate({.seed = 1}).trace_hash != simulate({.seed = 2}).trace_hash);
}

TEST_CASE("no seed finds anything, and every kind of fault has happened") {
  const Campaign campaign{.plan = {.seed = 1}, .seeds = seeds_clean, .processes = 2};
  const auto report = run(campaign);
  if (report.failure) FAIL(explain(campaign.plan, *report.failure));
  CHECK(report.seeds == seeds_clean);
  const auto& counts = report.counts;
  CHECK(counts.steps / report.seeds >= 500);
  for (const auto happened :
       {counts.crashes, counts.failed_writes, counts.slow_disks, counts.jumps, counts.stops,
        counts.deposed, counts.sales, counts.refunds, counts.rejected, counts.failed,
        counts.cut_off, counts.commits_later, counts.falls, counts.cuts})
    CHECK(happened > seeds_clean / 100);
  MESSAGE(report.seeds << " seeds, " << counts.steps << " steps, "
                       << static_cast<std::uint64_t>(static_cast<double>(report.seeds) /
                                                     report.seconds * 60)
                       << " seeds a minute");
}

TEST_CASE("every mutation is caught") {
  std::ostringstream table;
  table << "| mutation | caught by | after seeds | what was found |\n|---|---|---|---|\n";
  for (int number = 1; number <= mutation_count; ++number) {
    const std::string name{name_of(static_cast<Mutation>(number))};
    CAPTURE(name);
    const auto report = run({.plan = {.seed = 1, .mutation = number},
                             .seeds = seeds_to_find,
                             .processes = 2,
                             .is_quiet = true});
    CHECK(report.failure.has_value());
    if (!report.failure) continue;
    const auto& [seed, finding] = *report.failure;
    table << "| " << name << " | " << finding.check << " | " << seed << " | " << finding.what
          << " |\n";
  }
  MESSAGE(table.str());
}
