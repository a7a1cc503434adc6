#include "consensus/types.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>

using namespace usher::consensus;

namespace {

Opening alone() {
  Opening opening{.replica = 7, .term = 3, .vote = 7, .commit = 1, .base = {}, .log = {}};
  opening.log.append(1, 1, EntryKind::add_voter, 7);
  opening.log.append(2, 3, EntryKind::empty);
  opening.log.append(3, 3);
  return opening;
}

}  // namespace

TEST_CASE("a span keeps terms as runs, and what is no payload apart") {
  Span span;
  CHECK(span.empty());
  span.append(5, 2);
  span.append(6, 2, EntryKind::add_learner, 9);
  span.append(7, 4, EntryKind::empty);
  span.append(8, 4);
  CHECK(span.first == 5);
  CHECK(span.last() == 8);
  CHECK(span.runs == std::vector<Span::Run>{{2, 2}, {2, 4}});
  CHECK(span.specials.size() == 2);
  std::string seen;
  span.for_each([&](Index index, Term term, EntryKind kind, ReplicaId replica) {
    seen += std::to_string(index) + '/' + std::to_string(term) + '/' +
            std::to_string(static_cast<int>(kind)) + '/' + std::to_string(replica) + ' ';
  });
  CHECK(seen == "5/2/255/0 6/2/3/9 7/4/254/0 8/4/255/0 ");
  span.clear();
  CHECK(span == Span{});
}

TEST_CASE("a run that is full is followed by another of its term") {
  Span span;
  span.append(1, 1);
  span.runs.back().count = std::numeric_limits<std::uint32_t>::max();
  span.append(Index{span.runs.back().count} + 1, 1);
  CHECK(span.runs.size() == 2);
  CHECK(span.last() == Index{1} << 32);
}

TEST_CASE("a change puts a replica where it says, and nowhere else") {
  Members members{{1, 2}, {3}};
  members.apply(EntryKind::add_voter, 3);
  CHECK(members == Members{{1, 2, 3}, {}});
  members.apply(EntryKind::add_learner, 1);
  CHECK(members == Members{{2, 3}, {1}});
  CHECK(members.contains(1));
  members.apply(EntryKind::remove_member, 1);
  CHECK_FALSE(members.contains(1));
  members.apply(EntryKind::empty, 2);
  members.apply(EntryKind::payload, 3);
  CHECK(members == Members{{2, 3}, {}});
}

TEST_CASE("alone is who is the only member, whatever of the log is committed") {
  CHECK(is_alone(alone()));

  SUBCASE("a new replica has no members at all") { CHECK_FALSE(is_alone({.replica = 7})); }
  SUBCASE("another is the member") {
    auto opening = alone();
    opening.replica = 8;
    CHECK_FALSE(is_alone(opening));
  }
  SUBCASE("a learner is a member") {
    auto opening = alone();
    opening.base = {.index = 10, .term = 1, .members = {{7}, {8}}};
    opening.log = {};
    opening.commit = 10;
    CHECK_FALSE(is_alone(opening));
  }
  SUBCASE("another may have been added") {
    auto opening = alone();
    opening.log.append(4, 3, EntryKind::add_voter, 8);
    CHECK_FALSE(is_alone(opening));
    opening.commit = 4;
    CHECK_FALSE(is_alone(opening));
  }
  SUBCASE("the removal of the other counts when it is committed, not before") {
    auto opening = alone();
    opening.log.append(4, 3, EntryKind::add_voter, 8);
    opening.log.append(5, 3, EntryKind::remove_member, 8);
    opening.commit = 4;
    CHECK_FALSE(is_alone(opening));
    opening.commit = 5;
    CHECK(is_alone(opening));
  }
}
