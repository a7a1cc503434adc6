// etcd/raft behind the interface: as one voter it says what the other core says, and what has
// members is in the scenes.
#define USHER_CORE_KIND CoreKind::cluster
#define USHER_CORE_LIBRARY USHER_RAFT_LIBRARY
#include <thread>

#include "tests/consensus/one_voter_cases.hpp"
#include "tests/consensus/scenes.hpp"
#include "tests/consensus/weather.hpp"

TEST_CASE("raft: a log that was written alone goes on in a cluster, and back") {
  // Given what the core of a node alone has written: no commit is stored behind the first entry.
  Opening opening = founded();
  opening.term = 2;
  opening.vote = only;
  opening.commit = 2;
  opening.log.append(2, 2, EntryKind::empty);
  for (Index i = 3; i <= 9; ++i) opening.log.append(i, 2);
  auto core = a_core();
  const auto turned = core.lead(0, opening);
  CHECK(turned.readies.back().append.first == 10);
  CHECK(turned.readies.back().committed == 10);
  const auto change = core.when([](Operations& in) { in.change(0, EntryKind::add_learner, 8); });
  REQUIRE(change.answers.at(0).taken);
  opening.log.append(10, 3, EntryKind::empty);
  opening.commit = 10;
  CHECK(is_alone(opening));
  opening.log.append(11, 3, EntryKind::add_learner, 8);
  CHECK_FALSE(is_alone(opening));
}

TEST_CASE("raft: a new replica says nothing, whatever time it is, until it is told something") {
  auto core = a_core();
  core.when([](Operations& in) { in.open(0, {.replica = 9}); });
  for (int i = 0; i < 100; ++i) CHECK(core.when([](Operations& in) { in.tick_all(); }).is_silent());
}

TEST_CASE("raft: every scene is played to its end") {
  for (const sim::Scene& scene : sim::scenes()) {
    const auto finding = sim::play(scene, {.library = USHER_RAFT_LIBRARY});
    CHECK_MESSAGE(finding.empty(), finding);
  }
}

TEST_CASE("raft: one voter, nothing acknowledged is lost in crashes") {
  for (sim::u64 seed = 1; seed <= 10; ++seed) {
    const auto outcome = sim::run_seed({.seed = seed, .nodes = 1, .library = USHER_RAFT_LIBRARY});
    CHECK_MESSAGE(outcome.finding.empty(), outcome.finding);
  }
}

TEST_CASE("raft: the same seed gives the same trace, another seed another") {
  const sim::Plan plan{.seed = 5, .library = USHER_RAFT_LIBRARY};
  const auto first = sim::run_seed(plan);
  CHECK(first.finding.empty());
  CHECK(first.trace == sim::run_seed(plan).trace);
  CHECK(first.trace != sim::run_seed({.seed = 6, .library = USHER_RAFT_LIBRARY}).trace);
}

// Handles and raft's generator of numbers are the process's, and guarded.
TEST_CASE("raft: cores on several threads do not see each other") {
  constexpr sim::u64 seeds = 4;
  const auto run = [](sim::u64 seed) {
    return sim::run_seed({.seed = seed, .library = USHER_RAFT_LIBRARY});
  };
  std::vector<sim::Outcome> alone;
  for (sim::u64 seed = 1; seed <= seeds; ++seed) alone.push_back(run(seed));
  std::vector<sim::Outcome> together(seeds);
  std::vector<std::thread> threads;
  for (sim::u64 seed = 1; seed <= seeds; ++seed)
    threads.emplace_back([&, seed] { together[seed - 1] = run(seed); });
  for (auto& thread : threads) thread.join();
  for (sim::u64 i = 0; i < seeds; ++i) {
    CAPTURE(i);
    CHECK(together[i].finding.empty());
    CHECK(together[i].trace == alone[i].trace);
  }
}
