#include "tests/consensus/scenes.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

namespace usher::consensus::sim {

// Group 0 of a cluster of five; what is under way lies in `mail`.
class Stage final : public Cluster {
 public:
  explicit Stage(Plan wanted) : Cluster(std::move(wanted)) {}

  void carry(const Packet& packet) override { mail.push_back(packet); }
  void sync_begins(Node&) override {}

  Node& at(int nr) { return *nodes[static_cast<std::size_t>(nr)]; }
  [[nodiscard]] ReplicaId replica_on(int nr) { return at(nr).disk[0].replica; }

  void expect(bool is_so, const char* what) {
    if (!is_so) fail(what);
  }
  void sync(int nr) {
    while (!at(nr).queue.empty()) at(nr).sync();
  }
  [[nodiscard]] bool is_under_way(MessageType type, int from, int to) {
    return std::any_of(mail.begin(), mail.end(), [&](const Packet& packet) {
      return packet.type == type && packet.from == from && packet.to == to;
    });
  }
  Packet take(MessageType type, int from, int to) {
    const auto found = std::find_if(mail.begin(), mail.end(), [&](const Packet& packet) {
      return packet.type == type && packet.from == from && packet.to == to;
    });
    if (found == mail.end())
      fail("no such message", static_cast<u64>(type), static_cast<u64>(from), static_cast<u64>(to));
    Packet packet = std::move(*found);
    mail.erase(found);
    return packet;
  }
  void deliver(MessageType type, int from, int to) { at(to).arrive(take(type, from, to)); }

  // Whatever goes to or comes from others stays under way. The syncs of those that hang do not end.
  void settle(const std::set<int>& among, const std::set<int>& hanging = {}) {
    for (bool has_moved = true; has_moved;) {
      has_moved = false;
      for (const int nr : among) {
        if (hanging.contains(nr)) continue;
        has_moved = has_moved || !at(nr).queue.empty();
        sync(nr);
      }
      for (std::size_t i = 0; i < mail.size();) {
        if (!among.contains(mail[i].from) || !among.contains(mail[i].to)) {
          ++i;
          continue;
        }
        const Packet packet = std::move(mail[i]);
        mail.erase(mail.begin() + static_cast<std::ptrdiff_t>(i));
        at(packet.to).arrive(packet);
        has_moved = true;
      }
      check_acknowledged(0);
    }
  }
  void tick(int nr) {
    at(nr).tick();
    at(nr).turn();
  }
  void pass(u64 ticks, const std::set<int>& among, const std::set<int>& hanging) {
    for (; ticks > 0; --ticks) {
      for (const int nr : among) tick(nr);
      settle(among, hanging);
    }
  }
  void restart(int nr) {  // what is not synced is lost
    at(nr).crash(0);
    at(nr).start();
  }
  void campaign(int nr) {
    at(nr).in.campaign(0);
    at(nr).turn();
  }
  void pre_votes_for(int candidate, int voter) {
    campaign(candidate);
    deliver(MessageType::pre_vote, candidate, voter);
    deliver(MessageType::pre_vote_answer, voter, candidate);
    sync(candidate);
  }
  void votes_for(int candidate, int voter) {
    deliver(MessageType::vote, candidate, voter);
    sync(voter);
    deliver(MessageType::vote_answer, voter, candidate);
  }
  void elect(int nr, const std::set<int>& among) {
    campaign(nr);
    settle(among);
    expect(at(nr).leads(0), "not elected");
  }
  void forget_leader(int nr) {  // an election time-out without a word from it
    for (u64 i = 0; i < plan.election_ticks; ++i) at(nr).in.tick(0);
    at(nr).turn();
    std::erase_if(mail, [&](const Packet& packet) { return packet.from == nr; });
  }
  void propose(int leader) {
    at(leader).propose(0, {1000 + truth[0].high});
    at(leader).turn();
  }
  void read(int leader) {
    at(leader).read(0);
    at(leader).turn();
  }
  void change(int leader, EntryKind kind, ReplicaId replica) {
    at(leader).change(0, kind, replica);
    at(leader).turn();
  }
  ReplicaId join(int leader, int nr, ReplicaId id, const std::set<int>& among) {  // as a learner
    at(nr).open(0, id);
    change(leader, EntryKind::add_learner, id);
    settle(among);
    return id;
  }

