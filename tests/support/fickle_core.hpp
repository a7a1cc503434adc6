// A core of consensus for one node among others that are imagined: by seed it delays commits,
// deposes the leader, lets another leader keep a part of what was not committed and cut off the
// rest, and gives the lead back in a higher term. To the node it is as raft would be among three;
// what the others hold is all in FickleCluster, which outlives the node's crashes.
//
// It keeps the rules that raft keeps (docs/consensus.md), so whatever an application sees go wrong
// over it is the runtime's fault, or the test's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "consensus/bytes.hpp"
#include "consensus/consensus_core.hpp"
#include "tests/support/dice.hpp"

namespace usher::test {

// What the others know, and how they behave.
struct FickleCluster {
  explicit FickleCluster(Seed seed) : dice(seed) {}

  // Chances, one in so many, for each group and tick; 0: never.
  std::size_t commits = 2;        // all that is synced here is on a majority
  std::size_t at_once = 4;        // or by the sync itself, as an entry is proposed
  std::size_t deposes = 60;       // who leads
  std::size_t other_acts = 3;     // another leader appends, commits, or goes
  std::size_t led_meanwhile = 4;  // a campaign is lost, also when it is calm
  bool is_calm = false;           // commits at once, deposes nobody

  struct Group {
    consensus::Index committed = 0;  // told to anybody
    consensus::Term term = 0;        // the highest that there was
  };
  std::map<consensus::GroupNr, Group> groups;
  Dice dice;
  // What happened, for who checks the depth of a run.
  std::uint64_t commits_later = 0, depositions = 0, cuts = 0, entries_cut = 0, kept = 0;
};

class FickleCore final : public consensus::ConsensusCore {
 public:
  explicit FickleCore(std::shared_ptr<FickleCluster> cluster) : cluster_(std::move(cluster)) {}

  consensus::Results turn(const consensus::Operations& operations) override {
    out_.clear();
    work_off(operations.bytes());
    for (auto& [nr, group] : groups_) tell(nr, group);
    return consensus::Results{out_};
  }

 private:
  using Index = consensus::Index;
  using Term = consensus::Term;
  using GroupNr = consensus::GroupNr;
  enum class Role : std::uint8_t {
    leader,
    follower,
    away
  };  // away: another leader, unheard of yet

  struct Group {
    Role role = Role::follower;
    Term term = 0;
    std::uint64_t vote = 0;
    Index base = 0;
    std::vector<Term> log;       // terms behind the base
    Index given = 0;             // to the caller, to write
    Index first_new = 0;         // of what is to be given; 0: nothing
    std::vector<Index> empties;  // of these, those without a payload
    Index synced = 0;
    Index committed = 0;  // the group's
    Index told = 0;       // the caller
    bool is_out = false;  // a Ready that waits for its sync
    bool term_is_new = false;
    bool tells_role = false;
    std::vector<consensus::Ticket> reads;

    [[nodiscard]] Index last() const { return base + log.size(); }
  };

  static constexpr consensus::ReplicaId self = 1, other = 2;

  void work_off(std::string_view operations) {
    consensus::ByteReader in{operations};
    while (!in.at_end()) {
      const auto operation = in.get<consensus::Operation>();
      const auto nr = in.get<GroupNr>();
      switch (operation) {
        case consensus::Operation::open:
          open(nr, in);
          break;
        case consensus::Operation::tick:
          if (nr != consensus::every_group) throw std::logic_error("a tick of one group");
          for (auto& [number, group] : groups_) tick(number, group);
          break;
        case consensus::Operation::campaign:
          campaign(nr, groups_.at(nr));
          break;
        case consensus::Operation::propose: {
          const auto count = in.get<std::uint32_t>();
          propose(nr, groups_.at(nr), count);
          break;
        }
        case consensus::Operation::synced:
          synced(nr, groups_.at(nr));
          break;
        case consensus::Operation::read:
          groups_.at(nr).reads.push_back(in.get<consensus::Ticket>());
          break;
        default:
          throw std::logic_error("an operation that this core does not know");
      }
    }
    if (!in.ok()) throw std::logic_error("operations that end too early");
  }

