// The caller of the core, as docs/consensus.md asks for: what the product's replicator does with
// RocksDB and links, this does with toys.
#include <algorithm>
#include <utility>

#include "tests/consensus/cluster.hpp"

namespace usher::consensus::sim {
namespace {

Packet packet_of(GroupNr group, int from, int to, std::string_view bytes, const Message& message) {
  return {.group = group,
          .from = from,
          .to = to,
          .bytes = std::string{bytes},
          .type = message.type,
          .sender = message.from,
          .addressee = message.to,
          .term = message.term,
          .base = message.base.index};
}

}  // namespace

Node::Node(Cluster& cluster, int number)
    : nr(number),
      disk(static_cast<std::size_t>(cluster.plan.groups)),
      memory(disk.size()),
      replica(disk.size()),
      cluster_(cluster) {}

void Node::start() {
  CoreConfig config;
  config.seed = cluster_.plan.seed * 1000 + static_cast<u64>(nr) * 100 + life++;
  config.election_ticks = cluster_.plan.election_ticks;
  config.message_entries = 8;
  config.messages_in_flight = 16;
  config.on_failure = [this](std::string_view why) {
    cluster_.fail(std::string{why}, static_cast<u64>(nr));
  };
  auto core = make_core(cluster_.plan.kind, config, cluster_.plan.library);
  if (!core) cluster_.fail(core.error());
  core_ = std::move(*core);
  queue.clear();
  in.clear();
  memory = disk;
  if (cluster_.plan.observer) cluster_.plan.observer->started(*this);
  for (GroupNr group = 0; group < cluster_.plan.groups; ++group) {
    replica[group].reset();
    if (memory[group].replica != 0) put_open(group);
  }
  turn();
}

void Node::put_open(GroupNr group) {
  const Stored& stored = memory[group];
  Opening opening{.replica = stored.replica,
                  .term = stored.term,
                  .vote = stored.vote,
                  .commit = std::max(stored.commit, stored.base.base.index),
                  .base = stored.base.base,
                  .log = {}};
  if (cluster_.is(Mutant::end_members)) opening.base.members = stored.members_at(stored.last());
  for (Index i = stored.base.base.index + 1; i <= stored.last(); ++i) {
    const Entry& entry = stored.at(i);
    opening.log.append(i, entry.term, entry.kind, is_change(entry.kind) ? entry.value : 0);
  }
  in.open(group, opening);
  Replica& me = replica[group].emplace();
  me.id = stored.replica;
  me.applied = stored.base.base.index;
  me.state = stored.base.state;
  me.members = me.members_before = stored.base.base.members;
  advance_to(group, stored.commit);
}

void Node::open(GroupNr group, ReplicaId id, const std::optional<Copy>& copy) {
  if (!is_up()) return;
  Stored& stored = memory[group];
  if (id <= stored.tombstone && !cluster_.is(Mutant::reuse)) {
    cluster_.count_one("late orders to open refused");
    return;
  }
  // It is open, or another is, or its drop is not on the disk yet.
  if (stored.replica != 0 || disk[group].replica != 0) return;
  stored.replica = id;
  cluster_.count_one(copy ? "opened with a copy" : "opened with nothing");
  if (copy) {  // the core takes for synced what it is opened with, and acknowledges it
    Change change{.group = group, .replica = id};
    change.hard = {copy->base.term, 0, copy->base.index};
    change.install = copy;
    apply(stored, change);
    Batch batch;
    batch.changes.push_back(change);
    const bool waits = !cluster_.is(Mutant::early_open);
    if (waits) batch.opens.push_back(group);
    enqueue(std::move(batch));
    if (waits) return;
  }
  put_open(group);
  turn();
}

void Node::drop(GroupNr group, ReplicaId id) {
  if (!is_up() || !replica[group] || replica[group]->id != id) return;
  in.drop(group);
  replica[group].reset();
  Change change{.group = group, .replica = id};
  change.drop = true;
  apply(memory[group], change);
  Batch batch;
  batch.changes.push_back(change);
  enqueue(std::move(batch));
  turn();
}

void Node::forget(GroupNr group, Index index) {
  const Stored& stored = memory[group];
  // Alone, no commit is stored: what is applied, is.
  const Index committed =
      cluster_.plan.kind == CoreKind::alone ? replica[group]->applied : stored.commit;
  if (index <= stored.base.base.index || index > committed) return;
  Change change{.group = group, .replica = stored.replica};
  change.forget = index;
  apply(memory[group], change);
  in.forget(group, index);
  Batch batch;
  batch.changes.push_back(change);
  enqueue(std::move(batch));
  turn();
  cluster_.count_one("trims");
}

void Node::propose(GroupNr group, std::vector<u64> payloads) {
  in.propose(group, static_cast<std::uint32_t>(payloads.size()));
  replica[group]->proposals.push_back(std::move(payloads));
}

void Node::change(GroupNr group, EntryKind kind, ReplicaId id) {
  in.change(group, kind, id);
  replica[group]->proposals.emplace_back();
}

void Node::read(GroupNr group) {
  const Ticket ticket = ++tickets_;
  replica[group]->reads[ticket] = cluster_.truth[group].high;
  in.read(group, ticket);
}

void Node::enqueue(Batch batch) {
  queue.push_back(std::move(batch));
  cluster_.sync_begins(*this);
}

void Node::write(const Batch& batch) {
  for (const Change& change : batch.changes) {
    Stored& stored = disk[change.group];
    if (change.drop) {
      cluster_.dropped[change.replica] = stored;
      cluster_.count_one("tombstones");
    }
    if (!change.entries.empty() && change.first <= stored.last()) cluster_.count_one("truncations");
    const Stored before = {.term = stored.term, .vote = stored.vote, .commit = stored.commit};
    apply(stored, change);
    if (cluster_.is(Mutant::late_commit) && stored.term == before.term &&
        stored.vote == before.vote)
      stored.commit = std::max(before.commit, stored.base.base.index);
    if (cluster_.is(Mutant::no_vote)) stored.vote = 0;
    if (cluster_.is(Mutant::no_tombstone)) stored.tombstone = 0;
  }
  if (cluster_.plan.observer) cluster_.plan.observer->written(*this, batch);
}

void Node::crash(std::size_t batches_kept) {
  core_.reset();
  cluster_.count_one("crashes");
  for (; batches_kept > 0; --batches_kept) {
    write(queue.front());
    queue.pop_front();
  }
  cluster_.count_one("batches lost", queue.size());
}

// Tombstones, too. So none of the ids that were given out so far may come back to it.
void Node::lose_disk() {
  if (is_up()) crash(0);
  for (const auto& [id, node] : cluster_.node_nr) {
    Truth& truth = cluster_.truth[cluster_.group_of[id]];
    if (node == nr && !truth.removed.contains(id)) truth.lost.insert(id);
  }
  for (Stored& stored : disk) {
    if (stored.replica != 0) cluster_.dropped[stored.replica] = stored;
    stored = Stored{};
    stored.tombstone = cluster_.is(Mutant::old_disk) ? 0 : cluster_.last_replica;
  }
  if (cluster_.plan.observer) cluster_.plan.observer->lost_disk(*this);
  cluster_.count_one("disks lost");
}

// A disk that hangs has not failed, and says nothing. So who leads falls silent after a while, and
// another can lead. (A follower does not: the leader could not commit, but no longer read, either.)
void Node::tick() {
  in.tick_all();
  for (GroupNr group = 0; group < cluster_.plan.groups; ++group) {
    auto& me = replica[group];
    if (!me || !me->waits) continue;
    const bool is_late = ++me->waited >= cluster_.plan.patience && me->leads;
    if (is_late || cluster_.is(Mutant::silent)) in.sync_is_late(group);
    if (is_late) cluster_.count_one("ticks with a sync too late");
  }
}

void Node::sync() {
  if (queue.empty()) return;
  const Batch batch = std::move(queue.front());
  queue.pop_front();
  write(batch);
  for (const auto& synced : batch.synced)
    if (synced.leads) cluster_.note_leader(synced.group, synced.term, synced.replica);
  for (const Packet& packet : batch.mail) cluster_.leave(packet);
  for (const GroupNr group : batch.opens) put_open(group);
  for (const auto& synced : batch.synced) {
    auto& me = replica[synced.group];
    if (!me || me->id != synced.replica) continue;  // dropped in the meantime
    me->waits = false;
    advance_to(synced.group, synced.committed);
    in.synced(synced.group);
  }
  turn();
}

void Node::arrive(const Packet& packet) {
  auto& me = replica[packet.group];
  if (!me || me->id != packet.addressee) {
    const bool is_late = packet.addressee <= memory[packet.group].tombstone;
    cluster_.count_one(!is_late ? "messages before the opening"
                       : me     ? "stale messages ignored, replica came back"
                                : "stale messages ignored");
    return;
  }
  if (!parse_message(packet.bytes, message_)) cluster_.fail("a message can't be read");
  for (std::size_t i = 0; i < packet.entries.size(); ++i)
    me->held[{packet.first + i, packet.entries[i].term}] = packet.entries[i];
  if (packet.type == MessageType::snapshot) me->staged[packet.base] = packet.state;
  in.arrived(packet.group, message_);
  turn();
}

void Node::turn() {
  turning_.clear();
  std::swap(turning_, in);
  const Results results = core_->turn(turning_);
  for (std::string_view rest = results.bytes(); !rest.empty();) {
    u64 word = 0;
    const std::size_t n = rest.copy(reinterpret_cast<char*>(&word), sizeof word);
    cluster_.trace = mix(cluster_.trace, word);
    rest.remove_prefix(n);
  }
  cluster_.trace = mix(cluster_.trace, cluster_.now + static_cast<u64>(nr));
  Batch batch;
  results.for_each([&](const auto& result) {
    if (!replica[result.group])
      cluster_.fail("a result of a group that is not open", static_cast<u64>(nr), result.group);
    if constexpr (std::is_same_v<decltype(result), const Ready&>)
      take(result, batch);
    else
      take(result);
  });
  for (auto& group : replica)
    if (group && !group->waits) group->held.clear();
  if (!batch.changes.empty() || !batch.synced.empty()) enqueue(std::move(batch));
  if (cluster_.is(Mutant::early_synced)) {
    bool has_synced = false;
    for (GroupNr group = 0; group < cluster_.plan.groups; ++group)
      if (replica[group] && replica[group]->waits && !queue.empty()) {
        for (Batch& waiting : queue)
          std::erase_if(waiting.synced, [&](const auto& s) { return s.group == group; });
        replica[group]->waits = false;
        in.synced(group);
        has_synced = true;
      }
    if (has_synced) turn();
  }
}

void Node::take(const Answer& answer) {
  Replica& me = *replica[answer.group];
  const auto payloads = std::move(me.proposals.front());
  me.proposals.pop_front();
  if (payloads.empty()) cluster_.count_one(answer.taken ? "changes proposed" : "changes refused");
  if (!answer.taken) return;
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    const std::pair at{answer.first + i, answer.term};
    me.held[at] = {answer.term, EntryKind::payload, payloads[i]};
    me.asked[at] = payloads[i];
  }
}