  std::deque<Packet> mail;  // in order
};

namespace {

// 2 votes for 1, starts again, and is asked by 3 for the same term.
void vote_outlives_a_restart(Stage& s) {
  s.found(0, 3);
  for (int i = 1; i <= 3; ++i) s.at(i).start();
  s.pre_votes_for(1, 2);
  s.pre_votes_for(3, 2);
  Packet late = s.take(MessageType::vote, 3, 2);
  s.votes_for(1, 2);
  s.expect(s.at(1).leads(0), "not elected");
  s.restart(2);
  s.at(2).arrive(late);
  s.sync(2);
  s.deliver(MessageType::vote_answer, 2, 3);
  s.expect(!s.at(3).leads(0), "elected with a second vote");
}

// 2 hears of a term with an append of it, and dies before its sync.
void acknowledgement_waits_for_its_term(Stage& s) {
  s.found(0, 3);
  for (int i = 1; i <= 3; ++i) s.at(i).start();
  s.pre_votes_for(1, 3);
  s.votes_for(1, 3);
  s.expect(s.at(1).leads(0), "not elected");
  s.sync(1);
  s.deliver(MessageType::append, 1, 2);
  if (s.is_under_way(MessageType::append_answer, 2, 1)) s.deliver(MessageType::append_answer, 2, 1);
  s.sync(1);
  s.restart(2);
  s.mail.clear();
  s.elect(3, {2, 3});
  s.settle({1, 2, 3});
}

// 4 and then 5 become voters while 2 is cut off; 1 has both changes, and knows of the first that it
// is committed. It starts again, and asks 2 for its vote.
void commit_is_stored_with_the_entries_that_it_came_with(Stage& s) {
  s.found(0, 3);
  for (int i = 1; i <= 5; ++i) s.at(i).start();
  s.elect(3, {1, 2, 3});
  const ReplicaId fourth = s.join(3, 4, s.new_replica(0, 4), {1, 3, 4});
  s.change(3, EntryKind::add_voter, fourth);
  s.settle({1, 3, 4});
  const ReplicaId fifth = s.join(3, 5, s.new_replica(0, 5), {1, 3, 4, 5});
  s.change(3, EntryKind::add_voter, fifth);
  s.deliver(MessageType::append, 3, 1);
  s.sync(1);
  s.deliver(MessageType::append_answer, 1, 3);
  s.settle({3, 4, 5});
  u64 before = s.truth[0].high;
  s.propose(3);
  s.settle({3, 4, 5});
  s.expect(s.truth[0].high > before, "not acknowledged by 3, 4 and 5");
  s.restart(1);
  s.mail.clear();
  s.forget_leader(2);
  s.campaign(1);
  s.settle({1, 2});
  s.expect(!s.at(1).leads(0), "elected by less than a majority");
}

// 1 has removed 2, which has the entry but does not know that it is committed: so 1 elects itself
// alone, for a term that is not synced when it dies; 2 then gets that term with 1's vote. 3 must
// not have heard of the first. (Of appends the library sends none so early: who elects itself does
// not begin with one. A second tick in the turn is enough for a heartbeat.)
void lead_waits_for_its_term(Stage& s) {
  s.found(0, 2);
  for (int i = 1; i <= 3; ++i) s.at(i).start();
  s.elect(1, {1, 2});
  s.join(1, 3, s.new_replica(0, 3), {1, 2, 3});
  s.change(1, EntryKind::remove_member, s.replica_on(2));
  s.sync(1);
  s.deliver(MessageType::append, 1, 2);
  s.sync(2);
  s.deliver(MessageType::append_answer, 2, 1);
  s.settle({1, 3});
  s.mail.clear();
  s.expect(s.at(1).replica[0]->members.voters.size() == 1, "not removed");
  s.restart(1);
  s.at(1).in.campaign(0);
  s.at(1).in.tick(0);
  s.at(1).turn();
  s.expect(s.at(1).leads(0), "not elected alone");
  s.tick(1);
  if (s.is_under_way(MessageType::heartbeat, 1, 3)) s.deliver(MessageType::heartbeat, 1, 3);
  s.restart(1);
  s.pre_votes_for(2, 1);
  s.votes_for(2, 1);
  s.expect(s.at(2).leads(0), "not elected");
  s.settle({1, 2, 3});
}

// 1 has proposed the removal of 2, alone, and starts again; 2 is elected and cuts the proposal off.
// Then the voters become 1 and 2, then 1, 2 and 4; 1 has this last change, but does not know that
// it is committed.
void membership_at_a_start_is_what_is_committed(Stage& s) {
  s.found(0, 3);
  for (int i = 1; i <= 4; ++i) s.at(i).start();
  s.elect(1, {1, 2, 3});
  s.at(1).forget(0, s.at(1).replica[0]->applied);
  s.change(1, EntryKind::remove_member, s.replica_on(2));
  s.sync(1);
  s.mail.clear();
  s.restart(1);
  s.forget_leader(3);
  s.elect(2, {2, 3});
  s.settle({1, 2, 3});
  const ReplicaId third = s.replica_on(3);
  s.change(2, EntryKind::remove_member, third);
  s.settle({1, 2, 3});
  s.at(3).drop(0, third);
  s.sync(3);
  const ReplicaId fourth = s.join(2, 4, s.new_replica(0, 4), {1, 2, 4});
  s.change(2, EntryKind::add_voter, fourth);
  s.sync(2);
  s.deliver(MessageType::append, 2, 1);
  s.sync(1);
  s.deliver(MessageType::append_answer, 1, 2);
  s.settle({2, 4});
  u64 before = s.truth[0].high;
  s.propose(2);
  s.settle({2, 4});
  s.expect(s.truth[0].high > before, "not acknowledged by 2 and 4");
  s.mail.clear();
  s.campaign(1);
  s.expect(!s.at(1).leads(0), "elected by less than a majority");
}

// 1 leaves the voters 1 to 4; only 2, which leads, knows that this is committed. Then 2 is lost for
// ever.
void removal_is_known_before_the_drop(Stage& s) {
  s.found(0, 3);
  for (int i = 1; i <= 4; ++i) s.at(i).start();
  const ReplicaId first = s.replica_on(1);
  s.elect(2, {1, 2, 3});
  const ReplicaId fourth = s.join(2, 4, s.new_replica(0, 4), {1, 2, 3, 4});
  s.change(2, EntryKind::add_voter, fourth);
  s.settle({1, 2, 3, 4});
  s.change(2, EntryKind::remove_member, first);
  for (int i = 3; i <= 4; ++i) {
    s.deliver(MessageType::append, 2, i);
    s.sync(i);
    s.deliver(MessageType::append_answer, i, 2);
  }
  s.settle({2});
  s.expect(s.truth[0].removed.contains(first), "not removed");
  if (s.may_drop(0, first)) s.at(1).drop(0, first);
  s.sync(1);
  s.at(2).lose_disk();
  s.mail.clear();
  for (int i : {1, 3, 4})
    if (s.at(i).replica[0]) s.forget_leader(i);
  s.elect(4, {1, 3, 4});
  s.expect(s.may_drop(0, first), "not known at the end");
}

// 4 is promoted; 2, which leads, and 3 know it, 4 does not, but was to have one entry more than 3.
// 1 is behind them. Then 2 is lost for ever.
void who_is_promoted_has_not_the_longest_log(Stage& s) {
  s.found(0, 3);
  for (int i = 1; i <= 4; ++i) s.at(i).start();
  s.elect(2, {1, 2, 3});
  const ReplicaId fourth = s.join(2, 4, s.new_replica(0, 4), {1, 2, 3, 4});
  s.change(2, EntryKind::add_voter, fourth);
  s.sync(2);
  s.propose(2);
  s.deliver(MessageType::append, 2, 3);
  s.sync(3);
  while (s.is_under_way(MessageType::append, 2, 4)) s.deliver(MessageType::append, 2, 4);
  s.sync(4);
  s.deliver(MessageType::append_answer, 3, 2);
  s.sync(2);
  s.at(2).in.tick(0);
  s.at(2).turn();
  s.deliver(MessageType::heartbeat, 2, 3);
  s.sync(3);
  s.expect(s.at(3).replica[0]->members.voters.size() == 4, "3 does not know");
  s.expect(s.at(4).replica[0]->members.voters.size() == 3, "4 knows");
  s.at(2).lose_disk();
  s.mail.clear();
  for (int i : {1, 3, 4}) s.forget_leader(i);
  s.elect(3, {1, 3, 4});
}

// 4 is removed; 2, which leads, knows it, 3 does not; 4 was to know it, and to have one entry more
// than 3. 1 is behind them. Then 2 is lost for ever.
void who_is_removed_has_not_the_longest_log(Stage& s) {
  s.found(0, 3);
  for (int i = 1; i <= 4; ++i) s.at(i).start();
  s.elect(2, {1, 2, 3});
  const ReplicaId fourth = s.join(2, 4, s.new_replica(0, 4), {1, 2, 3, 4});
  s.change(2, EntryKind::add_voter, fourth);
  s.settle({1, 2, 3, 4});
  s.change(2, EntryKind::remove_member, fourth);
  s.sync(2);
  s.propose(2);
  s.deliver(MessageType::append, 2, 3);
  s.sync(3);
  while (s.is_under_way(MessageType::append, 2, 4)) s.deliver(MessageType::append, 2, 4);
  s.sync(4);
  while (s.is_under_way(MessageType::append_answer, 4, 2))
    s.deliver(MessageType::append_answer, 4, 2);
  s.sync(2);
  s.deliver(MessageType::append_answer, 3, 2);
  s.sync(2);
  while (s.is_under_way(MessageType::append, 2, 4)) s.deliver(MessageType::append, 2, 4);
  s.sync(4);
  s.expect(s.at(3).replica[0]->members.voters.size() == 4, "3 knows");
  s.at(2).lose_disk();
  s.mail.clear();
  for (int i : {1, 3, 4}) s.forget_leader(i);
  s.elect(3, {1, 3, 4});
}

// 4 is opened with a copy, and dies before that is synced; then it is opened with nothing.
void copy_is_synced_before_it_is_opened(Stage& s) {
  s.found(0, 3);
  for (int i = 1; i <= 4; ++i) s.at(i).start();
  s.elect(1, {1, 2, 3});
  const ReplicaId fourth = s.new_replica(0, 4);
  s.change(1, EntryKind::add_learner, fourth);
  s.settle({1, 2, 3});
  const Replica& r = *s.at(1).replica[0];
  s.at(4).open(0, fourth,
               Copy{{r.applied, s.at(1).memory[0].term_at(r.applied), r.members}, r.state});
  if (s.is_under_way(MessageType::append, 1, 4)) s.deliver(MessageType::append, 1, 4);
  if (s.is_under_way(MessageType::append_answer, 4, 1)) s.deliver(MessageType::append_answer, 4, 1);
  s.restart(4);
  s.at(4).open(0, fourth);
  for (int i = 0; i < 3; ++i) {
    s.at(1).in.tick(0);
    s.at(1).turn();
    s.settle({1, 2, 3, 4});
  }
  s.expect(s.at(4).replica[0]->applied == s.at(1).replica[0]->applied, "has not caught up");
}

// 3 votes for 1; 2 asks it for the same term, and that message is late. 3 is replaced by 4 and
// comes back.
void replica_that_comes_back_is_another(Stage& s) {
  s.found(0, 3);
  for (int i = 1; i <= 4; ++i) s.at(i).start();
  const ReplicaId third = s.replica_on(3);
  s.pre_votes_for(1, 3);
  s.pre_votes_for(2, 3);
  Packet late = s.take(MessageType::vote, 2, 3);
  s.votes_for(1, 3);
  s.mail.clear();
  s.at(1).in.tick(0);
  s.at(1).turn();
  s.settle({1, 3});
  const ReplicaId fourth = s.join(1, 4, s.new_replica(0, 4), {1, 3, 4});
  s.change(1, EntryKind::add_voter, fourth);
  s.settle({1, 3, 4});
  s.change(1, EntryKind::remove_member, third);
  s.settle({1, 3, 4});
  s.at(3).drop(0, third);
  s.sync(3);
  const ReplicaId back = s.join(1, 3, s.is(Mutant::reuse) ? third : s.new_replica(0, 3), {1, 4});
  s.at(3).arrive(late);
  s.sync(3);
  if (s.is_under_way(MessageType::vote_answer, 3, 2)) s.deliver(MessageType::vote_answer, 3, 2);
  s.settle({1, 3, 4});
  s.change(1, EntryKind::add_voter, back);
  s.settle({1, 3, 4});
  s.expect(s.at(3).replica[0]->applied == s.at(1).replica[0]->applied, "has not caught up");
}

// 1 and 3 have an acknowledged entry and the removal of 3, 2 has neither. 3 is dropped and starts
// again; then the order that opened it comes once more, and 2 asks it for its vote.
void tombstone_outlives_a_restart(Stage& s) {
  s.found(0, 3);
  for (int i = 1; i <= 3; ++i) s.at(i).start();
  s.elect(1, {1, 2, 3});
  const ReplicaId third = s.replica_on(3);
  s.propose(1);
  s.settle({1, 3});
  s.change(1, EntryKind::remove_member, third);
  s.settle({1, 3});
  s.at(3).drop(0, third);
  s.sync(3);
  s.restart(3);
  s.at(3).open(0, third);
  s.mail.clear();
  s.campaign(2);
  s.settle({2, 3});
  s.expect(!s.at(2).leads(0), "elected by a dropped replica");
}

// The library would pass both on: the read without its ticket, at which the leader panics, and the
// transfer as one to 2. (A core may have lost the lead earlier in the same turn.)
void who_does_not_lead_neither_reads_nor_hands_over(Stage& s) {
  s.found(0, 3);
  for (int i = 1; i <= 3; ++i) s.at(i).start();
  s.elect(1, {1, 2, 3});
  s.at(2).in.read(0, 1);
  s.at(2).in.hand_over(0, s.replica_on(3));
  s.at(2).turn();
  s.settle({1, 2, 3});
  s.expect(s.at(1).leads(0), "handed over");
}

// Two seconds, longer than an election by far: of the leader, and of both that follow it.
void syncs_that_last_depose_nobody(Stage& s) {
  s.found(0, 3);
  for (int i = 1; i <= 3; ++i) s.at(i).start();
  s.elect(1, {1, 2, 3});
  s.propose(1);
  s.settle({1, 2, 3});
  const u64 before = s.truth[0].high, leaders = s.truth[0].leader.size();
  s.propose(1);
  for (int i = 0; i < 5; ++i) {
    s.pass(20, {1, 2, 3}, {1, 2, 3});
    for (int n = 1; n <= 3; ++n) s.expect(s.at(n).replica[0]->waits, "its sync has ended");
    s.read(1);
    s.settle({1, 2, 3}, {1, 2, 3});
    s.expect(s.at(1).replica[0]->reads.empty(), "a read is not answered");
    s.propose(1);
  }
  s.expect(s.truth[0].leader.size() == leaders && s.at(1).leads(0), "another leads");
  s.expect(s.truth[0].high == before, "acknowledged before the sync");
  s.settle({1, 2, 3});
  s.pass(1, {1, 2, 3}, {});
  s.expect(s.truth[0].high == before + 6, "not acknowledged");
  for (int n = 2; n <= 3; ++n)
    s.expect(s.at(n).replica[0]->applied == s.truth[0].high, "has not caught up");
}

// 1 leads, and its disk hangs. It has sent one entry, and taken another.
void who_hangs_lets_another_lead(Stage& s) {
  s.found(0, 3);
  for (int i = 1; i <= 3; ++i) s.at(i).start();
  s.elect(1, {1, 2, 3});
  s.propose(1);
  const u64 sent = s.at(1).memory[0].last();
  const u64 before = s.plan.patience;
  s.plan.patience = 30;
  s.pass(int(s.plan.patience) - 1, {1, 2, 3}, {1});
  s.propose(1);
  s.expect(s.at(1).leads(0) && s.truth[0].leader.size() == 1, "another leads too early");
  s.expect(!s.at(1).queue.empty() && s.truth[0].high < sent, "its sync has ended");
  int next = 0, ticks = 0;
  for (; !next && ticks < 40; ++ticks) {
    s.pass(1, {1, 2, 3}, {1});
    for (int n = 2; n <= 3; ++n)
      if (s.at(n).leads(0)) next = n;
  }
  s.plan.patience = before;
  s.expect(next, "nobody else leads");
  s.expect(!s.at(1).leads(0), "has not heard of it");
  s.propose(next);
  s.settle({1, 2, 3}, {1});
  s.expect(s.truth[0].high > sent, "not acknowledged without 1");
  s.pass(200, {1, 2, 3}, {1});
  s.expect(s.at(next).leads(0) && s.truth[0].leader.size() == 2, "disturbed by one that hangs");
  s.settle({1, 2, 3});
  s.pass(2, {1, 2, 3}, {});
  s.expect(s.at(next).leads(0) && s.truth[0].leader.size() == 2,
           "disturbed by one that comes back");
  s.expect(s.at(1).replica[0]->applied == s.at(next).replica[0]->applied, "has not caught up");
  s.expect(s.at(1).memory[0].at(sent) == s.at(next).memory[0].at(sent), "lost");
}

// 2 hears of a term with a heartbeat of it, and of a later one before that is synced.
void answers_wait_for_their_term(Stage& s) {
  s.found(0, 3);
  for (int i = 1; i <= 3; ++i) s.at(i).start();
  s.pre_votes_for(1, 3);
  s.votes_for(1, 3);
  s.sync(1);
  for (int i = 0; i < 2; ++i) {
    s.tick(1);
    s.deliver(MessageType::heartbeat, 1, 2);
    s.expect(!s.is_under_way(MessageType::heartbeat_answer, 2, 1), "answered before the sync");
  }
  s.sync(2);
  s.deliver(MessageType::heartbeat_answer, 2, 1);
  s.settle({1, 2, 3});
}

// 2 has an entry of 1, which has it, too, but not on its disk; 3 has it not.
void commit_waits_for_the_leaders_disk(Stage& s) {
  s.found(0, 3);
  for (int i = 1; i <= 3; ++i) s.at(i).start();
  s.elect(1, {1, 2, 3});
  s.propose(1);
  s.deliver(MessageType::append, 1, 2);
  s.sync(2);
  s.deliver(MessageType::append_answer, 2, 1);
  s.tick(1);
  s.deliver(MessageType::heartbeat, 1, 2);
  s.sync(2);
  s.restart(1);
  s.mail.clear();
  s.forget_leader(1);
  s.elect(3, {1, 3});
  s.propose(3);
  s.settle({1, 2, 3});
  s.pass(2, {1, 2, 3}, {});
  s.expect(s.at(2).replica[0]->applied == s.at(3).replica[0]->applied, "has not caught up");
}

// 1 writes two entries; before that is synced, 3 leads, with the first of them, and replaces the
// second. The library gives the first once more.
void no_entry_comes_twice(Stage& s) {
  s.found(0, 3);
  for (int i = 1; i <= 3; ++i) s.at(i).start();
  s.elect(1, {1, 2, 3});
  for (u64 i = 0; i < 2; ++i) {
    s.at(1).propose(0, {2000 + s.truth[0].high + i});
  }
  s.at(1).turn();
  s.deliver(MessageType::append, 1, 3);
  s.sync(3);
  s.mail.clear();
  s.forget_leader(2);
  s.elect(3, {2, 3});
  s.settle({1, 2, 3}, {1});
  s.settle({1, 2, 3});
  s.pass(2, {1, 2, 3}, {});
  s.expect(s.at(1).replica[0]->applied == s.at(3).replica[0]->applied, "has not caught up");
}

// 3 installs a snapshot for longer than an election takes, and hears nothing of the leader: the
// library would panic.
void who_installs_is_no_candidate(Stage& s) {
  s.found(0, 3);
  for (int i = 1; i <= 3; ++i) s.at(i).start();
  s.elect(1, {1, 2, 3});
  for (int i = 0; i < 3; ++i) {
    s.propose(1);
    s.settle({1, 2});
  }
  s.mail.clear();
  s.at(1).forget(0, s.at(1).replica[0]->applied);
  s.tick(1);
  s.deliver(MessageType::heartbeat, 1, 3);
  s.sync(3);
  s.deliver(MessageType::heartbeat_answer, 3, 1);
  s.deliver(MessageType::append, 1, 3);
  s.deliver(MessageType::append_answer, 3, 1);
  s.deliver(MessageType::snapshot, 1, 3);
  for (int i = 0; i < 30; ++i) s.tick(3);
  s.campaign(3);
  s.pass(2, {1, 2, 3}, {});
  s.expect(s.at(3).replica[0]->applied == s.at(1).replica[0]->applied, "has not caught up");
}

constexpr std::array all_scenes = {
    Scene{"vote outlives a restart", vote_outlives_a_restart},
    Scene{"acknowledgement waits for its term", acknowledgement_waits_for_its_term},
    Scene{"commit is stored with the entries that it came with",
          commit_is_stored_with_the_entries_that_it_came_with},
    Scene{"lead waits for its term", lead_waits_for_its_term},
    Scene{"membership at a start is what is committed", membership_at_a_start_is_what_is_committed},
    Scene{"removal is known before the drop", removal_is_known_before_the_drop},
    Scene{"who is promoted has not the longest log", who_is_promoted_has_not_the_longest_log},
    Scene{"who is removed has not the longest log", who_is_removed_has_not_the_longest_log},
    Scene{"copy is synced before it is opened", copy_is_synced_before_it_is_opened},
    Scene{"replica that comes back is another", replica_that_comes_back_is_another},
    Scene{"tombstone outlives a restart", tombstone_outlives_a_restart},
    Scene{"who does not lead neither reads nor hands over",
          who_does_not_lead_neither_reads_nor_hands_over},
    Scene{"syncs that last depose nobody", syncs_that_last_depose_nobody},
    Scene{"who hangs lets another lead", who_hangs_lets_another_lead},
    Scene{"answers wait for their term", answers_wait_for_their_term},
    Scene{"commit waits for the leader's disk", commit_waits_for_the_leaders_disk},
    Scene{"no entry comes twice", no_entry_comes_twice},
    Scene{"who installs is no candidate", who_installs_is_no_candidate},
};

}  // namespace

std::span<const Scene> scenes() { return all_scenes; }

std::string play(const Scene& scene, const Plan& plan) {
  Stage stage{plan};
  try {
    scene.play(stage);
  } catch (const Finding& finding) {
    return std::string{scene.name} + ": " + finding.what();
  }
  return {};
}

}  // namespace usher::consensus::sim