  bool happens(std::size_t one_in) {
    return one_in > 0 && !cluster_->is_calm && cluster_->dice.one_in(one_in);
  }
  FickleCluster::Group& known(GroupNr nr) { return cluster_->groups[nr]; }

  void open(GroupNr nr, consensus::ByteReader& in) {
    Group group;
    (void)in.get<consensus::ReplicaId>();
    group.term = in.get<Term>();
    group.vote = in.get<consensus::ReplicaId>();
    group.committed = group.told = in.get<Index>();
    consensus::Base base;
    in.get_base(base);
    consensus::Span log;
    in.get_span(log, 1U << 20);
    group.base = base.index;
    log.for_each([&](Index, Term term, auto, auto) { group.log.push_back(term); });
    group.synced = group.given = group.last();
    // It was told to a client, who was told that it is durable: on a majority, this node's too.
    if (group.last() < known(nr).committed)
      throw std::logic_error("what was committed is not in the log of its replica");
    if (group.committed > group.last())
      throw std::logic_error("a commit was stored without its entries");
    groups_[nr] = std::move(group);
  }

  void propose(GroupNr nr, Group& group, std::uint32_t count) {
    const bool is_taken = group.role == Role::leader && count > 0;
    put_head(consensus::ResultKind::answer, nr);
    consensus::put(out_, static_cast<std::uint8_t>(is_taken));
    consensus::put(out_, group.role == Role::leader ? self : consensus::ReplicaId{0});
    consensus::put(out_, is_taken ? group.last() + 1 : Index{0});
    consensus::put(out_, is_taken ? group.term : Term{0});
    if (!is_taken) return;
    if (group.first_new == 0) group.first_new = group.last() + 1;
    group.log.insert(group.log.end(), count, group.term);
    // The others are quicker than this disk: the sync is the last vote that is wanted.
    if (group.synced == group.committed && (cluster_->is_calm || happens(cluster_->at_once)))
      group.committed = group.last();
  }

  void synced(GroupNr nr, Group& group) {
    if (!group.is_out) throw std::logic_error("synced, but no Ready is out");
    group.is_out = false;
    group.synced = group.given;
    if (cluster_->is_calm && group.role == Role::leader) commit(nr, group, group.synced);
  }

  void commit(GroupNr nr, Group& group, Index up_to) {
    if (up_to <= group.committed) return;
    // A leader commits nothing of older terms but behind an entry of its own (raft, 5.4.2).
    if (group.log[up_to - group.base - 1] != group.term) return;
    group.committed = up_to;
    known(nr).committed = std::max(known(nr).committed, up_to);
    ++cluster_->commits_later;
  }

  void tick(GroupNr nr, Group& group) {
    switch (group.role) {
      case Role::leader:
        if (cluster_->is_calm || happens(cluster_->commits)) commit(nr, group, group.synced);
        if (happens(cluster_->deposes)) depose(nr, group);
        return;
      case Role::away:
        if (cluster_->is_calm || happens(cluster_->other_acts)) other_acts(nr, group);
        return;
      case Role::follower:
        if (cluster_->is_calm || happens(cluster_->other_acts)) lead(nr, group);
        return;
    }
  }

  void depose(GroupNr nr, Group& group) {
    group.role = Role::away;
    new_term(nr, group, 0);
    group.tells_role = true;
    ++cluster_->depositions;
  }

  void new_term(GroupNr nr, Group& group, std::uint64_t vote) {
    group.term = known(nr).term = std::max(known(nr).term, group.term) + 1;
    group.vote = vote;
    group.term_is_new = true;
  }

