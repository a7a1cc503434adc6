// What every core says of a group with one voter. Included by one test file for each core, which
// defines USHER_CORE_KIND and USHER_CORE_LIBRARY before.
#pragma once

#include <doctest/doctest.h>

#include "consensus/bytes.hpp"
#include "tests/consensus/given_core.hpp"

using namespace usher::consensus;
using namespace usher::consensus::test;

namespace {

constexpr CoreKind kind = USHER_CORE_KIND;

GivenCore a_core() { return GivenCore{kind, USHER_CORE_LIBRARY}; }

TEST_CASE("one voter: a lead begins a term with an empty entry, which is committed when synced") {
  auto core = a_core();
  const auto turned = core.lead(0, founded());
  const Ready& ready = turned.readies.back();
  CHECK(ready.leads);
  CHECK(ready.leader == only);
  CHECK(ready.append.first == 2);
  CHECK(ready.append.runs == std::vector<Span::Run>{{1, 2}});
  CHECK(ready.append.specials == std::vector<Span::Special>{{2, EntryKind::empty, 0}});
  CHECK(ready.committed == 2);
  CHECK(ready.mail.empty());
}

TEST_CASE("one voter: what is proposed is written, and committed when it is synced") {
  auto core = a_core();
  core.lead(0, founded());
  const auto turned =
      core.when([](Operations& in) { in.propose(0, 3); }, [](Operations& in) { in.propose(0, 1); });
  REQUIRE(turned.answers.size() == 2);
  CHECK(turned.answers[0].taken);
  CHECK(turned.answers[0].first == 3);
  CHECK(turned.answers[0].term == 2);
  CHECK(turned.answers[1].first == 6);
  REQUIRE(turned.readies.size() == 1);
  CHECK(turned.readies[0].needs_sync);
  CHECK(turned.readies[0].append.first == 3);
  CHECK(turned.readies[0].append.last() == 6);
  CHECK(turned.readies[0].append.specials.empty());
  CHECK(turned.readies[0].committed == 6);
}

TEST_CASE("one voter: one ready is out at a time; what comes meanwhile is in the next") {
  auto core = a_core();
  core.lead(0, founded());
  REQUIRE(core.when([](Operations& in) { in.propose(0, 1); }).readies.size() == 1);
  const auto meanwhile = core.when([](Operations& in) { in.propose(0, 2); });
  CHECK(meanwhile.answers.at(0).first == 4);
  CHECK(meanwhile.readies.empty());
  const auto next = core.when([](Operations& in) { in.synced(0); });
  REQUIRE(next.readies.size() == 1);
  CHECK(next.readies[0].append.first == 4);
  CHECK(next.readies[0].append.last() == 5);
}

TEST_CASE("one voter: nothing is taken before it leads") {
  auto core = a_core();
  const auto turned =
      core.when([](Operations& in) { in.open(0, founded()); },
                [](Operations& in) { in.propose(0, 1); }, [](Operations& in) { in.read(0, 1); });
  REQUIRE(turned.answers.size() == 1);
  CHECK_FALSE(turned.answers[0].taken);
  CHECK(turned.answers[0].first == 0);
  CHECK(turned.readies.empty());
}

TEST_CASE("one voter: a read is answered while a sync runs, and covers what was acknowledged") {
  auto core = a_core();
  core.lead(0, founded());
  const auto idle = core.when([](Operations& in) { in.read(0, 41); });
  REQUIRE(idle.readies.size() == 1);
  CHECK_FALSE(idle.readies[0].needs_sync);
  REQUIRE(idle.readies[0].reads.size() == 1);
  CHECK(idle.readies[0].reads[0].ticket == 41);
  CHECK(idle.readies[0].reads[0].index == 2);

  core.when([](Operations& in) { in.propose(0, 1); });
  const auto busy = core.when([](Operations& in) { in.read(0, 42); });
  CHECK(busy.readies.empty());
  REQUIRE(busy.meanwhile.size() == 1);
  CHECK(busy.meanwhile[0].leads);
  REQUIRE(busy.meanwhile[0].reads.size() == 1);
  CHECK(busy.meanwhile[0].reads[0].ticket == 42);
  CHECK(busy.meanwhile[0].reads[0].index >= 2);
}

TEST_CASE("one voter: groups are opened and dropped while others go on") {
  auto core = a_core();
  core.lead(0, founded(11));
  core.lead(300, founded(12));
  const auto dropped =
      core.when([](Operations& in) { in.propose(300, 1); }, [](Operations& in) { in.drop(300); },
                [](Operations& in) { in.propose(0, 1); });
  REQUIRE(dropped.readies.size() == 1);
  CHECK(dropped.readies[0].group == 0);
  core.when([](Operations& in) { in.synced(0); });

  const auto back = core.lead(300, founded(13));  // another replica, from nothing
  CHECK(back.readies.back().leader == 13);
  CHECK(core.when([](Operations& in) { in.propose(0, 1); }).answers.at(0).first == 4);
}

TEST_CASE("one voter: a log goes on behind its base, and terms behind the stored one") {
  auto core = a_core();
  Opening opening{.replica = only,
                  .term = 9,
                  .vote = only,
                  .commit = 102,
                  .base = {.index = 100, .term = 8, .members = {{only}, {}}},
                  .log = {}};
  opening.log.append(101, 9, EntryKind::empty);
  opening.log.append(102, 9);
  const auto turned = core.lead(5, opening);
  CHECK(turned.readies.back().append.first == 103);
  CHECK(turned.readies.back().append.runs == std::vector<Span::Run>{{1, 10}});
  CHECK(core.when([](Operations& in) { in.forget(5, 101); }).is_silent());
}

TEST_CASE("one voter: its progress is its own, and it is no learner") {
  auto core = a_core();
  core.lead(0, founded());
  const auto turned = core.when([](Operations& in) { in.tell_progress(0); });
  REQUIRE(turned.progress.size() == 1);
  REQUIRE(turned.progress[0].peers.size() == 1);
  const Progress::Peer& self = turned.progress[0].peers[0];
  CHECK(self.replica == only);
  CHECK(self.match == 2);
  CHECK_FALSE(self.is_learner);
  CHECK(self.state == 1);
  CHECK(self.is_active);
}

TEST_CASE("one voter: what asks something of others changes nothing") {
  auto core = a_core();
  core.lead(0, founded());
  CHECK(core.when([](Operations& in) { in.unreachable(0, 9); },
                  [](Operations& in) { in.snapshot_result(0, 9, false); },
                  [](Operations& in) { in.hand_over(0, 9); },
                  [](Operations& in) { in.sync_is_late(0); },
                  [](Operations& in) { in.campaign(0); })
            .is_silent());
  CHECK(core.when([](Operations& in) { in.propose(0, 1); }).answers.at(0).taken);
}

TEST_CASE("one voter: the last voter stays") {
  auto core = a_core();
  core.lead(0, founded());
  const auto turned =
      core.when([](Operations& in) { in.change(0, EntryKind::remove_member, only); },
                [](Operations& in) { in.change(0, EntryKind::add_learner, only); });
  REQUIRE(turned.answers.size() == 2);
  CHECK_FALSE(turned.answers[0].taken);
  CHECK_FALSE(turned.answers[1].taken);
}

TEST_CASE("one voter: a proposal of nothing is not taken") {
  auto core = a_core();
  core.lead(0, founded());
  const auto turned = core.when([](Operations& in) { in.propose(0, 0); });
  CHECK_FALSE(turned.answers.at(0).taken);
  CHECK(turned.readies.empty());
}

TEST_CASE("one voter: mistakes of the caller stop the core, and say what they are") {
  const auto fails = [](auto&& operation, const std::string& why) {
    auto core = a_core();
    core.lead(0, founded());
    try {
      core.when(operation);
    } catch (const Failed& failed) {
      INFO(failed.what());
      CHECK(std::string{failed.what()}.find(why) != std::string::npos);
      return true;
    }
    return false;
  };
  CHECK(fails([](Operations& in) { in.synced(0); }, "no ready is out"));
  CHECK(fails([](Operations& in) { in.propose(1, 1); }, "not open"));
  CHECK(fails([](Operations& in) { in.drop(1); }, "not open"));
  CHECK(fails([](Operations& in) { in.open(0, founded()); }, "is open"));
  CHECK(fails([](Operations& in) { in.open(every_group, founded()); }, "stands for all"));
  CHECK(fails(
      [](Operations& in) {
        auto opening = founded();
        opening.base = {.index = 5, .term = 1, .members = {{only}, {}}};
        in.open(1, opening);
      },
      "does not begin behind its base"));
  CHECK(fails(
      [](Operations& in) {
        in.open(1, {.replica = only,
                    .term = 1,
                    .commit = 4,
                    .base = {.index = 5, .term = 1, .members = {{only}, {}}}});
      },
      "below the log's base"));
}

}  // namespace