void Node::take(const Progress& progress) {
  auto& known = replica[progress.group]->progress;
  known.clear();
  for (const Progress::Peer& peer : progress.peers) known[peer.replica] = peer;
}

// With what only the caller has. False: an append of what the log no longer has; it lost the lead,
// or has trimmed, while a sync ran.
bool Node::complete(Packet& packet, const Message& message) {
  const Stored& stored = memory[packet.group];
  packet.first = message.entries.first;
  bool has_all = true;
  message.entries.for_each([&](Index index, Term term, EntryKind, ReplicaId) {
    has_all = has_all && index > stored.base.base.index && index <= stored.last() &&
              stored.at(index).term == term;
    if (has_all) packet.entries.push_back(stored.at(index));
  });
  if (packet.type == MessageType::snapshot) {
    if (packet.base < stored.base.base.index)
      cluster_.fail("a snapshot from before the base", static_cast<u64>(nr));
    packet.state = stored.state_at(packet.base);
  }
  return has_all;
}

void Node::take(const Ready& ready, Batch& batch) {
  const GroupNr group = ready.group;
  Replica& me = *replica[group];
  Stored& stored = memory[group];
  if (me.waits) cluster_.fail("a second ready is out", static_cast<u64>(nr), group);
  const bool led = me.leads;
  const bool is_new_term = ready.hard.is_new() && ready.hard.term != stored.term;
  Change change{.group = group, .replica = me.id};
  change.hard = ready.hard;
  if (ready.install) {
    const auto staged = me.staged.find(ready.install->index);
    if (staged == me.staged.end())
      cluster_.fail("no state for a snapshot", static_cast<u64>(nr), ready.install->index);
    const auto& states = cluster_.truth[group].state;
    if (ready.install->index > states.size() || states[ready.install->index - 1] != staged->second)
      cluster_.fail("a snapshot's state", static_cast<u64>(nr));
    change.install = Copy{*ready.install, staged->second};
    me.applied = ready.install->index;
    me.state = staged->second;
    me.members = me.members_before = ready.install->members;
    cluster_.count_one("snapshots installed");
  }
  change.first = ready.append.first;
  ready.append.for_each([&](Index index, Term term, EntryKind kind, ReplicaId id) {
    if (kind != EntryKind::payload) {
      change.entries.push_back({term, kind, id});
      return;
    }
    const auto held = me.held.find({index, term});
    if (held == me.held.end())
      cluster_.fail("a payload is missing", static_cast<u64>(nr), group, index);
    change.entries.push_back(held->second);
  });
  apply(stored, change);
  if (!change.entries.empty()) cluster_.note_log(group, stored, change.first);
  if (ready.leads && !led) cluster_.check_new_leader(group, stored);
  if (ready.leads && !ready.needs_sync) cluster_.note_leader(group, stored.term, me.id);
  lead(group, ready.leads);
  if (ready.hard.is_new() || !change.entries.empty() || change.install)
    batch.changes.push_back(change);
  for (const Mail& mail : ready.mail) {
    Message message;
    if (!parse_message(mail.bytes, message)) cluster_.fail("a message can't be read");
    Packet packet = packet_of(group, nr, cluster_.node_nr.at(mail.to), mail.bytes, message);
    const bool is_lead =
        packet.type == MessageType::append || packet.type == MessageType::heartbeat;
    bool waits = mail.waits;
    if (cluster_.is(Mutant::early_ack) && packet.type == MessageType::append_answer) waits = false;
    if (cluster_.is(Mutant::unsynced_term) && is_lead && is_new_term) waits = false;
    if (cluster_.is(Mutant::early_term) &&
        (packet.type == MessageType::heartbeat || packet.type == MessageType::heartbeat_answer))
      waits = false;
    if (!complete(packet, message))
      cluster_.count_one("appends of what the log no longer has");
    else if (waits)
      batch.mail.push_back(std::move(packet));
    else
      cluster_.leave(packet);
  }
  if (ready.needs_sync) {
    if (cluster_.is(Mutant::early_apply)) advance_to(group, ready.committed);
    batch.synced.push_back({group, me.id, ready.committed, me.leads, stored.term});
    me.waits = true;
    me.waited = 0;
    me.held.clear();
  } else {
    advance_to(group, ready.committed);
  }
  take_reads(group, ready.reads);
}