  // The other leader has all that is committed, and a part of what was not. Or it is gone before it
  // has said anything.
  void other_acts(GroupNr nr, Group& group) {
    if (group.is_out || group.first_new != 0) return;  // one after the other
    group.role = Role::follower;
    if (!cluster_->is_calm && cluster_->dice.one_in(3)) return;
    const Index least = std::max({group.committed, known(nr).committed, group.base});
    const Index kept = least + cluster_->dice.below(group.last() - least + 1);
    cluster_->kept += kept - least;
    if (kept < group.last()) {
      ++cluster_->cuts;
      cluster_->entries_cut += group.last() - kept;
    }
    group.log.resize(kept - group.base);
    append_empty(nr, group);
    group.synced = std::min(group.synced, kept);
    if (cluster_->is_calm || cluster_->dice.one_in(2)) group.committed = group.last();
  }

  // While this node was down another may have led, and may have cut off what was not committed.
  void campaign(GroupNr nr, Group& group) {
    if (cluster_->led_meanwhile > 0 && cluster_->dice.one_in(cluster_->led_meanwhile))
      return depose(nr, group);
    lead(nr, group);
  }

  void lead(GroupNr nr, Group& group) {
    if (group.role == Role::leader || group.is_out || group.first_new != 0) return;
    group.role = Role::leader;
    new_term(nr, group, self);
    append_empty(nr, group);
  }

  void append_empty(GroupNr, Group& group) {
    group.first_new = group.last() + 1;
    group.empties.push_back(group.last() + 1);
    group.log.push_back(group.term);
  }

  // ---- results

  void put_head(consensus::ResultKind kind, GroupNr nr) {
    consensus::put(out_, kind);
    consensus::put(out_, nr);
  }

  void tell(GroupNr nr, Group& group) {
    if (group.is_out) return;
    const bool needs_sync = group.first_new != 0 || group.term_is_new;
    const bool commits = group.committed > group.told;
    if (!needs_sync && !commits && !group.tells_role && group.reads.empty()) return;
    known(nr).committed = std::max(known(nr).committed, group.committed);
    known(nr).term = std::max(known(nr).term, group.term);
    put_head(consensus::ResultKind::ready, nr);
    consensus::put(out_, static_cast<std::uint8_t>(group.role == Role::leader));
    consensus::put(out_, static_cast<std::uint8_t>(needs_sync));
    consensus::put(out_, group.role == Role::leader ? self : other);
    const bool has_hard = group.term_is_new || commits;
    consensus::put(out_, has_hard ? group.term : Term{0});
    consensus::put(out_, has_hard ? group.vote : consensus::ReplicaId{0});
    consensus::put(out_, has_hard ? group.committed : Index{0});
    consensus::put(out_, std::uint8_t{0});  // nothing is installed
    consensus::Span span;
    for (Index index = group.first_new; index != 0 && index <= group.last(); ++index) {
      const bool is_empty =
          std::find(group.empties.begin(), group.empties.end(), index) != group.empties.end();
      span.append(index, group.log[index - group.base - 1],
                  is_empty ? consensus::EntryKind::empty : consensus::EntryKind::payload);
    }
    consensus::put_span(out_, span);
    consensus::put(out_, std::uint32_t{0});  // no mail
    consensus::put(out_, commits ? group.committed : Index{0});
    // A round: the answer of those who know who leads.
    const bool answers = group.role == Role::leader;
    consensus::put(out_, static_cast<std::uint32_t>(answers ? group.reads.size() : 0));
    if (answers)
      for (const auto ticket : group.reads) {
        consensus::put(out_, ticket);
        consensus::put(out_, group.committed);
      }
    group.reads.clear();
    group.told = group.committed;
    group.given = group.last();
    group.first_new = 0;
    group.empties.clear();
    group.is_out = needs_sync;
    group.term_is_new = group.tells_role = false;
  }

  std::shared_ptr<FickleCluster> cluster_;
  std::map<GroupNr, Group> groups_;
  std::string out_;
};

}  // namespace usher::test
