// The core of a node that is alone: what is synced is committed, and nothing else is. The same
// cases run on raft in raft_test.cpp (one_voter_cases.hpp); here is what only this core says.
#define USHER_CORE_KIND CoreKind::alone
#define USHER_CORE_LIBRARY ""
#include "tests/consensus/one_voter_cases.hpp"
#include "tests/consensus/weather.hpp"

TEST_CASE("alone: leads with the first tick, or when it is told to") {
  for (const bool by_tick : {true, false}) {
    GivenCore core{kind};
    CHECK(core.when([](Operations& in) { in.open(0, founded()); }).is_silent());
    const auto turned =
        core.when([&](Operations& in) { by_tick ? in.tick_all() : in.campaign(0); });
    REQUIRE(turned.readies.size() == 1);
    const Ready& ready = turned.readies[0];
    CHECK(ready.leads);
    CHECK(ready.needs_sync);
    CHECK(ready.hard.term == 2);
    CHECK(ready.hard.vote == only);
  }
}

TEST_CASE("alone: stores no commit but with a new term") {
  GivenCore core{kind};
  CHECK(core.lead(0, founded()).readies.back().hard.commit == 2);
  for (int i = 0; i < 3; ++i) {
    const auto turned = core.when([](Operations& in) { in.propose(0, 1); });
    CHECK_FALSE(turned.readies.at(0).hard.is_new());
    core.when([](Operations& in) { in.synced(0); });
  }
}

TEST_CASE("alone: all that is on the disk is committed, whatever commit was stored") {
  GivenCore core{kind};
  auto opening = founded();
  opening.term = 2;
  opening.log.append(2, 2, EntryKind::empty);
  for (Index i = 3; i <= 9; ++i) opening.log.append(i, 2);
  const auto turned = core.lead(0, opening);
  CHECK(turned.readies.back().append.first == 10);
  CHECK(turned.readies.back().committed == 10);
}

TEST_CASE("alone: takes no member, and nobody's messages") {
  GivenCore core{kind};
  core.lead(0, founded());
  for (const EntryKind change :
       {EntryKind::add_voter, EntryKind::add_learner, EntryKind::remove_member}) {
    const auto turned = core.when([&](Operations& in) { in.change(0, change, 8); });
    REQUIRE(turned.answers.size() == 1);
    CHECK_FALSE(turned.answers[0].taken);
    CHECK(turned.readies.empty());
  }
  std::string bytes;
  put(bytes, MessageType::vote);
  put(bytes, std::uint8_t{0});
  for (const std::uint64_t v : {9, 7, 99, 1, 1, 0, 0}) put(bytes, v);
  put(bytes, std::uint8_t{0});
  Message vote;
  REQUIRE(parse_message(bytes, vote));
  CHECK(core.when([&](Operations& in) { in.arrived(0, vote); },
                  [&](Operations& in) { in.arrived(5, vote); })
            .is_silent());
  CHECK(core.when([](Operations& in) { in.propose(0, 1); }).answers.at(0).taken);
}

TEST_CASE("alone: a group with another member is refused") {
  auto opening = founded();
  opening.log.append(2, 1, EntryKind::add_voter, 8);
  GivenCore core{kind};
  CHECK_THROWS_AS(core.when([&](Operations& in) { in.open(0, opening); }), Failed);
}

TEST_CASE("alone: nothing acknowledged is lost in crashes, and nothing is read stale") {
  sim::Counts counts;
  for (sim::u64 seed = 1; seed <= 40; ++seed) {
    const auto outcome = sim::run_seed({.seed = seed, .nodes = 1, .kind = kind});
    REQUIRE_MESSAGE(outcome.finding.empty(), outcome.finding);
    for (const auto& [what, times] : outcome.counts) counts[what] += times;
  }
  CHECK(counts["acknowledged"] > 20'000);
  CHECK(counts["crashes"] > 200);
  CHECK(counts["batches lost"] > 50);
  CHECK(counts["reads"] > 3'000);
  CHECK(counts["reads while a sync ran"] > 500);
  CHECK(counts["trims"] > 100);
}

TEST_CASE("alone: the simulation finds what its caller could forget") {
  for (const sim::Mutant mutant : {sim::Mutant::early_apply, sim::Mutant::early_synced}) {
    CAPTURE(static_cast<int>(mutant));
    bool is_found = false;
    for (sim::u64 seed = 1; seed <= 40 && !is_found; ++seed)
      is_found = !sim::run_seed({.seed = seed, .nodes = 1, .kind = kind, .mutant = mutant})
                      .finding.empty();
    CHECK(is_found);
  }
}
