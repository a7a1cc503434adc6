#include "tests/consensus/cluster.hpp"

#include <algorithm>
#include <utility>

namespace usher::consensus::sim {

void apply(Stored& stored, const Change& change) {
  if (change.drop) {
    stored = Stored{};
    stored.tombstone = change.replica;
    return;
  }
  stored.replica = change.replica;
  if (change.hard.is_new()) {
    stored.term = change.hard.term;
    stored.vote = change.hard.vote;
    stored.commit = change.hard.commit;
  }
  if (change.install) {
    stored.base = *change.install;
    stored.log.clear();
  }
  if (!change.entries.empty()) {
    stored.log.resize(change.first - stored.base.base.index - 1);
    stored.log.insert(stored.log.end(), change.entries.begin(), change.entries.end());
  }
  if (change.forget > stored.base.base.index) {
    Copy base{{change.forget, stored.term_at(change.forget), stored.members_at(change.forget)},
              stored.state_at(change.forget)};
    const auto gone = static_cast<std::ptrdiff_t>(change.forget - stored.base.base.index);
    stored.log.erase(stored.log.begin(), stored.log.begin() + gone);
    stored.base = std::move(base);
  }
}

Cluster::Cluster(Plan wanted) : plan(std::move(wanted)), trace(plan.seed), truth(plan.groups) {
  for (int nr = 0; nr <= plan.nodes; ++nr) nodes.push_back(std::make_unique<Node>(*this, nr));
}

Cluster::~Cluster() = default;

void Cluster::found(GroupNr group, int voters) {
  Stored first;
  first.term = 1;
  first.commit = static_cast<Index>(voters);
  for (int nr = 1; nr <= voters; ++nr)
    first.log.push_back({1, EntryKind::add_voter, new_replica(group, nr)});
  for (int nr = 1; nr <= voters; ++nr) {
    const auto i = static_cast<std::size_t>(nr);
    nodes[i]->disk[group] = first;
    nodes[i]->disk[group].replica = first.log[i - 1].value;
    note_log(group, first, 1);
  }
}

ReplicaId Cluster::new_replica(GroupNr group, int node) {
  const ReplicaId id = ++last_replica;
  group_of[id] = group;
  node_nr[id] = node;
  return id;
}

void Cluster::fail(std::string what, u64 a, u64 b, u64 c) const {
  throw Finding{"seed " + std::to_string(plan.seed) + " at " + std::to_string(now) + ": " + what +
                " (" + std::to_string(a) + " " + std::to_string(b) + " " + std::to_string(c) + ")"};
}

void Cluster::note_leader(GroupNr group, Term term, ReplicaId replica) {
  const auto [it, is_new] = truth[group].leader.try_emplace(term, replica);
  if (it->second != replica) fail("two leaders of a term", term, replica, it->second);
  if (is_new) count_one("leaders");
}

void Cluster::note_log(GroupNr group, const Stored& stored, Index first) {
  auto& prefix = truth[group].prefix;
  for (Index i = first; i <= stored.last(); ++i) {
    const auto before = prefix.find({i - 1, stored.term_at(i - 1)});
    const u64 hash = mix(before == prefix.end() ? 0 : before->second, stored.at(i));
    const auto [it, is_new] = prefix.try_emplace({i, stored.at(i).term}, hash);
    if (!is_new && it->second != hash) fail("log matching", stored.replica, group, i);
  }
}

void Cluster::note_applied(GroupNr group, Index index, const Entry& entry, u64 state) {
  Truth& t = truth[group];
  if (index <= t.applied.size()) {
    if (t.state[index - 1] != state) fail("applied sequences differ", group, index);
    return;
  }
  t.applied.push_back(entry);
  t.state.push_back(state);
  if (entry.kind == EntryKind::remove_member && t.members.contains(entry.value))
    t.removed[entry.value] = index;
  t.members.apply(entry.kind, entry.value);
}

// What is acknowledged is on the disks of a majority. Raft goes on to commit with the old members
// until a change is applied, although it stands before the entry; so of the present ones, or of
// those before the last change.
void Cluster::note_acknowledged(GroupNr group, Index index, Term term, const Members& members,
                                const Members& before) {
  Truth& t = truth[group];
  const Entry& entry = t.at(index);
  const auto by_majority = [&](const std::vector<ReplicaId>& voters) {
    const auto holds = [&](ReplicaId id) {
      const auto gone = dropped.find(id);
      return node_of(id).disk[group].holds(id, index, entry) ||
             (gone != dropped.end() && gone->second.holds(id, index, entry));
    };
    const auto n = std::count_if(voters.begin(), voters.end(), holds);
    return static_cast<std::size_t>(n) > voters.size() / 2;
  };
  if (!by_majority(members.voters) && !by_majority(before.voters))
    fail("acknowledged without a majority", group, index);
  t.acknowledged[term] = index;
  t.high = std::max(t.high, index);
  count_one("acknowledged");
}

// Every majority of the present voters has somebody with what is acknowledged. (A majority itself
// has it only once something is committed after a change.)
void Cluster::check_acknowledged(GroupNr group) {
  const Truth& t = truth[group];
  if (t.high == 0) return;
  std::size_t voters = 0;
  std::size_t holders = 0;
  const std::size_t majority = t.members.voters.size() / 2 + 1;
  for (const ReplicaId id : t.members.voters) {
    voters += t.lost.contains(id) ? 0 : 1;
    holders += node_of(id).disk[group].holds(id, t.high, t.at(t.high)) ? 1 : 0;
  }
  // More may be lost than raft bears only where a mutant says so.
  if (voters >= holders + majority)
    fail("an acknowledged entry can be lost", group, t.high, holders);
}

// Whoever has the removal, but not that it is committed, still counts the replica among its voters;
// were it gone, the loss of one more could leave nobody who can be elected.
bool Cluster::may_drop(GroupNr group, ReplicaId id) {
  const Truth& t = truth[group];
  const auto removal = t.removed.find(id);
  if (removal == t.removed.end()) return false;
  if (is(Mutant::early_drop)) return true;
  return std::all_of(t.members.voters.begin(), t.members.voters.end(), [&](ReplicaId voter) {
    const Stored& stored = node_of(voter).disk[group];
    return t.lost.contains(voter) || (stored.replica == voter && stored.commit >= removal->second);
  });
}

void Cluster::check_new_leader(GroupNr group, const Stored& stored) {
  for (const auto& [term, index] : truth[group].acknowledged)
    if (term < stored.term && !stored.holds(stored.replica, index, truth[group].at(index)))
      fail("a leader has not what is acknowledged", stored.replica, group, index);
}

// The terms that count are those that others have seen: one that was never synced is given out
// again.
void Cluster::leave(const Packet& packet) {
  const Stored& stored = nodes[static_cast<std::size_t>(packet.from)]->disk[packet.group];
  const MessageType type = packet.type;
  if ((type == MessageType::heartbeat || type == MessageType::heartbeat_answer) &&
      (stored.replica != packet.sender || stored.term < packet.term))
    fail("said under a term that is not synced", packet.sender, static_cast<u64>(type),
         packet.term);
  if (type == MessageType::append || type == MessageType::heartbeat ||
      type == MessageType::snapshot || type == MessageType::timeout_now)
    note_leader(packet.group, packet.term, packet.sender);
  carry(packet);
}

}  // namespace usher::consensus::sim