void Node::lead(GroupNr group, bool leads) {
  Replica& me = *replica[group];
  if (me.leads && !leads) {
    me.asked.clear();
    me.reads.clear();
  }
  me.leads = leads;
}

// A ready is out: this does not wait for it, and payloads stay held until the next one.
void Node::take(const Meanwhile& meanwhile) {
  const GroupNr group = meanwhile.group;
  if (!replica[group]->waits) cluster_.fail("no ready is out", static_cast<u64>(nr), group);
  if (meanwhile.leads && !replica[group]->leads)
    cluster_.fail("leads, but not by a ready", static_cast<u64>(nr), group);
  lead(group, meanwhile.leads);
  for (const Mail& mail : meanwhile.mail) {
    if (!parse_message(mail.bytes, message_)) cluster_.fail("a message can't be read");
    cluster_.leave(packet_of(group, nr, cluster_.node_nr.at(mail.to), mail.bytes, message_));
    cluster_.count_one("messages while a sync ran");
  }
  take_reads(group, meanwhile.reads);
}

void Node::take_reads(GroupNr group, const std::vector<ReadIndex>& reads) {
  Replica& me = *replica[group];
  for (const ReadIndex& read : reads) {
    const auto asked = me.reads.find(read.ticket);
    if (asked == me.reads.end()) continue;
    cluster_.count_one("reads");
    if (me.waits && read.index <= me.applied) cluster_.count_one("reads while a sync ran");
    if (read.index < asked->second)
      cluster_.fail("stale read", static_cast<u64>(nr), read.index, asked->second);
    me.reads.erase(asked);
  }
}

void Node::advance_to(GroupNr group, Index index) {
  Replica& me = *replica[group];
  while (me.applied < index) {
    const Entry entry = memory[group].at(++me.applied);
    me.state = mix(me.state, entry);
    if (is_change(entry.kind)) me.members_before = me.members;
    me.members.apply(entry.kind, entry.value);
    cluster_.note_applied(group, me.applied, entry, me.state);
    const auto mine = me.asked.find({me.applied, entry.term});
    if (mine == me.asked.end()) continue;
    if (entry.value != mine->second) cluster_.fail("another payload", group, me.applied);
    me.asked.erase(mine);
    cluster_.note_acknowledged(group, me.applied, memory[group].term, me.members,
                               me.members_before);
  }
}

}  // namespace usher::consensus::sim
