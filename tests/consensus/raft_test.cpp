// etcd/raft behind the interface: as one voter it says what the other core says, and what has
// members is in the scenes.
#define USHER_CORE_KIND CoreKind::cluster
#define USHER_CORE_LIBRARY USHER_RAFT_LIBRARY
#include <array>
#include <random>
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

// Raft may find that what a peer says can't be, and stop. But what was parsed here can be read
// there.
TEST_CASE("raft: no message that parses is one that the library can't read") {
  std::mt19937_64 random{3};
  const auto below = [&](std::uint64_t n) { return random() % n; };
  constexpr std::array types = {
      MessageType::append,      MessageType::append_answer,    MessageType::vote,
      MessageType::vote_answer, MessageType::snapshot,         MessageType::heartbeat,
      MessageType::pre_vote,    MessageType::heartbeat_answer, MessageType::pre_vote_answer,
      MessageType::timeout_now};
  const auto core_of_three = [] {
    auto core = std::make_unique<GivenCore>(a_core());
    auto opening = founded();
    opening.log.append(2, 1, EntryKind::add_voter, 8);
    opening.log.append(3, 1, EntryKind::add_voter, 9);
    opening.commit = 3;
    core->when([&](Operations& in) { in.open(0, opening); });
    return core;
  };
  auto core = core_of_three();
  int taken = 0;
  int stopped = 0;
  for (int i = 0; i < 20'000; ++i) {
    // Its own term soon leaves theirs behind.
    if (i % 10 == 0) core = core_of_three();
    const MessageType type = types[below(types.size())];
    const Index index = below(6);
    std::string bytes;
    put(bytes, type);
    put(bytes, static_cast<std::uint8_t>(below(2)));
    for (const std::uint64_t v :
         {7 + below(4), std::uint64_t{only}, 1 + below(4), below(4), index, below(6), below(6)})
      put(bytes, v);
    put(bytes, std::uint8_t{0});
    if (type == MessageType::append) {
      Span span;
      for (Index n = below(4), k = 1; k <= n; ++k)
        span.append(index + k, 1 + below(2),
                    below(4) == 0 ? EntryKind::add_learner : EntryKind::payload, 7 + below(9));
      for (auto& special : span.specials) special.replica += 20;
      put_span(bytes, span);
    } else if (type == MessageType::snapshot) {
      put_base(bytes, {1 + below(9), 1 + below(3), {{7, 8}, {9}}});
    }
    Message message;
    if (!parse_message(bytes, message)) continue;
    ++taken;
    try {
      auto turned = core->when([&](Operations& in) { in.arrived(0, message); });
      while (!turned.readies.empty() && turned.readies.back().needs_sync)
        turned = core->when([](Operations& in) { in.synced(0); });
    } catch (const Failed& failed) {
      INFO(failed.what());
      CHECK(std::string{failed.what()}.find("runtime error") == std::string::npos);
      core = core_of_three();
      ++stopped;
    }
  }
  CHECK(taken > 10'000);
  CHECK(stopped > 100);  // a commit that is not there, mostly
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
